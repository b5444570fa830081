/** What somebody may be to one object, beside their role in the workspace. */

export default {
  title: "Roles on it",
  none: "Nobody has a role on it beside that in the workspace.",
  grant: "Give a role",
  revoke: "Take the role back",
  revoked: "The role is taken back",
  who: "To whom",
  role: "Role",
  expires: "Until",
  expiresHint: "Left out, it has no end.",
  until: "until",
  notOneself: "Nobody gives themselves the right to decide or to override.",
  /** @type {Record<string, string>} */
  roles: { MANAGER: "Manager", APPROVER: "Approver", OVERRIDE: "Override" },
  /** @type {Record<string, string>} */
  says: { MANAGER: "may what its owner may", APPROVER: "is asked at the stages that ask for approvers of it", OVERRIDE: "decides a stage in place of all who are asked" },
  /** What there is of each type of object. @type {Record<string, string[]>} */
  of: { objective: ["MANAGER", "APPROVER", "OVERRIDE"], workflow_template: ["APPROVER", "OVERRIDE"] },
};
