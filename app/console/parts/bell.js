/** Whether there is something that the reader was told and has not read. */

import { html, useEffect } from "../vendor/ui.js";
import { useEvery } from "../core/data.js";
import { useAftermath } from "../core/live.js";
import { recount, unread } from "../core/notices.js";
import { HOME } from "../core/place.js";
import { go, to } from "../core/router.js";
import { texts } from "../core/texts.js";
import english from "../texts/shell.js";
import { Icon } from "./icons.js";

const t = texts("shell", english);

export function Bell() {
  useEffect(() => {
    recount();
    // The worker that shows what is pushed (worker.js).
    const hear = (/** @type {MessageEvent} */ { data }) => {
      if (data.told) recount();
      if (data.go?.startsWith(location.origin + HOME)) go(data.go.slice(location.origin.length));
    };
    navigator.serviceWorker?.addEventListener("message", hear);
    return () => navigator.serviceWorker?.removeEventListener("message", hear);
  }, []);
  useAftermath(recount);
  // For what happens in workspaces that are not shown.
  useEvery(30, recount);
  const count = unread.value?.unread ?? 0;
  const text = t.unread(count);
  return html`<a class="bell" href=${to("/notifications")} title=${text} aria-label=${text}><${Icon} name="bell" />${count > 0 && html`<span class="count" aria-hidden="true">${count > 99 ? "99+" : count}</span>`}</a>`;
}
