/** Files: what there is, bringing some, taking some away, and how much room is left. */

import { html, useRef, useState } from "../vendor/ui.js";
import { post, remove } from "../core/api.js";
import { usePages, useResource } from "../core/data.js";
import { bring } from "../core/direct_upload.js";
import { useReloadOn } from "../core/live.js";
import { Name } from "../core/people.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { save, size } from "../core/transfer.js";
import { useHere } from "../core/workspace.js";
import { Confirm, Dialog, useDialog } from "../parts/dialog.js";
import { Menu } from "../parts/menu.js";
import { Badge, Page } from "../parts/page.js";
import { Secret } from "../parts/secret.js";
import { Empty } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { attempt } from "../parts/toast.js";
import { begin, Transfers } from "../parts/transfers.js";
import common from "../texts/common.js";
import english from "../texts/files.js";
import { Usage } from "./file_room.js";

const t = texts("files", english);
const c = texts("common", common);
const KINDS = /** @type {Record<string, string>} */ ({ PENDING: "info", CLEAN: "good", INFECTED: "bad", SKIPPED: "plain", ERROR: "warn" });

export default function Files() {
  const { path, may } = useHere();
  const pages = usePages(`${path}/files`);
  const usage = useResource(`${path}/file-usage`);
  const reload = () => Promise.all([pages.reload(), usage.reload()]);
  useReloadOn(["file"], reload);
  const [isOver, setOver] = useState(false);
  const [link, setLink] = useState("");
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const details = useDialog("file");
  const removing = useDialog("delete");
  const chosen = (/** @type {string | null} */ id) => pages.items.find((each) => each.id === id);

  const arrive = async (/** @type {File} */ file, /** @type {any} */ how) => {
    const brought = await bring(`${path}/files`, file, how);
    await reload();
    return brought;
  };
  const send = (/** @type {Iterable<File>} */ files) => {
    for (const file of files) begin(path, file.name, (how) => arrive(file, how), ({ isReady }) => (isReady ? t.sent : t.onItsWay)(file.name));
  };
  const fetchFile = (/** @type {any} */ file) => {
    const run = (/** @type {any} */ { onProgress, signal }) => save(`${path}/files/${file.id}/download`, { signal, onProgress: (received) => onProgress(file.size ? received / file.size : 1) });
    begin(path, file.name, run, t.saved(file.name));
  };
  const rescan = (/** @type {any} */ file) => attempt(() => post(`${path}/files/${file.id}/scan`).then(pages.reload), t.rescanned);
  const hand = (/** @type {any} */ file) => attempt(async () => setLink((await post(`${path}/files/${file.id}/link`)).url));

  const acts = (/** @type {any} */ file) => html`<${Menu} label=${`${c.actions}: ${file.name}`}>
    ${file.scan_status !== "INFECTED" && html`<button type="button" onClick=${() => fetchFile(file)}>${t.download}</button>
      <button type="button" onClick=${() => hand(file)}>${t.link}</button>`}
    <button type="button" onClick=${() => details.open(file.id)}>${t.details}</button>
    ${may("file.scan") && html`<button type="button" onClick=${() => rescan(file)}>${t.rescan}</button>`}
    ${may("file.delete") && html`<button type="button" class="danger" onClick=${() => removing.open(file.id)}>${t.delete}</button>`}
  <//>`;
  const columns = [
    { label: t.name, isMain: true, show: (/** @type {any} */ each) => html`<button type="button" class="plain link" onClick=${() => details.open(each.id)}>${each.name}</button>` },
    { label: t.size, isNumber: true, show: (/** @type {any} */ each) => size(each.size) },
    { label: t.scan, show: (/** @type {any} */ each) => html`<${Badge} kind=${KINDS[each.scan_status]}>${t.scans[each.scan_status]}<//>` },
    { label: t.by, show: (/** @type {any} */ each) => html`<${Name} id=${each.uploaded_by} />` },
    { label: t.uploaded, show: (/** @type {any} */ each) => html`<${Time} at=${each.uploaded_at} short />` },
    { label: c.actions, isQuiet: true, show: acts },
  ];
  const choose = may("file.upload") && html`<button type="button" onClick=${() => input.current?.click()}>${t.upload}</button>`;
  const over = (/** @type {DragEvent} */ event) => {
    if (!may("file.upload") || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    setOver(true);
  };
  const drop = (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    setOver(false);
    send(event.dataTransfer?.files ?? []);
  };
  const picked = (/** @type {any} */ event) => {
    send([...event.target.files]);
    event.target.value = "";
  };
  const file = chosen(removing.item);
  return html`<${Page} title=${t.title} about=${t.about} actions=${choose}>
    <input ref=${input} type="file" multiple hidden onChange=${picked} />
    <div class=${isOver ? "drop over" : "drop"} data-drop=${t.drop} onDragOver=${over} onDragLeave=${() => setOver(false)} onDrop=${drop}>
      <${Transfers} place=${path} label=${t.transfers} />
      <div class="columns">
        <${Table} label=${t.list} columns=${columns} pages=${pages}
          empty=${html`<${Empty} title=${t.none} text=${choose ? t.noneMore : t.noneRead} icon="file">${choose}<//>`} />
        ${usage.data && html`<${Usage} usage=${usage} />`}
      </div>
    </div>
    ${details.isOpen && html`<${Details} file=${chosen(details.item)} onClose=${details.close} />`}
    ${file && may("file.delete") && html`<${Confirm} title=${t.delete} text=${t.deleteText(file.name)} action=${t.delete} onClose=${removing.close}
      onConfirm=${async () => (await attempt(() => remove(`${path}/files/${file.id}`), t.deleted)) && reload()} />`}
    ${link && html`<${Secret} title=${t.link} label=${t.linkLabel} value=${link} text=${t.linkMore} onClose=${() => setLink("")} />`}
  <//>`;
}

/** @param {{ file?: any, onClose: () => void }} props */
function Details({ file, onClose }) {
  const shown = () => html`<dl class="facts">
    <div><dt>${t.type}</dt><dd>${file.content_type}</dd></div>
    <div><dt>${t.size}</dt><dd>${size(file.size)}</dd></div>
    <div><dt>${t.scan}</dt><dd><${Badge} kind=${KINDS[file.scan_status]}>${t.scans[file.scan_status]}<//> <${Time} at=${file.scanned_at} /></dd></div>
    ${file.threat && html`<div><dt>${t.threat}</dt><dd>${file.threat}</dd></div>`}
    <div><dt>${t.uploaded}</dt><dd><${Time} at=${file.uploaded_at} /> <${Name} id=${file.uploaded_by} /></dd></div>
    <div><dt>${t.digest}</dt><dd><code>${file.sha256}</code></dd></div>
  </dl>`;
  return html`<${Dialog} title=${file?.name ?? t.details} onClose=${onClose}>${file ? shown() : html`<p>${t.gone}</p>`}<//>`;
}
