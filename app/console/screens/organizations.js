/** The reader's organisations, and a new one. */

import { html } from "../vendor/ui.js";
import { post } from "../core/api.js";
import { usePages } from "../core/data.js";
import { go, query, setQuery, to } from "../core/router.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Badge, Choice, Page } from "../parts/page.js";
import { Empty } from "../parts/states.js";
import { Table } from "../parts/table.js";
import common from "../texts/common.js";
import english from "../texts/organizations.js";

const t = texts("organizations", english);
const c = texts("common", common);

export default function Organizations() {
  const shown = query.value.get("show") ?? "";
  const pages = usePages("/organizations", { archived: shown === "archived" || null });
  const founding = useDialog("found");
  const columns = [
    { label: t.name, isMain: true, show: (/** @type {any} */ each) => html`<a href=${to(`/organizations/${each.id}`)}>${each.name}</a>` },
    { label: t.slug, show: (/** @type {any} */ each) => each.slug && html`<code>${each.slug}</code>` },
    { label: t.yourRole, show: (/** @type {any} */ each) => c.roles[each.role] },
    { label: t.status, show: (/** @type {any} */ each) => html`<${Badge} kind=${each.status === "ACTIVE" ? "good" : "warn"}>${c.statuses[each.status]}<//>` },
    { label: t.created, show: (/** @type {any} */ each) => html`<${Time} at=${each.created_at} short />` },
  ];
  const found = html`<button type="button" onClick=${() => founding.open()}>${t.found}</button>`;
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "name", label: t.name, required: true, maxLength: 255 },
    { name: "slug", label: t.slug, hint: t.slugHint, maxLength: 63 },
  ];
  const submit = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    const made = await post("/organizations", values, { key });
    go(`/organizations/${made.id}`, { replace: true });
  };
  return html`<${Page} title=${t.title} about=${t.about} actions=${found}>
    <div class="filters">
      <${Choice} label=${t.show} value=${shown} options=${[["", t.inWork], ["archived", t.showArchived]]} onChange=${(/** @type {string} */ show) => setQuery({ show })} />
    </div>
    <${Table} label=${t.list} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${t.none} text=${t.noneMore} icon="org">${found}<//>`} />
    ${founding.isOpen && html`<${Dialog} title=${t.found} onClose=${founding.close}>
      <p class="about">${t.foundMore}</p>
      <${Form} fields=${fields} action=${c.create} onCancel=${founding.close} onSubmit=${submit} />
    <//>`}
  <//>`;
}
