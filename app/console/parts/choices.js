/** Several of what is offered: a group of boxes to tick, with a field to find one where they are many. */

import { html, useState } from "../vendor/ui.js";
import { texts } from "../core/texts.js";
import common from "../texts/common.js";

const c = texts("common", common);
const MANY = 8;

/**
 * @param {object} props
 * @param {string} props.legend
 * @param {[string, string][]} props.options value and label
 * @param {string[]} props.chosen
 * @param {(value: string) => string} [props.nameOf] what is chosen and not offered any more: it stands there to be taken away
 * @param {(chosen: string[]) => void} props.onChange
 */
export function Choices({ legend, options: offered, chosen, onChange, nameOf = String }) {
  const [sought, setSought] = useState("");
  const known = new Set(offered.map(([value]) => value));
  const options = [...offered, ...chosen.filter((each) => !known.has(each)).map((each) => [each, nameOf(each)])];
  const wanted = sought.trim().toLowerCase();
  const shown = options.filter(([, label]) => label.toLowerCase().includes(wanted));
  const tick = (/** @type {string} */ value, /** @type {boolean} */ is) => onChange(is ? [...chosen, value] : chosen.filter((each) => each !== value));
  if (options.length === 0) return null;
  return html`<fieldset class="choices">
    <legend>${legend}</legend>
    ${options.length > MANY && html`<input type="search" aria-label=${`${c.find}: ${legend}`} placeholder=${c.find} value=${sought} onInput=${(/** @type {any} */ event) => setSought(event.target.value)} />`}
    <div class="offered">${shown.map(
      ([value, label]) => html`<label key=${value}><input type="checkbox" value=${value} checked=${chosen.includes(value)} onChange=${(/** @type {any} */ event) => tick(value, event.target.checked)} /> ${label}</label>`,
    )}</div>
  </fieldset>`;
}
