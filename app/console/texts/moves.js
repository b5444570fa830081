/** Moves of workspaces into organisations, and out of them. */
export default {
  title: "Moves",
  /** @type {Record<"workspace" | "organization", string>} */
  abouts: {
    workspace: "An organisation takes a workspace in, or lets it go, where an owner of the workspace and an administrator of the organisation agree. What one asks, the other answers within 14 days.",
    organization: "A workspace comes in, or goes, where one of its owners and an administrator of the organisation agree. What one asks, the other answers within 14 days.",
  },
  move: "Move",
  /** @param {{ direction: "in" | "out", workspace_name: string, org_name: string }} move */
  what: ({ direction, workspace_name: workspace, org_name: organization }) => (direction === "in" ? `${workspace} into ${organization}` : `${workspace} out of ${organization}`),
  askedBy: "Asked by",
  /** @type {Record<string, string>} */
  sides: { workspace: "for the workspace", organization: "for the organisation" },
  state: "State",
  /** @type {Record<string, string>} */
  states: { PENDING: "Waits", ACCEPTED: "Moved", DECLINED: "Declined", CANCELLED: "Taken back", EXPIRED: "Nobody answered" },
  askedAt: "Asked",
  ends: "Ended, or ends",
  none: "Nobody has asked for one",
  /** @type {Record<string, string>} */
  answers: { accept: "Accept", decline: "Decline", cancel: "Take back" },
  /** @type {Record<string, string>} */
  acceptTexts: {
    in: "The organisation's administrators govern the workspace from then on. It comes out again only where they agree.",
    out: "The organisation governs the workspace no more, and does not see it. It comes in again only where both sides agree.",
  },
  /** @type {Record<string, string>} */
  answered: { accept: "The workspace is moved", decline: "The move is declined", cancel: "The move is taken back" },
  asked: "The other side is asked",
  askIn: "Ask a workspace in",
  askInText: "One that you are in, and that is of no organisation. Its owner is asked.",
  noneToAsk: "You are in no workspace that is of no organisation.",
  askOut: "Ask it to leave the organisation",
  /** @param {string} name */
  askOutText: (name) => `The owner of ${name} is asked. Once they accept, the organisation governs it no more.`,
  workspace: "Workspace",
  organization: "Organisation",
  into: "Move into an organisation",
  intoText: "One that you are in. An administrator of it is asked; once they accept, they govern the workspace and see that it is there.",
  noOrganization: "You are in no organisation.",
  outOf: "Move out of the organisation",
  outOfText: "An administrator of the organisation is asked. Once they accept, the workspace is its owners' alone.",
  ask: "Ask",
};
