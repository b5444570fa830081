/** With which credential each other system is asked. Tokens go in and never come out. */

import { html, useState } from "../vendor/ui.js";
import { put, remove, request } from "../core/api.js";
import { useResource } from "../core/data.js";
import { useReloadOn } from "../core/live.js";
import { Name } from "../core/people.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { Confirm, Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Menu } from "../parts/menu.js";
import { Badge } from "../parts/page.js";
import { Shown } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { attempt, toast } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/links.js";

const t = texts("links", english);
const c = texts("common", common);

export function Connections() {
  const { path, may } = useHere();
  const own = useResource(`${path}/integration-connections`);
  useReloadOn(["connection"], own.reload);
  const setting = useDialog("connection");
  const removing = useDialog("disconnect");
  const of = (/** @type {string} */ provider) => own.data?.items.find((/** @type {any} */ each) => each.provider === provider);
  const items = Object.keys(t.providers).map((provider) => ({ provider, own: of(provider) }));
  const acts = (/** @type {any} */ { provider, own: connection }) =>
    may("connection.set") &&
    html`<${Menu} label=${`${c.actions}: ${t.providers[provider]}`}>
      <button type="button" onClick=${() => setting.open(provider)}>${connection ? t.replace : t.set}</button>
      ${connection && may("connection.remove") && html`<button type="button" class="danger" onClick=${() => removing.open(provider)}>${t.disconnect}</button>`}
    <//>`;
  const columns = [
    { label: t.system, isMain: true, show: (/** @type {any} */ each) => t.providers[each.provider] },
    { label: t.credential, show: (/** @type {any} */ each) => html`<${Badge} kind=${each.own ? "info" : "plain"}>${each.own ? t.own : t.installation}<//>` },
    { label: t.address, show: (/** @type {any} */ each) => each.own?.base_url },
    { label: t.account, show: (/** @type {any} */ each) => each.own?.account },
    { label: t.changed, show: (/** @type {any} */ each) => each.own && html`<${Time} at=${each.own.updated_at} short /> <${Name} id=${each.own.updated_by} />` },
    { label: c.actions, isQuiet: true, show: acts },
  ];
  const pages = { items, error: null, isLoading: false, hasMore: false, more: own.reload, reload: own.reload };
  const provider = Object.keys(t.providers).find((each) => each === setting.item);
  const gone = of(removing.item ?? "");
  const end = async () => {
    const isDone = await attempt(() => remove(`${path}/integration-connections/${gone.provider}`, { match: gone.version }), t.disconnected);
    if (isDone) own.reload();
  };
  return html`<div class="lead"><p class="about">${t.connectionsAbout}</p></div>
    <${Shown} of=${own}>${() => html`<${Table} label=${t.connections} columns=${columns} pages=${pages} id=${(/** @type {any} */ each) => each.provider} empty=${null} />`}<//>
    ${own.data && provider && may("connection.set") && html`<${Set} key=${provider} provider=${provider} connection=${of(provider)} onClose=${setting.close} onDone=${own.reload} />`}
    ${gone && html`<${Confirm} title=${t.disconnect} text=${t.disconnectText(t.providers[gone.provider])} action=${t.disconnect} onClose=${removing.close} onConfirm=${end} />`}`;
}

/** @param {{ provider: string, connection?: any, onClose: () => void, onDone: () => unknown }} props */
function Set({ provider, connection, onClose, onDone }) {
  const { path } = useHere();
  const address = `${path}/integration-connections/${provider}`;
  const [was, setWas] = useState(connection);
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "base_url", label: t.baseUrl, type: "url", hint: t.baseUrlHint, required: true, maxLength: 500 },
    ...(provider === "jira" ? [{ name: "account", label: t.account, hint: t.accountHint, maxLength: 320 }] : []),
    { name: "secret", label: t.secret, type: "password", hint: t.secretHint, required: true, maxLength: 4096, autocomplete: "new-password" },
  ];
  const submit = async (/** @type {any} */ values, /** @type {any} */ { isForced }) => {
    await put(address, values, { match: isForced ? null : (was?.version ?? null) });
    toast(t.connected);
    onClose();
    await onDone();
  };
  const conflict = async () => {
    const { data } = await request("GET", address);
    setWas(data);
    return data;
  };
  return html`<${Dialog} title=${t.setTitle(t.providers[provider])} onClose=${onClose}>
    <${Form} fields=${fields} values=${was ?? {}} action=${c.save} onCancel=${onClose} onSubmit=${submit} onConflict=${conflict} />
  <//>`;
}
