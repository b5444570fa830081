/** Forms: fields by description, errors where they belong, and both versions where somebody else was faster. */

import { html, useEffect, useId, useRef, useState } from "../vendor/ui.js";
import { ApiError, newKey } from "../core/api.js";
import { texts } from "../core/texts.js";
import common from "../texts/common.js";
import { RequestId } from "./states.js";

const c = texts("common", common);

/**
 * @typedef {object} Field
 * @property {string} name of the body's member
 * @property {string} label
 * @property {"text" | "textarea" | "select" | "checkbox" | "number" | "email" | "date" | "datetime-local" | "password" | "color" | "url"} [type]
 * @property {string} [hint]
 * @property {boolean} [required]
 * @property {number} [maxLength]
 * @property {number} [min]
 * @property {number} [max]
 * @property {[string, string][]} [options] value and label, of a select
 * @property {string} [autocomplete]
 * @property {any} [input] a component in the place of an input: gets its attributes, `value`, `onChange` and the `field`
 * @property {any} [find] for that component
 * @property {(id: string) => string} [nameOf] for that component
 */

/**
 * @param {object} props
 * @param {Field[]} props.fields
 * @param {Record<string, any>} [props.values] what they are to begin with
 * @param {string} props.action what the button says
 * @param {boolean} [props.isDanger] and whether that is not easily taken back
 * @param {(values: Record<string, any>, how: { key: string, isForced: boolean }) => Promise<unknown>} props.onSubmit
 *   `isForced` where the reader has seen what was changed meanwhile and has theirs count
 * @param {() => void} [props.onCancel]
 * @param {() => Promise<Record<string, any>>} [props.onConflict] reads the thing anew, for 412
 * @param {unknown} [props.children] stands before the buttons
 */
export function Form({ fields, values: given = {}, action, isDanger = false, onSubmit, onCancel, onConflict, children }) {
  const [values, setValues] = useState(() => initial(fields, given));
  const [error, setError] = useState(/** @type {ApiError | null} */ (null));
  const [theirs, setTheirs] = useState(/** @type {Record<string, any> | null} */ (null));
  const [isBusy, setBusy] = useState(false);
  const key = useRef(newKey());
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));

  useEffect(() => {
    // A form that comes into a dialog which is open already: nobody has gone elsewhere in it yet.
    const dialog = form.current?.closest("dialog");
    const at = document.activeElement;
    if (!dialog?.open || (dialog.contains(at) && at !== dialog && !at?.closest("dialog header"))) return;
    const first = form.current?.querySelector("input, select, textarea");
    if (first instanceof HTMLElement) first.focus();
  }, []);

  const change = (/** @type {string} */ name, /** @type {any} */ value) => setValues((was) => ({ ...was, [name]: value }));
  const submit = async (/** @type {boolean} */ isForced) => {
    setBusy(true);
    setError(null);
    try {
      await onSubmit(sent(fields, values), { key: key.current, isForced });
    } catch (problem) {
      key.current = newKey();
      const told = problem instanceof ApiError ? problem : new ApiError(0, { message: String(problem) });
      if (told.status === 412 && onConflict) setTheirs(await onConflict());
      else setError(told);
      queueMicrotask(() => {
        const wrong = form.current?.querySelector("[aria-invalid=true]");
        if (wrong instanceof HTMLElement) wrong.focus();
      });
    } finally {
      setBusy(false);
    }
  };
  if (theirs !== null) {
    const take = () => {
      setValues(initial(fields, theirs));
      setTheirs(null);
    };
    const keep = () => {
      setTheirs(null);
      submit(true);
    };
    return html`<${Conflict} fields=${fields} mine=${values} theirs=${theirs} onKeep=${keep} onTake=${take} />`;
  }
  const problems = error?.problems ?? {};
  const isElsewhere = error && !fields.some((each) => problems[each.name]);
  const onForm = (/** @type {Event} */ event) => {
    event.preventDefault();
    submit(false);
  };
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    // Enter is a new line in a text of several; with Ctrl it sends.
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.current?.requestSubmit();
  };
  return html`<form ref=${form} onSubmit=${onForm} onKeyDown=${onKey} aria-busy=${isBusy}>
    ${fields.map(
      (field) => html`<${Input} key=${field.name} field=${field} value=${values[field.name]} problem=${problems[field.name]}
        onChange=${(/** @type {any} */ value) => change(field.name, value)} />`,
    )}
    ${children}
    ${error && html`<div class="problem" role="alert">${isElsewhere && html`<p>${error.message}</p>`}<${RequestId} error=${error} /></div>`}
    <footer>
      ${onCancel && html`<button type="button" class="secondary" onClick=${onCancel}>${c.cancel}</button>`}
      <button type="submit" class=${isDanger ? "danger" : ""} disabled=${isBusy}>${isBusy ? c.working : action}</button>
    </footer>
  </form>`;
}

/** @param {Field[]} fields @param {Record<string, any>} given */
function initial(fields, given) {
  return Object.fromEntries(fields.map(({ name, type, options }) => [name, given[name] ?? (type === "checkbox" ? false : type === "select" ? (options?.[0]?.[0] ?? "") : "")]));
}

/** Empty texts are nothing. @param {Field[]} fields @param {Record<string, any>} values */
function sent(fields, values) {
  return Object.fromEntries(
    fields.map(({ name, type }) => {
      const value = values[name];
      if (type === "number") return [name, value === "" ? null : Number(value)];
      if (type === "datetime-local") return [name, value === "" ? null : new Date(value).toISOString()];
      return [name, value === "" ? null : value];
    }),
  );
}

/**
 * One field with its label, its hint and what is wrong with it.
 * @param {{ field: Field, value: any, problem?: string, onChange: (value: any) => void }} props
 */
export function Input({ field, value, problem, onChange }) {
  const id = useId();
  const told = problem ?? field.hint;
  const attributes = {
    id,
    name: field.name,
    required: field.required,
    maxlength: field.maxLength,
    min: field.min,
    max: field.max,
    autocomplete: field.autocomplete ?? "off",
    "aria-invalid": problem ? "true" : undefined,
    "aria-describedby": told ? `${id}-told` : undefined,
  };
  const set = (/** @type {Event} */ event) => onChange(/** @type {HTMLInputElement} */ (event.target).value);
  const small = told && html`<small id=${`${id}-told`} class=${problem ? "wrong" : ""}>${told}</small>`;
  if (field.type === "checkbox") {
    const tick = (/** @type {Event} */ event) => onChange(/** @type {HTMLInputElement} */ (event.target).checked);
    return html`<div class="field"><label for=${id}><input type="checkbox" ...${attributes} checked=${value} onChange=${tick} /> ${field.label}</label>${small}</div>`;
  }
  return html`<div class="field">
    <label for=${id}>${field.label}${!field.required && field.type !== "select" && html` <small>${c.optional}</small>`}</label>
    ${
      field.input
        ? html`<${field.input} ...${attributes} field=${field} value=${value} onChange=${onChange} />`
        : field.type === "select"
        ? html`<select ...${attributes} value=${value} onChange=${set}>${field.options?.map(([each, label]) => html`<option value=${each}>${label}</option>`)}</select>`
        : field.type === "textarea"
          ? html`<textarea ...${attributes} rows="4" value=${value} onInput=${set}></textarea>`
          : html`<input type=${field.type ?? "text"} ...${attributes} value=${value} onInput=${set} />`
    }
    ${small}
  </div>`;
}

/** Both versions, and which counts. @param {{ fields: { name: string, label: string }[], mine: Record<string, any>, theirs: Record<string, any>, onKeep: () => void, onTake: () => void }} props */
export function Conflict({ fields, mine, theirs, onKeep, onTake }) {
  const differing = fields.filter(({ name }) => (mine[name] ?? "") !== (theirs[name] ?? ""));
  return html`<div class="conflict" role="alert">
    <p><strong>${c.conflict}</strong></p>
    <p>${c.conflictMore}</p>
    <div class="scroll" tabindex="0" role="region" aria-label=${c.conflict}>
      <table>
        <thead><tr><th scope="col">${c.field}</th><th scope="col">${c.yours}</th><th scope="col">${c.theirs}</th></tr></thead>
        <tbody>
          ${differing.map(({ name, label }) => html`<tr key=${name}><th scope="row">${label}</th><td>${String(mine[name] ?? "")}</td><td>${String(theirs[name] ?? "")}</td></tr>`)}
        </tbody>
      </table>
    </div>
    <footer>
      <button type="button" class="secondary" onClick=${onTake}>${c.takeTheirs}</button>
      <button type="button" onClick=${onKeep}>${c.keepYours}</button>
    </footer>
  </div>`;
}
