/** Picking what is linked from what the other system has. */

import { html, useEffect, useState } from "../vendor/ui.js";
import { post } from "../core/api.js";
import { usePages } from "../core/data.js";
import { texts } from "../core/texts.js";
import { useHere } from "../core/workspace.js";
import { Dialog } from "../parts/dialog.js";
import { Choice } from "../parts/page.js";
import { Empty, Failure } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { attempt } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/links.js";

const t = texts("links", english);
const c = texts("common", common);
const PLACES = /** @type {Record<string, string>} */ ({ jira: "projects", ado: "projects", snow: "spaces", sharepoint: "sites" });

/** How each health looks. */
export const HEALTH = /** @type {Record<string, string>} */ ({ UNKNOWN: "plain", OK: "good", DEGRADED: "warn", BROKEN: "bad", ORPHANED: "bad" });

/** @param {{ onClose: () => void, onDone: () => unknown }} props */
export function Pick({ onClose, onDone }) {
  const { path, workspace, may, at } = useHere();
  const [provider, setProvider] = useState("jira");
  const [typed, setTyped] = useState("");
  const [search, setSearch] = useState("");
  const [busy, setBusy] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setSearch(typed.trim()), 300);
    return () => clearTimeout(timer);
  }, [typed]);
  const pages = usePages(`/integrations/${provider}/${PLACES[provider]}`, { workspace_id: workspace.id, search }, 25);
  const link = async (/** @type {any} */ item) => {
    setBusy(item.id);
    const isDone = await attempt(() => post(`${path}/links/${provider}`, { external_id: item.id }), t.added);
    setBusy("");
    if (!isDone) return;
    onClose();
    await onDone();
  };
  const columns = [
    { label: t.things[provider], isMain: true, show: (/** @type {any} */ each) => html`${each.name}${each.key && html` <small>${each.key}</small>`}` },
    {
      label: c.actions,
      isQuiet: true,
      show: (/** @type {any} */ each) => html`<button type="button" class="small" disabled=${busy !== ""} aria-label=${t.pickNamed(each.name)} onClick=${() => link(each)}>${busy === each.id ? c.working : t.pick}</button>`,
    },
  ];
  const found = () =>
    pages.error && !pages.items.length
      ? html`<p>${t.unreachable(t.providers[provider])} ${may("connection.read") && html`<a href=${`${at("links")}?view=connections`}>${t.toConnections}</a>`}</p><${Failure} error=${pages.error} retry=${pages.reload} />`
      : html`<${Table} label=${t.found} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${t.nothing} text=${t.nothingMore} icon="search" />`} />`;
  return html`<${Dialog} title=${t.addTitle} onClose=${onClose} isWide>
    <div class="filters">
      <${Choice} label=${t.system} value=${provider} options=${Object.entries(t.providers)} onChange=${setProvider} />
      <label class="choice"><span>${t.search}</span><input type="search" maxlength="100" value=${typed} onInput=${(/** @type {any} */ event) => setTyped(event.target.value)} /></label>
    </div>
    ${found()}
  <//>`;
}
