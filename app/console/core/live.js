/**
 * What happens in a workspace, as it does: one socket for the one that is shown. A connection that is lost is
 * taken up again where it was left, so that nothing is missed; meanwhile `connection` says so.
 */

import { signal, useEffect, useRef } from "../vendor/ui.js";
import { addressOf, post, signedOut } from "./api.js";

/**
 * @typedef {object} Change
 * @property {number} seq
 * @property {string} type
 * @property {string} actor_id
 * @property {string} object_type
 * @property {string} object_id
 * @property {string} at
 * @property {string | null} project_id
 * @property {string | null} status
 * @property {any} data
 */

/** "idle" where no workspace is shown, "ended" where it may not be followed any more. */
export const connection = signal(/** @type {"idle" | "connecting" | "live" | "lost" | "ended"} */ ("idle"));

/** Who is there, by id. */
export const present = signal(/** @type {ReadonlySet<string>} */ (new Set()));

/** The number of the last event that came, or that it began after; null until then. */
export const position = signal(/** @type {number | null} */ (null));

const SIGNED_OUT = 4401;
const FORBIDDEN = 4403;
const GONE = 4404;
const RESTART = 1012;

/** @type {Set<(change: Change) => void>} */
const listeners = new Set();
let workspaceId = /** @type {string | null} */ (null);
let socket = /** @type {WebSocket | null} */ (null);
let turn = 0;
let failures = 0;
let timer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);

/** Follows this workspace from now on, and no other. @param {string | null} id */
export function follow(id) {
  if (id === workspaceId) return;
  workspaceId = id;
  position.value = null;
  present.value = new Set();
  failures = 0;
  close();
  if (id === null) connection.value = "idle";
  else open();
}

function close() {
  turn += 1;
  clearTimeout(timer);
  socket?.close();
  socket = null;
}

async function open() {
  const mine = ++turn;
  if (connection.value !== "lost") connection.value = "connecting";
  const path = `/workspaces/${encodeURIComponent(workspaceId ?? "")}`;
  let ticket;
  try {
    ({ ticket } = await post(`${path}/ws-tickets`));
  } catch (error) {
    const status = /** @type {import("./api.js").ApiError} */ (error).status;
    if (mine === turn) ended(status === 401 ? SIGNED_OUT : status === 403 ? FORBIDDEN : status === 404 ? GONE : 0);
    return;
  }
  if (mine !== turn) return;
  const address = addressOf(`${path}/ws`);
  address.searchParams.set("ticket", ticket);
  if (position.value !== null) address.searchParams.set("since", String(position.value));
  address.protocol = address.protocol.replace("http", "ws");
  socket = new WebSocket(address);
  socket.onmessage = ({ data }) => mine === turn && heard(JSON.parse(data));
  socket.onclose = ({ code }) => mine === turn && ended(code);
}

/** @param {number} code */
function ended(code) {
  socket = null;
  if (code === SIGNED_OUT) signedOut.value = true;
  if (code === SIGNED_OUT || code === FORBIDDEN || code === GONE) {
    connection.value = "ended";
    return;
  }
  connection.value = "lost";
  failures += 1;
  const seconds = code === RESTART && failures === 1 ? 0.2 : Math.min(15, 0.5 * 2 ** (failures - 1));
  timer = setTimeout(open, seconds * (0.75 + Math.random() / 2) * 1000);
}

/** @param {any} frame */
function heard(frame) {
  if (typeof frame.seq === "number") position.value = frame.seq;
  if (frame.type === "ready") {
    failures = 0;
    connection.value = "live";
  } else if (frame.type === "presence") {
    present.value = new Set(frame.user_ids);
  } else if (frame.type === "presence.joined") {
    present.value = new Set([...present.value, frame.user_id]);
  } else if (frame.type === "presence.left") {
    present.value = new Set([...present.value].filter((each) => each !== frame.user_id));
  } else if (frame.type !== "position" && frame.type !== "pong") {
    for (const each of [...listeners]) each(frame);
  }
}

addEventListener("online", () => {
  if (connection.value !== "lost") return;
  clearTimeout(timer);
  open();
});

/**
 * Calls `hear` for each change that comes while the component is shown.
 * @param {(change: Change) => void} hear
 */
export function useChanges(hear) {
  const latest = useRef(hear);
  latest.current = hear;
  useEffect(() => {
    const listener = (/** @type {Change} */ change) => latest.current(change);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }, []);
}

/**
 * Reads something anew after changes of these types of objects; many at once are one reading.
 * @param {string[]} objectTypes
 * @param {() => unknown} reload
 */
export function useReloadOn(objectTypes, reload) {
  const waiting = useRef(/** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined));
  const latest = useRef(reload);
  latest.current = reload;
  useChanges((change) => {
    if (!objectTypes.includes(change.object_type)) return;
    clearTimeout(waiting.current);
    waiting.current = setTimeout(() => latest.current(), 120);
  });
  useEffect(() => () => clearTimeout(waiting.current), []);
}

const SHORT = 800;
const LONG = 5000;

/**
 * Does something a moment after changes, for what the service works out from them then: who is told, what is sent.
 * Many at once are one time, and one more for those that came meanwhile, ever later while they go on. While the page
 * is not looked at nothing is done; then it is, if there were any.
 * @param {() => unknown} work
 */
export function useAftermath(work) {
  const latest = useRef(work);
  latest.current = work;
  useEffect(() => {
    let timer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
    let isDue = false;
    let pause = SHORT;
    const wait = () => {
      timer = setTimeout(end, pause);
    };
    const end = () => {
      timer = undefined;
      if (!isDue || document.hidden) {
        pause = SHORT;
        return;
      }
      isDue = false;
      latest.current();
      pause = Math.min(LONG, 2 * pause);
      wait();
    };
    const hear = () => {
      isDue = true;
      if (timer === undefined && !document.hidden) wait();
    };
    const look = () => {
      if (isDue && timer === undefined && !document.hidden) end();
    };
    listeners.add(hear);
    document.addEventListener("visibilitychange", look);
    return () => {
      listeners.delete(hear);
      document.removeEventListener("visibilitychange", look);
      clearTimeout(timer);
    };
  }, []);
}
