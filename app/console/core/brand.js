/** How the organisation of what is shown presents itself: the name of the product, its logo, its two colours. */

import { effect, signal } from "../vendor/ui.js";
import { get } from "./api.js";
import { ROOT } from "./place.js";

/**
 * @typedef {object} Brand
 * @property {string | null} name
 * @property {string | null} logo its address
 * @property {string | null} color
 * @property {string | null} text on the colour; the service has them readable on each other
 */

/** Null where it is this product's own. */
export const brand = signal(/** @type {Brand | null} */ (null));

/** @type {Map<string, Promise<Brand | null>>} */
const known = new Map();
let worn = /** @type {string | null} */ (null);

effect(() => {
  const root = document.documentElement;
  const { color, text } = brand.value ?? {};
  root.toggleAttribute("data-brand", Boolean(color && text));
  root.style.setProperty("--brand", color ?? "");
  root.style.setProperty("--brand-text", text ?? "");
});

/** The organisation's look from now on, by its id; null is none. @param {string | null} org */
export const wear = (org) => put(org, async () => `/branding/${encodeURIComponent((await get(`/organizations/${org}`)).slug)}`);

/** That of the page to sign in at, by the organisation's short name. @param {string} slug */
export const wearAtTheDoor = (slug) => put(slug, async () => `/branding/${encodeURIComponent(slug)}`);

/** @param {string | null} key @param {() => Promise<string>} find answers the path of its branding */
async function put(key, find) {
  worn = key;
  if (key === null) {
    brand.value = null;
    return;
  }
  const reading = known.get(key) ?? read(find);
  known.set(key, reading);
  const found = await reading;
  if (worn === key) brand.value = found;
}

/** @param {() => Promise<string>} find @returns {Promise<Brand | null>} */
async function read(find) {
  try {
    const path = await find();
    const told = await get(path);
    const logo = told.logo_sha256 ? `${ROOT}${path.slice(1)}/logo?v=${told.logo_sha256.slice(0, 16)}` : null;
    return { name: told.product_name, logo, color: told.accent_color, text: told.text_color };
  } catch {
    // Not of the reader's organisation, or it has none: this product's own look does.
    return null;
  }
}

/** Reads it anew the next time: it was changed. */
export function forgetBrands() {
  known.clear();
  const now = worn;
  worn = null;
  if (now !== null) wear(now);
}
