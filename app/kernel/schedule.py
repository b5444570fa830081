"""Work that a process does by itself, again and again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Hashable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypeVar

from app.core.places import Places
from app.db.errors import DatabaseError

T = TypeVar("T")
log = logging.getLogger(__name__)

_PAGES_HELD = 3
"""Of claimed work that waits for its turn; more is left for whoever has room."""


async def repeat(name: str, work: Callable[[], Awaitable[object]], *, pause: timedelta) -> None:
    """Runs ``work`` until it is cancelled, with a ``pause`` after each run. No failure ends it: the next run
    finds what this one did not do."""
    while True:
        try:
            await work()
        except Exception as error:
            if (known := _of_the_database(error)) is not None:
                log.warning("schedule failed", extra={"schedule": name, "reason": str(known)})
            else:
                log.exception("schedule failed", extra={"schedule": name})
        await asyncio.sleep(pause.total_seconds())


def _of_the_database(error: Exception) -> DatabaseError | None:
    """What is told without a trace: a database that is away or full is so for every run until it is back.
    ``work_through`` raises it in a group."""
    if isinstance(error, ExceptionGroup):
        known, unknown = error.split(DatabaseError)
        return None if known is None or unknown is not None else _of_the_database(known.exceptions[0])
    return error if isinstance(error, DatabaseError) else None


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs ``work`` beside the block, and ends it with the block."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        # Asked more than once: a cancellation that meets a database error on its way is lost to it.
        while not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=1)
        await asyncio.gather(task, return_exceptions=True)


async def work_through(
    claim: Callable[[], Awaitable[Sequence[T]]],
    do: Callable[[T], Awaitable[None]],
    *,
    page: int,
    at_once: int,
    whose: Callable[[T], Hashable],
    at_once_of_one: int,
    again: timedelta,
) -> int:
    """Claims and does work, until ``claim`` answers nothing and nothing is under way; answers how much was
    taken up. ``at_once`` go on side by side, and ``at_once_of_one`` of those that are one's
    (``whose``): what is slow keeps nobody else's work waiting, and while it is under way what has come
    meanwhile is claimed each ``again``. What ``do`` lets through is logged and ends nothing."""
    slots, lines = asyncio.Semaphore(at_once), Places(at_once_of_one)
    under_way = set[asyncio.Task[None]]()

    async def in_turn(item: T) -> None:
        async with lines.take(whose(item)), slots:
            try:
                await do(item)
            except Exception:
                log.exception("work failed")

    total = 0
    async with asyncio.TaskGroup() as group:
        while True:
            items = await claim()
            total += len(items)
            for item in items:
                task = group.create_task(in_turn(item))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            if len(items) < page:
                if not items and not under_way:
                    return total
                await asyncio.wait(under_way, timeout=again.total_seconds())
            while len(under_way) > _PAGES_HELD * page:
                await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
