/** Moves of workspaces into organisations, and out of them, as either side sees them. */

import { html } from "../vendor/ui.js";
import { post } from "../core/api.js";
import { usePages } from "../core/data.js";
import { Name } from "../core/people.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
import { About, Confirm, useDialog } from "../parts/dialog.js";
import { Badge, Section } from "../parts/page.js";
import { Empty } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { attempt } from "../parts/toast.js";
import common from "../texts/common.js";
import english from "../texts/moves.js";

const t = texts("moves", english);
const c = texts("common", common);
/** @type {Record<string, string>} */
const KINDS = { PENDING: "info", ACCEPTED: "good", DECLINED: "bad", CANCELLED: "plain", EXPIRED: "plain" };

/**
 * @param {object} props
 * @param {string} props.address of the moves in the API
 * @param {"workspace" | "organization"} props.side which the reader speaks for
 * @param {boolean} props.mayAnswer
 * @param {unknown} [props.actions] what asks for one
 * @param {() => unknown} props.onDone something was decided
 */
export function Moves({ address, side, mayAnswer, actions, onDone }) {
  const pages = usePages(address);
  const accepting = useDialog("accept");
  const answer = async (/** @type {any} */ move, /** @type {string} */ word) => {
    await attempt(() => post(`${address}/${move.id}/${word}`), t.answered[word]);
    await pages.reload();
    await onDone();
  };
  const isAnswered = (/** @type {any} */ each) => mayAnswer && each.state === "PENDING" && each.asked_side !== side;
  const act = (/** @type {any} */ each) => {
    if (each.state !== "PENDING" || !mayAnswer) return null;
    const words = isAnswered(each) ? ["accept", "decline"] : ["cancel"];
    return html`<div class="actions">${words.map(
      (word) => html`<button type="button" key=${word} class=${word === "accept" ? "small" : "secondary small"} aria-label=${`${t.answers[word]}: ${t.what(each)}`} onClick=${() => (word === "accept" ? accepting.open(each.id) : answer(each, word))}>${t.answers[word]}</button>`,
    )}</div>`;
  };
  const columns = [
    { label: t.move, isMain: true, show: t.what },
    { label: t.askedBy, show: (/** @type {any} */ each) => html`<${Name} id=${each.asked_by} />, ${t.sides[each.asked_side]}` },
    { label: t.state, show: (/** @type {any} */ each) => html`<${Badge} kind=${KINDS[each.state]}>${t.states[each.state]}<//>` },
    { label: t.askedAt, show: (/** @type {any} */ each) => html`<${Time} at=${each.created_at} short />` },
    { label: t.ends, show: (/** @type {any} */ each) => html`<${Time} at=${each.ended_at ?? each.expires_at} short />` },
    { label: c.actions, isQuiet: true, show: act },
  ];
  return html`<${Section} title=${t.title} actions=${actions}>
    <p class="about">${t.abouts[side]}</p>
    <${Table} label=${t.title} columns=${columns} pages=${pages} empty=${html`<${Empty} title=${t.none} icon="org" />`} />
    <${About} dialog=${accepting} pages=${pages} find=${(/** @type {any} */ each) => each.id === accepting.item && isAnswered(each)}>${(/** @type {any} */ each) => html`<${Confirm} title=${`${t.answers.accept}: ${t.what(each)}`} text=${t.acceptTexts[each.direction]} action=${t.answers.accept} onClose=${accepting.close} onConfirm=${() => answer(each, "accept")} />`}<//>
  <//>`;
}
