/** A button that opens a few acts; the browser's own disclosure, so that the keyboard works. */

import { html, useEffect, useRef } from "../vendor/ui.js";
import { Icon } from "./icons.js";

/**
 * @param {{ label: string, children: unknown, face?: unknown, isEnd?: boolean }} props face: what the button shows
 */
export function Menu({ label, children, face, isEnd = true }) {
  const element = useRef(/** @type {HTMLDetailsElement | null} */ (null));
  useEffect(() => {
    const end = (/** @type {Event} */ event) => {
      const details = element.current;
      if (!details?.open) return;
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
  }, []);
  return html`<details class=${`menu ${isEnd ? "end" : ""}`} ref=${element}>
    <summary aria-label=${label} title=${label}>${face ?? html`<${Icon} name="more" />`}</summary>
    <div class="items">${children}</div>
  </details>`;
}
