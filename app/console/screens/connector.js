/** One connector: its value and where that comes from, the journal of all that was asked, and asking now. */

import { html, useState } from "../vendor/ui.js";
import { patch, post, remove, request } from "../core/api.js";
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
import { Form } from "../parts/form.js";
import { Menu } from "../parts/menu.js";
import { Badge, Page, Section } from "../parts/page.js";
import { Empty, Shown } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { attempt, complain, toast } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/connectors.js";
import { bodyOf, fieldsOf, flat, placed } from "./connector_form.js";
import { rhythm, Status } from "./connectors.js";

const t = texts("connectors", english);
const c = texts("common", common);

/** @param {{ params: { connector: string } }} props */
export default function ConnectorScreen({ params }) {
  const { may } = useHere();
  return may("connector.read") ? html`<${Whole} id=${params.connector} />` : html`<${Reading} id=${params.connector} />`;
}

/** What its value is and where that comes from, for whoever may know no more of it. @param {{ id: string }} props */
function Reading({ id }) {
  const { path, at } = useHere();
  const value = useResource(`${path}/connectors/${encodeURIComponent(id)}/value`);
  useReloadOn(["connector"], value.reload);
  return html`<${Page} title=${value.data?.name ?? t.connector} crumb=${{ label: t.title, address: at("connectors") }} about=${t.readingAbout}>
    <${Section} title=${t.value}><${Value} value=${value} text=${t.noValueRead} /><//>
  <//>`;
}

/** @param {{ id: string }} props */
function Whole({ id }) {
  const { path } = useHere();
  const connector = useThing("connector", `${path}/connectors/${encodeURIComponent(id)}`);
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
  const editing = useDialog("edit");
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
    may("connector.update") && html`<button type="button" onClick=${() => editing.open()}>${c.edit}</button>`,
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
        <${Section} title=${t.value}>${hasValue ? html`<${Value} value=${value} text=${t.noValueMore} />` : html`<${Empty} title=${t.noValue} text=${t.noValueMore} icon="chart" />`}<//>
        <${Section} title=${t.journal}><${Journal} pages=${journal} /><//>
      </div>
      <${Facts} connector=${connector} />
    </div>
    ${preview && html`<${Dialog} title=${t.previewTitle} isWide onClose=${() => setPreview(null)}><${Rows} of=${preview} label=${t.previewTitle} />${!preview.is_whole && html`<p class="about">${t.notWhole}</p>`}<//>`}
    ${editing.isOpen && may("connector.update") && html`<${Edit} connector=${connector} etag=${etag} address=${address} onClose=${editing.close} onDone=${() => Promise.all([reload(), value.reload()])} />`}
    ${removing.isOpen && may("connector.delete") && html`<${Confirm} title=${t.delete} text=${t.deleteText} action=${t.delete} onClose=${removing.close} onConfirm=${end} />`}
  <//>`;
}

/** @param {{ value: ReturnType<typeof useResource>, text: string }} props text: what is to be done where there is none */
function Value({ value, text }) {
  // Without a value the service says why it has none, which is no fault of the page.
  if (value.error?.status === 409 || value.error?.status === 404) return html`<${Empty} title=${t.noValue} text=${value.error.message} icon="chart"><span>${text}</span><//>`;
  return html`<${Shown} of=${value}>${() => html`<${Provenance} value=${value.data} /><${Rows} of=${value.data} label=${t.value} />`}<//>`;
}

/** @param {{ connector: any, etag: string | null, address: string, onClose: () => void, onDone: () => Promise<unknown> }} props */
function Edit({ connector, etag, address, onClose, onDone }) {
  const [base, setBase] = useState({ connector, etag });
  const { kind } = connector;
  const [was] = useState(flat(connector));
  const submit = async (/** @type {any} */ values, /** @type {any} */ { isForced }) => {
    try {
      const { static_value: given, ...body } = bodyOf(kind, values);
      // What is shown of a number may be text: a table that nobody touched stays as it is kept.
      const isTouched = values.static_value !== (flat(base.connector).static_value ?? null);
      const secret = values.secret ? { secret: values.secret } : {};
      await patch(address, { ...body, ...(isTouched && { static_value: given }), ...secret }, { match: isForced ? null : base.etag });
    } catch (error) {
      throw placed(error, kind);
    }
    toast(c.saved);
    onClose();
    await onDone();
  };
  const conflict = async () => {
    const { data, etag: tag } = await request("GET", address);
    setBase({ connector: data, etag: tag });
    return flat(data);
  };
  return html`<${Dialog} title=${`${c.edit}: ${connector.name}`} onClose=${onClose}>
    <${Form} fields=${fieldsOf(kind, false)} values=${was} action=${c.save} onCancel=${onClose} onSubmit=${submit} onConflict=${conflict} />
  <//>`;
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
