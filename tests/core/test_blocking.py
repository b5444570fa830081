"""Threads of their own kind: bounded, with a deadline, and in nobody else's way."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.core.blocking import Blocking, Busy, Overdue
from tests.harness import SIGNING_KEY

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
async def gate() -> AsyncIterator[threading.Event]:
    """What is called waits for it; it opens at the end of the test at the latest."""
    event = threading.Event()
    yield event
    event.set()


async def test_it_answers_and_raises_what_the_function_does() -> None:
    blocking = Blocking("test", workers=2, waiting=2, deadline=10)
    assert await blocking.run(divmod, 7, 3) == (2, 1)
    with pytest.raises(ZeroDivisionError):
        await blocking.run(divmod, 7, 0)
    with pytest.raises(TimeoutError, match="the function's own"):
        await blocking.run(_raise, TimeoutError("the function's own"))
    await blocking.aclose()


def _raise(error: Exception) -> None:
    raise error


async def test_no_more_threads_than_it_may_have_and_no_more_than_it_needs() -> None:
    blocking = Blocking("bounded", workers=3, waiting=100, deadline=10)
    for _ in range(5):
        await blocking.run(int)
    assert [each.name for each in threading.enumerate() if each.name.startswith("bounded-")] == ["bounded-1"]
    barrier = threading.Barrier(3)
    await asyncio.gather(*(blocking.run(barrier.wait) for _ in range(60)))
    assert sorted(each.name for each in threading.enumerate() if each.name.startswith("bounded-")) == [
        "bounded-1", "bounded-2", "bounded-3",
    ]  # fmt: skip
    threads = [each for each in threading.enumerate() if each.name.startswith("bounded-")]
    await blocking.aclose()
    for each in threads:
        each.join(10)
    assert not any(each.is_alive() for each in threads)


async def test_who_finds_no_place_to_wait_is_told_at_once(gate: threading.Event) -> None:
    blocking = Blocking("test", workers=1, waiting=2, deadline=10)
    waiting = [asyncio.create_task(blocking.run(gate.wait)) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Busy) as busy:
        await blocking.run(int)
    assert busy.value.retry_after == 1
    gate.set()
    assert await asyncio.gather(*waiting) == [True] * 3
    assert await blocking.run(int) == 0
    await blocking.aclose()


async def test_the_deadline_counts_the_turn_and_frees_the_place(gate: threading.Event) -> None:
    blocking = Blocking("test", workers=1, waiting=1, deadline=0.05)
    done = list[int]()
    first, second = await asyncio.gather(
        blocking.run(gate.wait), blocking.run(done.append, 1), return_exceptions=True
    )
    assert isinstance(first, Overdue)
    assert isinstance(second, Overdue)
    # The first still has its thread; the second never had one, and its place is free again.
    waiting = asyncio.create_task(blocking.run(int))
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await blocking.run(int)
    gate.set()
    assert await waiting == 0
    assert done == []
    await blocking.aclose()


async def test_work_of_a_caller_who_went_before_its_turn_is_never_done(
    gate: threading.Event, caplog: pytest.LogCaptureFixture
) -> None:
    blocking = Blocking("test", workers=1, waiting=5, deadline=10)
    done = list[int]()
    holding = asyncio.create_task(blocking.run(gate.wait))
    for discard in (None, done.append):
        gone = asyncio.create_task(blocking.run(done.append, 1, discard=discard))
        await asyncio.sleep(0)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
    gate.set()
    await holding
    await blocking.run(done.append, 2)
    assert done == [2]
    await blocking.aclose()
    assert caplog.records == []


@pytest.mark.parametrize("gone", [False, True])
async def test_what_comes_too_late_is_discarded_and_a_late_error_is_nobody_s(
    gate: threading.Event, gone: bool, caplog: pytest.LogCaptureFixture
) -> None:
    blocking = Blocking("test", workers=2, waiting=1, deadline=10 if gone else 0.05)
    discarded = list[str]()

    def late() -> str:
        gate.wait(10)
        return "late"

    def late_error() -> str:
        gate.wait(10)
        raise OSError("late")

    calls = [asyncio.create_task(blocking.run(each, discard=discarded.append)) for each in (late, late_error)]
    await asyncio.sleep(0.02)
    if gone:
        for number in range(2):
            calls[number].cancel()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(each) for each in outcomes} == {asyncio.CancelledError if gone else Overdue}
    assert discarded == []
    gate.set()
    await blocking.aclose()
    assert discarded == ["late"]
    del calls, outcomes
    gc.collect()
    await asyncio.sleep(0)
    assert caplog.records == []


async def test_closing_waits_for_what_has_begun_and_not_for_ever(gate: threading.Event) -> None:
    blocking = Blocking("test", workers=1, waiting=5, deadline=10)
    hanging = asyncio.create_task(blocking.run(gate.wait))
    queued = asyncio.create_task(blocking.run(int))
    await asyncio.sleep(0.05)
    await blocking.aclose(grace=0.05)
    async with asyncio.timeout(10):
        await blocking.aclose(grace=60)  # has been closed, and waits for nobody again
    with pytest.raises(asyncio.CancelledError):
        await queued
    with pytest.raises(Busy):
        await blocking.run(int)
    gate.set()
    assert await hanging


async def test_what_has_not_begun_when_it_is_closed_never_does(gate: threading.Event) -> None:
    blocking = Blocking("test", workers=1, waiting=5, deadline=10)
    done = list[int]()
    holding = asyncio.create_task(blocking.run(gate.wait))
    queued = asyncio.create_task(blocking.run(done.append, 1))
    await asyncio.sleep(0.01)
    closing = asyncio.create_task(blocking.aclose(grace=60))
    await asyncio.sleep(0)
    gate.set()
    await closing
    assert await holding
    with pytest.raises(asyncio.CancelledError):
        await queued
    assert done == []


HANGS = """
import asyncio, threading
from app.core.blocking import Blocking

async def main():
    blocking = Blocking("test", workers=1, waiting=1, deadline=0.05)
    try:
        await blocking.run(threading.Event().wait)
    finally:
        await blocking.aclose(grace=0.05)

asyncio.run(main())
"""


@pytest.mark.slow
def test_a_thread_that_hangs_for_ever_does_not_keep_the_process() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", HANGS], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr.strip().endswith("A part this service needs took too long. Try again.")


LOOKS_UP = """
import asyncio, os, uvloop
from app.core.config import Settings
from app.main import _application

async def main():
    await asyncio.get_running_loop().getaddrinfo("localhost", 80)
    print(len(os.listdir("/proc/self/task")))

_application(Settings(_env_file=None))
uvloop.run(main())
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads are counted as Linux shows them")
def test_more_names_than_two_are_looked_up_at_once(tmp_path: Path) -> None:
    environment = {"PMA_SIGNING_KEYS": SIGNING_KEY, "LOCAL_ISSUER_KEY_FILE": str(tmp_path / "key.pem")}
    done = subprocess.run(
        [sys.executable, "-c", LOOKS_UP],
        env=os.environ | environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) >= 17
