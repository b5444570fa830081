/** The workspace that is shown: what it is, and what the reader may do in it, by the published matrix. */

import { createContext, useContext } from "../vendor/ui.js";

/**
 * @typedef {object} Workspace
 * @property {string} id
 * @property {string} name
 * @property {string | null} description
 * @property {string | null} org_id
 * @property {"ACTIVE" | "SUSPENDED" | "ARCHIVED"} status
 * @property {string} role the reader's
 * @property {number} version
 * @property {string} created_at
 * @property {string} created_by
 */

/**
 * @typedef {object} Here
 * @property {Workspace} workspace
 * @property {string | null} etag of it
 * @property {any} roles as GET …/roles answers it
 * @property {string} path of the API: /workspaces/<id>
 * @property {(path?: string) => string} at a path of the console in this workspace
 * @property {(operation: string) => boolean} may whether the reader's role does this. What else it takes, the
 *   type of people or whose it is, the service says when it is done; nothing is hidden for that.
 * @property {() => Promise<void>} reload
 * @property {(value: any) => void} set takes what the service answered to a change
 */

export const RANKS = ["VIEWER", "MEMBER", "ADMIN", "OWNER"];

/** @param {string} role @param {string} least */
export const reaches = (role, least) => RANKS.indexOf(role) >= RANKS.indexOf(least);

export const WorkspaceContext = createContext(/** @type {Here | null} */ (null));

/** For screens below /w/:workspace. @returns {Here} */
export function useHere() {
  const here = useContext(WorkspaceContext);
  if (here === null) throw new Error("not in a workspace");
  return here;
}

/**
 * @param {any} roles
 * @returns {(operation: string) => boolean}
 */
export function judge(roles) {
  /** @type {Map<string, any>} */
  const operations = new Map(roles.operations.map((/** @type {any} */ each) => [each.name, each]));
  return (name) => {
    const operation = operations.get(name);
    if (operation === undefined) throw new Error(`there is no operation ${name}`);
    return reaches(roles.own, operation.minimum) && (!roles.is_guest || operation.for_guests);
  };
}
