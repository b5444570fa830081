/** What a webhook is told, and where: for a new one and for one that is there. */

import { html } from "../vendor/ui.js";
import { useResource } from "../core/data.js";
import { texts } from "../core/texts.js";
import { Form } from "../parts/form.js";
import english from "../texts/webhooks.js";

const t = texts("webhooks", english);

/** @type {import("../parts/form.js").Field[]} */
const FIELDS = [
  { name: "url", label: t.address, type: "url", hint: t.addressHint, required: true, maxLength: 2000 },
  { name: "description", label: t.description, maxLength: 500 },
  { name: "event_types", label: t.events, type: "textarea", hint: t.eventsHint, required: true },
  { name: "is_ordered", label: t.ordered, type: "checkbox" },
];

/** @param {any} webhook as the API has it */
export const shown = (webhook) => ({ ...webhook, event_types: webhook.event_types.join("\n") });

/**
 * @param {object} props
 * @param {any} [props.webhook]
 * @param {string} props.action
 * @param {(values: any, how: { key: string, isForced: boolean }) => Promise<unknown>} props.onSubmit
 * @param {() => void} props.onCancel
 * @param {() => Promise<any>} [props.onConflict]
 */
export function WebhookForm({ webhook, action, onSubmit, onCancel, onConflict }) {
  const types = useResource("/event-types");
  const submit = (/** @type {any} */ values, /** @type {any} */ how) => onSubmit({ ...values, event_types: values.event_types.split(/[\s,]+/).filter(Boolean) }, how);
  return html`<${Form} fields=${FIELDS} values=${webhook ? shown(webhook) : { event_types: "*" }} action=${action} onSubmit=${submit} onCancel=${onCancel} onConflict=${onConflict}>
    <details>
      <summary>${t.types}</summary>
      <dl class="facts scroll types" tabindex="0" role="region" aria-label=${t.types}>
        ${types.data?.items.map((/** @type {any} */ each) => html`<div key=${each.type}><dt><code>${each.type}</code></dt><dd>${each.description}</dd></div>`)}
      </dl>
    </details>
  <//>`;
}
