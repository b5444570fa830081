/** The browsers that the reader is told in, this one among them or not. */

import { html, useEffect, useState } from "../vendor/ui.js";
import { browsers, canBeTold, subscribe, subscription, unsubscribe } from "../core/push.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { Badge, Section } from "../parts/page.js";
import { attempt, complain, toast } from "../parts/toast.js";
import english from "../texts/notifications.js";

const t = texts("notifications", english);

/** @param {{ pushKey: string }} props */
export function Browsers({ pushKey }) {
  const [known, setKnown] = useState(/** @type {{ id: string, endpoint: string, created_at: string }[] | null} */ (null));
  const [own, setOwn] = useState(/** @type {string | null} */ (null));
  const [isBusy, setBusy] = useState(false);
  const read = async () => {
    setOwn((await subscription())?.endpoint ?? null);
    setKnown(await browsers());
  };
  useEffect(() => void read().catch(complain), []);
  const act = async (/** @type {() => Promise<unknown>} */ work) => {
    setBusy(true);
    await attempt(work);
    await read().catch(complain);
    setBusy(false);
  };
  const begin = () => act(async () => toast((await subscribe(pushKey)) ? t.toldHere : t.notAllowed));
  const end = (/** @type {any} */ each) => act(async () => {
    await unsubscribe(each);
    toast(t.toldNoMore);
  });
  if (known === null) return null;
  const isTold = known.some((each) => each.endpoint === own);
  const button = canBeTold && !isTold && html`<button type="button" disabled=${isBusy} onClick=${begin}>${t.tellHere}</button>`;
  return html`<${Section} title=${t.browsers} actions=${button}>
    <p class="about">${canBeTold ? t.browsersAbout : t.cannotBeTold}</p>
    ${known.length > 0 && html`<ul class="rows">
      ${known.map((each) => {
        const name = new URL(each.endpoint).host;
        return html`<li key=${each.id}><span class="grow">${name} ${each.endpoint === own && html`<${Badge} kind="good">${t.thisBrowser}<//>`}<br /><small>${t.since} <${Time} at=${each.created_at} /></small></span>
          <button type="button" class="secondary small" disabled=${isBusy} aria-label=${`${t.tellNoMore}: ${name}`} onClick=${() => end(each)}>${t.tellNoMore}</button></li>`;
      })}
    </ul>`}
  <//>`;
}
