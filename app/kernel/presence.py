"""Who has a socket of a workspace open now, whichever process it is at.

Each process tells what is open in it, a person once for each workspace, and that it is there itself; one
that was killed is heard of no more, and what it had open is shown for no longer than that may take. Opening a
socket writes nothing: one task does it for all, which a crowd that comes back at once does not make busier,
and who is cut off and comes again within its pause has never been away.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import msgspec

from app.core.caller import Tools
from app.core.clock import CLOCKS_DIFFER
from app.db.connection import Database, WriteTransaction
from app.db.errors import DatabaseError
from app.db.handles import presence as db
from app.kernel.feed import Watch
from app.kernel.schedule import repeat

T = TypeVar("T")
log = logging.getLogger(__name__)

LIFETIME = timedelta(seconds=30)
"""After this a process that has not been heard of is not there."""
PAUSE = timedelta(seconds=1)
_BEAT_SECONDS = 10.0
_CHUNK = 500
_MOST_TOLD = 200
"""Where more are present, sockets are told of nobody; the list shows them."""

Place = tuple[str, str]
"""Of a workspace, somebody."""


def span(now: datetime) -> dict[str, datetime]:
    """The beats of processes that are there, by clocks that may differ."""
    return {"since": now - LIFETIME, "until": now + CLOCKS_DIFFER}


class Presence:
    """Of one process. Inside ``run`` it tells and looks; ``aclose`` takes back what it told."""

    def __init__(self, database: Database, tools: Tools) -> None:
        self._database = database
        self._tools = tools
        self._process_id = tools.new_id()
        self._open: Counter[Place] = Counter()
        self._told: set[Place] = set()
        self._beat_at: float | None = None
        """None while nobody knows of this process."""
        self._watches: dict[str, dict[Watch, str]] = defaultdict(dict)

    @contextmanager
    def enter(self, workspace_id: str, user_id: str, watch: Watch) -> Iterator[None]:
        """Somebody has a socket open, and is told of others by its ``watch``."""
        place = workspace_id, user_id
        self._open[place] += 1
        self._watches[workspace_id][watch] = user_id
        try:
            yield
        finally:
            self._open[place] -= 1
            if not self._open[place]:
                del self._open[place]
            del self._watches[workspace_id][watch]
            if not self._watches[workspace_id]:
                del self._watches[workspace_id]

    async def run(self) -> None:
        """Until it is cancelled."""
        await repeat("presence", self.look, pause=PAUSE)

    async def look(self) -> None:
        """Tells what has changed here, and those who follow of what has changed anywhere. A process where
        nobody has a socket asks and tells nothing."""
        await self._tell()
        await self._hear()

    async def _tell(self) -> None:
        here, now = set(self._open), self._tools.monotonic()
        if not here and not self._told:
            return
        is_due = self._beat_at is None or now - self._beat_at >= _BEAT_SECONDS
        if here == self._told and not is_due:
            return
        work = partial(self._write, come=here - self._told, gone=self._told - here, here=here)
        await self._database.transact(work)
        self._told, self._beat_at = here, now

    async def _write(
        self, tx: WriteTransaction, *, come: set[Place], gone: set[Place], here: set[Place]
    ) -> None:
        process_id, now = self._process_id, self._tools.clock()
        if not await db.beat(tx, process_id=process_id, now=now):
            # The first time, or it was forgotten while it stood still.
            db.insert_process(tx, process_id=process_id, now=now)
            come, gone = here, set()
        for some in _chunks(sorted(gone)):
            db.delete_connections(tx, process_id=process_id, connections=_as_json(some))
        for some in _chunks(sorted(come)):
            db.insert_connections(tx, process_id=process_id, connections=_as_json(some), now=now)

    async def _hear(self) -> None:
        followed = list(self._watches)
        for some in _chunks(followed):
            ids = msgspec.json.encode(some).decode()
            async with self._database.read() as tx:
                rows = await db.list_present(tx, ids=ids, **span(self._tools.clock()))
            shown: dict[str, set[str]] = defaultdict(set)
            guests: set[Place] = set()
            for row in rows:
                if not row.is_hidden:
                    shown[row.workspace_id].add(row.user_id)
                if row.is_guest:
                    guests.add((row.workspace_id, row.user_id))
            for workspace_id in some:
                present = frozenset(shown[workspace_id])
                nobody = len(present) > _MOST_TOLD
                for watch, user_id in self._watches.get(workspace_id, {}).items():
                    watch.show(None if nobody or (workspace_id, user_id) in guests else present)

    async def aclose(self) -> None:
        """A process that ends in order leaves nobody behind; else time does it."""
        if self._beat_at is None:
            return

        async def leave(tx: WriteTransaction) -> None:
            db.delete_connections_of_process(tx, process_id=self._process_id)
            db.delete_process(tx, process_id=self._process_id)

        try:
            await self._database.transact(leave)
        except DatabaseError as error:
            log.warning("presence not taken back", extra={"reason": str(error)})


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))


def _as_json(places: Sequence[Place]) -> str:
    asked = [{"workspace_id": workspace_id, "user_id": user_id} for workspace_id, user_id in places]
    return msgspec.json.encode(asked).decode()
