"""Handles of sql/queries/folders.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, query, queued


class FolderRow(Row):
    created_at: datetime
    deleted_at: datetime | None


@query
async def read_folder(tx: ReadTransaction, *, workspace_id: str) -> FolderRow | None: ...


@queued
def set_folder_pending(tx: WriteTransaction, *, workspace_id: str) -> None: ...


@query
async def set_folder_ready(
    tx: WriteTransaction, *, workspace_id: str, blob_path: str, deleted_at: datetime | None
) -> int: ...
