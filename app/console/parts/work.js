/** How states of work look, wherever they stand. */

/** @type {Record<string, string>} */
export const STATE_KINDS = { TODO: "plain", IN_PROGRESS: "info", BLOCKED: "bad", DONE: "good" };
