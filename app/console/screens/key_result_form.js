/** What a key result asks for: written once for a new one and for one that is there. */

import { html } from "../vendor/ui.js";
import { post } from "../core/api.js";
import { useEdit } from "../core/edit.js";
import { texts } from "../core/texts.js";
import { useHere } from "../core/workspace.js";
import { Dialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { toast } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/okrs.js";

const t = texts("okrs", english);
const c = texts("common", common);
const HOUR = 3600;

/** @type {import("../parts/form.js").Field[]} */
const FIGURE = [
  { name: "direction", label: t.direction, type: "select", options: Object.entries(t.directions) },
  { name: "unit", label: t.unit, maxLength: 20 },
  { name: "baseline", label: t.baseline, hint: t.decimal, required: true, maxLength: 21 },
  { name: "commit", label: t.commit, maxLength: 21 },
  { name: "target", label: t.target, required: true, maxLength: 21 },
  { name: "stretch", label: t.stretch, maxLength: 21 },
];
/** @type {import("../parts/form.js").Field[]} */
const WORDS = ["fail", "commit", "target", "stretch"].map((name) => ({ name, label: t.zones[name.toUpperCase()], required: name === "target", maxLength: 500 }));
/** @type {import("../parts/form.js").Field} */
const STALE = { name: "stale_hours", label: t.staleAfter, hint: t.staleAfterHint, type: "number", min: 1, max: 8784 };

/** @param {boolean} isFigure @returns {import("../parts/form.js").Field[]} */
const fieldsOf = (isFigure) => [
  { name: "title", label: t.keyTitle, required: true, maxLength: 300 },
  { name: "description", label: t.description, type: "textarea", maxLength: 10000 },
  ...(isFigure ? FIGURE : WORDS),
  { name: "weight", label: t.weight, hint: t.weightHint, type: "number", min: 1, max: 100, required: true },
  STALE,
];

/** As the API takes it. @param {any} values @param {boolean} isFigure */
function bodyOf(values, isFigure) {
  const { title, description, weight } = values;
  const measure = Object.fromEntries((isFigure ? FIGURE : WORDS).map(({ name }) => [name, values[name]]));
  return { title, description, weight, ...staleOf(values), [isFigure ? "metric" : "zones"]: measure };
}

/** @param {any} values */
const staleOf = ({ stale_hours: hours }) => ({ stale_after: hours === null ? null : hours * HOUR });

/** As the form has it. @param {any} result */
const flat = (result) => ({ ...result, ...result.metric, ...result.zones, stale_hours: result.stale_after && Math.ceil(result.stale_after / HOUR) });

/** @param {{ address: string, isFigure?: boolean, onClose: () => void, onDone: () => Promise<unknown> }} props */
export function AddKeyResult({ address, isFigure = false, onClose, onDone }) {
  const submit = async (/** @type {any} */ values, /** @type {any} */ { key }) => {
    await post(address, bodyOf(values, isFigure), { key });
    onClose();
    await onDone();
  };
  return html`<${Dialog} title=${isFigure ? t.addFigure : t.addWords} onClose=${onClose}>
    <${Form} fields=${fieldsOf(isFigure)} values=${{ weight: 1, baseline: isFigure ? "0" : "" }} action=${c.create} onCancel=${onClose} onSubmit=${submit} />
  <//>`;
}

/**
 * What is approved with the objective is changed in its draft; for how long a figure is good, at any time.
 * @param {{ result: any, state: string, onClose: () => void, onDone: () => Promise<unknown> }} props
 */
export function EditKeyResult({ result, state, onClose, onDone }) {
  const { path } = useHere();
  const isDraft = state === "DRAFT" || state === "IN_APPROVAL";
  const address = `${path}/okr/key-results/${result.id}`;
  const { was, save, theirs } = useEdit(address, result, result.version);
  const isFigure = was.metric !== null;
  const submit = async (/** @type {any} */ values, /** @type {any} */ how) => {
    await save(isDraft ? bodyOf(values, isFigure) : staleOf(values), how);
    toast(c.saved);
    onClose();
    await onDone();
  };
  return html`<${Dialog} title=${`${c.edit}: ${was.title}`} onClose=${onClose}>
    ${state === "IN_APPROVAL" && html`<p class="notice">${t.voids}</p>`}
    ${!isDraft && html`<p class="about">${t.onlyStale}</p>`}
    <${Form} fields=${isDraft ? fieldsOf(isFigure) : [STALE]} values=${flat(was)} action=${c.save} onCancel=${onClose} onSubmit=${submit} onConflict=${async () => flat(await theirs())} />
  <//>`;
}
