"""A thread of one's own for blocking calls, which can be left to itself."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

T = TypeVar("T")
_LAST_BREATH_SECONDS = 1.0


class OwnThread(Executor):
    """One thread, for one connection: a call that never comes back takes nothing along but the two. It is a
    daemon, as those of ``ThreadPoolExecutor`` are not, so it does not keep the process from ending either."""

    def __init__(self, name: str) -> None:
        self._turns: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def submit(self, work: Callable[..., T], /, *arguments: Any, **named: Any) -> Future[T]:
        future: Future[T] = Future()
        self._turns.put(lambda: _do(future, lambda: work(*arguments, **named)))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Ends the thread after its last call; waits a moment for that."""
        self._turns.put(None)
        if wait:
            self._thread.join(_LAST_BREATH_SECONDS)

    def _work(self) -> None:
        while (turn := self._turns.get()) is not None:
            turn()


def _do(future: Future[T], work: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(work())
    except BaseException as error:
        future.set_exception(error)
