"""Pages are fetched once, remembered shortly, and never for somebody else."""

from __future__ import annotations

import asyncio
import gc

import pytest

from app.integrations.short_cache import LIFETIME, ShortCache
from tests.harness import Clock


class Fetch:
    def __init__(self, delay: float = 0.0) -> None:
        self.calls = 0
        self.delay = delay
        self.error: Exception | None = None

    async def __call__(self) -> int:
        self.calls += 1
        await asyncio.sleep(self.delay)
        if self.error:
            raise self.error
        return self.calls


async def test_it_is_remembered_for_a_while_and_by_key() -> None:
    clock, fetch = Clock(), Fetch()
    cache: ShortCache[int] = ShortCache(monotonic=clock.monotonic)
    assert [await cache.get("ada", fetch), await cache.get("ada", fetch), await cache.get("bob", fetch)] == [
        1,
        1,
        2,
    ]
    clock.advance(seconds=LIFETIME.total_seconds() + 1)
    assert await cache.get("ada", fetch) == 3


async def test_a_clock_that_is_set_makes_nothing_older_or_younger() -> None:
    clock, fetch = Clock(), Fetch()
    cache: ShortCache[int] = ShortCache(monotonic=clock.monotonic)
    assert await cache.get("before", fetch) == 1
    clock.jump(days=27_000)
    assert [await cache.get("before", fetch), await cache.get("there", fetch)] == [1, 2]
    clock.jump(days=-27_000)
    clock.advance(seconds=LIFETIME.total_seconds() + 1)
    assert [await cache.get("before", fetch), await cache.get("there", fetch)] == [3, 4]


async def test_many_at_once_are_one_fetch() -> None:
    fetch = Fetch(0.05)
    cache: ShortCache[int] = ShortCache()
    assert set(await asyncio.gather(*(cache.get("key", fetch) for _ in range(50)))) == {1}
    assert fetch.calls == 1


async def test_who_gives_up_does_not_end_it_for_the_others() -> None:
    fetch = Fetch(0.05)
    cache: ShortCache[int] = ShortCache()
    tasks = [asyncio.create_task(cache.get("key", fetch)) for _ in range(3)]
    await asyncio.sleep(0.01)
    tasks[0].cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(answers[0], asyncio.CancelledError)
    assert answers[1:] == [1, 1]


async def test_a_failure_is_told_to_all_and_forgotten() -> None:
    fetch = Fetch(0.02)
    fetch.error = RuntimeError("no")
    cache: ShortCache[int] = ShortCache()
    answers = await asyncio.gather(*(cache.get("key", fetch) for _ in range(3)), return_exceptions=True)
    assert all(isinstance(answer, RuntimeError) for answer in answers)
    fetch.error = None
    assert await cache.get("key", fetch) == 2


async def test_a_failure_that_nobody_waits_for_any_more_is_nobody_s(caplog: pytest.LogCaptureFixture) -> None:
    gate = asyncio.Event()

    async def fail() -> int:
        await gate.wait()
        raise RuntimeError("no")

    cache: ShortCache[int] = ShortCache()
    task = asyncio.create_task(cache.get("key", fail))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    del task  # its traceback holds what was waited for
    gate.set()
    for _ in range(3):
        await asyncio.sleep(0)
    gc.collect()
    assert caplog.records == []


async def test_closing_waits_until_what_is_under_way_has_ended() -> None:
    ended = list[str]()

    async def slow() -> int:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            ended.append("slow")
        return 1

    cache: ShortCache[int] = ShortCache()
    task = asyncio.create_task(cache.get("key", slow))
    for _ in range(3):
        await asyncio.sleep(0)
    await cache.aclose()
    assert ended == ["slow"]
    await asyncio.wait([task])
    assert task.cancelled()


async def test_closing_ends_what_is_under_way() -> None:
    fetch = Fetch(60)
    cache: ShortCache[int] = ShortCache()
    task = asyncio.create_task(cache.get("key", fetch))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await cache.aclose()
    with pytest.raises(asyncio.CancelledError):
        await task
