"""Handles of sql/queries/idempotency.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, query, queued


class IdempotencyRow(Row):
    request_hash: str
    body: str
    passages: str


@query
async def find_idempotency_record(
    tx: ReadTransaction, *, user_id: str, idempotency_key: str
) -> IdempotencyRow | None: ...


@queued
def insert_idempotency_record(
    tx: WriteTransaction,
    *,
    user_id: str,
    idempotency_key: str,
    request_hash: str,
    body: str,
    passages: str,
    expires_at: datetime,
) -> None: ...
