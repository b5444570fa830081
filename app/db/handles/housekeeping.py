"""Handles of sql/queries/housekeeping.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, query, queued


class HousekeepingRow(Row):
    believed_at: datetime
    ran_at: datetime


@query
async def read_housekeeping(tx: ReadTransaction) -> HousekeepingRow | None: ...


@queued
def insert_housekeeping(tx: WriteTransaction, *, now: datetime) -> None: ...


@query
async def advance_housekeeping(
    tx: WriteTransaction, *, believed_at: datetime, ran_at: datetime, now: datetime
) -> int: ...


@query
async def delete_expired_revocations(tx: WriteTransaction, *, before: datetime, batch: int) -> int: ...


@query
async def delete_expired_refresh_tokens(tx: WriteTransaction, *, before: datetime, batch: int) -> int: ...


@query
async def delete_expired_tickets(tx: WriteTransaction, *, before: datetime, batch: int) -> int: ...


@query
async def delete_dead_connections(tx: WriteTransaction, *, before: datetime, batch: int) -> int: ...


@query
async def delete_dead_processes(tx: WriteTransaction, *, before: datetime, batch: int) -> int: ...


@query
async def delete_expired_idempotency_records(
    tx: WriteTransaction, *, before: datetime, batch: int
) -> int: ...


@query
async def resettle_idempotency_records(
    tx: WriteTransaction, *, earliest: datetime, latest: datetime, batch: int
) -> int: ...


@query
async def delete_throttles_ahead(tx: WriteTransaction, *, latest: datetime, batch: int) -> int: ...


@query
async def expire_invitations(
    tx: WriteTransaction, *, before: datetime, latest: datetime, batch: int
) -> int: ...


@query
async def delete_old_invitations(tx: WriteTransaction, *, before: datetime, batch: int) -> int: ...


@query
async def delete_old_join_links(tx: WriteTransaction, *, before: datetime, batch: int) -> int: ...


@query
async def delete_join_links_ahead(tx: WriteTransaction, *, latest: datetime, batch: int) -> int: ...


@query
async def expire_transfers(
    tx: WriteTransaction, *, before: datetime, latest: datetime, batch: int
) -> int: ...


@query
async def delete_expired_states(tx: WriteTransaction, *, before: datetime, batch: int) -> int: ...


@query
async def delete_expired_codes(tx: WriteTransaction, *, before: datetime, batch: int) -> int: ...


@query
async def delete_expired_browser_sessions(tx: WriteTransaction, *, before: datetime, batch: int) -> int: ...


@queued
def delete_tries_of_old_deliveries(tx: WriteTransaction, *, before: datetime, batch: int) -> None: ...


@query
async def delete_old_deliveries(tx: WriteTransaction, *, before: datetime, batch: int) -> int: ...


@query
async def delete_gone_webhooks(tx: WriteTransaction, *, before: datetime, batch: int) -> int: ...
