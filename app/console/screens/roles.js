/** The published matrix: which role does what, and what is asked beside it. */

import { html } from "../vendor/ui.js";
import { query } from "../core/router.js";
import { texts } from "../core/texts.js";
import { reaches, useHere } from "../core/workspace.js";
import { Filter } from "../parts/filter.js";
import { Page } from "../parts/page.js";
import { Empty } from "../parts/states.js";
import common from "../texts/common.js";
import english from "../texts/roles.js";

const t = texts("roles", english);
const c = texts("common", common);

export default function Roles() {
  const { roles } = useHere();
  const wanted = (query.value.get("operation") ?? "").toLowerCase();
  const rows = roles.operations.filter((/** @type {any} */ each) => each.name.includes(wanted));
  const mark = (/** @type {boolean} */ may) => html`<span class=${may ? "tick yes" : "tick"} aria-label=${may ? t.may : t.mayNot} role="img">${may ? "●" : "○"}</span>`;
  const beside = (/** @type {any} */ each) => [...(each.permission ? [t.permission(each.permission)] : []), ...each.allowed_by.map((/** @type {any} */ rule) => rule.rule.replaceAll("_", " "))].join(", ");
  return html`<${Page} title=${t.title} about=${t.about}>
    <div class="filters"><${Filter} label=${t.filter} name="operation" /></div>
    ${
      rows.length === 0
        ? html`<${Empty} title=${t.none} />`
        : html`<div class="table scroll" tabindex="0" role="region" aria-label=${t.table}>
            <table class="matrix">
              <caption class="unseen">${t.table}</caption>
              <thead>
                <tr>
                  <th scope="col">${t.operation}</th>
                  ${roles.roles.map((/** @type {any} */ each) => html`<th scope="col" key=${each.role}>${c.roles[each.role]}${each.role === roles.own && html` <small>${t.yours}</small>`}</th>`)}
                  <th scope="col">${t.guests}</th>
                  <th scope="col">${t.beside}</th>
                </tr>
              </thead>
              <tbody>
                ${rows.map(
                  (/** @type {any} */ each) => html`<tr key=${each.name}>
                    <th scope="row"><code>${each.name}</code></th>
                    ${roles.roles.map((/** @type {any} */ role) => html`<td key=${role.role}>${mark(reaches(role.role, each.minimum))}</td>`)}
                    <td>${mark(each.for_guests)}</td>
                    <td>${beside(each)}</td>
                  </tr>`,
                )}
              </tbody>
            </table>
          </div>`
    }
  <//>`;
}
