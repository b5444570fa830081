/** Another status, of an organisation or of one of its workspaces, with the reason. */

import { html } from "../vendor/ui.js";
import { post } from "../core/api.js";
import { texts } from "../core/texts.js";
import { Dialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { toast } from "../parts/toast.js";
import english from "../texts/organizations.js";

const t = texts("organizations", english);

/** @param {{ address: string, step: string, name?: string, onClose: () => void, onDone: () => unknown }} props */
export function Step({ address, step, name, onClose, onDone }) {
  const submit = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    await post(address, values, { key });
    toast(t.done);
    onClose();
    await onDone();
  };
  return html`<${Dialog} title=${name ? `${t.steps[step]}: ${name}` : t.steps[step]} onClose=${onClose}>
    <p class="about">${t.stepTexts[step]}</p>
    <${Form} fields=${[{ name: "reason", label: t.reason, maxLength: 500 }]} action=${t.steps[step]} onCancel=${onClose} onSubmit=${submit} />
  <//>`;
}
