"""Tasks in columns: their order, and how they come there."""

from __future__ import annotations

from msgspec.structs import replace

from app.core.caller import Caller, Tools
from app.core.gaps import BEYOND_ALL
from app.core.permissions import Permission, Role
from app.core.preconditions import Expected
from app.core.task_states import BlockedBy, TaskState
from app.core.text import change_key
from app.core.work_errors import ColumnNotFound
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import task_moves as db
from app.db.handles.projects import lock_project
from app.db.handles.task_moves import ColumnRoomRow
from app.db.handles.task_states import TransitionRow
from app.db.handles.tasks import TaskToChangeRow
from app.db.paging import Asked, Found
from app.kernel.access import Access, enter
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
from app.kernel.task_states import move_state
from app.services.tasks import LOOKED_AT, NewTask, Place, insert_task


async def list_column_tasks(
    tx: ReadTransaction, caller: Caller, asked: Asked[int], *, workspace_id: str, column_id: str
) -> Found[int]:
    """By their place. An ADMIN sees all there are; for others a page looks at ``LOOKED_AT``, and where that
    shows too little, it is made of the classes that they see. Raises ``ColumnNotFound``."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="column.list_tasks")
    where = {"workspace_id": workspace_id, "user_id": caller.user_id, "column_id": column_id}
    # Whether the walk ends where the column does.
    is_whole, ceiling = access.role.reaches(Role.ADMIN), BEYOND_ALL
    if is_whole:
        await find_column(tx, caller, workspace_id, column_id)
    else:
        walk = await db.read_column_walk(tx, after_position=asked.place, budget=LOOKED_AT, **where)
        if walk is None:
            raise ColumnNotFound
        if walk.ceiling is None:
            return Found([], None)
        is_whole, ceiling = walk.looked_at < LOOKED_AT, walk.ceiling
    rows = await db.list_column_tasks(
        tx,
        after_position=asked.place,
        ceiling=ceiling,
        page_size=asked.page_size,
        **where,
    )
    if len(rows) < asked.page_size and not is_whole:
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
    """In the state that the column stands for, by a transition like any other. Raises as ``create_task`` and
    ``move_task`` do."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="task.create")
    column = await find_column(tx, caller, workspace_id, column_id)
    lock_project(tx, workspace_id=workspace_id, project_id=column.project_id)
    hold_columns(tx, workspace_id, column_id)
    room, position = await take_place(
        tx,
        caller,
        workspace_id=workspace_id,
        project_id=column.project_id,
        column_id=column_id,
        spot=spot,
    )
    place = Place(column_id, position) if position is not None else None
    made = await insert_task(tx, caller, tools, access, project_id=column.project_id, new=new, place=place)
    if room.maps_to_state in (None, made.state):
        return made
    task = await find_task_to_change(tx, caller, access, made.id, Permission.MOVE_STATE)
    moved = await _become(tx, caller, tools, access, task, room)
    return replace(made, state=moved.to_state, blocked_by=None, updated_at=moved.at, version=moved.version)


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
    """To a place in a column of the task's project, or out of any. It needs ``move_state``. A task that comes
    into a column takes on the state that this stands for, also one in which the caller sees it no more.

    Raises as ``find_task_to_change`` does, ``ColumnNotFound``, ``TaskNotInColumn``, ``WipLimit``,
    ``InvalidTransition``.
    """
    access = await enter(tx, caller, workspace_id=workspace_id, operation="task.move")
    seen = await find_task(tx, caller, workspace_id, task_id)
    # Both, so that of two moves that cross none waits for the other. Where it came from may have changed by
    # the time that its row is held: then this one has nothing to wait for there.
    hold_columns(tx, workspace_id, seen.column_id, column_id)
    task = await find_task_to_change(tx, caller, access, task_id, Permission.MOVE_STATE, expected)
    row = await find_task(tx, caller, workspace_id, task_id)
    from_column_id = task.column_id
    room, position = None, None
    if column_id is not None:
        room, position = await take_place(
            tx,
            caller,
            workspace_id=workspace_id,
            project_id=task.project_id,
            column_id=column_id,
            spot=spot,
            task_id=task_id,
        )
    if position is None and task.column_id == column_id:
        return shown(row)
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
    row = replace(row, column_id=column_id, updated_at=now, version=row.version + 1)
    if room and task.column_id != column_id and room.maps_to_state not in (None, task.state):
        task = replace(task, column_id=column_id, version=row.version)
        moved = await _become(tx, caller, tools, access, task, room)
        blocked_by = BlockedBy.MANUAL if moved.to_state == TaskState.BLOCKED else None
        row = replace(
            row, state=moved.to_state, blocked_by=blocked_by, updated_at=moved.at, version=moved.version
        )
    columns = {"from_column_id": from_column_id, "column_id": column_id}
    await record_task(
        tx,
        caller,
        tools,
        row,
        "task.moved",
        workspace_id=workspace_id,
        state_before=task.state if task.state != row.state else None,
        details=columns,
        data=columns,
    )
    return shown(row)


async def _become(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    access: Access,
    task: TaskToChangeRow,
    column: ColumnRoomRow,
) -> TransitionRow:
    """The transition into the state that a column stands for."""
    state = TaskState(column.maps_to_state or task.state)
    return await move_state(tx, caller, tools, access, task, state, reason=f"moved to {column.name}")
