/** A board: cards are dragged, or moved by their menu, and are where others put them as they do. */

import { Component, html, useEffect, useMemo, useRef } from "../vendor/ui.js";
import { patch, post, remove } from "../core/api.js";
import { useResource } from "../core/data.js";
import { useLanes } from "../core/lanes.js";
import { Face, nameOf } from "../core/people.js";
import { go } from "../core/router.js";
import { style } from "../core/style.js";
import { texts } from "../core/texts.js";
import { useThing } from "../core/thing.js";
import { date } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { Confirm, Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Icon } from "../parts/icons.js";
import { Menu } from "../parts/menu.js";
import { Badge, Page } from "../parts/page.js";
import { Empty, Shown } from "../parts/states.js";
import { attempt, toast } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/board.js";
import { combine, draggable, dropTargetForElements, monitorForElements } from "../vendor/drag.js";

await style("board");
const t = texts("board", english);
const c = texts("common", common);

/** @typedef {(task: any, columnId: string, after: string | null | undefined) => Promise<boolean>} Move */

/** @param {{ params: { board: string } }} props */
export default function BoardScreen({ params }) {
  const { path } = useHere();
  const board = useThing("board", `${path}/boards/${encodeURIComponent(params.board)}`, { isOf: (change) => change.object_type === "column" });
  return html`<${Shown} of=${board}>${() => html`<${Board} board=${board.data} reload=${board.reload} />`}<//>`;
}

/** @param {{ board: any, reload: () => Promise<void> }} props */
function Board({ board, reload }) {
  const { path, may, at, workspace } = useHere();
  const project = useResource(`${path}/projects/${board.project_id}`);
  const { lanes, more, move, place, reload: reloadLane } = useLanes(path, board);
  const adding = useDialog("add");
  const column = useDialog("column");
  const ending = useDialog("end");
  const renaming = useDialog("rename");
  const deleting = useDialog("delete");
  const canChange = may("board.update") && workspace.status === "ACTIVE";
  const canMove = may("task.move") && workspace.status === "ACTIVE";
  const latest = useRef({ lanes, move });
  latest.current = { lanes, move };

  useEffect(
    () =>
      monitorForElements({
        onDrop: ({ source, location }) => {
          const [target] = location.current.dropTargets;
          if (!target) return;
          const task = /** @type {any} */ (source.data.task);
          const { columnId, taskId, isBefore } = /** @type {any} */ (target.data);
          if (taskId === task.id) return;
          const items = latest.current.lanes.get(columnId)?.items.filter((each) => each.id !== task.id) ?? [];
          const found = items.findIndex((each) => each.id === taskId);
          // Below the last card is the end of the column, also of what is not shown yet.
          const after = found === -1 ? undefined : isBefore ? (items[found - 1]?.id ?? null) : taskId;
          latest.current.move(task, columnId, after);
        },
      }),
    [],
  );
  const say = /** @type {Move} */ (
    async (task, columnId, after) => {
      const isDone = await latest.current.move(task, columnId, after);
      const name = board.columns.find((/** @type {any} */ each) => each.id === columnId)?.name;
      if (isDone) toast(t.moved(task.key, name));
      return isDone;
    }
  );
  const moveByKey = useMemo(() => say, [board]);
  const actions = canChange && html`<button type="button" class="secondary" onClick=${() => column.open("new")}><${Icon} name="plus" />${t.addColumn}</button>
    <${Menu} label=${c.actions}>
      <button type="button" onClick=${() => renaming.open()}>${t.rename}</button>
      ${may("board.delete") && html`<button type="button" class="danger" onClick=${() => deleting.open()}>${t.delete}</button>`}
    <//>`;
  const crumb = { label: project.data?.name ?? t.project, address: at(`projects/${board.project_id}`) };
  const chosen = (/** @type {string | null} */ id) => board.columns.find((/** @type {any} */ each) => each.id === id);
  const target = chosen(adding.item);
  return html`<${Page} title=${board.name} crumb=${crumb} actions=${actions}>
    ${
      board.columns.length === 0
        ? html`<${Empty} title=${t.none} text=${t.noneMore} icon="board">${canChange && html`<button type="button" onClick=${() => column.open("new")}>${t.addColumn}</button>`}<//>`
        : html`<div class="board" role="region" aria-label=${t.board} tabindex="0">
            ${board.columns.map(
              (/** @type {any} */ each) => html`<${LaneView} key=${each.id} column=${each} board=${board} lane=${lanes.get(each.id)} canChange=${canChange} canMove=${canMove}
                canAdd=${may("task.create") && workspace.status === "ACTIVE"} move=${moveByKey} onMore=${() => more(each.id)} onAdd=${() => adding.open(each.id)} onEdit=${() => column.open(each.id)} onEnd=${() => ending.open(each.id)} at=${at} />`,
            )}
          </div>`
    }
    ${adding.isOpen && target && html`<${Add} column=${target} onClose=${adding.close} onDone=${(/** @type {any} */ task) => {
      place(task, target.id, undefined);
      reload();
    }} />`}
    ${column.isOpen && canChange && html`<${Edit} column=${chosen(column.item)} board=${board} onClose=${column.close} onDone=${reload} />`}
    ${ending.isOpen && canChange && chosen(ending.item) && html`<${End} column=${chosen(ending.item)} board=${board} onClose=${ending.close} onDone=${async (/** @type {string | null} */ to) => {
      await reload();
      if (to) reloadLane(to);
    }} />`}
    ${renaming.isOpen && canChange && html`<${Dialog} title=${t.renameTitle} onClose=${renaming.close}>
      <${Form} fields=${[{ name: "name", label: t.name, required: true, maxLength: 200 }]} values=${board} action=${c.save} onCancel=${renaming.close} onSubmit=${async (/** @type {any} */ values) => {
        await patch(`${path}/boards/${board.id}`, values, { match: board.version });
        await reload();
        renaming.close();
      }} />
    <//>`}
    ${deleting.isOpen && html`<${Confirm} title=${t.delete} text=${t.deleteText} action=${c.delete} onClose=${deleting.close}
      onConfirm=${async () => (await attempt(() => remove(`${path}/boards/${board.id}`))) && go(at(`projects/${board.project_id}`))} />`}
  <//>`;
}

/**
 * @param {{ column: any, board: any, lane: import("../core/lanes.js").Lane | undefined, canChange: boolean, canMove: boolean, canAdd: boolean, move: Move, onMore: () => void, onAdd: () => void, onEdit: () => void, onEnd: () => void, at: (path: string) => string }} props
 */
function LaneView({ column, board, lane, canChange, canMove, canAdd, move, onMore, onAdd, onEdit, onEnd, at }) {
  const element = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const section = element.current;
    if (!section || !canMove) return undefined;
    return dropTargetForElements({
      element: section,
      getData: () => ({ columnId: column.id }),
      onDragEnter: () => section.classList.add("over"),
      onDragLeave: () => section.classList.remove("over"),
      onDrop: () => section.classList.remove("over"),
    });
  }, [column.id, canMove]);
  const items = lane?.items ?? [];
  const count = lane && !lane.cursor ? items.length : Math.max(items.length, column.task_count);
  const isFull = column.wip_limit !== null && count >= column.wip_limit;
  const words = t.count(count, column.wip_limit);
  return html`<section class="lane" ref=${element} aria-label=${`${column.name}: ${words}`}>
    <header>
      <h2 title=${column.name}>${column.name}</h2>
      <${Badge} kind=${isFull ? "warn" : "plain"}><span title=${isFull ? t.full : words}>${column.wip_limit === null ? count : `${count}/${column.wip_limit}`}</span><//>
      ${canAdd && html`<button type="button" class="plain" aria-label=${t.addTask(column.name)} title=${t.addTask(column.name)} onClick=${onAdd}><${Icon} name="plus" /></button>`}
      ${canChange && html`<${Menu} label=${`${t.columnActs}: ${column.name}`}>
        <button type="button" onClick=${onEdit}>${t.editColumn}</button>
        <button type="button" class="danger" onClick=${onEnd}>${t.deleteColumn}</button>
      <//>`}
    </header>
    <ol class="cards" tabindex="0" aria-label=${column.name}>
      ${items.map((task, i) => html`<${Card} key=${task.id} task=${task} columnId=${column.id} columns=${board.columns} canMove=${canMove} move=${move} at=${at}
        before=${items[i - 2]?.id ?? null} hasUp=${i > 0} next=${items[i + 1]?.id ?? null} />`)}
      ${items.length === 0 && lane && !lane.isLoading && html`<li class="empty-lane">${t.empty}</li>`}
      ${lane?.cursor && html`<li class="empty-lane"><button type="button" class="secondary small" disabled=${lane.isLoading} onClick=${onMore}>${t.more}</button></li>`}
    </ol>
  </section>`;
}

/**
 * One of perhaps a thousand, so it is made anew only if something of it changed.
 * `before`: what it goes behind to be one higher; `next`: to be one lower.
 */
class Card extends Component {
  /** @param {any} next */
  shouldComponentUpdate(next) {
    const now = /** @type {any} */ (this.props);
    return ["task", "columnId", "columns", "canMove", "move", "before", "hasUp", "next"].some((name) => next[name] !== now[name]);
  }

  /** @param {HTMLElement | null} element */
  hold = (element) => {
    this.release?.();
    this.release = undefined;
    if (!element || !(/** @type {any} */ (this.props).canMove)) return;
    const mark = (/** @type {any} */ self) => {
      element.classList.toggle("before", self.data.isBefore);
      element.classList.toggle("after", !self.data.isBefore);
    };
    const clear = () => element.classList.remove("before", "after");
    this.release = combine(
      draggable({
        element,
        getInitialData: () => ({ task: /** @type {any} */ (this.props).task }),
        onDragStart: () => element.classList.add("dragged"),
        onDrop: () => element.classList.remove("dragged"),
      }),
      dropTargetForElements({
        element,
        getData: ({ input }) => {
          const { top, height } = element.getBoundingClientRect();
          const { task, columnId } = /** @type {any} */ (this.props);
          return { columnId, taskId: task.id, isBefore: input.clientY < top + height / 2 };
        },
        onDragEnter: ({ self }) => mark(self),
        onDrag: ({ self }) => mark(self),
        onDragLeave: clear,
        onDrop: clear,
      }),
    );
  };

  /** @type {(() => void) | undefined} */
  release;

  render() {
    const { task, columnId, columns, canMove, move, before, hasUp, next, at } = /** @type {any} */ (this.props);
    const isLate = task.due_at && task.state !== "DONE" && new Date(task.due_at) < new Date();
    const acts = () => html`
      ${hasUp && html`<button type="button" onClick=${() => move(task, columnId, before)}>${t.up}</button>`}
      ${next && html`<button type="button" onClick=${() => move(task, columnId, next)}>${t.down}</button>`}
      ${columns
        .filter((/** @type {any} */ each) => each.id !== columnId)
        .map((/** @type {any} */ each) => html`<button type="button" key=${each.id} onClick=${() => move(task, each.id, undefined)}>${t.moveTo} ${each.name}</button>`)}`;
    return html`<li class="card-task" ref=${this.hold}>
      <div class="top"><span>${task.key}</span>${canMove && html`<${Menu} label=${t.acts(task.key)} of=${acts} />`}</div>
      <p><a href=${at(`tasks/${task.id}`)} draggable="false">${task.title}</a></p>
      <div class="foot">
        ${task.priority === "urgent" || task.priority === "high" ? html`<${Badge} kind=${task.priority === "urgent" ? "bad" : "warn"}>${c.priorities[task.priority]}<//>` : null}
        ${task.state === "BLOCKED" && html`<${Badge} kind="bad">${c.states.BLOCKED}<//>`}
        ${task.due_at && html`<span class=${isLate ? "wrong" : ""}>${date(task.due_at)}${isLate ? `, ${t.overdue}` : ""}</span>`}
        ${task.assignee_id && html`<span title=${nameOf(task.assignee_id)} class="grow"><${Face} id=${task.assignee_id} /></span>`}
      </div>
    </li>`;
  }
}

/** @type {[string, string][]} */
const PRIORITIES = ["normal", "low", "high", "urgent"].map((each) => [each, c.priorities[each]]);

/** @param {{ column: any, onClose: () => void, onDone: (task: any) => void }} props */
function Add({ column, onClose, onDone }) {
  const { path } = useHere();
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "title", label: t.title, required: true, maxLength: 300 },
    { name: "priority", label: t.priority, type: "select", options: PRIORITIES },
    { name: "due_at", label: t.due, type: "datetime-local" },
  ];
  return html`<${Dialog} title=${t.addTask(column.name)} onClose=${onClose}>
    <${Form} fields=${fields} action=${t.add} onCancel=${onClose} onSubmit=${async (/** @type {any} */ values, /** @type {any} */ { key }) => {
      const task = await post(`${path}/columns/${column.id}/tasks`, values, { key });
      onClose();
      onDone(task);
    }} />
  <//>`;
}

/** A new column, or another name, state, limit or place of one. @param {{ column: any, board: any, onClose: () => void, onDone: () => unknown }} props */
function Edit({ column, board, onClose, onDone }) {
  const { path } = useHere();
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "name", label: t.name, required: true, maxLength: 200 },
    { name: "maps_to_state", label: t.stands, type: "select", options: [["", t.noState], ...Object.entries(c.states)] },
    { name: "wip_limit", label: t.limit, hint: t.limitHint, type: "number", min: 1 },
  ];
  const order = board.columns;
  const index = order.indexOf(column);
  const shift = (/** @type {string | null} */ after) => attempt(async () => {
    await patch(`${path}/columns/${column.id}`, { after });
    await onDone();
    onClose();
  });
  const submit = async (/** @type {any} */ values, /** @type {any} */ { key, isForced }) => {
    if (column) await patch(`${path}/columns/${column.id}`, values, { match: isForced ? null : column.version });
    else await post(`${path}/boards/${board.id}/columns`, values, { key });
    await onDone();
    onClose();
  };
  return html`<${Dialog} title=${column ? t.editColumn : t.addColumn} onClose=${onClose}>
    <${Form} fields=${fields} values=${column ?? {}} action=${column ? c.save : c.create} onCancel=${onClose} onSubmit=${submit}>
      ${column && html`<div class="actions">
        ${index > 0 && html`<button type="button" class="secondary small" onClick=${() => shift(order[index - 2]?.id ?? null)}>${t.left}</button>`}
        ${index < order.length - 1 && html`<button type="button" class="secondary small" onClick=${() => shift(order[index + 1].id)}>${t.right}</button>`}
      </div>`}
    <//>
  <//>`;
}

/** @param {{ column: any, board: any, onClose: () => void, onDone: (to: string | null) => unknown }} props */
function End({ column, board, onClose, onDone }) {
  const { path } = useHere();
  const others = board.columns.filter((/** @type {any} */ each) => each.id !== column.id);
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [{ name: "move_to", label: t.deleteTo, type: "select", options: [["", t.noState], ...others.map((/** @type {any} */ each) => [each.id, each.name])] }];
  return html`<${Dialog} title=${t.deleteColumn} onClose=${onClose}>
    <p><strong>${column.name}</strong></p>
    <p>${t.deleteColumnText}</p>
    <${Form} fields=${fields} values=${{ move_to: others[0]?.id }} action=${c.delete} onCancel=${onClose} onSubmit=${async (/** @type {any} */ values) => {
      await remove(`${path}/columns/${column.id}`, { query: { move_to: values.move_to } });
      onClose();
      await onDone(values.move_to);
    }} />
  <//>`;
}
