"""The outbox: what is to be done in other systems, written in the transaction that wants it.

A job is done at least once, so what it does must come to the same when it is done twice. It is tried until
it succeeds; nothing is given up and nothing waits for it.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from app.core.caller import Tools
from app.core.clock import CLOCKS_DIFFER
from app.core.errors import AppError
from app.db.connection import Database, WriteTransaction
from app.db.errors import DatabaseError
from app.db.handles import jobs as db
from app.db.handles.jobs import DueJobRow
from app.kernel.schedule import repeat, work_through

log = logging.getLogger(__name__)

_AT_ONCE, _AT_ONCE_OF_A_WORKSPACE = 10, 3
_PAGE = 50
_LEASE = timedelta(minutes=1)
"""After this a job whose worker died, or is still at it, is taken up again."""
_LONGEST_WAIT = timedelta(minutes=5)
_LONGEST_DELAY = timedelta(hours=1)
_HELD_WAIT = timedelta(minutes=5)
"""So long at most what waits for its workspace goes on waiting when that is back in work."""

NO_WORKSPACE = "00000000-0000-0000-0000-000000000000"
"""Where a job is for a person. Such jobs share the places of one workspace."""

Handler = Callable[[DueJobRow], Awaitable[None]]


class JobKind(StrEnum):
    FOLDER = "folder"
    FILE = "file"
    SCAN = "scan"
    CLOSING = "closing"
    AVATAR = "avatar"
    EXPORT = "export"


class OutOfDate(Exception):
    """What a job did was overtaken by a change; it is to be done again."""


async def enqueue(
    tx: WriteTransaction,
    tools: Tools,
    kind: JobKind,
    *,
    workspace_id: str,
    target_id: str,
    job_id: str | None = None,
    delay: timedelta = timedelta(0),
) -> None:
    """Has ``kind``'s handler look at the target once ``tx`` has committed and ``delay`` is over, which is an
    hour at most. A ``job_id`` is for who may ``withdraw`` it."""
    if delay > _LONGEST_DELAY:
        raise ValueError(f"a job cannot be put off for {delay}")
    now = tools.clock()
    db.insert_job(
        tx,
        job_id=job_id or tools.new_id(),
        workspace_id=workspace_id,
        kind=kind,
        target_id=target_id,
        run_at=now + delay,
        now=now,
    )


def withdraw(tx: WriteTransaction, *, workspace_id: str, job_id: str) -> None:
    """Takes back what has become needless, unless a worker has taken it up."""
    db.finish_job(tx, workspace_id=workspace_id, job_id=job_id, attempts=0)


async def measure_backlog(
    database: Database, tools: Tools, tell: Callable[[tuple[int, float] | None], None]
) -> None:
    """Tells how many jobs wait for a worker, and for how many seconds the oldest has; None where the database
    does not answer. Raises ``DatabaseError``."""
    found: tuple[int, float] | None = None
    try:
        now = tools.clock()
        async with database.read() as tx:
            row = await db.read_backlog(tx, now=now)
        found = row.waiting, (now - row.oldest).total_seconds() if row.oldest else 0.0
    finally:
        tell(found)


class _Leased(NamedTuple):
    job: DueJobRow
    until: datetime


class JobWorker:
    """Every process has one; a job is taken up by one of them at a time."""

    def __init__(self, database: Database, tools: Tools, handlers: Mapping[JobKind, Handler]) -> None:
        self._database = database
        self._tools = tools
        self._handlers = handlers
        self._again = timedelta(seconds=1)

    async def run(self, pause: timedelta) -> None:
        """Until it is cancelled."""
        self._again = pause
        await repeat("outbox", self.run_due, pause=pause)

    async def run_due(self) -> int:
        """Does what is due; answers how many jobs were taken up."""
        return await work_through(
            self._claim,
            self._do,
            page=_PAGE,
            at_once=_AT_ONCE,
            whose=lambda leased: leased.job.workspace_id,
            at_once_of_one=_AT_ONCE_OF_A_WORKSPACE,
            again=self._again,
        )

    async def _claim(self) -> list[_Leased]:
        return await self._database.transact(self._take)

    async def _take(self, tx: WriteTransaction) -> list[_Leased]:
        now = self._tools.clock()
        db.hasten_jobs(tx, now=now, latest=now + _LONGEST_DELAY + CLOCKS_DIFFER, page_size=_PAGE)
        due = await db.claim_due_jobs(tx, now=now, page_size=_PAGE)
        jobs = []
        for job in due:
            place = {"workspace_id": job.workspace_id, "job_id": job.id}
            if job.is_held:
                db.put_off_job(tx, attempts=job.attempts, run_at=now + _HELD_WAIT, **place)
            elif await db.take_job(tx, attempts=job.attempts, run_at=now + _LEASE, **place):
                job.attempts += 1
                jobs.append(_Leased(job, now + _LEASE))
        return jobs

    async def _do(self, leased: _Leased) -> None:
        job, reason = leased.job, None
        if self._tools.clock() >= leased.until:
            return  # its turn came too late, and it was taken up again
        try:
            await self._handlers[JobKind(job.kind)](job)
        except (AppError, OutOfDate, DatabaseError, TimeoutError) as error:
            reason = type(error).__name__
            log.warning("job postponed", extra={"job_id": job.id, "kind": job.kind, "reason": reason})
        except Exception as error:
            reason = type(error).__name__
            log.exception("job failed", extra={"job_id": job.id, "kind": job.kind})
        try:
            await self._settle(job, reason)
        except DatabaseError as error:
            # Its lease runs out and it is taken up again.
            log.warning("job not settled", extra={"job_id": job.id, "reason": str(error)})

    async def _settle(self, job: DueJobRow, reason: str | None) -> None:
        place = {"workspace_id": job.workspace_id, "job_id": job.id}
        async with self._database.write() as tx:
            if reason is None:
                db.finish_job(tx, attempts=job.attempts, **place)
                return
            wait = min(timedelta(seconds=2 ** min(job.attempts, 10)), _LONGEST_WAIT)
            db.postpone_job(
                tx,
                attempts=job.attempts,
                run_at=self._tools.clock() + wait,
                last_error=reason[:100],
                **place,
            )
