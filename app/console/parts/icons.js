/** Pictures beside words, never instead of them: hidden from whoever is read to. */

import { html } from "../vendor/ui.js";

const PATHS = {
  search: "M10 4a6 6 0 1 0 0 12a6 6 0 0 0 0-12M14.5 14.5L20 20",
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "M6 6l12 12M18 6L6 18",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  down: "M6 9l6 6l6-6",
  plus: "M12 5v14M5 12h14",
  home: "M4 11l8-7l8 7v9h-5v-6H9v6H4z",
  people: "M9 5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 0 0 0-7M2.5 20a6.5 6.5 0 0 1 13 0M16 5.5a3.5 3.5 0 0 1 0 6M18 14.5a6.5 6.5 0 0 1 3.5 5.5",
  board: "M4 4h5v16H4zM11 4h5v10h-5zM18 4h2v7h-2z",
  task: "M4 12l4 4L18 6M13 18h7",
  flow: "M5 4h5v5H5zM14 15h5v5h-5zM7.5 9v4.500a4 4 0 0 0 4 4H14",
  goal: "M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18M12 8a4 4 0 1 0 0 8a4 4 0 0 0 0-8M12 12h.01",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  log: "M5 4h14v16H5zM8.500 9h7M8.500 13h7M8.500 17h4",
  bell: "M6 17V11a6 6 0 0 1 12 0v6zM4 17h16M10 20h4",
  gear: "M12 8.500a3.500 3.500 0 1 0 0 7a3.500 3.500 0 0 0 0-7M12 3v3M12 18v3M3 12h3M18 12h3M5.600 5.600l2.200 2.200M16.200 16.200l2.200 2.200M18.400 5.600l-2.200 2.200M7.800 16.200l-2.200 2.200",
  chart: "M4 20V4M4 20h16M8 16v-4M12 16V8M16 16v-6",
  send: "M4 12l16-8l-6 16l-3-7z",
  shield: "M12 3l7 3v5c0 5-3 8-7 10c-4-2-7-5-7-10V6zM9 12l2 2l4-4",
  key: "M8 11a4 4 0 1 0 0 8a4 4 0 0 0 0-8M11 12l8-8M16 7l3 3",
  org: "M4 20V8l8-4l8 4v12M9 20v-5h6v5M9 11h.01M15 11h.01",
  warning: "M12 4l9 16H3zM12 10v4M12 17h.01",
  info: "M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18M12 11v5M12 8h.01",
  lock: "M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3",
};

/** @param {{ name: keyof typeof PATHS }} props */
export function Icon({ name }) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d=${PATHS[name]} /></svg>`;
}
