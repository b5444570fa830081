/** Dark or light: as the system has it, or as the reader chose. */

import { computed, effect, signal } from "../vendor/ui.js";

/** @typedef {"auto" | "light" | "dark"} Theme */

const KEY = "pma-theme";
/** @type {Theme[]} */
export const THEMES = ["auto", "light", "dark"];
const kept = localStorage.getItem(KEY);
export const theme = signal(THEMES.find((each) => each === kept) ?? "auto");

const system = matchMedia("(prefers-color-scheme: dark)");
const isDark = signal(system.matches);
system.addEventListener("change", () => {
  isDark.value = system.matches;
});

/** What the reader sees: "dark" or "light". */
export const shade = computed(() => (theme.value === "auto" ? (isDark.value ? "dark" : "light") : theme.value));

effect(() => {
  const chosen = theme.value;
  document.documentElement.dataset.theme = shade.value;
  if (chosen === "auto") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, chosen);
});
