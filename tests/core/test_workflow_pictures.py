"""Pictures of workflows: every one is well-formed, holds no script and nothing but what it may, and is bounded."""

from __future__ import annotations

import random
import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from app.core.workflow_graphs import MOST_EDGES, MOST_NODES
from app.core.workflow_pictures import Shown, mermaid, svg

SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = {"svg", "defs", "marker", "path", "g", "title", "rect", "text"}
HOSTILE = (
    "</text></svg><script>alert(1)</script>",
    '"><image href="https://example.com/x.png" onload="alert(1)"/>',
    "]]><!ENTITY x SYSTEM 'file:///etc/passwd'>&x;",
    "&lt;script&gt;&#60;&amp;",
    "a\x00\x07\ud800\ufffe\uffff\U0001f600b",
    "--> \u202e {{ }} ${x} `id` \\",
    'x"]; click n0 href "javascript:alert(1)"',
    "end\n    click n0 call alert()",
    "%%{init: {'securityLevel': 'loose'}}%%",
    "style='background:url(//example.com)'",
)


def drawn(text: str) -> ElementTree.Element:
    """The picture, once it is sure that it is nothing else."""
    assert text.encode()
    root = ElementTree.fromstring(text)
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in ELEMENTS
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert name not in ("href", "style", "{http://www.w3.org/1999/xlink}href")
            assert re.fullmatch(r"[\w #.,()-]*", value), (name, value)
            assert "url(" not in value or value == "url(#end)"
    return root


def boxes(root: ElementTree.Element) -> list[tuple[int, int]]:
    return [(int(each.attrib["x"]), int(each.attrib["y"])) for each in root.iter(f"{SVG}rect")]


@pytest.mark.parametrize("title", HOSTILE)
def test_a_title_is_text_and_nothing_else(title: str) -> None:
    root = drawn(svg([Shown(title), Shown(title, title, any_done=True)], [(0, 1)]))
    shown = re.sub("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]", "\ufffd", title)
    assert [each.text for each in root.iter(f"{SVG}title")] == [shown, f"{shown} ({shown})"]
    lines = mermaid([Shown(title), Shown("b")], [(0, 1)]).splitlines()
    assert len(lines) == 4
    assert re.fullmatch(r'    n0\["[^"\[\]{}<>`%\\|()]*"\]', lines[1])
    assert lines[2:] == ['    n1["b"]', "    n0 --> n1"]


def test_a_node_stands_beyond_all_that_it_waits_for_and_on_no_other() -> None:
    rng = random.Random(1)
    for _ in range(60):
        count = rng.randint(1, 40)
        pairs = {(min(pair), max(pair)) for pair in (rng.sample(range(count), 2) for _ in range(count - 1))}
        root = drawn(svg([Shown(f"{number}") for number in range(count)], sorted(pairs)))
        at = boxes(root)
        assert all(at[start][0] < at[end][0] for start, end in pairs)
        assert len(set(at)) == count
        for (x, y), (other_x, other_y) in pairwise(sorted(at)):
            assert x != other_x or other_y - y >= 44
        width, height = (int(root.attrib[name]) for name in ("width", "height"))
        assert all(0 < x <= width - 200 and 0 < y <= height - 44 for x, y in at)


def test_states_are_told_in_words_too() -> None:
    states = ("TODO", "IN_PROGRESS", "BLOCKED", "DONE")
    nodes = [Shown("x" * 300, state) for state in states]
    root = drawn(svg(nodes, []))
    words = [each.text for each in root.iter(f"{SVG}text")]
    assert words == [each for state in states for each in ("x" * 25 + "\u2026", state)]
    assert len({each.attrib["fill"] for each in root.iter(f"{SVG}rect")}) == len(states)
    text = mermaid(nodes, [])
    assert all(f"    class n{number} {state}\n" in text for number, state in enumerate(states))


def test_the_largest_picture_is_bounded_and_no_nodes_are_a_picture_too() -> None:
    rng = random.Random(1)
    pairs: set[tuple[int, int]] = set()
    while len(pairs) < MOST_EDGES:
        start, end = sorted(rng.sample(range(MOST_NODES), 2))
        pairs.add((start, end))
    text = svg([Shown("&" * 300, "IN_PROGRESS", any_done=True)] * MOST_NODES, sorted(pairs))
    assert len(text) < 3_000_000
    assert len(boxes(drawn(text))) == MOST_NODES
    assert len(mermaid([Shown('"' * 300)] * MOST_NODES, sorted(pairs))) < 2_000_000
    assert boxes(drawn(svg([], []))) == []
    assert mermaid([], []) == "flowchart LR\n"
