/**
 * Every screen of the console, a row each; what stands in `texts/screens.js` under its name is what it is called.
 *
 * Adding one: a module in `screens/` whose default export is the component, a row here, its name in
 * `texts/screens.js`, its words in `texts/<area>.js`, and a row in `tests/console/screens.py`, which the walk over
 * all screens takes. A screen below /w/:workspace calls `useHere()` for the workspace and for what the reader may.
 *
 * `group` puts it into the navigation, in the order of rows; `needs` is the operation (GET …/roles) without which
 * it is not there. `admin` is for the platform's administrators.
 *
 * @typedef {object} Screen
 * @property {string} name
 * @property {string} path
 * @property {() => Promise<{ default: any }>} load
 * @property {"top" | "work" | "people" | "connect" | "manage"} [group]
 * @property {string} [icon]
 * @property {string} [needs]
 * @property {boolean} [admin]
 */

/** @type {Screen[]} */
export const SCREENS = [
  { name: "workspaces", path: "/", load: () => import("./screens/workspaces.js"), group: "top", icon: "home" },
  { name: "join", path: "/join", load: () => import("./screens/join.js"), group: "top", icon: "key" },
  { name: "notifications", path: "/notifications", load: () => import("./screens/notifications.js"), group: "top", icon: "bell" },
  { name: "preferences", path: "/notifications/preferences", load: () => import("./screens/preferences.js"), group: "top", icon: "gear" },
  { name: "organizations", path: "/organizations", load: () => import("./screens/organizations.js"), group: "top", icon: "org" },
  { name: "organization", path: "/organizations/:org", load: () => import("./screens/organization.js") },
  { name: "platform", path: "/platform", load: () => import("./screens/platform.js"), group: "top", icon: "shield", admin: true },
  { name: "me", path: "/me", load: () => import("./screens/me.js"), group: "top", icon: "people" },
  { name: "overview", path: "/w/:workspace", load: () => import("./screens/overview.js"), group: "work", icon: "home" },
  { name: "projects", path: "/w/:workspace/projects", load: () => import("./screens/projects.js"), group: "work", icon: "board", needs: "project.list" },
  { name: "events", path: "/w/:workspace/events", load: () => import("./screens/events.js"), group: "work", icon: "bell", needs: "project.list" },
  { name: "project", path: "/w/:workspace/projects/:project", load: () => import("./screens/project.js") },
  { name: "board", path: "/w/:workspace/boards/:board", load: () => import("./screens/board.js") },
  { name: "tasks", path: "/w/:workspace/tasks", load: () => import("./screens/tasks.js"), group: "work", icon: "task", needs: "task.list" },
  { name: "task", path: "/w/:workspace/tasks/:task", load: () => import("./screens/task.js") },
  { name: "workflows", path: "/w/:workspace/workflows", load: () => import("./screens/workflows.js"), group: "work", icon: "flow", needs: "workflow_instance.list" },
  { name: "workflow", path: "/w/:workspace/workflows/:instance", load: () => import("./screens/workflow.js"), needs: "workflow_instance.read" },
  { name: "workflow_template", path: "/w/:workspace/workflow-templates/:template", load: () => import("./screens/workflow_template.js"), needs: "workflow_template.read" },
  { name: "okrs", path: "/w/:workspace/okrs", load: () => import("./screens/okrs.js"), group: "work", icon: "goal", needs: "objective.list" },
  { name: "objective", path: "/w/:workspace/okrs/:objective", load: () => import("./screens/objective.js"), needs: "objective.read" },
  { name: "key_result", path: "/w/:workspace/key-results/:key_result", load: () => import("./screens/key_result.js"), needs: "key_result.read" },
  { name: "approvals", path: "/w/:workspace/approvals", load: () => import("./screens/approvals.js"), group: "work", icon: "shield", needs: "approval.list" },
  { name: "approval", path: "/w/:workspace/approvals/:approval", load: () => import("./screens/approval.js"), needs: "approval.read" },
  { name: "approval_flows", path: "/w/:workspace/approval-flows", load: () => import("./screens/approval_flows.js"), needs: "approval_flow.read" },
  { name: "approval_delegations", path: "/w/:workspace/approval-delegations", load: () => import("./screens/approval_delegations.js"), needs: "approval_delegation.list" },
  { name: "members", path: "/w/:workspace/members", load: () => import("./screens/members.js"), group: "people", icon: "people", needs: "member.list" },
  { name: "roles", path: "/w/:workspace/roles", load: () => import("./screens/roles.js"), group: "people", icon: "shield", needs: "role.list" },
  { name: "invitations", path: "/w/:workspace/invitations", load: () => import("./screens/invitations.js"), group: "people", icon: "send", needs: "invitation.list" },
  { name: "files", path: "/w/:workspace/files", load: () => import("./screens/files.js"), group: "work", icon: "file", needs: "file.list" },
  { name: "analytics", path: "/w/:workspace/analytics", load: () => import("./screens/analytics.js"), group: "work", icon: "chart", needs: "analytics.read" },
  { name: "links", path: "/w/:workspace/links", load: () => import("./screens/links.js"), group: "connect", icon: "link", needs: "link.list" },
  { name: "link", path: "/w/:workspace/links/:link", load: () => import("./screens/link.js") },
  { name: "connectors", path: "/w/:workspace/connectors", load: () => import("./screens/connectors.js"), group: "connect", icon: "chart", needs: "connector.list_values" },
  { name: "connector", path: "/w/:workspace/connectors/:connector", load: () => import("./screens/connector.js"), needs: "connector.read_value" },
  { name: "webhooks", path: "/w/:workspace/webhooks", load: () => import("./screens/webhooks.js"), group: "connect", icon: "send", needs: "webhook.list" },
  { name: "webhook", path: "/w/:workspace/webhooks/:webhook", load: () => import("./screens/webhook.js"), needs: "webhook.read" },
  { name: "jobs", path: "/w/:workspace/jobs", load: () => import("./screens/jobs.js"), group: "manage", icon: "gear", needs: "job.list" },
  { name: "audit", path: "/w/:workspace/audit", load: () => import("./screens/audit.js"), group: "manage", icon: "log", needs: "audit.read" },
  { name: "settings", path: "/w/:workspace/settings", load: () => import("./screens/settings.js"), group: "manage", icon: "gear", needs: "workspace.update" },
];
