/** One webhook: what it was sent, how each try ended, and sending again. */

import { html, useState } from "../vendor/ui.js";
import { patch, post, remove, request } from "../core/api.js";
import { Name } from "../core/people.js";
import { go } from "../core/router.js";
import { texts } from "../core/texts.js";
import { useThing } from "../core/thing.js";
import { Time } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { Confirm, Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Menu } from "../parts/menu.js";
import { Page, Section } from "../parts/page.js";
import { Secret } from "../parts/secret.js";
import { Shown } from "../parts/states.js";
import { attempt, toast } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/webhooks.js";
import { Deliveries, useDeliveries } from "./webhook_deliveries.js";
import { shown, WebhookForm } from "./webhook_form.js";
import { State } from "./webhooks.js";

const t = texts("webhooks", english);
const c = texts("common", common);

/** @param {{ params: { webhook: string } }} props */
export default function Webhook({ params }) {
  const { path } = useHere();
  const webhook = useThing("webhook", `${path}/webhooks/${encodeURIComponent(params.webhook)}`);
  return html`<${Shown} of=${webhook}>${() => html`<${One} webhook=${webhook} />`}<//>`;
}

/** @param {{ webhook: any }} props as `useResource` answers it */
function One({ webhook }) {
  const { path, at, may } = useHere();
  const { id, url, description, is_enabled: isEnabled } = webhook.data;
  const address = `${path}/webhooks/${id}`;
  const deliveries = useDeliveries(address);
  const editing = useDialog("edit");
  const rotating = useDialog("rotate");
  const replaying = useDialog("replay");
  const removing = useDialog("delete");
  const [secret, setSecret] = useState("");
  const act = async (/** @type {string} */ step, /** @type {string} */ done) => (await attempt(() => post(`${address}/${step}`), done)) && webhook.reload();
  const test = async () => (await attempt(() => post(`${address}/test`), t.tested)) && deliveries.reload();
  const rotate = () =>
    attempt(async () => {
      setSecret((await post(`${address}/rotate-secret`)).secret);
      await webhook.reload();
    });
  const end = async () => (await attempt(() => remove(address, { match: webhook.etag }), t.deleted)) && go(at("webhooks"));
  const actions = html`
    ${may("webhook.test") && isEnabled && html`<button type="button" onClick=${test}>${t.test}</button>`}
    ${!isEnabled && may("webhook.enable") && html`<button type="button" onClick=${() => act("enable", t.enabled)}>${t.enable}</button>`}
    <${Menu} label=${c.actions}>
      ${may("webhook.update") && html`<button type="button" onClick=${() => editing.open()}>${t.edit}</button>`}
      ${may("webhook.rotate_secret") && html`<button type="button" onClick=${() => rotating.open()}>${t.rotate}</button>`}
      ${may("webhook.replay") && isEnabled && html`<button type="button" onClick=${() => replaying.open()}>${t.replay}</button>`}
      ${may("webhook.disable") && isEnabled && html`<button type="button" onClick=${() => act("disable", t.disabled)}>${t.disable}</button>`}
      ${may("webhook.delete") && html`<button type="button" class="danger" onClick=${() => removing.open()}>${t.delete}</button>`}
    <//>`;
  return html`<${Page} title=${url} about=${description} actions=${actions} crumb=${{ label: t.title, address: at("webhooks") }}>
    <div class="columns">
      <${Deliveries} address=${address} deliveries=${deliveries} isEnabled=${isEnabled} />
      <${Facts} webhook=${webhook.data} />
    </div>
    ${editing.isOpen && may("webhook.update") && html`<${Edit} webhook=${webhook} onClose=${editing.close} />`}
    ${replaying.isOpen && may("webhook.replay") && html`<${Replay} address=${address} onClose=${replaying.close} onDone=${deliveries.reload} />`}
    ${rotating.isOpen && may("webhook.rotate_secret") && html`<${Confirm} title=${t.rotate} text=${t.rotateText} action=${t.rotate} onClose=${rotating.close} onConfirm=${rotate} />`}
    ${removing.isOpen && may("webhook.delete") && html`<${Confirm} title=${t.delete} text=${t.deleteText} action=${t.delete} onClose=${removing.close} onConfirm=${end} />`}
    ${secret && html`<${Secret} title=${t.secretTitle} label=${t.secret} value=${secret} text=${t.secretText} onClose=${() => setSecret("")} />`}
  <//>`;
}

/** @param {{ webhook: any }} props */
function Facts({ webhook }) {
  return html`<${Section} title=${t.facts}>
    <dl class="facts">
      <div><dt>${t.state}</dt><dd><${State} webhook=${webhook} /> ${webhook.disabled_reason && t.reasons[webhook.disabled_reason]}</dd></div>
      ${webhook.failing_since && html`<div><dt>${t.failingSince}</dt><dd><${Time} at=${webhook.failing_since} /></dd></div>`}
      <div><dt>${t.events}</dt><dd>${webhook.event_types.map((/** @type {string} */ each) => html`<code key=${each}>${each}</code> `)}</dd></div>
      <div><dt>${t.ordering}</dt><dd>${webhook.is_ordered ? t.inOrder : t.anyOrder}</dd></div>
      <div><dt>${t.actsFor}</dt><dd><${Name} id=${webhook.acts_for} /></dd></div>
      ${webhook.earlier_secret_until && html`<div><dt>${t.earlierSecret}</dt><dd><${Time} at=${webhook.earlier_secret_until} /></dd></div>`}
      <div><dt>${t.made}</dt><dd><${Time} at=${webhook.created_at} /> <${Name} id=${webhook.created_by} /></dd></div>
    </dl>
  <//>`;
}

/** @param {{ webhook: any, onClose: () => void }} props */
function Edit({ webhook, onClose }) {
  const { path } = useHere();
  const [was] = useState(webhook.data);
  const [etag, setEtag] = useState(webhook.etag);
  const address = `${path}/webhooks/${was.id}`;
  const submit = async (/** @type {any} */ values, /** @type {any} */ { isForced }) => {
    await patch(address, values, { match: isForced ? null : etag });
    toast(t.saved);
    onClose();
    await webhook.reload();
  };
  const conflict = async () => {
    const now = await request("GET", address);
    setEtag(now.etag);
    return shown(now.data);
  };
  return html`<${Dialog} title=${t.editTitle} onClose=${onClose}>
    <${WebhookForm} webhook=${was} action=${c.save} onSubmit=${submit} onCancel=${onClose} onConflict=${conflict} />
  <//>`;
}

/** @param {{ address: string, onClose: () => void, onDone: () => unknown }} props */
function Replay({ address, onClose, onDone }) {
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "from_seq", label: t.from, type: "number", min: 1, required: true },
    { name: "to_seq", label: t.to, type: "number", min: 1, required: true },
  ];
  const submit = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    const { deliveries } = await post(`${address}/replay`, values, { key });
    toast(t.replayed(deliveries));
    onClose();
    await onDone();
  };
  return html`<${Dialog} title=${t.replayTitle} onClose=${onClose}>
    <p class="about">${t.replayText}</p>
    <${Form} fields=${fields} action=${t.resend} onSubmit=${submit} onCancel=${onClose} />
  <//>`;
}
