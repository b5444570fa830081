/** One of many, found by typing: a combobox with a list, as the ARIA Authoring Practices have it. */

import { html, useEffect, useId, useRef, useState } from "../vendor/ui.js";
import { style } from "../core/style.js";
import { texts } from "../core/texts.js";
import english from "../texts/combobox.js";
import { complain } from "./toast.js";

await style("combobox");
const t = texts("combobox", english);
const PAUSE = 150;

/** @typedef {{ id: string, label: string, more?: string }} Option */

/**
 * Stands in a form as the `input` of a field, whose `find` answers what fits a text, the best first.
 * @param {object} props
 * @param {{ label: string, find: (text: string) => Promise<Option[]>, nameOf?: (id: string) => string }} props.field
 *   nameOf: what is said of what is chosen to begin with
 * @param {string} props.value the id of what was chosen, or nothing
 * @param {(id: string, option: Option | null) => void} props.onChange
 * @param {() => void} [props.onLeave] Escape where no list is open
 * @param {any} [props.element] is given the input
 * @param {boolean} [props.isEager] the list is open before anything is typed
 * @param {boolean} [props.isAdding] what is chosen is shown elsewhere, and another can be
 */
export function Combobox({ field, value, onChange, onLeave, element, isEager = false, isAdding = false, ...attributes }) {
  const id = useId();
  const own = useRef(/** @type {HTMLInputElement | null} */ (null));
  const input = element ?? own;
  const [text, setText] = useState(value ? (field.nameOf?.(value) ?? "") : "");
  const [found, setFound] = useState(/** @type {{ of: string, options: Option[] } | null} */ (null));
  const [active, setActive] = useState(0);
  const [isOpen, setOpen] = useState(isEager);
  useEffect(() => {
    if (!value && document.activeElement !== input.current) setText("");
  }, [value]);
  useEffect(() => {
    input.current?.setCustomValidity(text && !value ? t.choose : "");
  }, [text, value]);
  useEffect(() => {
    if (!isOpen) return undefined;
    let isWanted = true;
    const timer = setTimeout(() => {
      const told = (/** @type {Option[]} */ options) => {
        if (!isWanted) return;
        setFound({ of: text, options });
        setActive(0);
      };
      field.find(text.trim()).then(told, (error) => {
        if (!isWanted) return;
        setFound(null);
        complain(error);
      });
    }, PAUSE);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [isOpen, text]);
  const shown = (isOpen && found?.options) || [];
  // What is listed answers an older text until the next answer comes: none of it is chosen.
  const isStale = found?.of !== text;
  useEffect(() => {
    if (shown.length) document.getElementById(`${id}-${active}`)?.scrollIntoView({ block: "nearest" });
  }, [active, shown.length]);
  const close = () => {
    setOpen(false);
    setFound(null);
  };
  const pick = (/** @type {Option} */ option) => {
    if (isStale) return;
    setText(isAdding ? "" : option.label);
    close();
    onChange(option.id, option);
  };
  const type = (/** @type {any} */ event) => {
    setText(event.target.value);
    setOpen(true);
    if (value) onChange("", null);
  };
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (isOpen) setActive((was) => (was + step + shown.length) % Math.max(1, shown.length));
      else setOpen(true);
    } else if (event.key === "Enter" && isOpen) {
      // What is not chosen yet sends no form.
      event.preventDefault();
      if (shown[active]) pick(shown[active]);
    } else if (event.key === "Escape" && isOpen) {
      // The list, and not the dialog around it.
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Escape" && onLeave) {
      event.preventDefault();
      onLeave();
    }
  };
  return html`<div class="combobox">
    <input ...${attributes} ref=${input} type="text" role="combobox" autocomplete="off" spellcheck=${false} placeholder=${t.type}
      aria-autocomplete="list" aria-expanded=${shown.length > 0} aria-controls=${`${id}-list`}
      aria-activedescendant=${shown.length && !isStale ? `${id}-${active}` : undefined}
      value=${text} onInput=${type} onKeyDown=${onKey} onClick=${() => setOpen(true)} onBlur=${close} />
    <ul id=${`${id}-list`} role="listbox" aria-label=${field.label} aria-busy=${isStale && shown.length > 0} hidden=${shown.length === 0}>
      ${shown.map(
        (option, i) => html`<li key=${option.id} id=${`${id}-${i}`} role="option" aria-selected=${i === active && !isStale}
          onMouseDown=${(/** @type {Event} */ event) => event.preventDefault()} onClick=${() => pick(option)}>
          ${option.label}${option.more && html` <small>${option.more}</small>`}
        </li>`,
      )}
    </ul>
    <p class="none" role="status">${isOpen && found !== null && !isStale && (shown.length ? html`<span class="unseen">${t.found(shown.length)}</span>` : t.nothing)}</p>
  </div>`;
}
