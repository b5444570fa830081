"""Work that a process does by itself, again and again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from app.db.errors import DatabaseError

T = TypeVar("T")
log = logging.getLogger(__name__)


async def repeat(name: str, work: Callable[[], Awaitable[object]], *, pause: timedelta) -> None:
    """Runs ``work`` until it is cancelled, with a ``pause`` after each run. No failure ends it: the next run
    finds what this one did not do."""
    while True:
        try:
            await work()
        except DatabaseError as error:
            log.warning("schedule failed", extra={"schedule": name, "reason": str(error)})
        except Exception:
            log.exception("schedule failed", extra={"schedule": name})
        await asyncio.sleep(pause.total_seconds())


async def work_through(
    claim: Callable[[], Awaitable[Sequence[T]]],
    do: Callable[[T], Awaitable[None]],
    *,
    page: int,
    at_once: int,
) -> int:
    """Claims and does work, ``at_once`` side by side, until ``claim`` answers less than a ``page``; answers
    how much was taken up. What ``do`` lets through ends its neighbours, so it deals with its own failures."""
    slots = asyncio.Semaphore(at_once)

    async def in_turn(item: T) -> None:
        async with slots:
            await do(item)

    total = 0
    while True:
        items = await claim()
        async with asyncio.TaskGroup() as group:
            for item in items:
                group.create_task(in_turn(item))
        total += len(items)
        if len(items) < page:
            return total
