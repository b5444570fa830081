"""What is wrong with the graph of a workflow, and its order, against a plain oracle over random graphs."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise

import pytest

from app.core.workflow_graphs import (
    MOST_EDGES,
    MOST_NODES,
    Edge,
    Fault,
    Graph,
    Node,
    decoded,
    encoded,
    graph_hash,
    indegrees,
    ordered,
    problems,
    shape_problems,
)

GRAPHS = 1500


def made(ids: list[str], edges: list[tuple[str, str]]) -> Graph:
    return Graph(
        nodes=tuple(Node(id=id_, title=f"Do {id_}") for id_ in ids),
        edges=tuple(Edge(start, end) for start, end in edges),
    )


def random_graphs() -> Iterator[Graph]:
    """Small ones, so that most ways to be wrong come up, alone and together."""
    rng = random.Random(1)
    for _ in range(GRAPHS):
        ids = [f"n{number}" for number in range(rng.randint(0, 8))]
        if ids and rng.random() < 0.1:
            ids.append(rng.choice(ids))
        ends = [*ids, "nowhere"] if rng.random() < 0.1 else ids
        count = rng.randint(0, 2 * len(ids)) if ends else 0
        yield made(ids, [(rng.choice(ends), rng.choice(ends)) for _ in range(count)])


def reachable(graph: Graph) -> set[tuple[str, str]]:
    """Pairs of nodes of which one leads to the other, one step at least; by Warshall, over what is known."""
    ids = {node.id for node in graph.nodes}
    pairs = {(edge.from_, edge.to) for edge in graph.edges if edge.from_ != edge.to}
    pairs = {(start, end) for start, end in pairs if start in ids and end in ids}
    for by in ids:
        pairs |= {(start, end) for start in ids for end in ids if {(start, by), (by, end)} <= pairs}
    return pairs


def knots(graph: Graph) -> set[frozenset[str]]:
    """Sets of nodes of which each leads to each."""
    pairs = reachable(graph)
    on_a_cycle = {start for start, end in pairs if start == end}
    return {
        frozenset(other for other in on_a_cycle if {(node, other), (other, node)} <= pairs)
        for node in on_a_cycle
    }


def test_the_shape_of_random_graphs_is_judged_as_an_oracle_judges_it() -> None:
    seen = set()
    for graph in random_graphs():
        found = shape_problems(graph)
        seen |= {each.code for each in found}
        ids, pairs = [node.id for node in graph.nodes], [(edge.from_, edge.to) for edge in graph.edges]

        def edges_of(fault: Fault, found: list = found) -> list[tuple[str, str]]:  # type: ignore[type-arg]
            return sorted((each.edge.from_, each.edge.to) for each in found if each.code is fault)

        assert [each.code for each in found].count(Fault.EMPTY) == (not ids)
        doubled = sorted(each.node_id or "" for each in found if each.code is Fault.DUPLICATE_NODE)
        assert doubled == sorted({id_ for id_ in ids if ids.count(id_) > 1})
        assert edges_of(Fault.DUPLICATE_EDGE) == sorted({each for each in pairs if pairs.count(each) > 1})
        assert edges_of(Fault.UNKNOWN_NODE) == sorted({each for each in pairs if not {*each} <= {*ids}})
        loops = {(start, end) for start, end in pairs if start == end and start in ids}
        assert edges_of(Fault.SELF_EDGE) == sorted(loops)
        cycles = [each.nodes or () for each in found if each.code is Fault.CYCLE]
        for cycle in cycles:
            assert len(cycle) == len(set(cycle)) > 1
            assert set(pairwise([*cycle, cycle[0]])) <= set(pairs)
        named = [id_ for cycle in cycles for id_ in cycle]
        assert len(named) == len(set(named)), "of cycles that share a node one is told"
        assert all(any(set(cycle) <= knot for cycle in cycles) for knot in knots(graph))
        if not found:
            order = ordered(graph)
            assert sorted(node.id for node in order.nodes) == sorted(ids)
            place = {node.id: ordinal for ordinal, node in enumerate(order.nodes)}
            assert order.edges == sorted((place[start], place[end]) for start, end in pairs)
            assert all(start < end for start, end in order.edges)
            counts = indegrees(order.edges)
            assert all(counts[place[id_]] == sum(end == id_ for _, end in pairs) for id_ in ids)
    assert seen == {
        Fault.EMPTY,
        Fault.DUPLICATE_NODE,
        Fault.DUPLICATE_EDGE,
        Fault.UNKNOWN_NODE,
        Fault.SELF_EDGE,
        Fault.CYCLE,
    }


def test_the_largest_graph_is_judged_and_ordered_and_a_larger_one_not_looked_into() -> None:
    rng = random.Random(2)
    ids = [f"n{number}" for number in range(MOST_NODES)]
    pairs: set[tuple[str, str]] = set(pairwise(ids))
    while len(pairs) < MOST_EDGES:
        start, end = sorted(rng.sample(range(MOST_NODES), 2))
        pairs.add((ids[start], ids[end]))
    edges = sorted(pairs)
    rng.shuffle(edges)
    graph = made(ids, edges)
    assert shape_problems(graph) == []
    assert [node.id for node in ordered(graph).nodes] == ids
    closed = made(ids, [*edges[1:], (ids[-1], ids[0])])
    assert [each.code for each in shape_problems(closed)] in ([Fault.CYCLE], [])
    ring = made(ids, [*pairwise(ids), (ids[-1], ids[0])])
    assert [each.nodes for each in shape_problems(ring)] == [tuple(ids)]
    larger = made([*ids, "x"], [*edges, ("x", "x")])
    assert [each.code for each in problems(larger, {})] == [Fault.TOO_MANY_NODES, Fault.TOO_MANY_EDGES]


@pytest.mark.parametrize("seed", range(20))
def test_the_text_of_a_graph_is_the_same_whatever_it_was_read_from(seed: int) -> None:
    rng = random.Random(seed)
    graph = Graph(
        nodes=tuple(
            Node(
                id=f"n{number}",
                title="".join(rng.choices('a"\\\u00fc\u2028\U0001f600<&/', k=8)),
                description=rng.choice([None, "", "x\ny\t"]),
                due_offset_seconds=rng.choice([None, 0, 86_400]),
            )
            for number in range(rng.randint(0, 5))
        ),
        edges=(Edge("n0", "n1"),),
    )
    text = encoded(graph)
    assert decoded(text) == graph
    assert encoded(decoded(text)) == text
    assert " :" not in text
    assert "null" not in text
    other = decoded(text.replace('"n0"', '"m0"', 1)) if graph.nodes else Graph()
    assert graph_hash(encoded(other)) != graph_hash(text)
