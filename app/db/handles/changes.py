"""Handles of sql/queries/changes.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.paging import Page
from app.db.queries import Json, Row, Uuid, query, queued


class EventRow(Row):
    seq: int
    type: str
    actor_id: str
    object_type: str
    object_id: str
    at: datetime
    project_id: Uuid | None
    status: str | None
    data: Json | None


class EventSeqRow(Row):
    event_seq: int


@queued
def insert_event(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    seq: int,
    type: str,  # noqa: A002 - the column's name
    actor_id: str,
    object_type: str,
    object_id: str,
    minimum_rank: int,
    now: datetime,
    project_id: str | None,
    task_type_id: str | None,
    state: str | None,
    state_before: str | None,
    data: str | None,
) -> None: ...


@queued
def insert_events(
    tx: WriteTransaction, *, workspace_id: str, actor_id: str, events: str, now: datetime
) -> None: ...


@query
async def read_event_seq(tx: ReadTransaction, *, workspace_id: str) -> EventSeqRow | None: ...


@query
async def list_events(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    after_seq: int,
    last_seq: int,
    role_rank: int,
    is_guest: bool,
    page_size: int,
) -> Page[EventRow]: ...
