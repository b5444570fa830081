/** A template: its versions as graphs, and its draft, which is changed step by step, checked and published. */

import { html, useEffect, useState } from "../vendor/ui.js";
import { post, put, remove } from "../core/api.js";
import { useResource } from "../core/data.js";
import { useEdit } from "../core/edit.js";
import { go, query, setQuery } from "../core/router.js";
import { texts } from "../core/texts.js";
import { useThing } from "../core/thing.js";
import { useHere } from "../core/workspace.js";
import { Confirm, Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Graph } from "../parts/graph.js";
import { Menu } from "../parts/menu.js";
import { Choice, Page, Section } from "../parts/page.js";
import { Empty, Shown } from "../parts/states.js";
import { attempt, toast } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/workflows.js";
import { ObjectRoles } from "./object_roles.js";

const t = texts("workflows", english);
const c = texts("common", common);

/** @typedef {{ nodes: any[], edges: { from: string, to: string }[] }} Drawn */

/** @param {{ params: { template: string } }} props */
export default function TemplateScreen({ params }) {
  const { path } = useHere();
  const address = `${path}/workflow-templates/${encodeURIComponent(params.template)}`;
  const versions = useResource(`${address}/versions`, { limit: 200 });
  const template = useThing("workflow_template", address, { onChange: versions.reload });
  const refresh = async () => {
    await Promise.all([template.reload(), versions.reload()]);
  };
  return html`<${Shown} of=${template}>${() => html`<${Shown} of=${versions}>${() => html`<${Template} template=${template.data} etag=${template.etag} versions=${versions.data.items} address=${address} refresh=${refresh} />`}<//>`}<//>`;
}

/** @param {{ template: any, etag: string | null, versions: any[], address: string, refresh: () => Promise<void> }} props */
function Template({ template, etag, versions, address, refresh }) {
  const { may, at, workspace } = useHere();
  const asked = query.value.get("version");
  const shown = versions.find((each) => String(each.template_version) === asked) ?? versions[0];
  const graph = useResource(shown ? `${address}/versions/${shown.template_version}` : null);
  const publishing = useDialog("publish");
  const discarding = useDialog("discard");
  const retiring = useDialog("retire");
  const deleting = useDialog("delete");
  const renaming = useDialog("rename");
  const [isUnsaved, setUnsaved] = useState(false);
  const isOpen = workspace.status === "ACTIVE";
  const can = (/** @type {string} */ operation) => isOpen && may(`workflow_template.${operation}`);
  const isDraft = shown?.status === "DRAFT";
  const act = (/** @type {() => Promise<unknown>} */ work, /** @type {string} */ done) => attempt(async () => {
    await work();
    setQuery({ version: null }, { replace: true });
    await refresh();
    await graph.reload();
  }, done);
  // Of what nothing is published the draft is all there is: that is deleted.
  const isDiscardable = can("discard_draft") && template.draft_version !== null && versions.some((each) => each.status !== "DRAFT");
  const items = [
    can("update") && html`<button type="button" onClick=${() => renaming.open()}>${t.rename}</button>`,
    can("add") && shown && html`<button type="button" onClick=${() => attempt(async () => go(at(`workflow-templates/${(await post(`${address}/duplicate`, { name: `${template.name} 2`, template_version: shown.template_version })).id}`)))}>${t.duplicate}</button>`,
    can("retire") && shown?.status === "PUBLISHED" && html`<button type="button" class="danger" onClick=${() => retiring.open()}>${t.retire}</button>`,
    isDiscardable && html`<button type="button" class="danger" onClick=${() => discarding.open()}>${t.discard}</button>`,
    can("delete") && template.latest_version === null && html`<button type="button" class="danger" onClick=${() => deleting.open()}>${t.delete}</button>`,
  ];
  const actions = html`
    ${can("publish") && isDraft && !isUnsaved && html`<button type="button" onClick=${() => publishing.open()}>${t.publish}</button>`}
    ${items.some(Boolean) && html`<${Menu} label=${t.more}>${items}<//>`}`;
  /** @type {Record<string, string>} */
  const statuses = { DRAFT: t.draft, PUBLISHED: t.published, RETIRED: t.retired };
  const options = versions.map((each) => /** @type {[string, string]} */ ([String(each.template_version), `${each.template_version}: ${statuses[each.status]}`]));
  const drawn = () => html`<${Draft} key=${`${graph.data.template_version} ${graph.data.graph_hash}`} graph=${graph.data.graph} isEditable=${can("save_draft")} isDraft=${isDraft} template=${template} etag=${etag} address=${address} onUnsaved=${setUnsaved} onSaved=${async () => {
    setQuery({ version: null }, { replace: true });
    await refresh();
    await graph.reload();
  }} />`;
  return html`<${Page} title=${template.name} about=${template.description} crumb=${{ label: t.templates, address: `${at("workflows")}?view=templates` }} actions=${actions}>
    <div class="filters"><${Choice} label=${t.version} value=${String(shown?.template_version ?? "")} options=${options} onChange=${(/** @type {string} */ version) => setQuery({ version })} /></div>
    ${shown ? html`<${Shown} of=${graph}>${drawn}<//>` : html`<${Draft} graph=${{ nodes: [], edges: [] }} isEditable=${can("save_draft")} isDraft template=${template} etag=${etag} address=${address} onUnsaved=${setUnsaved} onSaved=${refresh} />`}
    ${may("object_role.list") && html`<${ObjectRoles} type="workflow_template" id=${template.id} />`}
    ${publishing.isOpen && html`<${Confirm} title=${t.publish} text=${t.publishText} action=${t.publish} onClose=${publishing.close} onConfirm=${() => act(() => post(`${address}/publish`), t.publishedDone)} />`}
    ${retiring.isOpen && shown && html`<${Confirm} title=${t.retire} text=${t.retireText} action=${t.retire} onClose=${retiring.close} onConfirm=${() => act(() => post(`${address}/retire`, { template_version: shown.template_version }), t.retired)} />`}
    ${discarding.isOpen && isDiscardable && html`<${Confirm} title=${t.discard} text=${t.discardText} action=${t.discard} onClose=${discarding.close} onConfirm=${() => attempt(async () => {
      await remove(`${address}/draft`, { match: etag });
      setQuery({ version: null }, { replace: true });
      await refresh();
    }, t.discarded)} />`}
    ${deleting.isOpen && html`<${Confirm} title=${t.delete} text=${t.deleteText} action=${c.delete} onClose=${deleting.close} onConfirm=${async () => (await attempt(() => remove(address))) && go(`${at("workflows")}?view=templates`)} />`}
    ${renaming.isOpen && html`<${Rename} template=${template} etag=${etag} address=${address} onClose=${renaming.close} onDone=${refresh} />`}
  <//>`;
}

/**
 * A graph, and, where it may be changed, what was changed and is not saved.
 * @param {{ graph: Drawn, isEditable: boolean, isDraft: boolean, template: any, etag: string | null, address: string, onUnsaved: (is: boolean) => void, onSaved: () => Promise<void> }} props
 */
function Draft({ graph, isEditable, isDraft, template, etag, address, onUnsaved, onSaved }) {
  const { path } = useHere();
  const [drawn, setDrawn] = useState(/** @type {Drawn} */ (graph));
  const [problems, setProblems] = useState(/** @type {any[] | null} */ (null));
  const dialog = useDialog("step");
  const isChanged = JSON.stringify(drawn) !== JSON.stringify(graph);
  const node = drawn.nodes.find((each) => each.id === dialog.item);
  // What is published is what was saved, so while that is not what is shown nothing is.
  useEffect(() => {
    onUnsaved(isChanged);
    return () => onUnsaved(false);
  }, [isChanged]);
  useEffect(() => {
    if (!isChanged) return undefined;
    const warn = (/** @type {BeforeUnloadEvent} */ event) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [isChanged]);
  const change = (/** @type {Drawn} */ next) => {
    setDrawn(next);
    setProblems(null);
  };
  const check = () => attempt(async () => setProblems((await post(`${path}/workflow-templates/validate`, drawn)).problems));
  const save = () => attempt(async () => {
    await put(`${address}/draft`, drawn, { match: etag });
    await onSaved();
  }, t.savedDraft);
  const wrong = new Set((problems ?? []).flatMap((each) => [each.node_id, ...(each.nodes ?? [])]));
  const nodes = drawn.nodes.map((each) => ({ id: each.id, title: each.title, more: each.trigger_rule === "ANY_DONE" ? t.any : each.id, isDashed: each.trigger_rule === "ANY_DONE", isMarked: wrong.has(each.id) }));
  const bar = isEditable && html`<div class="filters">
    <button type="button" class="secondary" onClick=${() => dialog.open("new")}>${t.addNode}</button>
    <button type="button" class="secondary" onClick=${check}>${t.check}</button>
    ${isChanged && html`<button type="button" onClick=${save}>${t.save}</button><span role="status" class="about">${isDraft ? t.unsaved : t.noDraft}</span>`}
  </div>`;
  return html`${bar}
    ${drawn.nodes.length ? html`<${Graph} label=${`${t.template}: ${template.name}`} nodes=${nodes} edges=${drawn.edges} onSelect=${isEditable ? (/** @type {string} */ id) => dialog.open(id) : undefined} />` : html`<${Empty} title=${t.emptyGraph} text=${isEditable ? t.emptyGraphMore : undefined} icon="flow" />`}
    ${problems && html`<${Section} title=${t.problems}><div role="status">${problems.length ? html`<ul>${problems.map((each, i) => html`<li key=${i}>${each.message}${each.node_id && html` <code>${each.node_id}</code>`}</li>`)}</ul>` : html`<p>${t.fine}</p>`}</div><//>`}
    ${isEditable && dialog.isOpen && (dialog.item === "new" || node) && html`<${Step} key=${dialog.item} node=${node} drawn=${drawn} onClose=${dialog.close} onChange=${change} />`}`;
}

/** One step of a draft, and what it waits for. @param {{ node: any, drawn: Drawn, onClose: () => void, onChange: (next: Drawn) => void }} props */
function Step({ node, drawn, onClose, onChange }) {
  const { path } = useHere();
  const types = useResource(`${path}/task-types`, { limit: 200 });
  const people = useResource(`${path}/user-types`, { limit: 200 });
  const others = drawn.nodes.filter((each) => each.id !== node?.id);
  const [parents, setParents] = useState(() => new Set(drawn.edges.filter((each) => each.to === node?.id).map((each) => each.from)));
  const pick = (/** @type {any} */ resource) => (resource.data?.items ?? []).map((/** @type {any} */ each) => [each.id, each.name]);
  /** @type {() => import("../parts/form.js").Field[]} */
  const fields = () => [
    { name: "title", label: t.nodeTitle, required: true, maxLength: 300 },
    { name: "description", label: t.description, type: "textarea" },
    { name: "task_type_id", label: t.nodeType, type: "select", options: [["", t.noType], ...pick(types)] },
    { name: "user_type_id", label: t.who, type: "select", options: [["", t.nobody], ...pick(people)] },
    { name: "due_hours", label: t.due, type: "number", min: 1 },
    { name: "trigger_rule", label: t.trigger, type: "select", options: Object.entries(t.triggers) },
  ];
  const toggle = (/** @type {string} */ id) => setParents((was) => (was.has(id) ? new Set([...was].filter((each) => each !== id)) : new Set([...was, id])));
  const apply = async (/** @type {any} */ values) => {
    const id = node?.id ?? fresh(values.title, drawn.nodes);
    const assignee = values.user_type_id ? { user_type_id: values.user_type_id } : (node?.assignee?.user_id ? node.assignee : null);
    const next = { id, title: values.title, description: values.description, task_type_id: values.task_type_id, assignee, due_offset_seconds: values.due_hours === null ? null : values.due_hours * 3600, trigger_rule: values.trigger_rule };
    onChange({
      nodes: node ? drawn.nodes.map((each) => (each.id === id ? next : each)) : [...drawn.nodes, next],
      edges: [...drawn.edges.filter((each) => each.to !== id), ...[...parents].map((from) => ({ from, to: id }))],
    });
    onClose();
  };
  const takeOut = () => {
    onChange({ nodes: others, edges: drawn.edges.filter((each) => each.from !== node.id && each.to !== node.id) });
    onClose();
  };
  const values = { ...node, user_type_id: node?.assignee?.user_type_id, due_hours: node?.due_offset_seconds ? node.due_offset_seconds / 3600 : "" };
  return html`<${Dialog} title=${node ? t.editNode : t.addNode} onClose=${onClose}>
    <${Shown} of=${types}>
      ${() => html`<${Form} fields=${fields()} values=${values} action=${node ? c.edit : t.addNode} onCancel=${onClose} onSubmit=${apply}>
        ${others.length > 0 && html`<fieldset class="checks"><legend>${t.waitsFor}</legend>${others.map((each) => html`<label key=${each.id}><input type="checkbox" checked=${parents.has(each.id)} onChange=${() => toggle(each.id)} /> ${each.title}</label>`)}</fieldset>`}
        ${node && html`<div class="actions"><button type="button" class="danger small" onClick=${takeOut}>${t.removeNode}</button></div>`}
      <//>`}
    <//>
  <//>`;
}

/** An id of a step that tells what it is, and is no other's. @param {string} title @param {{ id: string }[]} nodes */
function fresh(title, nodes) {
  const stem = title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 40) || "step";
  const taken = new Set(nodes.map((each) => each.id));
  let id = stem;
  for (let n = 2; taken.has(id); n += 1) id = `${stem}-${n}`;
  return id;
}

/** @param {{ template: any, etag: string | null, address: string, onClose: () => void, onDone: () => Promise<void> }} props */
function Rename({ template, etag, address, onClose, onDone }) {
  const { was, save, theirs } = useEdit(address, template, etag);
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "name", label: t.name, required: true, maxLength: 200 },
    { name: "description", label: t.description, type: "textarea" },
  ];
  return html`<${Dialog} title=${t.rename} onClose=${onClose}>
    <${Form} fields=${fields} values=${was} action=${c.save} onCancel=${onClose} onSubmit=${async (/** @type {any} */ values, /** @type {any} */ how) => {
      await save(values, how);
      toast(c.saved);
      onClose();
      await onDone();
    }} onConflict=${theirs} />
  <//>`;
}
