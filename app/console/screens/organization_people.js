/** Who is in an organisation, who administers it, whose it is, and who is invited. */

import { html, useEffect, useState } from "../vendor/ui.js";
import { post, remove } from "../core/api.js";
import { usePages } from "../core/data.js";
import { useThere } from "../core/organization.js";
import { Face, know } from "../core/people.js";
import { query, setQuery } from "../core/router.js";
import { me } from "../core/session.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { About, Confirm, Dialog, useDialog } from "../parts/dialog.js";
import { Filter } from "../parts/filter.js";
import { Form } from "../parts/form.js";
import { Menu } from "../parts/menu.js";
import { Choice, Section } from "../parts/page.js";
import { Secret } from "../parts/secret.js";
import { Empty } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { attempt, toast } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/organizations.js";

const t = texts("organizations", english);
const c = texts("common", common);
const ROLES = ["OWNER", "ADMIN", "MEMBER"];

/** @param {any} member */
const called = (member) => member.display_name ?? member.user_id;

export function People() {
  const { path, may, reload } = useThere();
  const role = query.value.get("role") ?? "";
  const pages = usePages(`${path}/members`, { role, name: query.value.get("name") });
  useEffect(() => know(pages.items), [pages.items]);
  const adding = useDialog("add");
  const inviting = useDialog("invite");
  const handing = useDialog("hand");
  const removing = useDialog("remove");
  const [turn, setTurn] = useState(0);
  const target = pages.items.find(({ id }) => id === (handing.item ?? removing.item));
  const done = async (/** @type {() => Promise<unknown>} */ work) => (await attempt(work, t.changed)) && pages.reload();
  const acts = (/** @type {any} */ each) => {
    if (each.role === "OWNER" || !may(each.role === "ADMIN" ? "OWNER" : "ADMIN") || each.user_id === me.value?.user.user_id) return null;
    return html`<${Menu} label=${`${c.actions}: ${called(each)}`}>
      ${may("OWNER") && each.role === "MEMBER" && html`<button type="button" onClick=${() => done(() => post(`${path}/admins`, { user_id: each.user_id }))}>${t.grantAdmin}</button>`}
      ${may("OWNER") && each.role === "ADMIN" && html`<button type="button" onClick=${() => done(() => remove(`${path}/admins/${encodeURIComponent(each.user_id)}`))}>${t.revokeAdmin}</button>`}
      ${may("OWNER") && html`<button type="button" onClick=${() => handing.open(each.id)}>${t.handOver}</button>`}
      <button type="button" class="danger" onClick=${() => removing.open(each.id)}>${t.remove}</button>
    <//>`;
  };
  const columns = [
    { label: t.name, isMain: true, show: (/** @type {any} */ each) => html`<span class="person"><${Face} id=${each.user_id} />${called(each)}</span>` },
    { label: t.role, show: (/** @type {any} */ each) => c.roles[each.role] },
    { label: t.source, show: (/** @type {any} */ each) => t.sources[each.source] },
    { label: t.added, show: (/** @type {any} */ each) => html`<${Time} at=${each.added_at} short />` },
    { label: c.actions, isQuiet: true, show: acts },
  ];
  const handOver = async () => {
    if (await done(() => post(`${path}/transfer-ownership`, { user_id: target.user_id }))) await reload();
  };
  return html`<div class="lead">
      <div class="filters">
        <${Filter} label=${t.filterName} name="name" />
        <${Choice} label=${t.role} value=${role} options=${[["", t.anyRole], ...ROLES.map((each) => [each, c.roles[each]])]} onChange=${(/** @type {string} */ value) => setQuery({ role: value })} />
      </div>
      ${may("ADMIN") && html`<div class="actions">
        <button type="button" onClick=${() => adding.open()}>${t.add}</button>
        <button type="button" class="secondary" onClick=${() => inviting.open()}>${t.invite}</button>
      </div>`}
    </div>
    <div class="card-like"><${Table} label=${t.people} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${t.nobody} text=${t.nobodyMore} icon="people" />`} /></div>
    ${may("ADMIN") && html`<${Invited} key=${turn} />`}
    ${adding.isOpen && may("ADMIN") && html`<${Add} onClose=${adding.close} onDone=${pages.reload} />`}
    ${inviting.isOpen && may("ADMIN") && html`<${Invite} onClose=${inviting.close} onDone=${() => setTurn((was) => was + 1)} />`}
    ${handing.isOpen && target && html`<${Confirm} title=${t.handOver} text=${t.handOverText(called(target))} action=${t.handOver} onClose=${handing.close} onConfirm=${handOver} />`}
    ${removing.isOpen && target && html`<${Confirm} title=${t.remove} text=${t.removeText(called(target))} action=${t.remove} onClose=${removing.close}
      onConfirm=${() => done(() => remove(`${path}/members/${encodeURIComponent(target.user_id)}`))} />`}`;
}

/** @param {{ onClose: () => void, onDone: () => unknown }} props */
function Add({ onClose, onDone }) {
  const { path } = useThere();
  const submit = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    await post(`${path}/members`, values, { key });
    toast(t.addedDone);
    onClose();
    await onDone();
  };
  const fields = [{ name: "user_id", label: t.userId, hint: t.userIdHint, required: true, maxLength: 200 }];
  return html`<${Dialog} title=${t.add} onClose=${onClose}><${Form} fields=${fields} action=${t.add} onCancel=${onClose} onSubmit=${submit} /><//>`;
}

/** @param {{ onClose: () => void, onDone: () => unknown }} props */
function Invite({ onClose, onDone }) {
  const { path, may } = useThere();
  const [token, setToken] = useState("");
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "email", label: t.email, type: "email", required: true, maxLength: 254 },
    { name: "role", label: t.role, type: "select", options: (may("OWNER") ? ["MEMBER", "ADMIN"] : ["MEMBER"]).map((each) => [each, c.roles[each]]) },
  ];
  const submit = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    const sent = await post(`${path}/invitations`, values, { key });
    await onDone();
    if (sent.token) return setToken(sent.token);
    toast(sent.is_mailed ? t.mailed : t.invited);
    return onClose();
  };
  if (token) return html`<${Secret} title=${t.invited} label=${t.token} value=${token} text=${t.invitedMore} onClose=${onClose} />`;
  return html`<${Dialog} title=${t.invite} onClose=${onClose}><${Form} fields=${fields} action=${t.invite} onCancel=${onClose} onSubmit=${submit} /><//>`;
}

function Invited() {
  const { path } = useThere();
  const pages = usePages(`${path}/invitations`, { pending: true });
  const revoking = useDialog("revoke");
  const revoke = async (/** @type {string} */ id) => (await attempt(() => remove(`${path}/invitations/${id}`), t.revoked)) && pages.reload();
  const columns = [
    { label: t.email, isMain: true, show: (/** @type {any} */ each) => each.email },
    { label: t.role, show: (/** @type {any} */ each) => c.roles[each.role] },
    { label: t.expires, show: (/** @type {any} */ each) => html`<${Time} at=${each.expires_at} />` },
    { label: c.actions, isQuiet: true, show: (/** @type {any} */ each) => html`<button type="button" class="secondary small" aria-label=${`${t.revoke}: ${each.email}`} onClick=${() => revoking.open(each.id)}>${t.revoke}</button>` },
  ];
  if (!pages.items.length) return null;
  return html`<${Section} title=${t.invitations}><${Table} label=${t.invitations} columns=${columns} pages=${pages} empty=${null} />
    <${About} dialog=${revoking} pages=${pages}>${(/** @type {any} */ each) => html`<${Confirm} title=${t.revoke} text=${t.revokeText(each.email)} action=${t.revoke} onClose=${revoking.close} onConfirm=${() => revoke(each.id)} />`}<//>
  <//>`;
}
