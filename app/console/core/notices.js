/** How much the reader was told of and has not read, for whoever shows it. */

import { signal } from "../vendor/ui.js";
import { get } from "./api.js";

/** Null until it is known. */
export const unread = signal(/** @type {{ unread: number, has_more: boolean } | null} */ (null));

/** Counts anew. That it cannot be counted is no news. */
export async function recount() {
  try {
    const found = await get("/users/me/notifications/unread-count");
    const was = unread.value;
    if (was?.unread !== found.unread || was?.has_more !== found.has_more) unread.value = found;
  } catch {
    // What is shown stays.
  }
}
