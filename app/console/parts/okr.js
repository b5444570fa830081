/** How objectives and key results look wherever they are shown. */

import { html } from "../vendor/ui.js";
import { texts } from "../core/texts.js";
import { date } from "../core/time.js";
import { Badge } from "./page.js";
import english from "../texts/okrs.js";

const t = texts("okrs", english);
const STATES = /** @type {Record<string, string>} */ ({ DRAFT: "plain", IN_APPROVAL: "warn", ACTIVE: "info", SUCCESSFUL: "good", NOT_SUCCESSFUL: "bad", CANCELLED: "plain" });
const ZONES = /** @type {Record<string, string>} */ ({ FAIL: "bad", COMMIT: "warn", TARGET: "good", STRETCH: "good" });
const FEEDS = /** @type {Record<string, string>} */ ({ WAITING: "plain", OK: "good", FALLBACK: "warn", FAILED: "bad" });
const two = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** From 0 to 1, which the service tells exactly, as it is read. @param {string} score */
export const scoreOf = (score) => two.format(Number(score));

/** @param {{ score: string | null, label: string }} props null: nothing is measured */
export function Score({ score, label }) {
  if (score === null) return html`<span class="score"><small>${t.unmeasured}</small></span>`;
  return html`<span class="score"><progress aria-label=${label} value=${Number(score)} max="1"></progress><strong title=${score}>${scoreOf(score)}</strong></span>`;
}

/** @param {{ state: string }} props */
export const ObjectiveBadge = ({ state }) => html`<${Badge} kind=${STATES[state]}>${t.states[state]}<//>`;

/** @param {{ zone: string | null }} props */
export const ZoneBadge = ({ zone }) => zone && html`<${Badge} kind=${ZONES[zone]}>${t.zones[zone]}<//>`;

/** How what feeds it went last. @param {{ status: string }} props */
export const FeedBadge = ({ status }) => html`<${Badge} kind=${FEEDS[status]}>${t.feeds[status]}<//>`;

/** @param {{ of: { is_stale: boolean } }} props */
export const Stale = ({ of }) => of.is_stale && html`<${Badge} kind="warn">${t.stale}<//>`;

/** A day, which is the same in every zone. @param {string} iso */
export const day = (iso) => date(`${iso}T00:00`);
