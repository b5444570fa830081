"""Objectives of a cycle: what is to be reached, whose it is, and how it ended. A MEMBER makes one; whose it
is, a MANAGER of it and an ADMIN change it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from app.core.caller import Caller, Tools
from app.core.errors import MemberNotFound
from app.core.okr_errors import OkrCycleFull
from app.core.okrs import REOPENED_FROM, ObjectiveState, Outcome
from app.core.preconditions import Expected
from app.core.text import moment_key
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import objectives as db
from app.db.handles.key_results import (
    pause_reminders_of_objective,
    resume_reminders_of_objective,
    stop_reminders_of_objective,
)
from app.db.handles.objectives import ListedObjectiveRow, ObjectiveRow
from app.db.handles.okr_cycles import count_objectives
from app.db.paging import Asked, Found
from app.kernel.access import enter
from app.kernel.approval_authors import edited
from app.kernel.okr_access import (
    content_changes,
    find_objective,
    hold_cycle,
    hold_objective,
    record_objective,
    require_changer,
    require_state,
    withdraw_from_approval,
)
from app.kernel.policy_access import require_writer, told

MOST_OBJECTIVES = 10_000
"""Of one cycle, deleted ones too."""


class ListedObjective(msgspec.Struct, frozen=True, kw_only=True):
    """An objective as lists show it."""

    id: str
    cycle_id: str
    title: str
    level: str
    state: str
    owner_id: str
    created_by: str
    created_at: datetime
    updated_at: datetime
    activated_at: datetime | None
    ended_at: datetime | None
    version: int


class Objective(ListedObjective, frozen=True, kw_only=True):
    """An objective as it is shown by itself."""

    description: str | None


class Wanted(msgspec.Struct, frozen=True):
    """Which objectives a list shows; None is any."""

    cycle_id: str | None = None
    owner_id: str | None = None
    level: str | None = None
    state: str | None = None
    parent_id: str | None = None


def shown(row: ObjectiveRow, **changes: Any) -> Objective:
    values = {name: getattr(row, name) for name in Objective.__struct_fields__}
    return Objective(**{**values, **changes})


async def create_objective(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    cycle_id: str,
    title: str,
    description: str | None,
    level: str,
    owner_id: str | None,
) -> Objective:
    """A draft; the caller's where nobody is named. Raises ``OkrCycleNotFound``, ``OkrCycleClosed``,
    ``OkrCycleFull``, ``AccessDenied``, and ``MemberNotFound`` for an owner who is not in the workspace, or a
    guest there."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="objective.create")
    await hold_cycle(tx, workspace_id, cycle_id)
    await require_writer(tx, caller, access)
    owner_id = owner_id or caller.user_id
    await _require_owner(tx, workspace_id, owner_id)
    there = await count_objectives(tx, workspace_id=workspace_id, cycle_id=cycle_id, most=MOST_OBJECTIVES)
    if there >= MOST_OBJECTIVES:
        raise OkrCycleFull(details={"max": MOST_OBJECTIVES})
    objective_id, now = tools.new_id(), tools.clock()
    db.insert_objective(
        tx,
        workspace_id=workspace_id,
        objective_id=objective_id,
        cycle_id=cycle_id,
        title=title,
        description=description,
        level=level,
        owner_id=owner_id,
        list_key=moment_key(now, objective_id),
        created_by=caller.user_id,
        now=now,
    )
    edited(tx, caller.user_id, workspace_id=workspace_id, object_type="objective", object_id=objective_id)
    details = {"cycle_id": cycle_id, "level": level, "owner_id": owner_id}
    await record_objective(tx, caller, tools, workspace_id, "objective.created", objective_id, details)
    return Objective(
        id=objective_id,
        cycle_id=cycle_id,
        title=title,
        description=description,
        level=level,
        state=ObjectiveState.DRAFT,
        owner_id=owner_id,
        created_by=caller.user_id,
        created_at=now,
        updated_at=now,
        activated_at=None,
        ended_at=None,
        version=1,
    )


async def _require_owner(tx: ReadTransaction, workspace_id: str, user_id: str) -> None:
    if not await db.may_own_objective(tx, workspace_id=workspace_id, account_id=user_id):
        raise MemberNotFound


async def list_objectives(
    tx: ReadTransaction,
    caller: Caller,
    asked: Asked[str],
    *,
    workspace_id: str,
    wanted: Wanted,
    deleted: bool,
) -> Found[str]:
    """In the order in which they were made. ``deleted`` ones are for an ADMIN, and all of them are told."""
    operation = "objective.trash" if deleted else "objective.list"
    await enter(tx, caller, workspace_id=workspace_id, operation=operation)
    rows = await _rows(tx, asked, workspace_id, wanted, deleted)
    found = asked.found(rows, lambda row: moment_key(row.created_at, row.id))
    return Found(rows[: asked.limit], found.place)


async def _rows(
    tx: ReadTransaction, asked: Asked[str], workspace_id: str, wanted: Wanted, deleted: bool
) -> list[ListedObjectiveRow]:
    """By the filter that leaves the fewest."""
    place = {"workspace_id": workspace_id, "after_key": asked.place}
    page: dict[str, Any] = {"page_size": asked.page_size, **place}
    fits: dict[str, Any] = {"level": wanted.level, "state": wanted.state}
    if deleted:
        return await db.list_deleted_objectives(tx, **page)
    if wanted.parent_id is not None:
        fits |= {"cycle_id": wanted.cycle_id, "owner_id": wanted.owner_id}
        return await db.list_objectives_of_parent(tx, parent_id=wanted.parent_id, **fits, **page)
    if wanted.cycle_id is not None:
        return await db.list_objectives_of_cycle(
            tx, cycle_id=wanted.cycle_id, owner_id=wanted.owner_id, **fits, **page
        )
    if wanted.owner_id is not None:
        return await db.list_objectives_of_owner(tx, owner_id=wanted.owner_id, **fits, **page)
    return await db.list_objectives(tx, **fits, **page)


async def get_objective(
    tx: ReadTransaction, caller: Caller, *, workspace_id: str, objective_id: str
) -> Objective:
    """Raises ``ObjectiveNotFound``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="objective.read")
    return shown(await find_objective(tx, workspace_id, objective_id))


async def update_objective(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    objective_id: str,
    changes: Mapping[str, Any],
    expected: Expected = None,
) -> Objective:
    """``changes`` may hold ``title``, ``description``, ``level`` and ``owner_id``. All of it is approved: in
    approval, the request is void and it is a draft again. Raises as ``hold_objective`` and
    ``content_changes`` do, ``MemberNotFound`` and ``AccessDenied``."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="objective.update")
    row = await hold_objective(tx, workspace_id, objective_id, expected=expected)
    decision = await require_changer(tx, caller, tools, access, row)
    before = shown(row)
    after = msgspec.structs.replace(before, **changes)
    if after == before:
        return before
    if after.owner_id != before.owner_id:
        await _require_owner(tx, workspace_id, after.owner_id)
    state, now = content_changes(tx, caller, workspace_id, row), tools.clock()
    db.update_objective(
        tx,
        workspace_id=workspace_id,
        objective_id=objective_id,
        title=after.title,
        description=after.description,
        level=after.level,
        owner_id=after.owner_id,
        state=state,
        now=now,
    )
    changed = sorted(name for name in changes if getattr(after, name) != getattr(before, name))
    await withdraw_from_approval(tx, caller, tools, workspace_id, row)
    details = {"changed": changed, **told(decision, None)}
    await record_objective(tx, caller, tools, workspace_id, "objective.updated", objective_id, details)
    return msgspec.structs.replace(after, state=state, updated_at=now, version=before.version + 1)


async def delete_objective(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    objective_id: str,
    expected: Expected = None,
) -> None:
    """It can be restored, with all that is under it. Raises as ``hold_objective`` does, and
    ``AccessDenied``."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="objective.delete")
    row = await hold_objective(tx, workspace_id, objective_id, expected=expected)
    decision = await require_changer(tx, caller, tools, access, row)
    now = tools.clock()
    place = {"workspace_id": workspace_id, "objective_id": objective_id}
    db.set_objective_deleted(tx, deleted_at=now, now=now, **place)
    pause_reminders_of_objective(tx, **place)
    if row.state == ObjectiveState.IN_APPROVAL:
        db.touch_objective(tx, state=ObjectiveState.DRAFT, now=now, **place)
        await withdraw_from_approval(tx, caller, tools, workspace_id, row)
    details = told(decision, None)
    await record_objective(tx, caller, tools, workspace_id, "objective.deleted", objective_id, details)


async def restore_objective(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, objective_id: str
) -> Objective:
    """For whoever may delete it. Raises ``ObjectiveNotFound``, ``ObjectiveNotDeleted``, ``OkrCycleClosed``,
    ``AccessDenied``."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="objective.restore")
    row = await hold_objective(tx, workspace_id, objective_id, deleted=True)
    decision = await require_changer(tx, caller, tools, access, row)
    now = tools.clock()
    place = {"workspace_id": workspace_id, "objective_id": objective_id}
    db.set_objective_deleted(tx, deleted_at=None, now=now, **place)
    resume_reminders_of_objective(tx, **place)
    details = told(decision, None)
    await record_objective(tx, caller, tools, workspace_id, "objective.restored", objective_id, details)
    return shown(row, updated_at=now, version=row.version + 1)


async def finish_objective(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    objective_id: str,
    outcome: Outcome,
) -> Objective:
    """An ACTIVE one; nothing is checked in any more. Raises as ``hold_objective`` does,
    ``ObjectiveInState``, ``AccessDenied``."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="objective.finish")
    row = await hold_objective(tx, workspace_id, objective_id)
    decision = await require_changer(tx, caller, tools, access, row)
    require_state(row, [ObjectiveState.ACTIVE])
    now = tools.clock()
    ended = shown(row, state=str(outcome), ended_at=now, updated_at=now, version=row.version + 1)
    details = {"outcome": outcome, **told(decision, None)}
    return await _move(tx, caller, tools, workspace_id, ended, "objective.finished", details)


async def reopen_objective(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, objective_id: str
) -> Objective:
    """Of what was approved, a draft again: to be changed, and approved anew. Raises as
    ``finish_objective`` does."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="objective.reopen")
    row = await hold_objective(tx, workspace_id, objective_id)
    decision = await require_changer(tx, caller, tools, access, row)
    require_state(row, REOPENED_FROM)
    draft = shown(
        row,
        state=ObjectiveState.DRAFT,
        activated_at=None,
        ended_at=None,
        updated_at=tools.clock(),
        version=row.version + 1,
    )
    details = {"from": row.state, **told(decision, None)}
    return await _move(tx, caller, tools, workspace_id, draft, "objective.reopened", details)


async def _move(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    workspace_id: str,
    to: Objective,
    action: str,
    details: Mapping[str, Any],
) -> Objective:
    """Into a state in which nobody waits for check-ins."""
    db.set_objective_state(
        tx,
        workspace_id=workspace_id,
        objective_id=to.id,
        state=to.state,
        activated_at=to.activated_at,
        ended_at=to.ended_at,
        now=to.updated_at,
    )
    stop_reminders_of_objective(tx, workspace_id=workspace_id, objective_id=to.id)
    await record_objective(tx, caller, tools, workspace_id, action, to.id, details)
    return to
