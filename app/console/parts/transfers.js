/** Files on their way, with how far they are; they go on while other screens are looked at. */

import { html, signal } from "../vendor/ui.js";
import { texts } from "../core/texts.js";
import common from "../texts/common.js";
import { Progress } from "./page.js";
import { RequestId } from "./states.js";
import { toast } from "./toast.js";

const c = texts("common", common);

/**
 * @typedef {object} Transfer
 * @property {number} id
 * @property {string} place what list it is shown in
 * @property {string} label
 * @property {number} [share] of 1; nothing while it is not known
 * @property {boolean} isWaiting for others to be sent
 * @property {any} [error]
 * @property {() => void} cancel
 * @property {() => void} again
 */

/** @type {import("../vendor/ui.js").Signal<Transfer[]>} */
const all = signal([]);
let last = 0;

/** How many are on their way at once: each is read, or kept, in memory. */
const ABREAST = 2;
let running = 0;
/** @type {{ id: number, start: () => void }[]} */
const queue = [];

/** Until it is its turn. @param {number} id @param {AbortSignal} signal @returns {Promise<void>} */
function turn(id, signal) {
  if (running < ABREAST) {
    running += 1;
    return Promise.resolve();
  }
  change(id, { isWaiting: true });
  return new Promise((resolve, reject) => {
    const leave = () => {
      queue.splice(queue.findIndex((each) => each.id === id), 1);
      reject(signal.reason);
    };
    signal.addEventListener("abort", leave, { once: true });
    const start = () => {
      signal.removeEventListener("abort", leave);
      change(id, { isWaiting: false });
      resolve();
    };
    queue.push({ id, start });
  });
}

/** Its place is the next one's. */
function pass() {
  const next = queue.shift();
  if (next) next.start();
  else running -= 1;
}

/** @param {number} id @param {Partial<Transfer>} now */
const change = (id, now) => {
  all.value = all.value.map((each) => (each.id === id ? { ...each, ...now } : each));
};
/** @param {number} id */
const end = (id) => {
  all.value = all.value.filter((each) => each.id !== id);
};

/**
 * @template T
 * @param {string} place
 * @param {string} label
 * @param {(how: { onProgress: (share: number | undefined) => void, signal: AbortSignal }) => Promise<T>} run
 * @param {string | ((result: T) => string)} done what is said when it is
 */
export async function begin(place, label, run, done) {
  const id = ++last;
  const abort = new AbortController();
  const again = () => {
    end(id);
    begin(place, label, run, done);
  };
  const cancel = () => {
    abort.abort();
    end(id);
  };
  all.value = [...all.value, { id, place, label, isWaiting: false, cancel, again }];
  try {
    await turn(id, abort.signal);
  } catch {
    return;
  }
  try {
    const result = await run({ onProgress: (share) => change(id, { share }), signal: abort.signal });
    end(id);
    toast(typeof done === "string" ? done : done(result));
  } catch (error) {
    if (!abort.signal.aborted) change(id, { error });
  } finally {
    pass();
  }
}

/** @param {{ place: string, label: string }} props label: of the list */
export function Transfers({ place, label }) {
  const here = all.value.filter((each) => each.place === place);
  if (!here.length) return null;
  return html`<ul class="rows card" aria-label=${label}>
    ${here.map(
      (each) => html`<li key=${each.id}>
        <div class="grow">
          ${each.error ? html`<div role="alert"><strong>${each.label}</strong> <span class="wrong">${each.error.message}</span><${RequestId} error=${each.error} /></div>` : each.isWaiting ? html`${each.label} <small>${c.waiting}</small>` : html`<${Progress} label=${each.label} value=${each.share} />`}
        </div>
        ${each.error && html`<button type="button" class="secondary small" onClick=${each.again}>${c.tryAgain}</button>`}
        <button type="button" class="secondary small" onClick=${each.cancel}>${each.error ? c.dismiss : c.cancel}</button>
      </li>`,
    )}
  </ul>`;
}
