/** What is said when something did not work. */
export default {
  unknown: "Something went wrong.",
  unreachable: "The service cannot be reached. Check the connection and try again.",
  /** @param {number} status */
  status: (status) => `The service answered ${status}.`,
  title: "That did not work",
  request: "Request",
  again: "Try again",
  /** @param {number} seconds */
  wait: (seconds) => `Try again in ${seconds} s.`,
  denied: "You may not see this",
  deniedMore: "Your role does not reach this. An administrator of the workspace can change that.",
  missing: "There is nothing here",
  missingMore: "It does not exist, or you may not see it.",
  gone: "This was deleted meanwhile",
  goneMore: "It comes back here if somebody restores it.",
  crashed: "This page has a fault",
  crashedMore: "Reload it; if that does not help, tell your administrator what you did.",
  reload: "Reload",
  outdated: "The console has been updated. Reload it to go on.",
};
