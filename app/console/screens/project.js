/** One project: its boards, its tasks by state, its members. */

import { html } from "../vendor/ui.js";
import { post, remove } from "../core/api.js";
import { usePages } from "../core/data.js";
import { useEdit } from "../core/edit.js";
import { useReloadOn } from "../core/live.js";
import { Face } from "../core/people.js";
import { go } from "../core/router.js";
import { me } from "../core/session.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { useThing } from "../core/thing.js";
import { useHere } from "../core/workspace.js";
import { Confirm, Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Icon } from "../parts/icons.js";
import { Menu } from "../parts/menu.js";
import { Badge, Page, Section } from "../parts/page.js";
import { memberField } from "../parts/people.js";
import { Empty, Shown } from "../parts/states.js";
import { More, Table } from "../parts/table.js";
import { attempt, toast } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/projects.js";

const t = texts("projects", english);
const c = texts("common", common);

/** @param {{ params: { project: string } }} props */
export default function Project({ params }) {
  const { path } = useHere();
  const address = `${path}/projects/${encodeURIComponent(params.project)}`;
  const project = useThing("project", address);
  return html`<${Shown} of=${project}>${() => html`<${Inside} project=${project.data} etag=${project.etag} reload=${project.reload} />`}<//>`;
}

/** @param {{ project: any, etag: string | null, reload: () => Promise<void> }} props */
function Inside({ project, etag, reload }) {
  const { path, may, at, workspace } = useHere();
  const address = `${path}/projects/${project.id}`;
  const boards = usePages(`${address}/boards`);
  const members = usePages(`${address}/members`);
  useReloadOn(["board"], boards.reload);
  useReloadOn(["project_member"], members.reload);
  const making = useDialog("board");
  const trash = useDialog("deleted-boards");
  const editing = useDialog("edit");
  const deleting = useDialog("delete");
  const adding = useDialog("member");
  const isOpen = project.status === "ACTIVE" && workspace.status === "ACTIVE";
  const step = (/** @type {string} */ name) => attempt(async () => {
    await post(`${address}/${name}`);
    await reload();
  }, t.done);
  const actions = html`
    ${isOpen && may("project.update") && html`<button type="button" class="secondary" onClick=${() => editing.open()}>${t.edit}</button>`}
    ${may("project.archive") && html`<${Menu} label=${t.more}>
      ${isOpen ? html`<button type="button" onClick=${() => step("archive")}>${t.archive}</button>` : html`<button type="button" onClick=${() => step("restore")}>${t.restore}</button>`}
      <button type="button" class="danger" onClick=${() => deleting.open()}>${t.delete}</button>
    <//>`}`;
  const make = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    const made = await post(`${address}/boards`, values, { key });
    go(at(`boards/${made.id}`), { replace: true });
  };
  const create = isOpen && may("board.create") && html`<button type="button" class="secondary small" onClick=${() => making.open()}>${t.createBoard}</button>`;
  const listed = () =>
    boards.items.length
      ? html`<ul class="tiles">${boards.items.map((each) => html`<li key=${each.id}><a href=${at(`boards/${each.id}`)}><${Icon} name="board" />${each.name}</a></li>`)}</ul>`
      : html`<${Empty} title=${t.noBoards} text=${t.noBoardsMore} icon="board">${create}<//>`;
  const canLetIn = isOpen && may("project_member.add") && (may("project.archive") || project.created_by === me.value?.user.user_id);
  const takeOut = (/** @type {any} */ each) => attempt(async () => {
    await remove(`${address}/members/${encodeURIComponent(each.user_id)}`);
    await members.reload();
  }, t.removed);
  const called = (/** @type {any} */ each) => each.display_name ?? each.user_id;
  const person = (/** @type {any} */ each) => html`<li key=${each.user_id}><${Face} id=${each.user_id} /><span class="grow">${called(each)}</span>
    ${canLetIn && html`<button type="button" class="plain" aria-label=${t.removeMember(called(each))} title=${t.removeMember(called(each))} onClick=${() => takeOut(each)}><${Icon} name="close" /></button>`}</li>`;
  const people = () => (members.items.length ? html`<ul class="people">${members.items.map(person)}</ul>` : html`<p>${t.noMembers}</p>`);
  const here = at("tasks");
  return html`<${Page} title=${project.name} about=${project.description} actions=${actions}>
    ${project.status === "ARCHIVED" && html`<p class="notice"><${Icon} name="warning" /> ${t.archived}</p>`}
    <div class="columns">
      <div>
        <${Section} title=${t.boards} actions=${html`${may("board.trash") && html`<button type="button" class="secondary small" onClick=${() => trash.open()}>${t.deletedBoards}</button>`}${boards.items.length > 0 && create}`}><${Shown} of=${boards}>${listed}<//><//>
        <${Section} title=${t.tasks}>
          <ul class="tiles">
            <li><a href=${`${here}?project_id=${project.id}`}><${Icon} name="task" />${t.allTasks}</a></li>
            ${Object.entries(c.states).map(([state, label]) => html`<li key=${state}><a href=${`${here}?project_id=${project.id}&state=${state}`}>${label}</a></li>`)}
          </ul>
        <//>
      </div>
      <${Section} title=${t.members} actions=${canLetIn && html`<button type="button" class="secondary small" onClick=${() => adding.open()}>${t.addMember}</button>`}>
        <p class="about">${t.visibilities[project.visibility]} <${Badge}>${project.key}<//></p>
        <${Shown} of=${members}>${people}<//>
        ${members.hasMore && html`<${More} pages=${members} />`}
      <//>
    </div>
    ${making.isOpen && create && html`<${Dialog} title=${t.createBoard} onClose=${making.close}>
      <${Form} fields=${[{ name: "name", label: t.name, required: true, maxLength: 200 }]} action=${c.create} onCancel=${making.close} onSubmit=${make} />
    <//>`}
    ${trash.isOpen && may("board.trash") && html`<${DeletedBoards} address=${address} canRestore=${isOpen && may("board.restore")} onClose=${trash.close} />`}
    ${editing.isOpen && isOpen && html`<${Edit} project=${project} etag=${etag} address=${address} onClose=${editing.close} onDone=${reload} />`}
    ${adding.isOpen && canLetIn && html`<${LetIn} address=${address} onClose=${adding.close} onDone=${members.reload} />`}
    ${deleting.isOpen && html`<${Confirm} title=${t.delete} text=${t.deleteText} action=${t.delete} onClose=${deleting.close}
      onConfirm=${async () => (await attempt(() => remove(address), t.done)) && go(at("projects"))} />`}
  <//>`;
}

/** Boards that were deleted, to be taken back. @param {{ address: string, canRestore: boolean, onClose: () => void }} props */
function DeletedBoards({ address, canRestore, onClose }) {
  const { path, at } = useHere();
  const pages = usePages(`${address}/boards`, { deleted: true });
  const restore = async (/** @type {string} */ id) => (await attempt(() => post(`${path}/boards/${id}/restore`), t.boardRestored)) && go(at(`boards/${id}`), { replace: true });
  const columns = [
    { label: t.name, isMain: true, show: (/** @type {any} */ each) => each.name },
    { label: t.changed, show: (/** @type {any} */ each) => html`<${Time} at=${each.updated_at} short />` },
    { label: c.actions, isQuiet: true, show: (/** @type {any} */ each) => canRestore && html`<button type="button" class="secondary small" aria-label=${`${t.restoreDeleted}: ${each.name}`} onClick=${() => restore(each.id)}>${t.restoreDeleted}</button>` },
  ];
  return html`<${Dialog} title=${t.deletedBoards} onClose=${onClose}>
    <${Table} label=${t.deletedBoards} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${t.noDeletedBoards} icon="board" />`} />
  <//>`;
}

/** Somebody of the workspace. @param {{ address: string, onClose: () => void, onDone: () => unknown }} props */
function LetIn({ address, onClose, onDone }) {
  const { path } = useHere();
  return html`<${Dialog} title=${t.addMember} onClose=${onClose}>
    <${Form} fields=${[memberField(path, { name: "user_id", label: t.who })]} action=${t.addMember} onCancel=${onClose} onSubmit=${async (/** @type {any} */ values, /** @type {any} */ { key }) => {
      await post(`${address}/members`, values, { key });
      toast(t.added);
      onClose();
      await onDone();
    }} />
  <//>`;
}

/** @param {{ project: any, etag: string | null, address: string, onClose: () => void, onDone: () => unknown }} props */
function Edit({ project, etag, address, onClose, onDone }) {
  const { was, save, theirs } = useEdit(address, project, etag);
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "name", label: t.name, required: true, maxLength: 200 },
    { name: "key", label: t.key, hint: t.keyHint, required: true, maxLength: 10 },
    { name: "description", label: t.description, type: "textarea" },
  ];
  const submit = async (/** @type {any} */ values, /** @type {any} */ how) => {
    await save(values, how);
    toast(t.saved);
    onClose();
    await onDone();
  };
  return html`<${Dialog} title=${t.editTitle} onClose=${onClose}>
    <${Form} fields=${fields} values=${was} action=${c.save} onCancel=${onClose} onSubmit=${submit} onConflict=${theirs} />
  <//>`;
}
