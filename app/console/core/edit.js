/** Editing what others may edit too. */

import { useState } from "../vendor/ui.js";
import { patch, request } from "./api.js";

/**
 * Of a form: what it began with, which stays as the reader saw it; how its values are sent; and, after a 412, what
 * stands there now. What is sent after that counts from there.
 * @param {string} address @param {any} thing @param {number | string | null} version the version or ETag of `thing`
 */
export function useEdit(address, thing, version) {
  const [was] = useState(thing);
  const [seen, setSeen] = useState(version);
  return {
    was,
    /** @param {unknown} values @param {{ isForced: boolean }} how isForced: whatever stands there now */
    save: (values, { isForced }) => patch(address, values, { match: isForced ? null : seen }),
    theirs: async () => {
      const now = await request("GET", address);
      setSeen(now.etag);
      return now.data;
    },
  };
}
