/**
 * The public API, as a page uses it: by the cookie of its session and the header that no other site can send.
 * A change is sent once, however often it is tried: each POST has an Idempotency-Key. Errors are `ApiError`.
 */

import { signal } from "../vendor/ui.js";
import { ROOT } from "./place.js";
import { texts } from "./texts.js";
import english from "../texts/errors.js";

const t = texts("errors", english);

/** Set when the service says that nobody is signed in here (any more). */
export const signedOut = signal(false);

/**
 * @typedef {object} Ask
 * @property {Record<string, string | number | boolean | string[] | null | undefined>} [query] of an array, each
 * @property {unknown} [body] sent as JSON, a FormData as it is
 * @property {string | number | null} [match] the ETag, or the version, that is changed; else 412
 * @property {string} [key] the Idempotency-Key, where the caller keeps one over several tries
 * @property {string} [reason] sent as X-Override-Reason
 * @property {AbortSignal} [signal]
 * @property {"json" | "blob" | "text" | "stream"} [as] what is answered, "json" if not said; a stream is read by the caller
 * @property {string} [accept]
 */

/**
 * @typedef {object} Answer
 * @property {any} data null where there is none
 * @property {string | null} etag
 * @property {Headers} headers
 * @property {number} status
 */

/** What went wrong, as the service tells it, or that it could not be reached (status 0). */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {{ error_code?: string, message?: string, details?: any, request_id?: string | null }} told
   * @param {number | null} retryAfter seconds
   */
  constructor(status, told, retryAfter = null) {
    super(told.message ?? t.unknown);
    this.status = status;
    this.code = told.error_code ?? "UNKNOWN";
    /** @type {any} */
    this.details = told.details ?? null;
    this.requestId = told.request_id ?? null;
    this.retryAfter = retryAfter;
  }

  /** What is wrong with a field of the body, by its name. */
  get problems() {
    /** @type {Record<string, string>} */
    const found = {};
    for (const each of this.details?.problems ?? []) {
      found[String(each.field).replace(/^body\./, "")] = String(each.problem).replace(/^Value error, /, "");
    }
    return found;
  }
}

/** Something new, also on a page that came by plain HTTP. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (each) => each.toString(16).padStart(2, "0")).join("");
}

/** @param {number} seconds */
const wait = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/**
 * Where a path of the service is. One that would lead elsewhere than it says, as `..` in any guise does, raises the
 * error of what is not there: a part of it may stand in an address that somebody sent.
 * @param {string} path from the service's root, its parts encoded; without a query, which is given beside it
 * @returns {URL}
 */
export function addressOf(path) {
  const wanted = ROOT + path.replace(/^\//, "");
  const url = new URL(wanted, location.origin);
  const isSo = url.origin === location.origin && url.pathname === wanted && path.replace(/^\//, "").split("/").every(isPart);
  if (!isSo) throw new ApiError(404, { error_code: "NOT_FOUND", message: t.missing });
  return url;
}

/** Whether it is the name of one thing, also to whoever decodes it. @param {string} part of a path */
function isPart(part) {
  try {
    return !/^\.{0,2}$|[\\/]/.test(decodeURIComponent(part));
  } catch {
    return false;
  }
}

/**
 * @param {string} method
 * @param {string} path from the service's root
 * @param {Ask} [ask]
 * @returns {Promise<Answer>}
 */
export async function request(method, path, ask = {}) {
  const url = addressOf(path);
  for (const [name, value] of Object.entries(ask.query ?? {})) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each != null && each !== "") url.searchParams.append(name, String(each));
    }
  }
  /** @type {Record<string, string>} */
  const headers = { "X-PMA-Browser": "1", Accept: ask.accept ?? "application/json" };
  const isForm = ask.body instanceof FormData;
  if (ask.body !== undefined && !isForm) headers["Content-Type"] = "application/json";
  if (method === "POST" && !path.startsWith("/auth/")) headers["Idempotency-Key"] = ask.key ?? newKey();
  if (ask.match != null) headers["If-Match"] = typeof ask.match === "number" ? `"${ask.match}"` : ask.match;
  if (ask.reason) headers["X-Override-Reason"] = ask.reason;
  /** @type {RequestInit} */
  const options = { method, headers, signal: ask.signal, credentials: "same-origin", cache: "no-store" };
  if (ask.body !== undefined) {
    options.body = isForm ? /** @type {FormData} */ (ask.body) : JSON.stringify(ask.body);
  }
  for (let attempt = 0; ; attempt += 1) {
    const response = await send(url, options, attempt);
    if (response === null) {
      await wait(0.5 * (attempt + 1));
    } else if (response.ok) {
      return await answered(response, ask.as ?? "json");
    } else {
      const error = await failed(response);
      // A short queue is waited for; what it was is not done twice, by its key.
      const isBrief = error.status === 429 && attempt === 0 && (error.retryAfter ?? 99) <= 3;
      if (!isBrief) throw error;
      await wait(error.retryAfter ?? 1);
    }
  }
}

/**
 * Null where it is worth trying again: a connection that broke, with what may be sent twice.
 * @param {URL} url
 * @param {RequestInit} options
 * @param {number} attempt
 */
async function send(url, options, attempt) {
  try {
    return await fetch(url, options);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    const isSafe = options.method === "GET" || "Idempotency-Key" in /** @type {object} */ (options.headers);
    if (isSafe && attempt < 2) return null;
    throw new ApiError(0, { error_code: "UNREACHABLE", message: t.unreachable });
  }
}

/**
 * @param {Response} response
 * @param {"json" | "blob" | "text" | "stream"} as
 * @returns {Promise<Answer>}
 */
async function answered(response, as) {
  const hasNone = response.status === 204 || response.status === 304;
  const data = hasNone ? null : as === "stream" ? response.body : as === "blob" ? await response.blob() : as === "text" ? await response.text() : await json(response);
  return { data, etag: response.headers.get("ETag"), headers: response.headers, status: response.status };
}

/** @param {Response} response */
async function json(response) {
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

/** @param {Response} response */
const failed = async (response) => refusal(response.status, await response.text(), (name) => response.headers.get(name));

/**
 * The error that an answer is.
 * @param {number} status
 * @param {string} text of the body
 * @param {(name: string) => string | null} header
 */
export function refusal(status, text, header) {
  /** @type {any} */
  let told = null;
  try {
    told = JSON.parse(text);
  } catch {
    // A proxy's page, not the service's words.
  }
  const seconds = Number(header("Retry-After"));
  const fallback = { message: t.status(status), request_id: header("X-Request-Id") };
  const error = new ApiError(status, told?.error_code ? told : fallback, seconds > 0 ? seconds : null);
  if (error.status === 401) signedOut.value = true;
  return error;
}

/**
 * The lines of JSON that a stream is, as they come.
 * @param {ReadableStream<Uint8Array<ArrayBuffer>>} stream
 * @returns {AsyncGenerator<any>}
 */
export async function* lines(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    text += value ?? "";
    const whole = text.split("\n");
    text = whole.pop() ?? "";
    for (const line of whole) yield JSON.parse(line);
    if (done) return;
  }
}

/** @param {string} path @param {Ask["query"]} [query] @param {Ask} [ask] */
export const get = async (path, query, ask) => (await request("GET", path, { ...ask, query })).data;
/** @param {string} path @param {unknown} [body] @param {Ask} [ask] */
export const post = async (path, body, ask) => (await request("POST", path, { ...ask, body })).data;
/** @param {string} path @param {unknown} body @param {Ask} [ask] */
export const patch = async (path, body, ask) => (await request("PATCH", path, { ...ask, body })).data;
/** @param {string} path @param {unknown} [body] @param {Ask} [ask] */
export const put = async (path, body, ask) => (await request("PUT", path, { ...ask, body })).data;
/** @param {string} path @param {Ask} [ask] */
export const remove = async (path, ask) => (await request("DELETE", path, ask)).data;

/**
 * All items of a list, page after page, up to a number of them.
 * @param {string} path
 * @param {Ask["query"]} [query]
 * @param {number} [most]
 * @returns {Promise<any[]>}
 */
export async function all(path, query = {}, most = 1000) {
  /** @type {any[]} */
  const items = [];
  let cursor = null;
  do {
    const page = await get(path, { limit: 200, ...query, cursor });
    items.push(...page.items);
    cursor = page.next_cursor ?? null;
  } while (cursor && items.length < most);
  return items;
}
