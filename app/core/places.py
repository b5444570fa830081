"""Places for work under way: so many of a kind at once, so many more in line; no line waits for another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager


class NoPlace(Exception):
    """As many wait in this line as may."""


class _Line:
    def __init__(self, at_once: int) -> None:
        self.slots = asyncio.Semaphore(at_once)
        self.taken = 0


class Places:
    """For each key ``at_once`` go on side by side, and ``waiting`` more wait their turn (None: any number).
    Belongs to one event loop. Remembers only who is there."""

    def __init__(self, at_once: int, waiting: int | None = None) -> None:
        self._at_once = at_once
        self._most = None if waiting is None else at_once + waiting
        self._lines: dict[Hashable, _Line] = {}

    @asynccontextmanager
    async def take(self, key: Hashable) -> AsyncIterator[None]:
        """Raises ``NoPlace`` at once."""
        line = self._lines.setdefault(key, _Line(self._at_once))
        if line.taken == self._most:
            raise NoPlace
        line.taken += 1
        try:
            async with line.slots:
                yield
        finally:
            line.taken -= 1
            if not line.taken:
                del self._lines[key]
