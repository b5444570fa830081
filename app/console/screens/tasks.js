/** All tasks that the reader sees, narrowed by the address. */

import { html } from "../vendor/ui.js";
import { post } from "../core/api.js";
import { usePages, useResource } from "../core/data.js";
import { useReloadOn } from "../core/live.js";
import { Name } from "../core/people.js";
import { go, query, setQuery } from "../core/router.js";
import { me } from "../core/session.js";
import { texts } from "../core/texts.js";
import { date, Time } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Badge, Choice, Page } from "../parts/page.js";
import { Empty } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { attempt } from "../parts/toast.js";
import { STATE_KINDS } from "../parts/work.js";
import common from "../texts/common.js";
import english from "../texts/tasks.js";

const t = texts("tasks", english);
const c = texts("common", common);

export default function Tasks() {
  const { path, may, at, workspace } = useHere();
  const asked = (/** @type {string} */ name) => query.value.get(name) ?? "";
  const whose = asked("whose");
  const assignee = whose === "me" ? me.value?.user.user_id : whose === "none" ? "none" : null;
  const isTrash = asked("show") === "deleted" && may("task.trash");
  const pages = usePages(isTrash ? `${path}/trash` : `${path}/tasks`, isTrash ? {} : { project_id: asked("project_id"), state: asked("state"), priority: asked("priority"), assignee_id: assignee });
  useReloadOn(["task"], pages.reload);
  const projects = useResource(`${path}/projects`, { limit: 200, status: "ACTIVE" });
  const dialog = useDialog("new");
  /** @type {[string, string][]} */
  const listed = (projects.data?.items ?? []).map((/** @type {any} */ each) => [each.id, each.name]);
  const isLate = (/** @type {any} */ each) => each.due_at && each.state !== "DONE" && new Date(each.due_at) < new Date();
  const restore = async (/** @type {string} */ id) => (await attempt(() => post(`${path}/tasks/${id}/restore`), t.restored)) && go(at(`tasks/${id}`));
  const columns = [
    { label: t.name, isMain: true, show: (/** @type {any} */ each) => html`${isTrash ? each.title : html`<a href=${at(`tasks/${each.id}`)}>${each.title}</a>`} <small>${each.key}</small>` },
    { label: t.state, show: (/** @type {any} */ each) => html`<${Badge} kind=${STATE_KINDS[each.state]}>${c.states[each.state]}<//>` },
    { label: t.priority, show: (/** @type {any} */ each) => c.priorities[each.priority] },
    { label: t.assignee, show: (/** @type {any} */ each) => html`<${Name} id=${each.assignee_id} />` },
    { label: t.due, show: (/** @type {any} */ each) => each.due_at && html`<span class=${isLate(each) ? "wrong" : ""}>${date(each.due_at)}${isLate(each) ? `, ${t.overdue}` : ""}</span>` },
    { label: t.changed, show: (/** @type {any} */ each) => html`<${Time} at=${each.updated_at} short />` },
    ...(isTrash ? [{ label: c.actions, isQuiet: true, show: (/** @type {any} */ each) => may("task.restore") && html`<button type="button" class="secondary small" onClick=${() => restore(each.id)}>${t.restore}</button>` }] : []),
  ];
  const create = may("task.create") && workspace.status === "ACTIVE" && listed.length > 0 && html`<button type="button" onClick=${() => dialog.open()}>${t.create}</button>`;
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "project_id", label: t.project, type: "select", options: listed },
    { name: "title", label: t.name, required: true, maxLength: 300 },
    { name: "description", label: t.description, type: "textarea" },
    { name: "priority", label: t.priority, type: "select", options: Object.entries(c.priorities) },
    { name: "due_at", label: t.due, type: "datetime-local" },
  ];
  const make = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    const made = await post(`${path}/tasks`, values, { key });
    go(at(`tasks/${made.id}`), { replace: true });
  };
  const choice = (/** @type {string} */ label, /** @type {string} */ name, /** @type {[string, string][]} */ options) =>
    html`<${Choice} label=${label} value=${asked(name)} options=${options} onChange=${(/** @type {string} */ value) => setQuery({ [name]: value })} />`;
  return html`<${Page} title=${t.title} about=${t.about} actions=${create}>
    <div class="filters">
      ${may("task.trash") && choice(t.show, "show", [["", t.inWork], ["deleted", t.inTrash]])}
      ${!isTrash && html`${choice(t.project, "project_id", [["", t.anyProject], ...listed])}
      ${choice(t.state, "state", [["", t.anyState], ...Object.entries(c.states)])}
      ${choice(t.priority, "priority", [["", t.anyPriority], ...Object.entries(c.priorities)])}
      ${choice(t.assignee, "whose", Object.entries(t.whose))}`}
    </div>
    <${Table} label=${t.list} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${t.none} text=${t.noneMore} icon="task">${create}<//>`} />
    ${dialog.isOpen && create && html`<${Dialog} title=${t.create} onClose=${dialog.close}>
      <${Form} fields=${fields} values=${{ project_id: asked("project_id") || undefined, priority: "normal" }} action=${c.create} onCancel=${dialog.close} onSubmit=${make} />
    <//>`}
  <//>`;
}
