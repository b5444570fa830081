/** The projects of a workspace; with `kind` "event" the events, which are projects too. */

import { html } from "../vendor/ui.js";
import { post } from "../core/api.js";
import { usePages } from "../core/data.js";
import { useReloadOn } from "../core/live.js";
import { go, query, setQuery } from "../core/router.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { Dialog, useDialog } from "../parts/dialog.js";
import { Filter } from "../parts/filter.js";
import { Form } from "../parts/form.js";
import { Badge, Choice, Page } from "../parts/page.js";
import { Empty } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { attempt } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/projects.js";

const t = texts("projects", english);
const c = texts("common", common);

/** @param {{ kind?: "project" | "event" }} props */
export default function Projects({ kind = "project" }) {
  const { path, may, at, workspace } = useHere();
  const status = query.value.get("status") ?? "";
  const isTrash = status === "deleted" && may("project.trash");
  const pages = usePages(`${path}/projects`, { kind, status: isTrash ? null : status || "ACTIVE", deleted: isTrash || null, name: query.value.get("name") });
  useReloadOn(["project"], pages.reload);
  const dialog = useDialog("new");
  const isEvent = kind === "event";
  const restore = async (/** @type {string} */ id) => (await attempt(() => post(`${path}/projects/${id}/restore`), t.restored)) && go(at(`projects/${id}`));
  const shown = Object.entries(t.filters).filter(([each]) => each !== "deleted" || may("project.trash"));
  const columns = [
    { label: t.name, isMain: true, show: (/** @type {any} */ each) => (isTrash ? each.name : html`<a href=${at(`projects/${each.id}`)}>${each.name}</a>`) },
    { label: t.key, show: (/** @type {any} */ each) => html`<code>${each.key}</code>` },
    { label: t.visibility, show: (/** @type {any} */ each) => t.visibilities[each.visibility] },
    { label: t.status, show: (/** @type {any} */ each) => html`<${Badge} kind=${each.status === "ACTIVE" ? "good" : "warn"}>${c.statuses[each.status]}<//>` },
    { label: t.changed, show: (/** @type {any} */ each) => html`<${Time} at=${each.updated_at} short />` },
    ...(isTrash ? [{ label: c.actions, isQuiet: true, show: (/** @type {any} */ each) => may("project.restore") && html`<button type="button" class="secondary small" onClick=${() => restore(each.id)}>${t.restoreDeleted}</button>` }] : []),
  ];
  const create = may("project.create") && workspace.status === "ACTIVE" && html`<button type="button" onClick=${() => dialog.open()}>${isEvent ? t.createEvent : t.create}</button>`;
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "name", label: t.name, required: true, maxLength: 200 },
    { name: "key", label: t.key, hint: t.keyHint, required: true, maxLength: 10 },
    { name: "visibility", label: t.visibility, type: "select", options: Object.entries(t.visibilities) },
    { name: "description", label: t.description, type: "textarea" },
  ];
  const make = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    const made = await post(`${path}/projects`, { ...values, kind }, { key });
    go(at(`projects/${made.id}`), { replace: true });
  };
  return html`<${Page} title=${isEvent ? t.events : t.title} about=${isEvent ? t.eventsAbout : t.about} actions=${create}>
    <div class="filters">
      <${Filter} label=${t.filterName} name="name" />
      <${Choice} label=${t.show} value=${status} options=${shown} onChange=${(/** @type {string} */ value) => setQuery({ status: value })} />
    </div>
    <${Table} label=${isEvent ? t.events : t.list} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${t.none} text=${t.noneMore} icon="board">${create}<//>`} />
    ${dialog.isOpen && create && html`<${Dialog} title=${isEvent ? t.createEvent : t.create} onClose=${dialog.close}>
      <${Form} fields=${fields} action=${c.create} onCancel=${dialog.close} onSubmit=${make} />
    <//>`}
  <//>`;
}
