/** A key result by its own address, as notifications know it: it stands on the page of its objective. */

import { html, useEffect } from "../vendor/ui.js";
import { useResource } from "../core/data.js";
import { go } from "../core/router.js";
import { useHere } from "../core/workspace.js";
import { Loading, Shown } from "../parts/states.js";

/** @param {{ params: { key_result: string } }} props */
export default function KeyResultScreen({ params }) {
  const { path, at } = useHere();
  const result = useResource(`${path}/okr/key-results/${encodeURIComponent(params.key_result)}`);
  useEffect(() => {
    if (result.data === null) return;
    const { id, objective_id: objective, source } = result.data;
    // Where people check in, that is what is asked of them.
    go(`${at(`okrs/${objective}`)}${source === "manual" ? `?dialog=check-in:${id}` : ""}`, { replace: true });
  }, [result.data]);
  return html`<${Shown} of=${result}>${() => html`<${Loading} />`}<//>`;
}
