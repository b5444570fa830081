"""Handles of sql/queries/task_moves.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles.tasks import ListedTaskRow
from app.db.queries import Row, Uuid, query, queued


class ColumnRoomRow(Row):
    id: Uuid
    project_id: Uuid
    name: str
    maps_to_state: str | None
    wip_limit: int | None
    own_position: int | None
    behind_position: int | None
    next_position: int | None
    first_position: int | None
    last_position: int | None


class ColumnLimitRow(Row):
    wip_limit: int | None


class WindowRow(Row):
    held: int
    last_position: int | None


class ColumnWalkRow(Row):
    project_id: Uuid
    ceiling: int | None
    looked_at: int


class ColumnTaskRow(ListedTaskRow):
    position: int


@query
async def read_column_room(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    column_id: str,
    task_id: str,
    behind_id: str | None,
) -> ColumnRoomRow | None: ...


@query
async def read_column_limit(
    tx: ReadTransaction, *, workspace_id: str, column_id: str
) -> ColumnLimitRow | None: ...


@query
async def count_column_tasks(
    tx: ReadTransaction, *, workspace_id: str, column_id: str, task_id: str, most: int
) -> int: ...


@query
async def read_window(
    tx: ReadTransaction, *, workspace_id: str, column_id: str, after_position: int, asked: int
) -> WindowRow: ...


@queued
def put_window_away(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    column_id: str,
    after_position: int,
    last_position: int,
    away: int,
) -> None: ...


@queued
def spread_window(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    column_id: str,
    after_position: int,
    last_position: int,
    away: int,
    step: int,
) -> None: ...


@queued
def set_task_place(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    task_id: str,
    column_id: str | None,
    position: int | None,
    now: datetime,
    updated_key: str,
) -> None: ...


@queued
def move_column_tasks(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    column_id: str,
    to_column_id: str | None,
    shift: int | None,
    now: datetime,
    updated_at: str,
) -> None: ...


@query
async def read_column_walk(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    column_id: str,
    after_position: int,
    budget: int,
) -> ColumnWalkRow | None: ...


@query
async def list_column_tasks(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    column_id: str,
    after_position: int,
    ceiling: int,
    page_size: int,
) -> list[ColumnTaskRow]: ...


@query
async def merge_column_tasks(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    column_id: str,
    after_position: int,
    page_size: int,
) -> list[ColumnTaskRow]: ...
