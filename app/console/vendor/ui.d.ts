// What vendor/ui.js holds, for whoever checks types: scripts/vendor.py makes it.
export { Component, Fragment, createContext, createRef, h, render } from "preact";
export type { ComponentChildren, ComponentType, JSX, VNode } from "preact";
export {
  useCallback,
  useContext,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "preact/hooks";
export { batch, computed, effect, signal, untracked, useComputed, useSignal, useSignalEffect } from "@preact/signals";
export type { ReadonlySignal, Signal } from "@preact/signals";
export function html(strings: TemplateStringsArray, ...values: unknown[]): import("preact").VNode;
