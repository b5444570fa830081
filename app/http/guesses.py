"""Secrets that only the database can judge, cookies of browsers and secrets of directories: how often an
address may come with one that is nobody's.

Each is counted before it is looked up, so that many at once are let through no more often than one after the
other, and is given back where it was right. What has been right once in this process is looked up without
being counted first: whoever shares an address with somebody who guesses goes on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from cachetools import LRUCache

from app.core.errors import AppError, RateLimited

_MOST = 50_000
"""So many are remembered; one that is forgotten is counted once more."""


class Guesses:
    """``take`` counts one of an address, and raises ``RateLimited``; ``give_back`` takes one off."""

    def __init__(
        self,
        take: Callable[[str | None], Awaitable[None]],
        give_back: Callable[[str | None], Awaitable[None]],
    ) -> None:
        self._take = take
        self._give_back = give_back
        self._right: LRUCache[str, None] = LRUCache(_MOST)

    def was_right(self, digest: str) -> bool:
        return digest in self._right

    @asynccontextmanager
    async def judged(
        self, digest: str, address: str | None, wrong: type[AppError]
    ) -> AsyncIterator[Callable[[], None]]:
        """What it yields is called when the secret was found right; ``wrong`` is raised where it is not.
        Whatever else happens says nothing of it. Raises ``RateLimited``."""
        is_known = self.was_right(digest)
        if not is_known:
            await self._take(address)
        is_wrong = False
        try:
            yield lambda: self._right.update({digest: None})
        except wrong:
            is_wrong = True
            raise
        finally:
            if not is_wrong and not is_known:
                await self._give_back(address)
            elif is_wrong and is_known:
                self._right.pop(digest, None)
                with suppress(RateLimited):  # what was right until now is told what it is
                    await self._take(address)
