/** What every screen has: its one heading, which is read out and gets the focus when it is come to. */

import { html, useEffect, useRef } from "../vendor/ui.js";

let isFirst = true;

/**
 * @param {{ title: string, about?: unknown, actions?: unknown, crumb?: { label: string, address: string }, children: unknown }} props
 *   crumb: what it is a part of
 */
export function Page({ title, about, actions, crumb, children }) {
  const heading = useRef(/** @type {HTMLHeadingElement | null} */ (null));
  useEffect(() => {
    if (!isFirst && !document.querySelector("dialog[open]")) heading.current?.focus({ preventScroll: true });
    isFirst = false;
  }, []);
  useEffect(() => {
    document.title = `${title} · PM Assist`;
  }, [title]);
  return html`<header class="page">
      <div>
        ${crumb && html`<p class="crumb"><a href=${crumb.address}>${crumb.label}</a></p>`}
        <h1 ref=${heading} tabindex="-1">${title}</h1>
        ${about && html`<p class="about">${about}</p>`}
      </div>
      ${actions && html`<div class="actions">${actions}</div>`}
    </header>
    ${children}`;
}

/** @param {{ title: string, actions?: unknown, children: unknown }} props */
export function Section({ title, actions, children }) {
  return html`<section class="card">
    <header><h2>${title}</h2>${actions && html`<div class="actions">${actions}</div>`}</header>
    ${children}
  </section>`;
}

/** A word in a colour: a state or a role. @param {{ kind?: "good" | "bad" | "warn" | "info" | "plain", children: unknown }} props */
export function Badge({ kind = "plain", children }) {
  return html`<span class=${`badge ${kind}`}>${children}</span>`;
}

/**
 * Filters and tabs that are in the address.
 * @param {{ label: string, options: [string, string][], value: string, onChange: (value: string) => void }} props
 */
export function Choice({ label, options, value, onChange }) {
  return html`<label class="choice"><span>${label}</span>
    <select value=${value} onChange=${(/** @type {any} */ event) => onChange(event.target.value)}>
      ${options.map(([each, text]) => html`<option value=${each}>${text}</option>`)}
    </select>
  </label>`;
}

/** How far long work is; without a share it is only under way. @param {{ label: string, value?: number, max?: number }} props */
export function Progress({ label, value, max = 1 }) {
  return html`<label class="progress"><span>${label}</span><progress value=${value} max=${max}></progress></label>`;
}
