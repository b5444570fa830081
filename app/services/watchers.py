"""Who watches a task. It is one's own affair: whoever sees a task may, a VIEWER too, also in a project that
is archived; it is in the log, and no event tells of it."""

from __future__ import annotations

from app.core.caller import Caller, Tools
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import watchers as db
from app.db.paging import Asked, Found
from app.kernel import audit
from app.kernel.access import enter, enter_to_change
from app.kernel.task_access import find_task


async def watch(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, task_id: str, is_on: bool
) -> None:
    """The caller watches the task from now on, or no more; nothing happens where it is so. Raises
    ``TaskNotFound``."""
    # The guard row of memberships: one that ends meanwhile takes its watching with it.
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="task.watch")
    await find_task(tx, caller, workspace_id, task_id)
    place = {"workspace_id": workspace_id, "user_id": caller.user_id, "task_id": task_id}
    if is_on:
        changed = await db.watch_task(tx, now=tools.clock(), **place)
    else:
        changed = await db.unwatch_task(tx, **place)
    if changed:
        await audit.record(
            tx,
            caller,
            tools,
            workspace_id=workspace_id,
            action="task.watched" if is_on else "task.unwatched",
            target_type="task",
            target_id=task_id,
            is_change=False,
        )


async def list_watchers(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, workspace_id: str, task_id: str
) -> Found[str]:
    """By their ids. Raises ``TaskNotFound``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="task.read")
    await find_task(tx, caller, workspace_id, task_id)
    rows = await db.list_watchers(
        tx,
        workspace_id=workspace_id,
        user_id=caller.user_id,
        task_id=task_id,
        after_id=asked.place,
        page_size=asked.page_size,
    )
    return asked.found(rows, lambda row: row.user_id)
