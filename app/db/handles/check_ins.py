"""Handles of sql/queries/check_ins.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.paging import Page
from app.db.queries import LongText, Row, Uuid, query, queued


class CheckInRow(Row):
    id: Uuid
    key_result_id: Uuid
    value: int | None
    zone: str
    score: int
    confidence: int | None
    note: LongText | None
    source: str
    selection_id: Uuid | None
    created_by: str
    created_at: datetime


@queued
def insert_check_in(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    check_in_id: str,
    key_result_id: str,
    list_key: str,
    value: int | None,
    zone: str,
    score: int,
    confidence: int | None,
    note: str | None,
    source: str,
    selection_id: str | None,
    created_by: str,
    now: datetime,
) -> None: ...


@queued
def set_measured(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    key_result_id: str,
    value: int | None,
    zone: str,
    score: int,
    confidence: int | None,
    stale_at: datetime | None,
    now: datetime,
) -> None: ...


@query
async def list_check_ins(
    tx: ReadTransaction, *, workspace_id: str, key_result_id: str, before_key: str, page_size: int
) -> Page[CheckInRow]: ...
