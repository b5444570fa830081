/** Where nobody is signed in: with whom to. In development the local issuer's own page names the demo's people. */

import { html, useEffect } from "../vendor/ui.js";
import { useResource } from "../core/data.js";
import { brand, wear, wearAtTheDoor } from "../core/brand.js";
import { query } from "../core/router.js";
import { keepPlace, signInAddress } from "../core/session.js";
import { texts } from "../core/texts.js";
import english from "../texts/shell.js";
import { Empty, Shown } from "./states.js";

const t = texts("shell", english);

export function SignIn() {
  const providers = useResource("/auth/oauth/providers");
  const failed = query.value.get("error");
  const org = query.value.get("org");
  useEffect(() => {
    if (org) wearAtTheDoor(org);
    else wear(null);
  }, [org]);
  useEffect(() => {
    document.title = `${t.signIn} · ${t.product}`;
  }, []);
  const listed = () =>
    providers.data.items.map(
      (/** @type {{ name: string, label: string }} */ each) => html`<a key=${each.name} role="button" href=${signInAddress(each.name)} onClick=${keepPlace}>${t.signInWith(each.label)}</a>`,
    );
  const isNone = providers.error?.status === 404;
  return html`<main class="alone sign-in">
    <img src=${brand.value?.logo ?? new URL("../icon.svg", import.meta.url).pathname} alt="" width="48" height="48" />
    <h1>${t.signInTo(brand.value?.name ?? t.product)}</h1>
    <p>${t.signInAbout}</p>
    ${failed && html`<p class="problem" role="alert">${t.signInErrors[query.value.get("reason") ?? failed] ?? t.signInFailed}</p>`}
    ${isNone ? html`<${Empty} title=${t.noProvider} text=${t.noProviderMore} />` : html`<${Shown} of=${providers}>${listed}<//>`}
  </main>`;
}
