/** Being told in this browser while no page is open: the worker, and the browser's subscription for it. */

import { all, post, remove } from "./api.js";
import { HOME } from "./place.js";

const PATH = "/users/me/push-subscriptions";
const WORKER = `${HOME}worker.js`;

/** Whether this browser can be told; over plain HTTP none can. */
export const canBeTold = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

/** Scripts of one address become a worker, and no text does otherwise. */
const policy = /** @type {any} */ (window).trustedTypes?.createPolicy("pma-worker", {
  createScriptURL: (/** @type {string} */ url) => {
    if (url !== WORKER) throw new TypeError(url);
    return url;
  },
});

/** This browser's subscription; null without one. @returns {Promise<PushSubscription | null>} */
export async function subscription() {
  const registration = canBeTold ? await navigator.serviceWorker.getRegistration(HOME) : undefined;
  return (await registration?.pushManager.getSubscription()) ?? null;
}

/** Whether this browser is told, and not for the reader: by a session that has ended, of theirs or of somebody else. */
export async function isOthers() {
  const own = await subscription();
  return own !== null && !(await browsers()).some((each) => each.endpoint === own.endpoint);
}

/** Every browser that the reader is told in. @returns {Promise<{ id: string, endpoint: string, created_at: string }[]>} */
export const browsers = () => all(PATH);

/**
 * Asks the reader, subscribes this browser, and tells the service. Answers false where the reader said no.
 * @param {string} key of the service, as its preferences name it
 */
export async function subscribe(key) {
  if ((await Notification.requestPermission()) !== "granted") return false;
  await navigator.serviceWorker.register(policy ? policy.createScriptURL(WORKER) : WORKER, { scope: HOME });
  const registration = await navigator.serviceWorker.ready;
  const made = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  try {
    const { endpoint, keys } = made.toJSON();
    await post(PATH, { endpoint, keys });
  } catch (error) {
    await made.unsubscribe();
    throw error;
  }
  return true;
}

/** Ends one of `browsers`; of this browser, its subscription too. @param {{ id: string, endpoint: string }} browser */
export async function unsubscribe({ id, endpoint }) {
  await remove(`${PATH}/${id}`);
  const own = await subscription();
  if (own?.endpoint === endpoint) await own.unsubscribe();
}
