"""What people see and do of a workspace's jobs. Those of no workspace are ``scripts/admin.py``'s."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import msgspec

from app.core.caller import Caller, Tools
from app.core.clock import utc_text
from app.core.errors import JobNotFound, JobPromised, JobRunning
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import jobs as db
from app.db.handles.jobs import JobRow
from app.db.paging import Asked, Found
from app.kernel import audit
from app.kernel.access import enter, enter_to_change
from app.kernel.jobs import rules_of

LAST = "9999-12-31T23:59:59.000000Z/ffffffff-ffff-ffff-ffff-ffffffffffff"
"""Before which every job was made."""
_record = partial(audit.record, target_type="job")


class Job(msgspec.Struct):
    """What is shown of one. Nothing of it says what somebody wrote."""

    id: str
    kind: str
    queue: str
    state: str
    target_id: str
    attempts: int
    max_attempts: int | None
    last_error: str | None
    created_at: datetime
    run_at: datetime
    state_at: datetime | None


async def list_jobs(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, workspace_id: str, state: str | None
) -> Found[str]:
    """The newest first."""
    await enter(tx, caller, workspace_id=workspace_id, operation="job.list")
    at, _, job_id = asked.place.partition("/")
    before_at = datetime.fromisoformat(at)
    if state is None:
        rows = await db.list_jobs(
            tx,
            workspace_id=workspace_id,
            before_at=before_at,
            before_id=job_id,
            page_size=asked.page_size,
        )
    else:
        rows = await db.list_jobs_in_state(
            tx,
            workspace_id=workspace_id,
            state=state,
            before_at=before_at,
            before_id=job_id,
            page_size=asked.page_size,
        )
    return asked.found([_shown(row) for row in rows], lambda job: f"{utc_text(job.created_at)}/{job.id}")


async def get_job(tx: ReadTransaction, caller: Caller, *, workspace_id: str, job_id: str) -> Job:
    await enter(tx, caller, workspace_id=workspace_id, operation="job.read")
    return _shown(await _find(tx, workspace_id, job_id))


async def retry_job(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, job_id: str
) -> Job:
    """Raises ``JobNotFound`` and ``JobRunning``."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="job.retry")
    before = await _find(tx, workspace_id, job_id)
    if not await db.retry_job(tx, workspace_id=workspace_id, job_id=job_id, now=tools.clock()):
        raise JobRunning
    job = await _find(tx, workspace_id, job_id)
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="job.retried",
        target_id=job_id,
        details={"kind": job.kind, "target_id": job.target_id, "state": before.state},
    )
    return _shown(job)


async def cancel_job(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, job_id: str
) -> None:
    """Raises ``JobNotFound`` and ``JobPromised``."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="job.cancel")
    job = await _find(tx, workspace_id, job_id)
    if rules_of(job.kind).max_attempts is None:
        raise JobPromised
    if not await db.delete_job(tx, workspace_id=workspace_id, job_id=job_id):
        raise JobNotFound
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="job.cancelled",
        target_id=job_id,
        details={"kind": job.kind, "target_id": job.target_id, "state": job.state},
    )


async def _find(tx: ReadTransaction, workspace_id: str, job_id: str) -> JobRow:
    row = await db.get_job(tx, workspace_id=workspace_id, job_id=job_id)
    if row is None:
        raise JobNotFound
    return row


def _shown(row: JobRow) -> Job:
    return Job(
        id=row.id,
        kind=row.kind,
        queue=row.queue,
        state=row.state,
        target_id=row.target_id,
        attempts=row.attempts,
        max_attempts=rules_of(row.kind).max_attempts,
        last_error=row.last_error,
        created_at=row.created_at,
        run_at=row.run_at,
        state_at=row.state_at,
    )
