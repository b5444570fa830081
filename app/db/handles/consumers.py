"""Handles of sql/queries/consumers.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.paging import Page
from app.db.queries import Json, Row, Uuid, query, queued


class NewsRow(Row):
    workspace_id: Uuid
    event_seq: int


class EventConsumerRow(Row):
    seq: int


class LogRow(Row):
    seq: int
    type: str
    actor_id: str
    object_type: str
    object_id: str
    minimum_rank: int
    at: datetime
    project_id: Uuid | None
    task_type_id: Uuid | None
    state: str | None
    state_before: str | None
    data: Json | None


class ListenerRow(Row):
    account_status: str
    is_active: bool
    role: str
    is_guest: bool
    sees_work: bool


class LagRow(Row):
    name: str
    events: int
    oldest: datetime


@query
async def list_news(tx: ReadTransaction, *, after_id: str, page_size: int) -> list[NewsRow]: ...


@queued
def clear_news(tx: WriteTransaction, *, workspace_id: str, seq: int) -> None: ...


@query
async def lock_consumer(tx: WriteTransaction, *, workspace_id: str, name: str, now: datetime) -> int: ...


@queued
def insert_consumer(tx: WriteTransaction, *, workspace_id: str, name: str, now: datetime) -> None: ...


@query
async def read_consumer(tx: ReadTransaction, *, workspace_id: str, name: str) -> EventConsumerRow: ...


@queued
def advance_consumer(tx: WriteTransaction, *, workspace_id: str, name: str, seq: int) -> None: ...


@query
async def list_log(
    tx: ReadTransaction, *, workspace_id: str, after_seq: int, page_size: int
) -> Page[LogRow]: ...


@query
async def get_event(tx: ReadTransaction, *, workspace_id: str, seq: int) -> LogRow | None: ...


@query
async def read_listener(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    project_id: str | None,
    task_type_id: str | None,
    state: str | None,
    state_before: str | None,
) -> ListenerRow | None: ...


@query
async def read_lag(tx: ReadTransaction) -> list[LagRow]: ...
