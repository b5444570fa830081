"""Hands jobs out to workers behind a broker, which is told ids and may lose them.

The table stays the truth: what was handed out and not taken up within ``grace`` is handed out again, and a
worker takes a job up only by the fence it was told, so what it is told twice it does once. How many are
handed out at once is bounded, of each workspace too.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial

from app.core.caller import Tools
from app.core.json_text import as_json
from app.db.connection import Database, WriteTransaction
from app.db.handles import jobs as db
from app.kernel.job_worker import latest_of, sift
from app.kernel.jobs import QUEUES, Queue
from app.kernel.schedule import repeat

log = logging.getLogger(__name__)
GRACE = timedelta(seconds=30)
_SOON = timedelta(seconds=2)
"""After which what the broker would not take is tried again."""
_AT_ONCE, _AT_ONCE_OF_A_WORKSPACE = 400, 40
Told = tuple[str, int]
"""Which job, and its fence."""
Publish = Callable[[Queue, Sequence[Told]], Awaitable[None]]


class JobRelay:
    """Every process of workers has one; a job is handed out by one of them at a time."""

    def __init__(self, database: Database, tools: Tools, publish: Publish, grace: timedelta = GRACE) -> None:
        self._database = database
        self._tools = tools
        self._publish = publish
        self._grace = grace

    async def run(self, pause: timedelta) -> None:
        """Until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            for queue in Queue:
                hand_out = partial(self.hand_out, queue)
                group.create_task(repeat(f"relay {queue}", hand_out, pause=pause))

    async def hand_out(self, queue: Queue) -> int:
        """What is due; answers how many jobs. Raises ``DatabaseError``."""
        total = 0
        while handed := await self._hand_out_page(queue):
            total += handed
        return total

    async def _hand_out_page(self, queue: Queue) -> int:
        now = self._tools.clock()
        async with self._database.read() as tx:
            if not await db.is_any_job_due(tx, queue=queue, now=now, latest=latest_of(queue, now)):
                return 0
        told = await self._database.transact(partial(self._take, queue=queue))
        if not told:
            return 0
        try:
            await self._publish(queue, told)
        except Exception as error:
            log.warning("broker not told", extra={"jobs": len(told), "reason": type(error).__name__})
            async with self._database.write() as write:
                ids = as_json([job_id for job_id, _ in told])
                db.put_off_jobs(write, ids=ids, run_at=self._tools.clock() + _SOON)
            return 0
        return len(told)

    async def _take(self, tx: WriteTransaction, *, queue: Queue) -> list[Told]:
        now, page = self._tools.clock(), QUEUES[queue].page
        db.hasten_jobs(tx, queue=queue, now=now, latest=latest_of(queue, now), page_size=page)
        out = {
            row.workspace_id: row.jobs
            for row in await db.list_jobs_handed_out(tx, queue=queue, now=now, latest=now + self._grace)
        }
        room = min(page, _AT_ONCE - sum(out.values()))
        if room <= 0:
            return []
        busy = as_json([workspace for workspace, jobs in out.items() if jobs >= _AT_ONCE_OF_A_WORKSPACE])
        due = await db.claim_due_jobs(tx, queue=queue, busy=busy, now=now, page_size=room)
        told = [(job.id, job.fence) for job in sift(tx, due, now)]
        if told:
            ids = as_json([job_id for job_id, _ in told])
            db.hand_out_jobs(tx, ids=ids, run_at=now + self._grace, now=now)
        return told
