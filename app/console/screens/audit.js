/** The audit log: what happened, whether it stands as it was written, and what proves that elsewhere. */

import { html, useState } from "../vendor/ui.js";
import { post } from "../core/api.js";
import { usePages, useResource } from "../core/data.js";
import { useChanges } from "../core/live.js";
import { Name, nameOf } from "../core/people.js";
import { query, setQuery } from "../core/router.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { useDialog } from "../parts/dialog.js";
import { Filter, MomentFilter } from "../parts/filter.js";
import { Icon } from "../parts/icons.js";
import { Badge, Choice, Page } from "../parts/page.js";
import { Secret } from "../parts/secret.js";
import { Empty } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { Tabs } from "../parts/tabs.js";
import { attempt } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/audit.js";
import { Entry, KINDS } from "./audit_entry.js";
import { Export, Verify } from "./audit_proof.js";

const t = texts("audit", english);
const c = texts("common", common);
const FILTERS = ["action", "actor_id", "target_type", "target_id", "outcome", "since", "until"];

export default function Audit() {
  const { may } = useHere();
  const view = query.value.get("view") ?? "entries";
  const verifying = useDialog("verify");
  const exporting = useDialog("export");
  const actions = html`
    ${may("audit.verify") && html`<button type="button" onClick=${() => verifying.open()}><${Icon} name="shield" />${t.verify}</button>`}
    ${may("audit.export") && html`<button type="button" class="secondary" onClick=${() => exporting.open()}>${t.export}</button>`}`;
  return html`<${Page} title=${t.title} about=${t.about} actions=${actions}>
    <${Tabs} label=${t.views} name="view" tabs=${[["entries", t.entries], ["checkpoints", t.checkpoints]]} />
    ${view === "checkpoints" ? html`<${Checkpoints} />` : html`<${Entries} />`}
    ${verifying.isOpen && may("audit.verify") && html`<${Verify} onClose=${verifying.close} />`}
    ${exporting.isOpen && may("audit.export") && html`<${Export} onClose=${exporting.close} />`}
  <//>`;
}

function Entries() {
  const { path } = useHere();
  const given = Object.fromEntries(FILTERS.map((name) => [name, query.value.get(name)]));
  const pages = usePages(`${path}/audit`, given);
  const [isStale, setStale] = useState(false);
  useChanges(() => setStale(true));
  const refresh = () => {
    setStale(false);
    pages.reload();
  };
  const types = useResource("/event-types");
  const members = usePages(`${path}/members`, {}, 200);
  const shown = useDialog("entry");
  // An entry is found again by its time, where it is not among those that are shown.
  const [seq, at] = (shown.item ?? "").split("@").map(Number);
  const open = (/** @type {any} */ each) => shown.open(`${each.seq}@${Date.parse(each.timestamp)}`);
  const actors = members.items.map((each) => /** @type {[string, string]} */ ([each.user_id, each.display_name ?? each.user_id]));
  const actor = given.actor_id ?? "";
  if (actor && !actors.some(([id]) => id === actor)) actors.push([actor, nameOf(actor)]);
  const columns = [
    { label: t.action, isMain: true, show: (/** @type {any} */ each) => html`<button type="button" class="plain link" onClick=${() => open(each)}>${each.action}</button>` },
    { label: t.actor, show: (/** @type {any} */ each) => html`<${Name} id=${each.actor_id} />` },
    { label: t.target, show: (/** @type {any} */ each) => html`${each.target_type.replaceAll("_", " ")} <code title=${each.target_id}>${each.target_id.slice(0, 8)}</code>` },
    { label: t.outcome, show: (/** @type {any} */ each) => html`<${Badge} kind=${KINDS[each.outcome]}>${t.outcomes[each.outcome]}<//>` },
    { label: t.time, show: (/** @type {any} */ each) => html`<${Time} at=${each.timestamp} />` },
    { label: t.number, isNumber: true, show: (/** @type {any} */ each) => each.seq },
  ];
  return html`<div class="filters">
      <${Filter} label=${t.action} name="action" options=${types.data?.items.map((/** @type {any} */ each) => each.type) ?? []} />
      <${Choice} label=${t.actor} value=${actor} options=${[["", t.anybody], ...actors]} onChange=${(/** @type {string} */ value) => setQuery({ actor_id: value })} />
      <${Choice} label=${t.outcome} value=${given.outcome ?? ""} options=${[["", t.anyOutcome], ...Object.entries(t.outcomes)]} onChange=${(/** @type {string} */ outcome) => setQuery({ outcome })} />
      <${MomentFilter} label=${t.since} name="since" />
      <${MomentFilter} label=${t.until} name="until" />
      ${given.target_id && given.target_type && html`<span class="chip">${t.onlyTarget(given.target_type, given.target_id)}
        <button type="button" class="plain" aria-label=${t.clear} onClick=${() => setQuery({ target_type: null, target_id: null })}><${Icon} name="close" /></button></span>`}
      ${isStale && html`<button type="button" class="secondary small" onClick=${refresh}>${c.newer}</button>`}
    </div>
    <${Table} label=${t.title} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${t.none} text=${t.noneMore} icon="log" />`} />
    ${shown.isOpen && html`<${Entry} address=${`${path}/audit`} filters=${FILTERS} seq=${seq} at=${at} known=${pages.items.find((each) => each.seq === seq)} onClose=${shown.close} />`}`;
}

function Checkpoints() {
  const { path, may } = useHere();
  const pages = usePages(`${path}/audit/checkpoints`);
  const shown = useDialog("checkpoint");
  const [made, setMade] = useState("");
  const sign = () =>
    attempt(async () => {
      setMade((await post(`${path}/audit/checkpoints`)).jws);
      await pages.reload();
    });
  const chosen = pages.items.find((each) => String(each.seq) === shown.item);
  const columns = [
    { label: t.head, isMain: true, show: (/** @type {any} */ each) => t.entry(each.seq) },
    { label: t.hash, show: (/** @type {any} */ each) => html`<code title=${each.entry_hash}>${each.entry_hash.slice(0, 16)}…</code>` },
    { label: t.signedAt, show: (/** @type {any} */ each) => html`<${Time} at=${each.signed_at} />` },
    { label: c.actions, isQuiet: true, show: (/** @type {any} */ each) => html`<button type="button" class="secondary small" onClick=${() => shown.open(String(each.seq))}>${t.show}</button>` },
  ];
  const button = may("audit.checkpoint") && html`<button type="button" onClick=${sign}>${t.sign}</button>`;
  return html`<div class="lead"><p class="about">${t.checkpointsAbout}</p>${pages.items.length > 0 && button}</div>
    <${Table} label=${t.checkpoints} columns=${columns} pages=${pages} id=${(/** @type {any} */ each) => each.jws}
      empty=${html`<${Empty} title=${t.noCheckpoints} text=${t.noCheckpointsMore} icon="shield">${button}<//>`} />
    ${made && html`<${Secret} title=${t.signed} label=${t.signature} value=${made} text=${t.signedMore} onClose=${() => setMade("")} />`}
    ${chosen && html`<${Secret} title=${t.entry(chosen.seq)} label=${t.signature} value=${chosen.jws} text=${t.signedMore} onClose=${shown.close} />`}`;
}
