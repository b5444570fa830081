"""Work that a process does by itself, again and again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from app.db.errors import DatabaseError

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
