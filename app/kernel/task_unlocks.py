"""What waits for a task is let go when the task is done or gone, and a workflow ends with the last of its
tasks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.core.caller import Tools
from app.core.clock import utc_text
from app.core.json_text import as_json
from app.db.connection import WriteTransaction
from app.db.handles import task_dependencies as db
from app.db.handles.task_dependencies import LetGoRow
from app.db.handles.workflow_instances import set_instance_state
from app.kernel.events import Event, Work


async def unlock_children(
    tx: WriteTransaction, tools: Tools, *, workspace_id: str, parent_id: str
) -> list[Event]:
    """After ``parent_id``, whose row the caller holds, was done or deleted: the tasks that waited for it and
    wait for nothing else go to TODO, and if it was the last of its workflow instance, that is COMPLETED.
    Answers what there is to tell of them, for ``audit.record``. One round trip, where nothing waited.

    Whoever adds a dependency takes the parent's row first, so none is added unseen. The children's rows and
    then their instances' are the guard: they are taken by statements before the one that decides, so that of
    two parents done at once the second sees the first, under READ_COMMITTED_SNAPSHOT too.
    """
    return await _let_go(tx, tools, workspace_id, [parent_id], [parent_id])


def hold_around(tx: WriteTransaction, workspace_id: str, parents: Sequence[str]) -> None:
    """Takes what ``unlock_children`` will take after each of ``parents``, whose rows the caller holds: for
    whoever does several such things in one transaction, before the first of them takes the log's head."""
    _hold(tx, workspace_id, parents, parents)


async def unlock(
    tx: WriteTransaction, tools: Tools, *, workspace_id: str, ids: Sequence[str], gone: Sequence[str] = ()
) -> list[Event]:
    """As ``unlock_children``, for tasks that are named, as far as they wait for nothing, and for those that
    waited for what is ``gone``."""
    return await _let_go(tx, tools, workspace_id, gone, ids)


async def _let_go(
    tx: WriteTransaction, tools: Tools, workspace_id: str, parents: Sequence[str], ids: Sequence[str]
) -> list[Event]:
    around = _hold(tx, workspace_id, parents, ids)
    rows, now = await db.list_let_go(tx, workspace_id=workspace_id, **around), tools.clock()
    tasks = [row for row in rows if row.object_type == "task"]
    if tasks:
        free = as_json([row.id for row in tasks])
        db.unlock_tasks(tx, workspace_id=workspace_id, ids=free, now=now, updated_at=utc_text(now))
        db.insert_unlocks(tx, workspace_id=workspace_id, ids=free, now=now)
    if assigned := [row.id for row in tasks if row.assignee_id is not None]:
        db.assign_unlocked(tx, workspace_id=workspace_id, ids=as_json(assigned))
    for row in rows:
        if row.object_type == "workflow_instance":
            set_instance_state(
                tx, workspace_id=workspace_id, instance_id=row.id, state="COMPLETED", ended_at=now, now=now
            )
    return [event for row in rows for event in _told(row)]


def _hold(
    tx: WriteTransaction, workspace_id: str, parents: Sequence[str], ids: Sequence[str]
) -> dict[str, str]:
    around = {"parents": as_json(parents), "ids": as_json(ids)}
    db.lock_waiting(tx, workspace_id=workspace_id, **around)
    db.lock_instances(tx, workspace_id=workspace_id, **around)
    return around


def completed(instance_id: str, project_id: str) -> Event:
    """That a workflow instance has ended with the last of its tasks."""
    return Event(
        type="workflow_instance.completed",
        object_type="workflow_instance",
        object_id=instance_id,
        work=Work(project_id=project_id, data={"state": "COMPLETED"}),
    )


def _told(row: LetGoRow) -> Iterator[Event]:
    if row.object_type == "workflow_instance":
        yield completed(row.id, row.project_id)
        return
    key = f"{row.project_key}-{row.number}"
    yield Event(
        type="task.transitioned",
        object_type="task",
        object_id=row.id,
        work=Work(
            project_id=row.project_id,
            task_type_id=row.task_type_id,
            state="TODO",
            state_before="BLOCKED",
            data={"key": key, "state": "TODO", "from": "BLOCKED", "to": "TODO"},
        ),
    )
    if row.assignee_id is not None:
        yield Event(
            type="task.assigned",
            object_type="task",
            object_id=row.id,
            work=Work(
                project_id=row.project_id,
                task_type_id=row.task_type_id,
                state="TODO",
                data={"key": key, "state": "TODO", "assignee_id": row.assignee_id},
            ),
        )
