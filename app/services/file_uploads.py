"""Uploads in two steps: a client sends the bytes to the store itself, through a link, and says when it has.

Whoever has the link may write there until it expires, and in some stores again and again. So the bytes do not
become the file where they lie: a job reads them once, looks at what it reads, and writes just that to the
file's own path, which no link was ever given for. A write that turns out to be of other bytes than were
announced fails as a whole, so whatever lies at that path is what was announced, however many jobs write it.

A file's room is taken when it is announced, and free again when nothing comes of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from functools import partial

import msgspec

from app.core.caller import Caller, Tools
from app.core.errors import FileNotFound, FileTypeNotAllowed, UploadEnded
from app.core.files import ScanRules
from app.core.permissions import Role
from app.core.text import name_key
from app.db.connection import Database, ReadTransaction, WriteTransaction
from app.db.handles import file_uploads as db
from app.db.handles import files
from app.db.handles.file_uploads import AnnouncedRow, UploadRow
from app.db.handles.jobs import DueJobRow
from app.db.handles.workspaces import lock_workspace
from app.integrations.blob_store import BlobNotFound, BlobStore
from app.kernel import audit, file_usage
from app.kernel.access import Access, enter, enter_to_change
from app.kernel.jobs import Again, JobKind, OutOfDate, enqueue_once
from app.services.file_types import HEAD_BYTES, type_of
from app.services.files import path_of
from app.services.folders import folder_of

_SERVICE = "uploads"
_LATE = timedelta(minutes=5)
"""What was on its way when the link expired may come until then."""
_SWEPT_AGAIN_AFTER = timedelta(hours=1)
"""For what was still on its way."""
_OVER = ("FAILED", "CANCELLED")

_record = partial(audit.record, target_type="file", is_change=False)


class UploadBegun(msgspec.Struct, frozen=True):
    """Without the link, which is kept nowhere."""

    upload_id: str
    expires_at: datetime


class Announced(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    content_type: str
    size: int
    sha256: str


class _Refused(Exception):
    """The bytes are not those announced; ``reason`` is the code for it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def staged_path(workspace_id: str, upload_id: str) -> str:
    """Where the bytes come to lie first."""
    return f"{folder_of(workspace_id)}/uploads/{upload_id}"


async def begin_upload(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    upload_id: str,
    file: Announced,
    expires_at: datetime,
) -> UploadBegun:
    """Takes the room for a file that is to come. Raises ``LimitExceeded``."""
    access = await enter_to_change(tx, caller, workspace_id=workspace_id, operation="file.upload")
    now = tools.clock()
    await file_usage.take_file(tx, access.org_id, workspace_id, file.size)
    place = {"workspace_id": workspace_id, "file_id": upload_id}
    db.insert_announced_file(
        tx,
        name=file.name,
        list_key=name_key(file.name, upload_id),
        content_type=file.content_type,
        size=file.size,
        sha256=file.sha256,
        uploaded_by=caller.user_id,
        now=now,
        **place,
    )
    db.insert_upload(tx, begun_by=caller.user_id, now=now, expires_at=expires_at, **place)
    # Looks after it when nothing comes of it.
    delay = expires_at - now + _LATE
    await enqueue_once(tx, tools, JobKind.UPLOAD, workspace_id=workspace_id, target_id=upload_id, delay=delay)
    details = {
        "name": file.name,
        "content_type": file.content_type,
        "size": file.size,
        "sha256": file.sha256,
        "expires_at": expires_at.isoformat(),
    }
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="file.upload_link_issued",
        target_id=upload_id,
        details=details,
    )
    return UploadBegun(upload_id, expires_at)


async def get_upload(tx: ReadTransaction, caller: Caller, *, workspace_id: str, upload_id: str) -> UploadRow:
    """Raises ``FileNotFound`` for one of somebody else, and for one that was over some time ago."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="file.read")
    return await _find(tx, caller, access, upload_id)


async def complete_upload(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, upload_id: str
) -> UploadRow:
    """Has a job look at what has come. Nothing happens where it was asked to already. Raises
    ``UploadEnded``."""
    access = await enter_to_change(tx, caller, workspace_id=workspace_id, operation="file.upload")
    upload = await _find(tx, caller, access, upload_id)
    if upload.state in _OVER:
        raise UploadEnded(details={"state": upload.state, "reason": upload.reason})
    place = {"workspace_id": workspace_id, "file_id": upload_id}
    if not await db.move_upload(tx, state_before="OPEN", state="VERIFYING", reason=None, **place):
        return upload
    await enqueue_once(tx, tools, JobKind.UPLOAD, workspace_id=workspace_id, target_id=upload_id)
    changed = await _find(tx, caller, access, upload_id)
    action = "file.upload_completed"
    await _record(tx, caller, tools, workspace_id=workspace_id, action=action, target_id=upload_id)
    return changed


async def cancel_upload(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, upload_id: str
) -> None:
    """Raises ``UploadEnded`` for one that has become a file, which is to be deleted as such."""
    access = await enter_to_change(tx, caller, workspace_id=workspace_id, operation="file.upload")
    upload = await _find(tx, caller, access, upload_id)
    if upload.state in _OVER:
        return
    if not await _end(tx, tools, upload, "CANCELLED", None, access.org_id):
        raise UploadEnded(details={"state": upload.state, "reason": upload.reason})
    await enqueue_once(tx, tools, JobKind.UPLOAD, workspace_id=workspace_id, target_id=upload_id)
    action = "file.upload_cancelled"
    await _record(tx, caller, tools, workspace_id=workspace_id, action=action, target_id=upload_id)


async def bring_in_line(
    database: Database,
    store: BlobStore,
    scans: ScanRules,
    allowed: Sequence[str],
    tools: Tools,
    job: DueJobRow,
) -> Again | None:
    """A job: looks at what has come, ends what was given up, and removes what is left of what is over."""
    place = {"workspace_id": job.workspace_id, "file_id": job.target_id}
    async with database.read() as tx:
        upload = await db.find_upload(tx, **place)
        file = await db.find_announced_file(tx, **place)
    if upload is not None and file is not None:
        if upload.state == "VERIFYING":
            reason = await take_over(store, file, allowed)
            async with database.write() as tx:
                await _settle(tx, tools, upload, file, reason, scans)
        elif upload.state == "OPEN" and tools.clock() >= upload.expires_at + _LATE:
            async with database.write() as tx:
                await _expire(tx, tools, upload)
    return await _clean(database, store, tools, job.workspace_id, job.target_id)


async def take_over(store: BlobStore, file: AnnouncedRow, allowed: Sequence[str]) -> str | None:
    """Writes the bytes that have come to the file's own path, if they are those announced; answers why not
    otherwise."""
    try:
        staged = await store.get(staged_path(file.workspace_id, file.id))
        path = path_of(file.workspace_id, file.id)
        await store.put(path, _as_announced(staged, file, allowed), file_name=file.name)
    except BlobNotFound:
        return "MISSING"
    except _Refused as refused:
        return refused.reason
    return None


async def _as_announced(
    chunks: AsyncIterator[bytes], file: AnnouncedRow, allowed: Sequence[str]
) -> AsyncIterator[bytes]:
    """The same bytes. Raises ``_Refused`` before the end where they are others than were announced."""
    digest, size, head = hashlib.sha256(), 0, b""
    async for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
        if size > file.size:
            raise _Refused("SIZE")
        if len(head) < HEAD_BYTES:
            head = (head + chunk)[:HEAD_BYTES]
        yield chunk
    if size != file.size:
        raise _Refused("SIZE")
    if digest.hexdigest() != file.sha256:
        raise _Refused("SHA256")
    try:
        type_of(file.name, file.content_type, head, allowed)
    except FileTypeNotAllowed:
        raise _Refused("TYPE") from None


async def _settle(
    tx: WriteTransaction,
    tools: Tools,
    upload: UploadRow,
    file: AnnouncedRow,
    reason: str | None,
    scans: ScanRules,
) -> None:
    """Makes it a file that is there, or tells why not; nothing where it was cancelled meanwhile."""
    workspace_id, file_id = upload.workspace_id, upload.upload_id
    place = {"workspace_id": workspace_id, "file_id": file_id}
    lock_workspace(tx, workspace_id=workspace_id)
    details = {"name": file.name, "content_type": file.content_type, "size": file.size}
    details |= {"sha256": file.sha256, "uploaded_by": file.uploaded_by}
    if reason is not None:
        counting = await db.find_counting_organization(tx, workspace_id=workspace_id)
        if not await _end(tx, tools, upload, "FAILED", reason, counting.org_id if counting else None):
            return
        action, details = "file.upload_failed", details | {"reason": reason}
    else:
        if not await db.move_upload(tx, state_before="VERIFYING", state="DONE", reason=None, **place):
            return
        status = scans.at_first(file.size)
        now = tools.clock()
        await files.finish_file(tx, sha256=file.sha256, scan_status=status, now=now, **place)
        if status == "PENDING":
            await enqueue_once(tx, tools, JobKind.SCAN, workspace_id=workspace_id, target_id=file_id)
        action = "file.uploaded"
    await audit.record_by_service(
        tx,
        tools,
        service=_SERVICE,
        workspace_id=workspace_id,
        action=action,
        target_type="file",
        target_id=file_id,
        details=details,
    )


async def _expire(tx: WriteTransaction, tools: Tools, upload: UploadRow) -> None:
    lock_workspace(tx, workspace_id=upload.workspace_id)
    counting = await db.find_counting_organization(tx, workspace_id=upload.workspace_id)
    await _end(tx, tools, upload, "FAILED", "EXPIRED", counting.org_id if counting else None)


async def _end(
    tx: WriteTransaction, tools: Tools, upload: UploadRow, state: str, reason: str | None, org_id: str | None
) -> bool:
    """Gives the room back; False where somebody else has ended it. Whoever calls it holds the workspace's
    guard row; ``org_id`` is the organisation that the workspace counts for."""
    place = {"workspace_id": upload.workspace_id, "file_id": upload.upload_id}
    file = await db.find_announced_file(tx, **place)
    if file is None or not await db.give_up_file(tx, now=tools.clock(), **place):
        return False
    await db.move_upload(tx, state_before=upload.state, state=state, reason=reason, **place)
    file_usage.free_file(tx, org_id, upload.workspace_id, file.size)
    return True


async def _clean(
    database: Database, store: BlobStore, tools: Tools, workspace_id: str, upload_id: str
) -> Again | None:
    """Removes what has come, once it is of no use any more, and what was written of a file that is none.
    Answers when to look again."""
    place = {"workspace_id": workspace_id, "file_id": upload_id}
    async with database.read() as tx:
        upload = await db.find_upload(tx, **place)
        file = await files.get_file(tx, **place)
    if upload is not None and upload.state == "VERIFYING":
        raise OutOfDate
    if upload is not None and upload.state == "OPEN":
        return Again(upload.expires_at + _LATE)
    await store.delete(staged_path(workspace_id, upload_id))
    if file is None:
        await store.delete(path_of(workspace_id, upload_id))
    if upload is None:
        return None
    for until in (upload.expires_at + _LATE, upload.expires_at + _LATE + _SWEPT_AGAIN_AFTER):
        if tools.clock() < until:
            return Again(until)
    async with database.write() as tx:
        db.delete_upload(tx, **place)
        files.delete_file_row(tx, **place)
    return None


async def _find(tx: ReadTransaction, caller: Caller, access: Access, upload_id: str) -> UploadRow:
    """One's own, and for an ADMIN any."""
    upload = await db.find_upload(tx, workspace_id=access.workspace_id, file_id=upload_id)
    if upload is None or (upload.begun_by != caller.user_id and not access.role.reaches(Role.ADMIN)):
        raise FileNotFound
    return upload
