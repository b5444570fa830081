"""Work that a process does by itself: nobody's waits for what is slow or broken of somebody else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from app.db.errors import DatabaseUnavailable
from app.kernel.schedule import repeat, running, work_through

Item = tuple[str, int]


class Queue:
    """Claims a page at a time of what is there."""

    def __init__(self, *items: Item) -> None:
        self.items = list(items)

    async def claim(self) -> list[Item]:
        page, self.items = self.items[:10], self.items[10:]
        return page


async def work(queue: Queue, do: Callable[[Item], Awaitable[None]], again: float = 10.0) -> int:
    return await work_through(
        queue.claim,
        do,
        page=10,
        at_once=4,
        whose=lambda item: item[0],
        at_once_of_one=2,
        again=timedelta(seconds=again),
    )


async def test_what_nobody_thought_of_is_logged_and_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    done = list[Item]()

    async def do(item: Item) -> None:
        await asyncio.sleep(0)
        if item[1] % 3 == 0:
            raise UnicodeError("xn--")
        done.append(item)

    assert await work(Queue(*((f"tenant-{n % 4}", n) for n in range(25))), do) == 25
    assert len(done) == 16
    assert [record.message for record in caplog.records] == ["work failed"] * 9


async def test_one_s_slow_work_keeps_nobody_waiting() -> None:
    gate, done, at_once, most = asyncio.Event(), list[Item](), 0, 0
    queue = Queue(*(("slow", n) for n in range(12)), *(("quick", n) for n in range(20)))

    async def do(item: Item) -> None:
        nonlocal at_once, most
        if item[0] == "slow":
            at_once += 1
            most = max(most, at_once)
            await gate.wait()
            at_once -= 1
        done.append(item)
        if item == ("late", 0):
            gate.set()
        elif len(done) == 20:
            # All the quick ones; what comes meanwhile is claimed too.
            queue.items.append(("late", 0))

    assert await work(queue, do, again=0.02) == 33
    assert done[20] == ("late", 0)
    assert most == 2


async def test_no_more_is_claimed_than_can_wait() -> None:
    gate = asyncio.Event()
    queue = Queue(*(("slow", n) for n in range(200)))

    async def do(item: Item) -> None:
        await gate.wait()

    working = asyncio.create_task(work(queue, do, again=0.01))
    await asyncio.sleep(0.05)
    assert len(queue.items) == 160
    gate.set()
    assert await working == 200


@pytest.mark.parametrize("error", [DatabaseUnavailable("SQLITE_FULL in COMMIT"), ZeroDivisionError()])
async def test_a_database_that_is_away_is_told_without_a_trace(
    caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """A full disk got one a second, because what leaves a group of tasks is a group."""
    runs = 0

    async def claim() -> list[Item]:
        nonlocal runs
        runs += 1
        raise error

    async def do(item: Item) -> None:
        raise AssertionError

    async def once() -> int:
        return await work_through(
            claim, do, page=1, at_once=1, whose=str, at_once_of_one=1, again=timedelta(1)
        )

    async with running(repeat("jobs", once, pause=timedelta(0))), asyncio.timeout(10):
        while runs < 3:  # noqa: ASYNC110 - nothing else tells of it
            await asyncio.sleep(0.001)
    told = [(record.levelname, record.exc_info is None) for record in caplog.records]
    is_known = isinstance(error, DatabaseUnavailable)
    assert set(told) == {("WARNING", True) if is_known else ("ERROR", False)}
