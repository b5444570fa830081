/** One box for everything: pages, workspaces, and what is in the workspace. "/" leads there from anywhere. */

import { html, useEffect, useId, useRef, useState } from "../vendor/ui.js";
import { get } from "../core/api.js";
import { go, to } from "../core/router.js";
import { me } from "../core/session.js";
import { texts } from "../core/texts.js";
import { SCREENS } from "../screens.js";
import names from "../texts/screens.js";
import english from "../texts/shell.js";
import { Icon } from "./icons.js";

const t = texts("shell", english);
const titles = texts("screens", names);

/** @typedef {{ kind: string, text: string, more?: string, address: string }} Found */

/** @param {{ here?: import("../core/workspace.js").Here }} props */
export function Search({ here }) {
  const [text, setText] = useState("");
  const [found, setFound] = useState(/** @type {Found[]} */ ([]));
  const [isOpen, setOpen] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [active, setActive] = useState(0);
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const id = useId();

  useEffect(() => {
    const listen = (/** @type {KeyboardEvent} */ event) => {
      const isTyping = /** @type {Element} */ (event.target).closest?.("input, textarea, select, [contenteditable], dialog");
      const isSlash = event.key === "/" && !isTyping;
      if (!isSlash && !(event.key === "k" && (event.ctrlKey || event.metaKey))) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);

  useEffect(() => {
    const wanted = text.trim();
    setActive(0);
    if (!wanted) {
      setFound([]);
      setBusy(false);
      return undefined;
    }
    const near = nearby(wanted.toLowerCase(), here);
    setFound(near);
    if (!here || wanted.length < 2 || !here.may("search")) return undefined;
    const abort = new AbortController();
    setBusy(true);
    const timer = setTimeout(async () => {
      try {
        const page = await get(`${here.path}/search`, { q: wanted, limit: 8 }, { signal: abort.signal });
        setFound([...near, ...page.items.map((/** @type {any} */ hit) => shownHit(hit, here))]);
      } catch {
        // What is near is shown; a search that fails says nothing worse than that.
      }
      if (!abort.signal.aborted) setBusy(false);
    }, 180);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text, here?.path]);

  const choose = (/** @type {Found | undefined} */ each) => {
    if (!each) return;
    setOpen(false);
    setText("");
    input.current?.blur();
    go(each.address);
  };
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (found.length) setActive((active + step + found.length) % found.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      choose(found[active]);
    } else if (event.key === "Escape") {
      setOpen(false);
      if (!isOpen) setText("");
    }
  };
  const isShown = isOpen && text.trim() !== "";
  const told = isBusy ? t.searching : found.length ? t.found(found.length) : t.nothingFound;
  return html`<search class="search" onFocusOut=${(/** @type {FocusEvent} */ event) => {
    if (!(/** @type {Element} */ (event.currentTarget).contains(/** @type {Node} */ (event.relatedTarget)))) setOpen(false);
  }}>
    <${Icon} name="search" />
    <input ref=${input} type="search" role="combobox" aria-label=${t.search} placeholder=${t.searchHint} autocomplete="off" maxlength="200"
      aria-expanded=${isShown && found.length > 0} aria-controls=${`${id}-list`} aria-autocomplete="list"
      aria-activedescendant=${isShown && found.length ? `${id}-${active}` : undefined}
      value=${text} onInput=${(/** @type {any} */ event) => {
        setText(event.target.value);
        setOpen(true);
      }} onFocus=${() => setOpen(true)} onKeyDown=${onKey} />
    <div class="results" hidden=${!isShown}>
      <ul id=${`${id}-list`} role="listbox" aria-label=${t.search}>
        ${found.map(
          (each, i) => html`<li key=${each.address + each.text} id=${`${id}-${i}`} role="option" aria-selected=${i === active}
            onMouseDown=${(/** @type {Event} */ event) => event.preventDefault()} onClick=${() => choose(each)}>
            <span class="kind">${t.kinds[each.kind]}</span><span class="text">${each.text}${each.more && html` <small>${each.more}</small>`}</span>
          </li>`,
        )}
      </ul>
      <p role="status">${told}</p>
    </div>
  </search>`;
}

/**
 * Pages and workspaces whose names have what is looked for.
 * @param {string} wanted
 * @param {import("../core/workspace.js").Here | undefined} here
 * @returns {Found[]}
 */
function nearby(wanted, here) {
  const screens = SCREENS.filter(
    (each) => each.group && each.path.includes(":workspace") === Boolean(here) && (!each.needs || here?.may(each.needs)) && (!each.admin || me.value?.is_platform_admin),
  )
    .filter((each) => titles.screens[each.name].toLowerCase().includes(wanted))
    .map((each) => ({ kind: "screen", text: titles.screens[each.name], address: to(each.path.replace(":workspace", here?.workspace.id ?? "")) }));
  const workspaces = (me.value?.workspaces ?? [])
    .filter((each) => each.name.toLowerCase().includes(wanted))
    .map((each) => ({ kind: "workspace", text: each.name, address: to(`/w/${each.id}`) }));
  return [...screens.slice(0, 4), ...workspaces.slice(0, 4)];
}

/** @param {any} hit @param {import("../core/workspace.js").Here} here @returns {Found} */
function shownHit(hit, here) {
  const address = hit.kind === "project" ? here.at(`projects/${hit.id}`) : here.at(`tasks/${hit.task_id ?? hit.id}`);
  return { kind: hit.kind, text: `${hit.key} ${hit.title}`, more: hit.kind === "comment" ? hit.excerpt : undefined, address };
}
