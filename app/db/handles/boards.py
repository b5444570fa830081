"""Handles of sql/queries/boards.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class BoardRow(Row):
    id: Uuid
    project_id: Uuid
    name: str
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


@queued
def insert_board(
    tx: WriteTransaction,
    *,
    board_id: str,
    workspace_id: str,
    project_id: str,
    name: str,
    list_key: str,
    created_by: str,
    now: datetime,
) -> None: ...


@query
async def get_board(
    tx: ReadTransaction, *, workspace_id: str, user_id: str, board_id: str
) -> BoardRow | None: ...


@query
async def get_deleted_board(
    tx: ReadTransaction, *, workspace_id: str, user_id: str, board_id: str
) -> BoardRow | None: ...


@query
async def list_boards(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    project_id: str,
    after_key: str,
    page_size: int,
) -> list[BoardRow]: ...


@query
async def list_deleted_boards(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    project_id: str,
    after_key: str,
    page_size: int,
) -> list[BoardRow]: ...


@queued
def rename_board(
    tx: WriteTransaction, *, workspace_id: str, board_id: str, name: str, list_key: str, now: datetime
) -> None: ...


@queued
def set_board_deleted(
    tx: WriteTransaction, *, workspace_id: str, board_id: str, deleted_at: datetime | None, now: datetime
) -> None: ...
