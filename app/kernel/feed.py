"""Wakes those who follow a workspace when it has a new event, whichever process wrote it, and ends what they
follow with when their session ends, which is no event.

One task a process asks for the last numbers of the workspaces that somebody follows; the followers read their
events themselves, each with their own role. Whoever knows of a change says so (``hasten``), and it is looked
at at once; what nobody told is found at the next round.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

import msgspec

from app.core.caller import Caller
from app.core.clock import Clock
from app.db.connection import Database
from app.db.errors import DatabaseError, TransientError
from app.db.handles import feed as db
from app.kernel.schedule import repeat

T = TypeVar("T")
log = logging.getLogger(__name__)

_CHUNK = 500
_TOGETHER = timedelta(milliseconds=10)
"""After a look at what was hastened: what comes within that time is looked at together."""


class Session(NamedTuple):
    """What a follower's being signed in hangs on."""

    user_id: str
    jti: str
    version: int
    ends_at: datetime

    @classmethod
    def of(cls, caller: Caller) -> Session | None:
        claims = caller.claims
        if claims is None:
            return None
        ends_at = min(caller.identity.expires_at, claims.expires_at)
        return cls(caller.user_id, claims.jti, claims.session_version, ends_at)


class Watch:
    """One follower's place."""

    def __init__(self, session: Session | None = None) -> None:
        self.session = session
        self._wake = asyncio.Event()
        # Of its own: what was seen before this one began may be news to it.
        self._seen: int | None = None
        self._has_news = False
        self.present: frozenset[str] | None = None
        """The people who are there, where it is told of them."""
        self.is_closing = False
        """The process is to end."""
        self.has_ended = False
        """The session is over."""

    def know(self, seq: int) -> None:
        """What it has read by itself is no news."""
        self._seen = seq if self._seen is None else max(self._seen, seq)

    def tell(self, seq: int) -> None:
        """The last number, as it is now."""
        if seq != self._seen:
            self._seen = seq
            self._has_news = True
            self._wake.set()

    def show(self, present: frozenset[str] | None) -> None:
        """Who is there now; None where that is not told."""
        if present != self.present:
            self.present = present
            self._wake.set()

    def end(self) -> None:
        self.has_ended = True
        self._wake.set()

    def close(self) -> None:
        self.is_closing = True
        self._wake.set()

    def take_news(self) -> bool:
        """Whether there are events to be read."""
        had, self._has_news = self._has_news, False
        return had

    async def wait(self, seconds: float | None = None) -> bool:
        """Until there is news, or it is over; False when the time is up first."""
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return False
        self._wake.clear()
        return True


class Feed:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._watches: dict[str, set[Watch]] = defaultdict(set)
        self._is_closing = False
        self._hastened: set[str] = set()
        self._haste = asyncio.Event()

    @contextmanager
    def watch(self, workspace_id: str, session: Session | None = None) -> Iterator[Watch]:
        watch = Watch(session)
        if self._is_closing:
            watch.close()
        self._watches[workspace_id].add(watch)
        try:
            yield watch
        finally:
            watches = self._watches[workspace_id]
            watches.discard(watch)
            if not watches:
                del self._watches[workspace_id]

    def hasten(self, workspace_ids: Iterable[str]) -> None:
        """Something happened in these: the next look comes at once where somebody follows them."""
        known = self._watches.keys() & workspace_ids
        if known:
            self._hastened |= known
            self._haste.set()

    async def run(self, pause: timedelta) -> None:
        """Until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(repeat("feed", self.look, pause=pause))
            group.create_task(repeat("hastened feed", self._look_in_haste, pause=_TOGETHER))

    async def look(self) -> None:
        """At all that is followed, and at all who follow. What cannot be read keeps nobody else waiting; it
        is raised when all others have been told."""
        failed = await self._tell_heads(list(self._watches))
        failed += await self._end_sessions()
        if failed:
            raise failed[0]

    async def _look_in_haste(self) -> None:
        await self._haste.wait()
        self._haste.clear()
        hastened, self._hastened = list(self._hastened), set()
        if failed := await self._tell_heads(hastened):
            raise failed[0]

    async def _tell_heads(self, workspace_ids: Sequence[str]) -> list[DatabaseError]:
        async def tell(some: Sequence[str]) -> None:
            async with self._database.read() as tx:
                rows = await db.list_event_seqs(tx, ids=msgspec.json.encode(some).decode())
            heads = {row.workspace_id: row.event_seq for row in rows}
            for workspace_id in some:
                # A workspace that was purged has no head; its followers find that out for themselves.
                for watch in self._watches.get(workspace_id, ()):
                    watch.tell(heads.get(workspace_id, -1))

        return await _in_chunks(workspace_ids, tell)

    async def _end_sessions(self) -> list[DatabaseError]:
        by_session: dict[Session, list[Watch]] = defaultdict(list)
        now = self._clock()
        for watches in self._watches.values():
            for watch in watches:
                if (session := watch.session) is None or watch.has_ended:
                    continue
                if now >= session.ends_at:
                    watch.end()
                else:
                    by_session[session].append(watch)

        async def end(some: Sequence[Session]) -> None:
            asked = [
                {"place": place, "user_id": each.user_id, "jti": each.jti, "version": each.version}
                for place, each in enumerate(some)
            ]
            async with self._database.read() as tx:
                rows = await db.list_ended_sessions(tx, sessions=msgspec.json.encode(asked).decode())
            for row in rows:
                for watch in by_session[some[row.place]]:
                    watch.end()

        return await _in_chunks(list(by_session), end)

    def close(self) -> None:
        """Ends every watch: a server that is to stop waits for nobody who only listens."""
        self._is_closing = True
        for watches in self._watches.values():
            for watch in watches:
                watch.close()


async def _in_chunks(items: Sequence[T], do: Callable[[Sequence[T]], Awaitable[None]]) -> list[DatabaseError]:
    """Does it for all that it can be done for. A chunk that fails is halved until what it fails for is alone,
    unless the database is away; answers what it failed with."""
    failed: list[DatabaseError] = []
    left = [chunk for start in range(0, len(items), _CHUNK) if (chunk := items[start : start + _CHUNK])]
    while left:
        chunk = left.pop()
        try:
            await do(chunk)
        except TransientError as error:
            failed.append(error)
        except DatabaseError as error:
            half = len(chunk) // 2
            if half:
                left += (chunk[:half], chunk[half:])
            else:
                failed.append(error)
    return failed
