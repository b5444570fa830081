/** Files, to the service and from it, with how far they are. */

import { addressOf, ApiError, newKey, refusal, request } from "./api.js";
import { LANGUAGE, texts } from "./texts.js";
import english from "../texts/errors.js";

const t = texts("errors", english);
const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];

/** "3.4 MB", in steps of a thousand. @param {number} bytes */
export function size(bytes) {
  const step = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const format = new Intl.NumberFormat(LANGUAGE, { style: "unit", unit: UNITS[step], unitDisplay: step ? "short" : "long", maximumFractionDigits: step ? 1 : 0 });
  return format.format(bytes / 1000 ** step);
}

/**
 * Sends a file as a form. What it is keeps its key, so that another try is the same upload.
 * @param {string} path
 * @param {File} file
 * @param {{ onProgress: (sent: number) => void, signal?: AbortSignal, key?: string }} how sent: a share of 1
 * @returns {Promise<any>} what is answered
 */
export function upload(path, file, { onProgress, signal, key = newKey() }) {
  return new Promise((resolve, reject) => {
    // fetch does not say how far it is.
    const call = new XMLHttpRequest();
    call.open("POST", addressOf(path));
    call.setRequestHeader("X-PMA-Browser", "1");
    call.setRequestHeader("Accept", "application/json");
    call.setRequestHeader("Idempotency-Key", key);
    call.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    call.onload = () => {
      if (call.status < 300) resolve(JSON.parse(call.responseText));
      else reject(refusal(call.status, call.responseText, (name) => call.getResponseHeader(name)));
    };
    call.onerror = () => reject(new ApiError(0, { error_code: "UNREACHABLE", message: t.unreachable }));
    call.onabort = () => reject(new DOMException("", "AbortError"));
    signal?.addEventListener("abort", () => call.abort());
    const form = new FormData();
    form.append("file", file);
    call.send(form);
  });
}

/**
 * Has the browser save what a path answers, under the name that the service gives it.
 * @param {string} path
 * @param {{ query?: import("./api.js").Ask["query"], onProgress?: (received: number) => void, signal?: AbortSignal }} [how] received: bytes
 * @returns {Promise<Headers>}
 */
export async function save(path, { query, onProgress, signal } = {}) {
  const { data, headers } = await request("GET", path, { query, signal, as: "stream", accept: "*/*" });
  let received = 0;
  const counted = /** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (data).pipeThrough(
    new TransformStream({
      transform(chunk, further) {
        received += chunk.byteLength;
        onProgress?.(received);
        further.enqueue(chunk);
      },
    }),
  );
  // A type that no browser shows: it is saved, whatever is in it.
  const blob = await new Response(counted, { headers: { "Content-Type": "application/octet-stream" } }).blob();
  offer(blob, named(headers.get("Content-Disposition")));
  return headers;
}

/** @param {Blob} blob @param {string} name */
export function offer(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** The name in a Content-Disposition (RFC 6266). @param {string | null} header */
function named(header) {
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(header ?? "");
  return encoded ? decodeURIComponent(encoded[1]) : (/filename="([^"]*)"/.exec(header ?? "")?.[1] ?? "download");
}
