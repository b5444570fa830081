"""Handles of sql/queries/file_usage.sql."""

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, query, queued


class FileUsageRow(Row):
    files: int
    file_bytes: int
    max_files: int | None
    max_file_bytes: int | None
    own_max_files: int | None
    own_max_file_bytes: int | None
    version: int


@query
async def find_file_usage(tx: ReadTransaction, *, workspace_id: str) -> FileUsageRow | None: ...


@queued
def insert_file_usage(tx: WriteTransaction, *, workspace_id: str, files: int, file_bytes: int) -> None: ...


@query
async def take_file(tx: WriteTransaction, *, workspace_id: str, more: int) -> int: ...


@queued
def free_file(tx: WriteTransaction, *, workspace_id: str, fewer: int) -> None: ...


@queued
def set_file_limits(
    tx: WriteTransaction, *, workspace_id: str, max_files: int | None, max_file_bytes: int | None
) -> None: ...


@queued
def set_own_file_limits(
    tx: WriteTransaction, *, workspace_id: str, max_files: int | None, max_file_bytes: int | None
) -> None: ...
