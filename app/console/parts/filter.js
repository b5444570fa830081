/** A text that narrows a list; it is in the address, a moment after it was typed. */

import { html, useEffect, useState } from "../vendor/ui.js";
import { query, setQuery } from "../core/router.js";

/** @param {{ label: string, name: string, type?: string }} props name: of the query */
export function Filter({ label, name, type = "search" }) {
  const given = query.value.get(name) ?? "";
  const [text, setText] = useState(given);
  useEffect(() => setText(given), [given]);
  useEffect(() => {
    if (text === given) return undefined;
    const timer = setTimeout(() => setQuery({ [name]: text }, { replace: true }), 250);
    return () => clearTimeout(timer);
  }, [text]);
  return html`<label class="choice"><span>${label}</span><input type=${type} value=${text} onInput=${(/** @type {any} */ event) => setText(event.target.value)} /></label>`;
}
