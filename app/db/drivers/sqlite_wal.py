"""SQLite's write-ahead log, kept small beside the writer.

By itself SQLite moves what was committed into the database at the end of a commit. After somebody's long
read, which it has to wait for, that is all that gathered meanwhile, and the writer waits for it; and the file
stays as long as it ever was. So it is moved by a connection of its own, and the file is cut once nothing in
it is needed (https://www.sqlite.org/wal.html, section 6).
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from app.db.drivers.sqlite_connection import SqliteConnection

log = logging.getLogger(__name__)
LIMIT_BYTES = 4 * 1024 * 1024
"""A log up to this size is left alone: SQLite's own threshold, 1,000 pages."""
_PAUSE_SECONDS = 1.0
_FEW_FRAMES = 1000
"""So many are moved in no time, also while the writer waits."""


class _Moved(NamedTuple):
    """What ``PRAGMA wal_checkpoint`` answers."""

    was_blocked: int
    frames: int
    moved: int


class WalKeeper:
    """``cut_soon`` asks the writer to cut the log after its next commit: while it writes without a pause,
    nobody else gets at the lock that this takes."""

    def __init__(self, connection: SqliteConnection, path: Path, cut_soon: Callable[[], None]) -> None:
        self._connection = connection
        self._log = Path(f"{path}-wal")
        self._cut_soon = cut_soon

    async def run(self) -> None:
        """Until it is cancelled."""
        failed = False
        while True:
            await asyncio.sleep(_PAUSE_SECONDS)
            try:
                await self.checkpoint()
                failed = False
            except (sqlite3.Error, OSError) as error:
                if not failed:
                    reason = getattr(error, "sqlite_errorname", type(error).__name__)
                    log.warning("write-ahead log not moved", extra={"reason": reason})
                failed = True

    async def checkpoint(self) -> None:
        if self._log.stat().st_size <= LIMIT_BYTES:
            return
        done = await self._connection.run(lambda raw: _checkpoint(raw, "PASSIVE"))
        if done.frames - done.moved > _FEW_FRAMES:
            return  # somebody still reads what was before
        if (await self._connection.run(cut)).was_blocked:
            self._cut_soon()


def cut(raw: sqlite3.Connection) -> _Moved:
    """Moves the rest and cuts the file; at once, or not at all where somebody is in the way."""
    timeout = raw.execute("PRAGMA busy_timeout").fetchone()[0]
    raw.execute("PRAGMA busy_timeout = 0")
    try:
        return _checkpoint(raw, "TRUNCATE")
    finally:
        raw.execute(f"PRAGMA busy_timeout = {timeout}")


def _checkpoint(raw: sqlite3.Connection, mode: str) -> _Moved:
    return _Moved(*raw.execute(f"PRAGMA wal_checkpoint({mode})").fetchone())
