/** A text that speaks to people: `@` begins a name, and who is chosen is told. */

import { html, useRef, useState } from "../vendor/ui.js";
import { style } from "../core/style.js";
import { texts } from "../core/texts.js";
import english from "../texts/mentions.js";
import { Combobox } from "./combobox.js";
import { Icon } from "./icons.js";

await style("combobox");
const t = texts("mentions", english);

/** @typedef {{ text: string, people: import("./combobox.js").Option[] }} Spoken */

/**
 * Stands in a form as the `input` of a field, whose `find` answers people whose names begin with a text. The field's
 * value is a `Spoken`, once something was written.
 * @param {{ field: any, value: Spoken | "", onChange: (value: Spoken) => void }} props
 */
export function Mentions({ field, value, onChange, ...attributes }) {
  const { text, people } = value || { text: "", people: [] };
  const [isPicking, setPicking] = useState(false);
  const area = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const picker = useRef(/** @type {HTMLInputElement | null} */ (null));
  const caret = useRef(0);
  const open = () => {
    caret.current = area.current?.selectionStart ?? text.length;
    setPicking(true);
    setTimeout(() => picker.current?.focus());
  };
  const close = (/** @type {number} */ at) => {
    setPicking(false);
    setTimeout(() => {
      area.current?.focus();
      area.current?.setSelectionRange(at, at);
    });
  };
  const write = (/** @type {any} */ event) => {
    const { value: now, selectionStart: at } = event.target;
    onChange({ text: now, people });
    // Where a word begins; an address has its sign inside one.
    if (event.data === "@" && /(^|[\s(])$/.test(now.slice(0, at - 1))) open();
  };
  const pick = (/** @type {string} */ _id, /** @type {import("./combobox.js").Option | null} */ person) => {
    if (person === null) return;
    const before = text.slice(0, caret.current).replace(/@$/, "");
    const name = `${before && !/[\s(]$/.test(before) ? " " : ""}@${person.label} `;
    onChange({ text: before + name + text.slice(caret.current), people: [...people.filter(({ id }) => id !== person.id), person] });
    close(before.length + name.length);
  };
  const drop = (/** @type {string} */ id) => onChange({ text, people: people.filter((each) => each.id !== id) });
  return html`<textarea ...${attributes} ref=${area} rows="4" value=${text} onInput=${write}></textarea>
    <div class="mentions">
      ${people.map(
        (each) => html`<span class="chip" key=${each.id}>@${each.label}
          <button type="button" class="plain" aria-label=${t.drop(each.label)} onClick=${() => drop(each.id)}><${Icon} name="close" /></button></span>`,
      )}
      ${isPicking
        ? html`<${Combobox} field=${{ label: t.mention, find: field.find }} aria-label=${t.mention} value="" isEager element=${picker} onChange=${pick} onLeave=${() => close(caret.current)} />`
        : html`<button type="button" class="plain link" onClick=${open}>@ ${t.mention}</button>`}
    </div>`;
}
