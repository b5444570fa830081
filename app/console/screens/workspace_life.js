/** What a workspace as such goes through: another name, out of work and back, deleted, left. */

import { html, useState } from "../vendor/ui.js";
import { patch, post, remove, request } from "../core/api.js";
import { go } from "../core/router.js";
import { load } from "../core/session.js";
import { texts } from "../core/texts.js";
import { useHere } from "../core/workspace.js";
import { Confirm, Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Menu } from "../parts/menu.js";
import { Step } from "../parts/step.js";
import { attempt, toast } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/overview.js";

const t = texts("overview", english);
const c = texts("common", common);
const REASON = { label: t.reason, hint: t.reasonHint, maxLength: 1000 };

/**
 * What the reader may do to its status now.
 * @param {import("../core/workspace.js").Workspace} workspace
 * @param {(operation: string) => boolean} may
 */
export const steps = (workspace, may) => (workspace.status === "ACTIVE" ? ["suspend", "archive"] : ["activate"]).filter((each) => may(`workspace.${each}`));

/** @param {{ onClose: () => void }} props */
export function Edit({ onClose }) {
  const here = useHere();
  const [etag, setEtag] = useState(here.etag);
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "name", label: t.name, required: true, maxLength: 255 },
    { name: "description", label: t.description, type: "textarea" },
  ];
  const submit = async (/** @type {any} */ values, /** @type {any} */ { isForced }) => {
    here.set(await patch(here.path, values, { match: isForced ? null : etag }));
    toast(t.saved);
    await here.reload();
    onClose();
  };
  const conflict = async () => {
    const now = await request("GET", here.path);
    setEtag(now.etag);
    return now.data;
  };
  const [values] = useState(here.workspace);
  return html`<${Dialog} title=${t.editTitle} onClose=${onClose}>
    <${Form} fields=${fields} values=${values} action=${c.save} onCancel=${onClose} onSubmit=${submit} onConflict=${conflict} />
  <//>`;
}

/** What an owner does to the workspace as such, and what anybody may: leave. */
export function Acts() {
  const { workspace, path, may, reload } = useHere();
  const dialog = useDialog("act");
  const offered = steps(workspace, may);
  const away = async () => {
    await load();
    go("/");
  };
  const act = dialog.item;
  const words = /** @type {Record<string, any>} */ (t);
  return html`<${Menu} label=${t.more}>
      ${offered.map((each) => html`<button type="button" key=${each} onClick=${() => dialog.open(each)}>${words[each]}</button>`)}
      ${may("workspace.delete") && html`<button type="button" class="danger" onClick=${() => dialog.open("delete")}>${t.delete}</button>`}
      <button type="button" onClick=${() => dialog.open("leave")}>${t.leave}</button>
    <//>
    ${act && offered.includes(act) && html`<${Step} address=${`${path}/${act}`} action=${words[act]} reason=${REASON} done=${t.done} onClose=${dialog.close} onDone=${reload} />`}
    ${act === "delete" && html`<${Confirm} title=${t.delete} text=${t.deleteText} action=${t.delete} onClose=${dialog.close}
      onConfirm=${async () => (await attempt(() => remove(path), t.done)) && away()} />`}
    ${act === "leave" && html`<${Confirm} title=${t.leave} text=${t.leaveText} action=${t.leave} onClose=${dialog.close}
      onConfirm=${async () => (await attempt(() => post(`${path}/members/leave`), t.done)) && away()} />`}`;
}
