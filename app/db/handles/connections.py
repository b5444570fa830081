"""Handles of sql/queries/connections.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class ConnectionRow(Row):
    workspace_id: Uuid
    provider: str
    base_url: str
    account: str | None
    secret: str
    key_id: str
    updated_at: datetime
    updated_by: str
    version: int


@query
async def get_connection(
    tx: ReadTransaction, *, workspace_id: str, provider: str
) -> ConnectionRow | None: ...


@query
async def list_connections(tx: ReadTransaction, *, workspace_id: str) -> list[ConnectionRow]: ...


@queued
def insert_connection(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    provider: str,
    base_url: str,
    account: str | None,
    secret: str,
    key_id: str,
    updated_by: str,
    now: datetime,
) -> None: ...


@queued
def update_connection(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    provider: str,
    base_url: str,
    account: str | None,
    secret: str,
    key_id: str,
    updated_by: str,
    now: datetime,
) -> None: ...


@queued
def delete_connection(tx: WriteTransaction, *, workspace_id: str, provider: str) -> None: ...


@query
async def list_connections_under_other_keys(
    tx: ReadTransaction, *, key_id: str, page_size: int
) -> list[ConnectionRow]: ...


@query
async def reseal_connection(
    tx: WriteTransaction, *, workspace_id: str, provider: str, secret: str, key_id: str, version: int
) -> int: ...
