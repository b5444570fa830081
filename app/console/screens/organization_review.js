/** Who has access to an organisation, by whom, and since when; to be looked through and taken away as a file. */

import { html } from "../vendor/ui.js";
import { usePages } from "../core/data.js";
import { useThere } from "../core/organization.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { save } from "../core/transfer.js";
import { Badge } from "../parts/page.js";
import { Empty } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { attempt } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/organizations.js";

const t = texts("organizations", english);
const c = texts("common", common);

export function Review() {
  const { path } = useThere();
  const address = `${path}/access-review`;
  const pages = usePages(address);
  const columns = [
    { label: t.person, isMain: true, show: (/** @type {any} */ each) => each.display_name ?? each.user_id },
    { label: t.role, show: (/** @type {any} */ each) => c.roles[each.role] },
    { label: t.source, show: (/** @type {any} */ each) => t.sources[each.source] },
    { label: t.by, show: (/** @type {any} */ each) => each.added_by_name ?? html`<code>${each.added_by.slice(0, 8)}</code>` },
    { label: t.added, show: (/** @type {any} */ each) => html`<${Time} at=${each.added_at} />` },
    { label: t.account, show: (/** @type {any} */ each) => html`<${Badge} kind=${each.account_status === "ACTIVE" ? "good" : "warn"}>${t.accounts[each.account_status]}<//>` },
    { label: t.seen, show: (/** @type {any} */ each) => (each.is_expected ? t.expected : html`<${Time} at=${each.last_seen_at} short />`) },
  ];
  return html`<div class="lead">
      <p class="about">${t.reviewAbout}</p>
      <button type="button" class="secondary" onClick=${() => attempt(() => save(address, { query: { format: "csv" } }))}>${t.csv}</button>
    </div>
    <${Table} label=${t.review} columns=${columns} pages=${pages} id=${(/** @type {any} */ each) => each.user_id} empty=${html`<${Empty} title=${t.noReview} icon="people" />`} />`;
}
