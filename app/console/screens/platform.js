/** What the platform's administrators see of everybody, and whom they stop and put back. */

import { html, useState } from "../vendor/ui.js";
import { post, put, request } from "../core/api.js";
import { usePages, useResource } from "../core/data.js";
import { query, to } from "../core/router.js";
import { me } from "../core/session.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { About, Confirm, Dialog, useDialog } from "../parts/dialog.js";
import { Filter } from "../parts/filter.js";
import { Form } from "../parts/form.js";
import { Menu } from "../parts/menu.js";
import { Badge, Page } from "../parts/page.js";
import { Shown } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { Tabs } from "../parts/tabs.js";
import { attempt, toast } from "../parts/toast.js";
import accountTexts from "../texts/accounts.js";
import common from "../texts/common.js";
import english from "../texts/platform.js";
import { AccountHistory } from "./account_history.js";
import { OuterLog } from "./outer_log.js";
import { nothing, status, StatusFilter, Step, stepFor } from "./platform_parts.js";
import { Workspaces } from "./platform_workspaces.js";

const t = texts("platform", english);
const c = texts("common", common);
const a = texts("accounts", accountTexts);

export default function Platform() {
  const view = query.value.get("view") ?? "organizations";
  /** @type {Record<string, any>} */
  const views = { organizations: Organizations, people: People, workspaces: Workspaces, log: Log };
  return html`<${Page} title=${t.title} about=${t.about}>
    <${Tabs} label=${t.views} name="view" tabs=${[["organizations", t.organizations], ["people", t.people], ["workspaces", t.workspaces], ["log", t.log]]} />
    <${Object.hasOwn(views, view) ? views[view] : Organizations} />
  <//>`;
}

function Organizations() {
  const pages = usePages("/platform/organizations", { name: query.value.get("name"), status: query.value.get("status") });
  const acting = useDialog("act");
  const limiting = useDialog("limits");
  const [step, id] = acting.item?.split("~") ?? [];
  const acts = (/** @type {any} */ each) => {
    const offered = stepFor(each);
    return html`<${Menu} label=${`${c.actions}: ${each.name}`}>
      <a href=${to("/platform", { view: "workspaces", org_id: each.id })}>${t.itsWorkspaces}</a>
      <button type="button" onClick=${() => limiting.open(each.id)}>${t.limits}</button>
      <button type="button" onClick=${() => acting.open(`${offered}~${each.id}`)}>${offered === "suspend" ? t.suspend : t.activate}</button>
    <//>`;
  };
  const columns = [
    { label: t.name, isMain: true, show: (/** @type {any} */ each) => each.name },
    { label: t.slug, show: (/** @type {any} */ each) => each.slug && html`<code>${each.slug}</code>` },
    { label: t.status, show: (/** @type {any} */ each) => status(each.status, c.statuses) },
    { label: t.held, show: (/** @type {any} */ each) => each.held_by && t.holders[each.held_by] },
    { label: t.created, show: (/** @type {any} */ each) => html`<${Time} at=${each.created_at} short />` },
    { label: c.actions, isQuiet: true, show: acts },
  ];
  return html`<div class="filters"><${Filter} label=${t.nameBegins} name="name" /><${StatusFilter} words=${c.statuses} /></div>
    <${Table} label=${t.organizations} columns=${columns} pages=${pages} empty=${nothing} />
    <${About} dialog=${acting} pages=${pages} find=${(/** @type {any} */ each) => each.id === id && stepFor(each) === step}>${(/** @type {any} */ each) => html`<${Step} step=${stepFor(each)} name=${each.name} address=${`/platform/organizations/${each.id}/${stepFor(each)}`} onClose=${acting.close} onDone=${pages.reload} />`}<//>
    <${About} dialog=${limiting} pages=${pages}>${(/** @type {any} */ each) => html`<${Limits} name=${each.name} path=${`/platform/organizations/${each.id}/limits`} onClose=${limiting.close} />`}<//>`;
}

function People() {
  const looking = useDialog("history");
  const erasing = useDialog("erase");
  const pages = usePages("/platform/users", { name: query.value.get("name"), email: query.value.get("email"), status: query.value.get("status") });
  const acting = useDialog("act");
  const [step, id] = acting.item?.split("~") ?? [];
  const nameOf = (/** @type {any} */ each) => each.display_name ?? each.id;
  const pathOf = (/** @type {any} */ each) => `/users/${encodeURIComponent(each.id)}`;
  const erase = async (/** @type {any} */ each) => (await attempt(() => post(`${pathOf(each)}/erasure`), t.erased)) && pages.reload();
  const stepsTo = (/** @type {any} */ each) => (each.id === me.value?.user.user_id || each.status === "ERASED" ? null : each.status === "ACTIVE" ? "suspend" : "activate");
  const meant = (/** @type {string | null | undefined} */ item) => (/** @type {any} */ each) => stepsTo(each) !== null && encodeURIComponent(each.id) === item;
  const acts = (/** @type {any} */ each) => {
    const offered = stepsTo(each);
    if (offered === null) return null;
    const id = encodeURIComponent(each.id);
    return html`<${Menu} label=${`${c.actions}: ${nameOf(each)}`}>
      <button type="button" onClick=${() => acting.open(`${offered}~${id}`)}>${offered === "suspend" ? t.suspend : t.activate}</button>
      <button type="button" onClick=${() => looking.open(id)}>${a.history}</button>
      <button type="button" class="danger" onClick=${() => erasing.open(id)}>${t.erase}</button>
    <//>`;
  };
  const columns = [
    { label: t.name, isMain: true, show: (/** @type {any} */ each) => html`${nameOf(each)} ${each.is_platform_admin && html`<${Badge} kind="info">${t.admin}<//>`}` },
    { label: t.email, show: (/** @type {any} */ each) => each.email },
    { label: t.status, show: (/** @type {any} */ each) => status(each.status, a.statuses) },
    { label: t.held, show: (/** @type {any} */ each) => each.held_by && t.holders[each.held_by] },
    { label: t.seen, show: (/** @type {any} */ each) => (each.is_expected ? t.expected : html`<${Time} at=${each.last_seen_at} short />`) },
    { label: c.actions, isQuiet: true, show: acts },
  ];
  return html`<div class="filters"><${Filter} label=${t.nameBegins} name="name" /><${Filter} label=${t.email} name="email" /><${StatusFilter} words=${a.statuses} /></div>
    <${Table} label=${t.people} columns=${columns} pages=${pages} empty=${nothing} />
    <${About} dialog=${acting} pages=${pages} find=${(/** @type {any} */ each) => meant(id)(each) && stepsTo(each) === step}>${(/** @type {any} */ each) => html`<${Step} step=${step} name=${nameOf(each)} address=${`/platform${pathOf(each)}/${stepsTo(each)}`} onClose=${acting.close} onDone=${pages.reload} />`}<//>
    <${About} dialog=${looking} pages=${pages} find=${(/** @type {any} */ each) => encodeURIComponent(each.id) === looking.item}>${(/** @type {any} */ each) => html`<${AccountHistory} address=${`${pathOf(each)}/history`} name=${nameOf(each)} onClose=${looking.close} />`}<//>
    <${About} dialog=${erasing} pages=${pages} find=${meant(erasing.item)}>${(/** @type {any} */ each) => html`<${Confirm} title=${t.erase} text=${t.eraseText(nameOf(each))} action=${t.erase} onClose=${erasing.close} onConfirm=${() => erase(each)} />`}<//>`;
}

/** @param {any} data as limits are answered */
const flat = (data) => ({ plan: data.plan, seats: data.seats.limit, workspaces: data.workspaces.limit, file_bytes: data.file_bytes.limit, requests_per_minute: data.requests_per_minute });

/** @param {{ name: string, path: string, onClose: () => void }} props */
function Limits({ name, path, onClose }) {
  const limits = useResource(path);
  const [seen, setSeen] = useState(/** @type {string | null} */ (null));
  const form = () => {
    const { data, etag } = limits;
    /** @type {import("../parts/form.js").Field[]} */
    const fields = [
      { name: "plan", label: t.plan, maxLength: 100 },
      { name: "seats", label: t.seats, type: "number", min: 0, hint: t.used(data.seats.used) },
      { name: "workspaces", label: t.workspaces, type: "number", min: 0, hint: t.used(data.workspaces.used) },
      { name: "file_bytes", label: t.files, type: "number", min: 0, hint: t.used(data.file_bytes.used) },
      { name: "requests_per_minute", label: t.requests, type: "number", min: 1 },
    ];
    const submit = async (/** @type {any} */ values, /** @type {any} */ { isForced }) => {
      await put(path, values, { match: isForced ? null : (seen ?? etag) });
      toast(c.saved);
      onClose();
    };
    const conflict = async () => {
      const now = await request("GET", path);
      setSeen(now.etag);
      return flat(now.data);
    };
    return html`<${Form} fields=${fields} values=${flat(data)} action=${c.save} onCancel=${onClose} onSubmit=${submit} onConflict=${conflict} />`;
  };
  return html`<${Dialog} title=${`${t.limits}: ${name}`} onClose=${onClose}><p class="about">${t.limitsAbout}</p><${Shown} of=${limits}>${form}<//><//>`;
}

function Log() {
  return html`<${OuterLog} address="/platform/audit" />`;
}
