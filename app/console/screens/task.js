/** One task: what is written of it, who does it, its state and why, what is said, what it waits for, its history. */

import { html, useState } from "../vendor/ui.js";
import { get, post, put, remove } from "../core/api.js";
import { usePages, useResource } from "../core/data.js";
import { useEdit } from "../core/edit.js";
import { Face, Name } from "../core/people.js";
import { go, query, setQuery, to } from "../core/router.js";
import { me } from "../core/session.js";
import { style } from "../core/style.js";
import { useThing } from "../core/thing.js";
import { texts } from "../core/texts.js";
import { date, Time } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { About, Confirm, Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Icon } from "../parts/icons.js";
import { Mentions } from "../parts/mentions.js";
import { Menu } from "../parts/menu.js";
import { Badge, Choice, Page, Section } from "../parts/page.js";
import { memberField } from "../parts/people.js";
import { Shown } from "../parts/states.js";
import { More } from "../parts/table.js";
import { attempt, toast } from "../parts/toast.js";
import { allowed, STATE_KINDS } from "../parts/work.js";
import changeTexts from "../texts/changes.js";
import common from "../texts/common.js";
import mentionTexts from "../texts/mentions.js";
import english from "../texts/tasks.js";

await style("task");
const t = texts("tasks", english);
const c = texts("common", common);
const changes = texts("changes", changeTexts);
const m = texts("mentions", mentionTexts);

/** @param {{ params: { task: string } }} props */
export default function TaskScreen({ params }) {
  const { path } = useHere();
  const [turn, setTurn] = useState(0);
  const task = useThing("task", `${path}/tasks/${encodeURIComponent(params.task)}`, {
    isOf: (change, { id }) => change.data?.task_id === id,
    onChange: () => setTurn((was) => was + 1),
  });
  const refresh = async () => {
    await task.reload();
    setTurn((was) => was + 1);
  };
  return html`<${Shown} of=${task}>${() => html`<${Task} task=${task.data} etag=${task.etag} turn=${turn} refresh=${refresh} />`}<//>`;
}

/** @param {{ task: any, etag: string | null, turn: number, refresh: () => Promise<void> }} props */
function Task({ task, etag, turn, refresh }) {
  const { path, may, at, workspace } = useHere();
  const address = `${path}/tasks/${task.id}`;
  const project = useResource(`${path}/projects/${task.project_id}`);
  const eligibility = useResource(`${address}/eligibility`);
  const editing = useDialog("edit");
  const moving = useDialog("move");
  const assigning = useDialog("assign");
  const deleting = useDialog("delete");
  const reader = me.value?.user.user_id;
  const canPermit = (/** @type {string} */ name) => eligibility.data?.verdicts.find((/** @type {any} */ each) => each.permission === name)?.is_allowed ?? false;
  const isOpen = workspace.status === "ACTIVE";
  const can = (/** @type {string} */ operation, /** @type {string} */ permission) => isOpen && may(operation) && canPermit(permission);
  const isMine = task.assignee_id === reader;
  const act = (/** @type {string} */ step, /** @type {any} */ body = undefined) =>
    attempt(async () => {
      await post(`${address}/${step}`, body);
      await refresh();
      await eligibility.reload();
    });
  const more = [
    can("task.update", "move_state") && html`<button type="button" onClick=${() => editing.open()}>${t.edit}</button>`,
    can("task.assign", "assign") && html`<button type="button" onClick=${() => assigning.open()}>${t.assign}</button>`,
    task.assignee_id && !isMine && can("task.unassign", "assign") && html`<button type="button" onClick=${() => act("unassign")}>${t.unassign}</button>`,
    can("task.delete", "move_state") && html`<button type="button" class="danger" onClick=${() => deleting.open()}>${t.delete}</button>`,
  ];
  const actions = html`
    ${allowed(task).length > 0 && can("task.transition", "move_state") && html`<button type="button" onClick=${() => moving.open()}>${t.move}</button>`}
    ${!task.assignee_id && can("task.pick", "take") && html`<button type="button" class="secondary" onClick=${() => act("pick")}>${t.pick}</button>`}
    ${isMine && can("task.unassign", "take") && html`<button type="button" class="secondary" onClick=${() => act("unassign")}>${t.giveBack}</button>`}
    ${more.some(Boolean) && html`<${Menu} label=${c.actions}>${more}<//>`}`;
  const crumb = { label: project.data?.name ?? t.project, address: at(`projects/${task.project_id}`) };
  return html`<${Page} title=${`${task.key} ${task.title}`} crumb=${crumb} actions=${actions}>
    <div class="columns">
      <div>
        <section class="card"><p class=${task.description ? "written" : "about"}>${task.description ?? t.noDescription}</p></section>
        <${Comments} address=${address} turn=${turn} isOpen=${isOpen} />
        <${Dependencies} task=${task} address=${address} turn=${turn} canDepend=${can("task.depend", "move_state")} />
        <${History} address=${address} turn=${turn} />
      </div>
      <div>
        <${Facts} task=${task} address=${address} turn=${turn} canLabel=${can("task.label", "move_state")} />
        <${Verdicts} own=${eligibility} address=${address} />
      </div>
    </div>
    ${moving.isOpen && allowed(task).length > 0 && html`<${Move} task=${task} address=${address} onClose=${moving.close} onDone=${refresh} />`}
    ${editing.isOpen && html`<${Edit} task=${task} etag=${etag} address=${address} onClose=${editing.close} onDone=${refresh} />`}
    ${assigning.isOpen && html`<${Assign} address=${address} onClose=${assigning.close} onDone=${refresh} />`}
    ${deleting.isOpen && html`<${Confirm} title=${t.delete} text=${t.deleteText} action=${t.delete} onClose=${deleting.close}
      onConfirm=${async () => (await attempt(() => remove(address), t.deleted)) && go(to(`/w/${workspace.id}/projects/${task.project_id}`))} />`}
  <//>`;
}

/** @param {{ task: any, address: string, turn: number, canLabel: boolean }} props */
function Facts({ task, address, turn, canLabel }) {
  const { path, may } = useHere();
  const types = useResource(`${path}/task-types`, { limit: 200 });
  const watchers = useResource(`${address}/watchers`, { limit: 200 });
  const isWatching = watchers.data?.items.some((/** @type {any} */ each) => each.user_id === me.value?.user.user_id);
  const watch = () => attempt(async () => {
    if (isWatching) await remove(`${address}/watchers/me`);
    else await put(`${address}/watchers/me`);
    await watchers.reload();
  });
  const type = types.data?.items.find((/** @type {any} */ each) => each.id === task.task_type_id)?.name;
  const isLate = task.due_at && task.state !== "DONE" && new Date(task.due_at) < new Date();
  const row = (/** @type {string} */ label, /** @type {unknown} */ value) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`;
  return html`<${Section} title=${t.facts} actions=${may("task.watch") && watchers.data && html`<button type="button" class="secondary small" aria-pressed=${Boolean(isWatching)} onClick=${watch}>${isWatching ? t.unwatch : t.watch}</button>`}>
    <dl class="facts">
      ${row(t.state, html`<${Badge} kind=${STATE_KINDS[task.state]}>${c.states[task.state]}<//>${task.blocked_by && html` <small>${task.blocked_by === "DEPENDENCY" ? t.blocked : t.blockedManually}</small>`}`)}
      ${row(t.assignee, task.assignee_id ? html`<span class="person"><${Face} id=${task.assignee_id} /><${Name} id=${task.assignee_id} /></span>` : c.nobody)}
      ${row(t.priority, c.priorities[task.priority])}
      ${row(t.due, task.due_at ? html`<span class=${isLate ? "wrong" : ""}>${date(task.due_at)}${isLate ? `, ${t.overdue}` : ""}</span>` : c.none)}
      ${row(t.type, type ?? t.noType)}
      ${row(t.made, html`<${Time} at=${task.created_at} /> ${t.by} <${Name} id=${task.created_by} />`)}
      ${row(t.labels, html`<${Labels} address=${address} turn=${turn} canLabel=${canLabel} />`)}
    </dl>
  <//>`;
}

/** @param {{ address: string, turn: number, canLabel: boolean }} props */
function Labels({ address, turn, canLabel }) {
  const { path } = useHere();
  const labels = useAnew(usePages(`${address}/labels`, {}, 50), turn);
  const dialog = useDialog("label");
  const take = (/** @type {any} */ each) => attempt(async () => {
    await remove(`${address}/labels/${each.id}`);
    await labels.reload();
  });
  return html`<span class="labels">
    ${labels.items.map(
      (each) => html`<span class="label-chip" key=${each.id}><span class="swatch" style=${{ "--swatch": each.color ?? "var(--quiet)" }}></span>${each.name}
        ${canLabel && html`<button type="button" class="plain" aria-label=${t.labelRemove(each.name)} onClick=${() => take(each)}><${Icon} name="close" /></button>`}</span>`,
    )}
    ${canLabel && html`<button type="button" class="secondary small" onClick=${() => dialog.open()}>${t.labelAdd}</button>`}
    ${dialog.isOpen && canLabel && html`<${PutLabel} path=${path} address=${address} onClose=${dialog.close} onDone=${labels.reload} />`}
  </span>`;
}

/** @param {{ path: string, address: string, onClose: () => void, onDone: () => unknown }} props */
function PutLabel({ path, address, onClose, onDone }) {
  const all = useResource(`${path}/labels`, { limit: 200 });
  const options = () => (all.data?.items ?? []).map((/** @type {any} */ each) => [each.id, each.name]);
  return html`<${Dialog} title=${t.labelAdd} onClose=${onClose}>
    <${Shown} of=${all}>${() => html`<${Form} fields=${[{ name: "label_id", label: t.label, type: "select", options: options() }]} action=${t.labelAdd} onCancel=${onClose} onSubmit=${async (/** @type {any} */ values) => {
      await put(`${address}/labels/${values.label_id}`);
      onClose();
      await onDone();
    }} />`}<//>
  <//>`;
}

/**
 * A list that is read again when something has happened to the task.
 * @param {import("../core/data.js").Pages} pages
 * @param {number} turn
 */
function useAnew(pages, turn) {
  const [seen, setSeen] = useState(turn);
  if (seen !== turn) {
    setSeen(turn);
    queueMicrotask(pages.reload);
  }
  return pages;
}

/** @param {{ address: string, turn: number, isOpen: boolean }} props */
function Comments({ address, turn, isOpen }) {
  const { path, may } = useHere();
  const comments = useAnew(usePages(`${address}/comments`), turn);
  const [round, setRound] = useState(0);
  const mayDelete = (/** @type {any} */ each) => isOpen && (each.created_by === me.value?.user.user_id || may("member.remove"));
  const ending = useDialog("comment-delete");
  const end = (/** @type {any} */ each) => attempt(async () => {
    await remove(`${path}/comments/${each.id}`);
    await comments.reload();
  });
  const listed = () =>
    comments.items.length === 0
      ? html`<p class="about">${t.noComments}</p>`
      : html`<ol class="comments">
          ${comments.items.map(
            (each) => html`<li key=${each.id}>
              <${Face} id=${each.created_by} />
              <div>
                <div class="head"><${Name} id=${each.created_by} /><${Time} at=${each.created_at} short />${each.edited_at && html`<span>${t.edited}</span>`}
                  ${mayDelete(each) && html`<${Menu} label=${t.commentDelete}><button type="button" class="danger" onClick=${() => ending.open(each.id)}>${t.commentDelete}</button><//>`}</div>
                <p class="written">${each.body}</p>
                ${each.mentions.length > 0 && html`<p class="spoken-to">${m.spokenTo}: ${each.mentions.map((/** @type {string} */ id) => html`<${Name} key=${id} id=${id} />`)}</p>`}
              </div>
            </li>`,
          )}
        </ol>
        ${comments.hasMore && html`<${More} pages=${comments} />`}`;
  const say = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    const { text, people } = values.body;
    await post(`${address}/comments`, { body: text, mentions: people.map((/** @type {any} */ each) => each.id) }, { key });
    setRound((was) => was + 1);
    await comments.reload();
  };
  const find = async (/** @type {string} */ name) => {
    const { items } = await get(`${address}/viewers`, { name, limit: 10 });
    return items.map((/** @type {any} */ each) => ({ id: each.user_id, label: each.display_name ?? each.user_id }));
  };
  return html`<${Section} title=${t.comments}>
    <${Shown} of=${comments}>${listed}<//>
    ${may("comment.add") && isOpen && html`<${Form} key=${round} fields=${[{ name: "body", label: t.comment, required: true, maxLength: 10000, input: Mentions, find }]} action=${t.say} onSubmit=${say} />`}
    <${About} dialog=${ending} pages=${comments} find=${(/** @type {any} */ each) => each.id === ending.item && mayDelete(each)}>${(/** @type {any} */ each) => html`<${Confirm} title=${t.commentDelete} text=${t.commentDeleteText} action=${t.commentDelete} onClose=${ending.close} onConfirm=${() => end(each)} />`}<//>
  <//>`;
}

/** @param {{ task: any, address: string, turn: number, canDepend: boolean }} props */
function Dependencies({ task, address, turn, canDepend }) {
  const { path, at } = useHere();
  const parents = useAnew(usePages(`${address}/dependencies`), turn);
  const children = useAnew(usePages(`${address}/dependencies`, { of: "children" }), turn);
  const dialog = useDialog("depend");
  const free = (/** @type {any} */ each) => attempt(async () => {
    await remove(`${address}/dependencies/${each.id}`);
    await parents.reload();
  });
  const list = (/** @type {import("../core/data.js").Pages} */ pages, /** @type {string} */ none, /** @type {boolean} */ canFree) => () =>
    pages.items.length === 0
      ? html`<p class="about">${none}</p>`
      : html`<ul class="rows">
            ${pages.items.map(
              (each) => html`<li key=${each.id}><span class="grow"><a href=${at(`tasks/${each.id}`)}>${each.title}</a> <small>${each.key}</small></span>
                <${Badge} kind=${STATE_KINDS[each.state]}>${c.states[each.state]}<//>
                ${canFree && html`<button type="button" class="plain" aria-label=${t.undepend(each.key)} title=${t.undepend(each.key)} onClick=${() => free(each)}><${Icon} name="close" /></button>`}</li>`,
            )}
          </ul>
          ${pages.hasMore && html`<${More} pages=${pages} />`}`;
  const depend = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    const parent = await get(`${path}/tasks/${encodeURIComponent(values.parent)}`);
    await post(`${address}/dependencies`, { parent_id: parent.id }, { key });
    dialog.close();
    await parents.reload();
  };
  return html`<${Section} title=${t.dependencies} actions=${canDepend && html`<button type="button" class="secondary small" onClick=${() => dialog.open()}>${t.depend}</button>`}>
    <h3>${t.parents}</h3>
    <${Shown} of=${parents}>${list(parents, t.noParents, canDepend)}<//>
    <h3>${t.children}</h3>
    <${Shown} of=${children}>${list(children, t.noChildren, false)}<//>
    ${dialog.isOpen && canDepend && html`<${Dialog} title=${`${task.key}: ${t.depend}`} onClose=${dialog.close}>
      <${Form} fields=${[{ name: "parent", label: t.dependOn, hint: t.dependHint, required: true, maxLength: 60 }]} action=${t.depend} onCancel=${dialog.close} onSubmit=${depend} />
    <//>`}
  <//>`;
}

/** Rule by rule, as the service decides it; for administrators of others too. @param {{ own: ReturnType<typeof useResource>, address: string }} props */
function Verdicts({ own, address }) {
  const { path, may } = useHere();
  const canAsk = may("task.explain_of_other");
  const who = (canAsk && query.value.get("who")) || "";
  const other = useResource(who ? `${address}/eligibility` : null, { user_id: who });
  const members = useResource(canAsk ? `${path}/members` : null, { limit: 200 });
  const eligibility = who ? other : own;
  /** @type {[string, string][]} */
  const people = (members.data?.items ?? []).map((/** @type {any} */ each) => [each.user_id, each.display_name ?? each.user_id]);
  const reader = me.value?.user.user_id;
  const rule = (/** @type {any} */ each) =>
    html`<li key=${each.rule}><span class=${each.is_met ? "tick yes" : "wrong"} aria-hidden="true">${each.is_met ? "✓" : "✗"}</span>${t.rules[each.rule]?.[each.is_met ? 0 : 1] ?? each.rule}</li>`;
  return html`<${Section} title=${who ? t.eligibilityOther : t.eligibility}>
    ${canAsk && html`<div class="filters"><${Choice} label=${t.who} value=${who} options=${[["", t.you], ...people.filter(([id]) => id !== reader)]} onChange=${(/** @type {string} */ id) => setQuery({ who: id })} /></div>`}
    <${Shown} of=${eligibility}>
      ${() =>
        html`<div class="verdicts">
          ${eligibility.data.verdicts.map(
            (/** @type {any} */ each) => html`<details key=${each.permission}>
              <summary><${Badge} kind=${each.is_allowed ? "good" : "bad"}>${each.is_allowed ? (who ? t.theyMay : t.may) : who ? t.theyMayNot : t.mayNot}<//> ${t.permissions[each.permission]}</summary>
              <ul>${each.rules.map(rule)}</ul>
            </details>`,
          )}
        </div>`}
    <//>
  <//>`;
}

/** @param {{ address: string, turn: number }} props */
function History({ address, turn }) {
  const transitions = useAnew(usePages(`${address}/transitions`, {}, 20), turn);
  const activity = useAnew(usePages(`${address}/activity`, {}, 20), turn);
  const states = () =>
    transitions.items.length === 0
      ? html`<p class="about">${t.noHistory}</p>`
      : html`<ol class="timeline">
            ${transitions.items.map(
              (each) => html`<li key=${each.version}><${Face} id=${each.actor_id} /><span class="grow"><${Name} id=${each.actor_id} /> <span class="what">${c.states[each.from_state]} → </span><${Badge} kind=${STATE_KINDS[each.to_state]}>${c.states[each.to_state]}<//> <span class="what">${each.reason}</span></span><${Time} at=${each.at} short /></li>`,
            )}
          </ol>
          ${transitions.hasMore && html`<${More} pages=${transitions} />`}`;
  const all = () => html`<ol class="timeline">
      ${activity.items.map(
        (each) => html`<li key=${each.seq}><${Face} id=${each.actor_id} /><span class="grow"><${Name} id=${each.actor_id} /> <span class="what">${changes.said(each.action)}</span></span><${Time} at=${each.at} short /></li>`,
      )}
    </ol>
    ${activity.hasMore && html`<${More} pages=${activity} />`}`;
  return html`<${Section} title=${t.history}>
    <h3>${t.transitions}</h3>
    <${Shown} of=${transitions}>${states}<//>
    <h3>${t.activity}</h3>
    <${Shown} of=${activity}>${all}<//>
  <//>`;
}

/** @param {{ task: any, address: string, onClose: () => void, onDone: () => Promise<void> }} props */
function Move({ task, address, onClose, onDone }) {
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "to", label: t.to, type: "select", options: allowed(task).map((each) => [each, c.states[each]]) },
    { name: "reason", label: t.reason, hint: t.reasonHint, type: "textarea", required: true, maxLength: 1000 },
  ];
  return html`<${Dialog} title=${t.move} onClose=${onClose}>
    <${Form} fields=${fields} action=${t.move} onCancel=${onClose} onSubmit=${async (/** @type {any} */ values, /** @type {any} */ { key }) => {
      await post(`${address}/transition`, values, { key });
      toast(t.moved);
      onClose();
      await onDone();
    }} />
  <//>`;
}

/** @param {{ address: string, onClose: () => void, onDone: () => Promise<void> }} props */
function Assign({ address, onClose, onDone }) {
  const { path } = useHere();
  return html`<${Dialog} title=${t.assignTitle} onClose=${onClose}>
    <${Form} fields=${[memberField(path, { name: "user_id", label: t.who })]} action=${t.assign} onCancel=${onClose} onSubmit=${async (/** @type {any} */ values, /** @type {any} */ { key }) => {
      await post(`${address}/assign`, values, { key });
      toast(t.assigned);
      onClose();
      await onDone();
    }} />
  <//>`;
}

/** @param {{ task: any, etag: string | null, address: string, onClose: () => void, onDone: () => Promise<void> }} props */
function Edit({ task, etag, address, onClose, onDone }) {
  const shown = (/** @type {any} */ each) => ({ ...each, due_at: local(each.due_at) });
  const { was, save, theirs } = useEdit(address, task, etag);
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "title", label: t.name, required: true, maxLength: 300 },
    { name: "description", label: t.description, type: "textarea" },
    { name: "priority", label: t.priority, type: "select", options: Object.entries(c.priorities) },
    { name: "due_at", label: t.due, type: "datetime-local" },
  ];
  const submit = async (/** @type {any} */ values, /** @type {any} */ how) => {
    await save(values, how);
    toast(t.saved);
    onClose();
    await onDone();
  };
  return html`<${Dialog} title=${t.editTitle} onClose=${onClose}>
    <${Form} fields=${fields} values=${shown(was)} action=${c.save} onCancel=${onClose} onSubmit=${submit} onConflict=${async () => shown(await theirs())} />
  <//>`;
}

/** A moment as a field for it takes it, in the reader's zone. @param {string | null} iso */
function local(iso) {
  if (!iso) return "";
  const moment = new Date(iso);
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
