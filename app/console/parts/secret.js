/** Something that is told once: a token, a code, a secret. */

import { html, useId } from "../vendor/ui.js";
import { texts } from "../core/texts.js";
import common from "../texts/common.js";
import { Dialog } from "./dialog.js";
import { attempt } from "./toast.js";

const c = texts("common", common);

/** @param {{ title: string, label: string, value: string, text: string, onClose: () => void }} props */
export function Secret({ title, label, value, text, onClose }) {
  const id = useId();
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <p>${text}</p>
    <div class="field">
      <label for=${id}>${label}</label>
      <input id=${id} type="text" class="code" readonly value=${value} onFocus=${(/** @type {any} */ event) => event.target.select()} />
    </div>
    <footer>
      <button type="button" class="secondary" onClick=${() => attempt(() => navigator.clipboard.writeText(value), c.copied)}>${c.copy}</button>
      <button type="button" onClick=${onClose}>${c.close}</button>
    </footer>
  <//>`;
}
