/** What the views of the platform have in common. */

import { html } from "../vendor/ui.js";
import { query, setQuery } from "../core/router.js";
import { texts } from "../core/texts.js";
import { Badge, Choice } from "../parts/page.js";
import { Empty } from "../parts/states.js";
import { Step as Any } from "../parts/step.js";
import english from "../texts/platform.js";

const t = texts("platform", english);
const REASON = { label: t.reason, hint: t.reasonHint, required: true, maxLength: 500 };

/** @param {string} status @param {Record<string, string>} words */
export const status = (status, words) => html`<${Badge} kind=${status === "ACTIVE" ? "good" : "warn"}>${words[status]}<//>`;
export const nothing = html`<${Empty} title=${t.none} text=${t.noneMore} icon="search" />`;

/** @param {{ words: Record<string, string> }} props */
export function StatusFilter({ words }) {
  return html`<${Choice} label=${t.status} value=${query.value.get("status") ?? ""} options=${[["", t.anyStatus], ...Object.entries(words)]} onChange=${(/** @type {string} */ value) => setQuery({ status: value })} />`;
}

/** What the platform may do now to an organisation, or to a workspace. @param {any} each */
export const stepFor = (each) => (each.held_by === "platform" ? "activate" : "suspend");

/** Another status, in the platform's words. @param {{ step: string, name: string, address: string, onClose: () => void, onDone: () => unknown }} props */
export const Step = ({ step, ...others }) =>
  html`<${Any} ...${others} action=${step === "suspend" ? t.suspend : t.activate} about=${t.texts[step]} reason=${REASON} done=${t.done} />`;
