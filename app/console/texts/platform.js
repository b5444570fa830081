/** What the platform's administrators see and do. */
import { number } from "../core/texts.js";

export default {
  title: "Platform",
  about: "All organisations and people of this installation. What you do here stands in the platform's own log.",
  views: "Parts of the platform",
  organizations: "Organisations",
  people: "People",
  workspaces: "Workspaces",
  log: "Log",
  name: "Name",
  nameBegins: "Name begins with",
  slug: "Short name",
  email: "Mail address",
  status: "Status",
  anyStatus: "Any status",
  held: "Held by",
  /** @type {Record<string, string>} */
  holders: { workspace: "Workspace", organization: "Organisation", platform: "Platform" },
  /** @type {Record<string, string>} */
  accounts: { ACTIVE: "Active", DEACTIVATED: "Deactivated", SUSPENDED: "Suspended", ARCHIVED: "Archived", ERASED: "Erased" },
  seen: "Last here",
  expected: "Has not signed in yet",
  admin: "Platform administrator",
  created: "Made",
  none: "Nothing is so",
  noneMore: "Change what you search for.",
  suspend: "Suspend",
  activate: "Put back",
  /** @type {Record<string, string>} */
  texts: {
    suspend: "It is stopped at once, and only the platform's administrators put it back.",
    activate: "It goes on as it was before it was stopped.",
  },
  reason: "Reason",
  reasonHint: "Stands in the log.",
  done: "Done",
  limits: "Limits",
  limitsAbout: "Empty is no limit. Nothing that is there is taken away.",
  plan: "Plan",
  seats: "People",
  files: "Bytes of files",
  requests: "Requests a minute",
  /** @param {number} used */
  used: (used) => `Used now: ${number(used)}`,
  workspaceAbout: "A workspace is stopped, and put back, by its id: the platform sees no list of them.",
  act: "Do so",
  workspaceId: "Id of the workspace",
  action: "Action",
};
