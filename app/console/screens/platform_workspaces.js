/** Every workspace of the installation: that it is there and in which state, and nothing of what is in it. */

import { html } from "../vendor/ui.js";
import { usePages } from "../core/data.js";
import { query, setQuery, to } from "../core/router.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { About, useDialog } from "../parts/dialog.js";
import { Filter } from "../parts/filter.js";
import { Icon } from "../parts/icons.js";
import { Menu } from "../parts/menu.js";
import { Badge, Choice } from "../parts/page.js";
import { Table } from "../parts/table.js";
import common from "../texts/common.js";
import english from "../texts/platform.js";
import { FileLimits } from "./file_room.js";
import { nothing, status, StatusFilter, Step, stepFor } from "./platform_parts.js";

const t = texts("platform", english);
const c = texts("common", common);

export function Workspaces() {
  const isTrash = query.value.get("show") === "deleted";
  const org = query.value.get("org_id");
  const pages = usePages("/platform/workspaces", { name: query.value.get("name"), id: query.value.get("id"), org_id: org, status: query.value.get("status"), deleted: isTrash || null });
  const acting = useDialog("act");
  const limiting = useDialog("limits");
  const [step, id] = acting.item?.split("~") ?? [];
  const pathOf = (/** @type {any} */ each) => `/platform/workspaces/${each.id}`;
  const acts = (/** @type {any} */ each) => {
    const offered = stepFor(each);
    return html`<${Menu} label=${`${c.actions}: ${each.name}`}>
      <button type="button" onClick=${() => acting.open(`${offered}~${each.id}`)}>${offered === "suspend" ? t.suspend : t.activate}</button>
      <button type="button" onClick=${() => limiting.open(each.id)}>${t.room}</button>
    <//>`;
  };
  const columns = [
    { label: t.name, isMain: true, show: (/** @type {any} */ each) => each.name },
    { label: t.id, show: (/** @type {any} */ each) => html`<code>${each.id}</code>` },
    { label: t.organization, show: (/** @type {any} */ each) => each.org_id && html`<a href=${to("/platform", { view: "workspaces", org_id: each.org_id })}><code>${each.org_id.slice(0, 8)}</code></a>` },
    { label: t.status, show: (/** @type {any} */ each) => html`${status(each.status, c.statuses)}${each.deleted_at && html` <${Badge} kind="bad">${t.deleted}<//>`}` },
    { label: t.held, show: (/** @type {any} */ each) => each.held_by && t.holders[each.held_by] },
    { label: t.created, show: (/** @type {any} */ each) => html`<${Time} at=${each.created_at} short />` },
    { label: c.actions, isQuiet: true, show: acts },
  ];
  return html`<div class="lead"><p class="about">${t.workspacesAbout}</p></div>
    <div class="filters">
      <${Filter} label=${t.nameBegins} name="name" />
      <${StatusFilter} words=${c.statuses} />
      <${Choice} label=${t.show} value=${isTrash ? "deleted" : ""} options=${[["", t.there], ["deleted", t.deletedOnes]]} onChange=${(/** @type {string} */ show) => setQuery({ show })} />
      ${org && html`<span class="chip">${t.onlyOrganization(org.slice(0, 8))}
        <button type="button" class="plain" aria-label=${t.clear} onClick=${() => setQuery({ org_id: null })}><${Icon} name="close" /></button></span>`}
    </div>
    <${Table} label=${t.workspaces} columns=${columns} pages=${pages} empty=${nothing} />
    <${About} dialog=${acting} pages=${pages} find=${(/** @type {any} */ each) => each.id === id && stepFor(each) === step}>${(/** @type {any} */ each) => html`<${Step} step=${stepFor(each)} name=${each.name} address=${`${pathOf(each)}/${stepFor(each)}`} onClose=${acting.close} onDone=${pages.reload} />`}<//>
    <${About} dialog=${limiting} pages=${pages}>${(/** @type {any} */ each) => html`<${FileLimits} read=${`${pathOf(each)}/file-limits`} write=${`${pathOf(each)}/file-limits`} which="granted" name=${each.name} onClose=${limiting.close} />`}<//>`;
}
