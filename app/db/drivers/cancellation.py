"""Work that must reach its end although the task that asked for it is cancelled."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def run_to_end(work: Awaitable[T]) -> T:
    """Runs ``work`` to its end, then lets a cancellation that arrived meanwhile through.

    A commit or rollback that is abandoned half-way leaves a connection nobody may borrow,
    and an answer nobody knows; waiting a moment longer is the lesser evil.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            if task.cancelled():
                raise
            cancelled = error
        except BaseException:  # noqa: S110 - the task keeps it; result() below raises it
            pass
    if cancelled is not None:
        if not task.cancelled():
            task.exception()
        raise cancelled
    return task.result()
