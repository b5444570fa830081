"""Whether the database takes writes, found out by writing: on a full disk it still answers every read."""

from __future__ import annotations

import asyncio
import copy
import time

from app.core.caller import Tools
from app.db.connection import Database
from app.db.errors import ConstraintError, DatabaseError
from app.db.handles import health as db

_PAUSE_SECONDS = 5.0
_PAUSE_AFTER_FAILURE_SECONDS = 1.0
_PATIENCE_SECONDS = 1.0


class WriteProbe:
    """However many ask, there is one write in so many seconds, and one at a time."""

    def __init__(self, database: Database, tools: Tools) -> None:
        self._database = database
        self._tools = tools
        self._task: asyncio.Task[None] | None = None
        self._error: DatabaseError | None = None
        self._due_at = self._earliest_at = 0.0

    def doubt(self) -> None:
        """Somebody's write has just failed: whoever asks next is told what is true now."""
        self._due_at = self._earliest_at

    async def check(self) -> None:
        """Raises ``DatabaseError`` where the last write failed. A write that takes longer than a second, as
        behind a long queue, is not waited for: then the one before it tells."""
        if self._task is None and time.monotonic() >= self._due_at:
            self._task = asyncio.create_task(self._probe())
        if self._task is not None:
            await asyncio.wait([self._task], timeout=_PATIENCE_SECONDS)
        if self._error is not None:
            raise copy.copy(self._error)

    async def _probe(self) -> None:
        error: DatabaseError | None = None
        try:
            await self._write()
        except ConstraintError:
            pass  # another process made the row at the same moment
        except DatabaseError as failed:
            error = failed
        finally:
            now = time.monotonic()
            self._earliest_at = now + _PAUSE_AFTER_FAILURE_SECONDS
            self._due_at = now + _PAUSE_SECONDS if error is None else self._earliest_at
            self._error, self._task = error, None

    async def _write(self) -> None:
        now = self._tools.clock()
        async with self._database.write() as tx:
            if not await db.update_write_probe(tx, now=now):
                db.insert_write_probe(tx, now=now)
