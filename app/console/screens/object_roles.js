/** Who is what to one object, beside their role in the workspace: given and taken back by whoever administers it. */

import { html } from "../vendor/ui.js";
import { post, remove } from "../core/api.js";
import { usePages } from "../core/data.js";
import { useReloadOn } from "../core/live.js";
import { Face, Name } from "../core/people.js";
import { texts } from "../core/texts.js";
import { date } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Menu } from "../parts/menu.js";
import { Badge, Section } from "../parts/page.js";
import { memberField } from "../parts/people.js";
import { Shown } from "../parts/states.js";
import { More } from "../parts/table.js";
import { attempt } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/object_roles.js";

const t = texts("object_roles", english);
const c = texts("common", common);

/** @param {{ type: "objective" | "workflow_template", id: string }} props */
export function ObjectRoles({ type, id }) {
  const { path, may, workspace } = useHere();
  const roles = usePages(`${path}/object-roles`, { object_type: type, object_id: id });
  useReloadOn(["object_role"], roles.reload);
  const giving = useDialog("role");
  const isOpen = workspace.status === "ACTIVE";
  const canGive = isOpen && may("object_role.grant");
  const end = (/** @type {any} */ each) => attempt(async () => {
    await remove(`${path}/object-roles/${each.id}`);
    await roles.reload();
  }, t.revoked);
  const row = (/** @type {any} */ each) => html`<li key=${each.id}>
    <${Face} id=${each.user_id} /><span class="grow"><${Name} id=${each.user_id} />${each.expires_at && html` <small>${t.until} ${date(each.expires_at)}</small>`}</span>
    <${Badge}>${t.roles[each.role]}<//>
    ${isOpen && may("object_role.revoke") && html`<${Menu} label=${`${c.actions}: ${t.roles[each.role]}`}><button type="button" class="danger" onClick=${() => end(each)}>${t.revoke}</button><//>`}
  </li>`;
  const actions = canGive && html`<button type="button" class="secondary small" onClick=${() => giving.open()}>${t.grant}</button>`;
  return html`<${Section} title=${t.title} actions=${actions}>
    <${Shown} of=${roles}>${() => (roles.items.length ? html`<ul class="rows">${roles.items.map(row)}</ul>${roles.hasMore && html`<${More} pages=${roles} />`}` : html`<p class="about">${t.none}</p>`)}<//>
    ${giving.isOpen && canGive && html`<${Give} type=${type} id=${id} onClose=${giving.close} onDone=${roles.reload} />`}
  <//>`;
}

/** @param {{ type: "objective" | "workflow_template", id: string, onClose: () => void, onDone: () => Promise<unknown> }} props */
function Give({ type, id, onClose, onDone }) {
  const { path } = useHere();
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    memberField(path, { name: "user_id", label: t.who }),
    { name: "role", label: t.role, type: "select", options: t.of[type].map((each) => /** @type {[string, string]} */ ([each, t.roles[each]])), hint: t.of[type].map((each) => `${t.roles[each]}: ${t.says[each]}.`).join(" ") },
    { name: "expires_at", label: t.expires, hint: t.expiresHint, type: "datetime-local" },
  ];
  const submit = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    await post(`${path}/object-roles`, { object_type: type, object_id: id, ...values }, { key });
    onClose();
    await onDone();
  };
  return html`<${Dialog} title=${t.grant} onClose=${onClose}>
    <p class="about">${t.notOneself}</p>
    <${Form} fields=${fields} action=${t.grant} onCancel=${onClose} onSubmit=${submit} />
  <//>`;
}
