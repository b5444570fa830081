"""Handles of sql/queries/objective_files.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class ObjectiveFileRow(Row):
    id: Uuid
    name: str
    content_type: str
    size: int
    sha256: str | None
    scan_status: str
    added_by: str
    added_at: datetime


@query
async def list_objective_files(
    tx: ReadTransaction, *, workspace_id: str, objective_id: str, after_key: str, page_size: int
) -> list[ObjectiveFileRow]: ...


@query
async def count_objective_files(tx: ReadTransaction, *, workspace_id: str, objective_id: str) -> int: ...


@query
async def has_objective_file(
    tx: ReadTransaction, *, workspace_id: str, objective_id: str, file_id: str
) -> bool: ...


@queued
def insert_objective_file(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    objective_id: str,
    file_id: str,
    added_by: str,
    now: datetime,
) -> None: ...


@queued
def delete_objective_file(
    tx: WriteTransaction, *, workspace_id: str, objective_id: str, file_id: str
) -> None: ...


@queued
def delete_attachments_of_file(tx: WriteTransaction, *, workspace_id: str, file_id: str) -> None: ...
