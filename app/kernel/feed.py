"""Wakes those who follow a workspace when it has a new event, whichever process wrote it.

One task a process asks for the last number of each workspace that somebody follows; the followers read
their events themselves, each with their own role.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from app.db.connection import Database
from app.db.handles.changes import read_event_seq
from app.kernel.schedule import repeat


class Watch:
    """One follower's place."""

    def __init__(self) -> None:
        self._news = asyncio.Event()
        # Of its own: what was seen before this one began may be news to it.
        self._seen: int | None = None
        self.is_closing = False

    def tell(self, seq: int) -> None:
        """The last number, as it is now."""
        if seq != self._seen:
            self._seen = seq
            self._news.set()

    def close(self) -> None:
        self.is_closing = True
        self._news.set()

    async def wait(self, seconds: float) -> bool:
        """Until there is news, or it is over; False when the time is up first."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return False
        self._news.clear()
        return True


class Feed:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._watches: dict[str, set[Watch]] = defaultdict(set)
        self._is_closing = False

    @contextmanager
    def watch(self, workspace_id: str) -> Iterator[Watch]:
        watch = Watch()
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

    async def run(self, pause: timedelta) -> None:
        """Until it is cancelled."""
        await repeat("feed", self.look, pause=pause)

    async def look(self) -> None:
        for workspace_id in list(self._watches):
            async with self._database.read() as tx:
                head = await read_event_seq(tx, workspace_id=workspace_id)
            # A workspace that was purged has no head; its followers find that out for themselves.
            for watch in self._watches.get(workspace_id, ()):
                watch.tell(head.event_seq if head else -1)

    def close(self) -> None:
        """Ends every watch: a server that is to stop waits for nobody who only listens."""
        self._is_closing = True
        for watches in self._watches.values():
            for watch in watches:
                watch.close()
