/** What was done and what was refused, with the proof that nobody changed it since. */

import { html, useState } from "../vendor/ui.js";
import { get, post, request } from "../core/api.js";
import { usePages } from "../core/data.js";
import { useChanges } from "../core/live.js";
import { Name } from "../core/people.js";
import { query, setQuery } from "../core/router.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { Dialog, useDialog } from "../parts/dialog.js";
import { save } from "../parts/download.js";
import { Filter } from "../parts/filter.js";
import { Icon } from "../parts/icons.js";
import { Menu } from "../parts/menu.js";
import { Badge, Choice, Page, Progress, Section } from "../parts/page.js";
import { Empty } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { attempt, toast } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/audit.js";

const t = texts("audit", english);
const c = texts("common", common);
const KINDS = /** @type {Record<string, string>} */ ({ SUCCESS: "good", DENIED: "warn", FAILED: "bad" });

export default function Audit() {
  const { path, may } = useHere();
  const asked = (/** @type {string} */ name) => query.value.get(name) ?? "";
  const day = (/** @type {string} */ name, /** @type {number} */ more) => {
    const given = asked(name);
    if (!/^\d{4}-\d\d-\d\d$/.test(given)) return null;
    const [year, month, date] = given.split("-").map(Number);
    return new Date(year, month - 1, date + more).toISOString();
  };
  const pages = usePages(`${path}/audit`, { action: asked("action"), outcome: asked("outcome"), actor_id: asked("actor"), since: day("since", 0), until: day("until", 1) });
  const [isStale, setStale] = useState(false);
  useChanges(() => setStale(true));
  const dialog = useDialog("entry");
  const entry = pages.items.find((each) => String(each.seq) === dialog.item);
  const columns = [
    { label: t.number, isNumber: true, show: (/** @type {any} */ each) => each.seq },
    { label: t.action, isMain: true, show: (/** @type {any} */ each) => html`<button type="button" class="plain link" onClick=${() => dialog.open(String(each.seq))}>${each.action}</button>` },
    { label: t.outcome, show: (/** @type {any} */ each) => html`<${Badge} kind=${KINDS[each.outcome]}>${t.outcomes[each.outcome]}<//>` },
    { label: t.who, show: (/** @type {any} */ each) => html`<${Name} id=${each.actor_id} />` },
    { label: t.target, show: (/** @type {any} */ each) => html`${each.target_type} <small>${each.target_id.slice(0, 8)}</small>` },
    { label: t.when, show: (/** @type {any} */ each) => html`<${Time} at=${each.timestamp} />` },
  ];
  const exported = (/** @type {string} */ format) =>
    attempt(async () => {
      toast(t.preparing);
      const { data } = await request("GET", `${path}/audit/export`, { query: { format }, as: "blob", accept: "*/*" });
      save(data, `audit.${format}`);
    });
  const actions = may("audit.export") && html`<${Menu} label=${t.download} face=${html`${t.download}<${Icon} name="down" />`} isFramed>
    <button type="button" onClick=${() => exported("ndjson")}>${t.downloadNdjson}</button>
    <button type="button" onClick=${() => exported("csv")}>${t.downloadCsv}</button>
  <//>`;
  const refresh = () => {
    setStale(false);
    pages.reload();
  };
  return html`<${Page} title=${t.title} about=${t.about} actions=${actions}>
    ${may("audit.verify") && html`<${Proof} />`}
    <div class="filters">
      <${Filter} label=${t.action} name="action" />
      <${Choice} label=${t.outcome} value=${asked("outcome")} options=${[["", t.anyOutcome], ...Object.entries(t.outcomes)]} onChange=${(/** @type {string} */ outcome) => setQuery({ outcome })} />
      <${Filter} label=${t.since} name="since" type="date" />
      <${Filter} label=${t.until} name="until" type="date" />
      ${isStale && html`<button type="button" class="secondary small" onClick=${refresh}>${c.newer}</button>`}
    </div>
    <${Table} label=${t.list} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${t.none} text=${t.noneMore} icon="log" />`} />
    ${entry && html`<${Entry} entry=${entry} onClose=${dialog.close} />`}
  <//>`;
}

/** @param {{ entry: any, onClose: () => void }} props */
function Entry({ entry, onClose }) {
  const row = (/** @type {string} */ label, /** @type {unknown} */ value) => value && html`<div><dt>${label}</dt><dd>${value}</dd></div>`;
  return html`<${Dialog} title=${t.entry(entry.seq)} onClose=${onClose} isWide>
    <dl class="facts">
      ${row(t.action, html`${entry.action} <${Badge} kind=${KINDS[entry.outcome]}>${t.outcomes[entry.outcome]}<//>`)}
      ${row(t.when, html`<${Time} at=${entry.timestamp} />`)}
      ${row(t.who, html`<${Name} id=${entry.actor_id} /> <code>${entry.actor_id}</code>`)}
      ${row(t.target, html`${entry.target_type} <code>${entry.target_id}</code>`)}
      ${row(t.request, html`<code>${entry.request_id}</code>`)}
      ${row(t.address, entry.ip)}
      ${row(t.method, entry.auth_method)}
      ${row(t.before, html`<code>${entry.prev_hash}</code>`)}
      ${row(t.hash, html`<code>${entry.entry_hash}</code>`)}
      ${row(t.details, entry.redacted ? t.redacted : entry.details && html`<pre class="details" tabindex="0">${JSON.stringify(entry.details, null, 2)}</pre>`)}
    </dl>
  <//>`;
}

/** Verification, and the signed heads that it holds the log to. */
function Proof() {
  const { path, may } = useHere();
  const [result, setResult] = useState(/** @type {any} */ (null));
  const [isBusy, setBusy] = useState(false);
  const checkpoints = usePages(`${path}/audit/checkpoints`, {}, 5);
  const verify = async () => {
    setBusy(true);
    setResult(null);
    await attempt(async () => setResult(await get(`${path}/audit/verify`)));
    setBusy(false);
  };
  const sign = () => attempt(async () => {
    await post(`${path}/audit/checkpoints`);
    await checkpoints.reload();
  }, t.signed);
  const told = result && html`<div class=${result.valid ? "proof good" : "proof bad"}>
    <p><strong>${result.valid ? t.valid : t.invalid}</strong> ${t.verified(result.entries)}</p>
    <p>${t.head}: <code>${result.head_hash}</code></p>
    ${result.findings.length > 0 && html`<h3>${t.findings}</h3><ul>${result.findings.map((/** @type {any} */ each) => html`<li key=${`${each.seq} ${each.problem}`}>${t.entry(each.seq)}: ${each.problem}</li>`)}</ul>`}
  </div>`;
  const actions = html`
    ${may("audit.checkpoint") && html`<button type="button" class="secondary small" onClick=${sign}>${t.checkpoint}</button>`}
    <button type="button" class="small" disabled=${isBusy} onClick=${verify}>${t.verify}</button>`;
  return html`<${Section} title=${t.checkpoints} actions=${actions}>
    <p class="about">${t.checkpointsAbout}</p>
    <div role="status">${isBusy && html`<${Progress} label=${t.verifying} />`}${told}</div>
    ${checkpoints.items.length === 0 && !checkpoints.isLoading ? html`<p>${t.noCheckpoints}</p>` : null}
    <ul class="rows">
      ${checkpoints.items.map(
        (each) => html`<li key=${each.jws}><span class="grow">${t.entry(each.seq)} <code>${each.entry_hash.slice(0, 16)}</code></span><${Time} at=${each.signed_at} />
          <button type="button" class="secondary small" onClick=${() => attempt(() => navigator.clipboard.writeText(each.jws), c.copied)}>${t.copyJws}</button></li>`,
      )}
    </ul>
  <//>`;
}
