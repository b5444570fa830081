/** Large files, past the service to the store that it keeps them in, by a link that it signs. */

import { ApiError, get, post, remove } from "./api.js";
import { texts } from "./texts.js";
import { upload } from "./transfer.js";
import english from "../texts/files.js";

const t = texts("files", english);
const MEBIBYTE = 1024 * 1024;
/** Below, the way by the service is the shorter one. */
const LEAST = 8 * MEBIBYTE;
/** Above, a browser cannot digest it: it does so in one piece. */
const MOST = 512 * MEBIBYTE;
/** How long the service is asked whether it has verified a file: at first often, then ever more rarely. */
const SOON = 500;
const LATE = 10_000;
const END = 5 * 60_000;
const store = document.querySelector("meta[name=pma-store]")?.getAttribute("content") ?? "";

/**
 * Sends a file the way that suits it; done when it is one of the workspace's files, or will be without this page.
 * @param {string} path of the files
 * @param {File} file
 * @param {{ onProgress: (share: number | undefined) => void, signal: AbortSignal }} how
 * @returns {Promise<{ id: string, isReady: boolean }>} isReady: not where it is still being verified
 */
export async function bring(path, file, how) {
  // Digests are made on a page that came by HTTPS alone.
  const isPast = store !== "" && file.size >= LEAST && file.size <= MOST && isSecureContext;
  return isPast ? past(path, file, how) : { id: (await upload(path, file, how)).id, isReady: true };
}

/**
 * @param {string} path
 * @param {File} file
 * @param {{ onProgress: (share: number | undefined) => void, signal: AbortSignal }} how
 */
async function past(path, file, { onProgress, signal }) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  const sha256 = Array.from(digest, (each) => each.toString(16).padStart(2, "0")).join("");
  signal.throwIfAborted();
  const begun = await post(`${path}/uploads`, { name: file.name, content_type: file.type || null, size: file.size, sha256 });
  const address = `${path}/uploads/${begun.upload_id}`;
  try {
    // Who has cancelled it meanwhile was heard by nobody.
    signal.throwIfAborted();
    await send(begun, file, { onProgress, signal });
    onProgress(undefined);
    signal.throwIfAborted();
    let found = await post(`${address}/complete`);
    const end = Date.now() + END;
    for (let pause = SOON; found.state === "VERIFYING"; pause = Math.min(LATE, 2 * pause)) {
      if (Date.now() > end) return { id: begun.upload_id, isReady: false };
      await rest(pause, signal);
      found = await get(address);
    }
    if (found.state !== "DONE") throw new ApiError(0, { error_code: `UPLOAD_${found.reason ?? found.state}`, message: t.failed[found.reason] ?? t.failed.MISSING });
    return { id: begun.upload_id, isReady: true };
  } catch (error) {
    // The room that was kept for it is free again; where it is over already, there is nothing to give up.
    const isOver = error instanceof ApiError && error.code.startsWith("UPLOAD_");
    if (!isOver) await remove(address).catch(() => {});
    throw error;
  }
}

/** @param {number} pause @param {AbortSignal} signal ends it at once @returns {Promise<void>} */
function rest(pause, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, pause);
  });
}

/**
 * @param {{ url: string, headers: Record<string, string> }} link
 * @param {File} file
 * @param {{ onProgress: (share: number) => void, signal: AbortSignal }} how
 * @returns {Promise<void>}
 */
function send({ url, headers }, file, { onProgress, signal }) {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open("PUT", url);
    for (const [name, value] of Object.entries(headers)) call.setRequestHeader(name, value);
    call.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    const refused = () => reject(new ApiError(call.status, { error_code: "STORE_REFUSED", message: t.refused(call.status) }));
    call.onload = () => (call.status < 300 ? resolve() : refused());
    call.onerror = refused;
    call.onabort = () => reject(new DOMException("", "AbortError"));
    signal.addEventListener("abort", () => call.abort());
    // Without a type of its own, so that the store is asked for no header that it need not allow.
    call.send(new Blob([file]));
  });
}
