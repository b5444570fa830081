"""What an organisation has, counted where it changes, and held to what it may have.

Everything here takes the organisation's row of ``OrganizationUsage``, which comes after any workspace's guard
row and before the heads of the logs. It is a row of its own because adding a member holds the workspace's
already, and the organisation's comes before that. A workspace of none has no limits: ``org_id`` None
does nothing.
"""

from __future__ import annotations

from app.core.errors import LimitExceeded, OrganizationNotFound
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import usage as db
from app.db.handles.usage import UsageRow


async def take_seat(tx: WriteTransaction, org_id: str | None, user_id: str) -> None:
    """Somebody has one membership more, in the organisation or in a workspace of it. Raises ``LimitExceeded``
    where it is their first, and there is no seat left."""
    if org_id is None:
        return
    db.lock_usage(tx, org_id=org_id)
    if await db.add_membership(tx, org_id=org_id, member_user_id=user_id):
        return
    await _take_seats(tx, org_id, 1)
    db.insert_seat(tx, org_id=org_id, member_user_id=user_id)


async def free_seat(tx: WriteTransaction, org_id: str | None, user_id: str) -> None:
    """Somebody has one membership fewer."""
    if org_id is None:
        return
    db.lock_usage(tx, org_id=org_id)
    db.end_membership(tx, org_id=org_id, member_user_id=user_id)
    if await db.delete_seat(tx, org_id=org_id, member_user_id=user_id):
        db.free_seats(tx, org_id=org_id, fewer=1)


async def take_workspace(tx: WriteTransaction, org_id: str | None, workspace_id: str) -> None:
    """A workspace with its members and files counts from now on: it was made, restored, or moved in. Raises
    ``LimitExceeded``."""
    if org_id is None:
        return
    db.lock_usage(tx, org_id=org_id)
    if not await db.take_workspace(tx, org_id=org_id):
        usage = await read_usage(tx, org_id)
        raise _exceeded("workspaces", usage.max_workspaces, usage.workspaces)
    db.add_memberships_of(tx, org_id=org_id, workspace_id=workspace_id)
    if more := await db.insert_seats_of(tx, org_id=org_id, workspace_id=workspace_id):
        await _take_seats(tx, org_id, more)
    if size := await db.sum_workspace_bytes(tx, workspace_id=workspace_id):
        await take_bytes(tx, org_id, size)


async def free_workspace(tx: WriteTransaction, org_id: str | None, workspace_id: str) -> None:
    """It counts no more: it was deleted, or moved out."""
    if org_id is None:
        return
    db.lock_usage(tx, org_id=org_id)
    db.free_workspace(tx, org_id=org_id)
    db.end_memberships_of(tx, org_id=org_id, workspace_id=workspace_id)
    if fewer := await db.delete_seats_of(tx, org_id=org_id, workspace_id=workspace_id):
        db.free_seats(tx, org_id=org_id, fewer=fewer)
    if size := await db.sum_workspace_bytes(tx, workspace_id=workspace_id):
        db.free_bytes(tx, org_id=org_id, fewer=size)


async def take_bytes(tx: WriteTransaction, org_id: str | None, size: int) -> None:
    """Raises ``LimitExceeded``."""
    if org_id is not None and not await db.take_bytes(tx, org_id=org_id, more=size):
        usage = await read_usage(tx, org_id)
        raise _exceeded("file_bytes", usage.max_file_bytes, usage.file_bytes)


def free_bytes(tx: WriteTransaction, org_id: str | None, size: int) -> None:
    if org_id is not None:
        db.free_bytes(tx, org_id=org_id, fewer=size)


async def require_room_for(tx: ReadTransaction, org_id: str | None, size: int) -> None:
    """Before the bytes of a file are taken in; ``take_bytes`` decides. Raises ``LimitExceeded``."""
    if org_id is None:
        return
    usage = await read_usage(tx, org_id)
    if usage.max_file_bytes is not None and usage.file_bytes + size > usage.max_file_bytes:
        raise _exceeded("file_bytes", usage.max_file_bytes, usage.file_bytes)


async def read_usage(tx: ReadTransaction, org_id: str) -> UsageRow:
    """Raises ``OrganizationNotFound``."""
    row = await db.find_usage(tx, org_id=org_id)
    if row is None:
        raise OrganizationNotFound
    return row


async def _take_seats(tx: WriteTransaction, org_id: str, more: int) -> None:
    if not await db.take_seats(tx, org_id=org_id, more=more):
        usage = await read_usage(tx, org_id)
        raise _exceeded("seats", usage.max_seats, usage.seats)


def _exceeded(which: str, limit: int | None, used: int) -> LimitExceeded:
    return LimitExceeded(details={"limit": which, "max": limit, "used": used})
