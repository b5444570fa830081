/** Who decides for the reader for a while, and for whom the reader does. */

import { html } from "../vendor/ui.js";
import { post, remove } from "../core/api.js";
import { usePages } from "../core/data.js";
import { useReloadOn } from "../core/live.js";
import { Name } from "../core/people.js";
import { me } from "../core/session.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { About, Confirm, Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Badge, Page, Section } from "../parts/page.js";
import { memberField } from "../parts/people.js";
import { Empty } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { attempt, toast } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/approvals.js";

const t = texts("approvals", english);
const c = texts("common", common);

export default function ApprovalDelegations() {
  const { path, at, may, workspace } = useHere();
  const given = usePages(`${path}/approval-delegations`, { direction: "from_me" });
  const got = usePages(`${path}/approval-delegations`, { direction: "to_me" });
  const making = useDialog("new");
  const ending = useDialog("end");
  const reload = () => Promise.all([given.reload(), got.reload()]);
  useReloadOn(["approval_delegation"], reload);
  const isOpen = workspace.status === "ACTIVE";
  const canMake = isOpen && may("approval_delegation.create");
  const canEnd = isOpen && may("approval_delegation.remove");
  const both = { items: [...given.items, ...got.items], error: given.error ?? got.error, isLoading: given.isLoading || got.isLoading };
  const end = (/** @type {any} */ each) => attempt(async () => {
    await remove(`${path}/approval-delegations/${each.id}`);
    await reload();
  }, t.delegationEnded);
  const columns = (/** @type {"to_user" | "from_user"} */ other, /** @type {string} */ label) => [
    { label, isMain: true, show: (/** @type {any} */ each) => html`<${Name} id=${each[other]} />` },
    { label: t.decidesAbout, show: (/** @type {any} */ each) => (each.request_id ? html`<a href=${at(`approvals/${each.request_id}`)}>${t.oneRequest}</a>` : t.everything) },
    { label: t.from, show: (/** @type {any} */ each) => html`<${Time} at=${each.starts_at} />` },
    { label: t.until, show: (/** @type {any} */ each) => html`<${Time} at=${each.ends_at} />` },
    { label: t.state, show: (/** @type {any} */ each) => html`<${Standing} of=${each} />` },
    { label: c.actions, isQuiet: true, show: (/** @type {any} */ each) => canEnd && html`<button type="button" class="secondary small" onClick=${() => ending.open(each.id)}>${t.endDelegation}</button>` },
  ];
  const make = canMake && html`<button type="button" onClick=${() => making.open()}>${t.newDelegation}</button>`;
  return html`<${Page} title=${t.delegations} about=${t.delegationsAbout} crumb=${{ label: t.title, address: at("approvals") }} actions=${make}>
    <${Section} title=${t.fromMe}><${Table} label=${t.fromMe} columns=${columns("to_user", t.delegateTo)} pages=${given} empty=${html`<${Empty} title=${t.noneFromMe} text=${t.noneFromMeMore} icon="people" />`} /><//>
    <${Section} title=${t.toMe}><${Table} label=${t.toMe} columns=${columns("from_user", t.delegatedBy)} pages=${got} empty=${html`<${Empty} title=${t.noneToMe} icon="people" />`} /><//>
    ${making.isOpen && canMake && html`<${Make} onClose=${making.close} onDone=${given.reload} />`}
    ${canEnd && html`<${About} dialog=${ending} pages=${both}>${(/** @type {any} */ each) => html`<${Confirm} title=${t.endDelegation} text=${t.endDelegationText} action=${t.endDelegation} onClose=${ending.close} onConfirm=${() => end(each)} />`}<//>`}
  <//>`;
}

/** Whether it is in force. @param {{ of: any }} props */
function Standing({ of }) {
  const now = new Date();
  if (of.ends_at && new Date(of.ends_at) <= now) return html`<${Badge}>${t.over}<//>`;
  return new Date(of.starts_at) > now ? html`<${Badge} kind="info">${t.ahead}<//>` : html`<${Badge} kind="good">${t.inForce}<//>`;
}

/** @param {{ onClose: () => void, onDone: () => Promise<unknown> }} props */
function Make({ onClose, onDone }) {
  const { path } = useHere();
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    memberField(path, { name: "user_id", label: t.delegateTo }, (each) => each.user_id !== me.value?.user.user_id && each.role !== "VIEWER"),
    { name: "starts_at", label: t.from, hint: t.fromHint, type: "datetime-local" },
    { name: "ends_at", label: t.until, hint: t.untilHint, type: "datetime-local", required: true },
  ];
  const submit = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    await post(`${path}/approval-delegations`, values, { key });
    toast(t.delegated);
    onClose();
    await onDone();
  };
  return html`<${Dialog} title=${t.newDelegation} onClose=${onClose}>
    <p class="about">${t.delegateAbout}</p>
    <${Form} fields=${fields} action=${c.create} onCancel=${onClose} onSubmit=${submit} />
  <//>`;
}
