/** An organisation: what it is, its people, its workspaces, its look, its directory, and who has access. */

import { html, useEffect, useState } from "../vendor/ui.js";
import { patch, post, request } from "../core/api.js";
import { wear } from "../core/brand.js";
import { usePages, useResource } from "../core/data.js";
import { OrganizationContext, ranks, useThere } from "../core/organization.js";
import { Name } from "../core/people.js";
import { go, query, to } from "../core/router.js";
import { number, texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { size } from "../core/transfer.js";
import { Confirm, Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Icon } from "../parts/icons.js";
import { Menu } from "../parts/menu.js";
import { Badge, Page, Section } from "../parts/page.js";
import { Empty, Shown } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { Tabs } from "../parts/tabs.js";
import { attempt, toast } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/organizations.js";
import { Directory } from "./organization_directory.js";
import { Look } from "./organization_look.js";
import { People } from "./organization_people.js";
import { Review } from "./organization_review.js";
import { Step } from "./organization_step.js";
import { Workspaces } from "./organization_workspaces.js";
import { OuterLog } from "./outer_log.js";

const t = texts("organizations", english);
const c = texts("common", common);
/** @type {[string, string, "MEMBER" | "ADMIN", any][]} */
const VIEWS = [
  ["overview", t.overview, "MEMBER", Overview],
  ["people", t.people, "MEMBER", People],
  ["workspaces", t.workspaces, "MEMBER", Workspaces],
  ["look", t.look, "MEMBER", Look],
  ["directory", t.directory, "ADMIN", Directory],
  ["review", t.review, "ADMIN", Review],
  ["log", t.log, "ADMIN", Log],
];

/** @param {{ params: Record<string, string> }} props */
export default function Organization({ params }) {
  const path = `/organizations/${encodeURIComponent(params.org)}`;
  const organization = useResource(path);
  useEffect(() => {
    wear(params.org);
    return () => void wear(null);
  }, [params.org]);
  return html`<${Shown} of=${organization}>${() => {
    const { data, etag, reload } = organization;
    const is = (/** @type {string} */ least) => ranks(data.role, least);
    const there = { organization: data, etag, path, is, may: (/** @type {string} */ least) => data.status === "ACTIVE" && is(least), reload };
    return html`<${OrganizationContext.Provider} value=${there}><${Whole} /><//>`;
  }}<//>`;
}

function Whole() {
  const { organization, is, may } = useThere();
  const editing = useDialog("edit");
  const views = VIEWS.filter(([, , least]) => is(least));
  const [, , , view] = views.find(([name]) => name === query.value.get("view")) ?? views[0];
  const actions = html`
    ${may("ADMIN") && html`<button type="button" class="secondary" onClick=${() => editing.open()}>${t.edit}</button>`}
    <${Acts} />`;
  return html`<${Page} title=${organization.name} crumb=${{ label: t.title, address: to("/organizations") }} actions=${actions}>
    ${organization.status !== "ACTIVE" && html`<p class="notice"><${Icon} name="warning" /> ${organization.held_by === "platform" ? t.heldByPlatform : t.notInWork}</p>`}
    <${Tabs} label=${t.views} name="view" tabs=${views.map(([name, label]) => [name, label])} />
    <${view} />
    ${editing.isOpen && may("ADMIN") && html`<${Edit} onClose=${editing.close} />`}
  <//>`;
}

/** @param {{ onClose: () => void }} props */
function Edit({ onClose }) {
  const { organization, etag: first, path, reload } = useThere();
  const [etag, setEtag] = useState(first);
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "name", label: t.name, required: true, maxLength: 255 },
    { name: "slug", label: t.slug, hint: t.slugHint, maxLength: 63 },
  ];
  const submit = async (/** @type {any} */ values, /** @type {any} */ { isForced }) => {
    await patch(path, values, { match: isForced ? null : etag });
    toast(c.saved);
    onClose();
    await reload();
  };
  const conflict = async () => {
    const now = await request("GET", path);
    setEtag(now.etag);
    return now.data;
  };
  return html`<${Dialog} title=${t.edit} onClose=${onClose}>
    <${Form} fields=${fields} values=${organization} action=${c.save} onCancel=${onClose} onSubmit=${submit} onConflict=${conflict} />
  <//>`;
}

function Acts() {
  const { organization, is, path, reload } = useThere();
  const dialog = useDialog("act");
  const steps = { ACTIVE: ["suspend", "archive"], SUSPENDED: ["activate", "archive"], ARCHIVED: ["restore"] }[/** @type {string} */ (organization.status)] ?? [];
  const offered = is("ADMIN") && organization.held_by !== "platform" ? steps : [];
  const step = offered.find((each) => each === dialog.item);
  const leave = async () => (await attempt(() => post(`${path}/members/leave`), t.done)) && go("/organizations");
  if (!offered.length && is("OWNER")) return null;
  return html`<${Menu} label=${t.more}>
      ${offered.map((each) => html`<button type="button" key=${each} onClick=${() => dialog.open(each)}>${t.steps[each]}</button>`)}
      ${!is("OWNER") && html`<button type="button" class="danger" onClick=${() => dialog.open("leave")}>${t.leave}</button>`}
    <//>
    ${step && html`<${Step} address=${`${path}/${step}`} step=${step} onClose=${dialog.close} onDone=${reload} />`}
    ${dialog.item === "leave" && html`<${Confirm} title=${t.leave} text=${t.leaveText} action=${t.leave} onClose=${dialog.close} onConfirm=${leave} />`}`;
}

function Overview() {
  const { organization, path } = useThere();
  const owner = useResource(`${path}/owner`);
  return html`<div class="columns">
    <div><${Used} /><${History} /></div>
    <${Section} title=${t.facts}>
      <dl class="facts">
        <div><dt>${t.status}</dt><dd><${Badge} kind=${organization.status === "ACTIVE" ? "good" : "warn"}>${c.statuses[organization.status]}<//></dd></div>
        <div><dt>${t.slug}</dt><dd>${organization.slug ? html`<code>${organization.slug}</code>` : c.none}</dd></div>
        <div><dt>${t.owner}</dt><dd>${owner.data && (owner.data.display_name ?? owner.data.user_id)}</dd></div>
        <div><dt>${t.yourRole}</dt><dd>${c.roles[organization.role]}</dd></div>
        <div><dt>${t.created}</dt><dd><${Time} at=${organization.created_at} /></dd></div>
      </dl>
    <//>
  </div>`;
}

function Used() {
  const { path } = useThere();
  const usage = useResource(`${path}/usage`);
  const shown = () => {
    const { data } = usage;
    return html`${data.plan && html`<p>${t.plan}: <strong>${data.plan}</strong></p>`}
      <${Room} label=${t.seats} measure=${data.seats} words=${number} />
      <${Room} label=${t.workspaces} measure=${data.workspaces} words=${number} />
      <${Room} label=${t.files} measure=${data.file_bytes} words=${size} />
      <div class="room"><p>${t.requests} <span>${data.requests_per_minute === null ? t.noLimit : number(data.requests_per_minute)}</span></p></div>`;
  };
  return html`<${Section} title=${t.usage}><${Shown} of=${usage}>${shown}<//><//>`;
}

/** @param {{ label: string, measure: { used: number, limit: number | null }, words: (value: number) => string }} props */
function Room({ label, measure: { used, limit }, words }) {
  return html`<div class="room">
    <p>${label} <span>${limit === null ? t.ofAny(words(used)) : t.of(words(used), words(limit))}</span></p>
    ${limit !== null && html`<meter aria-label=${label} min="0" max=${Math.max(1, limit)} value=${used}></meter>`}
  </div>`;
}

function History() {
  const { path } = useThere();
  const pages = usePages(`${path}/history`);
  const columns = [
    { label: t.status, isMain: true, show: (/** @type {any} */ each) => html`<${Badge} kind=${each.to_status === "ACTIVE" ? "good" : "warn"}>${c.statuses[each.to_status]}<//>` },
    { label: t.reason, show: (/** @type {any} */ each) => each.reason },
    { label: t.by, show: (/** @type {any} */ each) => html`<${Name} id=${each.actor_id} />` },
    { label: t.changedAt, show: (/** @type {any} */ each) => html`<${Time} at=${each.at} />` },
  ];
  return html`<${Section} title=${t.history}><${Table} label=${t.history} columns=${columns} pages=${pages} id=${(/** @type {any} */ each) => String(each.seq)} empty=${html`<${Empty} title=${t.noHistory} icon="log" />`} /><//>`;
}

function Log() {
  const { path } = useThere();
  return html`<div class="lead"><p class="about">${t.logAbout}</p></div><${OuterLog} address=${`${path}/audit`} />`;
}
