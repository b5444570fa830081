/** One entry of a log, with all that is written of it and what proves it. */

import { html } from "../vendor/ui.js";
import { usePages } from "../core/data.js";
import { Name } from "../core/people.js";
import { setQuery } from "../core/router.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { Data } from "../parts/data.js";
import { Dialog } from "../parts/dialog.js";
import { Badge } from "../parts/page.js";
import { Shown } from "../parts/states.js";
import common from "../texts/common.js";
import english from "../texts/audit.js";

const t = texts("audit", english);
const c = texts("common", common);
export const KINDS = /** @type {Record<string, string>} */ ({ SUCCESS: "good", DENIED: "warn", FAILED: "bad" });

/**
 * @param {{ address: string, filters: string[], seq: number, at: number, known?: any, onClose: () => void }} props
 *   address: of the log; filters: those it has, of which the acts here leave one; at: when, in milliseconds
 */
export function Entry({ address, filters, seq, at, known, onClose }) {
  const isKnown = Boolean(known) || Number.isNaN(at);
  const around = usePages(isKnown ? null : address, { since: isKnown ? null : new Date(at).toISOString(), until: isKnown ? null : new Date(at + 1).toISOString() });
  const entry = known ?? around.items.find((each) => each.seq === seq);
  const only = (/** @type {Record<string, string>} */ values) => setQuery({ dialog: null, ...Object.fromEntries(filters.map((name) => [name, null])), ...values });
  const found = () => html`
    <dl class="facts">
      <div><dt>${t.action}</dt><dd><code>${entry.action}</code> <${Badge} kind=${KINDS[entry.outcome]}>${t.outcomes[entry.outcome]}<//></dd></div>
      <div><dt>${t.actor}</dt><dd><${Name} id=${entry.actor_id} /> <code>${entry.actor_id}</code></dd></div>
      <div><dt>${t.target}</dt><dd>${entry.target_type.replaceAll("_", " ")} <code>${entry.target_id}</code></dd></div>
      <div><dt>${t.time}</dt><dd><${Time} at=${entry.timestamp} /></dd></div>
      <div><dt>${t.request}</dt><dd><code>${entry.request_id}</code></dd></div>
      <div><dt>${t.address}</dt><dd>${entry.ip ?? c.none}</dd></div>
      <div><dt>${t.signedInBy}</dt><dd>${entry.auth_method}</dd></div>
      <div><dt>${t.details}</dt><dd>${entry.details ? html`<${Data} label=${t.details} value=${entry.details} />` : entry.redacted ? t.redacted : t.noDetails}</dd></div>
      <div><dt>${t.hash}</dt><dd><code>${entry.entry_hash}</code></dd></div>
      <div><dt>${t.before}</dt><dd><code>${entry.prev_hash}</code></dd></div>
    </dl>
    <footer>
      <button type="button" class="secondary" onClick=${() => only({ actor_id: entry.actor_id })}>${t.allOf}</button>
      ${filters.includes("target_id") && html`<button type="button" class="secondary" onClick=${() => only({ target_type: entry.target_type, target_id: entry.target_id })}>${t.historyOf}</button>`}
    </footer>`;
  const inside = () => {
    if (entry) return found();
    if (isKnown) return html`<p>${t.entryGone}</p>`;
    return html`<${Shown} of=${around}>${() => html`<p>${t.entryGone}</p>`}<//>`;
  };
  return html`<${Dialog} title=${t.entry(seq)} onClose=${onClose} isWide>${inside()}<//>`;
}
