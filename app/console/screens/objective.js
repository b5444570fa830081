/** One objective: what it is measured by, how far that is, from what its score is worked out, what is said of it. */

import { html, useState } from "../vendor/ui.js";
import { post, put, remove } from "../core/api.js";
import { usePages, useResource } from "../core/data.js";
import { useEdit } from "../core/edit.js";
import { Face, Name } from "../core/people.js";
import { go } from "../core/router.js";
import { me } from "../core/session.js";
import { style } from "../core/style.js";
import { texts } from "../core/texts.js";
import { useThing } from "../core/thing.js";
import { Time } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { About, Confirm, Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Icon } from "../parts/icons.js";
import { Menu } from "../parts/menu.js";
import { ObjectiveBadge, Score, scoreOf, Stale } from "../parts/okr.js";
import { Page, Section } from "../parts/page.js";
import { memberField } from "../parts/people.js";
import { Empty, Shown } from "../parts/states.js";
import { More } from "../parts/table.js";
import { attempt, toast } from "../parts/toast.js";
import changeTexts from "../texts/changes.js";
import common from "../texts/common.js";
import english from "../texts/okrs.js";
import { KeyResults } from "./key_results.js";
import { ObjectRoles } from "./object_roles.js";
import { ObjectiveFiles } from "./objective_files.js";

await style("okr");
await style("task");
const t = texts("okrs", english);
const c = texts("common", common);
const changes = texts("changes", changeTexts);
const COMMENT = /** @type {import("../parts/form.js").Field[]} */ ([{ name: "body", label: t.comment, type: "textarea", required: true, maxLength: 10000 }]);

/** @param {{ params: { objective: string } }} props */
export default function ObjectiveScreen({ params }) {
  const { path } = useHere();
  const [turn, setTurn] = useState(0);
  const objective = useThing("objective", `${path}/okr/objectives/${encodeURIComponent(params.objective)}`, {
    isOf: (change) => ["objective", "key_result", "objective_comment"].includes(change.object_type),
    onChange: () => setTurn((was) => was + 1),
  });
  const refresh = async () => {
    await objective.reload();
    setTurn((was) => was + 1);
  };
  return html`<${Shown} of=${objective}>${() => html`<${Objective} key=${objective.data.id} objective=${objective.data} etag=${objective.etag} turn=${turn} refresh=${refresh} />`}<//>`;
}

/** @param {{ objective: any, etag: string | null, turn: number, refresh: () => Promise<void> }} props */
function Objective({ objective, etag, turn, refresh }) {
  const { path, at, may, workspace } = useHere();
  const address = `${path}/okr/objectives/${objective.id}`;
  const cycle = useResource(`${path}/okr/cycles/${objective.cycle_id}`);
  const editing = useDialog("edit");
  const finishing = useDialog("finish");
  const deleting = useDialog("delete");
  const { state } = objective;
  const isChangeable = state === "DRAFT" || state === "IN_APPROVAL";
  const isOpen = workspace.status === "ACTIVE" && cycle.data?.state !== "CLOSED";
  const can = (/** @type {string} */ operation) => isOpen && may(operation);
  const act = (/** @type {() => Promise<unknown>} */ work, /** @type {string} */ done) => attempt(async () => {
    await work();
    await refresh();
  }, done);
  const submit = () => act(() => post(`${path}/approvals`, { object_type: "objective", object_id: objective.id }), t.submitted);
  const more = [
    isChangeable && can("objective.update") && html`<button type="button" onClick=${() => editing.open()}>${c.edit}</button>`,
    !isChangeable && can("objective.reopen") && html`<button type="button" onClick=${() => act(() => post(`${address}/reopen`), t.reopened)}>${t.reopen}</button>`,
    can("objective.delete") && html`<button type="button" class="danger" onClick=${() => deleting.open()}>${t.delete}</button>`,
  ];
  const actions = html`
    ${state === "DRAFT" && can("approval.submit") && html`<button type="button" onClick=${submit}>${t.submit}</button>`}
    ${state === "ACTIVE" && can("objective.finish") && html`<button type="button" onClick=${() => finishing.open()}>${t.finish}</button>`}
    ${more.some(Boolean) && html`<${Menu} label=${c.actions}>${more}<//>`}`;
  const finish = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    await post(`${address}/finish`, values, { key });
    toast(t.finished);
    finishing.close();
    await refresh();
  };
  const outcomes = ["SUCCESSFUL", "NOT_SUCCESSFUL", "CANCELLED"].map((each) => [each, t.states[each]]);
  const crumb = { label: cycle.data?.name ?? t.title, address: `${at("okrs")}?cycle=${objective.cycle_id}` };
  return html`<${Page} title=${objective.title} crumb=${crumb} actions=${actions}>
    <div class="columns">
      <div>
        <section class="card"><p class=${objective.description ? "written" : "about"}>${objective.description ?? t.noDescription}</p></section>
        <${KeyResults} objective=${objective} isOpen=${isOpen} turn=${turn} refresh=${refresh} />
        <${Comments} address=${address} turn=${turn} isOpen=${isOpen} />
        <${Activity} address=${address} turn=${turn} />
      </div>
      <div>
        <${Facts} objective=${objective} />
        <${WorkedOut} address=${address} turn=${turn} />
        <${ObjectiveFiles} address=${address} turn=${turn} isOpen=${isOpen} />
        <${Parents} objective=${objective} address=${address} turn=${turn} canAlign=${can("objective.align") && state === "DRAFT"} refresh=${refresh} />
        ${may("object_role.list") && html`<${ObjectRoles} type="objective" id=${objective.id} />`}
      </div>
    </div>
    ${editing.isOpen && isChangeable && can("objective.update") && html`<${Edit} objective=${objective} etag=${etag} address=${address} onClose=${editing.close} onDone=${refresh} />`}
    ${finishing.isOpen && can("objective.finish") && html`<${Dialog} title=${t.finishTitle} onClose=${finishing.close}>
      <${Form} fields=${[{ name: "outcome", label: t.outcome, type: "select", options: outcomes }]} action=${t.finish} onCancel=${finishing.close} onSubmit=${finish} />
    <//>`}
    ${deleting.isOpen && can("objective.delete") && html`<${Confirm} title=${t.delete} text=${t.deleteText} action=${t.delete} onClose=${deleting.close}
      onConfirm=${async () => (await attempt(() => remove(address, { match: etag }), t.deleted)) && go(at("okrs"))} />`}
  <//>`;
}

/** @param {{ objective: any }} props */
function Facts({ objective }) {
  const row = (/** @type {string} */ label, /** @type {unknown} */ value) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`;
  return html`<${Section} title=${t.facts}>
    <dl class="facts">
      ${row(t.state, html`<${ObjectiveBadge} state=${objective.state} />`)}
      ${row(t.level, t.levels[objective.level])}
      ${row(t.owner, html`<span class="person"><${Face} id=${objective.owner_id} /><${Name} id=${objective.owner_id} /></span>`)}
      ${row(t.made, html`<${Time} at=${objective.created_at} /> <${Name} id=${objective.created_by} />`)}
      ${objective.activated_at && row(t.activated, html`<${Time} at=${objective.activated_at} />`)}
      ${objective.ended_at && row(t.ended, html`<${Time} at=${objective.ended_at} />`)}
    </dl>
  <//>`;
}

/** @param {{ address: string, turn: number }} props */
function WorkedOut({ address, turn }) {
  const { at } = useHere();
  const progress = useResource(`${address}/progress`);
  useAnew(progress, turn);
  const shown = () => {
    const { score, parts } = progress.data;
    return html`<p><${Score} score=${score} label=${t.score} /> <${Stale} of=${progress.data} /></p>
      ${parts.length === 0
        ? html`<p class="about">${t.noScore}</p>`
        : html`<ul class="rows">${parts.map(
            (/** @type {any} */ each) => html`<li key=${each.id}><span class="grow">${each.kind === "objective" ? html`<a href=${at(`okrs/${each.id}`)}>${each.title}</a>` : each.title}<br /><small>${t.kinds[each.kind]}: ${each.score === null ? t.unmeasured : t.part(scoreOf(each.score), each.weight)}</small></span><${Stale} of=${each} /></li>`,
          )}</ul>`}`;
  };
  return html`<${Section} title=${t.workedOut}><${Shown} of=${progress}>${shown}<//><//>`;
}

/** @param {{ objective: any, address: string, turn: number, canAlign: boolean, refresh: () => Promise<void> }} props */
function Parents({ objective, address, turn, canAlign, refresh }) {
  const { at } = useHere();
  const alignment = useResource(`${address}/parents`);
  useAnew(alignment, turn);
  const aligning = useDialog("align");
  const set = async (/** @type {any[]} */ parents) => {
    await put(`${address}/parents`, { parents: parents.map(({ objective_id, weight }) => ({ objective_id, weight })) }, { match: alignment.data.version });
    await Promise.all([alignment.reload(), refresh()]);
  };
  const shown = () => {
    const { parents } = alignment.data;
    if (parents.length === 0) return html`<p class="about">${t.noParents}</p>`;
    return html`<ul class="rows">${parents.map(
      (/** @type {any} */ each) => html`<li key=${each.objective_id}><span class="grow"><a href=${at(`okrs/${each.objective_id}`)}>${each.title}</a> <small>${t.weight.toLowerCase()} ${each.weight}</small></span><${ObjectiveBadge} state=${each.state} />
        ${canAlign && html`<button type="button" class="plain" aria-label=${t.unalign(each.title)} title=${t.unalign(each.title)} onClick=${() => attempt(() => set(parents.filter((/** @type {any} */ other) => other !== each)))}><${Icon} name="close" /></button>`}</li>`,
    )}</ul>`;
  };
  return html`<${Section} title=${t.parents} actions=${canAlign && html`<button type="button" class="secondary small" onClick=${() => aligning.open()}>${t.align}</button>`}>
    <${Shown} of=${alignment}>${shown}<//>
    ${aligning.isOpen && canAlign && alignment.data && html`<${Align} objective=${objective} parents=${alignment.data.parents} set=${set} onClose=${aligning.close} />`}
  <//>`;
}

/** @param {{ objective: any, parents: any[], set: (parents: any[]) => Promise<void>, onClose: () => void }} props */
function Align({ objective, parents, set, onClose }) {
  const { path } = useHere();
  const others = useResource(`${path}/okr/objectives`, { cycle_id: objective.cycle_id, limit: 200 });
  const taken = new Set([objective.id, ...parents.map((each) => each.objective_id)]);
  const shown = () => {
    const free = others.data.items.filter((/** @type {any} */ each) => !taken.has(each.id));
    if (free.length === 0) return html`<${Empty} title=${t.noOthers} icon="goal" />`;
    const fields = [
      { name: "objective_id", label: t.alignTo, type: "select", options: free.map((/** @type {any} */ each) => [each.id, each.title]) },
      { name: "weight", label: t.weight, type: "number", min: 1, max: 100, required: true },
    ];
    return html`<${Form} fields=${fields} values=${{ weight: 1 }} action=${t.align} onCancel=${onClose} onSubmit=${async (/** @type {any} */ values) => {
      await set([...parents, values]);
      onClose();
    }} />`;
  };
  return html`<${Dialog} title=${t.align} onClose=${onClose}><${Shown} of=${others}>${shown}<//><//>`;
}

/** @param {{ objective: any, etag: string | null, address: string, onClose: () => void, onDone: () => Promise<void> }} props */
function Edit({ objective, etag, address, onClose, onDone }) {
  const { path } = useHere();
  const { was, save, theirs } = useEdit(address, objective, etag);
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "title", label: t.objective, required: true, maxLength: 300 },
    { name: "description", label: t.description, type: "textarea", maxLength: 10000 },
    { name: "level", label: t.level, type: "select", options: Object.entries(t.levels) },
    memberField(path, { name: "owner_id", label: t.owner }),
  ];
  const submit = async (/** @type {any} */ values, /** @type {any} */ how) => {
    await save(values, how);
    toast(c.saved);
    onClose();
    await onDone();
  };
  return html`<${Dialog} title=${t.editObjective} onClose=${onClose}>
    ${was.state === "IN_APPROVAL" && html`<p class="notice">${t.voids}</p>`}
    <${Form} fields=${fields} values=${was} action=${c.save} onCancel=${onClose} onSubmit=${submit} onConflict=${theirs} />
  <//>`;
}

/** @param {{ address: string, turn: number, isOpen: boolean }} props */
function Comments({ address, turn, isOpen }) {
  const { path, may } = useHere();
  const comments = usePages(`${address}/comments`);
  useAnew(comments, turn);
  const [round, setRound] = useState(0);
  const end = (/** @type {any} */ each) => attempt(async () => {
    await remove(`${path}/okr/comments/${each.id}`);
    await comments.reload();
  });
  const say = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    await post(`${address}/comments`, values, { key });
    setRound((was) => was + 1);
    await comments.reload();
  };
  const editing = useDialog("comment");
  const ending = useDialog("comment-delete");
  const canEdit = (/** @type {any} */ each) => isOpen && may("objective_comment.update") && each.created_by === me.value?.user.user_id;
  const edited = comments.items.find((each) => each.id === editing.item);
  const canDelete = (/** @type {any} */ each) => isOpen && may("objective_comment.delete") && (each.created_by === me.value?.user.user_id || may("objective.trash"));
  const listed = () =>
    comments.items.length === 0
      ? html`<p class="about">${t.noComments}</p>`
      : html`<ol class="comments">${comments.items.map(
          (each) => html`<li key=${each.id}><${Face} id=${each.created_by} /><div>
            <div class="head"><${Name} id=${each.created_by} /><${Time} at=${each.created_at} short />${each.edited_at && html`<span>${t.edited}</span>`}
              ${canDelete(each) && html`<${Menu} label=${`${c.actions}: ${t.comment}`}>
                ${canEdit(each) && html`<button type="button" onClick=${() => editing.open(each.id)}>${c.edit}</button>`}
                <button type="button" class="danger" onClick=${() => ending.open(each.id)}>${t.commentDelete}</button>
              <//>`}</div>
            <p class="written">${each.body}</p></div></li>`,
        )}</ol>${comments.hasMore && html`<${More} pages=${comments} />`}`;
  return html`<${Section} title=${t.comments}>
    <${Shown} of=${comments}>${listed}<//>
    ${may("objective_comment.add") && isOpen && html`<${Form} key=${round} fields=${COMMENT} action=${t.say} onSubmit=${say} />`}
    ${edited && canEdit(edited) && html`<${EditComment} key=${edited.id} comment=${edited} onClose=${editing.close} onDone=${comments.reload} />`}
    <${About} dialog=${ending} pages=${comments} find=${(/** @type {any} */ each) => each.id === ending.item && canDelete(each)}>${(/** @type {any} */ each) => html`<${Confirm} title=${t.commentDelete} text=${t.commentDeleteText} action=${t.commentDelete} onClose=${ending.close} onConfirm=${() => end(each)} />`}<//>
  <//>`;
}

/** @param {{ comment: any, onClose: () => void, onDone: () => Promise<unknown> }} props */
function EditComment({ comment, onClose, onDone }) {
  const { path } = useHere();
  const address = `${path}/okr/comments/${comment.id}`;
  const { was, save, theirs } = useEdit(address, comment, comment.version);
  const submit = async (/** @type {any} */ values, /** @type {any} */ how) => {
    await save(values, how);
    onClose();
    await onDone();
  };
  return html`<${Dialog} title=${t.commentEdit} onClose=${onClose}>
    <${Form} fields=${COMMENT} values=${was} action=${c.save} onCancel=${onClose} onSubmit=${submit} onConflict=${theirs} />
  <//>`;
}

/** @param {{ address: string, turn: number }} props */
function Activity({ address, turn }) {
  const activity = usePages(`${address}/activity`, {}, 20);
  useAnew(activity, turn);
  return html`<${Section} title=${t.activity}>
    <${Shown} of=${activity}>${() => html`<ol class="timeline">
        ${activity.items.map((each) => html`<li key=${each.seq}><${Face} id=${each.actor_id} /><span class="grow"><${Name} id=${each.actor_id} /> <span class="what">${changes.said(each.action)}</span></span><${Time} at=${each.at} short /></li>`)}
      </ol>
      ${activity.hasMore && html`<${More} pages=${activity} />`}`}<//>
  <//>`;
}

/** Read again when something has happened to the objective. @param {{ reload: () => unknown }} of @param {number} turn */
function useAnew(of, turn) {
  const [seen, setSeen] = useState(turn);
  if (seen !== turn) {
    setSeen(turn);
    queueMicrotask(of.reload);
  }
}
