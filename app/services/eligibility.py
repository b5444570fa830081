"""Which types of people see which restricted types of tasks. A pair at a time: who draws the matrix of both
changes one of its cells, and two who change different ones do not undo each other."""

from __future__ import annotations

from functools import partial

from app.core.caller import Caller, Tools
from app.core.work_errors import MappingNotFound, TaskTypeNotFound, UserTypeNotFound
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import eligibility as db
from app.db.handles.eligibility import MappingRow
from app.db.handles.task_types import get_task_type
from app.db.handles.user_types import get_user_type
from app.db.handles.workspaces import raise_generation
from app.db.paging import Asked, Found
from app.kernel import audit
from app.kernel.access import enter, enter_to_change
from app.kernel.reference import ReferenceCache

_record = partial(audit.record, target_type="user_type")
_FIRST = "00000000-0000-0000-0000-000000000000"
"""Before every id, in the order of both engines."""


async def list_mappings(
    tx: ReadTransaction,
    caller: Caller,
    asked: Asked[str],
    cache: ReferenceCache,
    *,
    workspace_id: str,
    user_type_id: str | None,
    task_type_id: str | None,
) -> Found[str]:
    """In no order that means anything; of one user type, one task type, or both, where they are given."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="user_type.list_mappings")
    after_user_type, _, after_task_type = (asked.place or f"{_FIRST}/{_FIRST}").partition("/")

    async def read() -> Found[str]:
        if user_type_id and task_type_id:
            row = await db.get_mapping(
                tx, workspace_id=workspace_id, user_type_id=user_type_id, task_type_id=task_type_id
            )
            rows = [row] if row else []
        elif user_type_id:
            rows = await db.list_mappings_of_user_type(
                tx,
                workspace_id=workspace_id,
                user_type_id=user_type_id,
                after_task_type_id=after_task_type,
                page_size=asked.page_size,
            )
        elif task_type_id:
            rows = await db.list_mappings_of_task_type(
                tx,
                workspace_id=workspace_id,
                task_type_id=task_type_id,
                after_user_type_id=after_user_type,
                page_size=asked.page_size,
            )
        else:
            rows = await db.list_mappings(
                tx,
                workspace_id=workspace_id,
                after_user_type_id=after_user_type,
                after_task_type_id=after_task_type,
                page_size=asked.page_size,
            )
        return asked.found(rows, lambda row: f"{row.user_type_id}/{row.task_type_id}")

    name = ("mappings", user_type_id, task_type_id, asked.place, asked.limit)
    return await cache.get(access, name, read)


async def set_mapping(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    user_type_id: str,
    task_type_id: str,
) -> MappingRow:
    """Of one that is there nothing changes. Raises ``UserTypeNotFound`` and ``TaskTypeNotFound``."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="user_type.map")
    row = await db.get_mapping(
        tx, workspace_id=workspace_id, user_type_id=user_type_id, task_type_id=task_type_id
    )
    if row is not None:
        return row
    if await get_user_type(tx, workspace_id=workspace_id, user_type_id=user_type_id) is None:
        raise UserTypeNotFound
    if await get_task_type(tx, workspace_id=workspace_id, task_type_id=task_type_id) is None:
        raise TaskTypeNotFound
    made = MappingRow(
        user_type_id=user_type_id,
        task_type_id=task_type_id,
        created_at=tools.clock(),
        created_by=caller.user_id,
    )
    db.insert_mapping(
        tx,
        workspace_id=workspace_id,
        user_type_id=user_type_id,
        task_type_id=task_type_id,
        created_by=made.created_by,
        now=made.created_at,
    )
    raise_generation(tx, workspace_id=workspace_id)
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="user_type.mapped",
        target_id=user_type_id,
        details={"task_type_id": task_type_id},
    )
    return made


async def delete_mapping(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    user_type_id: str,
    task_type_id: str,
) -> None:
    """Raises ``MappingNotFound``."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="user_type.unmap")
    row = await db.get_mapping(
        tx, workspace_id=workspace_id, user_type_id=user_type_id, task_type_id=task_type_id
    )
    if row is None:
        raise MappingNotFound
    db.delete_mapping(tx, workspace_id=workspace_id, user_type_id=user_type_id, task_type_id=task_type_id)
    raise_generation(tx, workspace_id=workspace_id)
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="user_type.unmapped",
        target_id=user_type_id,
        details={"task_type_id": task_type_id},
    )
