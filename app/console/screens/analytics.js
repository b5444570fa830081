/** Figures over time: a chart, the same as a table, and as a file. What is asked for is in the address. */

import { html, useEffect, useState } from "../vendor/ui.js";
import { get } from "../core/api.js";
import { query, setQuery } from "../core/router.js";
import { texts } from "../core/texts.js";
import { shade } from "../core/theme.js";
import { ZONE } from "../core/time.js";
import { offer } from "../core/transfer.js";
import { useHere } from "../core/workspace.js";
import { Choice, Page } from "../parts/page.js";
import { Failure, Loading } from "../parts/states.js";
import { Tabs } from "../parts/tabs.js";
import english from "../texts/analytics.js";

const t = texts("analytics", english);
const KINDS = Object.entries(t.kinds);

export default function Analytics() {
  const { path } = useHere();
  const of = query.value.get("of") ?? KINDS[0][0];
  const asked = Object.fromEntries(["from", "to", "bucket"].map((name) => [name, query.value.get(name)]));
  const figures = useFigures(`${path}/analytics/${of}`, asked);
  const day = (/** @type {string} */ name, /** @type {string} */ label) => html`<label class="choice"><span>${label}</span>
    <input type="date" value=${asked[name] ?? ""} onChange=${(/** @type {any} */ event) => setQuery({ [name]: event.target.value || null })} />
  </label>`;
  const actions = figures.csv !== null && html`<button type="button" class="secondary" onClick=${() => offer(new Blob([/** @type {string} */ (figures.csv)], { type: "text/csv" }), `${of}.csv`)}>${t.takeAway}</button>`;
  return html`<${Page} title=${t.title} about=${t.about} actions=${actions}>
    <${Tabs} label=${t.views} name="of" tabs=${KINDS} />
    <div class="filters">
      ${day("from", t.from)} ${day("to", t.to)}
      <${Choice} label=${t.bucket} value=${asked.bucket ?? "week"} options=${Object.entries(t.buckets)} onChange=${(/** @type {string} */ value) => setQuery({ bucket: value === "week" ? null : value })} />
    </div>
    <${Shown} figures=${figures} label=${t.kinds[of] ?? of} />
  <//>`;
}

/**
 * @typedef {object} Figures
 * @property {string | null} csv
 * @property {string | null} picture its address
 * @property {import("../core/api.js").ApiError | null} error
 */

/**
 * The chart in the reader's light, and the table, of one range.
 * @param {string} path
 * @param {Record<string, string | null>} asked
 * @returns {Figures & { retry: () => void }}
 */
function useFigures(path, asked) {
  const [figures, setFigures] = useState(/** @type {Figures} */ ({ csv: null, picture: null, error: null }));
  const [turn, setTurn] = useState(0);
  const wanted = JSON.stringify([path, asked, shade.value]);
  useEffect(() => {
    let address = "";
    let isOver = false;
    const range = { ...asked, time_zone: ZONE };
    const read = async () => {
      try {
        const csv = await get(path, { ...range, format: "csv" }, { as: "text", accept: "text/csv" });
        const chart = await get(path, { ...range, format: "svg", theme: shade.value }, { as: "blob", accept: "image/svg+xml" });
        if (isOver) return;
        address = URL.createObjectURL(chart);
        setFigures({ csv, picture: address, error: null });
      } catch (error) {
        if (!isOver) setFigures({ csv: null, picture: null, error: /** @type {any} */ (error) });
      }
    };
    read();
    return () => {
      isOver = true;
      URL.revokeObjectURL(address);
    };
  }, [wanted, turn]);
  return { ...figures, retry: () => setTurn((was) => was + 1) };
}

/** @param {{ figures: Figures & { retry: () => void }, label: string }} props */
function Shown({ figures, label }) {
  if (figures.error) return html`<${Failure} error=${figures.error} retry=${figures.retry} />`;
  if (figures.csv === null) return html`<${Loading} />`;
  const [names, ...lines] = cells(figures.csv);
  return html`<p class="chart"><img src=${figures.picture} alt=${t.chart(label)} /></p>
    <div class="table scroll" tabindex="0" role="region" aria-label=${t.table(label)}>
      <table>
        <thead><tr>${names.map((name) => html`<th scope="col">${name.replaceAll("_", " ")}</th>`)}</tr></thead>
        <tbody>${lines.map((line) => html`<tr>${line.map((cell, i) => (i ? html`<td>${cell}</td>` : html`<th scope="row">${cell}</th>`))}</tr>`)}</tbody>
      </table>
    </div>`;
}

/** The lines of a CSV text (RFC 4180). @param {string} csv */
function cells(csv) {
  const lines = csv.replace(/^\uFEFF/, "").split("\r\n").filter(Boolean);
  return lines.map((line) => [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((found) => found[1]?.replaceAll('""', '"') ?? found[2]));
}
