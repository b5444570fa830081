"""Remembers what another system answered for a short while, and asks once however many want to know.

A person who types into a search field asks the same again and again, and so do the tabs of a portal. The key
names the caller: what one may see is nobody else's to be shown.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from datetime import timedelta
from typing import Generic, TypeVar

from cachetools import TTLCache

T = TypeVar("T")

LIFETIME = timedelta(seconds=20)
_SIZE = 2000


class ShortCache(Generic[T]):
    """Belongs to one event loop. Failures are not remembered. Ages are of a monotonic clock: what is
    remembered while the wall clock stands in another year is no older or younger for it."""

    def __init__(
        self, lifetime: timedelta = LIFETIME, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._known: TTLCache[Hashable, T] = TTLCache(_SIZE, lifetime.total_seconds(), timer=monotonic)
        self._flights: dict[Hashable, asyncio.Task[T]] = {}

    async def get(self, key: Hashable, fetch: Callable[[], Awaitable[T]]) -> T:
        """What ``fetch`` answers, or answered lately. Who gives up does not end it for the others."""
        if key in self._known:
            return self._known[key]
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = asyncio.ensure_future(self._fetch(key, fetch))
            # Where everybody has given up, nobody asks for its outcome.
            flight.add_done_callback(lambda each: each.cancelled() or each.exception())
        return await asyncio.shield(flight)

    async def _fetch(self, key: Hashable, fetch: Callable[[], Awaitable[T]]) -> T:
        try:
            found = self._known[key] = await fetch()
            return found
        finally:
            del self._flights[key]

    async def aclose(self) -> None:
        flights = [*self._flights.values()]
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)
