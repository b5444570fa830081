"""Counters of time windows, in this process's memory or in Redis: the one module that knows ``limits``.

What another version of the library may move:

- ``MemoryWindows`` is a storage of ours, so whatever a storage must have is to be had here, and nothing tells
  but the library's own counting with it, which ``tests/core/test_windows.py`` has it do
  (https://limits.readthedocs.io/en/stable/custom-storage.html).
- ``RedisStorage`` takes our pool by an option that its stub does not have, and answers Unix times.
- ``RateLimitItem.key_for`` is how keys in Redis begin: in another form, every window begins anew once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cachetools import TLRUCache
from limits import RateLimitItem, parse
from limits.aio.storage import Storage
from limits.errors import StorageError

if TYPE_CHECKING:
    from redis.asyncio import ConnectionPool

__all__ = ["MemoryWindows", "RateLimitItem", "StorageError", "Windows", "parse"]

_REDIS_SECONDS, _REDIS_CONNECTIONS = 0.5, 16
_MOST = 100_000
"""Beyond so many callers at once the least active is forgotten, and may begin anew."""


class _Window:
    __slots__ = ("count", "ends")

    def __init__(self, ends: float) -> None:
        self.count = 0
        self.ends = ends


def _ends(key: str, window: _Window, now: float) -> float:
    return window.ends


class MemoryWindows(Storage):
    """Exact within one event loop: nothing here waits. The library's own looks through the windows of all
    callers at every request: with 10,000 of them that takes a millisecond. Here each is let go when its time
    is over. ``now`` only ever passes: a clock that is set ends no
    window and begins none."""

    STORAGE_SCHEME = None

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now = now
        self._windows: TLRUCache[str, _Window] = TLRUCache(_MOST, ttu=_ends, timer=now)

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        window = self._windows.get(key)
        if window is None:
            self._windows[key] = window = _Window(self._now() + expiry)
        window.count += amount
        return window.count

    async def get(self, key: str) -> int:
        window = self._windows.get(key)
        return window.count if window else 0

    async def get_expiry(self, key: str) -> float:
        window = self._windows.get(key)
        return window.ends if window else self._now()

    async def check(self) -> bool:
        return True

    async def reset(self) -> int:
        count = len(self._windows)
        self._windows.clear()
        return count

    async def clear(self, key: str) -> None:
        self._windows.pop(key, None)


class Windows:
    """In Redis at this URL, exact across processes, or else in memory, by a clock that only ever passes.
    ``aclose`` when done."""

    def __init__(self, redis_url: str | None, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._now = monotonic if redis_url is None else time.time
        self._pool: ConnectionPool | None = None
        self._storage = MemoryWindows(monotonic) if redis_url is None else self._in_redis(redis_url)

    def _in_redis(self, url: str) -> Storage:
        from limits.aio.storage import RedisStorage
        from redis.asyncio import BlockingConnectionPool

        # A crowd waits for a connection, as long as for an answer, instead of opening one each.
        self._pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_REDIS_CONNECTIONS,
            timeout=_REDIS_SECONDS,
            socket_timeout=_REDIS_SECONDS,
            socket_connect_timeout=_REDIS_SECONDS,
        )
        # Handed over, so that it can be closed; the stub knows of plain values only.
        options: dict[str, Any] = {"connection_pool": self._pool}
        return RedisStorage(f"async+{url}", wrap_exceptions=True, implementation="redispy", **options)

    async def count(self, key: str, seconds: int) -> tuple[int, float]:
        """Counts one in the window of this key, which begins with its first and lasts that long. Answers
        how many there are now, and the seconds it still lasts. Raises ``StorageError`` where the store is
        away."""
        count = await self._storage.incr(key, seconds)
        return count, await self._storage.get_expiry(key) - self._now()

    async def give_back(self, key: str, seconds: int) -> None:
        """One that was counted was none. In a window that is over meanwhile it leaves room for one more.
        Raises ``StorageError``."""
        await self._storage.incr(key, seconds, -1)

    async def aclose(self) -> None:
        if self._pool is not None:
            await self._pool.aclose()
