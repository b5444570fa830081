"""Those who read the event log of every workspace by themselves, and do something for each event.

A consumer's place in a workspace's log is a row, which is the guard of its work there. What it writes and
where it has come to are one transaction, so each event has its effects once, in order, whatever dies in
between. What is to be done outside the database goes by jobs (``app.kernel.jobs``).

Workspaces where nothing happened are not looked at: numbering an event marks its workspace, and the mark is
taken away when every consumer has read up to there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Protocol

from app.core.caller import Tools
from app.db.connection import Database, WriteTransaction
from app.db.errors import DatabaseError, UniqueViolation
from app.db.handles import consumers as db
from app.db.handles.consumers import LogRow, NewsRow
from app.kernel.schedule import repeat

log = logging.getLogger(__name__)

PAGE = 200
"""Events that a consumer is handed at most at once."""
_PAGES_IN_TURN = 5
"""Pages of one workspace before another's turn."""
_WORKSPACES = 50
_AT_ONCE = 4
_LONGEST_REST = 300.0
_BEFORE_ALL = "00000000-0000-0000-0000-000000000000"


class Consumer(Protocol):
    name: str
    """The key of its places. A consumer that is new to a database with events gets its places by a migration,
    else it begins with the first event of each workspace."""

    async def take(self, tx: WriteTransaction, workspace_id: str, events: Sequence[LogRow]) -> None:
        """Writes what follows from the next events, in order. They are all there are, whoever may hear of
        them: that is judged where it is told (``app.kernel.hearing``). It waits for nothing but ``tx``, and
        takes no head of a log (it neither audits nor makes events: a job does)."""


class Consumers:
    """Every process has them; a workspace is read by one of them at a time."""

    def __init__(self, database: Database, tools: Tools, consumers: Sequence[Consumer]) -> None:
        self._database = database
        self._tools = tools
        self._consumers = consumers
        self._rests: dict[tuple[str, str], tuple[float, float]] = {}
        """Of what failed: for how many seconds it is let be, and until when."""

    async def run(self, pause: timedelta) -> None:
        """Until it is cancelled."""
        await repeat("consumers", self.run_due, pause=pause)

    async def run_due(self) -> int:
        """Reads what is new, each workspace at most so far that the others have their turn; answers how many
        workspaces were looked at."""
        total = 0
        slots = asyncio.Semaphore(_AT_ONCE)
        after = _BEFORE_ALL
        while True:
            async with self._database.read() as tx:
                news = await db.list_news(tx, after_id=after, page_size=_WORKSPACES)
            async with asyncio.TaskGroup() as group:
                for one in news:
                    group.create_task(self._in_turn(slots, one))
            total += len(news)
            if len(news) < _WORKSPACES:
                return total
            after = news[-1].workspace_id

    async def _in_turn(self, slots: asyncio.Semaphore, news: NewsRow) -> None:
        async with slots:
            behind = [one.name for one in self._consumers if not await self._catch_up(one, news)]
        if behind:
            return
        try:
            async with self._database.write() as tx:
                db.clear_news(tx, workspace_id=news.workspace_id, seq=news.event_seq)
        except DatabaseError as error:
            log.warning("mark of news not cleared", extra={"reason": str(error)})

    async def _catch_up(self, consumer: Consumer, news: NewsRow) -> bool:
        """Whether it has read all that was there. What fails is let be for a while, longer each time, and
        keeps no other consumer or workspace waiting."""
        key = (consumer.name, news.workspace_id)
        rest, until = self._rests.get(key, (0.0, 0.0))
        if self._tools.monotonic() < until:
            return False
        try:
            for _ in range(_PAGES_IN_TURN):
                step = partial(self._step, consumer, news.workspace_id)
                if await self._database.transact(step) >= news.event_seq:
                    self._rests.pop(key, None)
                    return True
        except Exception as error:
            if isinstance(error, UniqueViolation) and error.constraint == "PK_EventConsumer":
                return False  # another process has begun there
            rest = min(max(1.0, rest * 2), _LONGEST_REST)
            self._rests[key] = rest, self._tools.monotonic() + rest
            place = {"consumer": consumer.name, "workspace_id": news.workspace_id}
            if isinstance(error, DatabaseError):
                log.warning("consumer failed", extra={**place, "reason": str(error)})
            else:
                log.exception("consumer failed", extra=place)
        return False

    async def _step(self, consumer: Consumer, workspace_id: str, tx: WriteTransaction) -> int:
        """Hands over a page; answers how far that is."""
        place = {"workspace_id": workspace_id, "name": consumer.name}
        now = self._tools.clock()
        if not await db.lock_consumer(tx, now=now, **place):
            db.insert_consumer(tx, now=now, **place)
        seq = (await db.read_consumer(tx, **place)).seq
        page = await db.list_log(tx, workspace_id=workspace_id, after_seq=seq, page_size=PAGE + 1)
        events, _ = page.first(PAGE)
        if not events:
            return seq
        await consumer.take(tx, workspace_id, events)
        db.advance_consumer(tx, seq=events[-1].seq, **place)
        return events[-1].seq


Lags = Mapping[str, tuple[int, float]]
"""Of each consumer that is behind: how many events, and for how many seconds the oldest has waited."""


async def measure_lag(database: Database, tools: Tools, tell: Callable[[Lags | None], None]) -> None:
    """Tells how far consumers are behind; None where the database does not answer. Raises
    ``DatabaseError``."""
    found: Lags | None = None
    try:
        now = tools.clock()
        async with database.read() as tx:
            rows = await db.read_lag(tx)
        found = {row.name: (row.events, (now - row.oldest).total_seconds()) for row in rows}
    finally:
        tell(found)
