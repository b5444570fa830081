/** What the screens are called, and the groups of the navigation. */
export default {
  /** @type {Record<string, string>} */
  screens: {
    workspaces: "Workspaces",
    join: "Join",
    notifications: "Notifications",
    preferences: "Preferences",
    me: "My profile",
    overview: "Overview",
    projects: "Projects",
    events: "Events",
    project: "Project",
    board: "Board",
    tasks: "Tasks",
    task: "Task",
    workflows: "Workflows",
    workflow: "Workflow",
    workflow_template: "Workflow template",
    members: "Members",
    roles: "Roles",
    invitations: "Invitations",
    audit: "Audit log",
    analytics: "Analytics",
    files: "Files",
    links: "Links",
    link: "Link",
    webhooks: "Webhooks",
    webhook: "Webhook",
    jobs: "Jobs",
  },
  /** @type {Record<string, string>} */
  groups: { top: "PM Assist", work: "Work", people: "People", connect: "Connections", manage: "Administration" },
};
