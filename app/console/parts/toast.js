/** Short words about what was just done, in a corner, and told to whoever is read to. */

import { html, signal } from "../vendor/ui.js";
import { texts } from "../core/texts.js";
import common from "../texts/common.js";
import { Icon } from "./icons.js";
import { RequestId } from "./states.js";

const c = texts("common", common);

/** @type {import("../vendor/ui.js").Signal<{ id: number, text: string, error?: any }[]>} */
const shown = signal([]);
let last = 0;

/** @param {string} text */
export function toast(text) {
  add({ id: ++last, text }, 5000);
}

/** Says what went wrong, until it is dismissed. @param {unknown} error */
export function complain(error) {
  const told = /** @type {Error} */ (error);
  if (told.name === "AbortError") return;
  add({ id: ++last, text: told.message, error: told }, 0);
}

/**
 * Does something, and says so if it does not work. Answers whether it did.
 * @param {() => Promise<unknown>} work
 * @param {string} [done] what is said if it does
 */
export async function attempt(work, done) {
  try {
    await work();
  } catch (error) {
    complain(error);
    return false;
  }
  if (done) toast(done);
  return true;
}

/** @param {{ id: number, text: string, error?: any }} given @param {number} milliseconds */
function add(given, milliseconds) {
  shown.value = [...shown.value.slice(-3), given];
  if (milliseconds) setTimeout(() => dismiss(given.id), milliseconds);
}

/** @param {number} id */
function dismiss(id) {
  shown.value = shown.value.filter((each) => each.id !== id);
}

export function Toasts() {
  return html`<div class="toasts" role="status" aria-live="polite">
    ${shown.value.map(
      ({ id, text, error }) => html`<div key=${id} class=${error ? "toast bad" : "toast"}>
        <div>
          <p>${text}</p>
          ${error && html`<${RequestId} error=${error} />`}
        </div>
        <button type="button" class="plain" onClick=${() => dismiss(id)} aria-label=${c.dismiss}><${Icon} name="close" /></button>
      </div>`,
    )}
  </div>`;
}
