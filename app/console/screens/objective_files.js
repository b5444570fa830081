/** Files of the workspace that are attached to an objective. */

import { html, useEffect, useRef, useState } from "../vendor/ui.js";
import { all, put, remove } from "../core/api.js";
import { usePages } from "../core/data.js";
import { bring } from "../core/direct_upload.js";
import { texts } from "../core/texts.js";
import { save, size } from "../core/transfer.js";
import { useHere } from "../core/workspace.js";
import { Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Menu } from "../parts/menu.js";
import { Section } from "../parts/page.js";
import { Empty, Loading, Shown } from "../parts/states.js";
import { More } from "../parts/table.js";
import { attempt, complain, toast } from "../parts/toast.js";
import { begin, Transfers } from "../parts/transfers.js";
import common from "../texts/common.js";
import fileTexts from "../texts/files.js";
import english from "../texts/okrs.js";

const t = texts("okrs", english);
const c = texts("common", common);
const f = texts("files", fileTexts);

/** @param {{ address: string, turn: number, isOpen: boolean }} props address: of the objective */
export function ObjectiveFiles({ address, turn, isOpen }) {
  const { path, may } = useHere();
  const files = usePages(`${address}/files`);
  const attaching = useDialog("attach");
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => {
    if (turn) files.reload();
  }, [turn]);
  const canAttach = isOpen && may("objective.attach");
  const attach = async (/** @type {string} */ id) => {
    await put(`${address}/files/${id}`);
    await files.reload();
  };
  const detach = (/** @type {any} */ file) => attempt(async () => {
    await remove(`${address}/files/${file.id}`);
    await files.reload();
  }, t.detached);
  const fetchFile = (/** @type {any} */ file) =>
    begin(address, file.name, ({ onProgress, signal }) => save(`${path}/files/${file.id}/download`, { signal, onProgress: (received) => onProgress(file.size ? received / file.size : 1) }), f.saved(file.name));
  const arrive = async (/** @type {File} */ file, /** @type {any} */ how) => {
    const brought = await bring(`${path}/files`, file, how);
    // What is still being verified is no file yet.
    if (brought.isReady) await attach(brought.id);
    return brought;
  };
  const picked = (/** @type {any} */ event) => {
    for (const file of event.target.files) begin(address, file.name, (how) => arrive(file, how), ({ isReady }) => (isReady ? t.attached : t.notYet(file.name)));
    event.target.value = "";
  };
  const row = (/** @type {any} */ file) => html`<li key=${file.id}>
    <span class="grow">${file.scan_status === "INFECTED" ? file.name : html`<button type="button" class="plain link" title=${f.download} onClick=${() => fetchFile(file)}>${file.name}</button>`} <small>${size(file.size)}${file.scan_status !== "CLEAN" && `, ${f.scans[file.scan_status]}`}</small></span>
    ${isOpen && may("objective.detach") && html`<${Menu} label=${`${c.actions}: ${file.name}`}><button type="button" class="danger" onClick=${() => detach(file)}>${t.detach}</button><//>`}
  </li>`;
  const actions = canAttach && html`<button type="button" class="secondary small" onClick=${() => attaching.open()}>${t.attach}</button>
    ${may("file.upload") && html`<button type="button" class="secondary small" onClick=${() => input.current?.click()}>${f.upload}</button>`}`;
  return html`<${Section} title=${t.files} actions=${actions}>
    <input ref=${input} type="file" multiple hidden onChange=${picked} />
    <${Transfers} place=${address} label=${f.transfers} />
    <${Shown} of=${files}>${() => (files.items.length ? html`<ul class="rows">${files.items.map(row)}</ul>${files.hasMore && html`<${More} pages=${files} />`}` : html`<p class="about">${t.noFiles}</p>`)}<//>
    ${attaching.isOpen && canAttach && html`<${Attach} taken=${files.items} attach=${attach} onClose=${attaching.close} />`}
  <//>`;
}

/** @param {{ taken: any[], attach: (id: string) => Promise<void>, onClose: () => void }} props */
function Attach({ taken, attach, onClose }) {
  const { path } = useHere();
  const [found, setFound] = useState(/** @type {any[] | null} */ (null));
  useEffect(() => {
    all(`${path}/files`).then(setFound, complain);
  }, []);
  const known = new Set(taken.map((each) => each.id));
  const options = (found ?? []).filter((each) => !known.has(each.id)).map((each) => [each.id, each.name]);
  const submit = async (/** @type {any} */ { file_id: id }) => {
    await attach(id);
    toast(t.attached);
    onClose();
  };
  const form = () => html`<${Form} fields=${[{ name: "file_id", label: t.file, type: "select", options }]} action=${t.attach} onCancel=${onClose} onSubmit=${submit} />`;
  return html`<${Dialog} title=${t.attach} onClose=${onClose}>${found === null ? html`<${Loading} />` : options.length ? form() : html`<${Empty} title=${t.noOtherFiles} icon="file" />`}<//>`;
}
