/** How much a workspace holds and may hold in files, and the form in which its owners, or who governs it, say so. */

import { html, useState } from "../vendor/ui.js";
import { put, request } from "../core/api.js";
import { useResource } from "../core/data.js";
import { number, texts } from "../core/texts.js";
import { size } from "../core/transfer.js";
import { useHere } from "../core/workspace.js";
import { Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Section } from "../parts/page.js";
import { Shown } from "../parts/states.js";
import { toast } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/files.js";

const t = texts("files", english);
const c = texts("common", common);

/** For the workspace that is shown. @param {{ usage: any }} props as `useResource` answers it */
export function Usage({ usage }) {
  const { path, may, workspace } = useHere();
  const editing = useDialog("limits");
  const mayLimit = may("workspace.set_file_limits") && workspace.status === "ACTIVE";
  const actions = mayLimit && html`<button type="button" class="secondary small" onClick=${() => editing.open()}>${t.limits}</button>`;
  return html`<${Section} title=${t.usage} actions=${actions}>
    <${Room} label=${t.count} measure=${usage.data.files} said=${number} />
    <${Room} label=${t.bytes} measure=${usage.data.file_bytes} said=${size} />
    ${editing.isOpen && mayLimit && html`<${FileLimits} read=${`${path}/file-usage`} write=${`${path}/file-limits`} which="own" onClose=${editing.close} onDone=${usage.reload} />`}
  <//>`;
}

/**
 * @param {object} props
 * @param {string} props.read the address of what there is
 * @param {string} props.write and of the limits
 * @param {"own" | "granted"} props.which limits are set there: its owners', or those of who governs it
 * @param {string} [props.name] of whose room it is, where it is not that of the workspace that is shown
 * @param {() => void} props.onClose
 * @param {() => unknown} [props.onDone]
 */
export function FileLimits({ read, write, which, name, onClose, onDone }) {
  const usage = useResource(read);
  const [seen, setSeen] = useState(/** @type {string | null} */ (null));
  const form = () => {
    const { data, etag } = usage;
    const other = which === "own" ? data.granted : data.own;
    /** @type {import("../parts/form.js").Field[]} */
    const fields = [
      { name: "files", label: t.most, type: "number", min: 0, hint: t.without(number(data.files.used)) },
      { name: "file_bytes", label: t.mostBytes, type: "number", min: 0, hint: t.without(size(data.file_bytes.used)) },
    ];
    const submit = async (/** @type {any} */ values, /** @type {any} */ { isForced }) => {
      await put(write, values, { match: isForced ? null : (seen ?? etag) });
      toast(c.saved);
      onClose();
      await onDone?.();
    };
    const conflict = async () => {
      const now = await request("GET", read);
      setSeen(now.etag);
      return now.data[which];
    };
    return html`${other.files !== null && html`<p class="about">${t.others[which].files(number(other.files))}</p>`}
      ${other.file_bytes !== null && html`<p class="about">${t.others[which].bytes(size(other.file_bytes))}</p>`}
      <${Form} fields=${fields} values=${data[which]} action=${c.save} onCancel=${onClose} onSubmit=${submit} onConflict=${conflict} />`;
  };
  return html`<${Dialog} title=${name ? `${t.limitsTitle}: ${name}` : t.limitsTitle} onClose=${onClose}>
    <p class="about">${t.limitsText[which]}</p>
    <${Shown} of=${usage}>${form}<//>
  <//>`;
}

/** @param {{ label: string, measure: { used: number, limit: number | null }, said: (value: number) => string }} props */
function Room({ label, measure: { used, limit }, said }) {
  return html`<div class="room">
    <p><span>${label}</span> ${limit === null ? t.unlimited(said(used)) : t.of(said(used), said(limit))}</p>
    ${limit !== null && html`<meter min="0" max=${Math.max(limit, 1)} high=${limit * 0.9} value=${used} aria-label=${label}></meter>`}
  </div>`;
}
