"""Who does a task and how far it is: pick, assign, unassign, transition, and why somebody may or may not."""

from __future__ import annotations

from typing import Any

import msgspec

from app.core.caller import Caller, Tools
from app.core.errors import Conflict, MemberNotFound
from app.core.permissions import Permission, Role
from app.core.preconditions import Expected
from app.core.task_states import TaskState
from app.core.text import change_key
from app.core.work_errors import (
    AssigneeNotEligible,
    TaskAlreadyAssigned,
    TaskDone,
    TransitionIdUsed,
)
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import task_states as db
from app.db.handles.task_states import FactsRow, TransitionRow
from app.db.handles.tasks import TaskToChangeRow, lock_task
from app.db.paging import Asked, Found
from app.kernel.access import enter
from app.kernel.task_access import Task, find_task, find_task_to_change, record_task, shown
from app.kernel.task_states import move_state

BEYOND_EVERY_VERSION = 2**31 - 1


async def pick_task(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    task_id: str,
    expected: Expected = None,
) -> Task:
    """Assigns the caller. Of many at once, one: the others get ``TaskAlreadyAssigned``. Raises ``TaskDone``
    too, and as ``find_task_to_change`` does."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="task.pick")
    change = _change(caller, tools, workspace_id, task_id)
    if expected is not None or not await db.pick_task(tx, **change):
        task = await find_task_to_change(tx, caller, access, task_id, Permission.TAKE, expected)
        _require_not_done(task)
        if task.assignee_id is not None:
            raise TaskAlreadyAssigned(details={"assignee_id": task.assignee_id})
        # It has become free in between, or had first to be seen; it is held now.
        _require_changed(await db.pick_task(tx, **change))
    return await _assigned(tx, caller, tools, workspace_id, task_id)


async def assign_task(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    task_id: str,
    user_id: str,
    expected: Expected = None,
) -> Task:
    """Assigns somebody who may take the task up, whoever was assigned before. It needs ``assign``. Raises
    ``AssigneeNotEligible``, ``TaskDone``, and as ``find_task_to_change`` does. Whoever is assigned already
    stays so, and nothing is written."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="task.assign")
    change = _change(caller, tools, workspace_id, task_id)
    if expected is not None or not await db.assign_task(tx, assignee_id=user_id, **change):
        task = await find_task_to_change(tx, caller, access, task_id, Permission.ASSIGN, expected)
        _require_not_done(task)
        if task.assignee_id == user_id:
            return shown(await find_task(tx, caller, workspace_id, task_id))
        if not await db.assign_task(tx, assignee_id=user_id, **change):
            is_member = await db.is_member(tx, workspace_id=workspace_id, account_id=user_id)
            raise AssigneeNotEligible(details={"reason": "permission" if is_member else "not_a_member"})
    return await _assigned(tx, caller, tools, workspace_id, task_id)


async def unassign_task(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    task_id: str,
    expected: Expected = None,
) -> Task:
    """Takes a task from whom it is assigned to: the caller's own needs ``take``, another's ``assign``.
    Nothing is written where nobody is assigned. Raises ``TaskDone``, and as ``find_task_to_change`` does."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="task.unassign")
    lock_task(tx, workspace_id=workspace_id, task_id=task_id)
    before = await find_task(tx, caller, workspace_id, task_id)
    is_own = before.assignee_id == caller.user_id
    needed = Permission.TAKE if is_own else Permission.ASSIGN
    _require_not_done(await find_task_to_change(tx, caller, access, task_id, needed, expected))
    if before.assignee_id is None:
        return shown(before)
    change = _change(caller, tools, workspace_id, task_id)
    _require_changed(await db.unassign_task(tx, assignee_id=before.assignee_id, **change))
    row = await find_task(tx, caller, workspace_id, task_id)
    facts = {"assignee_id": before.assignee_id}
    await record_task(
        tx, caller, tools, row, "task.unassigned", workspace_id=workspace_id, details=facts, data=facts
    )
    return shown(row)


async def transition_task(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    task_id: str,
    to: TaskState,
    reason: str,
    transition_id: str | None,
    expected: Expected = None,
) -> TransitionRow:
    """It needs ``move_state``. With a ``transition_id`` it happens once, and whoever made it is answered the
    same again. Raises ``InvalidTransition``, ``TransitionIdUsed`` for an id of another transition, and as
    ``find_task_to_change`` does."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="task.transition")
    known = None
    if transition_id is not None:
        lock_task(tx, workspace_id=workspace_id, task_id=task_id)
        known = await db.find_transition(
            tx, workspace_id=workspace_id, task_id=task_id, transition_id=transition_id
        )
    if known is not None and (known.actor_id, known.to_state, known.reason) == (caller.user_id, to, reason):
        return known
    task = await find_task_to_change(tx, caller, access, task_id, Permission.MOVE_STATE, expected)
    if known is not None:
        raise TransitionIdUsed
    return await move_state(tx, caller, tools, access, task, to, reason=reason, transition_id=transition_id)


async def list_transitions(
    tx: ReadTransaction, caller: Caller, asked: Asked[int], *, workspace_id: str, task_id: str
) -> Found[int]:
    """The last one first; those between states in which the caller may see such a task."""
    await enter(tx, caller, workspace_id=workspace_id, operation="task.read")
    await find_task(tx, caller, workspace_id, task_id)
    rows = await db.list_transitions(
        tx,
        workspace_id=workspace_id,
        user_id=caller.user_id,
        task_id=task_id,
        before_version=asked.place,
        page_size=asked.page_size,
    )
    return asked.found(rows, lambda row: row.version)


class Rule(msgspec.Struct, frozen=True):
    rule: str
    is_met: bool


class Verdict(msgspec.Struct, frozen=True):
    """May somebody do this, and which rules say so: it is allowed where all are met."""

    permission: str
    is_allowed: bool
    rules: list[Rule]


class Eligibility(msgspec.Struct, frozen=True):
    user_id: str
    role: str
    is_guest: bool
    user_type_id: str | None
    verdicts: list[Verdict]


async def explain_eligibility(
    tx: ReadTransaction, caller: Caller, *, workspace_id: str, task_id: str, user_id: str | None
) -> Eligibility:
    """Of the caller, or of ``user_id``, which only an ADMIN may ask. Raises ``TaskNotFound``,
    ``MemberNotFound``."""
    about = user_id or caller.user_id
    operation = "task.explain" if about == caller.user_id else "task.explain_of_other"
    await enter(tx, caller, workspace_id=workspace_id, operation=operation)
    facts = await db.explain_task(
        tx, workspace_id=workspace_id, user_id=caller.user_id, task_id=task_id, account_id=about
    )
    if not facts:
        await find_task(tx, caller, workspace_id, task_id)
        raise MemberNotFound
    first = facts[0]
    by_permission = {row.permission: row for row in facts}
    return Eligibility(
        user_id=about,
        role=first.role,
        is_guest=first.is_guest,
        user_type_id=first.user_type_id,
        verdicts=[verdict(by_permission[permission]) for permission in Permission],
    )


def verdict(facts: FactsRow) -> Verdict:
    """The rules one by one. An OWNER and an ADMIN are narrowed by none but scope and role, and whoever has no
    user type only by restricted types."""
    is_free = facts.role in (Role.OWNER, Role.ADMIN)
    is_untyped = is_free or facts.user_type_id is None
    rules = {
        "scope": facts.is_in_scope,
        "role": facts.is_within_role,
        "user_type": is_untyped or facts.may_view,
        "permission": is_untyped or facts.is_granted,
        "read_only": is_untyped or not facts.is_read_only or facts.permission == Permission.VIEW,
        "hidden_state": is_untyped or not facts.is_hidden,
        "task_type": is_free or not facts.is_restricted or facts.reaches_every_type or facts.is_mapped,
    }
    return Verdict(facts.permission, facts.is_allowed, [Rule(*each) for each in rules.items()])


def _change(caller: Caller, tools: Tools, workspace_id: str, task_id: str) -> dict[str, Any]:
    now = tools.clock()
    return {
        "workspace_id": workspace_id,
        "user_id": caller.user_id,
        "task_id": task_id,
        "now": now,
        "updated_key": change_key(now, task_id),
    }


def _require_not_done(task: TaskToChangeRow) -> None:
    if task.state == TaskState.DONE:
        raise TaskDone


def _require_changed(rows: int) -> None:
    if not rows:
        raise Conflict("What the caller may do was changed meanwhile. Try again.")


async def _assigned(
    tx: WriteTransaction, caller: Caller, tools: Tools, workspace_id: str, task_id: str
) -> Task:
    row = await find_task(tx, caller, workspace_id, task_id)
    facts = {"assignee_id": row.assignee_id}
    await record_task(
        tx, caller, tools, row, "task.assigned", workspace_id=workspace_id, details=facts, data=facts
    )
    return shown(row)
