/** Words that many screens say. */
import { plural } from "../core/texts.js";

export default {
  loading: "Loading",
  more: "Show more",
  newer: "There is something new: show it",
  close: "Close",
  cancel: "Cancel",
  save: "Save",
  create: "Create",
  delete: "Delete",
  edit: "Edit",
  actions: "Actions",
  optional: "optional",
  none: "None",
  yes: "Yes",
  no: "No",
  nobody: "Nobody",
  service: "PM Assist",
  saved: "Saved",
  dismiss: "Dismiss",
  find: "Find",
  copy: "Copy",
  copied: "Copied",
  working: "Working",
  waiting: "waits for its turn",
  tryAgain: "Try again",
  /** @param {number} count */
  shown: (count) => `${plural(count, "row", "rows")} shown`,
  notListed: "It is not in this list",
  notListedMore: "What the address names is not among what is listed here: it may be gone, or further down. Nothing was done.",
  conflict: "Somebody else changed this meanwhile",
  conflictMore: "Below is what you wrote beside what it is now. Choose which one counts.",
  field: "Field",
  yours: "Yours",
  theirs: "Now",
  keepYours: "Save mine over it",
  takeTheirs: "Take what is there",
  /** @type {Record<string, string>} */
  roles: { OWNER: "Owner", ADMIN: "Admin", MEMBER: "Member", VIEWER: "Viewer" },
  /** @type {Record<string, string>} */
  states: { TODO: "To do", IN_PROGRESS: "In progress", BLOCKED: "Blocked", DONE: "Done" },
  /** @type {Record<string, string>} */
  priorities: { low: "Low", normal: "Normal", high: "High", urgent: "Urgent" },
  /** @type {Record<string, string>} */
  statuses: { ACTIVE: "Active", SUSPENDED: "Suspended", ARCHIVED: "Archived" },
};
