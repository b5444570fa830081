/** Connectors to other systems: how each went last, and making one. */

import { html, useState } from "../vendor/ui.js";
import { post } from "../core/api.js";
import { usePages } from "../core/data.js";
import { useReloadOn } from "../core/live.js";
import { go } from "../core/router.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { useHere } from "../core/workspace.js";
import { Dialog, useDialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { Badge, Page } from "../parts/page.js";
import { Empty } from "../parts/states.js";
import { Table } from "../parts/table.js";
import common from "../texts/common.js";
import english from "../texts/connectors.js";
import { bodyOf, configOf, fieldsOf, placed } from "./connector_form.js";

const t = texts("connectors", english);
const c = texts("common", common);
const TRIAL = /** @type {import("../parts/form.js").Field} */ ({ name: "is_trial", label: t.tryIt, hint: t.tryHint, type: "checkbox" });
const KINDS = /** @type {Record<string, string>} */ ({ NEW: "plain", OK: "good", FAILED: "bad" });

/** @param {{ of: any }} props */
export const Status = ({ of }) => html`<${Badge} kind=${KINDS[of.status]}>${t.states[of.status]}<//>`;

/** @param {any} connector */
export function rhythm({ schedule }) {
  if (!schedule) return t.noSchedule;
  return schedule.every_minutes ? t.every(schedule.every_minutes) : `${schedule.cron} ${schedule.time_zone ?? ""}`;
}

export default function Connectors() {
  const { may } = useHere();
  return may("connector.list") ? html`<${Whole} />` : html`<${Values} />`;
}

/** Which there are, for whoever may know no more than their values. */
function Values() {
  const { path, at } = useHere();
  const pages = usePages(`${path}/connector-values`);
  useReloadOn(["connector"], pages.reload);
  const columns = [
    { label: t.name, isMain: true, show: (/** @type {any} */ each) => html`<a href=${at(`connectors/${each.connector_id}`)}>${each.name}</a>` },
    { label: t.state, show: (/** @type {any} */ each) => html`<${Status} of=${each} />${each.last_error && html` <code>${each.last_error}</code>`}` },
    { label: t.lastAsked, show: (/** @type {any} */ each) => html`<${Time} at=${each.last_refreshed_at} short />` },
  ];
  return html`<${Page} title=${t.title} about=${t.about}>
    <${Table} label=${t.title} columns=${columns} pages=${pages} id=${(/** @type {any} */ each) => each.connector_id} empty=${html`<${Empty} title=${t.none} text=${t.noneRead} icon="link" />`} />
  <//>`;
}

function Whole() {
  const { path, at, may, workspace } = useHere();
  const pages = usePages(`${path}/connectors`);
  useReloadOn(["connector"], pages.reload);
  const making = useDialog("new");
  const canMake = may("connector.create") && workspace.status === "ACTIVE";
  const make = canMake && html`<button type="button" onClick=${() => making.open("postgres_ro")}>${t.newPostgres}</button><button type="button" class="secondary" onClick=${() => making.open("graph_excel")}>${t.newExcel}</button>`;
  const columns = [
    { label: t.name, isMain: true, show: (/** @type {any} */ each) => html`<a href=${at(`connectors/${each.id}`)}>${each.name}</a>` },
    { label: t.kind, show: (/** @type {any} */ each) => t.kinds[each.kind] },
    { label: t.state, show: (/** @type {any} */ each) => html`<${Status} of=${each} />${each.last_error && html` <code>${each.last_error}</code>`}` },
    { label: t.schedule, show: rhythm },
    { label: t.changed, show: (/** @type {any} */ each) => html`<${Time} at=${each.updated_at} short />` },
  ];
  return html`<${Page} title=${t.title} about=${t.about} actions=${make}>
    <${Table} label=${t.title} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${t.none} text=${t.noneMore} icon="link">${make}<//>`} />
    ${making.isOpen && canMake && html`<${Make} key=${making.item} kind=${making.item === "graph_excel" ? "graph_excel" : "postgres_ro"} onClose=${making.close} />`}
  <//>`;
}

/** @param {{ kind: "postgres_ro" | "graph_excel", onClose: () => void }} props */
function Make({ kind, onClose }) {
  const { path, at } = useHere();
  const [tried, setTried] = useState(/** @type {any} */ (null));
  const fields = [...fieldsOf(kind, true), TRIAL];
  const submit = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    setTried(null);
    await send(values, key).catch((error) => {
      throw placed(error, kind);
    });
  };
  const send = async (/** @type {any} */ values, /** @type {string} */ key) => {
    const secret = kind === "postgres_ro" ? { secret: values.secret } : {};
    if (values.is_trial) {
      setTried(await post(`${path}/connectors/test`, { kind, config: configOf(kind, values), ...secret }));
      return;
    }
    const made = await post(`${path}/connectors`, { kind, ...bodyOf(kind, values), ...secret }, { key });
    go(at(`connectors/${made.id}`), { replace: true });
  };
  const told = tried && html`<p role="status" class=${tried.outcome === "OK" ? "" : "wrong"}>${tried.outcome === "OK" ? t.tried(tried.columns.join(", ")) : t.failed(tried.error, tried.detail)}</p>`;
  return html`<${Dialog} title=${kind === "postgres_ro" ? t.newPostgres : t.newExcel} onClose=${onClose}>
    <${Form} fields=${fields} values=${{ port: 5432, schema: "public" }} action=${c.create} onCancel=${onClose} onSubmit=${submit}>${told}<//>
  <//>`;
}
