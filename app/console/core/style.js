/** Looks that only some screens have: styles/<name>.css, loaded with the first of them, before it is shown. */

/** @type {Map<string, Promise<void>>} */
const loaded = new Map();

/**
 * For the top of a screen's module: `await style("board")`.
 * @param {string} name
 */
export function style(name) {
  let promise = loaded.get(name);
  if (promise === undefined) {
    promise = new Promise((resolve) => {
      const link = document.createElement("link");
      link.rel = "stylesheet";
      link.href = new URL(`../styles/${name}.css`, import.meta.url).href;
      // Without it a screen is plainer, and still there.
      link.onload = link.onerror = () => resolve();
      document.head.append(link);
    });
    loaded.set(name, promise);
  }
  return promise;
}
