/** A new workspace. */

import { html } from "../vendor/ui.js";
import { post } from "../core/api.js";
import { go } from "../core/router.js";
import { load } from "../core/session.js";
import { texts } from "../core/texts.js";
import { Dialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import common from "../texts/common.js";
import english from "../texts/workspaces.js";

const t = texts("workspaces", english);
const c = texts("common", common);

/** @param {{ onClose: () => void }} props */
export default function Create({ onClose }) {
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "name", label: t.name, required: true, maxLength: 255 },
    { name: "description", label: t.description, type: "textarea" },
  ];
  return html`<${Dialog} title=${t.create} onClose=${onClose}>
    <${Form} fields=${fields} action=${c.create} onCancel=${onClose} onSubmit=${async (/** @type {any} */ values, /** @type {any} */ { key }) => {
      const made = await post("/workspaces", values, { key });
      await load();
      go(`/w/${made.id}`, { replace: true });
    }} />
  <//>`;
}
