/** Names of people by their ids, read once for a workspace and then one by one. */

import { html, signal, useEffect } from "../vendor/ui.js";
import { all, get } from "./api.js";
import { texts } from "./texts.js";
import common from "../texts/common.js";

const c = texts("common", common);

/** @type {import("../vendor/ui.js").Signal<ReadonlyMap<string, string>>} */
const names = signal(new Map());
/** @type {Set<string>} */
const asked = new Set();

/** @param {{ user_id: string, display_name: string | null }[]} people */
export function know(people) {
  const next = new Map(names.value);
  for (const each of people) if (each.display_name) next.set(each.user_id, each.display_name);
  names.value = next;
}

/** Reads the names of a workspace's members. @param {string} path /workspaces/<id> */
export async function meet(path) {
  try {
    know(await all(`${path}/members`, {}, 400));
  } catch {
    // Names are a kindness: without them ids are shown.
  }
}

/** @param {string} id */
async function ask(id) {
  if (asked.has(id)) return;
  asked.add(id);
  try {
    const user = await get(`/users/${encodeURIComponent(id)}`);
    know([{ user_id: id, display_name: user.display_name }]);
  } catch {
    // Nobody that the reader may see.
  }
}

/** @param {string} id */
export const nameOf = (id) => names.value.get(id) ?? (isService(id) ? c.service : id.slice(0, 8));

/** What the service does by itself has its own name for an actor. @param {string} id */
const isService = (id) => id.startsWith("service:");

/**
 * Somebody's name.
 * @param {{ id: string | null }} props
 */
export function Name({ id }) {
  const isKnown = id === null || names.value.has(id) || isService(id);
  useEffect(() => {
    if (!isKnown && id) {
      const timer = setTimeout(() => ask(id), 400);
      return () => clearTimeout(timer);
    }
    return undefined;
  }, [id, isKnown]);
  return id === null ? null : html`<span class="name">${nameOf(id)}</span>`;
}

/**
 * Their initials in a circle, for where a name stands beside it.
 * @param {{ id: string }} props
 */
export function Face({ id }) {
  const name = isService(id) ? c.service : (names.value.get(id) ?? "");
  const initials = name.split(/\s+/).filter(Boolean).map((each) => each[0]);
  const text = initials.length > 1 ? `${initials[0]}${initials.at(-1)}` : (initials[0] ?? "?");
  let hue = 0;
  for (const letter of id) hue = (hue * 31 + letter.charCodeAt(0)) % 360;
  return html`<span class="face" style=${{ "--hue": hue }} aria-hidden="true">${text.toUpperCase()}</span>`;
}
