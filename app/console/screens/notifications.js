/** What the reader was told, in all workspaces. */

import { html, useEffect, useRef } from "../vendor/ui.js";
import { patch, post } from "../core/api.js";
import { usePages } from "../core/data.js";
import { recount, unread } from "../core/notices.js";
import { query, setQuery, to } from "../core/router.js";
import { me } from "../core/session.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { Menu } from "../parts/menu.js";
import { Badge, Choice, Page } from "../parts/page.js";
import { Empty } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { attempt } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/notifications.js";

const t = texts("notifications", english);
const c = texts("common", common);

/** One line. @param {any} notice */
function sentence(notice) {
  const said = {
    actor: notice.actor_name ?? t.somebody,
    task: notice.task_number === null ? t.aTask : `${notice.project_key}-${notice.task_number} ${notice.task_title}`,
    project: notice.project_name ?? t.aProject,
    workspace: notice.workspace_name,
  };
  return (t.sentences[`${notice.reason} ${notice.type}`] ?? t.sentences[notice.type] ?? t.otherwise)(said);
}

/** Where what it tells of is seen. @param {any} notice */
function place(notice) {
  if (notice.invitation_id) return to("/");
  const here = `/w/${notice.workspace_id}`;
  if (notice.task_id) return to(`${here}/tasks/${notice.task_id}`);
  if (notice.project_id) return to(`${here}/projects/${notice.project_id}`);
  const places = /** @type {Record<string, string>} */ ({ approval: `/approvals/${notice.object_id}`, key_result: `/key-results/${notice.object_id}`, webhook: `/webhooks/${notice.object_id}`, file: "/files", member: "/members", transfer: "/members" });
  return to(here + (places[notice.object_type] ?? ""));
}

export default function Notifications() {
  const state = query.value.get("state") ?? "";
  const workspace = query.value.get("workspace") ?? "";
  const pages = usePages("/users/me/notifications", { state, workspace_id: workspace });
  const count = unread.value;
  const known = useRef(count);
  useEffect(() => {
    // What is new is there as soon as the bell says so.
    if (known.current !== null && known.current !== count) pages.reload();
    known.current = count;
  }, [count]);
  const set = async (/** @type {any} */ notice, /** @type {string} */ wanted) => {
    if (await attempt(() => patch(`/users/me/notifications/${notice.id}`, { state: wanted }))) await Promise.all([pages.reload(), recount()]);
  };
  // It is read when it is followed, which does not wait for that.
  const follow = (/** @type {any} */ notice) => notice.state === "unread" && patch(`/users/me/notifications/${notice.id}`, { state: "read" }).then(recount, () => {});
  const readAll = async () => {
    const body = { up_to: pages.items[0].id, workspace_id: workspace || null };
    if (await attempt(() => post("/users/me/notifications/read", body), t.allRead)) await Promise.all([pages.reload(), recount()]);
  };
  const acts = (/** @type {any} */ each) => html`<${Menu} label=${`${c.actions}: ${sentence(each)}`}>
    ${each.state === "unread" ? html`<button type="button" onClick=${() => set(each, "read")}>${t.markRead}</button>` : html`<button type="button" onClick=${() => set(each, "unread")}>${t.markUnread}</button>`}
    ${each.state === "archived" ? html`<button type="button" onClick=${() => set(each, "read")}>${t.restore}</button>` : html`<button type="button" onClick=${() => set(each, "archived")}>${t.archive}</button>`}
  <//>`;
  const columns = [
    {
      label: t.what,
      isMain: true,
      show: (/** @type {any} */ each) => html`<a class=${each.state === "unread" ? "fresh" : "known"} href=${place(each)} onClick=${() => follow(each)}>${sentence(each)}${each.state === "unread" && html`<span class="unseen"> (${t.unread})</span>`}</a>`,
    },
    { label: t.why, show: (/** @type {any} */ each) => html`<${Badge} kind=${each.state === "unread" ? "info" : "plain"}>${t.reasons[each.reason] ?? each.reason}<//>` },
    { label: t.workspace, show: (/** @type {any} */ each) => each.workspace_name },
    { label: t.when, show: (/** @type {any} */ each) => html`<${Time} at=${each.created_at} short />` },
    { label: c.actions, isQuiet: true, show: acts },
  ];
  const workspaces = (me.value?.workspaces ?? []).map(({ id, name }) => /** @type {[string, string]} */ ([id, name]));
  const actions = html`
    ${pages.items.some((each) => each.state === "unread") && html`<button type="button" onClick=${readAll}>${t.readAll}</button>`}
    <a role="button" class="secondary" href=${to("/notifications/preferences")}>${t.preferences}</a>`;
  return html`<${Page} title=${t.title} about=${t.about} actions=${actions}>
    <div class="filters">
      <${Choice} label=${t.show} value=${state} options=${Object.entries(t.filters)} onChange=${(/** @type {string} */ value) => setQuery({ state: value })} />
      <${Choice} label=${t.workspace} value=${workspace} options=${[["", t.anyWorkspace], ...workspaces]} onChange=${(/** @type {string} */ value) => setQuery({ workspace: value })} />
    </div>
    <${Table} label=${t.list} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${state ? t.noneSo : t.none} text=${state ? "" : t.noneMore} icon="bell" />`} />
  <//>`;
}
