"""A workspace's folder in the store of files.

Making, deleting, restoring and purging a workspace all write the same job, and the job does not say what
happened: it looks what is true now and brings the store in line with it. So jobs may run late, twice, or
in another order.
"""

from __future__ import annotations

from functools import partial

import msgspec

from app.core.caller import Tools
from app.db.connection import Database, WriteTransaction
from app.db.handles import folders as db
from app.db.handles.jobs import DueJobRow
from app.integrations.blob_store import BlobStore, whole
from app.kernel import audit
from app.kernel.jobs import JobKind, OutOfDate, enqueue

_MARKER = "workspace.json"


def folder_of(workspace_id: str) -> str:
    """Where a workspace's blobs lie in the store."""
    return f"workspaces/{workspace_id}"


async def workspace_changed(tx: WriteTransaction, tools: Tools, workspace_id: str) -> None:
    """The store is to learn what this transaction does to the workspace. The caller holds its guard row."""
    db.set_folder_pending(tx, workspace_id=workspace_id)
    await enqueue(tx, tools, JobKind.FOLDER, workspace_id=workspace_id, target_id=workspace_id)


async def bring_in_line(database: Database, store: BlobStore, tools: Tools, job: DueJobRow) -> None:
    """A live workspace has a folder with a marker; the marker of a deleted one says so, and everything stays
    for a restore; of a purged one nothing stays. Raises ``OutOfDate`` where it was overtaken."""
    workspace_id, folder = job.workspace_id, folder_of(job.workspace_id)
    async with database.read() as tx:
        workspace = await db.read_folder(tx, workspace_id=workspace_id)
    if workspace is None:
        await store.delete_folder(folder)
        return
    marker = {
        "workspace_id": workspace_id,
        "created_at": workspace.created_at,
        "deleted_at": workspace.deleted_at,
    }
    await store.put(f"{folder}/{_MARKER}", whole(msgspec.json.encode(marker)))
    async with database.write() as write:
        changed = await db.set_folder_ready(
            write, workspace_id=workspace_id, blob_path=folder, deleted_at=workspace.deleted_at
        )
        if not changed:
            raise OutOfDate
        await _record(
            write,
            tools,
            workspace_id=workspace_id,
            target_id=workspace_id,
            details={"blob_path": folder, "is_deleted": workspace.deleted_at is not None},
        )


_record = partial(
    audit.record_by_service, service="outbox", action="workspace.folder_ready", target_type="workspace"
)
