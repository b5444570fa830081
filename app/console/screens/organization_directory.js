/** What a directory does in an organisation: its connections, what its groups make of people, whom it has stopped. */

import { html, useState } from "../vendor/ui.js";
import { patch, post, remove, request } from "../core/api.js";
import { usePages } from "../core/data.js";
import { useThere } from "../core/organization.js";
import { ROOT } from "../core/place.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { Confirm, Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Menu } from "../parts/menu.js";
import { Badge, Section } from "../parts/page.js";
import { Secret } from "../parts/secret.js";
import { Empty } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { attempt, toast } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/organizations.js";
import { Mappings } from "./organization_mappings.js";

const t = texts("organizations", english);
const c = texts("common", common);

export function Directory() {
  return html`<${Connections} /><${Mappings} /><${Stops} />`;
}

function Connections() {
  const { path, may } = useThere();
  const address = `${path}/scim-connections`;
  const pages = usePages(address);
  const connecting = useDialog("connect");
  const renaming = useDialog("rename");
  const rotating = useDialog("rotate");
  const cutting = useDialog("cut");
  // What is told once stays until it is closed, whatever the list does meanwhile.
  const [secret, setSecret] = useState("");
  const target = pages.items.find(({ id }) => id === (renaming.item ?? rotating.item ?? cutting.item));
  const tell = async (/** @type {any} */ made) => {
    if (made.secret) setSecret(made.secret);
    await pages.reload();
  };
  const toggle = async (/** @type {any} */ each) =>
    (await attempt(() => patch(`${address}/${each.id}`, { is_enabled: !each.is_enabled }, { match: each.version }), t.changed)) && pages.reload();
  const cut = async () => (await attempt(() => remove(`${address}/${target.id}`, { match: target.version }), t.done)) && pages.reload();
  const acts = (/** @type {any} */ each) =>
    may("OWNER") &&
    html`<${Menu} label=${`${c.actions}: ${each.name}`}>
      <button type="button" onClick=${() => rotating.open(each.id)}>${t.rotate}</button>
      <button type="button" onClick=${() => renaming.open(each.id)}>${t.rename}</button>
      <button type="button" onClick=${() => toggle(each)}>${each.is_enabled ? t.disable : t.enable}</button>
      <button type="button" class="danger" onClick=${() => cutting.open(each.id)}>${t.cut}</button>
    <//>`;
  const columns = [
    { label: t.name, isMain: true, show: (/** @type {any} */ each) => each.name },
    { label: t.status, show: (/** @type {any} */ each) => html`<${Badge} kind=${each.is_enabled ? "good" : "warn"}>${each.is_enabled ? t.enabled : t.disabled}<//>` },
    { label: t.keeps, show: (/** @type {any} */ each) => t.kept(each.users, each.groups) },
    { label: t.lastUsed, show: (/** @type {any} */ each) => (each.last_used_at ? html`<${Time} at=${each.last_used_at} short />` : t.never) },
    { label: c.actions, isQuiet: true, show: acts },
  ];
  const connect = may("OWNER") && html`<button type="button" class="secondary" onClick=${() => connecting.open()}>${t.connect}</button>`;
  const rotate = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    const made = await post(`${address}/${target.id}/rotate`, values, { key });
    rotating.close();
    await tell(made);
  };
  const make = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    const made = await post(address, values, { key });
    connecting.close();
    await tell(made);
  };
  return html`<${Section} title=${t.connections} actions=${pages.items.length > 0 && connect}>
    <p class="about">${t.connectionsAbout} <code>${`${location.origin}${ROOT}${path.slice(1)}/scim/v2`}</code></p>
    <${Table} label=${t.connections} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${t.noConnections} text=${t.noConnectionsMore} icon="link">${connect}<//>`} />
    ${connecting.isOpen && may("OWNER") && html`<${Dialog} title=${t.connect} onClose=${connecting.close}>
      <p class="about">${t.connectMore}</p>
      <${Form} fields=${[{ name: "name", label: t.name, required: true, maxLength: 200 }]} action=${t.connect} onCancel=${connecting.close} onSubmit=${make} />
    <//>`}
    ${rotating.isOpen && target && html`<${Dialog} title=${t.rotate} onClose=${rotating.close}>
      <${Form} fields=${[{ name: "overlap_hours", label: t.overlap, type: "number", required: true, min: 0, max: 168 }]} values=${{ overlap_hours: 24 }} action=${t.rotate} onCancel=${rotating.close} onSubmit=${rotate} />
    <//>`}
    ${renaming.isOpen && target && html`<${Rename} address=${`${address}/${target.id}`} connection=${target} onClose=${renaming.close} onDone=${pages.reload} />`}
    ${cutting.isOpen && target && html`<${Confirm} title=${t.cut} text=${t.cutText} action=${t.cut} onClose=${cutting.close} onConfirm=${cut} />`}
    ${secret && html`<${Secret} title=${t.secretMade} label=${t.secret} value=${secret} text=${t.secretMore} onClose=${() => setSecret("")} />`}
  <//>`;
}

/** @param {{ address: string, connection: any, onClose: () => void, onDone: () => unknown }} props */
function Rename({ address, connection, onClose, onDone }) {
  const [was] = useState(connection);
  const [version, setVersion] = useState(was.version);
  const submit = async (/** @type {any} */ values, /** @type {any} */ { isForced }) => {
    await patch(address, values, { match: isForced ? null : version });
    toast(t.changed);
    onClose();
    await onDone();
  };
  const conflict = async () => {
    const { data } = await request("GET", address);
    setVersion(data.version);
    return data;
  };
  return html`<${Dialog} title=${t.rename} onClose=${onClose}>
    <${Form} fields=${[{ name: "name", label: t.name, required: true, maxLength: 200 }]} values=${was} action=${c.save} onCancel=${onClose} onSubmit=${submit} onConflict=${conflict} />
  <//>`;
}

function Stops() {
  const { path, may } = useThere();
  const pages = usePages(`${path}/stops`);
  const lifting = useDialog("lift");
  const target = pages.items.find(({ user_id: id }) => encodeURIComponent(id) === lifting.item);
  const lift = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    await post(`${path}/stops/${encodeURIComponent(target.user_id)}/lift`, values, { key });
    toast(t.lifted);
    lifting.close();
    await pages.reload();
  };
  const called = (/** @type {any} */ each) => each.display_name ?? each.user_id;
  const columns = [
    { label: t.person, isMain: true, show: called },
    { label: t.role, show: (/** @type {any} */ each) => (each.role ? c.roles[each.role] : c.none) },
    { label: t.stopped, show: (/** @type {any} */ each) => html`<${Time} at=${each.stopped_at} />` },
    {
      label: c.actions,
      isQuiet: true,
      show: (/** @type {any} */ each) =>
        may(each.role === "ADMIN" || each.role === "OWNER" ? "OWNER" : "ADMIN") && html`<button type="button" class="secondary small" aria-label=${`${t.lift}: ${called(each)}`} onClick=${() => lifting.open(encodeURIComponent(each.user_id))}>${t.lift}</button>`,
    },
  ];
  return html`<${Section} title=${t.stops}>
    <p class="about">${t.stopsAbout}</p>
    <${Table} label=${t.stops} columns=${columns} pages=${pages} id=${(/** @type {any} */ each) => each.user_id} empty=${html`<${Empty} title=${t.noStops} icon="shield" />`} />
    ${target && html`<${Dialog} title=${t.lift} onClose=${lifting.close}>
      <p><strong>${called(target)}</strong></p>
      <${Form} fields=${[{ name: "reason", label: t.reason, type: "textarea", required: true, maxLength: 500 }]} action=${t.lift} onCancel=${lifting.close} onSubmit=${lift} />
    <//>`}
  <//>`;
}
