/** Where the console begins: everything else is imported from here, each screen when it is first shown. */

import "./core/theme.js";
import { html, render } from "./vendor/ui.js";
import { App } from "./parts/shell.js";

render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("console")));
