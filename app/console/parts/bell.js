/** Whether there is something that the reader was told and has not read. */

import { html, useEffect, useRef } from "../vendor/ui.js";
import { useEvery } from "../core/data.js";
import { useChanges } from "../core/live.js";
import { recount, unread } from "../core/notices.js";
import { to } from "../core/router.js";
import { texts } from "../core/texts.js";
import english from "../texts/shell.js";
import { Icon } from "./icons.js";

const t = texts("shell", english);

export function Bell() {
  const waiting = useRef(/** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined));
  useEffect(() => {
    recount();
    return () => clearTimeout(waiting.current);
  }, []);
  // Who is told of a change is worked out a moment after it.
  useChanges(() => {
    clearTimeout(waiting.current);
    waiting.current = setTimeout(recount, 800);
  });
  useEvery(30, recount);
  const count = unread.value?.unread ?? 0;
  const text = t.unread(count);
  return html`<a class="bell" href=${to("/notifications")} title=${text} aria-label=${text}><${Icon} name="bell" />${count > 0 && html`<span class="count" aria-hidden="true">${count > 99 ? "99+" : count}</span>`}</a>`;
}
