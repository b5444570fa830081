"""A task as this caller may see and change it, and what is told of a change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from app.core.caller import Caller, Tools
from app.core.permissions import Permission
from app.core.preconditions import Expected, require_version
from app.core.work_errors import ProjectArchived, TaskNotDeleted, TaskNotFound
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import tasks as db
from app.db.handles.tasks import ListedTaskRow, TaskRow, TaskToChangeRow
from app.kernel import audit
from app.kernel.access import Access
from app.kernel.events import Event, Work
from app.kernel.project_access import note_project

NO_TYPE = "00000000-0000-0000-0000-000000000000"
"""The type of a task that has none: a row of each workspace, which nobody is shown."""
PRIORITIES = ("low", "normal", "high", "urgent")
"""By their number in the database, from 1."""


class ListedTask(msgspec.Struct, frozen=True, kw_only=True):
    """A task as lists show it."""

    id: str
    key: str
    project_id: str
    number: int
    column_id: str | None
    title: str
    task_type_id: str | None
    state: str
    blocked_by: str | None
    assignee_id: str | None
    priority: str
    due_at: datetime | None
    external_source: str | None
    external_id: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


class Task(ListedTask, frozen=True, kw_only=True):
    """A task as it is shown by itself."""

    description: str | None


def listed(row: ListedTaskRow) -> ListedTask:
    return ListedTask(**_shown(row))


def shown(row: TaskRow) -> Task:
    return Task(**_shown(row), description=row.description)


def as_listed(task: ListedTask) -> ListedTask:
    """As lists show it, of a task that may be more."""
    return msgspec.convert(task, ListedTask, from_attributes=True)


def _shown(row: ListedTaskRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "key": f"{row.project_key}-{row.number}",
        "project_id": row.project_id,
        "number": row.number,
        "column_id": row.column_id,
        "title": row.title,
        "task_type_id": None if row.task_type_id == NO_TYPE else row.task_type_id,
        "state": row.state,
        "blocked_by": row.blocked_by,
        "assignee_id": row.assignee_id,
        "priority": PRIORITIES[row.priority - 1],
        "due_at": row.due_at,
        "external_source": row.external_source,
        "external_id": row.external_id,
        "created_by": row.created_by,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "version": row.version,
    }


async def find_task(tx: ReadTransaction, caller: Caller, workspace_id: str, task_id: str) -> TaskRow:
    """Raises ``TaskNotFound``, also for what the caller may not see."""
    row = await db.get_task(tx, workspace_id=workspace_id, user_id=caller.user_id, task_id=task_id)
    if row is None:
        raise TaskNotFound
    note_project(caller, workspace_id, row.project_id)
    return row


async def find_task_to_change(
    tx: WriteTransaction,
    caller: Caller,
    access: Access,
    task_id: str,
    permission: Permission,
    expected: Expected = None,
    *,
    deleted: bool = False,
) -> TaskToChangeRow:
    """The task, whose row is held to the commit, for somebody who has ``permission`` on it.

    Raises ``TaskNotFound`` for what the caller may not see, and for what is deleted unless ``deleted`` asks
    for such; ``VersionMismatch``; ``ProjectArchived``; ``AccessDenied``, which names the permission.
    """
    db.lock_task(tx, workspace_id=access.workspace_id, task_id=task_id)
    row = await db.get_task_to_change(
        tx,
        workspace_id=access.workspace_id,
        user_id=caller.user_id,
        task_id=task_id,
        permission=permission,
    )
    if row is None or (row.is_deleted and not deleted):
        raise TaskNotFound
    if deleted and not row.is_deleted:
        raise TaskNotDeleted
    require_version(row.version, expected)
    if row.project_status != "ACTIVE":
        raise ProjectArchived
    if not row.may:
        raise access.deny(permission, f"This needs the permission {permission} on this task.")
    note_project(caller, access.workspace_id, row.project_id)
    return row


async def record_task(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    task: TaskRow | TaskToChangeRow,
    action: str,
    *,
    workspace_id: str,
    state_before: str | None = None,
    details: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
    also: Sequence[Event] = (),
) -> None:
    """The audit entry of a change of ``task`` as it is now, and the event for whoever may see it so, or could
    in ``state_before``. ``data`` goes with the event, beside its key and state."""
    key = f"{task.project_key}-{task.number}"
    await audit.record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action=action,
        target_type="task",
        target_id=task.id,
        details={"key": key, **(details or {})},
        work=Work(
            project_id=task.project_id,
            task_type_id=task.task_type_id,
            state=task.state,
            state_before=state_before,
            data={"key": key, "state": task.state, **(data or {})},
        ),
        also=also,
    )
