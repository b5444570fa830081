/** What stands where a screen has nothing to show: not yet, nothing, or something went wrong. */

import { Component, html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/ui.js";
import { texts } from "../core/texts.js";
import english from "../texts/errors.js";
import common from "../texts/common.js";
import { Icon } from "./icons.js";

const t = texts("errors", english);
const c = texts("common", common);

/** Something is being read. @param {{ label?: string }} props */
export function Loading({ label = c.loading }) {
  return html`<p class="state loading" role="status"><span class="spinner" aria-hidden="true"></span> ${label}</p>`;
}

/** What it is. Where the page has no other heading, this is it, and gets the focus. @param {{ text: string }} props */
function Title({ text }) {
  const [isHeading, setHeading] = useState(false);
  const heading = useRef(/** @type {HTMLHeadingElement | null} */ (null));
  useLayoutEffect(() => setHeading(!document.querySelector("main h1")), []);
  useEffect(() => {
    if (!isHeading) return;
    document.title = `${text} · PM Assist`;
    heading.current?.focus({ preventScroll: true });
  }, [isHeading]);
  return isHeading ? html`<h1 class="title" ref=${heading} tabindex="-1">${text}</h1>` : html`<p class="title">${text}</p>`;
}

/**
 * Nothing is there; `children` is what to do about it.
 * @param {{ title: string, text?: string, icon?: string, children?: unknown }} props
 */
export function Empty({ title, text, icon = "info", children }) {
  return html`<div class="state empty">
    <${Icon} name=${icon} />
    <${Title} text=${title} />
    ${text && html`<p>${text}</p>`}
    ${children && html`<div class="actions">${children}</div>`}
  </div>`;
}

/**
 * What happened, with the id that it is found by in the service's logs.
 * @param {{ error: import("../core/api.js").ApiError, retry?: () => unknown }} props
 */
export function Failure({ error, retry }) {
  const [title, text] =
    error.status === 403 ? [t.denied, t.deniedMore] : error.status === 404 ? [t.missing, t.missingMore] : [t.title, ""];
  return html`<div class="state failure" role="alert">
    <${Icon} name=${error.status === 403 ? "lock" : "warning"} />
    <${Title} text=${title} />
    <p>${text || error.message}${error.retryAfter ? ` ${t.wait(error.retryAfter)}` : ""}</p>
    ${retry && html`<div class="actions"><button type="button" class="secondary" onClick=${retry}>${t.again}</button></div>`}
    <${RequestId} error=${error} />
  </div>`;
}

/** @param {{ error: import("../core/api.js").ApiError }} props */
export function RequestId({ error }) {
  return error.requestId && html`<p class="request">${t.request} <code>${error.requestId}</code> <code>${error.code}</code></p>`;
}

/**
 * What a resource or a list is until it is there, and then `children`; that it is gone, where it was deleted meanwhile.
 * @param {{ of: { data?: any, items?: any[], error: any, isLoading: boolean, isGone?: boolean, reload: () => unknown }, children: () => unknown }} props
 */
export function Shown({ of, children }) {
  if (of.isGone) return html`<div role="status"><${Empty} title=${t.gone} text=${t.goneMore} icon="warning" /></div>`;
  const has = of.items ? of.items.length > 0 || !of.isLoading : of.data !== null;
  if (of.error && !(has && of.items?.length)) return html`<${Failure} error=${of.error} retry=${of.reload} />`;
  return has ? children() : html`<${Loading} />`;
}

/** Keeps a fault of one screen to itself. */
export class Guarded extends Component {
  state = { fault: /** @type {any} */ (null) };

  /** @param {unknown} fault */
  static getDerivedStateFromError(fault) {
    return { fault };
  }

  /** @param {unknown} fault */
  componentDidCatch(fault) {
    console.error(fault);
  }

  render() {
    if (this.state.fault === null) return /** @type {any} */ (this.props.children);
    return html`<div class="state failure" role="alert">
      <${Icon} name="warning" />
      <p class="title">${t.crashed}</p>
      <p>${t.crashedMore}</p>
      <div class="actions"><button type="button" onClick=${() => location.reload()}>${t.reload}</button></div>
    </div>`;
  }
}
