/** The log of an organisation, or of the platform: what was done to it, which is in no workspace's log. */

import { html } from "../vendor/ui.js";
import { usePages, useResource } from "../core/data.js";
import { Name, nameOf } from "../core/people.js";
import { query, setQuery } from "../core/router.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { Dialog, useDialog } from "../parts/dialog.js";
import { Filter, MomentFilter } from "../parts/filter.js";
import { Icon } from "../parts/icons.js";
import { Badge } from "../parts/page.js";
import { Empty, Shown } from "../parts/states.js";
import { Table } from "../parts/table.js";
import common from "../texts/common.js";
import english from "../texts/audit.js";
import { Entry, KINDS } from "./audit_entry.js";
import { Result } from "./audit_proof.js";

const t = texts("audit", english);
const c = texts("common", common);
const FILTERS = ["action", "actor_id", "since", "until"];

/** @param {{ address: string }} props of the log in the API */
export function OuterLog({ address }) {
  const given = Object.fromEntries(FILTERS.map((name) => [name, query.value.get(name)]));
  const pages = usePages(address, given);
  const verifying = useDialog("verify");
  const shown = useDialog("entry");
  // An entry is found again by its time, where it is not among those that are shown.
  const [seq, at] = (shown.item ?? "").split("@").map(Number);
  const open = (/** @type {any} */ each) => shown.open(`${each.seq}@${Date.parse(each.timestamp)}`);
  const columns = [
    { label: t.action, isMain: true, show: (/** @type {any} */ each) => html`<button type="button" class="plain link" onClick=${() => open(each)}>${each.action}</button>` },
    { label: t.actor, show: (/** @type {any} */ each) => html`<${Name} id=${each.actor_id} />` },
    { label: t.target, show: (/** @type {any} */ each) => html`${each.target_type.replaceAll("_", " ")} <code title=${each.target_id}>${each.target_id.slice(0, 8)}</code>` },
    { label: t.outcome, show: (/** @type {any} */ each) => html`<${Badge} kind=${KINDS[each.outcome]}>${t.outcomes[each.outcome]}<//>` },
    { label: t.reason, show: (/** @type {any} */ each) => each.details?.reason },
    { label: t.time, show: (/** @type {any} */ each) => html`<${Time} at=${each.timestamp} />` },
    { label: t.number, isNumber: true, show: (/** @type {any} */ each) => each.seq },
  ];
  return html`<div class="lead">
      <div class="filters">
        <${Filter} label=${t.action} name="action" /><${MomentFilter} label=${t.since} name="since" /><${MomentFilter} label=${t.until} name="until" />
        ${given.actor_id && html`<span class="chip">${t.onlyBy(nameOf(given.actor_id))}
          <button type="button" class="plain" aria-label=${t.clear} onClick=${() => setQuery({ actor_id: null })}><${Icon} name="close" /></button></span>`}
      </div>
      <button type="button" class="secondary" onClick=${() => verifying.open()}><${Icon} name="shield" />${t.verify}</button>
    </div>
    <${Table} label=${t.title} columns=${columns} pages=${pages} id=${(/** @type {any} */ each) => String(each.seq)} empty=${html`<${Empty} title=${t.none} text=${t.noneMore} icon="log" />`} />
    ${shown.isOpen && html`<${Entry} address=${address} filters=${FILTERS} seq=${seq} at=${at} known=${pages.items.find((each) => each.seq === seq)} onClose=${shown.close} />`}
    ${verifying.isOpen && html`<${Verify} address=${address} onClose=${verifying.close} />`}`;
}

/** @param {{ address: string, onClose: () => void }} props */
function Verify({ address, onClose }) {
  const found = useResource(`${address}/verify`);
  return html`<${Dialog} title=${t.verifyTitle} onClose=${onClose} isWide>
    <${Shown} of=${found}>${() => html`<${Result} result=${found.data} />`}<//>
    <footer><button type="button" onClick=${onClose}>${c.close}</button></footer>
  <//>`;
}
