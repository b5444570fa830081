/** Whom a text speaks to. */
export default {
  mention: "Mention somebody",
  /** @param {string} name */
  drop: (name) => `Do not mention ${name}`,
  spokenTo: "Mentions",
};
