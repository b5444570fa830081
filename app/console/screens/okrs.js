/** Cycles, and in each the tree of objectives with the scores that are worked out along it. */

import { html, useState } from "../vendor/ui.js";
import { post, remove } from "../core/api.js";
import { usePages, useResource } from "../core/data.js";
import { useEdit } from "../core/edit.js";
import { useReloadOn } from "../core/live.js";
import { Name } from "../core/people.js";
import { go, query, setQuery } from "../core/router.js";
import { style } from "../core/style.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { About, Confirm, Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Icon } from "../parts/icons.js";
import { Menu } from "../parts/menu.js";
import { day, ObjectiveBadge, Score, Stale } from "../parts/okr.js";
import { Badge, Choice, Page, Section } from "../parts/page.js";
import { Empty, Shown } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { Tabs } from "../parts/tabs.js";
import { attempt, toast } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/okrs.js";

await style("okr");
const t = texts("okrs", english);
const c = texts("common", common);
const CYCLE = /** @type {import("../parts/form.js").Field[]} */ ([
  { name: "name", label: t.name, required: true, maxLength: 70 },
  { name: "starts_on", label: t.starts, type: "date", required: true },
  { name: "ends_on", label: t.ends, type: "date", required: true },
]);
const CYCLE_KINDS = /** @type {Record<string, string>} */ ({ PREPARATION: "plain", ACTIVE: "info", CLOSED: "good" });

export default function Okrs() {
  const { path, may, workspace } = useHere();
  const cycles = useResource(`${path}/okr/cycles`, { limit: 200 });
  useReloadOn(["okr_cycle"], cycles.reload);
  const making = useDialog("cycle");
  const writing = useDialog("objective");
  const view = query.value.get("view") ?? "";
  const items = cycles.data?.items ?? [];
  const chosen = items.find((/** @type {any} */ each) => each.id === query.value.get("cycle")) ?? items.find((/** @type {any} */ each) => each.state === "ACTIVE") ?? items[0];
  const isOpen = workspace.status === "ACTIVE";
  const make = isOpen && may("okr_cycle.create") && html`<button type="button" class=${view === "cycles" || !chosen ? "" : "secondary"} onClick=${() => making.open()}>${t.newCycle}</button>`;
  const write = isOpen && may("objective.create") && chosen && chosen.state !== "CLOSED" && html`<button type="button" onClick=${() => writing.open()}>${t.newObjective}</button>`;
  const body = () => {
    if (!chosen) return html`<${Empty} title=${t.noCycles} text=${t.noCyclesMore} icon="goal">${make}<//>`;
    if (view === "cycles") return html`<${Cycles} reload=${cycles.reload} />`;
    if (view === "deleted") return html`<${Deleted} />`;
    return html`<div class="filters">
        <${Choice} label=${t.cycle} value=${chosen.id} options=${items.map((/** @type {any} */ each) => [each.id, each.name])} onChange=${(/** @type {string} */ id) => setQuery({ cycle: id })} />
        ${view === "list" && html`<${ListFilters} />`}
      </div>
      ${view === "list" ? html`<${List} cycle=${chosen} write=${write} />` : html`<${Tree} key=${chosen.id} cycle=${chosen} write=${write} />`}`;
  };
  return html`<${Page} title=${t.title} about=${t.about} actions=${view === "cycles" || !chosen ? make : write}>
    <${Tabs} label=${t.views} name="view" tabs=${[["", t.tree], ["list", t.list], ["cycles", t.cycles], ...(may("objective.trash") ? [["deleted", t.deletedOnes]] : [])]} />
    <${Shown} of=${cycles}>${body}<//>
    ${making.isOpen && make && html`<${NewCycle} onClose=${making.close} onDone=${cycles.reload} />`}
    ${writing.isOpen && write && html`<${NewObjective} cycle=${chosen} onClose=${writing.close} />`}
  <//>`;
}

/** @param {{ cycle: any, write: unknown }} props */
function Tree({ cycle, write }) {
  const { path } = useHere();
  const progress = useResource(`${path}/okr/cycles/${cycle.id}/progress`);
  useReloadOn(["objective", "key_result"], progress.reload);
  const shown = () => {
    const { parts, score, measured_at: at, objectives } = progress.data;
    return html`<${Section} title=${cycle.name} actions=${html`<${Score} score=${score} label=${`${t.score}: ${cycle.name}`} />`}>
      <p class="about"><${Badge} kind=${CYCLE_KINDS[cycle.state]}>${t.cycleStates[cycle.state]}<//> ${day(cycle.starts_on)} – ${day(cycle.ends_on)}, ${t.objectives(objectives)}${at && html`, ${t.measured.toLowerCase()} <${Time} at=${at} short />`} <${Stale} of=${progress.data} /></p>
      ${parts.length ? html`<ul class="tree">${parts.map((/** @type {any} */ each) => html`<${Node} key=${each.id} part=${each} isOpen />`)}</ul>` : html`<${Empty} title=${t.noneYet} text=${t.noneYetMore} icon="goal">${write}<//>`}
    <//>`;
  };
  return html`<${Shown} of=${progress}>${shown}<//>`;
}

/** A part of a score, and when it is opened what that is worked out from. @param {{ part: any, isOpen?: boolean }} props */
function Node({ part, isOpen = false }) {
  const { path, at } = useHere();
  const [open, setOpen] = useState(isOpen);
  const isObjective = part.kind === "objective";
  const below = useResource(isObjective && open ? `${path}/okr/objectives/${part.id}/progress` : null);
  useReloadOn(["objective", "key_result"], below.reload);
  const twig = isObjective
    ? html`<button type="button" class="plain twig" aria-expanded=${open} aria-label=${`${t.expand}: ${part.title}`} onClick=${() => setOpen(!open)}><${Icon} name="down" /></button>`
    : html`<span class="twig" aria-hidden="true"></span>`;
  return html`<li>
    <div class="node">${twig}
      <span class="grow">${isObjective ? html`<a href=${at(`okrs/${part.id}`)}>${part.title}</a>` : part.title} <small>${t.kinds[part.kind]}, ${t.weight.toLowerCase()} ${part.weight}</small></span>
      <${Stale} of=${part} /><${Score} score=${part.score} label=${`${t.score}: ${part.title}`} />
    </div>
    ${open && isObjective && html`<${Shown} of=${below}>${() => html`<ul>${below.data.parts.map((/** @type {any} */ each) => html`<${Node} key=${each.id} part=${each} />`)}</ul>`}<//>`}
  </li>`;
}

function ListFilters() {
  return html`<${Choice} label=${t.state} value=${query.value.get("state") ?? ""} options=${[["", t.anyState], ...Object.entries(t.states)]} onChange=${(/** @type {string} */ state) => setQuery({ state })} />
    <${Choice} label=${t.level} value=${query.value.get("level") ?? ""} options=${[["", t.anyLevel], ...Object.entries(t.levels)]} onChange=${(/** @type {string} */ level) => setQuery({ level })} />`;
}

/** @param {{ cycle: any, write: unknown }} props */
function List({ cycle, write }) {
  const { path, at } = useHere();
  const pages = usePages(`${path}/okr/objectives`, { cycle_id: cycle.id, state: query.value.get("state"), level: query.value.get("level") });
  useReloadOn(["objective"], pages.reload);
  const columns = [
    { label: t.objective, isMain: true, show: (/** @type {any} */ each) => html`<a href=${at(`okrs/${each.id}`)}>${each.title}</a>` },
    { label: t.state, show: (/** @type {any} */ each) => html`<${ObjectiveBadge} state=${each.state} />` },
    { label: t.level, show: (/** @type {any} */ each) => t.levels[each.level] },
    { label: t.owner, show: (/** @type {any} */ each) => html`<${Name} id=${each.owner_id} />` },
    { label: t.changed, show: (/** @type {any} */ each) => html`<${Time} at=${each.updated_at} short />` },
  ];
  return html`<${Table} label=${t.list} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${t.noObjectives} text=${t.noObjectivesMore} icon="goal">${write}<//>`} />`;
}

/** What can be brought back, of all cycles. */
function Deleted() {
  const { path, at, may, workspace } = useHere();
  const pages = usePages(`${path}/okr/objectives`, { deleted: true });
  useReloadOn(["objective"], pages.reload);
  const restore = (/** @type {any} */ each) => attempt(async () => {
    await post(`${path}/okr/objectives/${each.id}/restore`);
    go(at(`okrs/${each.id}`));
  }, t.restored);
  const columns = [
    { label: t.objective, isMain: true, show: (/** @type {any} */ each) => each.title },
    { label: t.state, show: (/** @type {any} */ each) => html`<${ObjectiveBadge} state=${each.state} />` },
    { label: t.owner, show: (/** @type {any} */ each) => html`<${Name} id=${each.owner_id} />` },
    { label: t.deletedAt, show: (/** @type {any} */ each) => html`<${Time} at=${each.updated_at} short />` },
    { label: c.actions, isQuiet: true, show: (/** @type {any} */ each) => workspace.status === "ACTIVE" && may("objective.restore") && html`<button type="button" class="secondary small" onClick=${() => restore(each)}>${t.restore}</button>` },
  ];
  return html`<${Table} label=${t.deletedOnes} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${t.noneDeleted} icon="goal" />`} />`;
}

/** @param {{ reload: () => Promise<void> }} props */
function Cycles({ reload }) {
  const { path, may, at, workspace } = useHere();
  const pages = usePages(`${path}/okr/cycles`);
  const closing = useDialog("close");
  const cloning = useDialog("clone");
  const editing = useDialog("cycle-edit");
  const deleting = useDialog("cycle-delete");
  useReloadOn(["okr_cycle"], pages.reload);
  const can = (/** @type {string} */ step) => workspace.status === "ACTIVE" && may(`okr_cycle.${step}`);
  const refresh = () => Promise.all([pages.reload(), reload()]);
  const act = async (/** @type {string} */ id, /** @type {string} */ step, /** @type {string} */ done) => (await attempt(() => post(`${path}/okr/cycles/${id}/${step}`), done)) && refresh();
  const acts = (/** @type {any} */ each) => {
    const items = [
      each.state === "PREPARATION" && can("activate") && html`<button type="button" onClick=${() => act(each.id, "activate", t.begun)}>${t.begin}</button>`,
      each.state !== "CLOSED" && can("update") && html`<button type="button" onClick=${() => editing.open(each.id)}>${c.edit}</button>`,
      can("clone") && html`<button type="button" onClick=${() => cloning.open(each.id)}>${t.clone}</button>`,
      each.state === "ACTIVE" && can("close") && html`<button type="button" class="danger" onClick=${() => closing.open(each.id)}>${t.close}</button>`,
      each.state !== "CLOSED" && can("delete") && html`<button type="button" class="danger" onClick=${() => deleting.open(each.id)}>${t.deleteCycle}</button>`,
    ];
    return items.some(Boolean) && html`<${Menu} label=${`${c.actions}: ${each.name}`}>${items}<//>`;
  };
  const columns = [
    { label: t.name, isMain: true, show: (/** @type {any} */ each) => html`<a href=${`${at("okrs")}?cycle=${each.id}`}>${each.name}</a>` },
    { label: t.state, show: (/** @type {any} */ each) => html`<${Badge} kind=${CYCLE_KINDS[each.state]}>${t.cycleStates[each.state]}<//>` },
    { label: t.starts, show: (/** @type {any} */ each) => day(each.starts_on) },
    { label: t.ends, show: (/** @type {any} */ each) => day(each.ends_on) },
    { label: c.actions, isQuiet: true, show: acts },
  ];
  return html`<${Table} label=${t.cycles} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${t.noCycles} text=${t.noCyclesMore} icon="goal" />`} />
    ${can("close") && html`<${About} dialog=${closing} pages=${pages}>${(/** @type {any} */ each) => html`<${Confirm} title=${`${t.close}: ${each.name}`} text=${t.closeText} action=${t.close} onClose=${closing.close} onConfirm=${() => act(each.id, "close", t.closed)} />`}<//>`}
    ${can("update") && html`<${About} dialog=${editing} pages=${pages}>${(/** @type {any} */ each) => html`<${EditCycle} cycle=${each} onClose=${editing.close} onDone=${refresh} />`}<//>`}
    ${can("delete") && html`<${About} dialog=${deleting} pages=${pages}>${(/** @type {any} */ each) => html`<${Confirm} title=${`${t.deleteCycle}: ${each.name}`} text=${t.deleteCycleText} action=${t.deleteCycle} onClose=${deleting.close}
      onConfirm=${async () => (await attempt(() => remove(`${path}/okr/cycles/${each.id}`, { match: each.version }), t.cycleDeleted)) && refresh()} />`}<//>`}
    ${can("clone") && html`<${About} dialog=${cloning} pages=${pages}>${(/** @type {any} */ each) => html`<${NewCycle} of=${each} onClose=${cloning.close} onDone=${refresh} />`}<//>`}`;
}

/** @param {{ of?: any, onClose: () => void, onDone: () => Promise<unknown> }} props of: what it is a clone of */
function NewCycle({ of = null, onClose, onDone }) {
  const { path } = useHere();
  const submit = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    await post(of ? `${path}/okr/cycles/${of.id}/clone` : `${path}/okr/cycles`, values, { key });
    if (of) toast(t.cloned);
    onClose();
    await onDone();
  };
  return html`<${Dialog} title=${of ? `${t.clone}: ${of.name}` : t.newCycle} onClose=${onClose}>
    <p class="about">${of ? t.cloneAbout : t.noCyclesMore}</p>
    <${Form} fields=${CYCLE} action=${c.create} onCancel=${onClose} onSubmit=${submit} />
  <//>`;
}

/** @param {{ cycle: any, onClose: () => void, onDone: () => Promise<unknown> }} props */
function EditCycle({ cycle, onClose, onDone }) {
  const { path } = useHere();
  const address = `${path}/okr/cycles/${cycle.id}`;
  const { was, save, theirs } = useEdit(address, cycle, cycle.version);
  const submit = async (/** @type {any} */ values, /** @type {any} */ how) => {
    await save(values, how);
    toast(c.saved);
    onClose();
    await onDone();
  };
  return html`<${Dialog} title=${t.editCycle} onClose=${onClose}>
    <${Form} fields=${CYCLE} values=${was} action=${c.save} onCancel=${onClose} onSubmit=${submit} onConflict=${theirs} />
  <//>`;
}

/** @param {{ cycle: any, onClose: () => void }} props */
function NewObjective({ cycle, onClose }) {
  const { path, at } = useHere();
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "title", label: t.objective, required: true, maxLength: 300 },
    { name: "description", label: t.description, type: "textarea", maxLength: 10000 },
    { name: "level", label: t.level, type: "select", options: Object.entries(t.levels) },
  ];
  return html`<${Dialog} title=${`${t.newObjective}: ${cycle.name}`} onClose=${onClose}>
    <${Form} fields=${fields} values=${{ level: "TEAM" }} action=${c.create} onCancel=${onClose} onSubmit=${async (/** @type {any} */ values, /** @type {any} */ { key }) => {
      const made = await post(`${path}/okr/objectives`, { ...values, cycle_id: cycle.id }, { key });
      go(at(`okrs/${made.id}`), { replace: true });
    }} />
  <//>`;
}
