/** Members of a workspace, found by typing: however many there are, each can be chosen. */

import { html } from "../vendor/ui.js";
import { get } from "../core/api.js";
import { know, nameOf } from "../core/people.js";
import { texts } from "../core/texts.js";
import common from "../texts/common.js";
import { Combobox } from "./combobox.js";

const c = texts("common", common);
const MOST = 20;

/** @typedef {(member: any) => boolean} Offered */

/**
 * What `find` of a combobox is.
 * @param {string} path /workspaces/<id>
 * @param {Offered} [isOffered]
 */
export const members = (path, isOffered = () => true) => async (/** @type {string} */ name) => {
  /** @type {any[]} */
  const found = [];
  /** @type {string | null} */
  let cursor = null;
  do {
    const page = /** @type {any} */ (await get(`${path}/members`, { name, limit: 50, cursor }));
    found.push(...page.items.filter(isOffered));
    cursor = page.next_cursor ?? null;
  } while (cursor && found.length < MOST);
  know(found);
  return found.slice(0, MOST).map((each) => ({ id: each.user_id, label: each.display_name ?? each.user_id, more: c.roles[each.role] }));
};

/**
 * The field of a form in which one is chosen.
 * @param {string} path /workspaces/<id>
 * @param {Pick<import("./form.js").Field, "name" | "label" | "hint">} field
 * @param {Offered} [isOffered]
 * @returns {import("./form.js").Field}
 */
export const memberField = (path, field, isOffered) => ({ ...field, required: true, input: Combobox, find: members(path, isOffered), nameOf });

/**
 * Several: boxes that take away who is chosen, and a field that adds one.
 * @param {object} props
 * @param {string} props.legend
 * @param {(text: string) => Promise<import("./combobox.js").Option[]>} props.find
 * @param {string[]} props.chosen
 * @param {(chosen: string[]) => void} props.onChange
 */
export function Several({ legend, find, chosen, onChange }) {
  const add = (/** @type {string} */ id) => id && !chosen.includes(id) && onChange([...chosen, id]);
  return html`<fieldset class="choices">
    <legend>${legend}</legend>
    <div class="offered">${chosen.map(
      (each) => html`<label key=${each}><input type="checkbox" value=${each} checked onChange=${() => onChange(chosen.filter((other) => other !== each))} /> ${nameOf(each)}</label>`,
    )}</div>
    <${Combobox} field=${{ label: legend, find }} aria-label=${legend} value="" isAdding onChange=${add} />
  </fieldset>`;
}
