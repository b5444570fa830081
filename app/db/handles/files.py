"""Handles of sql/queries/files.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class FileRow(Row):
    id: Uuid
    workspace_id: Uuid
    name: str
    content_type: str
    size: int
    sha256: str
    uploaded_by: str
    uploaded_at: datetime
    scan_status: str
    scanned_at: datetime | None
    threat: str | None


class FileStateRow(Row):
    deleted_at: datetime | None


@queued
def insert_file(
    tx: WriteTransaction,
    *,
    file_id: str,
    workspace_id: str,
    name: str,
    list_key: str,
    content_type: str,
    size: int,
    uploaded_by: str,
    now: datetime,
) -> None: ...


@query
async def finish_file(
    tx: WriteTransaction, *, workspace_id: str, file_id: str, sha256: str, scan_status: str, now: datetime
) -> int: ...


@query
async def get_file(tx: ReadTransaction, *, workspace_id: str, file_id: str) -> FileRow | None: ...


@query
async def list_files(
    tx: ReadTransaction, *, workspace_id: str, after_key: str, page_size: int
) -> list[FileRow]: ...


@queued
def mark_file_deleted(tx: WriteTransaction, *, workspace_id: str, file_id: str, now: datetime) -> None: ...


@query
async def read_file_state(tx: ReadTransaction, *, workspace_id: str, file_id: str) -> FileStateRow | None: ...


@queued
def abandon_file(tx: WriteTransaction, *, workspace_id: str, file_id: str, now: datetime) -> None: ...


@queued
def delete_file_row(tx: WriteTransaction, *, workspace_id: str, file_id: str) -> None: ...
