/** What somebody's account was, and why. */

import { html } from "../vendor/ui.js";
import { usePages } from "../core/data.js";
import { Name } from "../core/people.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { Dialog } from "../parts/dialog.js";
import { Badge } from "../parts/page.js";
import { Empty } from "../parts/states.js";
import { Table } from "../parts/table.js";
import english from "../texts/accounts.js";

const t = texts("accounts", english);

/** @param {{ address: string, name: string, onClose: () => void }} props address: of the history in the API */
export function AccountHistory({ address, name, onClose }) {
  const pages = usePages(address);
  const columns = [
    { label: t.status, isMain: true, show: (/** @type {any} */ each) => html`<${Badge} kind=${each.to_status === "ACTIVE" ? "good" : "warn"}>${t.statuses[each.to_status]}<//>` },
    { label: t.reason, show: (/** @type {any} */ each) => each.reason },
    { label: t.by, show: (/** @type {any} */ each) => html`<${Name} id=${each.actor_id} />` },
    { label: t.at, show: (/** @type {any} */ each) => html`<${Time} at=${each.at} />` },
  ];
  return html`<${Dialog} title=${`${t.history}: ${name}`} onClose=${onClose} isWide>
    <${Table} label=${t.history} columns=${columns} pages=${pages} id=${(/** @type {any} */ each) => String(each.seq)} empty=${html`<${Empty} title=${t.noHistory} icon="log" />`} />
  <//>`;
}
