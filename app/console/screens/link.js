/** One link: whether it holds, what checks found, and looking again now. */

import { html, useState } from "../vendor/ui.js";
import { patch, post, remove, request } from "../core/api.js";
import { usePages } from "../core/data.js";
import { useReloadOn } from "../core/live.js";
import { Name } from "../core/people.js";
import { go } from "../core/router.js";
import { texts } from "../core/texts.js";
import { useThing } from "../core/thing.js";
import { Time } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { Data } from "../parts/data.js";
import { Confirm, Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Menu } from "../parts/menu.js";
import { Badge, Page, Section } from "../parts/page.js";
import { Empty, Shown } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { attempt, toast } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/links.js";
import { HEALTH } from "./link_pick.js";

const t = texts("links", english);
const c = texts("common", common);

/** @param {{ params: { link: string } }} props */
export default function Link({ params }) {
  const { path } = useHere();
  const [turn, setTurn] = useState(0);
  const link = useThing("link", `${path}/links/${encodeURIComponent(params.link)}`, { onChange: () => setTurn((was) => was + 1) });
  return html`<${Shown} of=${link}>${() => html`<${One} link=${link} turn=${turn} />`}<//>`;
}

/** @param {{ link: any, turn: number }} props link: as `useResource` answers it */
function One({ link, turn }) {
  const { path, at, may } = useHere();
  const { id, provider, url } = link.data;
  const address = `${path}/links/${id}`;
  const name = link.data.display_name ?? link.data.external_id;
  const history = usePages(`${address}/history`);
  const reload = () => Promise.all([link.reload(), history.reload()]);
  useReloadOn(["link"], reload);
  const editing = useDialog("edit");
  const removing = useDialog("remove");
  const [isBusy, setBusy] = useState(false);
  const check = async () => {
    setBusy(true);
    await attempt(() => post(`${address}/check`), t.checkDone);
    setBusy(false);
    await reload();
  };
  const end = async () => (await attempt(() => remove(address, { match: link.etag }), t.removed)) && go(at("links"));
  // Only what a browser may be led to: the other system says what stands there.
  const outside = /^https?:\/\//.test(url ?? "");
  const actions = html`
    ${may("link.check") && html`<button type="button" disabled=${isBusy} onClick=${check}>${isBusy ? c.working : t.check}</button>`}
    ${may("link.update") && html`<${Menu} label=${c.actions}>
      <button type="button" onClick=${() => editing.open()}>${t.edit}</button>
      ${may("link.remove") && html`<button type="button" class="danger" onClick=${() => removing.open()}>${t.remove}</button>`}
    <//>`}`;
  const columns = [
    { label: t.checked, isMain: true, show: (/** @type {any} */ each) => html`<${Time} at=${each.checked_at} />` },
    { label: t.health, show: (/** @type {any} */ each) => html`<${Badge} kind=${HEALTH[each.status]}>${t.states[each.status]}<//>` },
    { label: t.reason, show: (/** @type {any} */ each) => each.reason?.replaceAll("_", " ") },
  ];
  return html`<${Page} title=${name} about=${t.providers[provider]} actions=${actions} crumb=${{ label: t.title, address: at("links") }}>
    <div class="columns">
      <${Section} title=${t.history}>
        <${Table} label=${t.history} columns=${columns} pages=${history} id=${(/** @type {any} */ each) => String(each.seq)}
          empty=${html`<${Empty} title=${t.historyNone} text=${t.historyNoneMore} icon="link" />`} />
      <//>
      <${Section} title=${t.facts}><${Facts} link=${link.data} />
        ${outside && html`<p><a href=${url} target="_blank" rel="noopener noreferrer">${t.open}</a></p>`}
      <//>
    </div>
    ${editing.isOpen && may("link.update") && html`<${Edit} link=${link} onClose=${editing.close} />`}
    ${removing.isOpen && may("link.remove") && html`<${Confirm} title=${t.remove} text=${t.removeText(name)} action=${t.remove} onClose=${removing.close} onConfirm=${end} />`}
  <//>`;
}

/** @param {{ link: any }} props */
function Facts({ link }) {
  return html`<dl class="facts">
    <div><dt>${t.health}</dt><dd><${Badge} kind=${HEALTH[link.status]}>${t.states[link.status]}<//> ${link.last_reason?.replaceAll("_", " ")}</dd></div>
    <div><dt>${t.checked}</dt><dd>${link.last_checked_at ? html`<${Time} at=${link.last_checked_at} />` : t.never}</dd></div>
    <div><dt>${t.lastOk}</dt><dd>${link.last_ok_at ? html`<${Time} at=${link.last_ok_at} />` : t.never}</dd></div>
    ${link.failures > 0 && html`<div><dt>${t.failures}</dt><dd>${link.failures}</dd></div>`}
    <div><dt>${t.externalId}</dt><dd><code>${link.external_id}</code></dd></div>
    <div><dt>${t.linked}</dt><dd><${Time} at=${link.linked_at} /> <${Name} id=${link.linked_by} /></dd></div>
    ${link.config && html`<div><dt>${t.config}</dt><dd><${Data} label=${t.config} value=${link.config} /></dd></div>`}
  </dl>`;
}

/** @param {{ link: any, onClose: () => void }} props */
function Edit({ link, onClose }) {
  const { path } = useHere();
  const [was] = useState(link.data);
  const [etag, setEtag] = useState(link.etag);
  const address = `${path}/links/${was.id}`;
  const submit = async (/** @type {any} */ values, /** @type {any} */ { isForced }) => {
    await patch(address, values, { match: isForced ? null : etag });
    toast(t.saved);
    onClose();
    await link.reload();
  };
  const conflict = async () => {
    const now = await request("GET", address);
    setEtag(now.etag);
    return now.data;
  };
  const fields = [{ name: "display_name", label: t.name, maxLength: 255 }];
  return html`<${Dialog} title=${t.editTitle} onClose=${onClose}>
    <${Form} fields=${fields} values=${was} action=${c.save} onCancel=${onClose} onSubmit=${submit} onConflict=${conflict} />
  <//>`;
}
