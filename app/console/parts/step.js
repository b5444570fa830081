/** Another status, of whatever has one, with the reason. */

import { html } from "../vendor/ui.js";
import { post } from "../core/api.js";
import { Dialog } from "./dialog.js";
import { Form } from "./form.js";
import { toast } from "./toast.js";

/**
 * @param {object} props
 * @param {string} props.address where it is posted to
 * @param {string} props.action what is done, in words
 * @param {string} [props.name] of what it is done to
 * @param {string} [props.about]
 * @param {Omit<import("./form.js").Field, "name">} props.reason how it is asked for
 * @param {string} props.done what is said when it is
 * @param {() => void} props.onClose
 * @param {() => unknown} props.onDone
 */
export function Step({ address, action, name, about, reason, done, onClose, onDone }) {
  const submit = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    await post(address, values, { key });
    toast(done);
    onClose();
    await onDone();
  };
  return html`<${Dialog} title=${name ? `${action}: ${name}` : action} onClose=${onClose}>
    ${about && html`<p class="about">${about}</p>`}
    <${Form} fields=${[{ ...reason, name: "reason" }]} action=${action} onCancel=${onClose} onSubmit=${submit} />
  <//>`;
}
