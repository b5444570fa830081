/** Requests for approval: what waits for the reader, what they submitted, and all. */

import { html } from "../vendor/ui.js";
import { usePages } from "../core/data.js";
import { useReloadOn } from "../core/live.js";
import { Name } from "../core/people.js";
import { query, setQuery } from "../core/router.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { Badge, Choice, Page } from "../parts/page.js";
import { Empty } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { Tabs } from "../parts/tabs.js";
import english from "../texts/approvals.js";

const t = texts("approvals", english);
export const KINDS = /** @type {Record<string, string>} */ ({ PENDING: "info", APPROVED: "good", REJECTED: "bad", CHANGES_REQUESTED: "warn" });

/** @param {{ request: any }} props */
export function Due({ request }) {
  if (!request.due_at || request.state !== "PENDING") return null;
  const isLate = new Date(request.due_at) < new Date();
  return html`<span class=${isLate ? "wrong" : ""}><${Time} at=${request.due_at} short />${isLate && `, ${t.overdue}`}</span>`;
}

export default function Approvals() {
  const { path, at, may } = useHere();
  const whose = query.value.get("whose") ?? "to_decide";
  const state = (whose !== "to_decide" && query.value.get("state")) || "";
  const type = query.value.get("type") ?? "";
  const pages = usePages(`${path}/approvals`, { whose, state, object_type: type });
  useReloadOn(["approval"], pages.reload);
  const columns = [
    { label: t.what, isMain: true, show: (/** @type {any} */ each) => html`<a href=${at(`approvals/${each.id}`)}>${each.title}</a>` },
    { label: t.type, show: (/** @type {any} */ each) => t.types[each.object_type] },
    { label: t.state, show: (/** @type {any} */ each) => html`<${Badge} kind=${KINDS[each.state]}>${t.states[each.state]}<//>` },
    { label: t.stage, show: (/** @type {any} */ each) => t.stageOf(each.stage_number, each.stages) },
    { label: t.by, show: (/** @type {any} */ each) => html`<${Name} id=${each.submitted_by} />` },
    { label: t.since, show: (/** @type {any} */ each) => html`<${Time} at=${each.created_at} short />` },
    { label: t.due, show: (/** @type {any} */ each) => html`<${Due} request=${each} />` },
  ];
  const [none, more] = whose === "to_decide" ? [t.noneMine, t.noneMineMore] : whose === "submitted" ? [t.noneSubmitted, t.noneSubmittedMore] : [t.none, t.noneSubmittedMore];
  const actions = html`
    <a role="button" class="secondary" href=${at("approval-flows")}>${t.flows}</a>
    ${may("approval_delegation.list") && html`<a role="button" class="secondary" href=${at("approval-delegations")}>${t.delegations}</a>`}`;
  return html`<${Page} title=${t.title} about=${t.about} actions=${actions}>
    <${Tabs} label=${t.whose} name="whose" tabs=${[["to_decide", t.mine], ["submitted", t.submitted], ["all", t.all]]} />
    <div class="filters">
      <${Choice} label=${t.type} value=${type} options=${[["", t.anyType], ...Object.entries(t.types)]} onChange=${(/** @type {string} */ value) => setQuery({ type: value })} />
      ${whose !== "to_decide" && html`<${Choice} label=${t.state} value=${state} options=${[["", t.anyState], ...Object.entries(t.states)]} onChange=${(/** @type {string} */ value) => setQuery({ state: value })} />`}
    </div>
    <${Table} label=${t.title} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${none} text=${more} icon="shield" />`} />
  <//>`;
}
