/** Who is in the workspace; adding, changing and removing them, as far as one's role reaches. */

import { html, useState } from "../vendor/ui.js";
import { patch, post, remove, request } from "../core/api.js";
import { usePages, useResource } from "../core/data.js";
import { useReloadOn } from "../core/live.js";
import { Face } from "../core/people.js";
import { query, setQuery } from "../core/router.js";
import { me } from "../core/session.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { Confirm, Dialog, useDialog } from "../parts/dialog.js";
import { Filter } from "../parts/filter.js";
import { Form } from "../parts/form.js";
import { Menu } from "../parts/menu.js";
import { Badge, Choice, Page } from "../parts/page.js";
import { Empty } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { attempt, toast } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/members.js";

const t = texts("members", english);
const c = texts("common", common);

export default function Members() {
  const { path, may, roles } = useHere();
  const role = query.value.get("role") ?? "";
  const name = query.value.get("name") ?? "";
  const pages = usePages(`${path}/members`, { role, name });
  useReloadOn(["member"], pages.reload);
  const types = useResource(may("user_type.list") ? `${path}/user-types` : null, { limit: 200 });
  const typeName = (/** @type {string | null} */ id) => types.data?.items.find((/** @type {any} */ each) => each.id === id)?.name ?? "";
  const adding = useDialog("add");
  const changing = useDialog("change");
  const removing = useDialog("remove");
  const handing = useDialog("hand");
  const own = roles.roles.find((/** @type {any} */ each) => each.role === roles.own);
  const manages = (/** @type {any} */ member) => own.manages.includes(member.role);
  const chosen = (/** @type {string | null} */ id) => pages.items.find((each) => each.id === id);
  const called = (/** @type {any} */ member) => member.display_name ?? member.user_id;

  const acts = (/** @type {any} */ member) =>
    manages(member) &&
    html`<${Menu} label=${`${c.actions}: ${called(member)}`}>
      ${may("member.change_role") && html`<button type="button" onClick=${() => changing.open(member.id)}>${t.change}</button>`}
      ${may("transfer.create") && member.user_id !== me.value?.user.user_id && !member.is_guest && html`<button type="button" onClick=${() => handing.open(member.id)}>${t.handOver}</button>`}
      ${may("member.remove") && html`<button type="button" class="danger" onClick=${() => removing.open(member.id)}>${t.remove}</button>`}
    <//>`;
  const columns = [
    {
      label: t.name,
      isMain: true,
      show: (/** @type {any} */ each) => html`<span class="person"><${Face} id=${each.user_id} />${called(each)}${each.user_id === me.value?.user.user_id && html` <small>${t.you}</small>`}</span>`,
    },
    { label: t.role, show: (/** @type {any} */ each) => html`${c.roles[each.role]}${each.is_guest && html` <${Badge} kind="warn">${t.guest}<//>`}` },
    { label: t.type, show: (/** @type {any} */ each) => typeName(each.user_type_id) },
    { label: t.added, show: (/** @type {any} */ each) => html`<${Time} at=${each.added_at} short />` },
    ...(may("member.change_role") ? [{ label: c.actions, isQuiet: true, show: acts }] : []),
  ];
  /** @type {[string, string][]} */
  const roleOptions = [["", t.anyRole], ...Object.entries(c.roles)];
  const target = chosen(changing.item ?? removing.item ?? handing.item);
  return html`<${Page} title=${t.title} about=${t.about} actions=${may("member.add") && html`<button type="button" onClick=${() => adding.open()}>${t.add}</button>`}>
    <div class="filters">
      <${Filter} label=${t.filterName} name="name" />
      <${Choice} label=${t.role} value=${role} options=${roleOptions} onChange=${(/** @type {string} */ value) => setQuery({ role: value })} />
    </div>
    <${Table} label=${t.list} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${t.none} text=${t.noneMore} />`} />
    ${adding.isOpen && may("member.add") && html`<${Add} grants=${own.grants} onClose=${adding.close} onDone=${pages.reload} />`}
    ${changing.isOpen && target && html`<${Change} member=${target} grants=${own.grants} types=${types.data?.items ?? []} onClose=${changing.close} onDone=${pages.reload} />`}
    ${handing.isOpen && target && html`<${Confirm} title=${t.handOver} text=${t.handOverText(called(target))} action=${t.handOver} onClose=${handing.close}
      onConfirm=${() => attempt(() => post(`${path}/transfers`, { user_id: target.user_id }), t.handedOver)} />`}
    ${removing.isOpen && target && html`<${Confirm} title=${t.remove} text=${t.removeText(called(target))} action=${t.remove} onClose=${removing.close}
      onConfirm=${async () => (await attempt(() => remove(`${path}/members/${target.id}`), t.removed)) && pages.reload()} />`}
  <//>`;
}

/** @param {string[]} grants @returns {[string, string][]} */
const options = (grants) => grants.map((each) => [each, c.roles[each]]);

/** @param {{ grants: string[], onClose: () => void, onDone: () => unknown }} props */
function Add({ grants, onClose, onDone }) {
  const { path } = useHere();
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "user_id", label: t.userId, hint: t.userIdHint, required: true, maxLength: 200 },
    { name: "role", label: t.role, type: "select", options: options(grants) },
    { name: "is_guest", label: t.isGuest, type: "checkbox" },
  ];
  return html`<${Dialog} title=${t.add} onClose=${onClose}>
    <p class="about">${t.addHint}</p>
    <${Form} fields=${fields} values=${{ role: "MEMBER" }} action=${t.add} onCancel=${onClose} onSubmit=${async (/** @type {any} */ values, /** @type {any} */ { key }) => {
      await post(`${path}/members`, values, { key });
      toast(t.addedDone);
      onClose();
      await onDone();
    }} />
  <//>`;
}

/** @param {{ member: any, grants: string[], types: any[], onClose: () => void, onDone: () => unknown }} props */
function Change({ member, grants, types, onClose, onDone }) {
  const { path } = useHere();
  const [was, setWas] = useState(member);
  const address = `${path}/members/${was.id}`;
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "role", label: t.role, type: "select", options: options(grants) },
    { name: "user_type_id", label: t.type, type: "select", options: [["", t.noType], ...types.map((each) => /** @type {[string, string]} */ ([each.id, each.name]))] },
    { name: "is_guest", label: t.isGuest, type: "checkbox" },
  ];
  const submit = async (/** @type {any} */ values, /** @type {any} */ { isForced }) => {
    const changed = Object.fromEntries(Object.entries(values).filter(([name, value]) => value !== was[name]));
    if (Object.keys(changed).length) await patch(address, changed, { match: isForced ? null : was.version });
    toast(t.changed);
    onClose();
    await onDone();
  };
  const conflict = async () => {
    const { data } = await request("GET", address);
    setWas(data);
    return data;
  };
  return html`<${Dialog} title=${t.changeTitle} onClose=${onClose}>
    <p><strong>${was.display_name ?? was.user_id}</strong></p>
    <${Form} fields=${fields} values=${was} action=${c.save} onCancel=${onClose} onSubmit=${submit} onConflict=${conflict} />
  <//>`;
}
