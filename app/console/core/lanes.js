/** The tasks of a board, column by column and page by page, kept true to what others do. */

import { useEffect, useRef, useState } from "../vendor/ui.js";
import { get, post } from "./api.js";
import { useChanges } from "./live.js";
import { me } from "./session.js";
import { complain } from "../parts/toast.js";

const PAGE = 100;
const OWN_ECHO = 4000;

/** @typedef {{ items: any[], cursor: string | null, isLoading: boolean }} Lane */

/**
 * @param {string} path /workspaces/<id>
 * @param {any} board with its columns
 */
export function useLanes(path, board) {
  const [lanes, setLanes] = useState(/** @type {Map<string, Lane>} */ (new Map()));
  const now = useRef(lanes);
  now.current = lanes;
  const own = useRef(/** @type {Map<string, number>} */ (new Map()));
  const changed = useRef(/** @type {Map<string, "other" | "moved" | "gone">} */ (new Map()));
  const timer = useRef(/** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined));

  const set = (/** @type {string} */ id, /** @type {Partial<Lane>} */ part) =>
    setLanes((was) => new Map(was).set(id, { ...(was.get(id) ?? { items: [], cursor: null, isLoading: false }), ...part }));

  const read = async (/** @type {string} */ id, /** @type {any[]} */ before, /** @type {string | null} */ from, /** @type {number} */ least) => {
    set(id, { isLoading: true });
    try {
      let items = before;
      let cursor = from;
      do {
        const page = await get(`${path}/columns/${id}/tasks`, { limit: Math.min(200, Math.max(PAGE, least - items.length)), cursor });
        items = [...items, ...page.items];
        cursor = page.next_cursor ?? null;
      } while (cursor && items.length < least);
      set(id, { items, cursor, isLoading: false });
    } catch (error) {
      complain(error);
      set(id, { isLoading: false });
    }
  };
  const reload = (/** @type {string} */ id) => read(id, [], null, now.current.get(id)?.items.length ?? 0);
  const more = (/** @type {string} */ id) => {
    const lane = now.current.get(id);
    if (lane) read(id, lane.items, lane.cursor, 0);
  };
  const ids = board.columns.map((/** @type {any} */ each) => each.id).join();
  useEffect(() => {
    for (const each of board.columns) if (!now.current.has(each.id)) reload(each.id);
  }, [ids]);

  const laneOf = (/** @type {string} */ taskId) => [...now.current].find(([, lane]) => lane.items.some((each) => each.id === taskId))?.[0] ?? null;

  /** Takes a task out of where it is and, if there is a column for it, puts it behind another: null is first. */
  const place = (/** @type {any} */ task, /** @type {string | null} */ columnId, /** @type {string | null | undefined} */ after) =>
    setLanes((was) => {
      const next = new Map(was);
      for (const [id, lane] of next) {
        const items = lane.items.filter((each) => each.id !== task.id);
        if (items.length !== lane.items.length) next.set(id, { ...lane, items });
      }
      const lane = columnId === null ? undefined : next.get(columnId);
      if (lane && columnId !== null) {
        const at = after === null ? 0 : after === undefined ? lane.items.length : lane.items.findIndex((each) => each.id === after) + 1;
        next.set(columnId, { ...lane, items: lane.items.toSpliced(at, 0, task) });
      }
      return next;
    });
  const replace = (/** @type {any} */ task) =>
    setLanes((was) => {
      const next = new Map(was);
      for (const [id, lane] of next) {
        if (lane.items.some((each) => each.id === task.id)) next.set(id, { ...lane, items: lane.items.map((each) => (each.id === task.id ? task : each)) });
      }
      return next;
    });

  /** Moves it at once, and back if the service says no. Answers whether it moved. */
  const move = async (/** @type {any} */ task, /** @type {string} */ columnId, /** @type {string | null | undefined} */ after) => {
    const from = laneOf(task.id);
    own.current.set(task.id, Date.now());
    place(task, columnId, after);
    try {
      replace(await post(`${path}/tasks/${task.id}/move`, { column_id: columnId, ...(after === undefined ? {} : { after }) }));
      own.current.set(task.id, Date.now());
      return true;
    } catch (error) {
      complain(error);
      for (const id of new Set([from, columnId])) if (id) reload(id);
      return false;
    }
  };

  const settle = async () => {
    const waiting = changed.current;
    changed.current = new Map();
    /** @type {Set<string>} */
    const stale = new Set();
    if (waiting.size > 20) {
      for (const id of now.current.keys()) stale.add(id);
    } else {
      for (const [id, what] of waiting) {
        const from = laneOf(id);
        let task = null;
        try {
          if (what !== "gone") task = await get(`${path}/tasks/${id}`);
        } catch {
          // No longer for this reader.
        }
        if (task === null) place({ id }, null, undefined);
        else if (what === "moved" || task.column_id !== from) {
          if (from) stale.add(from);
          if (task.column_id && now.current.has(task.column_id)) stale.add(task.column_id);
        } else replace(task);
      }
    }
    for (const id of stale) reload(id);
  };
  useChanges((change) => {
    if (change.object_type !== "task" || change.project_id !== board.project_id) return;
    const mine = own.current.get(change.object_id) ?? 0;
    if (change.actor_id === me.value?.user.user_id && Date.now() - mine < OWN_ECHO) return;
    const isMoved = change.type === "task.moved" || changed.current.get(change.object_id) === "moved";
    changed.current.set(change.object_id, change.type === "task.deleted" ? "gone" : isMoved ? "moved" : "other");
    clearTimeout(timer.current);
    timer.current = setTimeout(settle, 100);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  return { lanes, more, move, place, reload };
}
