/** Moments, in the reader's own zone and language. */

import { html, useEffect, useState } from "../vendor/ui.js";
import { LANGUAGE } from "./texts.js";

const whole = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium", timeStyle: "short" });
const exact = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "full", timeStyle: "long" });
const day = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium" });
const relative = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "auto" });
const STEPS = /** @type {[Intl.RelativeTimeFormatUnit, number][]} */ ([
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
]);

/** The reader's zone, by its IANA name. */
export const ZONE = whole.resolvedOptions().timeZone;

/** @param {string} iso */
export const dateTime = (iso) => whole.format(new Date(iso));

/** @param {string} iso */
export const date = (iso) => day.format(new Date(iso));

/**
 * "5 minutes ago", up to a month; then the day.
 * @param {string} iso
 * @param {number} [now]
 */
export function ago(iso, now = Date.now()) {
  const seconds = (new Date(iso).getTime() - now) / 1000;
  if (Math.abs(seconds) > 30 * 86_400) return date(iso);
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit);
  }
  return relative.format(0, "second");
}

/**
 * A moment as text that a machine reads too; its exact time on hover.
 * @param {{ at: string | null, short?: boolean }} props short: how long ago instead of when
 */
export function Time({ at, short = false }) {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!short) return undefined;
    const timer = setInterval(() => tick((n) => n + 1), 30_000);
    return () => clearInterval(timer);
  }, [short]);
  if (!at) return null;
  return html`<time datetime=${at} title=${exact.format(new Date(at))}>${short ? ago(at) : dateTime(at)}</time>`;
}
