"""What a workspace has in files, counted where it changes, and held to what it may have.

Whoever takes or frees holds the workspace's guard row, which is that of its counts too; the organisation's
counts follow (``app.kernel.usage``).
"""

from __future__ import annotations

from app.core.errors import LimitExceeded
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import file_usage as db
from app.db.handles.file_usage import FileUsageRow
from app.kernel import usage

_FULL = "The workspace's quota has no room for this."
NOTHING = FileUsageRow(
    files=0,
    file_bytes=0,
    max_files=None,
    max_file_bytes=None,
    own_max_files=None,
    own_max_file_bytes=None,
    version=1,
)
"""Of a workspace that never had a file or a limit."""


async def take_file(tx: WriteTransaction, org_id: str | None, workspace_id: str, size: int) -> None:
    """A file counts from now on. Raises ``LimitExceeded``."""
    if not await db.take_file(tx, workspace_id=workspace_id, more=size):
        row = await db.find_file_usage(tx, workspace_id=workspace_id)
        if row is not None:
            raise _exceeded(row, size)
        db.insert_file_usage(tx, workspace_id=workspace_id, files=1, file_bytes=size)
    await usage.take_bytes(tx, org_id, size)


def free_file(tx: WriteTransaction, org_id: str | None, workspace_id: str, size: int) -> None:
    """It counts no more."""
    db.free_file(tx, workspace_id=workspace_id, fewer=size)
    usage.free_bytes(tx, org_id, size)


async def require_room_for(tx: ReadTransaction, org_id: str | None, workspace_id: str, size: int) -> None:
    """Before the bytes of a file are taken in; ``take_file`` decides. Raises ``LimitExceeded``."""
    row = await read_file_usage(tx, workspace_id)
    if not _has_room(row.files + 1, least(row.max_files, row.own_max_files)) or not _has_room(
        row.file_bytes + size, least(row.max_file_bytes, row.own_max_file_bytes)
    ):
        raise _exceeded(row, size)
    await usage.require_room_for(tx, org_id, size)


async def read_file_usage(tx: ReadTransaction, workspace_id: str) -> FileUsageRow:
    return await db.find_file_usage(tx, workspace_id=workspace_id) or NOTHING


def least(*limits: int | None) -> int | None:
    """The one that holds."""
    return min((limit for limit in limits if limit is not None), default=None)


def _has_room(wanted: int, limit: int | None) -> bool:
    return limit is None or wanted <= limit


def _exceeded(row: FileUsageRow, size: int) -> LimitExceeded:
    limit = least(row.max_files, row.own_max_files)
    if not _has_room(row.files + 1, limit):
        told = {"limit": "workspace_files", "max": limit, "used": row.files}
    else:
        most = least(row.max_file_bytes, row.own_max_file_bytes)
        told = {"limit": "workspace_file_bytes", "max": most, "used": row.file_bytes}
    return LimitExceeded(_FULL, details=told)
