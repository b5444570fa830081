"""What this process has taken up, and nobody else may meanwhile.

A job that is taken up is its holder's until that lets it go, however long it takes. A holder is a row with a
``beat``, which its process raises while it has jobs. Whoever sees a beat stand still for a lease's length, by
a watch of their own, lets go what that process had. So no clock is compared with another's, and a clock that
jumps takes nothing from anybody. A process that could not raise its beat for so long stops by itself what it
works at, before others begin.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from app.core.caller import Tools
from app.db.connection import Database, WriteTransaction
from app.db.errors import DatabaseError
from app.db.handles import jobs as db
from app.db.handles.jobs import DueJobRow
from app.kernel.jobs import Again, Queue
from app.kernel.schedule import repeat

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=30)
_LAST_WORDS = 5.0
_BEATS, _LOOKS = 4, 8
"""A lease's length: so many beats are tried in it, so often is looked whether it is over."""


class Lease:
    """A job that this process has. Once it ``is_lost``, others may have it."""

    def __init__(self, job: DueJobRow, queue: Queue) -> None:
        self.job = job
        self.queue = queue
        self.is_lost = False
        self.work: asyncio.Task[Again | None] | None = None
        self.before: Lease | None = None
        """The same job's, which this process lost and has not stopped yet."""

    def lose(self) -> None:
        self.is_lost = True
        if self.work is not None:
            self.work.cancel()

    async def begin(self, work: Coroutine[Any, Any, Again | None]) -> Again | None:
        """Works, once what was lost has stopped. ``CancelledError`` where the lease is lost."""
        if self.before is not None and (last := self.before.work) is not None:
            while not (await asyncio.wait([last], timeout=1))[0]:
                last.cancel()
            self.before = None
        self.work = asyncio.create_task(work)
        return await self.work


class Leases:
    """Of one process; belongs to one event loop."""

    def __init__(self, database: Database, tools: Tools, length: timedelta = LEASE) -> None:
        self._database = database
        self._tools = tools
        self._length = length
        self._holder: str | None = None
        self._signed = set[str]()
        """Holders that this process is, or would be if it were told that a transaction has committed."""
        self._beaten = 0.0
        self._held: dict[str, Lease] = {}
        self._may_have_more = False
        """The database may say of jobs that this process has them, and it does not know of it."""
        self._seen: dict[str, tuple[int, float]] = {}
        self.lock = asyncio.Lock()
        """One claim, or beat, at a time."""

    def held_of_each(self, queue: Queue) -> Counter[str]:
        """How many jobs of a queue this process has of each workspace."""
        return Counter(lease.job.workspace_id for lease in self._held.values() if lease.queue is queue)

    async def sign(self, tx: WriteTransaction, *, now: datetime) -> str:
        """The holder that jobs are taken up for in ``tx``; its row is held until the commit."""
        if self._holder is not None and await db.beat_job_holder(tx, holder_id=self._holder):
            return self._holder
        holder_id = self._tools.new_id()
        self._signed.add(holder_id)
        db.insert_job_holder(tx, holder_id=holder_id, now=now)
        return holder_id

    def begin(self, holder_id: str, jobs: Sequence[DueJobRow], *, queue: Queue, since: float) -> list[Lease]:
        """After the commit of a transaction that began at ``since`` (monotonic seconds)."""
        if holder_id != self._holder:
            self._lose(list(self._held.values()))
            self._holder = holder_id
        self._signed = {holder_id}
        self._beaten = since
        leases = [Lease(job, queue) for job in jobs]
        for lease in leases:
            lease.before = self._held.get(lease.job.id)
            self._held[lease.job.id] = lease
        return leases

    def unsure(self) -> None:
        """Instead of ``begin``, where it is not known whether the transaction committed; and where a job was
        not settled. The next beat lets go what is not worked at."""
        self._may_have_more = True

    def end(self, lease: Lease) -> None:
        """The job was settled, or is others'."""
        if self._held.get(lease.job.id) is lease:
            del self._held[lease.job.id]

    async def keep(self) -> None:
        """Keeps what this process has, and lets go what dead ones had, until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(repeat("leases", self.beat, pause=self._length / _BEATS))
            group.create_task(repeat("lost leases", self._watch, pause=self._length / _LOOKS))
            group.create_task(repeat("abandoned jobs", self.let_go_of_the_dead, pause=self._length / _BEATS))

    async def beat(self) -> None:
        """Raises ``DatabaseError``; a lease is lost for that only when its length is over."""
        async with self.lock:
            holder_id, known = self._holder, list(self._held.values())
            if holder_id is None or not (known or self._may_have_more):
                return
            since = self._tools.monotonic()
            async with self._database.write() as tx:
                is_there = await db.beat_job_holder(tx, holder_id=holder_id)
                rows = await db.list_jobs_held(tx, holder_id=holder_id)
            if not is_there:
                log.warning("leases lost", extra={"jobs": len(known)})
                self._lose(known)
                self._holder = None
                return
            self._beaten = since
            held = {(row.id, row.fence) for row in rows}
            ours = {(lease.job.id, lease.job.fence): lease for lease in known}
            # Somebody has cancelled these, or they were settled meanwhile.
            self._lose([lease for place, lease in ours.items() if place not in held])
            async with self._database.write() as tx:
                for job_id, fence in held - ours.keys():
                    db.let_go_job(tx, job_id=job_id, fence=fence, now=self._tools.clock())
            self._may_have_more = False

    async def _watch(self) -> None:
        if self._held and self.are_over:
            log.warning("leases over", extra={"jobs": len(self._held)})
            self._lose(list(self._held.values()))
            self._holder = None
        # Asked more than once: a cancellation that meets a database error on its way is lost to it.
        self._lose([lease for lease in self._held.values() if lease.is_lost])

    @property
    def are_over(self) -> bool:
        """So long ago was the last beat that others may have taken this process for dead."""
        return self._tools.monotonic() - self._beaten >= self._length.total_seconds()

    def _lose(self, leases: Sequence[Lease]) -> None:
        for lease in leases:
            lease.lose()

    async def let_go_of_the_dead(self) -> None:
        """Looks at the beats of all. Raises ``DatabaseError``."""
        async with self._database.read() as tx:
            holders = await db.list_job_holders(tx)
        now = self._tools.monotonic()
        before, self._seen = self._seen, {}
        for holder in holders:
            beat, since = before.get(holder.id, (holder.beat, now))
            self._seen[holder.id] = (beat, since) if beat == holder.beat else (holder.beat, now)
        for holder_id, (beat, since) in self._seen.items():
            if holder_id != self._holder and now - since >= self._length.total_seconds():
                await self._database.transact(partial(self._let_go, holder_id=holder_id, beat=beat))

    async def _let_go(self, tx: WriteTransaction, *, holder_id: str, beat: int) -> None:
        if await db.delete_silent_job_holder(tx, holder_id=holder_id, beat=beat):
            db.let_go_jobs(tx, holder_id=holder_id, not_tried=0, now=self._tools.clock())

    async def give_back(self) -> None:
        """The process ends, and works at nothing any more: others need not wait."""
        signed, self._signed, self._holder = self._signed, set(), None
        self._held.clear()
        if not signed:
            return
        try:
            async with asyncio.timeout(_LAST_WORDS), self._database.write() as tx:
                for holder_id in signed:
                    db.let_go_jobs(tx, holder_id=holder_id, not_tried=1, now=self._tools.clock())
                    db.delete_job_holder(tx, holder_id=holder_id)
        except (DatabaseError, TimeoutError) as error:
            log.warning("jobs not given back", extra={"reason": str(error)})
