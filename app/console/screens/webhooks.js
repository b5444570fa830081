/** The addresses that are told of events. */

import { html, useState } from "../vendor/ui.js";
import { post } from "../core/api.js";
import { usePages } from "../core/data.js";
import { useReloadOn } from "../core/live.js";
import { Name } from "../core/people.js";
import { texts } from "../core/texts.js";
import { useHere } from "../core/workspace.js";
import { Dialog, useDialog } from "../parts/dialog.js";
import { Badge, Page } from "../parts/page.js";
import { Secret } from "../parts/secret.js";
import { Empty } from "../parts/states.js";
import { Table } from "../parts/table.js";
import english from "../texts/webhooks.js";
import { WebhookForm } from "./webhook_form.js";

const t = texts("webhooks", english);

/** @param {{ webhook: any }} props */
export function State({ webhook }) {
  const isFailing = webhook.is_enabled && webhook.failing_since;
  return html`<${Badge} kind=${isFailing ? "warn" : webhook.is_enabled ? "good" : "bad"}>${isFailing ? t.failing : webhook.is_enabled ? t.on : t.off}<//>`;
}

export default function Webhooks() {
  const { path, at, may } = useHere();
  const pages = usePages(`${path}/webhooks`);
  useReloadOn(["webhook"], pages.reload);
  const adding = useDialog("new");
  const [secret, setSecret] = useState("");
  const create = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    const made = await post(`${path}/webhooks`, values, { key });
    adding.close();
    setSecret(made.secret);
    await pages.reload();
  };
  const columns = [
    { label: t.address, isMain: true, show: (/** @type {any} */ each) => html`<a href=${at(`webhooks/${each.id}`)}>${each.url}</a>${each.description && html`<br /><small>${each.description}</small>`}` },
    { label: t.events, show: (/** @type {any} */ each) => each.event_types.join(", ") },
    { label: t.state, show: (/** @type {any} */ each) => html`<${State} webhook=${each} />` },
    { label: t.actsFor, show: (/** @type {any} */ each) => html`<${Name} id=${each.acts_for} />` },
  ];
  const add = may("webhook.create") && html`<button type="button" onClick=${() => adding.open()}>${t.add}</button>`;
  return html`<${Page} title=${t.title} about=${t.about} actions=${add}>
    <${Table} label=${t.list} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${t.none} text=${t.noneMore} icon="send">${add}<//>`} />
    ${adding.isOpen && add && html`<${Dialog} title=${t.add} onClose=${adding.close}><${WebhookForm} action=${t.add} onSubmit=${create} onCancel=${adding.close} /><//>`}
    ${secret && html`<${Secret} title=${t.secretTitle} label=${t.secret} value=${secret} text=${t.secretText} onClose=${() => setSecret("")} />`}
  <//>`;
}
