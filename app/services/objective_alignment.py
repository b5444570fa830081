"""What objectives add to: a graph without cycles, across cycles of OKRs too.

Every change holds the workspace's guard row, so what is found of the graph stays true to the commit: of two
edges that close a cycle together, the second is refused.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

import msgspec

from app.core.caller import Caller, Tools
from app.core.json_text import as_json
from app.core.okr_errors import (
    AlignmentCycle,
    AlignmentTooDeep,
    ObjectiveNotFound,
    OkrCycleClosed,
)
from app.core.preconditions import Expected
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import objective_alignment as db
from app.db.handles.objective_alignment import AlignmentRow, EdgeRow
from app.db.handles.objectives import touch_objective
from app.kernel.access import enter, enter_to_change
from app.kernel.okr_access import (
    content_changes,
    find_objective,
    hold_objective,
    record_objective,
    require_changer,
    withdraw_from_approval,
)
from app.kernel.policy_access import told

MOST_IN_A_ROW = 10
"""Objectives that follow each other: so many statements it takes at most to walk from end to end."""


class Alignment(msgspec.Struct, frozen=True):
    """``version`` is the objective's."""

    parents: Sequence[AlignmentRow]
    version: int


async def get_alignment(
    tx: ReadTransaction, caller: Caller, *, workspace_id: str, objective_id: str
) -> Alignment:
    """Raises ``ObjectiveNotFound``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="objective.read")
    row = await find_objective(tx, workspace_id, objective_id)
    place = {"workspace_id": workspace_id, "objective_id": objective_id}
    return Alignment(await db.list_alignment(tx, even_deleted=False, **place), row.version)


async def set_alignment(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    objective_id: str,
    parents: Mapping[str, int],
    expected: Expected = None,
) -> Alignment:
    """``parents``: ids and weights, in place of what there was. It is approved with the objective.

    Raises as ``hold_objective`` and ``content_changes`` do, ``AccessDenied``, ``ObjectiveNotFound`` for a
    parent too, ``OkrCycleClosed`` for a new one whose cycle is closed, ``AlignmentCycle``,
    ``AlignmentTooDeep``.
    """
    access = await enter_to_change(tx, caller, workspace_id=workspace_id, operation="objective.align")
    row = await hold_objective(tx, workspace_id, objective_id, expected=expected)
    decision = await require_changer(tx, caller, tools, access, row)
    place = {"workspace_id": workspace_id, "objective_id": objective_id}
    before = {
        each.objective_id: each.weight for each in await db.list_alignment(tx, even_deleted=True, **place)
    }
    if parents == before:
        return Alignment(await db.list_alignment(tx, even_deleted=False, **place), row.version)
    new = sorted(parents.keys() - before.keys())
    await _require_open(tx, workspace_id, sorted(parents), new)
    if new:
        await _require_acyclic(tx, workspace_id, objective_id, sorted(parents))
    state, now = content_changes(tx, caller, workspace_id, row), tools.clock()
    db.delete_parents(tx, **place)
    for parent_id, weight in sorted(parents.items()):
        db.insert_parent(tx, parent_id=parent_id, weight=weight, **place)
    touch_objective(tx, state=state, now=now, **place)
    after = await db.list_alignment(tx, even_deleted=False, **place)
    await withdraw_from_approval(tx, caller, tools, workspace_id, row)
    details = {"parents": sorted(parents), **told(decision, None)}
    await record_objective(tx, caller, tools, workspace_id, "objective.aligned", objective_id, details)
    return Alignment(after, row.version + 1)


async def _require_open(
    tx: ReadTransaction, workspace_id: str, parents: Sequence[str], new: Sequence[str]
) -> None:
    """All are there. An objective keeps a parent whose cycle was closed since, and gets none such."""
    if not parents:
        return
    rows = await db.list_objectives_by_id(tx, workspace_id=workspace_id, ids=as_json(parents))
    placed = {each.id: each for each in rows}
    if any(each not in placed for each in parents):
        raise ObjectiveNotFound
    if any(placed[each].is_frozen for each in new):
        raise OkrCycleClosed


async def _require_acyclic(
    tx: ReadTransaction, workspace_id: str, objective_id: str, parents: Sequence[str]
) -> None:
    """From the parents up nothing leads to the objective, and not too many would follow each other."""
    came_from: dict[str, str] = dict.fromkeys(parents, objective_id)
    above = 0
    upwards = partial(db.list_edges_up, tx, workspace_id=workspace_id)
    level = list(parents)
    while level:
        above += 1
        if objective_id in level:
            raise AlignmentCycle(details={"path": _path(came_from, objective_id)})
        level = await _step(upwards, level, lambda edge: (edge.child_id, edge.parent_id), came_from)
        if above > MOST_IN_A_ROW:
            raise AlignmentTooDeep(details={"max": MOST_IN_A_ROW})
    below, level = 0, [objective_id]
    downwards = partial(db.list_edges_down, tx, workspace_id=workspace_id)
    while level and above + below <= MOST_IN_A_ROW:
        below += 1
        level = await _step(downwards, level, lambda edge: (edge.parent_id, edge.child_id), {})
    if above + below > MOST_IN_A_ROW:
        raise AlignmentTooDeep(details={"max": MOST_IN_A_ROW})


async def _step(
    along: Callable[..., Awaitable[Sequence[EdgeRow]]],
    level: Sequence[str],
    ends: Callable[[EdgeRow], tuple[str, str]],
    came_from: dict[str, str],
) -> list[str]:
    """The level after this one. Who is on several is on the last too: levels count what is in a row."""
    reached: dict[str, str] = {}
    for edge in await along(ids=as_json(level)):
        start, end = ends(edge)
        reached[end] = start
        came_from.setdefault(end, start)
    return list(reached)


def _path(came_from: Mapping[str, str], objective_id: str) -> list[str]:
    """From the objective through what it would add to, and back to it."""
    path = [objective_id]
    while True:
        before = came_from[path[-1]]
        path.append(before)
        if before == objective_id:
            return path[::-1]
