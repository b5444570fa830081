"""Many changes of tasks in one request, each as if it were asked for by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext
from enum import StrEnum
from typing import Any, NamedTuple

from msgspec import json

from app.core.caller import Caller, Tools
from app.core.errors import AppError
from app.core.task_states import TaskState
from app.db.connection import WriteTransaction
from app.db.handles.bulk import list_columns_of
from app.db.handles.projects import lock_project
from app.db.handles.task_states import TransitionRow
from app.db.handles.tasks import get_task, lock_task
from app.kernel.access import enter
from app.kernel.placing import hold_columns
from app.kernel.task_access import ListedTask, shown
from app.kernel.task_unlocks import hold_around
from app.services.task_moves import move_task
from app.services.task_states import assign_task, pick_task, transition_task, unassign_task
from app.services.tasks import create_task, delete_task, update_task


class Mode(StrEnum):
    """ATOMIC: all or nothing. PARTIAL: what fails leaves nothing, and the others go on."""

    ATOMIC = "atomic"
    PARTIAL = "partial"


class Item(NamedTuple):
    """One change: what its service function is called with; ``task_id`` and ``expected`` are among it, but of
    what makes a task."""

    op: str
    arguments: Mapping[str, Any]


class Outcome(NamedTuple):
    """What came of an item: the task as it is now, None where it is gone; or why nothing did."""

    item: Item
    task: ListedTask | None = None
    error: AppError | None = None


_OPERATIONS: Mapping[str, Callable[..., Awaitable[object]]] = {
    "create": create_task,
    "update": update_task,
    "delete": delete_task,
    "pick": pick_task,
    "assign": assign_task,
    "unassign": unassign_task,
    "transition": transition_task,
    "move": move_task,
}


async def change_tasks(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    mode: Mode,
    items: Sequence[Item],
) -> list[Outcome]:
    """One after the other, so that each sees what those before it did; all in one transaction, which a
    deadlock repeats as a whole. Entries and events are those of the routes of each. In ATOMIC mode raises the
    error of the first item that fails, with its ``index`` among the details."""
    await enter(tx, caller, workspace_id=workspace_id, operation="task.bulk")
    await _hold(tx, workspace_id, items)
    outcomes = []
    for index, item in enumerate(items):
        try:
            async with tx.savepoint() if mode is Mode.PARTIAL else nullcontext():
                answer = await _OPERATIONS[item.op](
                    tx, caller, tools, workspace_id=workspace_id, **item.arguments
                )
        except AppError as error:
            if mode is Mode.ATOMIC:
                error.details = {**(error.details or {}), "index": index}
                raise
            outcomes.append(Outcome(item, error=error))
        else:
            task = answer if isinstance(answer, ListedTask) else None
            if isinstance(answer, TransitionRow):
                # Perhaps into a state in which the caller sees it no more.
                row = await get_task(
                    tx, workspace_id=workspace_id, user_id=caller.user_id, task_id=answer.task_id
                )
                task = None if row is None else shown(row)
            outcomes.append(Outcome(item, task))
    return outcomes


async def _hold(tx: WriteTransaction, workspace_id: str, items: Sequence[Item]) -> None:
    """Takes what the items will take, before the first of them takes the log's head, and in one order: two
    such transactions wait for each other one way."""
    projects = {item.arguments["project_id"] for item in items if item.op == "create"}
    for project_id in sorted(projects):
        lock_project(tx, workspace_id=workspace_id, project_id=project_id)
    moved = [item.arguments for item in items if item.op == "move"]
    if moved:
        ids = json.encode([each["task_id"] for each in moved]).decode()
        left = await list_columns_of(tx, workspace_id=workspace_id, ids=ids)
        hold_columns(
            tx, workspace_id, *(each["column_id"] for each in moved), *(row.column_id for row in left)
        )
    tasks = {item.arguments["task_id"] for item in items if item.op != "create"}
    for task_id in sorted(tasks):
        lock_task(tx, workspace_id=workspace_id, task_id=task_id)
    # Done or gone, these let go what waits for them; a column may stand for DONE.
    ending = ("delete", "move")
    ended = {
        item.arguments["task_id"]
        for item in items
        if item.op in ending or item.arguments.get("to") == TaskState.DONE
    }
    if ended:
        hold_around(tx, workspace_id, sorted(ended))
