/**
 * The words of the console. English stands in texts/<area>.js, one module an area; what takes a value is a
 * function of it. Another language is a module that has the same areas, and a row here; what it lacks is told
 * in English.
 */

/** @type {Record<string, () => Promise<{ default: Record<string, Record<string, unknown>> }>>} */
const OTHERS = {};

/** What the reader's browser asks for first, as far as it is here. */
export const LANGUAGE = navigator.languages.map((each) => each.slice(0, 2)).find((each) => each === "en" || each in OTHERS) ?? "en";
const spoken = LANGUAGE in OTHERS ? (await OTHERS[LANGUAGE]()).default : {};
document.documentElement.lang = LANGUAGE;

/**
 * @template {Record<string, any>} T
 * @param {string} area
 * @param {T} english
 * @returns {T}
 */
export function texts(area, english) {
  return { ...english, ...spoken[area] };
}

const rules = new Intl.PluralRules(LANGUAGE);
const numbers = new Intl.NumberFormat(LANGUAGE);

/** @param {number} count */
export const number = (count) => numbers.format(count);

/**
 * "1 member", "3 members".
 * @param {number} count
 * @param {string} one
 * @param {string} other
 */
export function plural(count, one, other) {
  return `${number(count)} ${rules.select(count) === "one" ? one : other}`;
}
