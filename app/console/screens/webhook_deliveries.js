/** What a webhook was sent and is to be sent, and how each try ended. */

import { html } from "../vendor/ui.js";
import { post } from "../core/api.js";
import { useEvery, usePages, useResource } from "../core/data.js";
import { useAftermath } from "../core/live.js";
import { query, setQuery } from "../core/router.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { Data } from "../parts/data.js";
import { Dialog, useDialog } from "../parts/dialog.js";
import { Badge, Choice, Section } from "../parts/page.js";
import { Empty, Shown } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { attempt } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/webhooks.js";

const t = texts("webhooks", english);
const c = texts("common", common);
const KINDS = /** @type {Record<string, string>} */ ({ PENDING: "info", DELIVERED: "good", FAILED: "bad", WITHHELD: "plain" });

/** In how many seconds those that wait are looked at again. @param {any[]} deliveries */
function pause(deliveries) {
  const due = deliveries.filter((each) => each.state === "PENDING").map((each) => Date.parse(each.due_at) - Date.now());
  return due.length ? (Math.min(...due) < 10_000 ? 1 : 15) : null;
}

/** Deliveries follow events; that one was tried no event tells: while one waits, they are read anew. @param {string} address of the webhook */
export function useDeliveries(address) {
  const pages = usePages(`${address}/deliveries`, { state: query.value.get("state") });
  useAftermath(pages.reload);
  useEvery(pause(pages.items), pages.reload);
  return pages;
}

/** @param {{ address: string, deliveries: import("../core/data.js").Pages, isEnabled: boolean }} props */
export function Deliveries({ address, deliveries, isEnabled }) {
  const { may } = useHere();
  const open = useDialog("delivery");
  const resend = async (/** @type {string} */ id) => (await attempt(() => post(`${address}/deliveries/${id}/resend`), t.resent)) && deliveries.reload();
  const mayResend = may("webhook.resend") && isEnabled;
  const columns = [
    { label: t.event, isMain: true, show: (/** @type {any} */ each) => html`<button type="button" class="plain link" onClick=${() => open.open(each.id)}>${each.event_type}</button>${each.event_seq !== null && html` <small>${t.number(each.event_seq)}</small>`}` },
    { label: t.state, show: (/** @type {any} */ each) => html`<${Badge} kind=${KINDS[each.state]}>${t.states[each.state]}<//>` },
    { label: t.tries, isNumber: true, show: (/** @type {any} */ each) => each.attempts },
    { label: t.created, show: (/** @type {any} */ each) => html`<${Time} at=${each.created_at} short />` },
    { label: t.due, show: (/** @type {any} */ each) => each.state === "PENDING" && html`<${Time} at=${each.due_at} short />` },
    ...(mayResend ? [{ label: c.actions, isQuiet: true, show: (/** @type {any} */ each) => html`<button type="button" class="secondary small" onClick=${() => resend(each.id)}>${t.resend}</button>` }] : []),
  ];
  return html`<${Section} title=${t.deliveries}>
    <p class="about">${t.deliveriesAbout}</p>
    <div class="filters">
      <${Choice} label=${t.state} value=${query.value.get("state") ?? ""} options=${[["", t.anyState], ...Object.entries(t.states)]} onChange=${(/** @type {string} */ state) => setQuery({ state })} />
    </div>
    <${Table} label=${t.deliveries} columns=${columns} pages=${deliveries} empty=${html`<${Empty} title=${t.noDeliveries} text=${t.noDeliveriesMore} icon="send" />`} />
    ${open.item && html`<${One} key=${open.item} address=${`${address}/deliveries/${encodeURIComponent(open.item)}`} onClose=${open.close} />`}
  <//>`;
}

/** @param {{ address: string, onClose: () => void }} props */
function One({ address, onClose }) {
  const delivery = useResource(address);
  useEvery(pause(delivery.data ? [delivery.data] : []), delivery.reload);
  const shown = () => {
    const { id, event_type: type, event_seq: seq, state, created_at: made, due_at: due, done_at: done, tries } = delivery.data;
    return html`<dl class="facts">
        <div><dt>${t.event}</dt><dd><code>${type}</code>${seq !== null && ` ${t.number(seq)}`}</dd></div>
        <div><dt>${t.state}</dt><dd><${Badge} kind=${KINDS[state]}>${t.states[state]}<//></dd></div>
        <div><dt>${t.id}</dt><dd><code>${id}</code></dd></div>
        <div><dt>${t.created}</dt><dd><${Time} at=${made} /></dd></div>
        ${state === "PENDING" && html`<div><dt>${t.due}</dt><dd><${Time} at=${due} /></dd></div>`}
        ${done && html`<div><dt>${t.done}</dt><dd><${Time} at=${done} /></dd></div>`}
      </dl>
      <h3>${t.attempts}</h3>
      ${tries.length === 0 ? html`<p>${t.noAttempts}</p>` : html`<ol class="rows">${tries.map((/** @type {any} */ each) => html`<${Try} key=${each.number} tried=${each} />`)}</ol>`}`;
  };
  return html`<${Dialog} title=${t.delivery} onClose=${onClose} isWide><${Shown} of=${delivery}>${shown}<//><//>`;
}

/** @param {{ tried: any }} props */
function Try({ tried }) {
  const isGood = tried.status >= 200 && tried.status < 300;
  const told = tried.status ?? t.problems[tried.reason] ?? tried.reason?.replaceAll("_", " ");
  return html`<li>
    <span class="grow">${t.number1} ${tried.number} <${Badge} kind=${isGood ? "good" : "bad"}>${told}<//></span>
    <small>${t.lasted(tried.duration_ms)}</small>
    <${Time} at=${tried.at} />
    ${tried.answer && html`<div class="whole"><${Data} label=${t.answered} value=${tried.answer} /></div>`}
  </li>`;
}
