/** What runs by templates, and the templates. */

import { html } from "../vendor/ui.js";
import { post } from "../core/api.js";
import { usePages, useResource } from "../core/data.js";
import { useReloadOn } from "../core/live.js";
import { go, query, setQuery } from "../core/router.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Badge, Choice, Page } from "../parts/page.js";
import { Empty, Shown } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { Tabs } from "../parts/tabs.js";
import { FLOW_KINDS } from "../parts/work.js";
import common from "../texts/common.js";
import english from "../texts/workflows.js";

const t = texts("workflows", english);
const c = texts("common", common);

export default function Workflows() {
  const { may, workspace } = useHere();
  const isTemplates = query.value.get("view") === "templates" && may("workflow_template.list");
  const beginning = useDialog("begin");
  const making = useDialog("template");
  const isOpen = workspace.status === "ACTIVE";
  const begin = may("workflow_instance.create") && isOpen && html`<button type="button" onClick=${() => beginning.open()}>${t.begin}</button>`;
  const make = may("workflow_template.add") && isOpen && html`<button type="button" onClick=${() => making.open()}>${t.createTemplate}</button>`;
  return html`<${Page} title=${t.title} about=${t.about} actions=${isTemplates ? make : begin}>
    ${may("workflow_template.list") && html`<${Tabs} label=${t.views} name="view" tabs=${[["", t.instances], ["templates", t.templates]]} />`}
    ${isTemplates ? html`<${Templates} make=${make} />` : html`<${Instances} begin=${begin} />`}
    ${beginning.isOpen && begin && html`<${Begin} onClose=${beginning.close} />`}
    ${making.isOpen && make && html`<${Make} onClose=${making.close} />`}
  <//>`;
}

/** @param {{ begin: unknown }} props */
function Instances({ begin }) {
  const { path, at } = useHere();
  const state = query.value.get("state") ?? "";
  const pages = usePages(`${path}/workflow-instances`, { state });
  useReloadOn(["workflow_instance"], pages.reload);
  const columns = [
    { label: t.name, isMain: true, show: (/** @type {any} */ each) => html`<a href=${at(`workflows/${each.id}`)}>${each.name}</a>` },
    { label: t.state, show: (/** @type {any} */ each) => html`<${Badge} kind=${FLOW_KINDS[each.state]}>${t.states[each.state]}<//>` },
    { label: t.version, isNumber: true, show: (/** @type {any} */ each) => each.template_version },
    { label: t.begun, show: (/** @type {any} */ each) => html`<${Time} at=${each.created_at} short />` },
    { label: t.ended, show: (/** @type {any} */ each) => html`<${Time} at=${each.ended_at} short />` },
  ];
  return html`<div class="filters">
      <${Choice} label=${t.state} value=${state} options=${[["", t.anyState], ...Object.entries(t.states)]} onChange=${(/** @type {string} */ value) => setQuery({ state: value })} />
    </div>
    <${Table} label=${t.instances} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${t.noInstances} text=${t.noInstancesMore} icon="flow">${begin}<//>`} />`;
}

/** @param {{ make: unknown }} props */
function Templates({ make }) {
  const { path, at } = useHere();
  const pages = usePages(`${path}/workflow-templates`);
  useReloadOn(["workflow_template"], pages.reload);
  const columns = [
    { label: t.name, isMain: true, show: (/** @type {any} */ each) => html`<a href=${at(`workflow-templates/${each.id}`)}>${each.name}</a>` },
    { label: t.description, show: (/** @type {any} */ each) => html`<span class="clip">${each.description}</span>` },
    { label: t.published, isNumber: true, show: (/** @type {any} */ each) => each.latest_version },
    { label: t.draft, isNumber: true, show: (/** @type {any} */ each) => each.draft_version },
    { label: t.changed, show: (/** @type {any} */ each) => html`<${Time} at=${each.updated_at} short />` },
  ];
  return html`<${Table} label=${t.templates} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${t.noTemplates} text=${t.noTemplatesMore} icon="flow">${make}<//>`} />`;
}

/** @param {{ onClose: () => void }} props */
function Begin({ onClose }) {
  const { path, at } = useHere();
  const templates = useResource(`${path}/workflow-templates`, { limit: 200 });
  const projects = useResource(`${path}/projects`, { limit: 200, status: "ACTIVE" });
  const ready = () => templates.data.items.filter((/** @type {any} */ each) => each.latest_version !== null);
  const pick = (/** @type {any[]} */ items) => items.map((each) => [each.id, each.name]);
  const fields = () => [
    { name: "template_id", label: t.template, type: "select", options: pick(ready()) },
    { name: "project_id", label: t.project, type: "select", options: pick(projects.data?.items ?? []) },
    { name: "name", label: t.name, required: true, maxLength: 200 },
    { name: "correlation_key", label: t.correlation, hint: t.correlationHint, maxLength: 200 },
  ];
  return html`<${Dialog} title=${t.begin} onClose=${onClose}>
    <${Shown} of=${templates}>
      ${() => (ready().length === 0 ? html`<${Empty} title=${t.noTemplates} text=${t.noTemplatesMore} icon="flow" />` : html`<${Shown} of=${projects}>${() => html`<${Form} fields=${fields()} action=${t.begin} onCancel=${onClose} onSubmit=${async (/** @type {any} */ values, /** @type {any} */ { key }) => {
        const made = await post(`${path}/workflows/instantiate`, values, { key });
        go(at(`workflows/${made.id}`), { replace: true });
      }} />`}<//>`)}
    <//>
  <//>`;
}

/** @param {{ onClose: () => void }} props */
function Make({ onClose }) {
  const { path, at } = useHere();
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "name", label: t.name, required: true, maxLength: 200 },
    { name: "description", label: t.description, type: "textarea" },
  ];
  return html`<${Dialog} title=${t.createTemplate} onClose=${onClose}>
    <${Form} fields=${fields} action=${c.create} onCancel=${onClose} onSubmit=${async (/** @type {any} */ values, /** @type {any} */ { key }) => {
      const made = await post(`${path}/workflow-templates`, values, { key });
      go(at(`workflow-templates/${made.id}`), { replace: true });
    }} />
  <//>`;
}
