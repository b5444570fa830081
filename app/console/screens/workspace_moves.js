/** Moves of workspaces into organisations, and out of them, as either side sees them. */

import { html } from "../vendor/ui.js";
import { post } from "../core/api.js";
import { usePages } from "../core/data.js";
import { Name } from "../core/people.js";
import { texts } from "../core/texts.js";
import { Time } from "../core/time.js";
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
  const answer = async (/** @type {any} */ move, /** @type {string} */ word) => {
    await attempt(() => post(`${address}/${move.id}/${word}`), t.answered[word]);
    await pages.reload();
    await onDone();
  };
  const act = (/** @type {any} */ each) => {
    if (each.state !== "PENDING" || !mayAnswer) return null;
    const words = each.asked_side === side ? ["cancel"] : ["accept", "decline"];
    return html`<div class="actions">${words.map(
      (word) => html`<button type="button" key=${word} class=${word === "accept" ? "small" : "secondary small"} aria-label=${`${t.answers[word]}: ${t.what(each)}`} onClick=${() => answer(each, word)}>${t.answers[word]}</button>`,
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
  <//>`;
}
