/** Who has access to an organisation, by whom, and since when; to be looked through, taken away as a file, and ended. */

import { html } from "../vendor/ui.js";
import { post } from "../core/api.js";
import { usePages } from "../core/data.js";
import { useThere } from "../core/organization.js";
import { me } from "../core/session.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { save } from "../core/transfer.js";
import { About, Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Menu } from "../parts/menu.js";
import { Badge } from "../parts/page.js";
import { Empty } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { attempt, toast } from "../parts/toast.js";
import accountTexts from "../texts/accounts.js";
import common from "../texts/common.js";
import english from "../texts/organizations.js";
import { AccountHistory } from "./account_history.js";

const t = texts("organizations", english);
const c = texts("common", common);
const a = texts("accounts", accountTexts);

export function Review() {
  const { path } = useThere();
  const address = `${path}/access-review`;
  const pages = usePages(address);
  const stopping = useDialog("stop");
  const starting = useDialog("put-back");
  const looking = useDialog("history");
  const isMeant = (/** @type {string | null} */ item) => (/** @type {any} */ each) => encodeURIComponent(each.user_id) === item;
  const acts = (/** @type {any} */ each) => {
    const id = encodeURIComponent(each.user_id);
    const isSelf = each.user_id === me.value?.user.user_id;
    return html`<${Menu} label=${`${c.actions}: ${each.display_name ?? each.user_id}`}>
      <button type="button" onClick=${() => looking.open(id)}>${a.history}</button>
      ${!isSelf && each.account_status === "ACTIVE" && html`<button type="button" class="danger" onClick=${() => stopping.open(id)}>${a.stop}</button>`}
      ${!isSelf && ["DEACTIVATED", "SUSPENDED"].includes(each.account_status) && html`<button type="button" onClick=${() => starting.open(id)}>${a.activate}</button>`}
    <//>`;
  };
  const columns = [
    { label: t.person, isMain: true, show: (/** @type {any} */ each) => each.display_name ?? each.user_id },
    { label: t.role, show: (/** @type {any} */ each) => c.roles[each.role] },
    { label: t.source, show: (/** @type {any} */ each) => t.sources[each.source] },
    { label: t.by, show: (/** @type {any} */ each) => each.added_by_name ?? html`<code>${each.added_by.slice(0, 8)}</code>` },
    { label: t.added, show: (/** @type {any} */ each) => html`<${Time} at=${each.added_at} />` },
    { label: t.account, show: (/** @type {any} */ each) => html`<${Badge} kind=${each.account_status === "ACTIVE" ? "good" : "warn"}>${a.statuses[each.account_status]}<//>` },
    { label: t.seen, show: (/** @type {any} */ each) => (each.is_expected ? t.expected : html`<${Time} at=${each.last_seen_at} short />`) },
    { label: c.actions, isQuiet: true, show: acts },
  ];
  return html`<div class="lead">
      <p class="about">${t.reviewAbout}</p>
      <button type="button" class="secondary" onClick=${() => attempt(() => save(address, { query: { format: "csv" } }))}>${t.csv}</button>
    </div>
    <${Table} label=${t.review} columns=${columns} pages=${pages} id=${(/** @type {any} */ each) => each.user_id} empty=${html`<${Empty} title=${t.noReview} icon="people" />`} />
    ${[stopping, starting].map((dialog) => html`<${About} key=${dialog === starting} dialog=${dialog} pages=${pages} find=${isMeant(dialog.item)}>${(/** @type {any} */ each) => html`<${Account} person=${each} isStopped=${dialog === starting} onClose=${dialog.close} onDone=${pages.reload} />`}<//>`)}
    <${About} dialog=${looking} pages=${pages} find=${isMeant(looking.item)}>${(/** @type {any} */ each) => html`<${AccountHistory} address=${`/users/${encodeURIComponent(each.user_id)}/history`} name=${each.display_name ?? each.user_id} onClose=${looking.close} />`}<//>`;
}

/** Stops an account everywhere, or puts it back. @param {{ person: any, isStopped: boolean, onClose: () => void, onDone: () => unknown }} props */
function Account({ person, isStopped, onClose, onDone }) {
  const title = isStopped ? a.activate : a.stop;
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [{ name: "reason", label: a.reason, hint: a.reasonHint, maxLength: 500 }];
  if (!isStopped) fields.unshift({ name: "step", label: a.how, type: "select", options: Object.entries(a.stops) });
  const submit = async (/** @type {any} */ { step = "activate", reason }, /** @type {any} */ { key }) => {
    await post(`/users/${encodeURIComponent(person.user_id)}/${step}`, { reason }, { key });
    toast(a.done);
    onClose();
    await onDone();
  };
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <p><strong>${person.display_name ?? person.user_id}</strong></p>
    <p class="about">${isStopped ? a.activateText : a.stopText}</p>
    <${Form} fields=${fields} action=${title} isDanger=${!isStopped} onCancel=${onClose} onSubmit=${submit} />
  <//>`;
}
