"""Counters of time windows in this process's memory, as a storage for ``limits``.

The library's own looks through the windows of all callers at every request: with 10,000 of them that takes a
millisecond. Here each is let go when its time is over.

https://limits.readthedocs.io/en/stable/custom-storage.html
"""

from __future__ import annotations

import time
from collections.abc import Callable

from cachetools import TLRUCache
from limits.aio.storage import Storage

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
    """Exact within one event loop: nothing here waits. ``now`` only ever passes: a clock that is set ends no
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
