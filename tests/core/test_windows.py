"""Windows in memory: they count, end by themselves, and are only so many."""

from __future__ import annotations

import pytest
from limits.aio.strategies import FixedWindowRateLimiter

from app.core.windows import MemoryWindows, parse


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_a_window_begins_with_its_first_and_ends_when_its_time_is_over() -> None:
    now = Time()
    windows = MemoryWindows(now)
    assert [await windows.incr("a", 60) for _ in range(3)] == [1, 2, 3]
    assert (await windows.get("a"), await windows.get_expiry("a")) == (3, 1060.0)
    now.now += 59.9
    assert await windows.incr("a", 60) == 4
    assert await windows.get_expiry("a") == 1060.0, "a later one does not make it longer"
    now.now += 0.1
    assert (await windows.get("a"), await windows.get_expiry("a")) == (0, now.now)
    assert await windows.incr("a", 60, amount=2) == 2


async def test_what_is_over_is_let_go() -> None:
    now = Time()
    windows = MemoryWindows(now)
    for number in range(1000):
        await windows.incr(f"caller {number}", 60)
    now.now += 61
    await windows.incr("another", 60)
    assert await windows.reset() == 1
    assert await windows.get("another") == 0


async def test_there_are_only_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.core.windows._MOST", 3)
    windows = MemoryWindows(Time())
    for key in ("a", "b", "c"):
        await windows.incr(key, 60)
    await windows.incr("a", 60)
    await windows.incr("d", 60)
    assert [await windows.get(key) for key in "abcd"] == [2, 0, 1, 1], "the least used goes"
    await windows.clear("d")
    assert await windows.get("d") == 0
    assert await windows.check()


async def test_the_library_counts_with_it() -> None:
    limiter = FixedWindowRateLimiter(MemoryWindows(Time()))
    item = parse("3/minute")
    assert [await limiter.hit(item, "ada") for _ in range(5)] == [True, True, True, False, False]
    assert await limiter.hit(item, "bob")
