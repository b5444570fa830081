"""Handles of sql/queries/webhook_deliveries.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.paging import Page
from app.db.queries import LongText, Row, Uuid, query, queued


class DeliveryRow(Row):
    id: Uuid
    event_seq: int | None
    event_type: str
    state: str
    due_at: datetime
    attempts: int
    failures: int
    created_at: datetime
    done_at: datetime | None


class AttemptRow(Row):
    number: int
    at: datetime
    duration_ms: int
    status: int | None
    reason: str | None
    answer: LongText | None


@query
async def insert_deliveries(
    tx: WriteTransaction, *, workspace_id: str, deliveries: str, now: datetime
) -> int: ...


@query
async def get_delivery(
    tx: ReadTransaction, *, workspace_id: str, webhook_id: str, delivery_id: str
) -> DeliveryRow | None: ...


@query
async def list_deliveries(
    tx: ReadTransaction, *, workspace_id: str, webhook_id: str, before_key: str, page_size: int
) -> list[DeliveryRow]: ...


@query
async def list_deliveries_in_state(
    tx: ReadTransaction, *, workspace_id: str, webhook_id: str, state: str, before_key: str, page_size: int
) -> list[DeliveryRow]: ...


@query
async def list_attempts(
    tx: ReadTransaction, *, workspace_id: str, delivery_id: str, page_size: int
) -> Page[AttemptRow]: ...


@queued
def hasten_deliveries(
    tx: WriteTransaction, *, workspace_id: str, webhook_id: str, latest: datetime, now: datetime
) -> None: ...


@query
async def list_due_deliveries(
    tx: ReadTransaction, *, workspace_id: str, webhook_id: str, now: datetime, page_size: int
) -> list[DeliveryRow]: ...


@query
async def list_first_deliveries(
    tx: ReadTransaction, *, workspace_id: str, webhook_id: str, page_size: int
) -> list[DeliveryRow]: ...


@query
async def read_next_due(tx: ReadTransaction, *, workspace_id: str, webhook_id: str) -> datetime | None: ...


@queued
def claim_delivery(
    tx: WriteTransaction, *, workspace_id: str, delivery_id: str, lease_until: datetime
) -> None: ...


@query
async def settle_delivery(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    delivery_id: str,
    attempts: int,
    state: str,
    failures: int,
    due_at: datetime,
    done_at: datetime | None,
) -> int: ...


@queued
def insert_attempt(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    delivery_id: str,
    number: int,
    at: datetime,
    duration_ms: int,
    status: int | None,
    reason: str | None,
    answer: str | None,
) -> None: ...


@query
async def resend_delivery(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    webhook_id: str,
    delivery_id: str,
    latest: datetime,
    now: datetime,
) -> int: ...


@query
async def resend_deliveries(
    tx: WriteTransaction, *, workspace_id: str, webhook_id: str, from_seq: int, to_seq: int, now: datetime
) -> int: ...
