/** How things are approved: the stages of each type of object, and a draft of other ones. */

import { html, useEffect, useState } from "../vendor/ui.js";
import { all, request } from "../core/api.js";
import { useResource } from "../core/data.js";
import { useReloadOn } from "../core/live.js";
import { Name, nameOf } from "../core/people.js";
import { style } from "../core/style.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { Confirm, useDialog } from "../parts/dialog.js";
import { Conflict } from "../parts/form.js";
import { Menu } from "../parts/menu.js";
import { Badge, Page, Section } from "../parts/page.js";
import { Shown } from "../parts/states.js";
import { complain, toast } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/approvals.js";
import { StageDialog } from "./approval_stage.js";

await style("approval");
const t = texts("approvals", english);
const c = texts("common", common);

/** Whom a stage may ask, beside members: types of people, by id and name. @typedef {{ types: [string, string][] }} Known */

export default function ApprovalFlows() {
  const { path, at } = useHere();
  const [known, setKnown] = useState(/** @type {Known} */ ({ types: [] }));
  useEffect(() => {
    all(`${path}/user-types`).then((types) => setKnown({ types: types.map((each) => [each.id, each.name]) }), complain);
  }, [path]);
  return html`<${Page} title=${t.flows} about=${t.flowsAbout} crumb=${{ label: t.title, address: at("approvals") }}>
    ${Object.keys(t.types).map((type) => html`<${Flow} key=${type} type=${type} known=${known} />`)}
  <//>`;
}

/** @param {{ type: string, known: Known }} props */
function Flow({ type, known }) {
  const { path, may, workspace } = useHere();
  const address = `${path}/approval-flows/${type}`;
  const flow = useResource(address);
  useReloadOn(["approval_flow"], flow.reload);
  const canSet = may("approval_flow.set") && workspace.status === "ACTIVE";
  return html`<${Shown} of=${flow}>${() => html`<${Stages} type=${type} flow=${flow.data} etag=${flow.etag} known=${known} canSet=${canSet} address=${address} set=${flow.set} />`}<//>`;
}

/**
 * The stages in force; once one is changed, those that are to be.
 * @param {{ type: string, flow: any, etag: string | null, known: Known, canSet: boolean, address: string, set: (flow: any, etag: string | null) => void }} props
 */
function Stages({ type, flow, etag, known, canSet, address, set }) {
  const [draft, setDraft] = useState(/** @type {{ stages: any[], etag: string | null } | null} */ (null));
  const [problems, setProblems] = useState(/** @type {any[]} */ ([]));
  const [theirs, setTheirs] = useState(/** @type {{ flow: any, etag: string | null } | null} */ (null));
  const [isBusy, setBusy] = useState(false);
  const editing = useDialog(`stage-${type}`);
  const resetting = useDialog(`own-${type}`);
  const stages = draft?.stages ?? flow.stages;
  useEffect(() => {
    if (!draft) return undefined;
    const warn = (/** @type {BeforeUnloadEvent} */ event) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [draft !== null]);
  const change = (/** @type {any[]} */ next) => {
    setDraft({ stages: next, etag: draft?.etag ?? etag });
    setProblems([]);
  };
  const forget = () => {
    setDraft(null);
    setProblems([]);
    setTheirs(null);
  };
  const save = async (/** @type {any[]} */ next, /** @type {string | null} */ from) => {
    setBusy(true);
    setTheirs(null);
    try {
      const saved = await request("PUT", address, { body: { stages: next }, match: from });
      set(saved.data, saved.etag);
      forget();
      toast(t.flowSaved);
    } catch (error) {
      const { status, details } = /** @type {any} */ (error);
      if (status === 412) {
        setDraft({ stages: next, etag: from });
        await request("GET", address).then((now) => setTheirs({ flow: now.data, etag: now.etag }), complain);
      } else if (details?.problems?.[0]?.stage) setProblems(details.problems);
      else complain(error);
    } finally {
      setBusy(false);
    }
  };
  const take = () => {
    if (theirs) set(theirs.flow, theirs.etag);
    forget();
  };
  const move = (/** @type {number} */ from, /** @type {number} */ by) => {
    const next = [...stages];
    next.splice(from + by, 0, ...next.splice(from, 1));
    change(next);
  };
  const row = (/** @type {any} */ stage, /** @type {number} */ i) => html`<li key=${stage.key} class=${problems.some((each) => each.stage === stage.key) ? "marked" : ""}>
    <span class="number" aria-hidden="true">${i + 1}</span>
    <div><strong>${stage.name}</strong><${Asked} stage=${stage} known=${known} />
      ${problems.filter((each) => each.stage === stage.key).map((each) => html`<p class="wrong">${t.flowProblems[each.problem] ?? each.problem}</p>`)}</div>
    ${canSet && html`<${Menu} label=${`${c.actions}: ${stage.name}`}>
      <button type="button" onClick=${() => editing.open(String(i))}>${c.edit}</button>
      ${i > 0 && html`<button type="button" onClick=${() => move(i, -1)}>${t.earlier}</button>`}
      ${i + 1 < stages.length && html`<button type="button" onClick=${() => move(i, 1)}>${t.later}</button>`}
      <button type="button" class="danger" onClick=${() => change(stages.filter((/** @type {any} */ each) => each !== stage))}>${t.removeStage}</button>
    <//>`}
  </li>`;
  const actions = html`${!draft && canSet && !flow.is_default && html`<button type="button" class="secondary small" onClick=${() => resetting.open()}>${t.useOwn}</button>`}
    ${canSet && html`<button type="button" class="secondary small" aria-label=${`${t.addStage}: ${t.types[type]}`} onClick=${() => editing.open("new")}>${t.addStage}</button>`}`;
  const stage = editing.item === "new" ? null : stages[Number(editing.item)];
  return html`<${Section} title=${t.types[type]} actions=${actions}>
    <p class="about">${draft ? html`<${Badge} kind="warn">${t.unsaved}<//>` : flow.is_default ? html`<${Badge}>${t.ownFlow}<//>` : html`${t.version} ${flow.version}, <${Time} at=${flow.created_at} short />${flow.created_by && html` <${Name} id=${flow.created_by} />`}`}</p>
    ${stages.length ? html`<ol class="stages">${stages.map(row)}</ol>` : html`<p>${draft && !flow.is_default ? t.ownAgain : t.noStages}</p>`}
    ${theirs && draft && html`<${Conflict} ...${compared(draft.stages, theirs.flow.stages, known)} onTake=${take} onKeep=${() => save(draft.stages, theirs.etag)} />`}
    ${draft && !theirs && html`<footer class="actions"><button type="button" disabled=${isBusy} onClick=${() => save(draft.stages, draft.etag)}>${isBusy ? c.working : c.save}</button><button type="button" class="secondary" onClick=${forget}>${t.discard}</button></footer>`}
    ${editing.isOpen && canSet && stage !== undefined && html`<${StageDialog} key=${editing.item} type=${type} stage=${stage} stages=${stages} known=${known} onClose=${editing.close} onDone=${(/** @type {any} */ made) => change(stage === null ? [...stages, made] : stages.map((/** @type {any} */ each) => (each === stage ? made : each)))} />`}
    ${resetting.isOpen && canSet && html`<${Confirm} title=${t.useOwn} text=${t.useOwnText} action=${t.useOwn} onClose=${resetting.close} onConfirm=${() => save([], etag)} />`}
  <//>`;
}

/** Whom deciders are, each in a word or two. @param {any} deciders @param {Known} known @returns {string[]} */
function named(deciders, known) {
  const types = new Map(known.types);
  return [
    ...deciders.roles.map((/** @type {string} */ each) => c.roles[each]),
    ...deciders.user_ids.map(nameOf),
    ...deciders.user_type_ids.map((/** @type {string} */ each) => types.get(each) ?? each.slice(0, 8)),
    ...deciders.object_roles.map((/** @type {string} */ each) => t.objectRoles[each]),
  ];
}

/** @param {{ stage: any, known: Known }} props */
function Asked({ stage, known }) {
  const badges = (/** @type {any} */ deciders) => named(deciders, known).map((each) => html`<${Badge} key=${each}>${each}<//>`);
  return html`<p class="said"><span>${t.mustApprove(stage.required)}</span> ${badges(stage.deciders)}</p>
    ${stage.deadline_hours !== null && html`<p class="said"><small>${t.within(stage.deadline_hours)}</small> ${stage.escalate_to && badges(stage.escalate_to)}</p>`}`;
}

/** Both versions, stage by stage. @param {any[]} mine @param {any[]} theirs @param {Known} known */
function compared(mine, theirs, known) {
  const told = (/** @type {any} */ stage) => {
    const asked = `${stage.name}: ${t.mustApprove(stage.required)} ${named(stage.deciders, known).join(", ")}`;
    return stage.escalate_to ? `${asked}; ${t.within(stage.deadline_hours)} ${named(stage.escalate_to, known).join(", ")}` : asked;
  };
  const by = (/** @type {any[]} */ stages) => Object.fromEntries(stages.map((stage, i) => [String(i), told(stage)]));
  const fields = Array.from({ length: Math.max(mine.length, theirs.length) }, (_, i) => ({ name: String(i), label: `${t.stage} ${i + 1}` }));
  return { fields, mine: by(mine), theirs: by(theirs) };
}
