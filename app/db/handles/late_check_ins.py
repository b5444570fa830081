"""Handles of sql/queries/late_check_ins.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query


class LateKeyResultRow(Row):
    """``stale_after`` in seconds."""

    workspace_id: Uuid
    key_result_id: Uuid
    owner_id: str
    stale_after: int | None
    remind_at: datetime | None
    is_waited_for: bool


@query
async def list_late_key_results(
    tx: ReadTransaction, *, now: datetime, page_size: int
) -> list[LateKeyResultRow]: ...


@query
async def take_reminder(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    key_result_id: str,
    seen_at: datetime,
    remind_at: datetime,
) -> int: ...
