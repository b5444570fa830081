/** What a key result is fed by, how that went last, and feeding it otherwise. */

import { html, useEffect, useState } from "../vendor/ui.js";
import { all, put, remove } from "../core/api.js";
import { useResource } from "../core/data.js";
import { useReloadOn } from "../core/live.js";
import { Name } from "../core/people.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { Dialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { FeedBadge } from "../parts/okr.js";
import { Choice } from "../parts/page.js";
import { Loading, Shown } from "../parts/states.js";
import { attempt, complain, toast } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/okrs.js";

const t = texts("okrs", english);
const c = texts("common", common);
const ROW = "row";

/** @param {{ result: any, canSet: boolean, onClose: () => void, onDone: () => Promise<unknown> }} props */
export function Feed({ result, canSet, onClose, onDone }) {
  const { path } = useHere();
  const address = `${path}/okr/key-results/${result.id}/feed`;
  const isFed = result.source !== "manual";
  const feed = useResource(isFed ? address : null);
  useReloadOn(["key_result"], feed.reload);
  const [isSetting, setSetting] = useState(!isFed);
  const stop = () => attempt(async () => {
    await remove(address);
    onClose();
    await onDone();
  }, t.unfed);
  const told = () => html`<${Told} feed=${feed.data} />
    <footer>
      ${canSet && html`<button type="button" class="danger" onClick=${stop}>${t.stopFeeding}</button><button type="button" class="secondary" onClick=${() => setSetting(true)}>${t.feedOtherwise}</button>`}
      <button type="button" onClick=${onClose}>${c.close}</button>
    </footer>`;
  return html`<${Dialog} title=${`${t.fed}: ${result.title}`} onClose=${onClose}>
    ${isSetting && canSet ? html`<${Set} address=${address} onClose=${onClose} onDone=${onDone} />` : isFed ? html`<${Shown} of=${feed}>${told}<//>` : html`<p>${t.sources.manual}</p>`}
  <//>`;
}

/** @param {{ feed: any }} props */
function Told({ feed }) {
  const { at, may } = useHere();
  const { connector, tasks } = feed;
  const row = (/** @type {string} */ label, /** @type {unknown} */ value) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`;
  const source = connector
    ? may("connector.read_value") ? html`<a href=${at(`connectors/${connector.binding_id}`)}>${t.sources.connector}</a>` : t.sources.connector
    : html`<a href=${at(`projects/${tasks.project_id}`)}>${t.sources.tasks}</a>`;
  return html`<dl class="facts">
    ${row(t.feedSource, source)}
    ${connector ? row(t.column, html`<code>${connector.column}</code> ${connector.pick ? t.picks[connector.pick] : t.cellOf(connector.row)}`) : row(t.measure, t.measures[tasks.measure])}
    ${row(t.state, html`<${FeedBadge} status=${feed.status} />${feed.error && html` <code>${feed.error}</code>`}`)}
    ${feed.fallback && row(t.standsFor, t.fallbacks[feed.fallback])}
    ${feed.fetched_at && row(t.fetched, html`<${Time} at=${feed.fetched_at} />`)}
    ${feed.fed_at && row(t.fedAt, html`<${Time} at=${feed.fed_at} />`)}
    ${feed.selection_id && row(t.reading, html`<code>${feed.selection_id}</code>`)}
    ${row(t.setBy, html`<${Name} id=${feed.set_by} />`)}
  </dl>`;
}

/** @param {{ address: string, onClose: () => void, onDone: () => Promise<unknown> }} props */
function Set({ address, onClose, onDone }) {
  const { path, may } = useHere();
  const [kind, setKind] = useState("tasks");
  const [known, setKnown] = useState(/** @type {Record<string, [string, string][]> | null} */ (null));
  const kinds = may("connector.list_values") ? ["tasks", "connector"] : ["tasks"];
  useEffect(() => {
    const named = async (/** @type {string} */ place) => (await all(`${path}/${place}`)).map((each) => /** @type {[string, string]} */ ([each.id ?? each.connector_id, each.name]));
    const none = /** @type {[string, string][]} */ ([]);
    Promise.all([named("projects"), named("task-types"), may("connector.list_values") ? named("connector-values") : none]).then(([projects, types, connectors]) => setKnown({ projects, types, connectors }), complain);
  }, []);
  if (known === null) return html`<${Loading} />`;
  /** @type {Record<string, import("../parts/form.js").Field[]>} */
  const fields = {
    tasks: [
      { name: "project_id", label: t.project, type: "select", options: known.projects },
      { name: "measure", label: t.measure, type: "select", options: Object.entries(t.measures) },
      { name: "task_type_id", label: t.taskType, type: "select", options: [["", t.anyTaskType], ...known.types] },
    ],
    connector: [
      { name: "binding_id", label: t.connector, type: "select", options: known.connectors },
      { name: "column", label: t.column, hint: t.columnHint, required: true, maxLength: 200 },
      { name: "pick", label: t.cells, type: "select", options: [...Object.entries(t.picks), [ROW, t.oneCell]] },
      { name: "row", label: t.rowNumber, hint: t.rowHint, type: "number", min: 1, max: 1000000 },
    ],
  };
  const submit = async (/** @type {any} */ values) => {
    const { row, pick, ...rest } = values;
    const source = kind === "tasks" ? values : { ...rest, ...(pick === ROW ? { row: row ?? 1 } : { pick }) };
    await put(address, { [kind]: source });
    toast(t.fedNow);
    onClose();
    await onDone();
  };
  return html`<p class="about">${t.feedAbout}</p>
    ${kinds.length > 1 && html`<div class="filters"><${Choice} label=${t.feedSource} value=${kind} options=${kinds.map((each) => [each, t.sources[each]])} onChange=${setKind} /></div>`}
    <${Form} key=${kind} fields=${fields[kind]} action=${t.feedIt} onCancel=${onClose} onSubmit=${submit} />`;
}
