/** All of the reader's workspaces, and a new one. */

import { html } from "../vendor/ui.js";
import { post } from "../core/api.js";
import { usePages, useResource } from "../core/data.js";
import { go, query, setQuery, to } from "../core/router.js";
import { load } from "../core/session.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { useDialog } from "../parts/dialog.js";
import { later } from "../parts/later.js";
import { Badge, Choice, Page, Section } from "../parts/page.js";
import { Empty } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { attempt } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/workspaces.js";

const t = texts("workspaces", english);
const c = texts("common", common);
const Create = later(() => import("./workspace_new.js"));

export default function Workspaces() {
  const shown = query.value.get("show") ?? "";
  const pages = usePages("/workspaces", { archived: shown === "archived" || null, deleted: shown === "deleted" || null });
  const dialog = useDialog("new");
  const restore = async (/** @type {string} */ id) => {
    if (await attempt(() => post(`/workspaces/${id}/restore`), t.restored)) {
      await load();
      go(`/w/${id}`);
    }
  };
  const columns = [
    { label: t.name, isMain: true, show: (/** @type {any} */ each) => (shown === "deleted" ? each.name : html`<a href=${to(`/w/${each.id}`)}>${each.name}</a>`) },
    { label: t.description, show: (/** @type {any} */ each) => html`<span class="clip">${each.description}</span>` },
    { label: t.role, show: (/** @type {any} */ each) => c.roles[each.role] },
    { label: t.status, show: (/** @type {any} */ each) => html`<${Badge} kind=${each.status === "ACTIVE" ? "good" : "warn"}>${c.statuses[each.status]}<//>` },
    { label: t.createdAt, show: (/** @type {any} */ each) => html`<${Time} at=${each.created_at} short />` },
    ...(shown === "deleted"
      ? [{ label: c.actions, isQuiet: true, show: (/** @type {any} */ each) => html`<button type="button" class="secondary small" onClick=${() => restore(each.id)}>${t.restore}</button>` }]
      : []),
  ];
  const create = html`<button type="button" onClick=${() => dialog.open()}>${t.create}</button>`;
  const empty = shown === "deleted" ? html`<${Empty} title=${t.noneDeleted} />` : html`<${Empty} title=${t.none} text=${t.noneMore}>${create}<//>`;
  return html`<${Page} title=${t.title} about=${t.about} actions=${create}>
    <${Waiting} onDone=${pages.reload} />
    <div class="filters">
      <${Choice} label=${t.show} value=${shown} options=${Object.entries(t.filters)} onChange=${(/** @type {string} */ show) => setQuery({ show })} />
    </div>
    <${Table} label=${t.list} columns=${columns} pages=${pages} empty=${empty} />
    ${dialog.isOpen && html`<${Create} onClose=${dialog.close} />`}
  <//>`;
}

/** What waits for the reader's verified address. @param {{ onDone: () => unknown }} props */
function Waiting({ onDone }) {
  const invitations = useResource("/users/me/invitations");
  const items = invitations.data?.items ?? [];
  if (!items.length) return null;
  const decide = async (/** @type {string} */ step, /** @type {string} */ id) => {
    if (await attempt(() => post(`/invitations/${step}`, { invitation_id: id }))) {
      await load();
      invitations.reload();
      onDone();
    }
  };
  return html`<${Section} title=${t.invitations}>
    <ul class="rows">
      ${items.map(
        (/** @type {any} */ each) => html`<li key=${each.id}>
          <span class="grow"><strong>${each.name}</strong> ${t.asRole(c.roles[each.role] ?? each.role)}</span>
          <button type="button" class="small" onClick=${() => decide("accept", each.id)}>${t.accept}</button>
          <button type="button" class="secondary small" onClick=${() => decide("decline", each.id)}>${t.decline}</button>
        </li>`,
      )}
    </ul>
  <//>`;
}
