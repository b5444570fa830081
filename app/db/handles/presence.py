"""Handles of sql/queries/presence.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class PresentRow(Row):
    workspace_id: Uuid
    user_id: str
    is_guest: bool
    is_hidden: bool


class PresenceRow(Row):
    user_id: str
    display_name: str | None
    present_since: datetime


class HiddenPresenceRow(Row):
    hidden_at: datetime


@query
async def beat(tx: WriteTransaction, *, process_id: str, now: datetime) -> int: ...


@queued
def insert_process(tx: WriteTransaction, *, process_id: str, now: datetime) -> None: ...


@queued
def insert_connections(tx: WriteTransaction, *, process_id: str, connections: str, now: datetime) -> None: ...


@queued
def delete_connections(tx: WriteTransaction, *, process_id: str, connections: str) -> None: ...


@queued
def delete_connections_of_process(tx: WriteTransaction, *, process_id: str) -> None: ...


@queued
def delete_process(tx: WriteTransaction, *, process_id: str) -> None: ...


@query
async def list_present(
    tx: ReadTransaction, *, ids: str, since: datetime, until: datetime
) -> list[PresentRow]: ...


@query
async def list_presence(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    since: datetime,
    until: datetime,
    after_id: str,
    page_size: int,
) -> list[PresenceRow]: ...


@query
async def read_hidden(tx: ReadTransaction, *, user_id: str) -> HiddenPresenceRow | None: ...


@queued
def hide(tx: WriteTransaction, *, user_id: str, now: datetime) -> None: ...


@queued
def show(tx: WriteTransaction, *, user_id: str) -> None: ...
