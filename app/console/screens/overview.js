/** A workspace at a glance: what it is, who is there, and what happens in it as it does. */

import { html, useEffect, useState } from "../vendor/ui.js";
import { get, post, remove } from "../core/api.js";
import { usePages } from "../core/data.js";
import { position, present, useChanges, useReloadOn } from "../core/live.js";
import { Face, Name } from "../core/people.js";
import { me } from "../core/session.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { useDialog } from "../parts/dialog.js";
import { Badge, Page, Section } from "../parts/page.js";
import { Empty, Loading } from "../parts/states.js";
import { attempt, complain } from "../parts/toast.js";
import changeTexts from "../texts/changes.js";
import common from "../texts/common.js";
import english from "../texts/overview.js";
import { Acts, Edit } from "./workspace_life.js";

const t = texts("overview", english);
const c = texts("common", common);
const changes = texts("changes", changeTexts);
const PAGE = 25;

export default function Overview() {
  const { workspace, may } = useHere();
  const dialog = useDialog("edit");
  const actions = html`
    ${may("workspace.update") && workspace.status === "ACTIVE" && html`<button type="button" class="secondary" onClick=${() => dialog.open()}>${t.edit}</button>`}
    <${Acts} />`;
  return html`<${Page} title=${workspace.name} about=${workspace.description} actions=${actions}>
    ${may("transfer.list") && html`<${Handover} />`}
    <div class="columns">
      <${Happened} />
      <div>
        <${Facts} />
        ${may("presence.list") && html`<${Present} />`}
      </div>
    </div>
    ${dialog.isOpen && html`<${Edit} onClose=${dialog.close} />`}
  <//>`;
}

/** The newest changes; those that come meanwhile are put before them. */
function Happened() {
  const { path } = useHere();
  const [items, setItems] = useState(/** @type {any[] | null} */ (null));
  const [from, setFrom] = useState(/** @type {number | null} */ (null));
  const begin = position.value !== null && items === null && from === null ? position.value : null;

  const read = async (/** @type {number} */ until, /** @type {any[]} */ later) => {
    const after = Math.max(0, until - PAGE);
    try {
      const page = await get(`${path}/changes`, { after_seq: after, limit: PAGE });
      const found = page.items.filter((/** @type {any} */ each) => each.seq <= until).reverse();
      setItems((was) => [...(was ?? later), ...found]);
      setFrom(after);
    } catch (error) {
      complain(error);
      setItems((was) => was ?? []);
    }
  };
  useEffect(() => {
    if (begin !== null) {
      setFrom(begin);
      read(begin, []);
    }
  }, [begin]);
  useChanges((change) => setItems((was) => [change, ...(was ?? [])]));

  const shown = () => {
    if (items === null) return html`<${Loading} />`;
    if (!items.length && !from) return html`<${Empty} title=${t.noChanges} />`;
    return html`<ol class="timeline">
        ${items.map(
          (each) => html`<li key=${each.seq}>
            <${Face} id=${each.actor_id} />
            <span class="grow"><${Name} id=${each.actor_id} /> <${What} change=${each} />${each.status && html` <${Badge}>${c.states[each.status] ?? each.status}<//>`}</span>
            <${Time} at=${each.at} short />
          </li>`,
        )}
      </ol>
      ${from ? html`<div class="paging"><button type="button" class="secondary" onClick=${() => read(from, items)}>${t.earlier}</button></div>` : null}`;
  };
  return html`<${Section} title=${t.changes}><p class="about">${t.changesAbout}</p>${shown()}<//>`;
}

/** What happened, leading to what it happened to where that has a page. @param {{ change: import("../core/live.js").Change }} props */
function What({ change }) {
  const { at } = useHere();
  const said = changes.said(change.type);
  const isGone = change.type.endsWith(".deleted") || change.type.endsWith(".removed");
  const page = { task: `tasks/${change.object_id}`, project: `projects/${change.object_id}`, board: `boards/${change.object_id}`, comment: change.data?.task_id && `tasks/${change.data.task_id}`, objective: `okrs/${change.object_id}`, approval: `approvals/${change.object_id}` }[change.object_type];
  return page && !isGone ? html`<a class="what" href=${at(page)}>${said}</a>` : html`<span class="what">${said}</span>`;
}

function Facts() {
  const { workspace } = useHere();
  return html`<${Section} title=${t.facts}>
    <dl class="facts">
      <div><dt>${t.role}</dt><dd>${c.roles[workspace.role]}</dd></div>
      <div><dt>${t.status}</dt><dd><${Badge} kind=${workspace.status === "ACTIVE" ? "good" : "warn"}>${c.statuses[workspace.status]}<//></dd></div>
      <div><dt>${t.made}</dt><dd><${Time} at=${workspace.created_at} /> ${t.by} <${Name} id=${workspace.created_by} /></dd></div>
    </dl>
  <//>`;
}

/** That somebody is asked to take the workspace over, to whom it concerns. */
function Handover() {
  const { path, may, reload } = useHere();
  const pages = usePages(`${path}/transfers`, {}, 5);
  useReloadOn(["transfer"], pages.reload);
  const reader = me.value?.user.user_id;
  const decide = (/** @type {() => Promise<unknown>} */ work) => attempt(async () => {
    await work();
    await pages.reload();
    await reload();
  }, t.done);
  const waiting = pages.items.filter((each) => each.state === "PENDING" && (each.to_user === reader || may("transfer.cancel")));
  return waiting.map((each) => {
    const address = `${path}/transfers/${each.id}`;
    return html`<div class="notice" key=${each.id}>
      <span class="grow"><${Name} id=${each.from_user} /> ${t.asks} <${Name} id=${each.to_user} /> ${t.toTakeOver}</span>
      ${each.to_user === reader && html`<button type="button" class="small" onClick=${() => decide(() => post(`${address}/accept`))}>${t.accept}</button>
        <button type="button" class="secondary small" onClick=${() => decide(() => post(`${address}/decline`))}>${t.decline}</button>`}
      ${may("transfer.cancel") && html`<button type="button" class="secondary small" onClick=${() => decide(() => remove(address))}>${t.cancel}</button>`}
    </div>`;
  });
}

function Present() {
  const people = [...present.value];
  return html`<${Section} title=${t.here}>
    ${people.length ? html`<ul class="people">${people.map((id) => html`<li key=${id}><${Face} id=${id} /><${Name} id=${id} /></li>`)}</ul>` : html`<p>${t.nobodyHere}</p>`}
  <//>`;
}
