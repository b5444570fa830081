/**
 * What runs in the browser while no page of the console is open: shows what is pushed, and leads to what that is about.
 * It fetches nothing and keeps nothing.
 */

const worker = /** @type {any} */ (self);

/** What has an address of its own in a workspace, besides tasks. @type {Record<string, string>} */
const PLACES = { approval: "approvals", key_result: "key-results" };

/** Where it is seen, in the console. @param {any} told */
function place(told) {
  const part = encodeURIComponent;
  if (!told.workspace_id) return "notifications";
  const here = `w/${part(told.workspace_id)}`;
  if (told.task_id) return `${here}/tasks/${part(told.task_id)}`;
  const own = PLACES[told.object_type];
  return own ? `${here}/${own}/${part(told.object_id)}` : here;
}

/** Those that show the console: others of the same origin are led nowhere. */
const windows = async () => {
  const all = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  return all.filter((/** @type {{ url: string }} */ { url }) => url.startsWith(worker.registration.scope));
};

worker.addEventListener("install", () => worker.skipWaiting());

worker.addEventListener("push", (/** @type {any} */ event) => {
  const told = event.data.json();
  const address = new URL(place(told), worker.registration.scope).href;
  const show = async () => {
    await worker.registration.showNotification(told.title, { body: told.body, tag: told.id, data: address });
    for (const each of await windows()) each.postMessage({ told: told.id });
  };
  event.waitUntil(show());
});

worker.addEventListener("notificationclick", (/** @type {any} */ event) => {
  event.notification.close();
  const address = event.notification.data;
  const lead = async () => {
    const [shown] = await windows();
    if (!shown) return worker.clients.openWindow(address);
    shown.postMessage({ go: address });
    return shown.focus();
  };
  event.waitUntil(lead());
});
