/** One workflow as it runs: its graph with the states of its tasks, as they change. */

import { html, useEffect, useState } from "../vendor/ui.js";
import { post } from "../core/api.js";
import { useResource } from "../core/data.js";
import { useChanges } from "../core/live.js";
import { nameOf } from "../core/people.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { Confirm, Dialog, useDialog } from "../parts/dialog.js";
import { Graph } from "../parts/graph.js";
import { Menu } from "../parts/menu.js";
import { Badge, Page, Progress, Section } from "../parts/page.js";
import { Shown } from "../parts/states.js";
import { attempt } from "../parts/toast.js";
import { FLOW_KINDS, STATE_KINDS } from "../parts/work.js";
import common from "../texts/common.js";
import english from "../texts/workflows.js";

const t = texts("workflows", english);
const c = texts("common", common);

/** @param {{ params: { instance: string } }} props */
export default function WorkflowScreen({ params }) {
  const { path } = useHere();
  const instance = useResource(`${path}/workflow-instances/${encodeURIComponent(params.instance)}`);
  const [timer] = useState({ id: /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined) });
  useChanges((change) => {
    const isOf = change.object_id === instance.data?.id || (change.object_type === "task" && change.project_id === instance.data?.project_id);
    if (!isOf) return;
    clearTimeout(timer.id);
    timer.id = setTimeout(instance.reload, 120);
  });
  return html`<${Shown} of=${instance}>${() => html`<${Workflow} instance=${instance.data} reload=${instance.reload} />`}<//>`;
}

/** @param {{ instance: any, reload: () => Promise<void> }} props */
function Workflow({ instance, reload }) {
  const { path, at, may, workspace } = useHere();
  const address = `${path}/workflow-instances/${instance.id}`;
  const cancelling = useDialog("cancel");
  const migrating = useDialog("migrate");
  const isRunning = instance.state === "RUNNING" || instance.state === "PAUSED";
  const can = (/** @type {string} */ step) => workspace.status === "ACTIVE" && isRunning && may(`workflow_instance.${step}`);
  const act = (/** @type {string} */ step) => attempt(async () => {
    await post(`${address}/${step}`);
    await reload();
  });
  const items = [
    can("migrate") && html`<button type="button" onClick=${() => migrating.open()}>${t.migrate}</button>`,
    can("cancel") && html`<button type="button" class="danger" onClick=${() => cancelling.open()}>${t.cancel}</button>`,
  ];
  const actions = html`
    ${instance.state === "RUNNING" && can("pause") && html`<button type="button" class="secondary" onClick=${() => act("pause")}>${t.pause}</button>`}
    ${instance.state === "PAUSED" && can("resume") && html`<button type="button" onClick=${() => act("resume")}>${t.resume}</button>`}
    ${items.some(Boolean) && html`<${Menu} label=${t.more}>${items}<//>`}`;
  const onPath = new Set(instance.critical_path.slice(1).map((/** @type {number} */ each, /** @type {number} */ i) => `${instance.critical_path[i]} ${each}`));
  const blocking = new Set(instance.blocking);
  const nodes = instance.nodes.map((/** @type {any} */ each) => ({
    id: String(each.ordinal),
    title: each.is_hidden ? t.hiddenNode : each.is_deleted ? t.deletedNode : each.title,
    more: each.is_hidden || each.is_deleted ? "" : `${each.key} · ${c.states[each.state]}${each.assignee_id ? ` · ${nameOf(each.assignee_id)}` : ""}`,
    kind: each.is_hidden || each.is_deleted ? "hidden" : each.state,
    isDashed: each.trigger_rule === "ANY_DONE",
    isMarked: blocking.has(each.ordinal),
    address: each.task_id && !each.is_deleted ? at(`tasks/${each.task_id}`) : undefined,
  }));
  const edges = instance.edges.map((/** @type {any} */ each) => ({ from: String(each.from), to: String(each.to), isMarked: onPath.has(`${each.from} ${each.to}`) }));
  const held = instance.nodes.filter((/** @type {any} */ each) => blocking.has(each.ordinal) && each.task_id);
  const { progress } = instance;
  return html`<${Page} title=${instance.name} crumb=${{ label: t.title, address: at("workflows") }} actions=${actions}
      about=${html`<${Badge} kind=${FLOW_KINDS[instance.state]}>${t.states[instance.state]}<//> ${t.begun} <${Time} at=${instance.created_at} short />, ${t.version} ${instance.template_version}`}>
    <${Section} title=${t.progress}>
      <${Progress} label=${t.done(progress.done, progress.total)} value=${progress.done} max=${Math.max(1, progress.total)} />
      <p class="legend">
        ${["todo", "in_progress", "blocked", "done"].map((each) => html`<span key=${each}><${Badge} kind=${STATE_KINDS[each.toUpperCase()]}>${c.states[each.toUpperCase()]}<//> ${progress[each]}</span>`)}
        ${progress.hidden > 0 && html`<span>${t.hidden(progress.hidden)}</span>`}
      </p>
    <//>
    <${Graph} label=${t.graph} nodes=${nodes} edges=${edges} />
    <${Section} title=${t.blocking}>
      ${held.length ? html`<ul class="rows">${held.map((/** @type {any} */ each) => html`<li key=${each.ordinal}><a class="grow" href=${at(`tasks/${each.task_id}`)}>${each.title}</a><${Badge} kind=${STATE_KINDS[each.state]}>${c.states[each.state]}<//></li>`)}</ul>` : html`<p>${t.noBlocking}</p>`}
    <//>
    ${cancelling.isOpen && html`<${Confirm} title=${t.cancel} text=${t.cancelText} action=${t.cancel} onClose=${cancelling.close} onConfirm=${() => act("cancel")} />`}
    ${migrating.isOpen && can("migrate") && html`<${Migrate} address=${address} onClose=${migrating.close} onDone=${reload} />`}
  <//>`;
}

/** Says what would change, and then does it. @param {{ address: string, onClose: () => void, onDone: () => Promise<void> }} props */
function Migrate({ address, onClose, onDone }) {
  const [plan, setPlan] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const ask = () => {
    setError(null);
    post(`${address}/migrate`, { dry_run: true }).then(setPlan, setError);
  };
  useEffect(ask, []);
  const migrate = () => attempt(async () => {
    await post(`${address}/migrate`, { version: plan.to_version });
    await onDone();
    onClose();
  }, t.migrated);
  const row = (/** @type {string} */ label, /** @type {string[]} */ names) => html`<div><dt>${label}</dt><dd>${names.length ? names.join(", ") : t.nothing}</dd></div>`;
  const shown = () =>
    html`<p class="about">${t.migrateAbout}</p>
      <dl class="facts">
        <div><dt>${t.version}</dt><dd>${plan.from_version} → ${plan.to_version}</dd></div>
        ${row(t.added, plan.added)}${row(t.removed, plan.removed)}${row(t.kept, plan.kept)}${plan.begun.length > 0 && row(t.inTheWay, plan.begun)}
      </dl>
      <footer><button type="button" class="secondary" onClick=${onClose}>${c.cancel}</button><button type="button" disabled=${plan.begun.length > 0} onClick=${migrate}>${t.migrateGo}</button></footer>`;
  const of = { data: plan, error, isLoading: plan === null, reload: ask };
  return html`<${Dialog} title=${t.migrate} onClose=${onClose}><${Shown} of=${of}>${shown}<//><//>`;
}
