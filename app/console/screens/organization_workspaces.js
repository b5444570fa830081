/** The workspaces of an organisation; making one, and taking one out of work. */

import { html } from "../vendor/ui.js";
import { post } from "../core/api.js";
import { usePages } from "../core/data.js";
import { useThere } from "../core/organization.js";
import { go, query, setQuery, to } from "../core/router.js";
import { load } from "../core/session.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Menu } from "../parts/menu.js";
import { Badge, Choice } from "../parts/page.js";
import { Empty } from "../parts/states.js";
import { Table } from "../parts/table.js";
import common from "../texts/common.js";
import english from "../texts/organizations.js";
import { Step } from "./organization_step.js";

const t = texts("organizations", english);
const c = texts("common", common);

export function Workspaces() {
  const { path, may } = useThere();
  const shown = query.value.get("show") ?? "";
  const pages = usePages(`${path}/workspaces`, { archived: shown === "archived" || null });
  const making = useDialog("new");
  const stepping = useDialog("step");
  const [step, id] = stepping.item?.split("~") ?? [];
  const acts = (/** @type {any} */ each) => {
    const steps = each.status === "ACTIVE" ? ["suspend", "archive"] : ["activate"];
    if (!may("ADMIN") || each.held_by === "platform") return null;
    return html`<${Menu} label=${`${c.actions}: ${each.name}`}>${steps.map((name) => html`<button type="button" key=${name} onClick=${() => stepping.open(`${name}~${each.id}`)}>${t.steps[name]}</button>`)}<//>`;
  };
  const columns = [
    { label: t.name, isMain: true, show: (/** @type {any} */ each) => (each.role ? html`<a href=${to(`/w/${each.id}`)}>${each.name}</a>` : each.name) },
    { label: t.yourRole, show: (/** @type {any} */ each) => (each.role ? c.roles[each.role] : c.none) },
    { label: t.status, show: (/** @type {any} */ each) => html`<${Badge} kind=${each.status === "ACTIVE" ? "good" : "warn"}>${c.statuses[each.status]}<//>` },
    { label: t.createdWorkspace, show: (/** @type {any} */ each) => html`<${Time} at=${each.created_at} short />` },
    { label: c.actions, isQuiet: true, show: acts },
  ];
  const create = may("ADMIN") && html`<button type="button" onClick=${() => making.open()}>${t.newWorkspace}</button>`;
  return html`<div class="lead">
      <div class="filters"><${Choice} label=${t.show} value=${shown} options=${[["", t.inWork], ["archived", t.showArchived]]} onChange=${(/** @type {string} */ show) => setQuery({ show })} /></div>
      ${create}
    </div>
    <${Table} label=${t.workspaces} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${t.noWorkspaces} text=${t.noWorkspacesMore} icon="home">${create}<//>`} />
    ${making.isOpen && create && html`<${Create} onClose=${making.close} />`}
    ${step && id && may("ADMIN") && html`<${Step} address=${`${path}/workspaces/${id}/${step}`} step=${step} onClose=${stepping.close} onDone=${pages.reload} />`}`;
}

/** @param {{ onClose: () => void }} props */
function Create({ onClose }) {
  const { path } = useThere();
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "name", label: t.name, required: true, maxLength: 255 },
    { name: "description", label: t.description, type: "textarea" },
  ];
  const submit = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    const made = await post(`${path}/workspaces`, values, { key });
    await load();
    go(`/w/${made.id}`, { replace: true });
  };
  return html`<${Dialog} title=${t.newWorkspace} onClose=${onClose}><${Form} fields=${fields} action=${c.create} onCancel=${onClose} onSubmit=${submit} /><//>`;
}
