"""Types of tasks. One that is restricted hides its tasks from those whose user type is not mapped to it.
Every change holds the workspace's guard row, and makes every process forget what it kept of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec

from app.core.caller import Caller, Tools
from app.core.preconditions import Expected, require_version
from app.core.text import fold, name_key
from app.core.work_errors import TaskTypeInUse, TaskTypeNotFound
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.errors import ForeignKeyViolation
from app.db.handles import task_types as db
from app.db.handles.eligibility import delete_mappings_of_task_type
from app.db.handles.task_types import TaskTypeRow
from app.db.handles.workspaces import raise_generation
from app.db.paging import Asked, Found
from app.kernel import audit
from app.kernel.access import enter, enter_to_change
from app.kernel.reference import ReferenceCache

_record = partial(audit.record, target_type="task_type")


async def add_task_type(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    name: str,
    description: str | None,
    is_restricted: bool,
) -> TaskTypeRow:
    """Raises ``TaskTypeExists`` through UQ_TaskType_name."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="task_type.add")
    now = tools.clock()
    made = TaskTypeRow(
        id=tools.new_id(),
        workspace_id=workspace_id,
        name=name,
        description=description,
        is_restricted=is_restricted,
        created_at=now,
        updated_at=now,
        version=1,
    )
    db.insert_task_type(
        tx,
        task_type_id=made.id,
        workspace_id=workspace_id,
        name=name,
        name_key=fold(name),
        list_key=name_key(name, made.id),
        description=description,
        is_restricted=is_restricted,
        now=now,
    )
    raise_generation(tx, workspace_id=workspace_id)
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="task_type.created",
        target_id=made.id,
        details={"name": name, "is_restricted": is_restricted},
    )
    return made


async def list_task_types(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], cache: ReferenceCache, *, workspace_id: str
) -> Found[str]:
    """By name."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="task_type.list")

    async def read() -> Found[str]:
        rows = await db.list_task_types(
            tx, workspace_id=workspace_id, after_key=asked.place, page_size=asked.page_size
        )
        return asked.found(rows, lambda row: name_key(row.name, row.id))

    return await cache.get(access, ("task_types", asked.place, asked.limit), read)


async def get_task_type(
    tx: ReadTransaction, caller: Caller, cache: ReferenceCache, *, workspace_id: str, task_type_id: str
) -> TaskTypeRow:
    """Raises ``TaskTypeNotFound``."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="task_type.read")
    return await cache.get(
        access, ("task_type", task_type_id), partial(_find, tx, workspace_id, task_type_id)
    )


async def update_task_type(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    task_type_id: str,
    changes: Mapping[str, Any],
    expected: Expected = None,
) -> TaskTypeRow:
    """``changes`` may hold what ``add_task_type`` takes; what is not in it stays. Raises as that does, and
    ``TaskTypeNotFound``."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="task_type.update")
    before = await _find(tx, workspace_id, task_type_id)
    require_version(before.version, expected)
    after = msgspec.structs.replace(before, **changes)
    if after == before:
        return before
    now = tools.clock()
    db.update_task_type(
        tx,
        workspace_id=workspace_id,
        task_type_id=task_type_id,
        name=after.name,
        name_key=fold(after.name),
        list_key=name_key(after.name, task_type_id),
        description=after.description,
        is_restricted=after.is_restricted,
        now=now,
    )
    raise_generation(tx, workspace_id=workspace_id)
    details: dict[str, Any] = {
        "changed": sorted(name for name in changes if getattr(after, name) != getattr(before, name))
    }
    if after.is_restricted != before.is_restricted:
        details["is_restricted"] = {"from": before.is_restricted, "to": after.is_restricted}
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="task_type.updated",
        target_id=task_type_id,
        details=details,
    )
    return msgspec.structs.replace(after, updated_at=now, version=before.version + 1)


async def delete_task_type(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    task_type_id: str,
    expected: Expected = None,
) -> None:
    """With its mappings. Raises ``TaskTypeInUse`` while a task has it, deleted ones included."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="task_type.delete")
    row = await _find(tx, workspace_id, task_type_id)
    require_version(row.version, expected)
    delete_mappings_of_task_type(tx, workspace_id=workspace_id, task_type_id=task_type_id)
    try:
        await db.delete_task_type(tx, workspace_id=workspace_id, task_type_id=task_type_id)
    except ForeignKeyViolation:
        raise TaskTypeInUse from None
    raise_generation(tx, workspace_id=workspace_id)
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="task_type.deleted",
        target_id=task_type_id,
        details={"name": row.name},
    )


async def _find(tx: ReadTransaction, workspace_id: str, task_type_id: str) -> TaskTypeRow:
    row = await db.get_task_type(tx, workspace_id=workspace_id, task_type_id=task_type_id)
    if row is None:
        raise TaskTypeNotFound
    return row
