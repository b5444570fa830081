/** All of a connector as a form: for a new one, and for one that is there. */

import { ApiError } from "../core/api.js";
import { parse, write } from "../core/csv.js";
import { texts } from "../core/texts.js";
import english from "../texts/connectors.js";

/** @typedef {import("../parts/form.js").Field} Field */

const t = texts("connectors", english);

/** @type {Record<string, Field[]>} */
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
    { name: "site_id", label: t.site, hint: t.fileHint },
    { name: "path", label: t.path },
    { name: "drive_id", label: t.drive },
    { name: "item_id", label: t.item },
    { name: "worksheet", label: t.worksheet, hint: t.cellsHint },
    { name: "range", label: t.range, hint: t.rangeHint },
    { name: "defined_name", label: t.definedName },
    { name: "table", label: t.table },
    { name: "is_headless", label: t.headless, hint: t.headlessHint, type: "checkbox" },
    { name: "date_system", label: t.dateSystem, type: "select", options: Object.entries(t.dateSystems) },
  ],
};
const ZONES = /** @type {[string, string][]} */ ([["", "UTC"], ...Intl.supportedValuesOf("timeZone").filter((each) => each !== "UTC").map((each) => [each, each.replaceAll("_", " ")])]);

/** @param {string} kind @param {boolean} isNew @returns {Field[]} */
export function fieldsOf(kind, isNew) {
  const secret = { name: "secret", label: t.password, hint: isNew ? t.passwordHint : t.passwordKept, type: /** @type {const} */ ("password"), required: isNew, maxLength: 1000, autocomplete: "new-password" };
  return [
    { name: "name", label: t.name, required: true, maxLength: 100 },
    ...CONFIG[kind],
    ...(kind === "postgres_ro" ? [secret] : []),
    { name: "columns", label: t.columns, hint: t.columnsHint },
    { name: "fallback", label: t.fallback, type: "select", options: Object.entries(t.fallbacks) },
    { name: "max_age_seconds", label: t.maxAge, hint: t.maxAgeHint, type: "number", min: 60, max: 31536000 },
    { name: "static_value", label: t.staticValue, hint: t.staticHint, type: "textarea" },
    { name: "every_minutes", label: t.minutes, hint: t.minutesHint, type: "number", min: 5, max: 10080 },
    { name: "cron", label: t.cron, hint: t.cronHint, maxLength: 100 },
    { name: "time_zone", label: t.zone, type: "select", options: ZONES },
  ];
}

/** As the form has it. @param {any} connector */
export function flat({ config, name, columns, static_value: given, schedule, fallback, max_age_seconds }) {
  const { header, name: defined_name, date_system, ...rest } = config;
  return {
    ...rest,
    defined_name,
    is_headless: header === false,
    date_system: String(date_system ?? 1900),
    name,
    fallback,
    max_age_seconds,
    columns: columns && write([columns]),
    static_value: given && write([given.columns, ...given.rows]),
    ...schedule,
  };
}

/** What a source is asked by. @param {string} kind @param {any} values */
export function configOf(kind, values) {
  const { is_headless: isHeadless, defined_name: name, date_system, ...rest } = Object.fromEntries(CONFIG[kind].map((field) => [field.name, values[field.name]]));
  const asked = kind === "graph_excel" ? { ...rest, name, header: !isHeadless, date_system: Number(date_system) } : rest;
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== null));
}

/** As the API takes it, without the secret. @param {string} kind @param {any} values */
export function bodyOf(kind, values) {
  const { name, columns, fallback, max_age_seconds, static_value: given, every_minutes, cron, time_zone } = values;
  const [heads, ...rows] = given === null ? [null] : parsed("static_value", given);
  const schedule = { ...(every_minutes !== null && { every_minutes }), ...(cron !== null && { cron, time_zone }) };
  return {
    name,
    config: configOf(kind, values),
    columns: columns === null ? null : parsed("columns", columns)[0].map(String),
    fallback,
    max_age_seconds,
    static_value: heads && { columns: heads.map(String), rows },
    schedule: Object.keys(schedule).length ? schedule : null,
  };
}

/** @param {string} field @param {string} text */
function parsed(field, text) {
  try {
    return parse(text);
  } catch {
    throw wrong(new ApiError(0, { message: t.noTable }), field, t.noTable);
  }
}

/** A refusal that names what is wrong, said at the field that it is of. @param {any} error @param {string} kind */
export function placed(error, kind) {
  const { member, reason, problem, problems } = error.details ?? {};
  const names = new Set(fieldsOf(kind, true).map((each) => each.name));
  if (problems) {
    const deep = problems.map((/** @type {any} */ each) => ({ ...each, field: String(each.field).split(".").find((part) => names.has(part)) ?? each.field }));
    return new ApiError(error.status, { error_code: error.code, message: error.message, details: { problems: deep }, request_id: error.requestId });
  }
  const field = error.code === "QUERY_REFUSED" ? "query" : error.code === "SECRET_NEEDED" ? "secret" : member;
  if (!field) return error;
  const told = [reason ?? problem].filter(Boolean).join(" ");
  if (field === "query" || field === "secret") return wrong(error, field, `${error.message} ${told}`.trim());
  return wrong(error, kind === "graph_excel" && field === "name" ? "defined_name" : field, `${t.wrong} ${told}`.trim());
}

/** @param {ApiError} error @param {string} field @param {string} problem */
const wrong = (error, field, problem) =>
  new ApiError(error.status, { error_code: error.code, message: `${error.message} ${field}`, details: { problems: [{ field, problem }] }, request_id: error.requestId });
