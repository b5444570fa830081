"""Handles of sql/queries/file_uploads.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class UploadRow(Row):
    upload_id: Uuid
    workspace_id: Uuid
    state: str
    reason: str | None
    begun_by: str
    begun_at: datetime
    expires_at: datetime


class AnnouncedRow(Row):
    id: Uuid
    workspace_id: Uuid
    name: str
    content_type: str
    size: int
    sha256: str
    uploaded_by: str


class CountingRow(Row):
    org_id: Uuid | None


@queued
def insert_announced_file(
    tx: WriteTransaction,
    *,
    file_id: str,
    workspace_id: str,
    name: str,
    list_key: str,
    content_type: str,
    size: int,
    sha256: str,
    uploaded_by: str,
    now: datetime,
) -> None: ...


@queued
def insert_upload(
    tx: WriteTransaction,
    *,
    file_id: str,
    workspace_id: str,
    begun_by: str,
    now: datetime,
    expires_at: datetime,
) -> None: ...


@query
async def find_upload(tx: ReadTransaction, *, workspace_id: str, file_id: str) -> UploadRow | None: ...


@query
async def find_announced_file(
    tx: ReadTransaction, *, workspace_id: str, file_id: str
) -> AnnouncedRow | None: ...


@query
async def move_upload(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    file_id: str,
    state_before: str,
    state: str,
    reason: str | None,
) -> int: ...


@query
async def give_up_file(tx: WriteTransaction, *, workspace_id: str, file_id: str, now: datetime) -> int: ...


@queued
def delete_upload(tx: WriteTransaction, *, workspace_id: str, file_id: str) -> None: ...


@query
async def find_counting_organization(tx: ReadTransaction, *, workspace_id: str) -> CountingRow | None: ...
