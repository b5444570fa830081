/** What the views of the platform have in common. */

import { html } from "../vendor/ui.js";
import { post } from "../core/api.js";
import { query, setQuery } from "../core/router.js";
import { texts } from "../core/texts.js";
import { Dialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Badge, Choice } from "../parts/page.js";
import { Empty } from "../parts/states.js";
import { toast } from "../parts/toast.js";
import english from "../texts/platform.js";

const t = texts("platform", english);

/** @param {string} status @param {Record<string, string>} words */
export const status = (status, words) => html`<${Badge} kind=${status === "ACTIVE" ? "good" : "warn"}>${words[status]}<//>`;
export const nothing = html`<${Empty} title=${t.none} text=${t.noneMore} icon="search" />`;

/** @param {{ words: Record<string, string> }} props */
export function StatusFilter({ words }) {
  return html`<${Choice} label=${t.status} value=${query.value.get("status") ?? ""} options=${[["", t.anyStatus], ...Object.entries(words)]} onChange=${(/** @type {string} */ value) => setQuery({ status: value })} />`;
}

/** What the platform may do now to an organisation, or to a workspace. @param {any} each */
export const stepFor = (each) => (each.held_by === "platform" ? "activate" : "suspend");

/** @param {{ step: string, name: string, address: string, onClose: () => void, onDone: () => unknown }} props */
export function Step({ step, name, address, onClose, onDone }) {
  const title = step === "suspend" ? t.suspend : t.activate;
  const submit = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    await post(address, values, { key });
    toast(t.done);
    onClose();
    await onDone();
  };
  return html`<${Dialog} title=${`${title}: ${name}`} onClose=${onClose}>
    <p class="about">${t.texts[step]}</p>
    <${Form} fields=${[{ name: "reason", label: t.reason, hint: t.reasonHint, required: true, maxLength: 500 }]} action=${title} onCancel=${onClose} onSubmit=${submit} />
  <//>`;
}
