/** The workspaces of an organisation; making one, taking one out of work, putting people in, asking for moves. */

import { html, useEffect, useState } from "../vendor/ui.js";
import { all, get, post } from "../core/api.js";
import { usePages } from "../core/data.js";
import { useThere } from "../core/organization.js";
import { go, query, setQuery, to } from "../core/router.js";
import { load } from "../core/session.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { Combobox } from "../parts/combobox.js";
import { About, Confirm, Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Menu } from "../parts/menu.js";
import { Badge, Choice } from "../parts/page.js";
import { Empty, Loading } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { attempt, complain, toast } from "../parts/toast.js";
import common from "../texts/common.js";
import moveTexts from "../texts/moves.js";
import english from "../texts/organizations.js";
import { FileLimits } from "./file_room.js";
import { Step } from "./organization_step.js";
import { Moves } from "./workspace_moves.js";

const t = texts("organizations", english);
const m = texts("moves", moveTexts);
const c = texts("common", common);

export function Workspaces() {
  const { path, is, may } = useThere();
  const shown = query.value.get("show") ?? "";
  const pages = usePages(`${path}/workspaces`, { archived: shown === "archived" || null });
  const [turn, setTurn] = useState(0);
  const making = useDialog("new");
  const stepping = useDialog("step");
  const appointing = useDialog("appoint");
  const asking = useDialog("ask");
  const letting = useDialog("let-go");
  const limiting = useDialog("limits");
  const [step, id] = stepping.item?.split("~") ?? [];
  const asked = () => setTurn((was) => was + 1);
  const letGo = async (/** @type {any} */ each) => (await attempt(() => post(`${path}/moves`, { workspace_id: each.id, direction: "out" }), m.asked)) && asked();
  const acts = (/** @type {any} */ each) => {
    if (!may("ADMIN")) return null;
    const isOpen = each.status === "ACTIVE";
    return html`<${Menu} label=${`${c.actions}: ${each.name}`}>
      ${isOpen && html`<button type="button" onClick=${() => appointing.open(each.id)}>${t.appoint}</button>`}
      <button type="button" onClick=${() => limiting.open(each.id)}>${t.room}</button>
      ${stepsFor(each).map((name) => html`<button type="button" key=${name} onClick=${() => stepping.open(`${name}~${each.id}`)}>${t.steps[name]}</button>`)}
      ${isOpen && html`<button type="button" onClick=${() => letting.open(each.id)}>${m.askOut}</button>`}
    <//>`;
  };
  const columns = [
    { label: t.name, isMain: true, show: (/** @type {any} */ each) => (each.role ? html`<a href=${to(`/w/${each.id}`)}>${each.name}</a>` : each.name) },
    { label: t.yourRole, show: (/** @type {any} */ each) => (each.role ? c.roles[each.role] : c.none) },
    { label: t.status, show: (/** @type {any} */ each) => html`<${Badge} kind=${each.status === "ACTIVE" ? "good" : "warn"}>${c.statuses[each.status]}<//>` },
    { label: t.createdWorkspace, show: (/** @type {any} */ each) => html`<${Time} at=${each.created_at} short />` },
    { label: c.actions, isQuiet: true, show: acts },
  ];
  const create = may("ADMIN") && html`<button type="button" onClick=${() => making.open()}>${t.newWorkspace}</button>`;
  const ask = may("ADMIN") && html`<button type="button" class="secondary small" onClick=${() => asking.open()}>${m.askIn}</button>`;
  return html`<div class="lead">
      <div class="filters"><${Choice} label=${t.show} value=${shown} options=${[["", t.inWork], ["archived", t.showArchived]]} onChange=${(/** @type {string} */ show) => setQuery({ show })} /></div>
      ${create}
    </div>
    <div class="card-like"><${Table} label=${t.workspaces} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${t.noWorkspaces} text=${t.noWorkspacesMore} icon="home">${create}<//>`} /></div>
    ${is("ADMIN") && html`<${Moves} key=${turn} address=${`${path}/moves`} side="organization" mayAnswer=${may("ADMIN")} actions=${ask} onDone=${pages.reload} />`}
    ${making.isOpen && create && html`<${Create} onClose=${making.close} />`}
    ${may("ADMIN") && html`
      <${About} dialog=${stepping} pages=${pages} find=${(/** @type {any} */ each) => each.id === id && stepsFor(each).includes(step)}>${(/** @type {any} */ each) => html`<${Step} address=${`${path}/workspaces/${each.id}/${step}`} step=${step} name=${each.name} onClose=${stepping.close} onDone=${pages.reload} />`}<//>
      <${About} dialog=${appointing} pages=${pages}>${(/** @type {any} */ each) => html`<${Appoint} workspace=${each} onClose=${appointing.close} onDone=${pages.reload} />`}<//>
      <${About} dialog=${limiting} pages=${pages}>${(/** @type {any} */ each) => html`<${FileLimits} read=${`${path}/workspaces/${each.id}/file-limits`} write=${`${path}/workspaces/${each.id}/file-limits`} which="granted" name=${each.name} onClose=${limiting.close} />`}<//>
      <${About} dialog=${letting} pages=${pages}>${(/** @type {any} */ each) => html`<${Confirm} title=${m.askOut} text=${m.askOutText(each.name)} action=${m.ask} onClose=${letting.close} onConfirm=${() => letGo(each)} />`}<//>`}
    ${asking.isOpen && ask && html`<${AskIn} onClose=${asking.close} onDone=${asked} />`}`;
}

/** What its administrators may do to a workspace's status now. @param {any} each */
const stepsFor = (each) => (each.held_by === "platform" ? [] : each.status === "ACTIVE" ? ["suspend", "archive"] : ["activate"]);

/** Somebody of the organisation becomes somebody in a workspace of it. @param {{ workspace: any, onClose: () => void, onDone: () => unknown }} props */
function Appoint({ workspace, onClose, onDone }) {
  const { path } = useThere();
  const find = async (/** @type {string} */ name) => {
    const { items } = await get(`${path}/members`, { name, limit: 20 });
    return items.map((/** @type {any} */ each) => ({ id: each.user_id, label: each.display_name ?? each.user_id, more: c.roles[each.role] }));
  };
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "user_id", label: t.person, hint: t.personHint, required: true, input: Combobox, find },
    { name: "role", label: t.role, type: "select", options: Object.entries(c.roles) },
  ];
  const submit = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    await post(`${path}/workspaces/${workspace.id}/members`, values, { key });
    toast(t.appointed);
    onClose();
    await onDone();
  };
  return html`<${Dialog} title=${t.appointTo(workspace.name)} onClose=${onClose}>
    <p class="about">${t.appointText}</p>
    <${Form} fields=${fields} values=${{ role: "MEMBER" }} action=${t.appoint} onCancel=${onClose} onSubmit=${submit} />
  <//>`;
}

/** A workspace that the reader is in is asked to come. @param {{ onClose: () => void, onDone: () => unknown }} props */
function AskIn({ onClose, onDone }) {
  const { path } = useThere();
  const [free, setFree] = useState(/** @type {any[] | null} */ (null));
  useEffect(() => {
    all("/workspaces").then((mine) => setFree(mine.filter((each) => !each.org_id && each.status === "ACTIVE")), complain);
  }, []);
  const submit = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    await post(`${path}/moves`, { ...values, direction: "in" }, { key });
    toast(m.asked);
    onClose();
    await onDone();
  };
  const form = () => {
    if (free === null) return html`<${Loading} />`;
    if (!free.length) return html`<p>${m.noneToAsk}</p>`;
    const fields = [{ name: "workspace_id", label: m.workspace, type: "select", options: free.map((each) => [each.id, each.name]) }];
    return html`<${Form} fields=${fields} action=${m.ask} onCancel=${onClose} onSubmit=${submit} />`;
  };
  return html`<${Dialog} title=${m.askIn} onClose=${onClose}><p class="about">${m.askInText}</p>${form()}<//>`;
}

/** @param {{ onClose: () => void }} props */
function Create({ onClose }) {
  const { path } = useThere();
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "name", label: t.name, required: true, maxLength: 255 },
    { name: "description", label: t.description, type: "textarea" },
  ];
  const submit = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    const made = await post(`${path}/workspaces`, values, { key });
    await load();
    go(`/w/${made.id}`, { replace: true });
  };
  return html`<${Dialog} title=${t.newWorkspace} onClose=${onClose}><${Form} fields=${fields} action=${c.create} onCancel=${onClose} onSubmit=${submit} /><//>`;
}
