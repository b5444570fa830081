"""The graph of a workflow: what is wrong with one, the order that its nodes can be done in, and its hash.

Pure: what only the database knows about a graph is handed in (``Supply``).
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from graphlib import TopologicalSorter
from typing import Any, NamedTuple

import msgspec

MOST_NODES = 1_000
MOST_EDGES = 5_000


class TriggerRule(StrEnum):
    """What lets a node go: all that it waits for is done, or one of it."""

    ALL_DONE = "ALL_DONE"
    ANY_DONE = "ANY_DONE"


class Assignee(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody, or somebody of a type."""

    user_id: str | None = None
    user_type_id: str | None = None


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A task to be. ``due_offset_seconds``: from when the instance is made."""

    id: str
    title: str
    description: str | None = None
    task_type_id: str | None = None
    assignee: Assignee | None = None
    due_offset_seconds: int | None = None
    trigger_rule: TriggerRule = TriggerRule.ALL_DONE

    @property
    def demand(self) -> Demand:
        who = self.assignee or Assignee()
        return Demand(self.task_type_id, who.user_id, who.user_type_id)


class Edge(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """``to`` waits for ``from_``."""

    from_: str
    to: str


class Graph(msgspec.Struct, frozen=True):
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()


class Demand(NamedTuple):
    """What a node asks of the workspace. Nodes that ask for the same are judged once."""

    task_type_id: str | None
    user_id: str | None
    user_type_id: str | None


class Supply(NamedTuple):
    """What the workspace has of a ``Demand``. ``is_open``: somebody below an ADMIN may take a task of the
    type up, as far as types decide. ``is_able``: whoever is named may."""

    has_task_type: bool
    is_open: bool
    has_user: bool
    has_user_type: bool
    is_able: bool


class Fault(StrEnum):
    EMPTY = "empty"
    TOO_MANY_NODES = "too_many_nodes"
    TOO_MANY_EDGES = "too_many_edges"
    DUPLICATE_NODE = "duplicate_node"
    DUPLICATE_EDGE = "duplicate_edge"
    SELF_EDGE = "self_edge"
    UNKNOWN_NODE = "unknown_node"
    CYCLE = "cycle"
    UNKNOWN_TASK_TYPE = "unknown_task_type"
    UNKNOWN_USER = "unknown_user"
    UNKNOWN_USER_TYPE = "unknown_user_type"
    NOBODY_ELIGIBLE = "nobody_eligible"
    ASSIGNEE_NOT_ELIGIBLE = "assignee_not_eligible"


_MESSAGES = {
    Fault.EMPTY: "A workflow has one node at least.",
    Fault.TOO_MANY_NODES: f"A workflow has {MOST_NODES} nodes at most.",
    Fault.TOO_MANY_EDGES: f"A workflow has {MOST_EDGES} edges at most.",
    Fault.DUPLICATE_NODE: "Several nodes have this id.",
    Fault.DUPLICATE_EDGE: "This edge is there more than once.",
    Fault.SELF_EDGE: "This edge has a node wait for itself.",
    Fault.UNKNOWN_NODE: "An end of this edge is no node.",
    Fault.CYCLE: "Each of these nodes waits for the one before, and the first for the last.",
    Fault.UNKNOWN_TASK_TYPE: "This workspace has no such type of tasks.",
    Fault.UNKNOWN_USER: "The assignee is no member of this workspace.",
    Fault.UNKNOWN_USER_TYPE: "This workspace has no such type of people.",
    Fault.NOBODY_ELIGIBLE: "No type of people may take this restricted type of tasks up.",
    Fault.ASSIGNEE_NOT_ELIGIBLE: "Whoever this is assigned to may not take a task of this type up.",
}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong, and where: a node, an edge, or the ``nodes`` of a cycle, each before the one that waits
    for it."""

    code: Fault
    message: str
    node_id: str | None = None
    edge: Edge | None = None
    nodes: tuple[str, ...] | None = None


def _problem(
    code: Fault,
    *,
    node_id: str | None = None,
    edge: Edge | None = None,
    nodes: tuple[str, ...] | None = None,
) -> Problem:
    return Problem(code=code, message=_MESSAGES[code], node_id=node_id, edge=edge, nodes=nodes)


def demands(graph: Graph) -> tuple[Demand, ...]:
    """What ``problems`` has to be told of; none of a graph that is too large, which is not looked into."""
    return () if _of_size(graph) else tuple(dict.fromkeys(node.demand for node in graph.nodes))


def problems(graph: Graph, supplies: Mapping[Demand, Supply]) -> list[Problem]:
    """All that is wrong with a graph that may be sent at all. Of cycles those are named that have no node in
    common: there is one of each knot. ``supplies`` has an entry for each of ``demands``."""
    return _of_size(graph) or [
        *shape_problems(graph),
        *(each for node in graph.nodes for each in _of_node(node, supplies[node.demand])),
    ]


def shape_problems(graph: Graph) -> list[Problem]:
    """As ``problems``, as far as the graph alone tells: without one it can be ordered and drawn."""
    too_large = _of_size(graph)
    if too_large:
        return too_large
    found = [] if graph.nodes else [_problem(Fault.EMPTY)]
    ids = Counter(node.id for node in graph.nodes)
    found += [_problem(Fault.DUPLICATE_NODE, node_id=id_) for id_, count in ids.items() if count > 1]
    for edge, count in Counter(graph.edges).items():
        if count > 1:
            found.append(_problem(Fault.DUPLICATE_EDGE, edge=edge))
        if edge.from_ not in ids or edge.to not in ids:
            found.append(_problem(Fault.UNKNOWN_NODE, edge=edge))
        elif edge.from_ == edge.to:
            found.append(_problem(Fault.SELF_EDGE, edge=edge))
    found += [_problem(Fault.CYCLE, nodes=cycle) for cycle in _cycles(graph)]
    return found


def _of_size(graph: Graph) -> list[Problem]:
    return [
        _problem(fault)
        for fault, count, most in (
            (Fault.TOO_MANY_NODES, len(graph.nodes), MOST_NODES),
            (Fault.TOO_MANY_EDGES, len(graph.edges), MOST_EDGES),
        )
        if count > most
    ]


def _of_node(node: Node, supply: Supply) -> Iterator[Problem]:
    who = node.assignee or Assignee()
    known = {
        Fault.UNKNOWN_TASK_TYPE: node.task_type_id is None or supply.has_task_type,
        Fault.UNKNOWN_USER: who.user_id is None or supply.has_user,
        Fault.UNKNOWN_USER_TYPE: who.user_type_id is None or supply.has_user_type,
    }
    missing = [fault for fault, is_known in known.items() if not is_known]
    if missing:
        yield from (_problem(fault, node_id=node.id) for fault in missing)
    elif node.assignee is not None:
        if not supply.is_able:
            yield _problem(Fault.ASSIGNEE_NOT_ELIGIBLE, node_id=node.id)
    elif not supply.is_open:
        yield _problem(Fault.NOBODY_ELIGIBLE, node_id=node.id)


def _cycles(graph: Graph) -> Iterator[tuple[str, ...]]:
    """Found going along the edges, each once: one that leads back onto the way here closes a cycle. It is by
    hand because ``graphlib`` tells of one and stops."""
    children: dict[str, list[str]] = {node.id: [] for node in graph.nodes}
    for edge in dict.fromkeys(graph.edges):
        if edge.from_ != edge.to and edge.from_ in children and edge.to in children:
            children[edge.from_].append(edge.to)
    seen: set[str] = set()
    told: set[str] = set()
    for start, first in children.items():
        if start in seen:
            continue
        seen.add(start)
        way, place, rest = [start], {start: 0}, [iter(first)]
        while way:
            child = next(rest[-1], None)
            if child is None:
                rest.pop()
                del place[way.pop()]
            elif child in place:
                cycle = way[place[child] :]
                if told.isdisjoint(cycle):
                    told.update(cycle)
                    yield tuple(cycle)
            elif child not in seen:
                seen.add(child)
                place[child] = len(way)
                way.append(child)
                rest.append(iter(children[child]))


class Ordered(NamedTuple):
    """A graph whose nodes each come after all that they wait for; edges are pairs of their places."""

    nodes: Sequence[Node]
    edges: Sequence[tuple[int, int]]


def ordered(graph: Graph) -> Ordered:
    """Of a graph without ``shape_problems``, the same for the same graph."""
    parents: dict[str, list[str]] = {node.id: [] for node in graph.nodes}
    for edge in graph.edges:
        parents[edge.to].append(edge.from_)
    by_id = {node.id: node for node in graph.nodes}
    ids = list(TopologicalSorter(parents).static_order())
    place = {id_: ordinal for ordinal, id_ in enumerate(ids)}
    pairs = sorted((place[edge.from_], place[edge.to]) for edge in graph.edges)
    return Ordered([by_id[id_] for id_ in ids], pairs)


def encoded(graph: Graph) -> str:
    """The one JSON text of a graph, as RFC 8785 has it: members in order, no spaces, nothing escaped that
    need not be. What is null is left out, so that a member that is added one day changes no hash."""
    return json.dumps(
        _without_nulls(msgspec.to_builtins(graph)), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list | tuple) else value


def decoded(text: str) -> Graph:
    return msgspec.json.decode(text, type=Graph)


def graph_hash(text: str) -> str:
    """SHA-256 of what ``encoded`` has made, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def indegrees(edges: Iterable[tuple[int, int]]) -> Counter[int]:
    """For how many others each node waits."""
    return Counter(to for _, to in edges)
