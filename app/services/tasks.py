"""Tasks: create, list, read, change, delete, restore, and keep in step with another system."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from app.core.caller import Caller, Tools
from app.core.permissions import Permission
from app.core.policies import Resource
from app.core.preconditions import Expected
from app.core.task_states import BlockedBy, TaskState
from app.core.text import change_key
from app.core.work_errors import ProjectArchived, ProjectNotFound, TaskNotFound, TaskTypeNotFound
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import tasks as db
from app.db.handles.projects import lock_project
from app.db.handles.task_moves import set_task_place
from app.db.handles.tasks import ListedTaskRow
from app.db.paging import Asked, Found
from app.kernel.access import Access, enter
from app.kernel.placing import has_room, hold_columns
from app.kernel.policy_access import require, told
from app.kernel.search_index import index_task
from app.kernel.task_access import (
    NO_TYPE,
    PRIORITIES,
    Task,
    find_task,
    find_task_to_change,
    listed,
    record_task,
    shown,
)
from app.kernel.task_unlocks import unlock, unlock_children

LOOKED_AT = 500
"""Tasks that a page of a list looks at before it is made of the caller's classes, or is cut short."""
NEWEST = "~"
"""Sorts after every key of a change."""


class NewTask(NamedTuple):
    """What is written of a task that is to be made."""

    title: str
    description: str | None = None
    task_type_id: str | None = None
    priority: str = "normal"
    due_at: datetime | None = None
    external_source: str | None = None
    external_id: str | None = None


class Place(NamedTuple):
    """Where in which column, for whoever holds the column."""

    column_id: str
    position: int


async def create_task(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    project_id: str,
    new: NewTask,
) -> Task:
    """In state TODO, for whoever may take up such a task. Raises ``ProjectNotFound``, ``ProjectArchived``,
    ``TaskTypeNotFound``, ``AccessDenied``."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="task.create")
    return await insert_task(tx, caller, tools, access, project_id=project_id, new=new)


async def insert_task(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    access: Access,
    *,
    project_id: str,
    new: NewTask,
    place: Place | None = None,
) -> Task:
    """As ``create_task``, for somebody who has entered; it takes the project's row, which is before a
    column's in the order of locks."""
    type_id, workspace_id = new.task_type_id or NO_TYPE, access.workspace_id
    db.take_task_numbers(tx, workspace_id=workspace_id, project_id=project_id, taken=1)
    room = await db.read_task_room(
        tx,
        workspace_id=workspace_id,
        user_id=caller.user_id,
        project_id=project_id,
        task_type_id=type_id,
        state=TaskState.TODO,
    )
    if room is None:
        raise ProjectNotFound
    if room.status != "ACTIVE":
        raise ProjectArchived
    if not room.may_take:
        if type_id != NO_TYPE and not room.may_see:
            raise TaskTypeNotFound
        raise access.deny(Permission.TAKE, "This needs the permission take on tasks of this type.")
    task_id, now = tools.new_id(), tools.clock()
    db.insert_task(
        tx,
        workspace_id=workspace_id,
        task_id=task_id,
        project_id=project_id,
        before_next=1,
        column_id=place.column_id if place else None,
        position=place.position if place else None,
        title=new.title,
        description=new.description,
        task_type_id=type_id,
        priority=_number(new.priority),
        due_at=new.due_at,
        due_key=_due_key(new.due_at, task_id),
        external_source=new.external_source,
        external_id=new.external_id,
        created_by=caller.user_id,
        now=now,
        updated_key=change_key(now, task_id),
    )
    row = await find_task(tx, caller, workspace_id, task_id)
    index_task(tx, workspace_id, row)
    await record_task(tx, caller, tools, row, "task.created", workspace_id=workspace_id)
    return shown(row)


async def get_task(tx: ReadTransaction, caller: Caller, *, workspace_id: str, task_id: str) -> Task:
    await enter(tx, caller, workspace_id=workspace_id, operation="task.read")
    return shown(await find_task(tx, caller, workspace_id, task_id))


async def get_task_by_key(
    tx: ReadTransaction, caller: Caller, *, workspace_id: str, project_key: str, number: int
) -> Task:
    """By a key that the project has or had. Raises ``TaskNotFound``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="task.read")
    row = await db.get_task_by_key(
        tx, workspace_id=workspace_id, user_id=caller.user_id, project_key=project_key, number=number
    )
    if row is None:
        raise TaskNotFound
    return shown(row)


async def list_tasks(
    tx: ReadTransaction,
    caller: Caller,
    asked: Asked[str],
    *,
    workspace_id: str,
    project_id: str | None,
    assignee_id: str | None,
    state: str | None,
    task_type_id: str | None,
) -> Found[str]:
    """The last changed first. Whose tasks somebody is assigned to are walked ``LOOKED_AT`` at a time: such a
    page may be short, and go on."""
    await enter(tx, caller, workspace_id=workspace_id, operation="task.list")
    where: Any = {
        "workspace_id": workspace_id,
        "user_id": caller.user_id,
        "before_key": asked.place,
        "state": state,
        "task_type_id": task_type_id,
        "page_size": asked.page_size,
    }
    if assignee_id is not None:
        return await _list_assigned(tx, asked, where, assignee_id, project_id)
    if project_id is not None:
        return _found(asked, await db.merge_project_tasks(tx, project_id=project_id, **where))
    walked = await db.list_recent_tasks(tx, budget=LOOKED_AT, **where)
    if len(walked) > asked.limit or (walked and walked[0].looked_at < LOOKED_AT):
        return _found(asked, walked)
    return _found(asked, await db.merge_recent_tasks(tx, **where))


async def list_deleted(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, workspace_id: str
) -> Found[str]:
    """The tasks that were deleted, the last one first, that the caller could see."""
    await enter(tx, caller, workspace_id=workspace_id, operation="task.trash")
    rows = await db.list_deleted_tasks(
        tx,
        workspace_id=workspace_id,
        user_id=caller.user_id,
        before_key=asked.place,
        state=None,
        task_type_id=None,
        budget=LOOKED_AT,
        page_size=asked.page_size,
    )
    return _found(asked, rows)


async def _list_assigned(
    tx: ReadTransaction, asked: Asked[str], where: dict[str, Any], assignee_id: str, project_id: str | None
) -> Found[str]:
    floor = await db.read_assigned_floor(
        tx,
        workspace_id=where["workspace_id"],
        assignee_id=assignee_id,
        before_key=asked.place,
        budget=LOOKED_AT,
    )
    if floor.floor_key is None:
        return Found([], None)
    rows = await db.list_assigned_tasks(
        tx, assignee_id=assignee_id, project_id=project_id, floor_key=floor.floor_key, **where
    )
    found = _found(asked, rows)
    if found.place is None and floor.looked_at == LOOKED_AT:
        return Found(found.items, floor.floor_key)
    return found


def _found(asked: Asked[str], rows: list[Any]) -> Found[str]:
    place = rows[asked.limit - 1].updated_key if len(rows) > asked.limit else None
    tasks: list[ListedTaskRow] = rows[: asked.limit]
    return Found([listed(row) for row in tasks], place)


async def update_task(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    task_id: str,
    changes: Mapping[str, Any],
    expected: Expected = None,
) -> Task:
    """``changes`` may hold what ``NewTask`` does, but for the external id; what is not in it stays. It needs
    ``move_state``, and another type ``assign`` too. Raises as ``find_task_to_change`` does, and
    ``TaskTypeNotFound``."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="task.update")
    return await change_task(tx, caller, tools, access, task_id, changes, expected)


async def change_task(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    access: Access,
    task_id: str,
    changes: Mapping[str, Any],
    expected: Expected = None,
) -> Task:
    """As ``update_task``, for somebody who has entered."""
    workspace_id = access.workspace_id
    task = await find_task_to_change(tx, caller, access, task_id, Permission.MOVE_STATE, expected)
    known = {
        "title": task.title,
        "description": task.description,
        "task_type_id": task.task_type_id,
        "priority": PRIORITIES[task.priority - 1],
        "due_at": task.due_at,
    }
    asked = {**changes}
    if "task_type_id" in asked:
        asked["task_type_id"] = asked["task_type_id"] or NO_TYPE
    changed = {name: value for name, value in asked.items() if known[name] != value}
    if not changed:
        return shown(await find_task(tx, caller, workspace_id, task_id))
    wanted = {**known, **changed}
    if "task_type_id" in changed:
        await _require_type(tx, caller, access, task_id, wanted["task_type_id"])
    now = tools.clock()
    db.update_task(
        tx,
        workspace_id=workspace_id,
        task_id=task_id,
        title=wanted["title"],
        description=wanted["description"],
        task_type_id=wanted["task_type_id"],
        priority=_number(wanted["priority"]),
        due_at=wanted["due_at"],
        due_key=_due_key(wanted["due_at"], task_id),
        now=now,
        updated_key=change_key(now, task_id),
    )
    row = await find_task(tx, caller, workspace_id, task_id)
    if changed.keys() & {"title", "description"}:
        index_task(tx, workspace_id, row, before=task)
    names = sorted(changed)
    await record_task(
        tx,
        caller,
        tools,
        row,
        "task.updated",
        workspace_id=workspace_id,
        details={"changed": names},
        data={"changed": names},
    )
    return shown(row)


async def _require_type(
    tx: WriteTransaction, caller: Caller, access: Access, task_id: str, type_id: str
) -> None:
    """Another type is another class and may let others in: it needs ``assign``, and that the caller goes on
    seeing the task."""
    task = await find_task_to_change(tx, caller, access, task_id, Permission.ASSIGN)
    room = await db.read_task_room(
        tx,
        workspace_id=access.workspace_id,
        user_id=caller.user_id,
        project_id=task.project_id,
        task_type_id=type_id,
        state=task.state,
    )
    if room is None or not room.may_see:
        raise TaskTypeNotFound


async def delete_task(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    task_id: str,
    expected: Expected = None,
    override_reason: str | None = None,
) -> None:
    """For whom policies let, of those who may change it. What waits for it waits no more. Raises as
    ``find_task_to_change`` does."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="task.delete")
    task = await find_task_to_change(tx, caller, access, task_id, Permission.MOVE_STATE, expected)
    resource = Resource(owner_id=task.created_by, project_id=task.project_id)
    decision = await require(tx, caller, tools, access, resource, override_reason=override_reason)
    now = tools.clock()
    db.set_task_deleted(
        tx,
        workspace_id=workspace_id,
        task_id=task_id,
        deleted_at=now,
        now=now,
        updated_key=change_key(now, task_id),
    )
    let_go = await unlock_children(tx, tools, workspace_id=workspace_id, parent_id=task_id)
    details = told(decision, override_reason)
    await record_task(
        tx, caller, tools, task, "task.deleted", workspace_id=workspace_id, details=details, also=let_go
    )


async def restore_task(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    task_id: str,
    override_reason: str | None = None,
) -> Task:
    """With all that hung on it, as it was; out of its column where that is no more, or takes no more tasks;
    let go if all that it waited for was done meanwhile. What waited for it and was let go when it was deleted
    stays so. Raises ``TaskNotDeleted``, and as ``delete_task`` does."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="task.restore")
    # Its column is held before it, for what is decided of both; while it is deleted nothing moves it.
    seen = await db.get_task_to_change(
        tx,
        workspace_id=workspace_id,
        user_id=caller.user_id,
        task_id=task_id,
        permission=Permission.MOVE_STATE,
    )
    hold_columns(tx, workspace_id, seen.column_id if seen else None)
    task = await find_task_to_change(tx, caller, access, task_id, Permission.MOVE_STATE, deleted=True)
    resource = Resource(owner_id=task.created_by, project_id=task.project_id)
    decision = await require(tx, caller, tools, access, resource, override_reason=override_reason)
    now = tools.clock()
    row_key = change_key(now, task_id)
    is_out = task.column_id is not None and not await has_room(tx, workspace_id, task.column_id)
    db.set_task_deleted(
        tx, workspace_id=workspace_id, task_id=task_id, deleted_at=None, now=now, updated_key=row_key
    )
    if is_out:
        set_task_place(
            tx,
            workspace_id=workspace_id,
            task_id=task_id,
            column_id=None,
            position=None,
            now=now,
            updated_key=row_key,
        )
    restored = await find_task(tx, caller, workspace_id, task_id)
    let_go = []
    if task.blocked_by == BlockedBy.DEPENDENCY:
        let_go = await unlock(tx, tools, workspace_id=workspace_id, ids=[task_id])
    details = told(decision, override_reason)
    await record_task(
        tx, caller, tools, restored, "task.restored", workspace_id=workspace_id, details=details, also=let_go
    )
    if not let_go:
        return shown(restored)
    # Whoever sees it BLOCKED need not see it in TODO, and has restored it all the same.
    now_free = await db.get_task(tx, workspace_id=workspace_id, user_id=caller.user_id, task_id=task_id)
    return shown(now_free or restored)


async def put_external_task(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    project_id: str,
    new: NewTask,
) -> tuple[Task, bool]:
    """The task that stands for an item of another system, made or changed to what is sent; whether it was
    made. For an ADMIN, who sees every task: to anybody else the id of a task that is hidden would tell of it.
    It stays in the project that it was made in. Raises as ``create_task`` and ``update_task`` do."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="task.put_external")
    # The project's row is the guard of its external ids: of two that make one task, the second changes it.
    lock_project(tx, workspace_id=workspace_id, project_id=project_id)
    known = await db.find_external_task(
        tx,
        workspace_id=workspace_id,
        user_id=caller.user_id,
        external_source=new.external_source or "",
        external_id=new.external_id or "",
    )
    if known is None:
        return await insert_task(tx, caller, tools, access, project_id=project_id, new=new), True
    changes = {
        "title": new.title,
        "description": new.description,
        "task_type_id": new.task_type_id,
        "priority": new.priority,
        "due_at": new.due_at,
    }
    return await change_task(tx, caller, tools, access, known.id, changes), False


def _number(priority: str) -> int:
    return PRIORITIES.index(priority) + 1


def _due_key(due_at: datetime | None, task_id: str) -> str | None:
    return None if due_at is None else change_key(due_at, task_id)
