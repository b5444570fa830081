"""Many changes of tasks in one request, each as if it were asked for by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from contextlib import nullcontext
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from app.core.caller import Caller, Tools
from app.core.errors import AppError
from app.core.permissions import Role
from app.core.preconditions import Expected
from app.db.connection import WriteTransaction
from app.db.handles.projects import lock_project
from app.db.handles.tasks import lock_task
from app.kernel.access import enter
from app.kernel.task_access import ListedTask, Task
from app.kernel.task_unlocks import hold_around
from app.services.tasks import NewTask, create_task, delete_task, update_task


class Mode(StrEnum):
    """ATOMIC: all or nothing. PARTIAL: what fails leaves nothing, and the others go on."""

    ATOMIC = "atomic"
    PARTIAL = "partial"


class Item(NamedTuple):
    """One change: ``values`` is what the route of its own takes. What makes a task has no ``task_id``."""

    op: str
    task_id: str | None
    expected: Expected
    values: Mapping[str, Any]


class Outcome(NamedTuple):
    """What came of an item: the task as it is now, None where it is gone; or why nothing did."""

    item: Item
    task: ListedTask | None = None
    error: AppError | None = None


class _Operation(Protocol):
    def __call__(
        self, tx: WriteTransaction, caller: Caller, tools: Tools, workspace_id: str, item: Item
    ) -> Awaitable[Task | None]: ...


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
    await enter(tx, caller, workspace_id=workspace_id, operation="task.bulk", minimum=Role.MEMBER)
    _hold(tx, workspace_id, items)
    outcomes = []
    for index, item in enumerate(items):
        try:
            async with tx.savepoint() if mode is Mode.PARTIAL else nullcontext():
                task = await _OPERATIONS[item.op](tx, caller, tools, workspace_id, item)
        except AppError as error:
            if mode is Mode.ATOMIC:
                error.details = {**(error.details or {}), "index": index}
                raise
            outcomes.append(Outcome(item, error=error))
        else:
            outcomes.append(Outcome(item, task))
    return outcomes


def _hold(tx: WriteTransaction, workspace_id: str, items: Sequence[Item]) -> None:
    """Takes what the items will take, before the first of them takes the log's head, and in one order: two
    such transactions wait for each other one way."""
    projects = {item.values["project_id"] for item in items if item.op == "create"}
    for project_id in sorted(projects):
        lock_project(tx, workspace_id=workspace_id, project_id=project_id)
    for task_id in sorted({item.task_id for item in items if item.task_id is not None}):
        lock_task(tx, workspace_id=workspace_id, task_id=task_id)
    deleted = sorted({_named(item) for item in items if item.op == "delete"})
    if deleted:
        hold_around(tx, workspace_id, deleted)


async def _create(
    tx: WriteTransaction, caller: Caller, tools: Tools, workspace_id: str, item: Item
) -> Task | None:
    values = dict(item.values)
    project_id = values.pop("project_id")
    return await create_task(
        tx, caller, tools, workspace_id=workspace_id, project_id=project_id, new=NewTask(**values)
    )


async def _update(
    tx: WriteTransaction, caller: Caller, tools: Tools, workspace_id: str, item: Item
) -> Task | None:
    return await update_task(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        task_id=_named(item),
        changes=item.values,
        expected=item.expected,
    )


async def _delete(
    tx: WriteTransaction, caller: Caller, tools: Tools, workspace_id: str, item: Item
) -> Task | None:
    await delete_task(
        tx, caller, tools, workspace_id=workspace_id, task_id=_named(item), expected=item.expected
    )
    return None


def _named(item: Item) -> str:
    if item.task_id is None:
        raise ValueError(f"{item.op} is of a task")
    return item.task_id


_OPERATIONS: Mapping[str, _Operation] = {"create": _create, "update": _update, "delete": _delete}
