/** The list of workspaces, and what one is. */
export default {
  title: "Workspaces",
  about: "Each has its own members, projects and audit log.",
  list: "Your workspaces",
  show: "Show",
  /** @type {Record<string, string>} */
  filters: { "": "In work", archived: "Archived too", deleted: "Deleted, to restore" },
  create: "New workspace",
  created: "The workspace is there",
  none: "No workspace yet",
  noneMore: "Make one, or have somebody invite you to theirs.",
  noneDeleted: "Nothing was deleted",
  invitations: "Invitations for you",
  accept: "Accept",
  decline: "Decline",
  /** @param {string} role */
  asRole: (role) => `as ${role}`,
  restore: "Restore",
  restored: "The workspace is back",
  name: "Name",
  description: "Description",
  role: "Your role",
  status: "Status",
  createdAt: "Made",
};
