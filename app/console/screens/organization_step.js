/** Another status, of an organisation or of one of its workspaces, in their words. */

import { html } from "../vendor/ui.js";
import { texts } from "../core/texts.js";
import { Step as Any } from "../parts/step.js";
import english from "../texts/organizations.js";

const t = texts("organizations", english);
const REASON = { label: t.reason, maxLength: 500 };

/** @param {{ address: string, step: string, name?: string, onClose: () => void, onDone: () => unknown }} props */
export const Step = ({ step, ...others }) => html`<${Any} ...${others} action=${t.steps[step]} about=${t.stepTexts[step]} reason=${REASON} done=${t.done} />`;
