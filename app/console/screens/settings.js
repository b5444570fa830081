/** Settings of a workspace: what it is called, whether it is in work, its room for files, and the organisation it is of. */

import { html, useEffect, useState } from "../vendor/ui.js";
import { all, post } from "../core/api.js";
import { useResource } from "../core/data.js";
import { useReloadOn } from "../core/live.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { Confirm, Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Badge, Page, Section } from "../parts/page.js";
import { Loading, Shown } from "../parts/states.js";
import { attempt, complain, toast } from "../parts/toast.js";
import common from "../texts/common.js";
import moveTexts from "../texts/moves.js";
import english from "../texts/settings.js";
import { Usage } from "./file_room.js";
import { Acts, Edit } from "./workspace_life.js";
import { Moves } from "./workspace_moves.js";

const t = texts("settings", english);
const c = texts("common", common);
const m = texts("moves", moveTexts);

export default function Settings() {
  const { workspace, path, may, at } = useHere();
  const editing = useDialog("edit");
  const usage = useResource(`${path}/file-usage`);
  useReloadOn(["file"], usage.reload);
  const edit = workspace.status === "ACTIVE" && html`<button type="button" class="secondary small" onClick=${() => editing.open()}>${c.edit}</button>`;
  return html`<${Page} title=${t.title} about=${t.about}>
    <${Section} title=${t.workspace} actions=${edit}>
      <dl class="facts">
        <div><dt>${t.name}</dt><dd>${workspace.name}</dd></div>
        <div><dt>${t.description}</dt><dd>${workspace.description ?? c.none}</dd></div>
        <div><dt>${t.id}</dt><dd><code>${workspace.id}</code></dd></div>
        <div><dt>${t.made}</dt><dd><${Time} at=${workspace.created_at} /></dd></div>
      </dl>
    <//>
    <${Section} title=${t.standing} actions=${html`<${Acts} />`}>
      <p><${Badge} kind=${workspace.status === "ACTIVE" ? "good" : "warn"}>${c.statuses[workspace.status]}<//></p>
      <p class="about">${t.standings[workspace.status]}</p>
      ${may("workspace.delete") && html`<p class="about">${t.afterDeletion}</p>`}
      ${may("transfer.create") && html`<p class="about">${t.handOver} <a href=${at("members")}>${t.toMembers}</a></p>`}
    <//>
    <${Shown} of=${usage}>${() => html`<${Usage} usage=${usage} />`}<//>
    ${may("workspace.list_moves") && html`<${Organization} />`}
    ${editing.isOpen && edit && html`<${Edit} onClose=${editing.close} />`}
  <//>`;
}

/** Where it is of one, and how it comes into one and out. */
function Organization() {
  const { workspace, path, may, reload } = useHere();
  const [turn, setTurn] = useState(0);
  const moving = useDialog("move");
  const isOut = workspace.org_id !== null;
  const label = isOut ? m.outOf : m.into;
  const ask = may("workspace.move") && workspace.status === "ACTIVE" && html`<button type="button" class="secondary small" onClick=${() => moving.open()}>${label}</button>`;
  const send = async (/** @type {any} */ body, /** @type {any} */ options) => {
    await post(`${path}/moves`, body, options);
    setTurn((was) => was + 1);
  };
  return html`<${Moves} key=${turn} address=${`${path}/moves`} side="workspace" mayAnswer=${Boolean(ask)} actions=${ask} onDone=${reload} />
    ${moving.isOpen && ask && isOut && html`<${Confirm} title=${label} text=${m.outOfText} action=${m.ask} onClose=${moving.close} onConfirm=${() => attempt(() => send({ org_id: null }, {}), m.asked)} />`}
    ${moving.isOpen && ask && !isOut && html`<${MoveIn} title=${label} send=${send} onClose=${moving.close} />`}`;
}

/** @param {{ title: string, send: (body: any, options: any) => Promise<unknown>, onClose: () => void }} props */
function MoveIn({ title, send, onClose }) {
  const [mine, setMine] = useState(/** @type {any[] | null} */ (null));
  useEffect(() => {
    all("/organizations").then((found) => setMine(found.filter((each) => each.status === "ACTIVE")), complain);
  }, []);
  const submit = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    await send(values, { key });
    toast(m.asked);
    onClose();
  };
  const form = () => {
    if (mine === null) return html`<${Loading} />`;
    if (!mine.length) return html`<p>${m.noOrganization}</p>`;
    return html`<${Form} fields=${[{ name: "org_id", label: m.organization, type: "select", options: mine.map((each) => [each.id, each.name]) }]} action=${m.ask} onCancel=${onClose} onSubmit=${submit} />`;
  };
  return html`<${Dialog} title=${title} onClose=${onClose}><p class="about">${m.intoText}</p>${form()}<//>`;
}
