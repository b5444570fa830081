"""Handles of sql/queries/user_status.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class StandingRow(Row):
    org_id: Uuid
    role: str
    source: str
    own_role: str | None


class UserStatusEventRow(Row):
    seq: int
    from_status: str
    to_status: str
    reason: str | None
    actor_id: str
    at: datetime


@query
async def list_standing(
    tx: ReadTransaction, *, user_id: str, account_id: str, page_size: int
) -> list[StandingRow]: ...


@query
async def is_administrator(tx: ReadTransaction, *, account_id: str) -> bool: ...


@queued
def set_account_status(
    tx: WriteTransaction, *, account_id: str, status: str, held_by: str | None, now: datetime
) -> None: ...


@queued
def insert_user_status_event(
    tx: WriteTransaction,
    *,
    account_id: str,
    seq: int,
    from_status: str,
    to_status: str,
    reason: str | None,
    actor_id: str,
    now: datetime,
) -> None: ...


@query
async def list_user_status_events(
    tx: ReadTransaction, *, account_id: str, before_seq: int, page_size: int
) -> list[UserStatusEventRow]: ...
