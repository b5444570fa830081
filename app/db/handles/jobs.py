"""Handles of sql/queries/jobs.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class DueJobRow(Row):
    id: Uuid
    workspace_id: Uuid
    kind: str
    target_id: Uuid
    attempts: int
    is_held: bool


class BacklogRow(Row):
    waiting: int
    oldest: datetime | None


@query
async def read_backlog(tx: ReadTransaction, *, now: datetime) -> BacklogRow: ...


@queued
def insert_job(
    tx: WriteTransaction,
    *,
    job_id: str,
    workspace_id: str,
    kind: str,
    target_id: str,
    run_at: datetime,
    now: datetime,
) -> None: ...


@queued
def hasten_jobs(tx: WriteTransaction, *, now: datetime, latest: datetime, page_size: int) -> None: ...


@query
async def claim_due_jobs(tx: WriteTransaction, *, now: datetime, page_size: int) -> list[DueJobRow]: ...


@query
async def take_job(
    tx: WriteTransaction, *, workspace_id: str, job_id: str, attempts: int, run_at: datetime
) -> int: ...


@queued
def put_off_job(
    tx: WriteTransaction, *, workspace_id: str, job_id: str, attempts: int, run_at: datetime
) -> None: ...


@queued
def finish_job(tx: WriteTransaction, *, workspace_id: str, job_id: str, attempts: int) -> None: ...


@queued
def postpone_job(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    job_id: str,
    attempts: int,
    run_at: datetime,
    last_error: str,
) -> None: ...
