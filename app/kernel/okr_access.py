"""Cycles and objectives as a caller finds them, to read or to change, and what is told of a change.

An objective's row is the guard of all that is under it. Closing a cycle marks each row of an objective in it:
whoever holds one is waited for, and whoever takes one later finds it frozen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from msgspec import json

from app.core.caller import Caller, Tools
from app.core.clock import utc_text
from app.core.okr_errors import (
    ObjectiveInState,
    ObjectiveNotDeleted,
    ObjectiveNotFound,
    OkrCycleClosed,
    OkrCycleNotFound,
)
from app.core.okrs import WRITABLE, ObjectiveState
from app.core.policies import Decision, Resource
from app.core.preconditions import Expected, require_version
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import objectives as db
from app.db.handles.key_results import list_key_result_terms, set_key_result_terms
from app.db.handles.objectives import ObjectiveRow, ObjectiveToChangeRow
from app.db.handles.okr_cycles import CycleRow, get_cycle, lock_cycle
from app.kernel import audit
from app.kernel.access import Access
from app.kernel.approval_authors import begin_anew, edited
from app.kernel.approvals import void_pending
from app.kernel.policy_access import require, require_writer

record_cycle = partial(audit.record, target_type="okr_cycle")


async def find_cycle(tx: ReadTransaction, workspace_id: str, cycle_id: str) -> CycleRow:
    """Raises ``OkrCycleNotFound``."""
    row = await get_cycle(tx, workspace_id=workspace_id, cycle_id=cycle_id)
    if row is None:
        raise OkrCycleNotFound
    return row


async def hold_cycle(
    tx: WriteTransaction, workspace_id: str, cycle_id: str, expected: Expected = None
) -> CycleRow:
    """A cycle that is not closed, and is not until the commit. Raises ``OkrCycleNotFound``,
    ``VersionMismatch``, ``OkrCycleClosed``."""
    lock_cycle(tx, workspace_id=workspace_id, cycle_id=cycle_id)
    row = await find_cycle(tx, workspace_id, cycle_id)
    require_version(row.version, expected)
    if row.state == "CLOSED":
        raise OkrCycleClosed
    return row


async def find_objective(tx: ReadTransaction, workspace_id: str, objective_id: str) -> ObjectiveRow:
    """Raises ``ObjectiveNotFound``."""
    row = await db.get_objective(tx, workspace_id=workspace_id, objective_id=objective_id)
    if row is None:
        raise ObjectiveNotFound
    return row


async def hold_objective(
    tx: WriteTransaction,
    workspace_id: str,
    objective_id: str,
    *,
    expected: Expected = None,
    deleted: bool = False,
) -> ObjectiveToChangeRow:
    """The objective, whose row is held to the commit, and whose cycle is not closed until then.

    Raises ``ObjectiveNotFound``, for what is deleted too unless ``deleted`` asks for such;
    ``ObjectiveNotDeleted``, ``VersionMismatch``, ``OkrCycleClosed``.
    """
    db.lock_objective(tx, workspace_id=workspace_id, objective_id=objective_id)
    row = await db.get_objective_to_change(tx, workspace_id=workspace_id, objective_id=objective_id)
    if row is None or (row.deleted_at is not None and not deleted):
        raise ObjectiveNotFound
    if deleted and row.deleted_at is None:
        raise ObjectiveNotDeleted
    require_version(row.version, expected)
    if row.is_frozen:
        raise OkrCycleClosed
    return row


async def require_changer(
    tx: WriteTransaction, caller: Caller, tools: Tools, access: Access, row: ObjectiveToChangeRow
) -> Decision:
    """Whose it is, a MANAGER of it or an ADMIN, and of no type that looks on. Raises ``AccessDenied``."""
    await require_writer(tx, caller, access)
    return await require(tx, caller, tools, access, Resource(owner_id=row.owner_id, objective_id=row.id))


def require_state(row: ObjectiveRow, states: Iterable[str]) -> None:
    """Raises ``ObjectiveInState``."""
    allowed = [str(state) for state in states]
    if row.state not in allowed:
        raise ObjectiveInState(details={"state": row.state, "allowed": allowed})


async def record_objective(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    workspace_id: str,
    action: str,
    objective_id: str,
    details: Mapping[str, Any] | None = None,
) -> None:
    await audit.record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action=action,
        target_type="objective",
        target_id=objective_id,
        details=details,
    )


async def record_key_result(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    workspace_id: str,
    action: str,
    key_result_id: str,
    objective_id: str,
    details: Mapping[str, Any],
) -> None:
    await audit.record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action=action,
        target_type="key_result",
        target_id=key_result_id,
        details={"objective_id": objective_id, **details},
    )


async def put_in_force(
    tx: WriteTransaction, tools: Tools, workspace_id: str, row: ObjectiveToChangeRow
) -> None:
    """An objective, which is held, is ACTIVE: from now on it is checked in. That it is told, is the
    caller's."""
    now = tools.clock()
    place = {"workspace_id": workspace_id, "objective_id": row.id}
    db.set_objective_state(tx, state=ObjectiveState.ACTIVE, activated_at=now, ended_at=None, now=now, **place)
    terms = [
        (each.id, utc_text(now + timedelta(seconds=each.stale_after)))
        for each in await list_key_result_terms(tx, **place)
        if each.stale_after is not None
    ]
    set_key_result_terms(tx, terms=json.encode(terms).decode(), **place)
    begin_anew(tx, workspace_id=workspace_id, object_type="objective", object_id=row.id)


def content_changes(
    tx: WriteTransaction, caller: Caller, workspace_id: str, row: ObjectiveToChangeRow
) -> ObjectiveState:
    """What is approved of an objective, which is held, changes, and the caller is one of its authors: its
    state from then on. What waits to be decided about it is withdrawn when all else is locked
    (``withdraw_from_approval``). Raises ``ObjectiveInState`` where it was approved already."""
    require_state(row, WRITABLE)
    edited(tx, caller.user_id, workspace_id=workspace_id, object_type="objective", object_id=row.id)
    return ObjectiveState.DRAFT


async def withdraw_from_approval(
    tx: WriteTransaction, caller: Caller, tools: Tools, workspace_id: str, row: ObjectiveToChangeRow
) -> None:
    """What waits to be decided about an objective, which is held, is void. Requests are locked after all that
    is of objectives, so it comes last but for the log."""
    if row.state == ObjectiveState.IN_APPROVAL:
        await void_pending(
            tx, caller, tools, workspace_id=workspace_id, object_type="objective", object_id=row.id
        )
