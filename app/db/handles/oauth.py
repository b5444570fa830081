"""Handles of sql/queries/oauth.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, query, queued


class StateRow(Row):
    provider: str
    browser_hash: str
    session_hash: str | None
    sealed: str
    key_id: str
    return_to: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


@queued
def insert_state(
    tx: WriteTransaction,
    *,
    state_hash: str,
    provider: str,
    browser_hash: str,
    session_hash: str | None,
    sealed: str,
    key_id: str,
    return_to: str,
    now: datetime,
    expires_at: datetime,
) -> None: ...


@query
async def find_state(tx: ReadTransaction, *, state_hash: str) -> StateRow | None: ...


@query
async def use_state(tx: WriteTransaction, *, state_hash: str, now: datetime) -> int: ...
