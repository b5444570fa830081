/** A part of a screen that few open at once: its module is loaded when it is first shown. */

import { html, useEffect, useState } from "../vendor/ui.js";
import { complain } from "./toast.js";

/**
 * @param {() => Promise<{ default: any }>} load
 * @returns {(props: any) => any} a component
 */
export function later(load) {
  /** @type {any} */
  let loaded = null;
  return function Later(props) {
    const [shown, setShown] = useState(() => loaded);
    useEffect(() => {
      if (shown !== null) return;
      load().then((module) => {
        loaded = module.default;
        setShown(() => loaded);
      }, complain);
    }, []);
    return shown && html`<${shown} ...${props} />`;
  };
}
