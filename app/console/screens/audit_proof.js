/** What proves the audit log: recomputing it here, and taking it away with a signature of its end. */

import { html, useEffect, useRef, useState } from "../vendor/ui.js";
import { ApiError, lines, request } from "../core/api.js";
import { texts } from "../core/texts.js";
import { save, size } from "../core/transfer.js";
import { useHere } from "../core/workspace.js";
import { Dialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Badge, Progress } from "../parts/page.js";
import { Secret } from "../parts/secret.js";
import { Failure } from "../parts/states.js";
import common from "../texts/common.js";
import english from "../texts/audit.js";

const t = texts("audit", english);
const c = texts("common", common);

/** Begins when it is opened. @param {{ onClose: () => void }} props */
export function Verify({ onClose }) {
  const { path } = useHere();
  const [far, setFar] = useState(/** @type {any} */ (null));
  const [result, setResult] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(/** @type {ApiError | null} */ (null));
  const [kept, setKept] = useState("");
  const abort = useRef(new AbortController());
  const run = async () => {
    const { signal } = abort.current;
    setResult(null);
    setError(null);
    setFar(null);
    const given = kept.split(/\s+/).filter(Boolean);
    try {
      const { data } = await request("GET", `${path}/audit/verify`, { query: { progress: true, checkpoint: given }, signal, as: "stream" });
      let last = null;
      for await (last of lines(data)) if (!("valid" in last)) setFar(last);
      if (!last || !("valid" in last)) throw new Error(t.cutShort);
      setResult(last);
    } catch (problem) {
      if (!signal.aborted) setError(problem instanceof ApiError ? problem : new ApiError(0, { message: t.cutShort }));
    }
  };
  useEffect(() => {
    run();
    return () => abort.current.abort();
  }, []);
  const inside = () => {
    if (error) return html`<${Failure} error=${error} retry=${run} />`;
    if (!result) return html`<div role="status"><${Progress} label=${far ? t.ofEntries(far.entries, far.head_seq) : t.verifying} value=${far?.entries} max=${far?.head_seq} /></div>`;
    return html`<${Result} result=${result} />
      <details>
        <summary>${t.kept}</summary>
        <label><span class="unseen">${t.kept}</span><textarea rows="3" class="code" value=${kept} onInput=${(/** @type {any} */ event) => setKept(event.target.value)}></textarea></label>
        <small>${t.keptHint}</small>
      </details>
      <footer><button type="button" class="secondary" onClick=${run}>${kept.trim() ? t.keptRun : t.again}</button><button type="button" onClick=${onClose}>${c.close}</button></footer>`;
  };
  return html`<${Dialog} title=${t.verifyTitle} onClose=${onClose} isWide>${inside()}<//>`;
}

/** What verification has found. @param {{ result: any }} props */
export function Result({ result }) {
  return html`<div role="status">
      <p><${Badge} kind=${result.valid ? "good" : "bad"}>${result.valid ? t.valid : t.invalid}<//></p>
      <p>${result.valid ? t.validMore(result.entries) : t.invalidMore}</p>
    </div>
    <dl class="facts"><div><dt>${t.head}</dt><dd>${result.head_seq} <code>${result.head_hash}</code></dd></div></dl>
    ${result.findings.length > 0 && html`<h3>${t.findings}</h3>
      <div class="scroll" tabindex="0" role="region" aria-label=${t.findings}><table>
        <thead><tr><th scope="col">${t.number}</th><th scope="col">${t.problem}</th><th scope="col">${t.kind}</th></tr></thead>
        <tbody>${result.findings.map((/** @type {any} */ each, /** @type {number} */ i) => html`<tr key=${i}><th scope="row">${each.seq || ""}</th><td>${each.problem}</td><td>${t.kinds[each.kind]}</td></tr>`)}</tbody>
      </table></div>`}`;
}

/** @param {{ onClose: () => void }} props */
export function Export({ onClose }) {
  const { path } = useHere();
  const [received, setReceived] = useState(/** @type {number | null} */ (null));
  const [end, setEnd] = useState(/** @type {{ seq: string, jws: string } | null} */ (null));
  const [abort] = useState(() => new AbortController());
  useEffect(() => () => abort.abort(), []);
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "format", label: t.format, type: "select", options: Object.entries(t.formats) },
    { name: "after_seq", label: t.after, type: "number", min: 0, hint: t.afterHint },
  ];
  const submit = async (/** @type {any} */ values) => {
    setReceived(0);
    try {
      const headers = await save(`${path}/audit/export`, { query: values, onProgress: setReceived, signal: abort.signal });
      setEnd({ seq: headers.get("X-Audit-Until") ?? "", jws: headers.get("X-Audit-Checkpoint") ?? "" });
    } finally {
      setReceived(null);
    }
  };
  if (end) return html`<${Secret} title=${t.exported(end.seq)} label=${t.signature} value=${end.jws} text=${t.exportedMore} onClose=${onClose} />`;
  return html`<${Dialog} title=${t.exportTitle} onClose=${onClose}>
    <p>${t.exportAbout}</p>
    <${Form} fields=${fields} action=${t.export} onCancel=${onClose} onSubmit=${submit}>
      ${received !== null && html`<div role="status"><${Progress} label=${`${t.exporting}: ${t.received(size(received))}`} /></div>`}
    <//>
  <//>`;
}
