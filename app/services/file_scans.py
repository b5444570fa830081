"""What the virus scanner finds in files. A job has it look at the bytes that are in the store, and what it
finds is said of those: they are hashed on their way to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Protocol

from app.core.caller import Caller, Tools
from app.core.errors import BlobStoreUnavailable, NotScanned, ServiceUnavailable
from app.core.files import ScanRules
from app.db.connection import Database, WriteTransaction
from app.db.handles import file_scans as db
from app.db.handles.files import FileRow, get_file
from app.db.handles.jobs import DueJobRow
from app.integrations.blob_store import BlobNotFound, BlobStore
from app.integrations.clamd import Verdict
from app.kernel import audit
from app.kernel.access import enter_to_change
from app.kernel.jobs import JobKind, enqueue_once
from app.services.files import Hashed, find_file, path_of

SCANNER = "scanner"


class Scanner(Protocol):
    async def scan(self, chunks: AsyncIterator[bytes]) -> Verdict: ...


class BytesAltered(ServiceUnavailable):
    """What is in the store is not what was put there."""


async def ask_for_scan(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, file_id: str, scans: ScanRules
) -> FileRow:
    """Has a file looked at, again or for the first time. Raises ``NotScanned``."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="file.scan")
    file = await find_file(tx, workspace_id, file_id)
    if not scans.is_scanned(file.size):
        raise NotScanned
    db.ask_scan(tx, workspace_id=workspace_id, file_id=file_id)
    await enqueue_once(tx, tools, JobKind.SCAN, workspace_id=workspace_id, target_id=file_id)
    asked = await find_file(tx, workspace_id, file_id)
    await audit.record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="file.scan_asked",
        target_type="file",
        target_id=file_id,
        details={"sha256": file.sha256, "scan_status": file.scan_status},
        is_change=False,
    )
    return asked


async def scan_file(
    database: Database,
    store: BlobStore,
    scanner: Scanner | None,
    scans: ScanRules,
    tools: Tools,
    job: DueJobRow,
) -> None:
    """A job. Raises ``ServiceUnavailable`` where the scanner or the store cannot be asked to the end; the
    file is then of the status ERROR until it can be, unless something was found before."""
    place = {"workspace_id": job.workspace_id, "file_id": job.target_id}
    async with database.read() as tx:
        file = await get_file(tx, **place)
    if file is None:
        return
    try:
        is_asked = scanner is not None and scans.is_scanned(file.size)
        verdict = await _ask(scanner, store, file) if scanner and is_asked else Verdict("SKIPPED")
    except ServiceUnavailable:
        async with database.write() as tx:
            db.fail_scan(tx, **place)
        raise
    async with database.write() as tx:
        await _tell(tx, tools, file, verdict)


async def _ask(scanner: Scanner, store: BlobStore, file: FileRow) -> Verdict:
    try:
        chunks = Hashed(await store.get(path_of(file.workspace_id, file.id)))
    except BlobNotFound:
        raise BlobStoreUnavailable(details={"reason": "missing"}) from None
    verdict = await scanner.scan(aiter(chunks))
    if verdict.status == "CLEAN" and chunks.sha256 != file.sha256:
        raise BytesAltered
    return verdict


async def _tell(tx: WriteTransaction, tools: Tools, file: FileRow, verdict: Verdict) -> None:
    """Of two who find the same at once, one tells of it."""
    found: dict[str, Any] = {
        "workspace_id": file.workspace_id,
        "file_id": file.id,
        "sha256": file.sha256,
        "scan_status": verdict.status,
        "threat": verdict.threat,
        "now": tools.clock(),
    }
    if not await db.set_verdict(tx, **found):
        db.keep_verdict(tx, **found)
        return
    if verdict.status == "INFECTED":
        action = "file.infected"
    elif file.scan_status == "INFECTED" and verdict.status == "CLEAN":
        action = "file.cleared"
    else:
        return
    await audit.record_by_service(
        tx,
        tools,
        service=SCANNER,
        workspace_id=file.workspace_id,
        action=action,
        target_type="file",
        target_id=file.id,
        details={"sha256": file.sha256, "threat": verdict.threat, "uploaded_by": file.uploaded_by},
    )
