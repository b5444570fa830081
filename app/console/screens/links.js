/** Links to other systems and their health; the credentials that those systems are asked with. */

import { html } from "../vendor/ui.js";
import { usePages } from "../core/data.js";
import { useReloadOn } from "../core/live.js";
import { query, setQuery } from "../core/router.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { useDialog } from "../parts/dialog.js";
import { Badge, Choice, Page } from "../parts/page.js";
import { Empty } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { Tabs } from "../parts/tabs.js";
import english from "../texts/links.js";
import { Connections } from "./connections.js";
import { HEALTH, Pick } from "./link_pick.js";

const t = texts("links", english);

export default function Links() {
  const { may } = useHere();
  const view = query.value.get("view") ?? "links";
  const adding = useDialog("add");
  const add = may("link.add") && html`<button type="button" onClick=${() => adding.open()}>${t.add}</button>`;
  const sees = may("connection.read");
  return html`<${Page} title=${t.title} about=${t.about} actions=${add}>
    ${sees && html`<${Tabs} label=${t.views} name="view" tabs=${[["links", t.links], ["connections", t.connections]]} />`}
    ${sees && view === "connections" ? html`<${Connections} />` : html`<${All} add=${add} isPicking=${adding.isOpen && may("link.add")} onPicked=${adding.close} />`}
  <//>`;
}

/** @param {{ add: unknown, isPicking: boolean, onPicked: () => void }} props */
function All({ add, isPicking, onPicked }) {
  const { path, at } = useHere();
  const provider = query.value.get("provider") ?? "";
  const pages = usePages(`${path}/links`, { provider });
  useReloadOn(["link"], pages.reload);
  const columns = [
    { label: t.name, isMain: true, show: (/** @type {any} */ each) => html`<a href=${at(`links/${each.id}`)}>${each.display_name ?? each.external_id}</a>` },
    { label: t.system, show: (/** @type {any} */ each) => t.providers[each.provider] },
    { label: t.health, show: (/** @type {any} */ each) => html`<${Badge} kind=${HEALTH[each.status]}>${t.states[each.status]}<//>` },
    { label: t.checked, show: (/** @type {any} */ each) => (each.last_checked_at ? html`<${Time} at=${each.last_checked_at} short />` : t.never) },
  ];
  return html`<div class="filters">
      <${Choice} label=${t.system} value=${provider} options=${[["", t.anySystem], ...Object.entries(t.providers)]} onChange=${(/** @type {string} */ value) => setQuery({ provider: value })} />
    </div>
    <${Table} label=${t.list} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${t.none} text=${add ? t.noneMore : t.noneRead} icon="link">${add}<//>`} />
    ${isPicking && html`<${Pick} onClose=${onPicked} onDone=${pages.reload} />`}`;
}
