/** What an objective is measured by: how far each is and who says so, checking in, and all check-ins before. */

import { html, useEffect } from "../vendor/ui.js";
import { post, remove } from "../core/api.js";
import { usePages } from "../core/data.js";
import { Name } from "../core/people.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { About, Confirm, Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Menu } from "../parts/menu.js";
import { FeedBadge, Score, scoreOf, Stale, ZoneBadge } from "../parts/okr.js";
import { Section } from "../parts/page.js";
import { Empty, Shown } from "../parts/states.js";
import { More, Table } from "../parts/table.js";
import { attempt, toast } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/okrs.js";
import { Feed } from "./key_result_feed.js";
import { AddKeyResult, EditKeyResult } from "./key_result_form.js";

const t = texts("okrs", english);
const c = texts("common", common);

/** @param {{ objective: any, isOpen: boolean, turn: number, refresh: () => Promise<void> }} props */
export function KeyResults({ objective, isOpen, turn, refresh }) {
  const { path, may } = useHere();
  const address = `${path}/okr/objectives/${objective.id}/key-results`;
  const results = usePages(address);
  useEffect(() => {
    if (turn) results.reload();
  }, [turn]);
  const figuring = useDialog("figure");
  const wording = useDialog("words");
  const checking = useDialog("check-in");
  const looking = useDialog("check-ins");
  const removing = useDialog("remove");
  const editing = useDialog("result");
  const feeding = useDialog("feed");
  const isDraft = objective.state === "DRAFT";
  const canEdit = isOpen && may("key_result.update");
  const canFeed = isOpen && may("key_result.set_source");
  const canAdd = isOpen && isDraft && may("key_result.create");
  const canCheckIn = isOpen && objective.state === "ACTIVE" && may("key_result.check_in");
  const find = (/** @type {string | null} */ id) => results.items.find((each) => each.id === id);
  const done = async () => {
    await Promise.all([results.reload(), refresh()]);
  };
  const canRemove = isOpen && isDraft && may("key_result.delete");
  const end = (/** @type {any} */ each) => attempt(async () => {
    await remove(`${path}/okr/key-results/${each.id}`);
    await done();
  }, t.removed);
  const row = (/** @type {any} */ each) => html`<li key=${each.id}>
    <div class="line"><strong class="grow">${each.title}</strong><${ZoneBadge} zone=${each.zone} /><${Stale} of=${each} /><${Score} score=${each.score} label=${`${t.score}: ${each.title}`} />
      <span class="actions">${canCheckIn && each.source === "manual" && html`<button type="button" class="secondary small" aria-label=${`${t.checkIn}: ${each.title}`} onClick=${() => checking.open(each.id)}>${t.checkIn}</button>`}
      <${Menu} label=${`${c.actions}: ${each.title}`}>
        <button type="button" onClick=${() => looking.open(each.id)}>${t.history}</button>
        ${canEdit && html`<button type="button" onClick=${() => editing.open(each.id)}>${c.edit}</button>`}
        ${each.metric && canFeed && html`<button type="button" onClick=${() => feeding.open(each.id)}>${t.fed}</button>`}
        ${canRemove && html`<button type="button" class="danger" onClick=${() => removing.open(each.id)}>${t.removeKey}</button>`}
      <//></span>
    </div>
    ${each.description && html`<div class="written">${each.description}</div>`}
    <div class="line more">
      <span>${aim(each)}</span>
      <span>${t.weight} ${each.weight}</span>
      ${each.confidence !== null && html`<span>${t.sure(each.confidence)}</span>`}
      ${each.measured_at ? html`<span>${t.measured} <${Time} at=${each.measured_at} short /></span>` : html`<span>${t.unmeasured}</span>`}
      ${each.stale_at && !each.is_stale && html`<span>${t.staleFrom} <${Time} at=${each.stale_at} short /></span>`}
      ${each.source === "manual" ? html`<span>${t.sources.manual}</span>` : html`<button type="button" class="plain link" aria-label=${`${t.sources[each.source]}: ${each.title}`} onClick=${() => feeding.open(each.id)}>${t.sources[each.source]}</button>`}
      ${each.feed && html`<${FeedBadge} status=${each.feed.status} />${each.feed.error && html`<code>${each.feed.error}</code>`}`}
    </div>
  </li>`;
  const actions = canAdd && html`<button type="button" class="secondary small" onClick=${() => figuring.open()}>${t.addFigure}</button><button type="button" class="secondary small" onClick=${() => wording.open()}>${t.addWords}</button>`;
  return html`<${Section} title=${t.keyResults} actions=${actions}>
    <${Shown} of=${results}>${() => (results.items.length ? html`<ul class="key-results">${results.items.map(row)}</ul>${results.hasMore && html`<${More} pages=${results} />`}` : html`<p class="about">${t.noKeyResults}</p>`)}<//>
    ${figuring.isOpen && canAdd && html`<${AddKeyResult} address=${address} isFigure onClose=${figuring.close} onDone=${done} />`}
    ${wording.isOpen && canAdd && html`<${AddKeyResult} address=${address} onClose=${wording.close} onDone=${done} />`}
    ${checking.isOpen && canCheckIn && find(checking.item) && html`<${CheckIn} result=${find(checking.item)} onClose=${checking.close} onDone=${done} />`}
    ${looking.isOpen && find(looking.item) && html`<${History} result=${find(looking.item)} onClose=${looking.close} />`}
    ${editing.isOpen && canEdit && find(editing.item) && html`<${EditKeyResult} result=${find(editing.item)} state=${objective.state} onClose=${editing.close} onDone=${done} />`}
    ${feeding.isOpen && find(feeding.item) && html`<${Feed} key=${find(feeding.item).source} result=${find(feeding.item)} canSet=${canFeed && find(feeding.item).metric !== null} onClose=${feeding.close} onDone=${done} />`}
    ${canRemove && html`<${About} dialog=${removing} pages=${results}>${(/** @type {any} */ each) => html`<${Confirm} title=${`${t.removeKey}: ${each.title}`} text=${t.removeKeyText} action=${t.removeKey} onClose=${removing.close} onConfirm=${() => end(each)} />`}<//>`}
  <//>`;
}

/** How far it is of what is to be reached, as the service tells it. @param {any} each */
function aim(each) {
  if (each.metric === null) return each.zones.target;
  const { baseline, target, unit } = each.metric;
  return `${each.value ?? baseline} ${t.of} ${target}${unit ? ` ${unit}` : ""}`;
}

/** @param {{ result: any, onClose: () => void, onDone: () => Promise<unknown> }} props */
function CheckIn({ result, onClose, onDone }) {
  const { path } = useHere();
  const { metric, zones } = result;
  const told = (/** @type {string} */ each) => zones[each.toLowerCase()];
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    metric
      ? { name: "value", label: metric.unit ? `${t.value} (${metric.unit})` : t.value, hint: `${t.baseline}: ${metric.baseline}. ${t.target}: ${metric.target}.`, required: true, maxLength: 21 }
      : { name: "zone", label: t.zone, type: "select", options: Object.keys(t.zones).map((each) => [each, told(each) ? `${t.zones[each]}: ${told(each)}` : t.zones[each]]) },
    { name: "confidence", label: t.confidence, hint: t.confidenceHint, type: "number", min: 1, max: 10, required: true },
    { name: "note", label: t.note, type: "textarea", maxLength: 5000 },
  ];
  const submit = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    await post(`${path}/okr/key-results/${result.id}/check-ins`, values, { key });
    toast(t.checkedIn);
    onClose();
    await onDone();
  };
  return html`<${Dialog} title=${`${t.checkIn}: ${result.title}`} onClose=${onClose}>
    <${Form} fields=${fields} values=${{ value: result.value ?? "", zone: result.zone ?? "COMMIT", confidence: result.confidence ?? "" }} action=${t.checkIn} onCancel=${onClose} onSubmit=${submit} />
  <//>`;
}

/** @param {{ result: any, onClose: () => void }} props */
function History({ result, onClose }) {
  const { path } = useHere();
  const pages = usePages(`${path}/okr/key-results/${result.id}/check-ins`);
  const columns = [
    { label: t.at, isMain: true, show: (/** @type {any} */ each) => html`<${Time} at=${each.created_at} />` },
    { label: t.value, isNumber: true, show: (/** @type {any} */ each) => each.value },
    { label: t.zone, show: (/** @type {any} */ each) => html`<${ZoneBadge} zone=${each.zone} />` },
    { label: t.score, isNumber: true, show: (/** @type {any} */ each) => scoreOf(each.score) },
    { label: t.confidence, isNumber: true, show: (/** @type {any} */ each) => each.confidence },
    { label: t.by, show: (/** @type {any} */ each) => html`<${Name} id=${each.created_by} />` },
    { label: t.reading, show: (/** @type {any} */ each) => (each.source === "manual" ? null : html`${t.sources[each.source]}${each.selection_id && html` <code>${each.selection_id}</code>`}`) },
    { label: t.note, show: (/** @type {any} */ each) => each.note && html`<span class="written">${each.note}</span>` },
  ];
  return html`<${Dialog} title=${`${t.history}: ${result.title}`} isWide onClose=${onClose}>
    <${Table} label=${t.history} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${t.noHistory} text=${t.noHistoryMore} icon="goal" />`} />
  <//>`;
}
