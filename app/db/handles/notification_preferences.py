"""Handles of sql/queries/notification_preferences.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class PreferencesRow(Row):
    channels: str
    digest: str
    digest_hour: int
    digest_weekday: int
    time_zone: str
    digest_key: str
    version: int


class MutedRow(Row):
    workspace_id: Uuid


class DueDigestRow(Row):
    user_id: str
    digest: str
    digest_hour: int
    digest_weekday: int
    time_zone: str
    next_digest_at: datetime
    digest_key: str


@query
async def get_preferences(tx: ReadTransaction, *, user_id: str) -> PreferencesRow | None: ...


@queued
def insert_preferences(
    tx: WriteTransaction,
    *,
    user_id: str,
    channels: str,
    digest: str,
    digest_hour: int,
    digest_weekday: int,
    time_zone: str,
    next_digest_at: datetime | None,
    digest_key: str,
    now: datetime,
) -> None: ...


@queued
def update_preferences(
    tx: WriteTransaction,
    *,
    user_id: str,
    channels: str,
    digest: str,
    digest_hour: int,
    digest_weekday: int,
    time_zone: str,
    next_digest_at: datetime | None,
    digest_key: str,
    now: datetime,
) -> None: ...


@query
async def list_muted(tx: ReadTransaction, *, user_id: str) -> list[MutedRow]: ...


@query
async def mute_workspace(tx: WriteTransaction, *, workspace_id: str, user_id: str) -> int: ...


@query
async def unmute_workspace(tx: WriteTransaction, *, workspace_id: str, user_id: str) -> int: ...


@query
async def list_due_digests(tx: ReadTransaction, *, now: datetime, page_size: int) -> list[DueDigestRow]: ...


@query
async def advance_digest(
    tx: WriteTransaction, *, account_id: str, due: datetime, next_at: datetime, until_key: str
) -> int: ...


@queued
def delete_preferences(tx: WriteTransaction, *, account_id: str) -> None: ...
