"""Dependencies between the tasks of a project: what waits for what."""

from __future__ import annotations

from msgspec import json

from app.core.caller import Caller, Tools
from app.core.permissions import Permission
from app.core.text import change_key
from app.core.work_errors import (
    DependencyCycle,
    DependencyNotFound,
    DependencyOutsideProject,
    TaskStarted,
)
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import task_dependencies as db
from app.db.handles.projects import lock_project
from app.db.handles.tasks import TaskToChangeRow, get_task
from app.db.paging import Asked, Found
from app.kernel.access import enter
from app.kernel.task_access import (
    ListedTask,
    Task,
    find_task,
    find_task_to_change,
    listed,
    record_task,
    shown,
)
from app.kernel.task_unlocks import unlock

MOST_ANCESTORS = 5000
"""Tasks that one task may wait for, through others."""


async def add_dependency(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, task_id: str, parent_id: str
) -> Task:
    """From now on the task waits until ``parent_id`` is done; where it is not, the task is BLOCKED.

    Both are of one project, whose row is the guard: of two dependencies that close a cycle together, the
    second is refused. Then the parent's row is taken, so that it is not done meanwhile unseen. It needs
    ``move_state`` on the task and ``view`` of the parent. Raises ``TaskNotFound`` for either,
    ``DependencyOutsideProject``, ``DependencyExists``, ``DependencyCycle``, ``TaskStarted``.
    """
    access = await enter(tx, caller, workspace_id=workspace_id, operation="task.depend")
    project_id = (await find_task(tx, caller, workspace_id, task_id)).project_id
    lock_project(tx, workspace_id=workspace_id, project_id=project_id)
    parent = await find_task_to_change(tx, caller, access, parent_id, Permission.VIEW)
    task = await find_task_to_change(tx, caller, access, task_id, Permission.MOVE_STATE)
    if parent.project_id != task.project_id:
        raise DependencyOutsideProject
    if task.state not in ("TODO", "BLOCKED") or task.blocked_by == "MANUAL":
        raise TaskStarted
    await _require_no_cycle(tx, workspace_id, task, parent)
    now = tools.clock()
    db.insert_dependency(
        tx,
        workspace_id=workspace_id,
        parent_id=parent_id,
        child_id=task_id,
        project_id=task.project_id,
        created_by=caller.user_id,
        now=now,
    )
    if parent.state != "DONE" and task.state == "TODO":
        db.block_task(
            tx,
            workspace_id=workspace_id,
            task_id=task_id,
            now=now,
            updated_key=change_key(now, task_id),
        )
        db.insert_block(
            tx,
            workspace_id=workspace_id,
            task_id=task_id,
            seq=task.version + 1,
            # Not for which: whoever sees this task may see nothing of that one.
            reason="waits for another task",
            actor_id=caller.user_id,
            now=now,
        )
    row = await find_task(tx, caller, workspace_id, task_id)
    await record_task(
        tx,
        caller,
        tools,
        row,
        "task.dependency_added",
        workspace_id=workspace_id,
        state_before=task.state,
        details={"parent_id": parent_id},
        data={"from": task.state},
    )
    return shown(row)


async def _require_no_cycle(
    tx: WriteTransaction, workspace_id: str, task: TaskToChangeRow, parent: TaskToChangeRow
) -> None:
    """Level by level from the parent up, each task once. Right only while the project's row is held."""
    seen, level = {parent.id}, [parent.id]
    while level:
        if task.id in seen:
            raise DependencyCycle(
                details={"tasks": [f"{each.project_key}-{each.number}" for each in (task, parent)]}
            )
        if len(seen) > MOST_ANCESTORS:
            raise DependencyCycle(f"A task waits for {MOST_ANCESTORS} others at most.")
        rows = await db.list_parents_of(tx, workspace_id=workspace_id, ids=json.encode(level).decode())
        level = [row.parent_id for row in rows if row.parent_id not in seen]
        seen.update(level)


async def remove_dependency(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, task_id: str, parent_id: str
) -> None:
    """The task waits for ``parent_id`` no more, and goes to TODO if it waits for nothing else. Raises
    ``DependencyNotFound``, and as ``find_task_to_change`` does."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="task.undepend")
    task = await find_task_to_change(tx, caller, access, task_id, Permission.MOVE_STATE)
    parent = await get_task(tx, workspace_id=workspace_id, user_id=caller.user_id, task_id=parent_id)
    # One that the caller may not see is none: whether it is there is not told by what removing it comes to.
    if parent is None or not await db.delete_dependency(
        tx, workspace_id=workspace_id, parent_id=parent_id, child_id=task_id
    ):
        raise DependencyNotFound
    let_go = await unlock(tx, tools, workspace_id=workspace_id, ids=[task_id])
    await record_task(
        tx,
        caller,
        tools,
        task,
        "task.dependency_removed",
        workspace_id=workspace_id,
        details={"parent_id": parent_id},
        also=let_go,
    )


async def list_dependencies(
    tx: ReadTransaction,
    caller: Caller,
    asked: Asked[int],
    *,
    workspace_id: str,
    task_id: str,
    of: str,
) -> Found[int]:
    """What the task waits for (``of`` "parents"), or what waits for it ("children"), by number, as far as the
    caller may see it."""
    await enter(tx, caller, workspace_id=workspace_id, operation="task.read")
    await find_task(tx, caller, workspace_id, task_id)
    read = db.list_parents if of == "parents" else db.list_children
    rows = await read(
        tx,
        workspace_id=workspace_id,
        user_id=caller.user_id,
        task_id=task_id,
        after_number=asked.place,
        page_size=asked.page_size,
    )
    found = asked.found(rows, lambda row: row.number)
    tasks: list[ListedTask] = [listed(row) for row in rows[: asked.limit]]
    return Found(tasks, found.place)
