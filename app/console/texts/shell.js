/** What stands around every screen. */
import { plural } from "../core/texts.js";

export default {
  product: "PM Assist",
  skip: "Skip to the content",
  menu: "Menu",
  navigation: "Navigation",
  switch: "Switch workspace",
  allWorkspaces: "All workspaces",
  account: "Your account",
  /** @param {number} count */
  unread: (count) => (count ? plural(count, "unread notification", "unread notifications") : "Notifications"),
  profile: "My profile",
  signOut: "Sign out",
  theme: "Appearance",
  /** @type {Record<string, string>} */
  themes: { auto: "As the system", light: "Light", dark: "Dark" },
  documentation: "API documentation",
  search: "Search",
  searchHint: "Search, or press /",
  searching: "Searching",
  nothingFound: "Nothing found",
  /** @param {number} count */
  found: (count) => `${plural(count, "result", "results")}`,
  /** @type {Record<string, string>} */
  kinds: { screen: "Page", workspace: "Workspace", task: "Task", project: "Project", comment: "Comment" },
  signIn: "Sign in",
  /** @param {string} product */
  signInTo: (product) => `Sign in to ${product}`,
  signInAbout: "Workspaces, boards and workflows, with an audit log that can be proved.",
  /** @param {string} label */
  signInWith: (label) => `Sign in with ${label}`,
  noProvider: "Nobody signs in by a browser here yet",
  noProviderMore: "An administrator of the installation sets OAUTH_PROVIDERS and SECRET_KEYS.",
  /** @type {Record<string, string>} */
  signInErrors: {
    access_denied: "The directory refused, or you cancelled.",
    account: "This account may not come in here.",
  },
  signInFailed: "The sign-in could not be finished. Begin again.",
  /** @type {Record<string, string>} */
  connections: { connecting: "Connecting", live: "Live", lost: "Connection lost, trying again", ended: "No longer live" },
  /** @param {number} count */
  present: (count) => plural(count, "person here", "people here"),
  lost: "The connection is lost. What you see may be out of date; it is taken up again by itself.",
  ended: "You can no longer follow this workspace: your role or your session has changed.",
  suspended: "This workspace is suspended: it can be read and not changed.",
  archived: "This workspace is archived: it can be read and not changed.",
  missing: "There is no such page",
  missingMore: "The address may be wrong, or the page may have moved.",
  home: "To the workspaces",
};
