/** What the service has yet to do for the workspace; trying again, and having it not done. */

import { html } from "../vendor/ui.js";
import { post } from "../core/api.js";
import { useEvery, usePages, useResource } from "../core/data.js";
import { useAftermath, useReloadOn } from "../core/live.js";
import { query, setQuery } from "../core/router.js";
import { number, texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { About, Confirm, Dialog, useDialog } from "../parts/dialog.js";
import { Menu } from "../parts/menu.js";
import { Badge, Choice, Page } from "../parts/page.js";
import { Empty, Shown } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { attempt } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/jobs.js";

const t = texts("jobs", english);
const c = texts("common", common);
const KINDS = /** @type {Record<string, string>} */ ({ READY: "info", RUNNING: "good", DEAD: "bad" });

/** @param {any} job */
const called = (job) => t.kinds[job.kind] ?? job.kind.replaceAll("_", " ");
/** @param {any} job */
const tries = (job) => (job.max_attempts === null ? number(job.attempts) : t.ofMost(number(job.attempts), number(job.max_attempts)));

export default function Jobs() {
  const { path, may } = useHere();
  const state = query.value.get("state") ?? "";
  const pages = usePages(`${path}/jobs`, { state });
  useReloadOn(["job"], pages.reload);
  useAftermath(pages.reload);
  // No event tells of work that goes on or is done.
  useEvery(5, pages.reload);
  const shown = useDialog("job");
  const cancelling = useDialog("cancel");
  const retry = async (/** @type {any} */ job) => (await attempt(() => post(`${path}/jobs/${job.id}/retry`), t.retried)) && pages.reload();
  const cancel = async (/** @type {string} */ id) => (await attempt(() => post(`${path}/jobs/${id}/cancel`), t.cancelled)) && pages.reload();
  const acts = (/** @type {any} */ job) => html`<${Menu} label=${`${c.actions}: ${called(job)}`}>
    <button type="button" onClick=${() => shown.open(job.id)}>${t.details}</button>
    ${may("job.retry") && job.state !== "RUNNING" && html`<button type="button" onClick=${() => retry(job)}>${t.retry}</button>`}
    ${may("job.cancel") && job.max_attempts !== null && html`<button type="button" class="danger" onClick=${() => cancelling.open(job.id)}>${t.cancel}</button>`}
  <//>`;
  const columns = [
    { label: t.kind, isMain: true, show: (/** @type {any} */ each) => html`<button type="button" class="plain link" onClick=${() => shown.open(each.id)}>${called(each)}</button>` },
    { label: t.state, show: (/** @type {any} */ each) => html`<${Badge} kind=${KINDS[each.state]}>${t.states[each.state]}<//>` },
    { label: t.attempts, show: tries },
    { label: t.error, show: (/** @type {any} */ each) => each.last_error && html`<code>${each.last_error}</code>` },
    { label: t.next, show: (/** @type {any} */ each) => each.state === "READY" && html`<${Time} at=${each.run_at} short />` },
    { label: c.actions, isQuiet: true, show: acts },
  ];
  return html`<${Page} title=${t.title} about=${t.about}>
    <div class="filters">
      <${Choice} label=${t.state} value=${state} options=${[["", t.anyState], ...Object.entries(t.states)]} onChange=${(/** @type {string} */ value) => setQuery({ state: value })} />
    </div>
    <${Table} label=${t.list} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${state ? t.noneSo : t.none} text=${state ? "" : t.noneMore} icon="gear" />`} />
    ${shown.item && html`<${Details} key=${shown.item} address=${`${path}/jobs/${encodeURIComponent(shown.item)}`} onClose=${shown.close} />`}
    ${may("job.cancel") && html`<${About} dialog=${cancelling} pages=${pages}>${(/** @type {any} */ each) => html`<${Confirm} title=${`${t.cancel}: ${called(each)}`} text=${t.cancelText} action=${t.cancel} onClose=${cancelling.close} onConfirm=${() => cancel(each.id)} />`}<//>`}
  <//>`;
}

/** @param {{ address: string, onClose: () => void }} props */
function Details({ address, onClose }) {
  const job = useResource(address);
  const shown = () => {
    const { data } = job;
    return html`<dl class="facts">
      <div><dt>${t.state}</dt><dd><${Badge} kind=${KINDS[data.state]}>${t.states[data.state]}<//></dd></div>
      <div><dt>${t.attempts}</dt><dd>${tries(data)}${data.max_attempts === null && html`<br /><small>${t.promised}</small>`}</dd></div>
      ${data.last_error && html`<div><dt>${t.error}</dt><dd><code>${data.last_error}</code></dd></div>`}
      <div><dt>${t.target}</dt><dd><code>${data.target_id}</code></dd></div>
      <div><dt>${t.queue}</dt><dd>${data.queue}</dd></div>
      <div><dt>${t.created}</dt><dd><${Time} at=${data.created_at} /></dd></div>
      ${data.state === "READY" ? html`<div><dt>${t.next}</dt><dd><${Time} at=${data.run_at} /></dd></div>` : html`<div><dt>${t.since}</dt><dd><${Time} at=${data.state_at} /></dd></div>`}
    </dl>`;
  };
  const title = job.data ? called(job.data) : t.details;
  return html`<${Dialog} title=${title} onClose=${onClose}>${job.error?.status === 404 ? html`<p>${t.gone}</p>` : html`<${Shown} of=${job}>${shown}<//>`}<//>`;
}
