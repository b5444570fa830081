/** Lists of any length, page by page. On a narrow screen each row is a card. */

import { html } from "../vendor/ui.js";
import { texts } from "../core/texts.js";
import common from "../texts/common.js";
import { Shown } from "./states.js";

const c = texts("common", common);

/**
 * @typedef {object} Column
 * @property {string} label
 * @property {(item: any) => unknown} show
 * @property {boolean} [isMain] the one that names the row
 * @property {boolean} [isNumber]
 * @property {boolean} [isQuiet] its label is for whoever is read to
 */

/**
 * @param {object} props
 * @param {string} props.label what it is a list of
 * @param {Column[]} props.columns
 * @param {import("../core/data.js").Pages} props.pages
 * @param {(item: any) => string} [props.id]
 * @param {unknown} props.empty what stands there instead of no rows
 */
export function Table({ label, columns, pages, id = (item) => item.id, empty }) {
  return html`<${Shown} of=${pages}>
    ${() =>
      pages.items.length === 0
        ? empty
        : html`<div class="table" aria-busy=${pages.isLoading}>
            <table>
              <caption class="unseen">${label}</caption>
              <thead>
                <tr>${columns.map((each) => html`<th scope="col" class=${each.isNumber ? "number" : ""}>${each.isQuiet ? html`<span class="unseen">${each.label}</span>` : each.label}</th>`)}</tr>
              </thead>
              <tbody>
                ${pages.items.map((item) => html`<tr key=${id(item)}>${columns.map((each) => cell(each, item))}</tr>`)}
              </tbody>
            </table>
            <${More} pages=${pages} />
          </div>`}
  <//>`;
}

/** @param {Column} column @param {any} item */
function cell(column, item) {
  const shown = column.show(item);
  if (column.isMain) return html`<th scope="row">${shown}</th>`;
  return html`<td data-label=${column.isQuiet ? "" : column.label} class=${column.isNumber ? "number" : ""}>${shown}</td>`;
}

/** How many there are so far, and the button for the next page. @param {{ pages: import("../core/data.js").Pages }} props */
export function More({ pages }) {
  return html`<div class="paging">
    <span role="status">${c.shown(pages.items.length)}</span>
    ${pages.error && html`<span class="wrong" role="alert">${pages.error.message}</span>`}
    ${pages.hasMore && html`<button type="button" class="secondary" disabled=${pages.isLoading} onClick=${pages.more}>${c.more}</button>`}
  </div>`;
}
