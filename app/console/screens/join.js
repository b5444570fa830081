/**
 * Coming in by an invitation or a link. What one is sent stands behind the # of an address, which no server is told,
 * and is taken away as soon as it was read.
 */

import { html, useEffect, useState } from "../vendor/ui.js";
import { post } from "../core/api.js";
import { go } from "../core/router.js";
import { load } from "../core/session.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { Form } from "../parts/form.js";
import { Page, Section } from "../parts/page.js";
import { attempt, toast } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/join.js";

const t = texts("join", english);
const c = texts("common", common);

/** @returns {{ invitation?: string, code?: string }} */
function given() {
  const found = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  return found;
}

export default function Join() {
  const [sent] = useState(given);
  const [token, setToken] = useState("");
  const [shown, setShown] = useState(/** @type {any} */ (null));
  const look = async (/** @type {any} */ values) => {
    setShown(await post("/invitations/preview", { token: values.token }));
    setToken(values.token);
  };
  useEffect(() => {
    if (sent.invitation) attempt(() => look({ token: sent.invitation }));
  }, []);
  const enter = async (/** @type {string | null} */ workspace) => {
    toast(t.joined);
    await load();
    go(workspace ? `/w/${workspace}` : "/", { replace: true });
  };
  const accept = () => attempt(async () => enter((await post("/invitations/accept", { token })).workspace_id));
  const decline = () => attempt(async () => {
    await post("/invitations/decline", { token });
    setShown(null);
  }, t.declined);
  const join = async (/** @type {any} */ values, /** @type {any} */ { key }) => enter((await post("/join", { code: values.code }, { key })).workspace_id);
  return html`<${Page} title=${t.title} about=${t.about}>
    <${Section} title=${t.invitation}>
      ${
        shown
          ? html`<p>${t.invited(shown.inviter_name ?? t.somebody, c.roles[shown.role] ?? shown.role, shown.name)}</p>
              <p class="about">${t.until} <${Time} at=${shown.expires_at} /></p>
              ${shown.state === "PENDING"
                ? html`<div class="actions"><button type="button" onClick=${accept}>${t.accept}</button><button type="button" class="secondary" onClick=${decline}>${t.decline}</button></div>`
                : html`<p class="wrong">${t.state}</p>`}`
          : html`<${Form} fields=${[{ name: "token", label: t.token, type: "password", required: true, maxLength: 200 }]} values=${{ token: sent.invitation }} action=${t.look} onSubmit=${look} />`
      }
    <//>
    <${Section} title=${t.link}>
      <${Form} fields=${[{ name: "code", label: t.code, type: "password", required: true, maxLength: 200 }]} values=${{ code: sent.code }} action=${t.join} onSubmit=${join} />
    <//>
  <//>`;
}
