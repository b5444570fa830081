/** What has no words of its own: shown as it is written. */

import { html } from "../vendor/ui.js";

/** @param {{ label: string, value: unknown }} props a text as it is, anything else as JSON */
export function Data({ label, value }) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return html`<pre class="data" tabindex="0" role="region" aria-label=${label}>${text}</pre>`;
}
