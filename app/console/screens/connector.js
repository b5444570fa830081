/** One connector: its value and where that comes from, the journal of all that was asked, and asking now. */

import { html, useState } from "../vendor/ui.js";
import { post, remove } from "../core/api.js";
import { usePages, useResource } from "../core/data.js";
import { useReloadOn } from "../core/live.js";
import { Name } from "../core/people.js";
import { go } from "../core/router.js";
import { texts } from "../core/texts.js";
import { useThing } from "../core/thing.js";
import { Time } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { Data } from "../parts/data.js";
import { Confirm, Dialog, useDialog } from "../parts/dialog.js";
import { Menu } from "../parts/menu.js";
import { Badge, Page, Section } from "../parts/page.js";
import { Empty, Shown } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { attempt, complain, toast } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/connectors.js";
import { rhythm, Status } from "./connectors.js";

const t = texts("connectors", english);
const c = texts("common", common);

/** @param {{ params: { connector: string } }} props */
export default function ConnectorScreen({ params }) {
  const { path } = useHere();
  const connector = useThing("connector", `${path}/connectors/${encodeURIComponent(params.connector)}`);
  return html`<${Shown} of=${connector}>${() => html`<${Connector} connector=${connector.data} etag=${connector.etag} reload=${connector.reload} />`}<//>`;
}

/** @param {{ connector: any, etag: string | null, reload: () => Promise<void> }} props */
function Connector({ connector, etag, reload }) {
  const { path, at, may, workspace } = useHere();
  const address = `${path}/connectors/${connector.id}`;
  // Where nothing can stand for it there is none to ask for.
  const hasValue = connector.status === "OK" || connector.fallback === "STATIC" || (connector.status === "FAILED" && connector.fallback === "LAST_GOOD");
  const value = useResource(may("connector.read_value") && hasValue ? `${address}/value` : null);
  const journal = usePages(may("connector.list_selections") ? `${address}/selections` : null);
  const [isBusy, setBusy] = useState(false);
  const [preview, setPreview] = useState(/** @type {any} */ (null));
  const removing = useDialog("delete");
  useReloadOn(["connector"], () => {
    value.reload();
    journal.reload();
  });
  const isOpen = workspace.status === "ACTIVE";
  const ask = async (/** @type {string} */ step, /** @type {string} */ done) => {
    setBusy(true);
    try {
      const answer = await post(`${address}/${step}`);
      const { selection, detail } = answer;
      if (selection.outcome === "FAILED") complain(new Error(t.failed(selection.error, detail ?? null)));
      else if (step === "preview") setPreview(answer);
      else toast(done);
    } catch (error) {
      complain(error);
    } finally {
      setBusy(false);
    }
    await Promise.all([reload(), value.reload(), journal.reload()]);
  };
  const end = async () => (await attempt(() => remove(address, { match: etag }), t.deleted)) && go(at("connectors"));
  const items = isOpen && [
    may("connector.test") && html`<button type="button" onClick=${() => ask("test", t.tested)}>${t.test}</button>`,
    may("connector.preview") && html`<button type="button" onClick=${() => ask("preview", "")}>${t.preview}</button>`,
    may("connector.delete") && html`<button type="button" class="danger" onClick=${() => removing.open()}>${t.delete}</button>`,
  ];
  const actions = html`
    ${isOpen && may("connector.refresh") && html`<button type="button" disabled=${isBusy} onClick=${() => ask("refresh", t.refreshed)}>${isBusy ? c.working : t.refresh}</button>`}
    ${items && items.some(Boolean) && html`<${Menu} label=${c.actions}>${items}<//>`}`;
  return html`<${Page} title=${connector.name} crumb=${{ label: t.title, address: at("connectors") }} about=${html`<${Status} of=${connector} /> ${t.kinds[connector.kind]}${connector.last_error && html` <code>${connector.last_error}</code>`}`} actions=${actions}>
    <div class="columns">
      <div>
        <${Section} title=${t.value}>${hasValue ? html`<${Value} value=${value} />` : html`<${Empty} title=${t.noValue} text=${t.noValueMore} icon="chart" />`}<//>
        <${Section} title=${t.journal}><${Journal} pages=${journal} /><//>
      </div>
      <${Facts} connector=${connector} />
    </div>
    ${preview && html`<${Dialog} title=${t.previewTitle} isWide onClose=${() => setPreview(null)}><${Rows} of=${preview} label=${t.previewTitle} />${!preview.is_whole && html`<p class="about">${t.notWhole}</p>`}<//>`}
    ${removing.isOpen && may("connector.delete") && html`<${Confirm} title=${t.delete} text=${t.deleteText} action=${t.delete} onClose=${removing.close} onConfirm=${end} />`}
  <//>`;
}

/** @param {{ value: ReturnType<typeof useResource> }} props */
function Value({ value }) {
  // Without a value the service says why it has none, which is no fault of the page.
  if (value.error?.status === 409 || value.error?.status === 404) return html`<${Empty} title=${t.noValue} text=${value.error.message} icon="chart"><span>${t.noValueMore}</span><//>`;
  return html`<${Shown} of=${value}>${() => html`<${Provenance} value=${value.data} /><${Rows} of=${value.data} label=${t.value} />`}<//>`;
}

/** @param {{ value: any }} props */
function Provenance({ value }) {
  const row = (/** @type {string} */ label, /** @type {unknown} */ shown) => html`<div><dt>${label}</dt><dd>${shown}</dd></div>`;
  return html`<div class="card-like"><dl class="facts">
    ${value.fetched_at && row(t.fetched, html`<${Time} at=${value.fetched_at} />`)}
    ${value.is_stale && row(t.state, html`<${Badge} kind="warn">${t.stale}<//>`)}
    ${value.fallback && row(t.standsFor, t.fallbacks[value.fallback])}
    ${value.last_error && row(t.error, html`<code>${value.last_error}</code>`)}
    ${value.selection_id && row(t.provenance, html`<code>${value.selection_id}</code>`)}
    ${row(t.checksum, html`<code>${value.checksum}</code>`)}
  </dl></div>`;
}

/** @param {{ of: { columns: string[], rows: any[][] }, label: string }} props */
function Rows({ of, label }) {
  return html`<div class="table scroll" tabindex="0" role="region" aria-label=${label}><table>
    <thead><tr>${of.columns.map((each) => html`<th scope="col" key=${each}>${each}</th>`)}</tr></thead>
    <tbody>${of.rows.map((row, i) => html`<tr key=${i}>${row.map((each) => html`<td>${each === null ? "" : String(each)}</td>`)}</tr>`)}</tbody>
  </table></div>`;
}

/** @param {{ pages: import("../core/data.js").Pages }} props */
function Journal({ pages }) {
  const columns = [
    { label: t.at, isMain: true, show: (/** @type {any} */ each) => html`<${Time} at=${each.at} />` },
    { label: t.cause, show: (/** @type {any} */ each) => t.causes[each.cause] },
    { label: t.who, show: (/** @type {any} */ each) => html`<${Name} id=${each.actor_id} />` },
    { label: t.outcome, show: (/** @type {any} */ each) => html`<${Badge} kind=${each.outcome === "OK" ? "good" : "bad"}>${t.outcomes[each.outcome]}<//>${each.error && html` <code>${each.error}</code>`}${each.fallback && html` <small>${t.fallbacks[each.fallback]}</small>`}` },
    { label: t.rows, isNumber: true, show: (/** @type {any} */ each) => each.rows },
    { label: t.took, isNumber: true, show: (/** @type {any} */ each) => t.ms(each.duration_ms) },
  ];
  return html`<${Table} label=${t.journal} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${t.noJournal} text=${t.noJournalMore} icon="log" />`} />`;
}

/** @param {{ connector: any }} props */
function Facts({ connector }) {
  const row = (/** @type {string} */ label, /** @type {unknown} */ shown) => html`<div><dt>${label}</dt><dd>${shown}</dd></div>`;
  return html`<${Section} title=${t.facts}>
    <dl class="facts">
      ${row(t.schedule, rhythm(connector))}
      ${row(t.fallback, t.fallbacks[connector.fallback])}
      ${row(t.secret, connector.has_secret ? t.hasSecret : t.noSecret)}
      ${row(t.made, html`<${Time} at=${connector.created_at} /> <${Name} id=${connector.created_by} />`)}
    </dl>
    <h3>${t.asked}</h3>
    <${Data} label=${t.asked} value=${connector.config} />
  <//>`;
}
