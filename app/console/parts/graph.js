/**
 * A directed graph, laid out in layers from left to right. Each node is a piece of the page, so that it can be read,
 * reached and searched; lines are a picture behind them.
 */

import { html, useMemo } from "../vendor/ui.js";
import { style } from "../core/style.js";
import { Graph as Layered, layout } from "../vendor/graph.js";

await style("graph");
const WIDTH = 190;
const HEIGHT = 64;

/**
 * @typedef {object} GraphNode
 * @property {string} id
 * @property {string} title
 * @property {unknown} [more] below the title
 * @property {string} [kind] a class: a state
 * @property {boolean} [isDashed]
 * @property {boolean} [isMarked]
 * @property {string} [address] where it leads
 */

/**
 * @param {{ label: string, nodes: GraphNode[], edges: { from: string, to: string, isMarked?: boolean }[], onSelect?: (id: string) => void }} props
 */
export function Graph({ label, nodes, edges, onSelect }) {
  const shape = `${nodes.map((each) => each.id).join("\n")}\n\n${edges.map((each) => `${each.from}\n${each.to}`).join("\n")}`;
  const laid = useMemo(() => arrange(nodes, edges), [shape]);
  const inside = (/** @type {GraphNode} */ node) => {
    const text = html`<span class="title">${node.title}</span><span class="more">${node.more}</span>`;
    if (node.address) return html`<a href=${node.address}>${text}</a>`;
    return onSelect ? html`<button type="button" class="plain" onClick=${() => onSelect(node.id)}>${text}</button>` : html`<div class="inside">${text}</div>`;
  };
  const marked = new Set(edges.filter((each) => each.isMarked).map((each) => `${each.from}\n${each.to}`));
  return html`<div class="graph scroll" role="region" aria-label=${label} tabindex="0">
    <div class="canvas" style=${{ width: `${laid.width}px`, height: `${laid.height}px` }}>
      <svg width=${laid.width} height=${laid.height} aria-hidden="true" focusable="false">
        <defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" /></marker></defs>
        ${laid.lines.map(({ key, path }) => html`<path key=${key} d=${path} class=${marked.has(key) ? "edge marked" : "edge"} marker-end="url(#arrow)" />`)}
      </svg>
      <ul>
        ${nodes.map((node) => {
          const { x, y } = laid.places.get(node.id) ?? { x: 0, y: 0 };
          const names = ["node", node.kind, node.isDashed && "dashed", node.isMarked && "marked"].filter(Boolean).join(" ");
          return html`<li key=${node.id} class=${names} style=${{ left: `${x}px`, top: `${y}px` }}>${inside(node)}</li>`;
        })}
      </ul>
    </div>
  </div>`;
}

/** @param {GraphNode[]} nodes @param {{ from: string, to: string }[]} edges */
function arrange(nodes, edges) {
  const graph = new Layered();
  graph.setGraph({ rankdir: "LR", nodesep: 18, ranksep: 46, marginx: 8, marginy: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id } of nodes) graph.setNode(id, { width: WIDTH, height: HEIGHT });
  const known = new Set(nodes.map((each) => each.id));
  for (const { from, to } of edges) if (known.has(from) && known.has(to) && from !== to) graph.setEdge(from, to);
  layout(graph);
  const places = new Map(nodes.map(({ id }) => [id, { x: graph.node(id).x - WIDTH / 2, y: graph.node(id).y - HEIGHT / 2 }]));
  const lines = graph.edges().map((/** @type {any} */ each) => {
    const points = /** @type {{ x: number, y: number }[]} */ (graph.edge(each).points);
    return { key: `${each.v}\n${each.w}`, path: points.map(({ x, y }, i) => `${i ? "L" : "M"}${Math.round(x)} ${Math.round(y)}`).join("") };
  });
  const size = /** @type {any} */ (graph.graph());
  return { places, lines, width: Math.ceil(size.width || WIDTH), height: Math.ceil(size.height || HEIGHT) };
}
