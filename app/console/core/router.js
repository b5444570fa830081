/**
 * Addresses: what is seen is named by the path below /console/ and its query, so that back, reload and a link
 * sent to a colleague lead to the same. Plain links do; `go` is for what follows an act.
 */

import { computed, signal } from "../vendor/ui.js";
import { HOME } from "./place.js";

/** What is no text as it is written stays so. @param {string} address */
function decoded(address) {
  try {
    return decodeURI(address);
  } catch {
    return address;
  }
}

const read = () => ({
  path: `/${decoded(location.pathname).slice(HOME.length)}`,
  query: new URLSearchParams(location.search),
});

export const place = signal(read());
export const query = computed(() => place.value.query);

/**
 * The address of a path of the console.
 * @param {string} path from its root, as "/w/1/members"
 * @param {Record<string, string | null | undefined>} [values] of the query
 */
export function to(path, values = {}) {
  const given = Object.entries(values).filter(([, value]) => value != null && value !== "");
  const text = new URLSearchParams(/** @type {[string, string][]} */ (given)).toString();
  return `${HOME}${path.replace(/^\//, "")}${text ? `?${text}` : ""}`;
}

/** A step back that was asked for: the browser takes it later, from wherever it is by then. @type {Promise<void> | null} */
let leaving = null;

/** To where one was before; what is gone to meanwhile is gone to from there. */
export function back() {
  if (leaving) return;
  leaving = new Promise((resolve) => {
    addEventListener("popstate", resolve, { once: true });
  }).then(() => {
    leaving = null;
  });
  history.back();
}

/**
 * @param {string} path as `to` takes it, or an address that it answered
 * @param {{ replace?: boolean, keep?: boolean, mark?: string | null }} [how] replace: back does not come here; keep: where
 *   it is scrolled to; mark: kept with the entry of the history
 */
export function go(path, { replace = false, keep = false, mark = null } = {}) {
  if (leaving) {
    leaving.then(() => go(path, { replace, keep, mark }));
    return;
  }
  const address = path.startsWith(HOME) ? path : to(path);
  if (replace) history.replaceState(mark, "", address);
  else history.pushState(mark, "", address);
  place.value = read();
  if (!keep) scrollTo(0, 0);
}

/**
 * Changes a part of the query: filters, tabs, which dialog is open.
 * @param {Record<string, string | null | undefined>} values null takes one away
 * @param {{ replace?: boolean, mark?: string }} [how]
 */
export function setQuery(values, { replace = false, mark } = {}) {
  if (leaving) {
    leaving.then(() => setQuery(values, { replace, mark }));
    return;
  }
  const all = { ...Object.fromEntries(query.value), ...values };
  go(to(place.value.path, all), { replace, keep: true, mark });
}

addEventListener("popstate", () => {
  place.value = read();
});

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = /** @type {Element} */ (event.target).closest?.("a[href]");
  if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute("download")) return;
  if (link.origin !== location.origin || !link.pathname.startsWith(HOME) || link.hash) return;
  event.preventDefault();
  if (link.href !== location.href) go(link.pathname + link.search);
});

/**
 * What a pattern as "/w/:workspace/members" finds in a path; null where it does not fit.
 * @param {string} pattern
 * @param {string} path
 * @returns {Record<string, string> | null}
 */
export function match(pattern, path) {
  const wanted = pattern.split("/").filter(Boolean);
  const given = path.split("/").filter(Boolean);
  if (wanted.length !== given.length) return null;
  /** @type {Record<string, string>} */
  const found = {};
  for (const [i, part] of wanted.entries()) {
    if (part.startsWith(":")) found[part.slice(1)] = given[i];
    else if (part !== given[i]) return null;
  }
  return found;
}
