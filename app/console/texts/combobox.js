/** What is found by typing. */
import { plural } from "../core/texts.js";

export default {
  type: "Type to search",
  choose: "Choose one from the list.",
  nothing: "Nobody and nothing fits",
  /** @param {number} count */
  found: (count) => `${plural(count, "entry", "entries")} to choose from`,
};
