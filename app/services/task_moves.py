"""Tasks in columns: their order, and how they come there."""

from __future__ import annotations

from app.core.caller import Caller, Tools
from app.core.gaps import BEYOND_ALL
from app.core.permissions import Permission, Role
from app.core.preconditions import Expected
from app.core.text import change_key
from app.core.work_errors import ColumnNotFound
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import task_moves as db
from app.db.handles.projects import lock_project
from app.db.paging import Asked, Found
from app.kernel.access import enter
from app.kernel.board_access import find_column
from app.kernel.placing import End, Spot, hold_columns, take_place
from app.kernel.task_access import (
    Task,
    find_task,
    find_task_to_change,
    listed,
    record_task,
    shown,
)
from app.services.tasks import LOOKED_AT, NewTask, Place, insert_task


async def list_column_tasks(
    tx: ReadTransaction, caller: Caller, asked: Asked[int], *, workspace_id: str, column_id: str
) -> Found[int]:
    """By their place. An ADMIN sees all there are; for others a page looks at ``LOOKED_AT``, and where that
    shows too little, it is made of the classes that they see. Raises ``ColumnNotFound``."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="column.list_tasks")
    where = {"workspace_id": workspace_id, "user_id": caller.user_id, "column_id": column_id}
    walk = await db.read_column_walk(tx, after_position=asked.place, budget=LOOKED_AT, **where)
    if walk is None:
        raise ColumnNotFound
    if walk.ceiling is None:
        return Found([], None)
    sees_all = access.role.reaches(Role.ADMIN) or walk.looked_at < LOOKED_AT
    rows = await db.list_column_tasks(
        tx,
        after_position=asked.place,
        ceiling=BEYOND_ALL if sees_all else walk.ceiling,
        page_size=asked.page_size,
        **where,
    )
    if len(rows) < asked.page_size and not sees_all:
        rows = await db.merge_column_tasks(tx, after_position=asked.place, page_size=asked.page_size, **where)
    found = asked.found(rows, lambda row: row.position)
    return Found([listed(row) for row in rows[: asked.limit]], found.place)


async def create_in_column(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    column_id: str,
    new: NewTask,
    spot: Spot,
) -> Task:
    """Raises as ``create_task`` and ``move_task`` do."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="task.create", minimum=Role.MEMBER)
    column = await find_column(tx, caller, workspace_id, column_id)
    lock_project(tx, workspace_id=workspace_id, project_id=column.project_id)
    hold_columns(tx, workspace_id, column_id)
    _, position = await take_place(
        tx,
        caller,
        workspace_id=workspace_id,
        project_id=column.project_id,
        column_id=column_id,
        spot=spot,
    )
    place = Place(column_id, position) if position is not None else None
    return await insert_task(tx, caller, tools, access, project_id=column.project_id, new=new, place=place)


async def move_task(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    task_id: str,
    column_id: str | None,
    spot: Spot = End.BOTTOM,
    expected: Expected = None,
) -> Task:
    """To a place in a column of the task's project, or out of any. It needs ``move_state``.

    Raises as ``find_task_to_change`` does, ``ColumnNotFound``, ``TaskNotInColumn``, ``WipLimit``.
    """
    access = await enter(tx, caller, workspace_id=workspace_id, operation="task.move", minimum=Role.MEMBER)
    seen = await find_task(tx, caller, workspace_id, task_id)
    # Both, so that of two moves that cross none waits for the other. Whoever has moved it meanwhile is done
    # with it when the task's row is held; where it came from need not be.
    hold_columns(tx, workspace_id, seen.column_id, column_id)
    task = await find_task_to_change(tx, caller, access, task_id, Permission.MOVE_STATE, expected)
    position = None
    if column_id is not None:
        _, position = await take_place(
            tx,
            caller,
            workspace_id=workspace_id,
            project_id=task.project_id,
            column_id=column_id,
            spot=spot,
            task_id=task_id,
        )
    if position is None and task.column_id == column_id:
        return shown(await find_task(tx, caller, workspace_id, task_id))
    now = tools.clock()
    db.set_task_place(
        tx,
        workspace_id=workspace_id,
        task_id=task_id,
        column_id=column_id,
        position=position,
        now=now,
        updated_key=change_key(now, task_id),
    )
    row = await find_task(tx, caller, workspace_id, task_id)
    columns = {"from_column_id": task.column_id, "column_id": column_id}
    await record_task(
        tx, caller, tools, row, "task.moved", workspace_id=workspace_id, details=columns, data=columns
    )
    return shown(row)
