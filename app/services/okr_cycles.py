"""Cycles: for how long objectives are set. Every change of one holds the workspace's guard row, as every
change of the alignment does, and the cycle's."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec
from msgspec import json

from app.core.caller import Caller, Tools
from app.core.errors import BusinessRule
from app.core.okr_errors import OkrCycleInApproval, OkrCycleInUse, OkrCycleState, TooManyFed
from app.core.okrs import MOST_OF_A_CONNECTOR, CycleState
from app.core.preconditions import Expected
from app.core.text import fold, moment_key, name_key
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.errors import ForeignKeyViolation
from app.db.handles import okr_cycles as db
from app.db.handles.connectors import lock_connector
from app.db.handles.key_result_feeds import copy_feeds, list_feeding_in_cycle, list_full_connectors
from app.db.handles.okr_cycles import CycleRow
from app.db.paging import Asked, Found
from app.kernel.access import enter, enter_to_change
from app.kernel.approval_authors import copied
from app.kernel.batches import in_batches
from app.kernel.okr_access import find_cycle, hold_cycle, record_cycle


async def create_cycle(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    name: str,
    starts_on: str,
    ends_on: str,
) -> CycleRow:
    """Days are ISO 8601. Raises ``BusinessRule`` where it ends before it starts, ``OkrCycleExists`` through
    UQ_OkrCycle_name."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="okr_cycle.create")
    made = _insert(tx, caller, tools, workspace_id, name, starts_on, ends_on)
    await _record_created(tx, caller, tools, workspace_id, made, {})
    return made


def _insert(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    workspace_id: str,
    name: str,
    starts_on: str,
    ends_on: str,
) -> CycleRow:
    _require_days(starts_on, ends_on)
    cycle_id, now = tools.new_id(), tools.clock()
    db.insert_cycle(
        tx,
        workspace_id=workspace_id,
        cycle_id=cycle_id,
        name=name,
        name_key=fold(name),
        list_key=name_key(name, cycle_id),
        starts_on=starts_on,
        ends_on=ends_on,
        created_by=caller.user_id,
        now=now,
    )
    return CycleRow(
        id=cycle_id,
        name=name,
        state=CycleState.PREPARATION,
        starts_on=starts_on,
        ends_on=ends_on,
        created_by=caller.user_id,
        created_at=now,
        updated_at=now,
        closed_at=None,
        version=1,
    )


async def _record_created(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    workspace_id: str,
    made: CycleRow,
    told: Mapping[str, Any],
) -> None:
    await record_cycle(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="okr_cycle.created",
        target_id=made.id,
        details={"name": made.name, "starts_on": made.starts_on, "ends_on": made.ends_on, **told},
    )


def _require_days(starts_on: str, ends_on: str) -> None:
    if ends_on < starts_on:
        raise BusinessRule("A cycle ends no earlier than it starts.")


async def list_cycles(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, workspace_id: str, state: str | None
) -> Found[str]:
    """By name."""
    await enter(tx, caller, workspace_id=workspace_id, operation="okr_cycle.list")
    rows = await db.list_cycles(
        tx, workspace_id=workspace_id, state=state, after_key=asked.place, page_size=asked.page_size
    )
    return asked.found(rows, lambda row: name_key(row.name, row.id))


async def get_cycle(tx: ReadTransaction, caller: Caller, *, workspace_id: str, cycle_id: str) -> CycleRow:
    """Raises ``OkrCycleNotFound``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="okr_cycle.read")
    return await find_cycle(tx, workspace_id, cycle_id)


async def update_cycle(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    cycle_id: str,
    changes: Mapping[str, Any],
    expected: Expected = None,
) -> CycleRow:
    """``changes`` may hold ``name``, ``starts_on`` and ``ends_on``. Raises as ``create_cycle`` and
    ``hold_cycle`` do."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="okr_cycle.update")
    before = await hold_cycle(tx, workspace_id, cycle_id, expected)
    after = msgspec.structs.replace(before, **changes)
    if after == before:
        return before
    _require_days(after.starts_on, after.ends_on)
    now = tools.clock()
    db.update_cycle(
        tx,
        workspace_id=workspace_id,
        cycle_id=cycle_id,
        name=after.name,
        name_key=fold(after.name),
        list_key=name_key(after.name, cycle_id),
        starts_on=after.starts_on,
        ends_on=after.ends_on,
        now=now,
    )
    changed = sorted(name for name in changes if getattr(after, name) != getattr(before, name))
    await record_cycle(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="okr_cycle.updated",
        target_id=cycle_id,
        details={"changed": changed},
    )
    return msgspec.structs.replace(after, updated_at=now, version=before.version + 1)


async def activate_cycle(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, cycle_id: str
) -> CycleRow:
    """From PREPARATION. Raises ``OkrCycleNotFound``, ``OkrCycleState``, ``OkrCycleClosed``."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="okr_cycle.activate")
    row = await hold_cycle(tx, workspace_id, cycle_id)
    if row.state != CycleState.PREPARATION:
        raise OkrCycleState(details={"state": row.state, "allowed": [CycleState.PREPARATION]})
    return await _set_state(tx, caller, tools, workspace_id, row, CycleState.ACTIVE, "okr_cycle.activated")


async def close_cycle(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, cycle_id: str
) -> CycleRow:
    """For good: nothing in it is changed any more, not by what is on its way either. Raises
    ``OkrCycleNotFound``, ``OkrCycleClosed``, ``OkrCycleInApproval``."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="okr_cycle.close")
    row = await hold_cycle(tx, workspace_id, cycle_id)
    await in_batches(partial(db.freeze_objectives, tx, workspace_id=workspace_id, cycle_id=cycle_id))
    if waiting := await db.count_in_approval(tx, workspace_id=workspace_id, cycle_id=cycle_id):
        raise OkrCycleInApproval(details={"objectives": waiting})
    await in_batches(partial(db.stop_reminders, tx, workspace_id=workspace_id, cycle_id=cycle_id))
    return await _set_state(tx, caller, tools, workspace_id, row, CycleState.CLOSED, "okr_cycle.closed")


async def _set_state(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    workspace_id: str,
    row: CycleRow,
    state: CycleState,
    action: str,
) -> CycleRow:
    now = tools.clock()
    closed_at = now if state is CycleState.CLOSED else None
    db.set_cycle_state(
        tx, workspace_id=workspace_id, cycle_id=row.id, state=state, closed_at=closed_at, now=now
    )
    await record_cycle(tx, caller, tools, workspace_id=workspace_id, action=action, target_id=row.id)
    return msgspec.structs.replace(
        row, state=state, closed_at=closed_at, updated_at=now, version=row.version + 1
    )


async def delete_cycle(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    cycle_id: str,
    expected: Expected = None,
) -> None:
    """An empty one. Raises ``OkrCycleInUse`` where objectives are in it, and as ``hold_cycle`` does."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="okr_cycle.delete")
    row = await hold_cycle(tx, workspace_id, cycle_id, expected)
    try:
        await db.delete_cycle(tx, workspace_id=workspace_id, cycle_id=cycle_id)
    except ForeignKeyViolation:
        raise OkrCycleInUse from None
    await record_cycle(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="okr_cycle.deleted",
        target_id=cycle_id,
        details={"name": row.name},
    )


async def clone_cycle(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    cycle_id: str,
    name: str,
    starts_on: str,
    ends_on: str,
) -> CycleRow:
    """A cycle in preparation with what is in this one, closed or not, as drafts of which nothing was measured
    yet. What adds to another objective does so again: to its copy, or where it is of another cycle that is
    not closed, to itself. What feeds a key result feeds its copy too. Who wrote what is
    copied is the copy's author; the caller wrote nothing. Raises as ``create_cycle`` does,
    ``OkrCycleNotFound``, and ``TooManyFed`` where a connector would feed more than one may."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="okr_cycle.clone")
    await find_cycle(tx, workspace_id, cycle_id)
    await _hold_feeding(tx, workspace_id, cycle_id)
    rows = await db.list_copied(tx, workspace_id=workspace_id, cycle_id=cycle_id)
    copies = {row.objective_id: tools.new_id() for row in rows if row.key_result_id is None}
    told = {"cycle_id": cycle_id, "objectives": len(copies)}
    made = _insert(tx, caller, tools, workspace_id, name, starts_on, ends_on)
    if copies:
        measures = [(row.key_result_id, row.objective_id) for row in rows if row.key_result_id is not None]
        await _copy(tx, caller, tools, workspace_id, made.id, copies, measures)
        edges = await db.list_copied_alignment(tx, workspace_id=workspace_id, cycle_id=cycle_id)
        edges_of_copies = [
            (copies[each.child_id], copies.get(each.parent_id, each.parent_id), each.weight)
            for each in edges
            # What was brought back since the copies were listed is not among them.
            if each.child_id in copies and (each.parent_id in copies or each.parent_cycle_id != cycle_id)
        ]
        db.insert_copied_alignment(tx, workspace_id=workspace_id, edges=json.encode(edges_of_copies).decode())
        copied(tx, workspace_id=workspace_id, object_type="objective", copies=copies)
    # Last of all: it holds the head of the workspace's log.
    await _record_created(tx, caller, tools, workspace_id, made, {"from": told})
    return made


async def _hold_feeding(tx: WriteTransaction, workspace_id: str, cycle_id: str) -> None:
    """The connectors that feed what is in it."""
    for feeding in await list_feeding_in_cycle(tx, workspace_id=workspace_id, cycle_id=cycle_id):
        lock_connector(tx, workspace_id=workspace_id, connector_id=feeding.id)


async def _copy(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    workspace_id: str,
    cycle_id: str,
    copies: Mapping[str, str],
    measures: list[tuple[str, str]],
) -> None:
    """Into ``cycle_id``. ``copies``: new ids of objectives; ``measures``: key results and what they are
    of."""
    now = tools.clock()
    objectives = json.encode([(old, new, moment_key(now, new)) for old, new in copies.items()]).decode()
    made_by: dict[str, Any] = {"workspace_id": workspace_id, "created_by": caller.user_id, "now": now}
    db.copy_objectives(tx, cycle_id=cycle_id, copies=objectives, **made_by)
    made = [(key_result, tools.new_id(), copies[objective]) for key_result, objective in measures]
    if made:
        key_results = json.encode([(*each, moment_key(now, each[1])) for each in made]).decode()
        db.copy_key_results(tx, copies=key_results, **made_by)
        copy_feeds(tx, workspace_id=workspace_id, copies=key_results)
        # What was fed since by another connector is copied too, and counted by whoever holds that one.
        await _hold_feeding(tx, workspace_id, cycle_id)
        full = await list_full_connectors(
            tx, workspace_id=workspace_id, cycle_id=cycle_id, most=MOST_OF_A_CONNECTOR
        )
        if full:
            raise TooManyFed(details={"max": MOST_OF_A_CONNECTOR, "binding_ids": [each.id for each in full]})
