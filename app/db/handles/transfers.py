"""Handles of sql/queries/transfers.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class TransferRow(Row):
    id: Uuid
    workspace_id: Uuid
    from_user: str
    to_user: str
    state: str
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None


@queued
def insert_transfer(
    tx: WriteTransaction,
    *,
    transfer_id: str,
    workspace_id: str,
    from_user: str,
    to_user: str,
    now: datetime,
    expires_at: datetime,
    list_key: str,
) -> None: ...


@query
async def get_transfer(
    tx: ReadTransaction, *, workspace_id: str, transfer_id: str, now: datetime
) -> TransferRow | None: ...


@query
async def list_transfers(
    tx: ReadTransaction, *, workspace_id: str, now: datetime, before_key: str, page_size: int
) -> list[TransferRow]: ...


@queued
def expire_transfer(tx: WriteTransaction, *, workspace_id: str, now: datetime) -> None: ...


@query
async def end_transfer(
    tx: WriteTransaction, *, workspace_id: str, transfer_id: str, state: str, now: datetime
) -> int: ...
