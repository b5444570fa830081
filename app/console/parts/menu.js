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
      } else if (!isInside) details.open = false;
      else if (event.type === "click" && /** @type {Element} */ (event.target).closest("button, a")) {
        // What was chosen goes with the menu; a dialog that it opens gives the focus back to what is left.
        details.querySelector("summary")?.focus();
        details.open = false;
      }
    };
    // The focus that goes on leaves it too.
    const ends = ["click", "keydown", "focusin"];
    for (const each of ends) document.addEventListener(each, end);
    return () => {
      for (const each of ends) document.removeEventListener(each, end);
    };
  }, [isOpen]);
  return html`<details class=${`menu ${isEnd ? "end" : ""} ${isFramed ? "framed" : ""}`} ref=${element} onToggle=${() => setOpen(Boolean(element.current?.open))}>
    <summary aria-label=${label} title=${label}>${face ?? html`<${Icon} name="more" />`}</summary>
    ${isOpen && html`<div class="items">${of ? of() : children}</div>`}
  </details>`;
}
