/** A button that opens a few acts; the browser's own disclosure, so that the keyboard works. */

import { html, useEffect, useRef, useState } from "../vendor/ui.js";
import { Icon } from "./icons.js";

/**
 * What it opens is made when it is opened, so that a list may have one in each row.
 * @param {{ label: string, children?: unknown, of?: () => unknown, face?: unknown, isEnd?: boolean, isFramed?: boolean }} props
 *   face: what the button shows; of: makes what is in it, where that is more than a few buttons
 */
export function Menu({ label, children, of, face, isEnd = true, isFramed = false }) {
  const element = useRef(/** @type {HTMLDetailsElement | null} */ (null));
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    if (!isOpen) return undefined;
    const end = (/** @type {Event} */ event) => {
      const details = element.current;
      if (!details) return;
      const isInside = details.contains(/** @type {Node} */ (event.target));
      if (event instanceof KeyboardEvent) {
        if (event.key !== "Escape") return;
        details.open = false;
        details.querySelector("summary")?.focus();
      } else if (!isInside || /** @type {Element} */ (event.target).closest("button, a")) details.open = false;
    };
    document.addEventListener("click", end);
    document.addEventListener("keydown", end);
    return () => {
      document.removeEventListener("click", end);
      document.removeEventListener("keydown", end);
    };
  }, [isOpen]);
  return html`<details class=${`menu ${isEnd ? "end" : ""} ${isFramed ? "framed" : ""}`} ref=${element} onToggle=${() => setOpen(Boolean(element.current?.open))}>
    <summary aria-label=${label} title=${label}>${face ?? html`<${Icon} name="more" />`}</summary>
    ${isOpen && html`<div class="items">${of ? of() : children}</div>`}
  </details>`;
}
