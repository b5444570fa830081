"""Calls that block, in threads of their own kind.

asyncio's own executor is one for everybody: what hangs there, hangs all. So each kind of blocking work
(tokens, files, passwords) has its own threads, a bounded number of calls that may wait for one, and a
deadline. asyncio itself alone uses its executor, to look up names.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from app.core.errors import ServiceUnavailable

T = TypeVar("T")


class Busy(ServiceUnavailable):
    """As many calls of this kind wait as may."""

    default_message = "Too much of this is under way. Try again in a moment."

    def __init__(self) -> None:
        super().__init__(retry_after=1)


class Overdue(ServiceUnavailable):
    """The deadline is over. What was called may still be at it."""

    default_message = "A part this service needs took too long. Try again."


class Blocking:
    """Runs functions in up to ``workers`` threads, which are made when they are needed. Up to ``waiting``
    more calls wait for one; ``deadline`` is the seconds that a caller waits in all, its turn included.

    A thread cannot be ended from outside, and the call of a caller who has gone keeps its thread: give what
    is called a time-out of its own. The threads are daemons, as those of ``ThreadPoolExecutor`` are not: one
    that hangs for ever does not keep the process from ending.
    """

    def __init__(self, name: str, *, workers: int, waiting: int, deadline: float) -> None:
        self._name = name
        self._workers = workers
        self._most = workers + waiting
        self._deadline = deadline
        self._under_way: set[Future[Any]] = set()
        self._turns: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._is_closed = False

    async def run(
        self, work: Callable[..., T], *arguments: Any, discard: Callable[[T], object] | None = None
    ) -> T:
        """What ``work`` answers or raises. Raises ``Busy`` at once and ``Overdue`` when the deadline is over;
        work whose turn has not come by then, or before its caller was cancelled, is never done. ``discard``
        gets an answer that comes when nobody waits for it any more."""
        if self._is_closed or len(self._under_way) >= self._most:
            raise Busy
        future: Future[T] = Future()
        self._under_way.add(future)
        future.add_done_callback(self._under_way.discard)
        self._turns.put(partial(_do, future, work, arguments))
        if len(self._threads) < min(self._workers, len(self._under_way)):
            self._start()
        outcome = asyncio.wrap_future(future)
        try:
            await asyncio.wait((outcome,), timeout=self._deadline)
        except asyncio.CancelledError:
            _give_up(future, discard)
            outcome.cancel()
            raise
        if not outcome.done():
            _give_up(future, discard)
            outcome.cancel()
            raise Overdue
        return outcome.result()

    async def aclose(self, grace: float = 5.0) -> None:
        """Begins nothing more, and waits ``grace`` seconds for what has begun. Idempotent."""
        if self._is_closed:
            return
        self._is_closed = True
        begun = [each for each in [*self._under_way] if not each.cancel()]
        for _ in self._threads:
            self._turns.put(None)
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await asyncio.gather(*map(asyncio.wrap_future, begun), return_exceptions=True)

    def _start(self) -> None:
        name = f"{self._name}-{len(self._threads) + 1}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        while (turn := self._turns.get()) is not None:
            turn()


def _give_up(future: Future[T], discard: Callable[[T], object] | None) -> None:
    if not future.cancel() and discard is not None:
        future.add_done_callback(lambda done: done.exception() or discard(done.result()))


def _do(future: Future[T], work: Callable[..., T], arguments: tuple[Any, ...]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(work(*arguments))
    except BaseException as error:
        future.set_exception(error)
