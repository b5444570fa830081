"""Files of a workspace: what the database knows of them. The bytes are in the store.

No transaction here waits for the store. A file's row comes before its bytes and goes after them, and a job
of the outbox looks after what stopped in between.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

import msgspec

from app.core.caller import Caller, Tools
from app.core.errors import FileNotFound, FileWithheld
from app.core.files import ScanRules
from app.core.policies import Resource
from app.core.text import name_key
from app.db.connection import Database, ReadTransaction, WriteTransaction
from app.db.handles import files as db
from app.db.handles.files import FileRow
from app.db.handles.jobs import DueJobRow
from app.db.handles.objective_files import delete_attachments_of_file
from app.db.paging import Asked, Found
from app.integrations.blob_store import CHUNK_BYTES, BlobStore
from app.kernel import audit, file_usage
from app.kernel.access import enter, enter_to_change
from app.kernel.jobs import JobKind, enqueue, enqueue_once, withdraw
from app.kernel.policy_access import require, told
from app.services.folders import folder_of

UPLOAD_SECONDS = 900
"""The longest that the bytes of one file may take into the store."""
_ABANDONED_AFTER = timedelta(hours=1)

_record = partial(audit.record, target_type="file")


class LinkIssued(msgspec.Struct, frozen=True):
    expires_at: datetime


def path_of(workspace_id: str, file_id: str) -> str:
    """Where a file's bytes lie in the store. What a person called it is not part of it."""
    return f"{folder_of(workspace_id)}/{file_id}"


class Hashed:
    """Chunks of a file on their way, and their SHA-256 once they are through."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._digest = hashlib.sha256()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._chunks:
            self._digest.update(chunk)
            yield chunk

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


async def in_chunks(read: Callable[[int], Awaitable[bytes]]) -> AsyncIterator[bytes]:
    """What an upload's ``read`` gives."""
    while chunk := await read(CHUNK_BYTES):
        yield chunk


async def enter_to_upload(tx: ReadTransaction, caller: Caller, *, workspace_id: str) -> None:
    """Before a byte is taken."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="file.upload")
    access.require_in_work()


async def begin_upload(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    name: str,
    content_type: str,
    size: int,
) -> str:
    """Announces a file; answers its id. It is seen once ``finish_upload`` has run. Raises ``LimitExceeded``
    where the workspace or its organisation has no room for it."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="file.upload")
    await file_usage.require_room_for(tx, access.org_id, workspace_id, size)
    file_id = tools.new_id()
    db.insert_file(
        tx,
        file_id=file_id,
        workspace_id=workspace_id,
        name=name,
        list_key=name_key(name, file_id),
        content_type=content_type,
        size=size,
        uploaded_by=caller.user_id,
        now=tools.clock(),
    )
    place = {"workspace_id": workspace_id, "target_id": file_id, "job_id": file_id}
    await enqueue(tx, tools, JobKind.FILE, delay=_ABANDONED_AFTER, **place)
    return file_id


async def finish_upload(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    file_id: str,
    sha256: str,
    size: int,
    scans: ScanRules,
) -> FileRow:
    """The bytes are in the store. Raises ``FileNotFound`` where they took so long that it was given up, and
    ``LimitExceeded`` where others have taken the room meanwhile."""
    access = await enter_to_change(tx, caller, workspace_id=workspace_id, operation="file.upload")
    place = {"workspace_id": workspace_id, "file_id": file_id}
    status = scans.at_first(size)
    if not await db.finish_file(tx, sha256=sha256, scan_status=status, now=tools.clock(), **place):
        raise FileNotFound
    if status == "PENDING":
        await enqueue_once(tx, tools, JobKind.SCAN, workspace_id=workspace_id, target_id=file_id)
    withdraw(tx, workspace_id=workspace_id, job_id=file_id)
    file = await find_file(tx, workspace_id, file_id)
    await file_usage.take_file(tx, access.org_id, workspace_id, file.size)
    details = {"name": file.name, "content_type": file.content_type, "size": file.size, "sha256": sha256}
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="file.uploaded",
        target_id=file_id,
        details=details,
    )
    return file


async def get_file(tx: ReadTransaction, caller: Caller, *, workspace_id: str, file_id: str) -> FileRow:
    await enter(tx, caller, workspace_id=workspace_id, operation="file.read")
    return await find_file(tx, workspace_id, file_id)


async def get_file_to_hand_out(
    tx: ReadTransaction,
    caller: Caller,
    *,
    workspace_id: str,
    file_id: str,
    scans: ScanRules,
    by_link: bool = False,
) -> FileRow:
    """As ``get_file``. Raises ``FileWithheld``."""
    file = await get_file(tx, caller, workspace_id=workspace_id, file_id=file_id)
    require_handed_out(file, scans, by_link=by_link)
    return file


def require_handed_out(file: FileRow, scans: ScanRules, *, by_link: bool = False) -> None:
    if not scans.is_handed_out(file.scan_status, by_link=by_link):
        raise FileWithheld(details={"scan_status": file.scan_status})


async def list_files(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, workspace_id: str
) -> Found[str]:
    """By name."""
    await enter(tx, caller, workspace_id=workspace_id, operation="file.list")
    rows = await db.list_files(
        tx, workspace_id=workspace_id, after_key=asked.place, page_size=asked.page_size
    )
    return asked.found(rows, lambda row: name_key(row.name, row.id))


async def record_link(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    file_id: str,
    expires_at: datetime,
    scans: ScanRules,
) -> LinkIssued:
    """Whoever holds a link may read the file without a sign-in, so handing one out is audited."""
    await enter(tx, caller, workspace_id=workspace_id, operation="file.read", even_held=True)
    require_handed_out(await find_file(tx, workspace_id, file_id), scans, by_link=True)
    details = {"expires_at": expires_at.isoformat()}
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="file.link_issued",
        target_id=file_id,
        details=details,
        is_change=False,
    )
    return LinkIssued(expires_at)


async def delete_file(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, file_id: str
) -> None:
    """For whom policies let. Nobody sees it from now on; a job removes the bytes."""
    access = await enter_to_change(tx, caller, workspace_id=workspace_id, operation="file.delete")
    row = await find_file(tx, workspace_id, file_id)
    decision = await require(tx, caller, tools, access, Resource(owner_id=row.uploaded_by))
    delete_attachments_of_file(tx, workspace_id=workspace_id, file_id=file_id)
    db.mark_file_deleted(tx, workspace_id=workspace_id, file_id=file_id, now=tools.clock())
    file_usage.free_file(tx, access.org_id, workspace_id, row.size)
    await enqueue(tx, tools, JobKind.FILE, workspace_id=workspace_id, target_id=file_id)
    details = {"name": row.name, "sha256": row.sha256, **told(decision, None)}
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="file.deleted",
        target_id=file_id,
        details=details,
    )


async def bring_in_line(database: Database, store: BlobStore, tools: Tools, job: DueJobRow) -> None:
    """A job: removes the bytes of a file that was deleted, or whose upload did not finish in time."""
    place = {"workspace_id": job.workspace_id, "file_id": job.target_id}
    async with database.write() as tx:
        db.abandon_file(tx, now=tools.clock(), **place)
        file = await db.read_file_state(tx, **place)
    if file is not None and file.deleted_at is None:
        return
    await store.delete(path_of(job.workspace_id, job.target_id))
    async with database.write() as tx:
        db.delete_file_row(tx, **place)


async def find_file(tx: ReadTransaction, workspace_id: str, file_id: str) -> FileRow:
    row = await db.get_file(tx, workspace_id=workspace_id, file_id=file_id)
    if row is None:
        raise FileNotFound
    return row
