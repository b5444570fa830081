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
    fence: int
    is_once: bool
    is_held: bool


class BacklogRow(Row):
    queue: str
    waiting: int
    oldest: datetime


class HandedOutRow(Row):
    workspace_id: Uuid
    jobs: int


class JobRow(Row):
    id: Uuid
    kind: str
    queue: str
    state: str
    target_id: Uuid
    attempts: int
    last_error: str | None
    created_at: datetime
    run_at: datetime
    state_at: datetime | None


class JobHolderRow(Row):
    id: Uuid
    beat: int


class HeldJobRow(Row):
    id: Uuid
    fence: int


@query
async def read_backlog(tx: ReadTransaction, *, now: datetime) -> list[BacklogRow]: ...


@query
async def count_dead_jobs(tx: ReadTransaction) -> int: ...


@queued
def insert_job(
    tx: WriteTransaction,
    *,
    job_id: str,
    workspace_id: str,
    kind: str,
    queue: str,
    target_id: str,
    run_at: datetime,
    now: datetime,
) -> None: ...


@queued
def ask_job_again(
    tx: WriteTransaction, *, workspace_id: str, kind: str, target_id: str, run_at: datetime
) -> None: ...


@queued
def insert_job_once(
    tx: WriteTransaction,
    *,
    job_id: str,
    workspace_id: str,
    kind: str,
    queue: str,
    target_id: str,
    run_at: datetime,
    now: datetime,
) -> None: ...


@queued
def hasten_jobs(
    tx: WriteTransaction, *, queue: str, now: datetime, latest: datetime, page_size: int
) -> None: ...


@query
async def is_any_job_due(tx: ReadTransaction, *, queue: str, now: datetime, latest: datetime) -> bool: ...


@query
async def claim_due_jobs(
    tx: WriteTransaction, *, queue: str, busy: str, now: datetime, page_size: int
) -> list[DueJobRow]: ...


@queued
def take_jobs(tx: WriteTransaction, *, ids: str, holder_id: str, now: datetime) -> None: ...


@queued
def put_off_jobs(tx: WriteTransaction, *, ids: str, run_at: datetime) -> None: ...


@queued
def finish_job(tx: WriteTransaction, *, workspace_id: str, job_id: str, fence: int) -> None: ...


@queued
def postpone_job(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    job_id: str,
    fence: int,
    attempts: int,
    run_at: datetime,
    last_error: str | None,
) -> None: ...


@queued
def bury_job(
    tx: WriteTransaction, *, workspace_id: str, job_id: str, fence: int, last_error: str, now: datetime
) -> None: ...


@queued
def rerun_job(tx: WriteTransaction, *, workspace_id: str, job_id: str, fence: int) -> None: ...


@queued
def insert_job_holder(tx: WriteTransaction, *, holder_id: str, now: datetime) -> None: ...


@query
async def beat_job_holder(tx: WriteTransaction, *, holder_id: str) -> int: ...


@query
async def list_job_holders(tx: ReadTransaction) -> list[JobHolderRow]: ...


@query
async def list_jobs_held(tx: ReadTransaction, *, holder_id: str) -> list[HeldJobRow]: ...


@query
async def delete_silent_job_holder(tx: WriteTransaction, *, holder_id: str, beat: int) -> int: ...


@queued
def delete_job_holder(tx: WriteTransaction, *, holder_id: str) -> None: ...


@queued
def let_go_jobs(tx: WriteTransaction, *, holder_id: str, not_tried: int, now: datetime) -> None: ...


@queued
def let_go_job(tx: WriteTransaction, *, job_id: str, fence: int, now: datetime) -> None: ...


@query
async def delete_old_dead_jobs(tx: WriteTransaction, *, before: datetime, batch: int) -> int: ...


@query
async def list_jobs(
    tx: ReadTransaction, *, workspace_id: str, before_at: datetime, before_id: str, page_size: int
) -> list[JobRow]: ...


@query
async def list_jobs_in_state(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    state: str,
    before_at: datetime,
    before_id: str,
    page_size: int,
) -> list[JobRow]: ...


@query
async def get_job(tx: ReadTransaction, *, workspace_id: str, job_id: str) -> JobRow | None: ...


@query
async def retry_job(tx: WriteTransaction, *, workspace_id: str, job_id: str, now: datetime) -> int: ...


@query
async def delete_job(tx: WriteTransaction, *, workspace_id: str, job_id: str) -> int: ...


@query
async def list_jobs_handed_out(
    tx: ReadTransaction, *, queue: str, now: datetime, latest: datetime
) -> list[HandedOutRow]: ...


@queued
def hand_out_jobs(tx: WriteTransaction, *, ids: str, run_at: datetime, now: datetime) -> None: ...


@query
async def find_handed_out_job(tx: WriteTransaction, *, job_id: str, fence: int) -> DueJobRow | None: ...
