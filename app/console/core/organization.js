/** The organisation that is shown, and what the reader's role in it reaches. */

import { createContext, useContext } from "../vendor/ui.js";

/**
 * @typedef {object} There
 * @property {any} organization as the API answers it
 * @property {string | null} etag
 * @property {string} path of the API: /organizations/<id>
 * @property {(least: "MEMBER" | "ADMIN" | "OWNER") => boolean} is whether the reader is that at least
 * @property {(least: "MEMBER" | "ADMIN" | "OWNER") => boolean} may the same, and the organisation can be changed
 * @property {() => Promise<void>} reload
 */

const RANKS = ["MEMBER", "ADMIN", "OWNER"];

/** @param {string} role @param {string} least */
export const ranks = (role, least) => RANKS.indexOf(role) >= RANKS.indexOf(least);

export const OrganizationContext = createContext(/** @type {There | null} */ (null));

/** For what is shown of an organisation. @returns {There} */
export function useThere() {
  const there = useContext(OrganizationContext);
  if (there === null) throw new Error("not in an organisation");
  return there;
}
