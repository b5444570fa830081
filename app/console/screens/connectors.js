/** Connectors to other systems: how each went last, and making one. */

import { html, useState } from "../vendor/ui.js";
import { ApiError, post } from "../core/api.js";
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

const t = texts("connectors", english);
const c = texts("common", common);
const KINDS = /** @type {Record<string, string>} */ ({ NEW: "plain", OK: "good", FAILED: "bad" });

/** @param {{ of: any }} props */
export const Status = ({ of }) => html`<${Badge} kind=${KINDS[of.status]}>${t.states[of.status]}<//>`;

/** @param {any} connector */
export function rhythm({ schedule }) {
  if (!schedule) return t.noSchedule;
  return schedule.every_minutes ? t.every(schedule.every_minutes) : `${schedule.cron} ${schedule.time_zone ?? ""}`;
}

export default function Connectors() {
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

/** @type {Record<string, import("../parts/form.js").Field[]>} */
const CONFIG = {
  postgres_ro: [
    { name: "host", label: t.host, required: true, maxLength: 253 },
    { name: "port", label: t.port, type: "number", min: 1, max: 65535, required: true },
    { name: "database", label: t.database, required: true, maxLength: 63 },
    { name: "user", label: t.user, required: true, maxLength: 63 },
    { name: "query", label: t.query, hint: t.queryHint, type: "textarea", required: true },
    { name: "schema", label: t.schema, maxLength: 63 },
    { name: "tls", label: t.tls, type: "select", options: Object.entries(t.tlsModes) },
    { name: "ca", label: t.ca, hint: t.caHint, type: "textarea" },
  ],
  graph_excel: [
    { name: "site_id", label: t.site, required: true },
    { name: "path", label: t.path, required: true },
    { name: "worksheet", label: t.worksheet, required: true },
    { name: "range", label: t.range, hint: t.rangeHint },
  ],
};
const SECRET = /** @type {import("../parts/form.js").Field} */ ({ name: "secret", label: t.password, hint: t.passwordHint, type: "password", required: true, maxLength: 1000, autocomplete: "new-password" });

/** @param {{ kind: "postgres_ro" | "graph_excel", onClose: () => void }} props */
function Make({ kind, onClose }) {
  const { path, at } = useHere();
  const [tried, setTried] = useState(/** @type {any} */ (null));
  const hasSecret = kind === "postgres_ro";
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "name", label: t.name, required: true, maxLength: 100 },
    ...CONFIG[kind],
    ...(hasSecret ? [SECRET] : []),
    { name: "fallback", label: t.fallback, type: "select", options: [["FAIL", t.fallbacks.FAIL], ["LAST_GOOD", t.fallbacks.LAST_GOOD]] },
    { name: "max_age_seconds", label: t.maxAge, hint: t.maxAgeHint, type: "number", min: 60, max: 31536000 },
    { name: "every_minutes", label: t.minutes, hint: t.minutesHint, type: "number", min: 5, max: 10080 },
    { name: "is_trial", label: t.tryIt, hint: t.tryHint, type: "checkbox" },
  ];
  const submit = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    setTried(null);
    await send(values, key).catch((error) => {
      throw placed(error);
    });
  };
  const send = async (/** @type {any} */ values, /** @type {string} */ key) => {
    const config = Object.fromEntries(CONFIG[kind].map(({ name }) => [name, values[name]]).filter(([, value]) => value !== null));
    const what = { kind, config, ...(hasSecret ? { secret: values.secret } : {}) };
    if (values.is_trial) {
      setTried(await post(`${path}/connectors/test`, what));
      return;
    }
    const { name, fallback, max_age_seconds, every_minutes } = values;
    const made = await post(`${path}/connectors`, { ...what, name, fallback, max_age_seconds, schedule: every_minutes === null ? null : { every_minutes } }, { key });
    go(at(`connectors/${made.id}`), { replace: true });
  };
  const told = tried && html`<p role="status" class=${tried.outcome === "OK" ? "" : "wrong"}>${tried.outcome === "OK" ? t.tried(tried.columns.join(", ")) : t.failed(tried.error, tried.detail)}</p>`;
  return html`<${Dialog} title=${kind === "postgres_ro" ? t.newPostgres : t.newExcel} onClose=${onClose}>
    <${Form} fields=${fields} values=${{ port: 5432, schema: "public" }} action=${c.create} onCancel=${onClose} onSubmit=${submit}>${told}<//>
  <//>`;
}

/** A refusal that names what of a config is wrong, said at the field that it is of. @param {any} error */
function placed(error) {
  const { member, reason, problem } = error.details ?? {};
  const field = error.code === "QUERY_REFUSED" ? "query" : member;
  if (!field) return error;
  const told = reason ?? problem ?? "";
  const problems = [{ field, problem: field === "query" ? `${error.message} ${told}` : `${t.wrong} ${told}` }];
  return new ApiError(error.status, { error_code: error.code, message: `${error.message} ${field}`, details: { problems }, request_id: error.requestId });
}
