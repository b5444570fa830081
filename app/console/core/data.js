/** What a screen reads, kept while it is shown: one thing, or a list page by page. */

import { useCallback, useEffect, useRef, useState } from "../vendor/ui.js";
import { request } from "./api.js";

/** @typedef {import("./api.js").ApiError} ApiError */

/**
 * One thing. `path` null reads nothing yet. What is shown stays while it is read anew.
 * @param {string | null} path
 * @param {Record<string, string | number | boolean | null | undefined>} [query]
 * @returns {{ data: any, etag: string | null, error: ApiError | null, isLoading: boolean, reload: () => Promise<void>, set: (data: any, etag?: string | null) => void }}
 */
export function useResource(path, query) {
  const [state, setState] = useState({ data: /** @type {any} */ (null), etag: /** @type {string | null} */ (null), error: /** @type {ApiError | null} */ (null), isLoading: true });
  const asked = useRef(0);
  const key = `${path}?${JSON.stringify(query ?? {})}`;
  const shown = useRef(key);
  const reload = useCallback(async () => {
    if (path === null) return;
    const turn = ++asked.current;
    const isOther = shown.current !== key;
    shown.current = key;
    setState((was) => (isOther ? { data: null, etag: null, error: null, isLoading: true } : { ...was, isLoading: true }));
    try {
      const { data, etag } = await request("GET", path, { query });
      if (turn === asked.current) setState({ data, etag, error: null, isLoading: false });
    } catch (error) {
      if (turn === asked.current) setState((was) => ({ ...was, error: /** @type {ApiError} */ (error), isLoading: false }));
    }
  }, [key]);
  useEffect(() => {
    reload();
    return () => {
      asked.current += 1;
    };
  }, [reload]);
  const set = useCallback((/** @type {any} */ data, /** @type {string | null} */ etag = null) => {
    asked.current += 1;
    setState({ data, etag, error: null, isLoading: false });
  }, []);
  return { ...state, reload, set };
}

/**
 * Does something again and again, for what no event tells of; while the page is not looked at it waits.
 * @param {number | null} seconds null: not now
 * @param {() => unknown} work
 */
export function useEvery(seconds, work) {
  const latest = useRef(work);
  latest.current = work;
  useEffect(() => {
    if (seconds === null) return undefined;
    const timer = setInterval(() => document.hidden || latest.current(), seconds * 1000);
    return () => clearInterval(timer);
  }, [seconds]);
}

/**
 * @typedef {object} Pages
 * @property {any[]} items
 * @property {ApiError | null} error
 * @property {boolean} isLoading
 * @property {boolean} hasMore
 * @property {() => Promise<void>} more
 * @property {() => Promise<void>} reload as many as are shown
 */

/**
 * A list, of any length: `more` fetches the next page.
 * @param {string | null} path
 * @param {Record<string, string | number | boolean | null | undefined>} [query]
 * @param {number} [limit] of a page
 * @returns {Pages}
 */
export function usePages(path, query = {}, limit = 50) {
  const empty = { items: /** @type {any[]} */ ([]), cursor: /** @type {string | null} */ (null), error: /** @type {ApiError | null} */ (null), isLoading: true };
  const [state, setState] = useState(empty);
  const asked = useRef(0);
  const now = useRef(state);
  now.current = state;
  const key = `${path}?${JSON.stringify(query)}`;
  const shown = useRef(key);

  const fetchPages = useCallback(
    async (/** @type {any[]} */ before, /** @type {string | null} */ from, /** @type {number} */ least) => {
      if (path === null) return;
      const turn = ++asked.current;
      setState((was) => ({ ...was, error: null, isLoading: true }));
      try {
        let items = before;
        let cursor = from;
        do {
          const wanted = Math.min(200, Math.max(limit, least - items.length));
          const { data } = await request("GET", path, { query: { limit: wanted, ...query, cursor } });
          items = [...items, ...data.items];
          cursor = data.next_cursor ?? null;
        } while (cursor && items.length < least);
        if (turn === asked.current) setState({ items, cursor, error: null, isLoading: false });
      } catch (error) {
        if (turn === asked.current) setState((was) => ({ ...was, error: /** @type {ApiError} */ (error), isLoading: false }));
      }
    },
    [key, limit],
  );
  const reload = useCallback(() => fetchPages([], null, now.current.items.length), [fetchPages]);
  const more = useCallback(() => fetchPages(now.current.items, now.current.cursor, 0), [fetchPages]);
  useEffect(() => {
    if (shown.current !== key) setState(empty);
    shown.current = key;
    fetchPages([], null, 0);
    return () => {
      asked.current += 1;
    };
  }, [fetchPages]);
  return { items: state.items, error: state.error, isLoading: state.isLoading, hasMore: state.cursor !== null, more, reload };
}
