/** What narrows a list; it is in the address, a moment after it was typed. */

import { html, useEffect, useId, useState } from "../vendor/ui.js";
import { query, setQuery } from "../core/router.js";

/** @param {{ label: string, name: string, type?: string, options?: string[] }} props name: of the query; options: what is offered */
export function Filter({ label, name, type = "search", options }) {
  const id = useId();
  const given = query.value.get(name) ?? "";
  const [text, setText] = useState(given);
  useEffect(() => setText(given), [given]);
  useEffect(() => {
    if (text === given) return undefined;
    const timer = setTimeout(() => setQuery({ [name]: text }, { replace: true }), 250);
    return () => clearTimeout(timer);
  }, [text]);
  return html`<label class="choice"><span>${label}</span><input type=${type} list=${options ? id : undefined} value=${text} onInput=${(/** @type {any} */ event) => setText(event.target.value)} /></label>
    ${options && html`<datalist id=${id}>${options.map((each) => html`<option key=${each} value=${each} />`)}</datalist>`}`;
}

/** A moment, which is typed as the reader's clock shows it, and is the same moment in everybody's address. @param {{ label: string, name: string }} props */
export function MomentFilter({ label, name }) {
  const given = query.value.get(name);
  const time = given ? Date.parse(given) : Number.NaN;
  const shown = Number.isNaN(time) ? "" : new Date(time - new Date(time).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  const set = (/** @type {any} */ event) => setQuery({ [name]: event.target.value ? new Date(event.target.value).toISOString() : null }, { replace: true });
  return html`<label class="choice"><span>${label}</span><input type="datetime-local" value=${shown} onChange=${set} /></label>`;
}
