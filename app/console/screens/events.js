/** The events of a workspace: projects of that kind. */

import { html } from "../vendor/ui.js";
import Projects from "./projects.js";

export default function Events() {
  return html`<${Projects} kind="event" />`;
}
