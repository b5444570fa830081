"""SQLite through aiosqlite: a few readers, one writer, every commit on disk.

- WAL: readers never wait for the writer. ``synchronous=FULL``: an acknowledged commit
  survives a power cut (with NORMAL, WAL commits do no fsync at all).
- The writer is one connection that commits in groups (``sqlite_writer``); ``BEGIN IMMEDIATE``
  takes SQLite's write lock at once, so that other processes wait at the start and never half-way.
- Each statement is one hop to the connection's thread.
- A cancelled call's statement goes on in its thread. It is interrupted, and what follows
  (rollback, the next borrower) queues behind it, so no connection is ever shared.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiosqlite

from app.db.connection import Dialect, Driver, ReadTransaction, Row, WriteTransaction
from app.db.drivers.cancellation import run_to_end
from app.db.drivers.rows import RowConverter
from app.db.drivers.sqlite_errors import ConstraintNames, translate
from app.db.drivers.sqlite_writer import SqliteWriter
from app.db.errors import DatabaseUnavailable, SchemaMismatch
from app.db.queries import ColumnType, QueryRegistry, Statement


@dataclass(frozen=True, slots=True)
class SqliteOptions:
    """``busy_timeout`` and ``acquire_timeout`` are seconds."""

    path: Path
    readers: int = 4
    busy_timeout: float = 5.0
    acquire_timeout: float = 10.0


def time_text(moment: datetime) -> str:
    """The fixed-width form in which SQLite keeps a time: it sorts as text."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _outgoing(value: Any) -> Any:
    if isinstance(value, datetime):
        return time_text(value)
    return int(value) if isinstance(value, bool) else value


_INCOMING: dict[ColumnType, Callable[[Any], Any]] = {
    ColumnType.TIME: datetime.fromisoformat,
    ColumnType.BOOL: bool,
}


async def _connect(options: SqliteOptions, *, read_only: bool) -> aiosqlite.Connection:
    """A connection with this service's settings."""
    connection = await aiosqlite.connect(
        options.path, timeout=options.busy_timeout, isolation_level=None, cached_statements=256
    )
    try:
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            f"query_only = {'ON' if read_only else 'OFF'}",
        ):
            await connection.execute_fetchall(f"PRAGMA {pragma}")
    except BaseException:
        await run_to_end(connection.close())
        raise
    return connection


class SqliteReadTransaction(ReadTransaction):
    def __init__(self, driver: SqliteDriver, connection: aiosqlite.Connection) -> None:
        self._driver = driver
        self._connection = connection

    @property
    def registry(self) -> QueryRegistry:
        return self._driver.registry

    async def rows(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Row]:
        try:
            rows = await self._connection.execute_fetchall(
                statement.positional_sql, [_outgoing(values[name]) for name in statement.order]
            )
        except sqlite3.Error as error:
            raise translate(error, statement.name, self._driver.constraints) from None
        return self._driver.converter(statement)(rows)  # type: ignore[arg-type]


class SqliteWriteTransaction(SqliteReadTransaction, WriteTransaction):
    async def execute(self, statement: Statement, values: Mapping[str, Any]) -> int:
        try:
            # The cursor of a finished statement holds nothing open, so closing it would
            # cost a second hop for nothing.
            cursor = await self._connection.execute(
                statement.positional_sql, [_outgoing(values[name]) for name in statement.order]
            )
        except sqlite3.Error as error:
            raise translate(error, statement.name, self._driver.constraints) from None
        return cursor.rowcount


class SqliteDriver(Driver):
    """See the module. One instance belongs to one event loop."""

    dialect: Dialect = "sqlite"

    def __init__(self, options: SqliteOptions, registry: QueryRegistry) -> None:
        self.registry = registry
        self.constraints = ConstraintNames({})
        self._options = options
        self._connections: list[aiosqlite.Connection] = []
        self._idle: asyncio.LifoQueue[aiosqlite.Connection] = asyncio.LifoQueue()
        self._writer: SqliteWriter | None = None
        self._converters: dict[str, RowConverter] = {}
        self._open = False

    async def open(self) -> None:
        try:
            connection = await _connect(self._options, read_only=False)
            self._connections.append(connection)
            self._writer = SqliteWriter(
                connection,
                lambda error, sql: translate(error, sql, self.constraints),
                self._options.acquire_timeout,
            )
            for _ in range(self._options.readers):
                reader = await _connect(self._options, read_only=True)
                self._connections.append(reader)
                self._idle.put_nowait(reader)
            self.constraints = ConstraintNames(await _unique_indexes(connection))
        except sqlite3.Error as error:
            await self.close()
            raise translate(error, None, self.constraints) from None
        except BaseException:
            await self.close()
            raise
        self._open = True

    async def close(self) -> None:
        """Waits for the running write transaction, then ends every connection and its thread."""
        self._open = False
        if self._writer is not None:
            await self._writer.close()
        connections, self._connections = self._connections, []
        for connection in connections:
            await run_to_end(connection.close())
        self._writer = None

    def converter(self, statement: Statement) -> RowConverter:
        converter = self._converters.get(statement.name)
        if converter is None:
            converter = self._converters[statement.name] = RowConverter(statement.columns, _INCOMING)
        return converter

    @asynccontextmanager
    async def read(self) -> AsyncIterator[ReadTransaction]:
        self._refuse_when_closed()
        try:
            async with asyncio.timeout(self._options.acquire_timeout):
                connection = await self._idle.get()
        except TimeoutError:
            raise DatabaseUnavailable("no read connection became free in time") from None
        try:
            yield SqliteReadTransaction(self, connection)
        except asyncio.CancelledError:
            await connection.interrupt()
            raise
        finally:
            self._idle.put_nowait(connection)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[WriteTransaction]:
        self._refuse_when_closed()
        async with self._the_writer().transaction() as connection:
            yield SqliteWriteTransaction(self, connection)

    def _the_writer(self) -> SqliteWriter:
        if self._writer is None:
            raise DatabaseUnavailable("the database is closed")
        return self._writer

    def _refuse_when_closed(self) -> None:
        if not self._open:
            raise DatabaseUnavailable("the database is closed")

    def connections(self) -> Mapping[str, int]:
        if self._writer is None:
            return {"open": 0, "busy": 0}
        count = len(self._connections)
        return {"open": count, "busy": count - 1 - self._idle.qsize() + int(self._writer.is_busy)}

    async def prove(self, statement: Statement) -> None:
        self._the_writer()
        try:
            await self._connections[0].execute_fetchall(
                f"EXPLAIN {statement.positional_sql}", [None] * len(statement.order)
            )
        except sqlite3.Error as error:
            raise SchemaMismatch(
                f"{statement.file}:{statement.line}: query {statement.name} does not fit the schema: {error}"
            ) from None


async def _unique_indexes(connection: aiosqlite.Connection) -> dict[str, str]:
    rows = await connection.execute_fetchall(
        "SELECT t.name, CASE i.origin WHEN 'pk' THEN 'PK_' || t.name ELSE i.name END, c.name"
        " FROM sqlite_master t"
        " JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c"
        " WHERE t.type = 'table' AND i.\"unique\" = 1 ORDER BY t.name, i.name, c.seqno"
    )
    columns: dict[str, list[str]] = {}
    for table, index, column in rows:
        columns.setdefault(index, []).append(f"{table}.{column}")
    return {", ".join(names): index for index, names in columns.items()}
