"""Handles of sql/queries/columns.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class ColumnRow(Row):
    id: Uuid
    project_id: Uuid
    board_id: Uuid
    name: str
    maps_to_state: str | None
    wip_limit: int | None
    created_at: datetime
    updated_at: datetime
    version: int
    position: int


class CountedColumnRow(ColumnRow):
    task_count: int


class ColumnPlaceRow(Row):
    id: Uuid
    position: int


@queued
def insert_column(
    tx: WriteTransaction,
    *,
    column_id: str,
    workspace_id: str,
    project_id: str,
    board_id: str,
    name: str,
    position: int,
    maps_to_state: str | None,
    wip_limit: int | None,
    now: datetime,
) -> None: ...


@query
async def get_column(
    tx: ReadTransaction, *, workspace_id: str, user_id: str, column_id: str
) -> ColumnRow | None: ...


@query
async def list_column_places(
    tx: ReadTransaction, *, workspace_id: str, board_id: str
) -> list[ColumnPlaceRow]: ...


@query
async def list_columns(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    board_id: str,
    after_position: int,
    most: int,
    page_size: int,
) -> list[CountedColumnRow]: ...


@queued
def update_column(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    column_id: str,
    name: str,
    maps_to_state: str | None,
    wip_limit: int | None,
    position: int,
    now: datetime,
) -> None: ...


@queued
def put_columns_away(tx: WriteTransaction, *, workspace_id: str, board_id: str, away: int) -> None: ...


@queued
def set_column_place(tx: WriteTransaction, *, workspace_id: str, column_id: str, position: int) -> None: ...


@queued
def delete_column(tx: WriteTransaction, *, workspace_id: str, column_id: str, now: datetime) -> None: ...


@queued
def lock_column(tx: WriteTransaction, *, workspace_id: str, column_id: str) -> None: ...
