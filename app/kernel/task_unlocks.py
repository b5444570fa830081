"""What waits for a task is let go when the task is done or gone."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import json

from app.core.caller import Tools
from app.core.clock import utc_text
from app.db.connection import WriteTransaction
from app.db.handles import task_dependencies as db
from app.kernel.events import Event, Work


async def unlock_children(
    tx: WriteTransaction, tools: Tools, *, workspace_id: str, parent_id: str
) -> list[Event]:
    """After ``parent_id``, whose row the caller holds, was done or deleted: the tasks that waited for it and
    wait for nothing else go to TODO. Answers what there is to tell of them, for ``audit.record``.

    Whoever adds a dependency takes the parent's row first, so none is added unseen. The children's rows are
    the guard: they are taken by a statement before the one that decides, so that of two parents done at once
    the second sees the first, under READ_COMMITTED_SNAPSHOT too.
    """
    waiting = await db.list_waiting(tx, workspace_id=workspace_id, parent_id=parent_id)
    if not waiting:
        return []
    return await unlock(tx, tools, workspace_id=workspace_id, ids=[row.child_id for row in waiting])


async def unlock(tx: WriteTransaction, tools: Tools, *, workspace_id: str, ids: Sequence[str]) -> list[Event]:
    """As ``unlock_children``, for tasks that are named."""
    db.lock_tasks(tx, workspace_id=workspace_id, ids=json.encode(ids).decode())
    rows = await db.list_unlocked(tx, workspace_id=workspace_id, ids=json.encode(ids).decode())
    if rows:
        free, now = json.encode([row.id for row in rows]).decode(), tools.clock()
        db.unlock_tasks(tx, workspace_id=workspace_id, ids=free, now=now, updated_at=utc_text(now))
        db.insert_unlocks(tx, workspace_id=workspace_id, ids=free, now=now)
    return [_told(row) for row in rows]


def _told(row: db.UnlockedRow) -> Event:
    return Event(
        type="task.transitioned",
        object_type="task",
        object_id=row.id,
        work=Work(
            project_id=row.project_id,
            task_type_id=row.task_type_id,
            state="TODO",
            state_before="BLOCKED",
            data={"key": f"{row.project_key}-{row.number}", "state": "TODO", "from": "BLOCKED", "to": "TODO"},
        ),
    )
