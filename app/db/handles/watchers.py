"""Handles of sql/queries/watchers.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, query


class WatcherRow(Row):
    user_id: str
    display_name: str | None
    added_at: datetime


@query
async def watch_task(
    tx: WriteTransaction, *, workspace_id: str, user_id: str, task_id: str, now: datetime
) -> int: ...


@query
async def unwatch_task(tx: WriteTransaction, *, workspace_id: str, user_id: str, task_id: str) -> int: ...


@query
async def list_watchers(
    tx: ReadTransaction, *, workspace_id: str, user_id: str, task_id: str, after_id: str, page_size: int
) -> list[WatcherRow]: ...
