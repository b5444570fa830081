/** Who is signed in to this browser, in all its tabs. */

import { effect, signal } from "../vendor/ui.js";
import { get, post, signedOut } from "./api.js";
import { HOME, ROOT } from "./place.js";
import { go, place, to } from "./router.js";

/**
 * @typedef {object} Me
 * @property {{ user_id: string, display_name: string | null, email: string | null }} user
 * @property {boolean} is_platform_admin
 * @property {{ id: string, name: string, role: string }[]} workspaces the first hundred
 * @property {boolean} truncated
 */

/** Undefined until it is known; null where nobody is. */
export const me = signal(/** @type {Me | null | undefined} */ (undefined));

const RETURN = "pma-return";
const tabs = new BroadcastChannel("pma-session");
tabs.onmessage = (/** @type {MessageEvent} */ { data }) => {
  if (data === "out") me.value = null;
  else if (data === "in" && !me.value) load();
};

effect(() => {
  if (signedOut.value && me.peek()) {
    me.value = null;
    tabs.postMessage("out");
  }
});

// Nobody is signed in here (any more), however that came.
effect(() => {
  if (me.value === null) untell();
});

/** Ends what tells this browser while no page is open; what no browser takes, the service forgets. */
async function untell() {
  const worker = await registration();
  const told = await worker?.pushManager?.getSubscription().catch(() => null);
  await told?.unsubscribe().catch(() => false);
  await worker?.unregister();
}

const registration = async () => navigator.serviceWorker?.getRegistration(HOME).catch(() => undefined);

/** Where this browser is told of what is not the reader's, it is told no more. */
async function tellOwn() {
  if (!(await registration())) return;
  const { isOthers } = await import("./push.js");
  if (await isOthers().catch(() => false)) await untell();
}

/** Asks the service; where nobody is signed in, the page to sign in at is shown. Raises `ApiError` for the rest. */
export async function load() {
  try {
    signedOut.value = false;
    me.value = await get("/auth/me");
    tellOwn();
    returnToPlace();
  } catch (error) {
    if (/** @type {import("./api.js").ApiError} */ (error).status !== 401) throw error;
    me.value = null;
  }
}

/** After signing in, the page that was asked for is shown: the directory only leads back to the console. */
function returnToPlace() {
  const wanted = sessionStorage.getItem(RETURN);
  sessionStorage.removeItem(RETURN);
  if (wanted?.startsWith(HOME) && place.value.path === "/") {
    tabs.postMessage("in");
    go(wanted, { replace: true });
  }
}

/** Where a sign-in with one of the providers begins. @param {string} provider */
export function signInAddress(provider) {
  return `${ROOT}auth/oauth/authorize?${new URLSearchParams({ provider, return_to: "/console/" })}`;
}

/** Keeps where the reader is, to come back to after signing in. */
export function keepPlace() {
  sessionStorage.setItem(RETURN, to(place.value.path, Object.fromEntries(place.value.query)) + location.hash);
}

/** Ends the session here, in every tab, and at the directory where that is to be. */
export async function signOut() {
  // Whoever comes next is not told what was for this one.
  await untell();
  const { end_session_url: further } = await post("/auth/oauth/logout", { return_to: "/console/" });
  tabs.postMessage("out");
  if (further) location.assign(further);
  else location.assign(HOME);
}
