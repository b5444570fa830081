/** What each role may. */
export default {
  title: "Roles",
  about: "What each role may do here, as the service has it. Nobody gives a role above their own.",
  table: "Operations and the least role for each",
  operation: "Operation",
  guests: "Guests",
  beside: "Beside the role",
  /** @param {string} permission */
  permission: (permission) => `permission ${permission} on the task`,
  yours: "yours",
  may: "may",
  mayNot: "may not",
  filter: "Operation",
  none: "No operation fits",
};
