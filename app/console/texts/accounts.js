/** Accounts of people: what they are, and what they were. */
export default {
  status: "Status",
  /** @type {Record<string, string>} */
  statuses: { ACTIVE: "Active", DEACTIVATED: "Deactivated", SUSPENDED: "Suspended", ARCHIVED: "Archived", ERASED: "Erased" },
  history: "What the account was",
  noHistory: "It has been active since it was made",
  reason: "Reason",
  reasonHint: "For the history: they may read it, and whoever administers them.",
  by: "By",
  at: "When",
  stop: "Stop the account",
  /** @type {Record<string, string>} */
  stops: { deactivate: "Deactivate: they have left", suspend: "Suspend: under suspicion" },
  how: "How",
  stopText: "They are signed out everywhere at once, and nobody signs in to the account until it is put back. That is for whoever administers every organisation of theirs, and for the platform's administrators.",
  activate: "Put the account back",
  activateText: "They may sign in again, and have all that they had.",
  done: "Done",
};
