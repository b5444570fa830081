"""Does what waits in the outbox: takes jobs up, has their handlers work, and settles what came of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from app.core.caller import Tools
from app.core.clock import CLOCKS_DIFFER
from app.core.errors import AppError
from app.core.json_text import as_json
from app.db.connection import Database, WriteTransaction
from app.db.errors import DatabaseError
from app.db.handles import jobs as db
from app.db.handles.jobs import DueJobRow
from app.kernel.jobs import QUEUES, Again, GiveUp, Handler, OutOfDate, Queue, rules_of
from app.kernel.leases import LEASE, Lease, Leases
from app.kernel.schedule import repeat, work_through

log = logging.getLogger(__name__)
_HELD_WAIT = timedelta(minutes=5)
"""So long at most what waits for its workspace goes on waiting when that is back in work."""
_ABANDONED = "Abandoned"
"""The last error of what has ended its process as often as it may be tried."""
Outcome = Again | Exception | None
Observer = Callable[[str, str, float], None]
"""Is told the kind of an attempt, what came of it, and how many seconds it took."""


class JobWorker:
    """Every process has one; a job is worked at by one of them at a time."""

    def __init__(
        self,
        database: Database,
        tools: Tools,
        handlers: Mapping[str, Handler],
        observe: Observer | None = None,
        lease: timedelta = LEASE,
    ) -> None:
        self._database = database
        self._tools = tools
        self.handlers = dict(handlers)
        self._observe = observe
        self._again = timedelta(seconds=1)
        self.leases = Leases(database, tools, lease)

    async def run(self, pause: timedelta) -> None:
        """Until it is cancelled."""
        self._again = pause
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.leases.keep())
                for queue in Queue:
                    group.create_task(repeat(f"jobs {queue}", partial(self._run_queue, queue), pause=pause))
        finally:
            await self.leases.give_back()

    async def run_due(self) -> int:
        """Does what is due, one queue after the other, and lets go what dead processes had; answers how many
        jobs were taken up."""
        await self.leases.beat()
        await self.leases.let_go_of_the_dead()
        return sum([await self._run_queue(queue) for queue in Queue])

    async def _run_queue(self, queue: Queue) -> int:
        rules = QUEUES[queue]
        return await work_through(
            partial(self._claim, queue),
            self._do,
            page=rules.page,
            at_once=rules.places,
            whose=lambda lease: lease.job.workspace_id,
            at_once_of_one=rules.places_of_one,
            again=self._again,
        )

    async def _claim(self, queue: Queue) -> list[Lease]:
        # Looked at first, so that processes with nothing to do are not in the way of who writes.
        now = self._tools.clock()
        async with self._database.read() as tx:
            if not await db.is_any_job_due(tx, queue=queue, now=now, latest=latest_of(queue, now)):
                return []
        async with self.leases.lock:
            since = self._tools.monotonic()
            try:
                taken = await self._database.transact(partial(self._take, queue=queue))
            except BaseException:
                self.leases.unsure()
                raise
            return self.leases.begin(*taken, queue=queue, since=since) if taken is not None else []

    async def _take(self, tx: WriteTransaction, *, queue: Queue) -> tuple[str, list[DueJobRow]] | None:
        rules, now = QUEUES[queue], self._tools.clock()
        db.hasten_jobs(tx, queue=queue, now=now, latest=latest_of(queue, now), page_size=rules.page)
        # What these have keeps their places busy for a while: others' jobs are not to wait behind theirs.
        held = self.leases.held_of_each(queue)
        busy = [workspace for workspace, number in held.items() if number > rules.page // 2]
        due = await db.claim_due_jobs(tx, queue=queue, busy=as_json(busy), now=now, page_size=rules.page)
        return await self._take_up(tx, sift(tx, due, now), now)

    async def work_at(self, job_id: str, fence: int) -> None:
        """Does a job that a worker was told of, unless somebody has taken it up since. Raises
        ``DatabaseError`` where it could not be taken up: it is told of again."""
        async with self.leases.lock:
            since = self._tools.monotonic()
            try:
                work = partial(self._take_told, job_id=job_id, fence=fence)
                taken = await self._database.transact(work)
            except BaseException:
                self.leases.unsure()
                raise
            if taken is None:
                return
            queue = rules_of(taken[1][0].kind).queue
            (lease,) = self.leases.begin(*taken, queue=queue, since=since)
        await self._do(lease)

    async def _take_told(
        self, tx: WriteTransaction, *, job_id: str, fence: int
    ) -> tuple[str, list[DueJobRow]] | None:
        now = self._tools.clock()
        job = await db.find_handed_out_job(tx, job_id=job_id, fence=fence)
        return await self._take_up(tx, sift(tx, [job], now), now) if job is not None else None

    async def _take_up(
        self, tx: WriteTransaction, jobs: list[DueJobRow], now: datetime
    ) -> tuple[str, list[DueJobRow]] | None:
        if not jobs:
            return None
        holder_id = await self.leases.sign(tx, now=now)
        db.take_jobs(tx, ids=as_json([job.id for job in jobs]), holder_id=holder_id, now=now)
        for job in jobs:
            job.attempts += 1
            job.fence += 1
        return holder_id, jobs

    async def _do(self, lease: Lease) -> None:
        is_settled = False
        try:
            if lease.is_lost or self.leases.are_over:
                return  # its turn came too late
            since = self._tools.monotonic()
            outcome = await self._work(lease)
            if self._observe is not None:
                self._observe(lease.job.kind, _told(outcome), self._tools.monotonic() - since)
            while not lease.is_lost and not is_settled:
                is_settled = await self._settle(lease.job, outcome)
        finally:
            self.leases.end(lease)
            if not is_settled:
                self.leases.unsure()

    async def _work(self, lease: Lease) -> Outcome:
        job = lease.job
        told = {"job_id": job.id, "kind": job.kind}
        try:
            return await lease.begin(self._handle(job))
        except asyncio.CancelledError:
            if (this := asyncio.current_task()) is not None and this.cancelling():
                raise
            log.warning("job stopped", extra={**told, "is_lost": lease.is_lost})
            return OutOfDate()
        except GiveUp as error:
            return error
        except (AppError, OutOfDate, DatabaseError, TimeoutError) as error:
            log.warning("job postponed", extra={**told, "reason": type(error).__name__})
            return error
        except Exception as error:
            log.exception("job failed", extra=told)
            return error

    async def _handle(self, job: DueJobRow) -> Again | None:
        async with asyncio.timeout(rules_of(job.kind).deadline.total_seconds()):
            return await self.handlers[job.kind](job)

    async def _settle(self, job: DueJobRow, outcome: Outcome) -> bool:
        """Whether that could be written; if not, some time has passed."""
        try:
            async with self._database.write() as tx:
                self._write(tx, job, outcome)
        except DatabaseError as error:
            log.warning("job not settled", extra={"job_id": job.id, "reason": str(error)})
            await asyncio.sleep(self._again.total_seconds())
            return False
        return True

    def _write(self, tx: WriteTransaction, job: DueJobRow, outcome: Outcome) -> None:
        place = {"workspace_id": job.workspace_id, "job_id": job.id}
        rules, now = rules_of(job.kind), self._tools.clock()
        if outcome is None:
            db.finish_job(tx, fence=job.fence, **place)
            if job.is_once:
                db.rerun_job(tx, fence=job.fence, **place)
        elif isinstance(outcome, Again):
            at = min(outcome.at, now + QUEUES[rules.queue].longest_delay)
            db.postpone_job(tx, attempts=0, run_at=at, last_error=None, fence=job.fence, **place)
        elif isinstance(outcome, GiveUp):
            _bury(tx, job, outcome.reason, now)
        elif rules.max_attempts is not None and job.attempts >= rules.max_attempts:
            _bury(tx, job, type(outcome).__name__, now)
        else:
            reason, at = type(outcome).__name__[:100], now + self._wait(job)
            db.postpone_job(tx, attempts=job.attempts, run_at=at, last_error=reason, fence=job.fence, **place)

    def _wait(self, job: DueJobRow) -> timedelta:
        """Twice as long after each attempt, by chance down to half of that: what failed together is not tried
        again together."""
        longest = min(timedelta(seconds=2 ** min(job.attempts, 20)), rules_of(job.kind).longest_wait)
        (chance,) = self._tools.random_bytes(1)
        return longest * (0.5 + chance / 510)


def _told(outcome: Outcome) -> str:
    return "failed" if isinstance(outcome, Exception) else "done" if outcome is None else "again"


def sift(tx: WriteTransaction, due: Sequence[DueJobRow], now: datetime) -> list[DueJobRow]:
    """What of claimed jobs is to be done now: what has to wait for its workspace is put off, and what has
    ended its process as often as it may be tried is a dead letter."""
    if put_off := [job.id for job in due if job.is_held]:
        db.put_off_jobs(tx, ids=as_json(put_off), run_at=now + _HELD_WAIT)
    jobs = []
    for job in due:
        most = rules_of(job.kind).max_attempts
        if most is not None and job.attempts >= most:
            _bury(tx, job, _ABANDONED, now)
        elif not job.is_held:
            jobs.append(job)
    return jobs


def _bury(tx: WriteTransaction, job: DueJobRow, reason: str, now: datetime) -> None:
    place = {"workspace_id": job.workspace_id, "job_id": job.id}
    log.error("job is a dead letter", extra={"job_id": job.id, "kind": job.kind, "reason": reason})
    db.bury_job(tx, fence=job.fence, last_error=reason[:100], now=now, **place)
    if job.is_once:
        db.rerun_job(tx, fence=job.fence, **place)


def latest_of(queue: Queue, now: datetime) -> datetime:
    """Nothing can have been put off for longer."""
    return now + QUEUES[queue].longest_delay + CLOCKS_DIFFER
