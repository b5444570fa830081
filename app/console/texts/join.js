/** Coming into a workspace by an invitation or a link. */
export default {
  title: "Join",
  about: "By an invitation that you were sent, or a link that was passed on to you.",
  invitation: "Invitation",
  token: "Token of the invitation",
  look: "See what it is to",
  code: "Code of a link to join",
  link: "Link to join",
  join: "Join",
  joined: "You are in",
  /** @param {string} who @param {string} role @param {string} name */
  invited: (who, role, name) => `${who} invites you to ${name} as ${role}.`,
  somebody: "Somebody",
  until: "Good until",
  accept: "Accept",
  decline: "Decline",
  declined: "The invitation was declined",
  state: "It can no longer be accepted",
};
