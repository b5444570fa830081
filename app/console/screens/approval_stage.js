/** One stage of a flow: who decides, how many of them, until when, and who is asked then. */

import { html, useState } from "../vendor/ui.js";
import { nameOf } from "../core/people.js";
import { texts } from "../core/texts.js";
import { useHere } from "../core/workspace.js";
import { Choices } from "../parts/choices.js";
import { Dialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { members, Several } from "../parts/people.js";
import common from "../texts/common.js";
import english from "../texts/approvals.js";

const t = texts("approvals", english);
const c = texts("common", common);
const NOBODY = { roles: [], user_ids: [], user_type_ids: [], object_roles: [] };
const ROLES = /** @type {[string, string][]} */ (["OWNER", "ADMIN", "MEMBER"].map((each) => [each, c.roles[each]]));
const OBJECT_ROLES = /** @type {[string, string][]} */ (Object.entries(t.objectRoles));

/**
 * @param {object} props
 * @param {string} props.type of object
 * @param {any} props.stage null: a new one
 * @param {any[]} props.stages all of the flow
 * @param {import("./approval_flows.js").Known} props.known
 * @param {() => void} props.onClose
 * @param {(stage: any) => void} props.onDone
 */
export function StageDialog({ type, stage, stages, known, onClose, onDone }) {
  const [deciders, setDeciders] = useState(stage?.deciders ?? NOBODY);
  const [others, setOthers] = useState(stage?.escalate_to ?? NOBODY);
  const [hasOthers] = useState(stage?.escalate_to != null);
  const [problem, setProblem] = useState("");
  /** @type {import("../parts/form.js").Field[]} */
  const fields = [
    { name: "name", label: t.stageName, required: true, maxLength: 100 },
    { name: "required", label: t.required, type: "number", min: 1, max: 20, required: true },
    { name: "deadline_hours", label: t.deadline, hint: t.deadlineHint, type: "number", min: 1, max: 8760 },
  ];
  const isAny = (/** @type {any} */ of) => Object.values(of).some((each) => each.length > 0);
  const submit = async (/** @type {any} */ values) => {
    const isTimed = values.deadline_hours !== null;
    if (!isAny(deciders)) setProblem(t.flowProblems.nobody_asked);
    else if (isTimed !== isAny(others)) setProblem(t.flowProblems.deadline_without_escalation);
    else {
      onDone({ ...values, key: stage?.key ?? keyOf(values.name, stages), deciders, escalate_to: isTimed ? others : null });
      onClose();
    }
  };
  return html`<${Dialog} title=${stage ? `${t.stage}: ${stage.name}` : `${t.addStage}: ${t.types[type]}`} onClose=${onClose}>
    <${Form} fields=${fields} values=${stage ?? { required: 1 }} action=${t.take} onCancel=${onClose} onSubmit=${submit}>
      <h3>${t.asked}</h3>
      <${Deciders} of=${deciders} known=${known} onChange=${setDeciders} />
      <details class="asked" open=${hasOthers}>
        <summary>${t.escalateTo}</summary>
        <${Deciders} of=${others} known=${known} onChange=${setOthers} />
      </details>
      ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    <//>
  <//>`;
}

/** @param {{ of: any, known: import("./approval_flows.js").Known, onChange: (of: any) => void }} props */
function Deciders({ of, known, onChange }) {
  const { path } = useHere();
  const group = (/** @type {string} */ name, /** @type {string} */ legend, /** @type {[string, string][]} */ options) =>
    html`<${Choices} legend=${legend} options=${options} chosen=${of[name]} nameOf=${nameOf} onChange=${(/** @type {string[]} */ chosen) => onChange({ ...of, [name]: chosen })} />`;
  return html`${group("roles", t.byRole, ROLES)} 
    <${Several} legend=${t.byName} find=${members(path, (each) => each.role !== "VIEWER")} chosen=${of.user_ids} onChange=${(/** @type {string[]} */ chosen) => onChange({ ...of, user_ids: chosen })} />
     ${group("user_type_ids", t.byType, known.types)} ${group("object_roles", t.byObject, OBJECT_ROLES)}`;
}

/** What a stage is called by machines, which no other of its flow is. @param {string} name @param {any[]} stages */
function keyOf(name, stages) {
  const words = name.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^[^a-z]+|_+$/g, "");
  const base = words.slice(0, 34) || "stage";
  const taken = new Set(stages.map((each) => each.key));
  let key = base;
  for (let i = 2; taken.has(key); i += 1) key = `${base}_${i}`;
  return key;
}
