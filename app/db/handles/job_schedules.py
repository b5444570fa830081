"""Handles of sql/queries/job_schedules.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class ScheduleRow(Row):
    id: Uuid
    workspace_id: Uuid
    kind: str
    target_id: Uuid
    every_seconds: int | None
    cron: str | None
    time_zone: str | None
    due_at: datetime
    set_at: datetime


@queued
def insert_schedule(
    tx: WriteTransaction,
    *,
    schedule_id: str,
    workspace_id: str,
    kind: str,
    target_id: str,
    every_seconds: int | None,
    cron: str | None,
    time_zone: str | None,
    due_at: datetime,
    now: datetime,
) -> None: ...


@queued
def change_schedule(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    kind: str,
    target_id: str,
    every_seconds: int | None,
    cron: str | None,
    time_zone: str | None,
    due_at: datetime,
    now: datetime,
) -> None: ...


@queued
def delete_schedule(tx: WriteTransaction, *, workspace_id: str, kind: str, target_id: str) -> None: ...


@query
async def find_schedule(
    tx: ReadTransaction, *, workspace_id: str, kind: str, target_id: str
) -> ScheduleRow | None: ...


@query
async def list_due_schedules(tx: ReadTransaction, *, now: datetime, page_size: int) -> list[ScheduleRow]: ...


@query
async def list_schedules_set_ahead(
    tx: ReadTransaction, *, latest: datetime, page_size: int
) -> list[ScheduleRow]: ...


@query
async def move_schedule(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    schedule_id: str,
    due_at: datetime,
    set_at: datetime,
    next_at: datetime,
    now: datetime,
) -> int: ...
