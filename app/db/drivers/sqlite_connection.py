"""A connection to SQLite with this service's settings, in a thread of its own.

aiosqlite's own calls send one statement at a time. A hop to the thread and back costs more than most
statements do, so this connection also takes a function that runs several.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

import aiosqlite

from app.db.drivers.cancellation import run_to_end
from app.db.errors import DatabaseUnavailable

T = TypeVar("T")
_POLL_SECONDS = 0.00025


@dataclass(frozen=True, slots=True)
class SqliteOptions:
    """``busy_timeout`` and ``acquire_timeout`` are seconds."""

    path: Path
    readers: int = 4
    busy_timeout: float = 5.0
    acquire_timeout: float = 10.0


class Command(NamedTuple):
    """A statement as it is run; ``name`` is for errors and metrics."""

    name: str
    sql: str
    values: Sequence[Any] = ()


class SqliteConnection(aiosqlite.Connection):
    hops = 0
    """How often something was asked of the thread."""

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Runs ``work`` in the thread, after whatever was asked of it before. Raises what it raises. A
        caller who is cancelled leaves it running."""
        self.hops += 1
        return cast(T, await self._execute(work, self._conn))  # type: ignore[no-untyped-call]


def begin_immediate(raw: sqlite3.Connection, patience: float) -> None:
    """Begins a transaction with SQLite's write lock, for which it waits up to ``patience`` seconds.

    SQLite's own waiting sleeps longer each time, up to 100 ms, and a process that writes without a pause has
    taken the lock again by then: the others would wait for seconds."""
    ends = time.monotonic() + patience
    raw.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                raw.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() > ends:
                    raise
            time.sleep(_POLL_SECONDS)
    finally:
        raw.execute(f"PRAGMA busy_timeout = {round(patience * 1000)}")


def require_writable(path: Path) -> None:
    """Raises ``DatabaseUnavailable`` for a file that this user may only read: SQLite opens it all the same,
    read-only, and each write fails. The directory holds the write-ahead log."""
    if path.parent.exists() and not os.access(path.parent, os.W_OK | os.X_OK):
        raise DatabaseUnavailable(f"DB_NAME: this user may not write in {path.parent}, as SQLite does")
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        raise DatabaseUnavailable(f"DB_NAME: this user may not write {path}")


async def connect(options: SqliteOptions, *, read_only: bool) -> SqliteConnection:
    connection = SqliteConnection(
        lambda: sqlite3.connect(
            options.path, timeout=options.busy_timeout, isolation_level=None, cached_statements=256
        ),
        iter_chunk_size=64,
    )
    try:
        await connection
    except BaseException:
        # Its thread ends by itself, and tells the loop so: that must be there still.
        while connection._thread.is_alive():  # noqa: ASYNC110 - a thread sets no event
            await asyncio.sleep(0.001)
        raise

    def configure(raw: sqlite3.Connection) -> None:
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "wal_autocheckpoint = 0",
            f"query_only = {'ON' if read_only else 'OFF'}",
        ):
            raw.execute(f"PRAGMA {pragma}").fetchall()

    try:
        await connection.run(configure)
    except BaseException:
        await run_to_end(connection.close())
        raise
    return connection
