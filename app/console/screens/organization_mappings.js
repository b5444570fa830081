/** What groups of a directory make of people, in which workspaces; before one is set, whom it makes what. */

import { html, useEffect, useState } from "../vendor/ui.js";
import { all, post, put, remove } from "../core/api.js";
import { usePages } from "../core/data.js";
import { useThere } from "../core/organization.js";
import { texts } from "../core/texts.js";
import { Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Section } from "../parts/page.js";
import { Empty, Loading } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { attempt, complain, toast } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/organizations.js";

const t = texts("organizations", english);
const c = texts("common", common);

export function Mappings() {
  const { path, may } = useThere();
  const pages = usePages(`${path}/scim-group-mappings`);
  const [groups, setGroups] = useState(/** @type {any[] | null} */ (null));
  const [workspaces, setWorkspaces] = useState(/** @type {any[]} */ ([]));
  const mapping = useDialog("map");
  const unmapping = useDialog("unmap");
  useEffect(() => {
    Promise.all([all(`${path}/scim-groups`), all(`${path}/workspaces`)]).then(([told, owned]) => {
      setWorkspaces(owned);
      setGroups(told);
    }, complain);
  }, [path]);
  const groupName = (/** @type {any} */ each) => groups?.find(({ id }) => id === each.group_id)?.display_name ?? each.group_id.slice(0, 8);
  const workspaceName = (/** @type {any} */ each) => workspaces.find(({ id }) => id === each.workspace_id)?.name ?? each.workspace_id.slice(0, 8);
  const target = pages.items.find(({ id }) => id === unmapping.item);
  const unmap = async () => (await attempt(() => remove(`${path}/scim-group-mappings/${target.id}`), t.unmapped)) && pages.reload();
  const columns = [
    { label: t.group, isMain: true, show: groupName },
    { label: t.workspace, show: workspaceName },
    { label: t.role, show: (/** @type {any} */ each) => c.roles[each.role] },
    { label: c.actions, isQuiet: true, show: (/** @type {any} */ each) => may("ADMIN") && html`<button type="button" class="secondary small" aria-label=${`${t.unmap}: ${groupName(each)}`} onClick=${() => unmapping.open(each.id)}>${t.unmap}</button>` },
  ];
  const map = may("ADMIN") && html`<button type="button" class="secondary" onClick=${() => mapping.open()}>${t.map}</button>`;
  return html`<${Section} title=${t.mappings} actions=${pages.items.length > 0 && map}>
    <p class="about">${t.mappingsAbout}</p>
    <${Table} label=${t.mappings} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${t.noMappings} text=${t.noMappingsMore} icon="people">${map}<//>`} />
    ${mapping.isOpen && may("ADMIN") && html`<${Dialog} title=${t.map} onClose=${mapping.close} isWide>
      ${groups === null ? html`<${Loading} />` : groups.length ? html`<${Mapped} groups=${groups} workspaces=${workspaces} onClose=${mapping.close} onDone=${pages.reload} />` : html`<p>${t.noGroups}</p>`}
    <//>`}
    ${target && html`<${Unmap} mapping=${target} onClose=${unmapping.close} onConfirm=${unmap} />`}
  <//>`;
}

/** @param {{ groups: any[], workspaces: any[], onClose: () => void, onDone: () => unknown }} props */
function Mapped({ groups, workspaces, onClose, onDone }) {
  const { path } = useThere();
  const [about, setAbout] = useState(/** @type {any} */ (null));
  const [types, setTypes] = useState(/** @type {any[]} */ ([]));
  const [wanted, setWanted] = useState(/** @type {any} */ (null));
  const [found, setFound] = useState(/** @type {any} */ (null));
  /** @type {import("../parts/form.js").Field[]} */
  const which = [
    { name: "group_id", label: t.group, type: "select", options: groups.map(({ id, display_name: name }) => [id, name]) },
    { name: "workspace_id", label: t.workspace, type: "select", options: workspaces.map(({ id, name }) => [id, name]) },
  ];
  /** @type {import("../parts/form.js").Field[]} */
  const what = [{ name: "role", label: t.role, type: "select", options: ["MEMBER", "VIEWER", "ADMIN"].map((each) => [each, c.roles[each]]) }];
  if (types.length) what.push({ name: "user_type_id", label: t.type, type: "select", options: [["", t.noType], ...types.map(({ id, name }) => /** @type {[string, string]} */ ([id, name]))] });
  const choose = async (/** @type {any} */ values) => {
    // Who is not in the workspace is told nothing of its types, and maps to none.
    const isIn = workspaces.find(({ id }) => id === values.workspace_id)?.role;
    setTypes(isIn ? await all(`/workspaces/${values.workspace_id}/user-types`) : []);
    setAbout(values);
  };
  const look = async (/** @type {any} */ values) => {
    const preview = await post(`${path}/scim-group-mappings/preview`, { ...about, ...values });
    setWanted({ ...about, ...values });
    setFound(preview);
  };
  const set = async () => {
    if (!(await attempt(() => put(`${path}/scim-group-mappings`, wanted)))) return;
    toast(t.mapped);
    onClose();
    await onDone();
  };
  if (!about) return html`<${Form} key="which" fields=${which} action=${t.next} onCancel=${onClose} onSubmit=${choose} />`;
  if (!found) return html`<${Form} key="what" fields=${what} values=${wanted ?? {}} action=${t.lookAt} onCancel=${onClose} onSubmit=${look} />`;
  return html`<${Preview} found=${found} />
    <footer>
      <button type="button" class="secondary" onClick=${() => setFound(null)}>${t.back}</button>
      <button type="button" onClick=${set}>${t.apply}</button>
    </footer>`;
}

/** Whose role ends with it is seen first. @param {{ mapping: any, onClose: () => void, onConfirm: () => Promise<unknown> }} props */
function Unmap({ mapping, onClose, onConfirm }) {
  const { path } = useThere();
  const [found, setFound] = useState(/** @type {any} */ (null));
  const { group_id, workspace_id } = mapping;
  useEffect(() => {
    post(`${path}/scim-group-mappings/preview`, { group_id, workspace_id, role: null }).then(setFound, complain);
  }, []);
  const confirm = async () => {
    onClose();
    await onConfirm();
  };
  return html`<${Dialog} title=${t.unmap} onClose=${onClose} isWide>
    <p>${t.unmapText}</p>
    ${found ? html`<${Preview} found=${found} />` : html`<${Loading} />`}
    <footer>
      <button type="button" class="secondary" onClick=${onClose}>${c.cancel}</button>
      <button type="button" class="danger" onClick=${confirm}>${t.unmap}</button>
    </footer>
  <//>`;
}

/** @param {{ found: any }} props */
function Preview({ found }) {
  const role = (/** @type {string | null} */ each) => (each ? c.roles[each] : t.nothing);
  return html`<p role="status">${t.counts(found)}</p>
    ${
      found.people.length === 0
        ? html`<p>${t.noChange}</p>`
        : html`<div class="table scroll" tabindex="0" role="region" aria-label=${t.lookAt}><table>
            <thead><tr><th scope="col">${t.person}</th><th scope="col">${t.now}</th><th scope="col">${t.then}</th></tr></thead>
            <tbody>${found.people.map((/** @type {any} */ each) => html`<tr key=${each.user_id}><th scope="row">${each.display_name ?? each.user_id}</th><td>${role(each.role)}</td><td>${role(each.new_role)}</td></tr>`)}</tbody>
          </table></div>`
    }
    ${found.more && html`<p>${t.moreThere}</p>`}`;
}
