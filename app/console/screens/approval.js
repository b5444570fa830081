/** One request: at which stage it is, who may decide and why, what was decided, and deciding. */

import { html } from "../vendor/ui.js";
import { post } from "../core/api.js";
import { useResource } from "../core/data.js";
import { useChanges } from "../core/live.js";
import { Face, Name, nameOf } from "../core/people.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { Confirm, Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Menu } from "../parts/menu.js";
import { Badge, Page, Section } from "../parts/page.js";
import { memberField } from "../parts/people.js";
import { Shown } from "../parts/states.js";
import { attempt, toast } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/approvals.js";
import { Due, KINDS } from "./approvals.js";

const t = texts("approvals", english);
const c = texts("common", common);
const ACT_KINDS = /** @type {Record<string, string>} */ ({ APPROVE: "good", REJECT: "bad", REQUEST_CHANGES: "warn", OVERRIDE: "warn" });
const PLACES = /** @type {Record<string, string>} */ ({ objective: "okrs", workflow_template: "workflow-templates" });

/** @param {{ params: { approval: string } }} props */
export default function ApprovalScreen({ params }) {
  const { path } = useHere();
  const request = useResource(`${path}/approvals/${encodeURIComponent(params.approval)}`);
  useChanges((change) => {
    if (change.object_type.startsWith("approval") || change.object_id === request.data?.object_id) request.reload();
  });
  return html`<${Shown} of=${request}>${() => html`<${Approval} request=${request.data} reload=${request.reload} />`}<//>`;
}

/** @param {{ request: any, reload: () => Promise<void> }} props */
function Approval({ request, reload }) {
  const { path, at, may, workspace } = useHere();
  const address = `${path}/approvals/${request.id}`;
  const dialogs = { approve: useDialog("approve"), reject: useDialog("reject"), changes: useDialog("changes"), override: useDialog("override") };
  const withdrawing = useDialog("withdraw");
  const delegating = useDialog("delegate");
  const { you } = request;
  const isOpen = workspace.status === "ACTIVE" && you !== null;
  const canDecide = isOpen && you.may_decide && may("approval.decide");
  const canOverride = isOpen && you.may_override && may("approval.override");
  const canWithdraw = isOpen && you.may_withdraw && may("approval.withdraw");
  const canDelegate = isOpen && you.may_decide && you.on_behalf_of === null && may("approval.delegate");
  const decide = (/** @type {string} */ step, /** @type {{ close: () => void }} */ dialog, /** @type {string} */ done) => async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    if (step === "override") await post(`${address}/${step}`, undefined, { key, reason: encodeURIComponent(values.reason) });
    else await post(`${address}/${step}`, values, { key });
    toast(done);
    dialog.close();
    await reload();
  };
  const withdraw = () => attempt(async () => {
    await post(`${address}/withdraw`);
    await reload();
  }, t.withdrawn);
  const more = [
    canDecide && html`<button type="button" onClick=${() => dialogs.changes.open()}>${t.requestChanges}</button>`,
    canDelegate && html`<button type="button" onClick=${() => delegating.open()}>${t.delegate}</button>`,
    canOverride && html`<button type="button" onClick=${() => dialogs.override.open()}>${t.override}</button>`,
    canWithdraw && html`<button type="button" class="danger" onClick=${() => withdrawing.open()}>${t.withdraw}</button>`,
  ];
  const actions = html`
    ${canDecide && html`<button type="button" onClick=${() => dialogs.approve.open()}>${t.approve}</button><button type="button" class="secondary" onClick=${() => dialogs.reject.open()}>${t.reject}</button>`}
    ${more.some(Boolean) && html`<${Menu} label=${c.actions}>${more}<//>`}`;
  const about = html`<${Badge} kind=${KINDS[request.state]}>${t.states[request.state]}<//> ${t.types[request.object_type]}, <a href=${at(`${PLACES[request.object_type]}/${request.object_id}`)}>${t.toObject}</a>`;
  return html`<${Page} title=${request.title} crumb=${{ label: t.title, address: at("approvals") }} about=${about} actions=${actions}>
    ${!request.is_current && html`<p class="notice">${t.outdated}</p>`}
    <div class="columns">
      <div>
        ${request.open_stage && html`<${OpenStage} request=${request} />`}
        <${Decisions} request=${request} />
      </div>
      <${Facts} request=${request} />
    </div>
    ${dialogs.approve.isOpen && canDecide && html`<${Reason} title=${t.approve} onClose=${dialogs.approve.close} onSubmit=${decide("approve", dialogs.approve, t.approved)} />`}
    ${dialogs.reject.isOpen && canDecide && html`<${Reason} title=${t.reject} isNeeded onClose=${dialogs.reject.close} onSubmit=${decide("reject", dialogs.reject, t.rejected)} />`}
    ${dialogs.changes.isOpen && canDecide && html`<${Reason} title=${t.requestChanges} isNeeded onClose=${dialogs.changes.close} onSubmit=${decide("request-changes", dialogs.changes, t.changesRequested)} />`}
    ${dialogs.override.isOpen && canOverride && html`<${Reason} title=${t.override} about=${t.overrideAbout} isNeeded onClose=${dialogs.override.close} onSubmit=${decide("override", dialogs.override, t.overridden)} />`}
    ${delegating.isOpen && canDelegate && html`<${Delegate} address=${address} deciders=${request.open_stage.deciders} onClose=${delegating.close} onDone=${reload} />`}
    ${withdrawing.isOpen && canWithdraw && html`<${Confirm} title=${t.withdraw} text=${t.withdrawText} action=${t.withdraw} onClose=${withdrawing.close} onConfirm=${withdraw} />`}
  <//>`;
}

/** @param {{ request: any }} props */
function OpenStage({ request }) {
  const { open_stage: stage, you } = request;
  const said = you.may_decide ? (you.on_behalf_of ? t.youMayFor(nameOf(you.on_behalf_of)) : t.youMay) : t.refusals[you.refusal];
  const decider = (/** @type {any} */ each) => html`<li key=${each.user_id}>
    <${Face} id=${each.user_id} /><span class="grow">${each.display_name ?? html`<${Name} id=${each.user_id} />`}
      <small> ${each.grounds.map((/** @type {string} */ ground) => t.grounds[ground]).join(", ")}${each.delegates.length > 0 && html`; ${t.delegates} ${each.delegates.map(nameOf).join(", ")}`}</small></span>
  </li>`;
  return html`<${Section} title=${`${t.stage} ${t.stageOf(request.stage_number, request.stages)}: ${stage.name}`} actions=${html`<${Badge} kind="info">${t.needed(stage.approvals, stage.required)}<//>`}>
    <p><strong>${said}</strong></p>
    ${!stage.can_pass && html`<p class="wrong">${t.cannotPass}</p>`}
    <h3>${t.asked}</h3>
    ${stage.deciders.length ? html`<ul class="people">${stage.deciders.map(decider)}</ul>` : html`<p class="about">${t.nobodyAsked}</p>`}
    ${stage.has_more && html`<p class="about">${t.moreAsked}</p>`}
  <//>`;
}

/** @param {{ request: any }} props */
function Decisions({ request }) {
  const row = (/** @type {any} */ each) => html`<li key=${each.id}><${Face} id=${each.actor_id} />
    <span class="grow"><${Name} id=${each.actor_id} />${each.on_behalf_of && html` <span class="what">${t.for}</span> <${Name} id=${each.on_behalf_of} />`} <${Badge} kind=${ACT_KINDS[each.decision]}>${t.acts[each.decision]}<//> <span class="what">${each.stage}${each.reason && `: ${each.reason}`}</span></span>
    <${Time} at=${each.at} short /></li>`;
  return html`<${Section} title=${t.decisions}>${request.decisions.length ? html`<ol class="timeline">${request.decisions.map(row)}</ol>` : html`<p class="about">${t.noDecisions}</p>`}<//>`;
}

/** @param {{ request: any }} props */
function Facts({ request }) {
  const row = (/** @type {string} */ label, /** @type {unknown} */ value) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`;
  return html`<${Section} title=${t.facts}>
    <dl class="facts">
      ${row(t.author, html`<${Name} id=${request.author_id} />`)}
      ${row(t.by, html`<${Name} id=${request.submitted_by} />`)}
      ${row(t.since, html`<${Time} at=${request.created_at} />`)}
      ${request.due_at && request.state === "PENDING" && row(t.due, html`<${Due} request=${request} />`)}
      ${request.escalated_at && row(t.escalated, html`<${Time} at=${request.escalated_at} />`)}
      ${request.ended_at && row(t.ended, html`<${Time} at=${request.ended_at} />`)}
      ${row(t.version, request.object_version)}
      ${row(t.hash, html`<code>${request.content_hash}</code>`)}
    </dl>
  <//>`;
}

/** @param {{ title: string, about?: string, isNeeded?: boolean, onClose: () => void, onSubmit: (values: any, how: any) => Promise<unknown> }} props */
function Reason({ title, about, isNeeded = false, onClose, onSubmit }) {
  return html`<${Dialog} title=${title} onClose=${onClose}>
    ${about && html`<p class="about">${about}</p>`}
    <${Form} fields=${[{ name: "reason", label: t.reason, hint: t.reasonHint, type: "textarea", required: isNeeded, maxLength: 500 }]} action=${title} onCancel=${onClose} onSubmit=${onSubmit} />
  <//>`;
}

/** @param {{ address: string, deciders: any[], onClose: () => void, onDone: () => Promise<void> }} props */
function Delegate({ address, deciders, onClose, onDone }) {
  const { path } = useHere();
  const asked = new Set(deciders.map((each) => each.user_id));
  const fields = [memberField(path, { name: "user_id", label: t.delegateTo }, (each) => !asked.has(each.user_id))];
  const submit = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    await post(`${address}/delegate`, values, { key });
    toast(t.delegated);
    onClose();
    await onDone();
  };
  return html`<${Dialog} title=${t.delegate} onClose=${onClose}>
    <p class="about">${t.delegateAbout}</p>
    <${Form} fields=${fields} action=${t.delegate} onCancel=${onClose} onSubmit=${submit} />
  <//>`;
}
