/** Dialogs: the browser's own, so that focus stays inside and Escape ends it. Which is open is in the address. */

import { html, useEffect, useId, useRef } from "../vendor/ui.js";
import { back, query, setQuery } from "../core/router.js";
import { texts } from "../core/texts.js";
import common from "../texts/common.js";
import { Icon } from "./icons.js";

const c = texts("common", common);
const MARK = "dialog";

/**
 * Whether the dialog of this name is open, and how it is opened and closed. Back closes it.
 * @param {string} name
 */
export function useDialog(name) {
  const value = query.value.get("dialog");
  const [open, item] = value?.split(":") ?? [];
  return {
    isOpen: open === name,
    /** What it was opened for. */
    item: open === name ? (item ?? null) : null,
    /** @param {string} [about] */
    open: (about) => setQuery({ dialog: about ? `${name}:${about}` : name }, { mark: MARK }),
    close: () => {
      // Leaves no trace: back leads to where one was before, not to the same place without the dialog.
      if (history.state === MARK) back();
      else setQuery({ dialog: null }, { replace: true });
    },
  };
}

/**
 * @param {{ title: string, onClose: () => void, children: unknown, isWide?: boolean }} props
 */
export function Dialog({ title, onClose, children, isWide = false }) {
  const element = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  useEffect(() => {
    const dialog = element.current;
    const before = document.activeElement;
    if (dialog && !dialog.open) dialog.showModal();
    const first = dialog?.querySelector("input, select, textarea");
    if (first instanceof HTMLElement) first.focus();
    return () => {
      dialog?.close();
      // To where it was, or where that is gone, or there was none, to what the page is about.
      const isThere = before instanceof HTMLElement && before !== document.body && before.isConnected;
      const place = isThere ? before : document.querySelector("main h1");
      if (place instanceof HTMLElement && !document.querySelector("dialog[open]")) place.focus({ preventScroll: !isThere });
    };
  }, []);
  const end = (/** @type {Event} */ event) => {
    event.preventDefault();
    onClose();
  };
  return html`<dialog ref=${element} class=${isWide ? "wide" : ""} aria-labelledby=${id} onCancel=${end}>
    <article>
      <header>
        <h2 id=${id}>${title}</h2>
        <button type="button" class="plain" onClick=${onClose} aria-label=${c.close}><${Icon} name="close" /></button>
      </header>
      ${children}
    </article>
  </dialog>`;
}

/**
 * A dialog about one of a list, which the address names: it shows what the list says of that, and does things to no
 * other. Of what is not listed it says so.
 * @param {object} props
 * @param {ReturnType<typeof useDialog>} props.dialog
 * @param {{ items: any[], error: unknown, isLoading: boolean }} props.pages
 * @param {(each: any) => boolean} [props.find] which is meant
 * @param {(each: any) => unknown} props.children
 */
export function About({ dialog, pages, find = (each) => each.id === dialog.item, children }) {
  if (!dialog.isOpen) return null;
  const found = pages.items.find(find);
  if (found) return children(found);
  return !pages.isLoading && !pages.error && html`<${Dialog} title=${c.notListed} onClose=${dialog.close}><p>${c.notListedMore}</p><//>`;
}

/**
 * Asks before something that is not easily taken back.
 * @param {{ title: string, text: string, action: string, onConfirm: () => Promise<unknown>, onClose: () => void }} props
 */
export function Confirm({ title, text, action, onConfirm, onClose }) {
  const confirm = async () => {
    onClose();
    await onConfirm();
  };
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <p>${text}</p>
    <footer>
      <button type="button" class="secondary" onClick=${onClose}>${c.cancel}</button>
      <button type="button" class="danger" onClick=${confirm}>${action}</button>
    </footer>
  <//>`;
}
