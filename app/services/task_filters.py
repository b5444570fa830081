"""Filters of tasks: lists by them, and those that people keep, for themselves or for the whole workspace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from app.core.caller import Caller, Tools
from app.core.permissions import Role
from app.core.policies import Resource
from app.core.preconditions import Expected, require_version
from app.core.task_filter import TaskFilter, decode_filter
from app.core.text import name_key
from app.core.work_errors import FilterNotFound, FilterOutdated
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import task_filters as db
from app.db.handles.task_filters import FilterRow
from app.db.paging import Asked, Found
from app.kernel import audit
from app.kernel.access import Access, enter
from app.kernel.policy_access import require
from app.kernel.task_walks import list_filtered


async def list_tasks_filtered(
    tx: ReadTransaction, caller: Caller, asked: Asked[int], *, workspace_id: str, wanted: TaskFilter
) -> Found[int]:
    """The newest first."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="task.list")
    sees_all = access.role.reaches(Role.ADMIN)
    return await list_filtered(tx, caller, asked, wanted, workspace_id=workspace_id, sees_all=sees_all)


async def list_tasks_by_filter(
    tx: ReadTransaction, caller: Caller, asked: Asked[int], *, workspace_id: str, filter_id: str
) -> Found[int]:
    """As ``list_tasks_filtered``, by one that was kept, as it is now. Raises ``FilterNotFound``,
    ``FilterOutdated``."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="task.list")
    row = await _find(tx, caller, access, filter_id)
    try:
        wanted = decode_filter(row.filter)
    except msgspec.DecodeError:
        raise FilterOutdated from None
    sees_all = access.role.reaches(Role.ADMIN)
    return await list_filtered(tx, caller, asked, wanted, workspace_id=workspace_id, sees_all=sees_all)


async def add_filter(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    name: str,
    wanted: TaskFilter,
    is_shared: bool,
) -> FilterRow:
    """For a MEMBER who is no guest: what others search for may tell of projects that a guest is not in."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="filter.add")
    filter_id = tools.new_id()
    db.insert_filter(
        tx,
        filter_id=filter_id,
        workspace_id=workspace_id,
        owner_id=caller.user_id,
        name=name,
        list_key=name_key(name, filter_id),
        definition=wanted.encode(),
        is_shared=is_shared,
        now=tools.clock(),
    )
    row = await _find(tx, caller, access, filter_id)
    await _record(tx, caller, tools, row, "filter.created", is_told=is_shared)
    return row


async def get_filter(tx: ReadTransaction, caller: Caller, *, workspace_id: str, filter_id: str) -> FilterRow:
    """Raises ``FilterNotFound``."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="filter.read")
    return await _find(tx, caller, access, filter_id)


async def list_filters(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, workspace_id: str
) -> Found[str]:
    """One's own and those that are shared, by name."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="filter.list")
    rows = await db.list_filters(
        tx,
        workspace_id=workspace_id,
        user_id=caller.user_id,
        sees_shared=not access.is_guest,
        after_key=asked.place,
        page_size=asked.page_size,
    )
    return asked.found(rows, lambda row: name_key(row.name, row.id))


async def update_filter(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    filter_id: str,
    changes: Mapping[str, Any],
    expected: Expected = None,
) -> FilterRow:
    """``changes`` may hold ``name``, ``filter``, ``is_shared``; what is not in it stays. A shared one is also
    an ADMIN's to change, whether it is shared its owner's. Raises ``FilterNotFound``, ``AccessDenied``."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="filter.update")
    before = await _find_to_change(tx, caller, tools, access, filter_id, expected)
    name = changes.get("name", before.name)
    is_shared = changes.get("is_shared", before.is_shared)
    known = bytes(before.filter).decode()
    definition = changes["filter"].encode() if "filter" in changes else known
    if (name, is_shared, definition) == (before.name, before.is_shared, known):
        return before
    if is_shared != before.is_shared:
        await require(tx, caller, tools, access, Resource(owner_id=before.owner_id), operation="filter.share")
    db.update_filter(
        tx,
        workspace_id=workspace_id,
        filter_id=filter_id,
        name=name,
        list_key=name_key(name, filter_id),
        definition=definition,
        is_shared=is_shared,
        now=tools.clock(),
    )
    row = await _find(tx, caller, access, filter_id)
    await _record(tx, caller, tools, row, "filter.updated", is_told=before.is_shared or is_shared)
    return row


async def delete_filter(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    filter_id: str,
    expected: Expected = None,
) -> None:
    """Raises as ``update_filter`` does."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="filter.delete")
    row = await _find_to_change(tx, caller, tools, access, filter_id, expected)
    db.delete_filter(tx, workspace_id=workspace_id, filter_id=filter_id)
    await _record(tx, caller, tools, row, "filter.deleted", is_told=row.is_shared)


async def _find(tx: ReadTransaction, caller: Caller, access: Access, filter_id: str) -> FilterRow:
    row = await db.get_filter(
        tx,
        workspace_id=access.workspace_id,
        user_id=caller.user_id,
        sees_shared=not access.is_guest,
        filter_id=filter_id,
    )
    if row is None:
        raise FilterNotFound
    return row


async def _find_to_change(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    access: Access,
    filter_id: str,
    expected: Expected,
) -> FilterRow:
    """Held to the commit."""
    db.lock_filter(tx, workspace_id=access.workspace_id, filter_id=filter_id)
    row = await _find(tx, caller, access, filter_id)
    require_version(row.version, expected)
    await require(tx, caller, tools, access, Resource(owner_id=row.owner_id))
    return row


async def _record(
    tx: WriteTransaction, caller: Caller, tools: Tools, row: FilterRow, action: str, *, is_told: bool
) -> None:
    """Of what is one's own there is an entry, and nobody is told: not even that it is there."""
    await audit.record(
        tx,
        caller,
        tools,
        workspace_id=row.workspace_id,
        action=action,
        target_type="filter",
        target_id=row.id,
        details={"is_shared": row.is_shared},
        is_change=is_told,
    )
