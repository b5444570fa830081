"""How far a workflow instance is, from what somebody may see of its nodes. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from app.core.task_states import BlockedBy, TaskState

Edge = tuple[int, int]
"""The second waits for the first; both are places, and a node comes after all that it waits for."""


class Progress(msgspec.Struct, frozen=True):
    """How many nodes there are of each kind."""

    total: int
    todo: int
    in_progress: int
    blocked: int
    done: int
    deleted: int
    hidden: int


class Place(NamedTuple):
    """A node as it is seen: of a hidden one there is no state, of a deleted one the state does not count."""

    state: str | None
    blocked_by: str | None = None
    is_deleted: bool = False

    @property
    def is_remaining(self) -> bool:
        """Of what is hidden nothing is told, so it counts as still to be done."""
        return not self.is_deleted and self.state != TaskState.DONE

    @property
    def is_at_work(self) -> bool:
        """It is for somebody to go on with: whatever waits for it waits for them."""
        return self.is_remaining and self.state is not None and self.blocked_by != BlockedBy.DEPENDENCY


def progress(places: Sequence[Place]) -> Progress:
    kinds = Counter("deleted" if place.is_deleted else (place.state or "hidden").lower() for place in places)
    return Progress(
        total=len(places),
        todo=kinds["todo"],
        in_progress=kinds["in_progress"],
        blocked=kinds["blocked"],
        done=kinds["done"],
        deleted=kinds["deleted"],
        hidden=kinds["hidden"],
    )


def critical_path(places: Sequence[Place], edges: Iterable[Edge]) -> list[int]:
    """The longest chain of nodes that remain, each of which waits for the one before."""
    children: list[list[int]] = [[] for _ in places]
    for parent, child in edges:
        children[parent].append(child)
    length, following = [0] * len(places), [-1] * len(places)
    for node in reversed(range(len(places))):
        if not places[node].is_remaining:
            continue
        length[node] = 1
        for child in sorted(children[node]):
            if length[child] >= length[node]:
                length[node], following[node] = length[child] + 1, child
    node = max(range(len(places)), key=lambda each: (length[each], -each), default=-1)
    path: list[int] = []
    while node >= 0 and places[node].is_remaining:
        path.append(node)
        node = following[node]
    return path


def blocking(places: Sequence[Place], edges: Iterable[Edge]) -> list[int]:
    """The nodes at work that others wait for, in order."""
    return sorted(
        {
            parent
            for parent, child in edges
            if places[parent].is_at_work
            and places[child].is_remaining
            and (places[child].state is None or places[child].blocked_by == BlockedBy.DEPENDENCY)
        }
    )
