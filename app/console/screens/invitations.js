/** Who was asked in, and the links that some may join by. Tokens and codes are told once. */

import { html, useState } from "../vendor/ui.js";
import { post, remove } from "../core/api.js";
import { usePages } from "../core/data.js";
import { useReloadOn } from "../core/live.js";
import { query, setQuery, to } from "../core/router.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { About, Confirm, Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Menu } from "../parts/menu.js";
import { Badge, Choice, Page, Section } from "../parts/page.js";
import { Secret } from "../parts/secret.js";
import { Empty } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { attempt } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/invitations.js";

const t = texts("invitations", english);
const c = texts("common", common);
const KINDS = /** @type {Record<string, string>} */ ({ PENDING: "info", ACCEPTED: "good", DECLINED: "bad", REVOKED: "plain", EXPIRED: "warn" });

/** An address to pass on; what is behind its # is sent to no server. @param {string} name @param {string} secret */
const linkOf = (name, secret) => `${location.origin}${to("/join")}#${new URLSearchParams({ [name]: secret })}`;

export default function Invitations() {
  const { path, may, roles } = useHere();
  const shown = query.value.get("show") ?? "";
  const pages = usePages(`${path}/invitations`, { pending: shown === "all" ? null : true });
  useReloadOn(["invitation"], pages.reload);
  const inviting = useDialog("invite");
  const revoking = useDialog("revoke");
  const [token, setToken] = useState(/** @type {any} */ (null));
  const own = roles.roles.find((/** @type {any} */ each) => each.role === roles.own);
  const resend = (/** @type {any} */ each) =>
    attempt(async () => {
      setToken(await post(`${path}/invitations/${each.id}/resend`));
      pages.reload();
    });
  const acts = (/** @type {any} */ each) =>
    each.state === "PENDING" &&
    html`<${Menu} label=${`${c.actions}: ${each.email}`}>
      ${may("invitation.resend") && html`<button type="button" onClick=${() => resend(each)}>${t.resend}</button>`}
      ${may("invitation.revoke") && html`<button type="button" class="danger" onClick=${() => revoking.open(each.id)}>${t.revoke}</button>`}
    <//>`;
  const columns = [
    { label: t.email, isMain: true, show: (/** @type {any} */ each) => each.email },
    { label: t.role, show: (/** @type {any} */ each) => c.roles[each.role] },
    { label: t.state, show: (/** @type {any} */ each) => html`<${Badge} kind=${KINDS[each.state]}>${t.states[each.state]}<//>` },
    { label: t.expires, show: (/** @type {any} */ each) => html`<${Time} at=${each.expires_at} />` },
    { label: c.actions, isQuiet: true, show: acts },
  ];
  const invite = may("invitation.create") && html`<button type="button" onClick=${() => inviting.open()}>${t.invite}</button>`;
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "email", label: t.email, type: "email", required: true, maxLength: 254 },
    { name: "role", label: t.role, type: "select", options: own.grants.map((/** @type {string} */ each) => [each, c.roles[each]]) },
  ];
  const send = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    const made = await post(`${path}/invitations`, values, { key });
    inviting.close();
    setToken(made);
    await pages.reload();
  };
  return html`<${Page} title=${t.title} about=${t.about} actions=${invite}>
    <div class="filters">
      <${Choice} label=${t.show} value=${shown} options=${[["", t.pending], ["all", t.everything]]} onChange=${(/** @type {string} */ show) => setQuery({ show })} />
    </div>
    <${Table} label=${t.list} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${t.none} text=${t.noneMore} icon="send">${invite}<//>`} />
    ${may("join_link.list") && html`<${Links} />`}
    ${inviting.isOpen && invite && html`<${Dialog} title=${t.invite} onClose=${inviting.close}>
      <${Form} fields=${fields} values=${{ role: "MEMBER" }} action=${t.invite} onCancel=${inviting.close} onSubmit=${send} />
    <//>`}
    ${may("invitation.revoke") && html`<${About} dialog=${revoking} pages=${pages}>${(/** @type {any} */ each) => html`<${Confirm} title=${t.revoke} text=${t.revokeText(each.email)} action=${t.revoke} onClose=${revoking.close}
      onConfirm=${async () => (await attempt(() => remove(`${path}/invitations/${each.id}`), t.revoked)) && pages.reload()} />`}<//>`}
    ${token?.token && html`<${Secret} title=${t.invited} label=${t.token} value=${linkOf("invitation", token.token)} text=${token.is_mailed ? `${t.once} ${t.mailed}` : t.once} onClose=${() => setToken(null)} />`}
  <//>`;
}

function Links() {
  const { path, may } = useHere();
  const pages = usePages(`${path}/join-links`);
  useReloadOn(["join_link"], pages.reload);
  const making = useDialog("link");
  const ending = useDialog("link-end");
  const [code, setCode] = useState("");
  const end = async (/** @type {string} */ id) => (await attempt(() => remove(`${path}/join-links/${id}`), t.linkRemoved)) && pages.reload();
  const columns = [
    { label: t.role, isMain: true, show: (/** @type {any} */ each) => c.roles[each.role] },
    { label: t.uses, show: (/** @type {any} */ each) => html`${each.usage_count} ${t.of} ${each.usage_limit}` },
    { label: t.expires, show: (/** @type {any} */ each) => html`<${Time} at=${each.expires_at} />` },
    { label: c.actions, isQuiet: true, show: (/** @type {any} */ each) => may("join_link.remove") && html`<button type="button" class="secondary small" onClick=${() => ending.open(each.id)}>${t.linkRemove}</button>` },
  ];
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "role", label: t.role, type: "select", options: [["MEMBER", c.roles.MEMBER], ["VIEWER", c.roles.VIEWER]] },
    { name: "usage_limit", label: t.linkUses, type: "number", min: 1, required: true },
    { name: "days", label: t.linkDays, type: "number", min: 1, required: true },
  ];
  const make = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    const made = await post(`${path}/join-links`, values, { key });
    making.close();
    setCode(made.code);
    await pages.reload();
  };
  const actions = may("join_link.create") && html`<button type="button" class="secondary small" onClick=${() => making.open()}>${t.linkNew}</button>`;
  return html`<${Section} title=${t.links} actions=${actions}>
    <${Table} label=${t.links} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${t.linkNone} icon="link" />`} />
    ${making.isOpen && html`<${Dialog} title=${t.linkNew} onClose=${making.close}>
      <${Form} fields=${fields} values=${{ usage_limit: 10, days: 7 }} action=${c.create} onCancel=${making.close} onSubmit=${make} />
    <//>`}
    ${may("join_link.remove") && html`<${About} dialog=${ending} pages=${pages}>${(/** @type {any} */ each) => html`<${Confirm} title=${t.linkRemove} text=${t.linkRemoveText} action=${t.linkRemove} onClose=${ending.close} onConfirm=${() => end(each.id)} />`}<//>`}
    ${code && html`<${Secret} title=${t.linkNew} label=${t.code} value=${linkOf("code", code)} text=${t.onceLink} onClose=${() => setCode("")} />`}
  <//>`;
}
