"""Handles of sql/queries/data_exports.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.paging import Page
from app.db.queries import Json, LongText, Row, Uuid, query, queued


class DataExportRow(Row):
    id: Uuid
    state: str
    size: int | None
    sha256: str | None
    created_at: datetime
    expires_at: datetime | None


class LiveExportRow(Row):
    id: Uuid


class ExportedNotificationRow(Row):
    id: Uuid
    type: str
    reason: str
    object_type: str
    object_id: str
    state: str
    created_at: datetime
    list_key: str


class ExportWorkRow(Row):
    user_id: str
    state: str
    tid: str
    email: str | None
    display_name: str | None
    directory_name: str | None
    status: str
    created_at: datetime
    name: str | None
    bio: str | None


class ExportedPlaceRow(Row):
    id: Uuid
    name: str
    role: str
    source: str
    added_at: datetime
    added_by: str
    list_key: str


class ExportedSessionRow(Row):
    issued_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


class ExportedCommentRow(Row):
    id: Uuid
    task_id: Uuid
    body: LongText
    created_at: datetime
    edited_at: datetime | None
    list_key: str


class ExportedObjectiveCommentRow(Row):
    id: Uuid
    objective_id: Uuid
    body: LongText
    created_at: datetime
    edited_at: datetime | None
    list_key: str


class ExportedCheckInRow(Row):
    id: Uuid
    key_result_id: Uuid
    value: int | None
    zone: str
    confidence: int | None
    note: LongText | None
    created_at: datetime
    list_key: str


class ExportedEntryRow(Row):
    seq: int
    timestamp: datetime
    action: str
    actor_id: str
    target_type: str
    target_id: str
    outcome: str
    details: Json | None
    ip: str | None


@query
async def find_pending_export(tx: ReadTransaction, *, user_id: str) -> DataExportRow | None: ...


@queued
def insert_data_export(
    tx: WriteTransaction, *, export_id: str, user_id: str, now: datetime, list_key: str
) -> None: ...


@query
async def list_data_exports(
    tx: ReadTransaction, *, user_id: str, now: datetime, before_key: str, page_size: int
) -> list[DataExportRow]: ...


@query
async def get_data_export(
    tx: ReadTransaction, *, user_id: str, export_id: str, now: datetime
) -> DataExportRow | None: ...


@query
async def list_live_exports(
    tx: ReadTransaction, *, account_id: str, page_size: int
) -> list[LiveExportRow]: ...


@query
async def list_expired_exports(
    tx: ReadTransaction, *, now: datetime, page_size: int
) -> list[LiveExportRow]: ...


@queued
def end_export(tx: WriteTransaction, *, export_id: str) -> None: ...


@query
async def read_export(tx: ReadTransaction, *, export_id: str) -> ExportWorkRow | None: ...


@query
async def finish_export(
    tx: WriteTransaction, *, export_id: str, size: int, sha256: str, expires_at: datetime
) -> int: ...


@queued
def delete_export(tx: WriteTransaction, *, export_id: str) -> None: ...


@query
async def export_workspaces(
    tx: ReadTransaction, *, account_id: str, after_key: str, page_size: int
) -> list[ExportedPlaceRow]: ...


@query
async def export_organizations(
    tx: ReadTransaction, *, account_id: str, after_key: str, page_size: int
) -> list[ExportedPlaceRow]: ...


@query
async def export_sessions(
    tx: ReadTransaction, *, account_id: str, page_size: int
) -> list[ExportedSessionRow]: ...


@query
async def export_account_log(
    tx: ReadTransaction, *, account_id: str, after_seq: int, page_size: int
) -> Page[ExportedEntryRow]: ...


@query
async def export_workspace_log(
    tx: ReadTransaction, *, workspace_id: str, account_id: str, after_seq: int, page_size: int
) -> Page[ExportedEntryRow]: ...


@query
async def export_comments(
    tx: ReadTransaction, *, workspace_id: str, account_id: str, after_key: str, page_size: int
) -> Page[ExportedCommentRow]: ...


@query
async def export_objective_comments(
    tx: ReadTransaction, *, workspace_id: str, account_id: str, after_key: str, page_size: int
) -> Page[ExportedObjectiveCommentRow]: ...


@query
async def export_check_ins(
    tx: ReadTransaction, *, workspace_id: str, account_id: str, after_key: str, page_size: int
) -> Page[ExportedCheckInRow]: ...


@query
async def export_notifications(
    tx: ReadTransaction, *, workspace_id: str, account_id: str, after_key: str, page_size: int
) -> list[ExportedNotificationRow]: ...
