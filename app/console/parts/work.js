/** States of work: how they look, and which follows which. */

/** @type {Record<string, string>} */
export const STATE_KINDS = { TODO: "plain", IN_PROGRESS: "info", BLOCKED: "bad", DONE: "good" };

/**
 * As the service has it (app/core/task_states.py); a test holds one to the other.
 * @type {Record<string, string[]>}
 */
export const NEXT = { TODO: ["IN_PROGRESS"], IN_PROGRESS: ["BLOCKED", "DONE"], BLOCKED: ["IN_PROGRESS"], DONE: [] };

/** Where a person may move a task to. @param {{ state: string, blocked_by: string | null }} task */
export const allowed = (task) => (task.blocked_by === "DEPENDENCY" ? [] : NEXT[task.state]);

/** @type {Record<string, string>} */
export const FLOW_KINDS = { RUNNING: "info", PAUSED: "warn", COMPLETED: "good", CANCELLED: "plain" };
