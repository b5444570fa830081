/**
 * Small tables as a person writes them: lines of cells between commas (RFC 4180). Without quotes a number is a
 * number, true and false are that, and nothing is nothing; all else, and what is in quotes, is text. So is a number
 * with more digits than JavaScript's have: none of them is lost.
 */

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?$/;
const NEEDS_QUOTES = /^$|^\s|\s$|[",\r\n]/;
/** What a number of JavaScript's keeps of any decimal. */
const KEPT = 15;

/** @typedef {string | number | boolean | null} Cell */

/** @param {string} text @returns {Cell[][]} */
export function parse(text) {
  /** @type {Cell[][]} */
  const rows = [];
  /** @type {Cell[]} */
  let row = [];
  const found = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n|\n|\r|$)/y;
  const whole = text.replace(/[\r\n]+$/, "");
  while (found.lastIndex < whole.length || row.length > 0) {
    const taken = found.exec(whole);
    if (taken === null) throw new SyntaxError(whole.slice(0, 40));
    row.push(cellOf(taken[1]));
    if (taken[2] !== ",") {
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

/** @param {string} raw @returns {Cell} */
function cellOf(raw) {
  if (raw.startsWith('"')) return raw.slice(1, -1).replaceAll('""', '"');
  const text = raw.trim();
  if (text === "") return null;
  if (NUMBER.test(text) && isExact(text)) return Number(text);
  return text === "true" ? true : text === "false" ? false : text;
}

/** Whether as a number it is the same, but for zeros at the end of a decimal. @param {string} text */
function isExact(text) {
  const least = text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  const isShort = least.includes(".") && least.replace(/^-?[0.]*/, "").replace(".", "").length <= KEPT;
  return isShort || String(Number(least)) === least;
}

/** What `parse` reads the same of; a decimal that is kept as text is written as the number it is. @param {Cell[][]} rows */
export const write = (rows) => rows.map((row) => row.map(written).join(",")).join("\n");

/** @param {Cell} cell */
const written = (cell) => (typeof cell === "string" && (NEEDS_QUOTES.test(cell) || !isRead(cell)) ? `"${cell.replaceAll('"', '""')}"` : String(cell ?? ""));

/** Whether it comes back as it is without quotes; of decimals the service keeps the text. @param {string} text */
function isRead(text) {
  const read = cellOf(text);
  return read === text || (typeof read === "number" && text.includes(".") && String(read) === text);
}
