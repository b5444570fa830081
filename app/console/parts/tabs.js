/** Several views of one screen. Each has an address. */

import { html } from "../vendor/ui.js";
import { place, query, to } from "../core/router.js";

/**
 * @param {{ label: string, name: string, tabs: [string, string][] }} props name: of the query; tabs: value and label, the first is shown without one
 */
export function Tabs({ label, name, tabs }) {
  const shown = query.value.get(name) ?? tabs[0][0];
  return html`<nav class="tabs" aria-label=${label}>
    ${tabs.map(([value, text], i) => html`<a key=${value} href=${to(place.value.path, { [name]: i ? value : null })} aria-current=${value === shown ? "page" : undefined}>${text}</a>`)}
  </nav>`;
}
