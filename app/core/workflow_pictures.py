"""A workflow as a picture: SVG without a script or a reference, and the text of Mermaid.

The layout is by layers, as Sugiyama has it: a node stands one layer beyond the last that it waits for, and in
its layer near the middle of its neighbours (barycentre). No library: grandalf, the one for Python, has had no
release since January 2023 and is under the GPL or EPL, and what graphviz needs is no Python package.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.core.xml_text import xml_text

_WIDTH, _HEIGHT, _ACROSS, _DOWN, _MARGIN = 200, 44, 90, 20, 20
_LABEL = 26
"""Characters of a title that fit into a node; the whole of it is shown by pointing at it."""
_SWEEPS = 4
_NOT_MERMAID = re.compile(r"[^\w .,\u0080-\U0010ffff-]")
_COLORS = {
    "TODO": ("#eef2ff", "#4f5fa8"),
    "IN_PROGRESS": ("#fff3d6", "#a86b00"),
    "BLOCKED": ("#f1f1f1", "#767676"),
    "DONE": ("#e2f4e5", "#2f7d3b"),
}
_PLAIN = ("#ffffff", "#4a4a4a")


class Shown(NamedTuple):
    """A node as it is drawn. ``any_done``: one of those that it waits for lets it go."""

    title: str
    state: str | None = None
    any_done: bool = False


def svg(nodes: Sequence[Shown], edges: Sequence[tuple[int, int]]) -> str:
    """An image; edges are pairs of places in ``nodes``, where each node comes after all that it waits for."""
    at = _places(len(nodes), edges)
    width = max((x for x, _ in at), default=0) + _WIDTH + _MARGIN
    height = max((y for _, y in at), default=0) + _HEIGHT + _MARGIN
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
            f' width="{width}" height="{height}" role="img" font-family="sans-serif" font-size="13">'
            '<defs><marker id="end" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8"'
            ' orient="auto">'
            '<path d="M0 0L8 4L0 8z" fill="#8a8a8a"/></marker></defs>'
            '<g fill="none" stroke="#8a8a8a" marker-end="url(#end)">',
            *(f'<path d="{_curve(at[start], at[end])}"/>' for start, end in edges),
            "</g>",
            *(_box(node, place) for node, place in zip(nodes, at, strict=True)),
            "</svg>\n",
        ]
    )


def _curve(start: tuple[int, int], end: tuple[int, int]) -> str:
    """From the right side of one node to the left of another."""
    x, y = start[0] + _WIDTH, start[1] + _HEIGHT // 2
    to_x, to_y = end[0], end[1] + _HEIGHT // 2
    bend = _ACROSS // 2
    return f"M{x} {y}C{x + bend} {y} {to_x - bend} {to_y} {to_x} {to_y}"


def _box(node: Shown, at: tuple[int, int]) -> str:
    (x, y), (fill, line) = at, _COLORS.get(node.state or "", _PLAIN)
    told = node.title if node.state is None else f"{node.title} ({node.state})"
    label = node.title if len(node.title) <= _LABEL else f"{node.title[: _LABEL - 1]}\u2026"
    dashes = ' stroke-dasharray="5 3"' if node.any_done else ""
    middle = y + (_HEIGHT // 2 + 5 if node.state is None else 19)
    state = (
        ""
        if node.state is None
        else f'<text x="{x + 10}" y="{y + 35}" font-size="10" fill="{line}">{xml_text(node.state)}</text>'
    )
    return (
        f'<g><title>{xml_text(told)}</title><rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="6"'
        f' fill="{fill}" stroke="{line}"{dashes}/>'
        f'<text x="{x + 10}" y="{middle}" fill="#1a1a1a">{xml_text(label)}</text>{state}</g>'
    )


def _places(count: int, edges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Where the upper left corner of each node is."""
    parents: list[list[int]] = [[] for _ in range(count)]
    children: list[list[int]] = [[] for _ in range(count)]
    for start, end in edges:
        parents[end].append(start)
        children[start].append(end)
    layer = [0] * count
    for node in range(count):
        layer[node] = 1 + max((layer[each] for each in parents[node]), default=-1)
    layers: list[list[int]] = [[] for _ in range(max(layer, default=-1) + 1)]
    for node, number in enumerate(layer):
        layers[number].append(node)
    middle = [0.0] * count
    for sweep in range(_SWEEPS + 1):
        near, order = (parents, layers) if sweep % 2 == 0 else (children, layers[::-1])
        for row in order:
            weight = {
                node: sum(middle[each] for each in near[node]) / len(near[node])
                if near[node]
                else middle[node]
                for node in row
            }
            row.sort(key=weight.__getitem__)
            for place, node in enumerate(row):
                middle[node] = place - (len(row) - 1) / 2
    highest = min(middle, default=0.0)
    step = _HEIGHT + _DOWN
    return [
        (
            _MARGIN + layer[node] * (_WIDTH + _ACROSS),
            _MARGIN + round((middle[node] - highest) * step),
        )
        for node in range(count)
    ]


def mermaid(nodes: Sequence[Shown], edges: Sequence[tuple[int, int]]) -> str:
    """As ``svg``, for whoever draws it themselves. Nodes are numbered, so that no id is a word of Mermaid's;
    of titles all is escaped that could be one."""
    lines = ["flowchart LR"]
    lines += [f'    n{number}["{_quoted(node.title)}"]' for number, node in enumerate(nodes)]
    lines += [f"    n{start} --> n{end}" for start, end in edges]
    for state, (fill, line) in _COLORS.items():
        of = [f"n{number}" for number, node in enumerate(nodes) if node.state == state]
        if of:
            lines += [f"    classDef {state} fill:{fill},stroke:{line}", f"    class {','.join(of)} {state}"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Mermaid's entity codes: ``#`` and a decimal number and ``;``."""
    return _NOT_MERMAID.sub(lambda found: f"#{ord(found[0])};", text)
