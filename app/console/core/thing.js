/** The one thing that a screen is about, kept true to what others do to it. */

import { useEffect, useRef, useState } from "../vendor/ui.js";
import { useResource } from "./data.js";
import { useChanges } from "./live.js";

/** @typedef {import("./live.js").Change} Change */

/**
 * Reads it anew after what happens to it. What was deleted is not asked for any more: `Shown` says that it is gone,
 * until its deletion is taken back.
 * @param {string} type of object, as events name it
 * @param {string} path
 * @param {{ isOf?: (change: Change, data: any) => boolean, onChange?: () => unknown }} [how] isOf: what else is read
 *   anew for; onChange: what else is done then
 */
export function useThing(type, path, { isOf, onChange } = {}) {
  const thing = useResource(path);
  const [isGone, setGone] = useState(false);
  // At once, where a screen is drawn anew only after several changes.
  const wasEnd = useRef(false);
  const waiting = useRef(/** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined));
  const latest = useRef(() => {});
  latest.current = () => {
    thing.reload();
    onChange?.();
  };
  useChanges((change) => {
    const { data } = thing;
    if (data === null) return;
    const isIt = change.object_type === type && change.object_id === data.id;
    const isAround = change.object_type === "project" && change.object_id === data.project_id;
    if (!isIt && !isAround && (wasEnd.current || !isOf?.(change, data))) return;
    clearTimeout(waiting.current);
    const isEnd = (isIt || isAround) && /^[^.]+\.(deleted|removed)$/.test(change.type);
    wasEnd.current = isEnd;
    setGone(isEnd);
    // Many changes at once are one reading.
    if (!isEnd) waiting.current = setTimeout(() => latest.current(), 120);
  });
  useEffect(() => {
    wasEnd.current = false;
    setGone(false);
    return () => clearTimeout(waiting.current);
  }, [path]);
  return { ...thing, isGone };
}
