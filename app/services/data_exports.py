"""What the service knows of a person, as a file for them: a job makes it, they take it within a day, and a
job removes it. A person has one at a time: asking anew ends the one before.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from app.core.caller import Caller, Tools
from app.core.errors import FileNotFound
from app.core.text import moment_key
from app.db.connection import Database, ReadTransaction, WriteTransaction
from app.db.handles import data_exports as db
from app.db.handles.accounts import lock_account
from app.db.handles.data_exports import DataExportRow
from app.db.handles.jobs import DueJobRow
from app.db.paging import Asked, Found
from app.integrations.blob_store import BlobStore
from app.kernel.access import require_session
from app.kernel.jobs import NO_WORKSPACE, JobKind, OutOfDate, enqueue
from app.kernel.platform_audit import record_for_account
from app.services.personal_data import write_personal_data
from app.services.users import find_own

LAST = "\uffff"
"""Sorts after every place of the list."""
LIFETIME = timedelta(hours=24)
_BATCH = 100


def path_of(export_id: str) -> str:
    """Where its bytes lie in the store."""
    return f"users/{export_id}"


async def start_export(tx: WriteTransaction, caller: Caller, tools: Tools, *, user_id: str) -> DataExportRow:
    """Has a job make the file; one that is being made already is answered instead."""
    lock_account(tx, account_id=caller.user_id)
    await _require_own(tx, caller, user_id)
    pending = await db.find_pending_export(tx, user_id=user_id)
    if pending is not None:
        return pending
    await end_exports(tx, tools, user_id=user_id)
    export_id, now = tools.new_id(), tools.clock()
    db.insert_data_export(
        tx, export_id=export_id, user_id=user_id, now=now, list_key=moment_key(now, export_id)
    )
    await enqueue(tx, tools, JobKind.EXPORT, workspace_id=NO_WORKSPACE, target_id=export_id)
    await record_for_account(
        tx, caller, tools, action="data_export.started", details={"export_id": export_id}
    )
    return DataExportRow(
        id=export_id, state="PENDING", size=None, sha256=None, created_at=now, expires_at=None
    )


async def list_exports(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], now: datetime, *, user_id: str
) -> Found[str]:
    """The caller's, the newest first."""
    await _require_own(tx, caller, user_id)
    rows = await db.list_data_exports(
        tx, user_id=user_id, now=now, before_key=asked.place, page_size=asked.page_size
    )
    return asked.found(rows, lambda row: moment_key(row.created_at, row.id))


async def get_export(
    tx: ReadTransaction, caller: Caller, now: datetime, *, user_id: str, export_id: str
) -> DataExportRow:
    """Raises ``FileNotFound`` for what is not the caller's, or has expired."""
    await _require_own(tx, caller, user_id)
    row = await db.get_data_export(tx, user_id=user_id, export_id=export_id, now=now)
    if row is None:
        raise FileNotFound
    return row


async def begin_download(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, user_id: str, export_id: str
) -> DataExportRow:
    """Before the bytes are sent, so that the log tells of it. Raises ``FileNotFound`` also for what is not
    made yet."""
    row = await get_export(tx, caller, tools.clock(), user_id=user_id, export_id=export_id)
    if row.state != "READY":
        raise FileNotFound
    await record_for_account(
        tx, caller, tools, action="data_export.downloaded", details={"export_id": export_id}
    )
    return row


async def end_exports(tx: WriteTransaction, tools: Tools, *, user_id: str) -> bool:
    """Has those of an account removed, made or not; whether there may be more."""
    rows = await db.list_live_exports(tx, account_id=user_id, page_size=_BATCH)
    for row in rows:
        await _end(tx, tools, row.id)
    return len(rows) == _BATCH


async def end_expired(database: Database, tools: Tools) -> None:
    """Has those removed that nobody may take any more."""
    while await database.transact(lambda tx: _end_expired(tx, tools)):
        pass


async def _end_expired(tx: WriteTransaction, tools: Tools) -> bool:
    rows = await db.list_expired_exports(tx, now=tools.clock(), page_size=_BATCH)
    for row in rows:
        await _end(tx, tools, row.id)
    return len(rows) == _BATCH


async def _end(tx: WriteTransaction, tools: Tools, export_id: str) -> None:
    db.end_export(tx, export_id=export_id)
    await enqueue(tx, tools, JobKind.EXPORT, workspace_id=NO_WORKSPACE, target_id=export_id)


async def bring_in_line(database: Database, store: BlobStore, tools: Tools, job: DueJobRow) -> None:
    """A job: makes the file that waits for it, and removes the one that was ended. Raises ``OutOfDate`` for
    one that was ended while it was made."""
    export_id = job.target_id
    async with database.read() as tx:
        work = await db.read_export(tx, export_id=export_id)
    if work is not None and work.state == "PENDING":
        file = _Measured(write_personal_data(database, tools, work))
        await store.put(path_of(export_id), aiter(file))
        expires_at = tools.clock() + LIFETIME
        async with database.write() as write:
            if not await db.finish_export(
                write, export_id=export_id, size=file.size, sha256=file.sha256, expires_at=expires_at
            ):
                raise OutOfDate
    elif work is None or work.state == "ENDED":
        await store.delete(path_of(export_id))
        async with database.write() as write:
            db.delete_export(write, export_id=export_id)


class _Measured:
    """Chunks on their way, with their size and SHA-256 once they are through."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._digest = hashlib.sha256()
        self.size = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._chunks:
            self._digest.update(chunk)
            self.size += len(chunk)
            yield chunk

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


async def _require_own(tx: ReadTransaction, caller: Caller, user_id: str) -> None:
    session = await require_session(tx, caller)
    await find_own(tx, caller, session, user_id=user_id, operation="user.export_data")
