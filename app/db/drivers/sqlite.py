"""SQLite through aiosqlite: a few readers, one writer, every commit on disk.

- WAL: readers never wait for the writer. ``synchronous=FULL``: an acknowledged commit
  survives a power cut (with NORMAL, WAL commits do no fsync at all).
- Where the files are removed or replaced under it, nothing is read or written any more (``sqlite_files``).
- The writer is one connection that commits in groups (``sqlite_writer``); ``BEGIN IMMEDIATE``
  takes SQLite's write lock at once, so that other processes wait at the start and never half-way.
- Each statement that answers is one hop to the connection's thread; what is queued goes with the next.
- A cancelled call's statement goes on in its thread. It is interrupted, and what follows
  (rollback, the next borrower) queues behind it, so no connection is ever shared.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from app.core.clock import utc_text
from app.db.connection import Driver, ReadTransaction, WriteTransaction
from app.db.drivers.cancellation import run_to_end
from app.db.drivers.rows import RowConverter
from app.db.drivers.sqlite_connection import (
    Command,
    SqliteConnection,
    SqliteOptions,
    connect,
    require_writable,
)
from app.db.drivers.sqlite_errors import ConstraintNames, translate
from app.db.drivers.sqlite_files import OpenFiles
from app.db.drivers.sqlite_wal import WalKeeper
from app.db.drivers.sqlite_writer import LOST, SqliteWriter, Turn
from app.db.errors import DatabaseUnavailable, SchemaMismatch
from app.db.paging import up_to_a_page
from app.db.statements import ColumnType, Dialect, QueryRegistry, RawRow, Statement


def _outgoing(value: Any) -> Any:
    if isinstance(value, datetime):
        return utc_text(value)
    return int(value) if isinstance(value, bool) else value


_INCOMING: dict[ColumnType, Callable[[Any], Any]] = {
    ColumnType.TIME: datetime.fromisoformat,
    ColumnType.BOOL: bool,
    ColumnType.JSON: msgspec.Raw,
}


def _command(statement: Statement, values: Mapping[str, Any]) -> Command:
    given = [_outgoing(values[name]) for name in statement.order]
    return Command(statement.name, statement.positional_sql, given)


def _fetch(statement: Statement, cursor: sqlite3.Cursor) -> list[RawRow]:
    if not statement.long:
        return cursor.fetchall()
    # A cursor that is not read to its end would keep its snapshot.
    with closing(cursor):
        return list(up_to_a_page(cursor, statement.long))


def _count(cursor: sqlite3.Cursor) -> int:
    return cursor.rowcount


class SqliteReadTransaction(ReadTransaction):
    def __init__(self, driver: SqliteDriver, connection: SqliteConnection) -> None:
        self._driver = driver
        self._connection = connection

    @property
    def registry(self) -> QueryRegistry:
        return self._driver.registry

    async def rows(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[RawRow]:
        _, sql, given = _command(statement, values)
        try:
            rows = await self._connection.run(lambda raw: _fetch(statement, raw.execute(sql, given)))
        except sqlite3.Error as error:
            raise translate(error, statement.name, self._driver.constraints) from None
        return self._driver.converter(statement)(rows)


class SqliteWriteTransaction(WriteTransaction):
    def __init__(self, driver: SqliteDriver, turn: Turn) -> None:
        self._driver = driver
        self._turn = turn

    @property
    def registry(self) -> QueryRegistry:
        return self._driver.registry

    async def rows(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[RawRow]:
        rows = await self._turn.run(_command(statement, values), partial(_fetch, statement))
        return self._driver.converter(statement)(rows)

    async def execute(self, statement: Statement, values: Mapping[str, Any]) -> int:
        return await self._turn.run(_command(statement, values), _count)

    def queue(self, statement: Statement, values: Mapping[str, Any]) -> None:
        self._turn.queue(_command(statement, values))

    def savepoint(self) -> AbstractAsyncContextManager[None]:
        return self._turn.savepoint()


class _Reading(AbstractAsyncContextManager[ReadTransaction]):
    """A class rather than a generator, which takes a while longer, for what every request does."""

    def __init__(self, driver: SqliteDriver) -> None:
        self._driver = driver

    async def __aenter__(self) -> ReadTransaction:
        self._connection = await self._driver.lend_reader()
        return SqliteReadTransaction(self._driver, self._connection)

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is not None and issubclass(kind, asyncio.CancelledError):
                await self._connection.interrupt()
        finally:
            self._driver.take_back(self._connection)


class SqliteDriver(Driver):
    """See the module. One instance belongs to one event loop."""

    dialect: Dialect = "sqlite"

    def __init__(self, options: SqliteOptions, registry: QueryRegistry) -> None:
        self.registry = registry
        self.constraints = ConstraintNames({})
        self._options = options
        self._connections: list[SqliteConnection] = []
        self._idle: asyncio.LifoQueue[SqliteConnection] = asyncio.LifoQueue()
        self._writer: SqliteWriter | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._converters: dict[str, RowConverter] = {}
        self._open = False

    async def open(self) -> None:
        require_writable(self._options.path)
        try:
            connection = await connect(self._options, read_only=False)
            self._connections.append(connection)
            self._writer = SqliteWriter(
                connection,
                lambda error, sql: translate(error, sql, self.constraints),
                self._options.acquire_timeout,
                self._options.busy_timeout,
                self.registry.observe,
            )
            for _ in range(self._options.readers):
                reader = await connect(self._options, read_only=True)
                self._connections.append(reader)
                self._idle.put_nowait(reader)
            self.constraints = ConstraintNames(await _unique_indexes(connection))
            self._writer.files = OpenFiles(self._options.path)
            keeper = await connect(self._options, read_only=False)
            self._connections.append(keeper)
            keeping = WalKeeper(keeper, self._options.path, self._writer.cut_log_soon)
            self._keeping = asyncio.create_task(keeping.run())
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
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
            self._keeping = None
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

    def read(self) -> AbstractAsyncContextManager[ReadTransaction]:
        return _Reading(self)

    async def lend_reader(self) -> SqliteConnection:
        """To be given back to ``take_back``."""
        self._refuse_when_closed()
        if not self._idle.empty():
            return self._idle.get_nowait()
        try:
            async with asyncio.timeout(self._options.acquire_timeout):
                return await self._idle.get()
        except TimeoutError:
            raise DatabaseUnavailable("no read connection became free in time") from None

    def take_back(self, connection: SqliteConnection) -> None:
        self._idle.put_nowait(connection)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[WriteTransaction]:
        self._refuse_when_closed()
        async with self._the_writer().transaction() as turn:
            yield SqliteWriteTransaction(self, turn)

    def _the_writer(self) -> SqliteWriter:
        if self._writer is None:
            raise DatabaseUnavailable("the database is closed")
        return self._writer

    def _refuse_when_closed(self) -> None:
        if not self._open:
            raise DatabaseUnavailable("the database is closed")
        if self._the_writer().is_lost:
            raise DatabaseUnavailable(LOST)

    def connections(self) -> Mapping[str, int]:
        if self._writer is None:
            return {"open": 0, "busy": 0}
        count = len(self._connections)  # the writer's and the log's keeper among them
        return {"open": count, "busy": count - 2 - self._idle.qsize() + int(self._writer.is_busy)}

    async def prove(self, statements: Iterable[Statement]) -> int:
        self._the_writer()
        # All in one hop: a process starts with them, and each hop takes longer than the compiling.
        return await self._connections[0].run(lambda raw: _prove(raw, tuple(statements)))


_PROVEN: deque[tuple[Sequence[RawRow], Sequence[Statement]]] = deque(maxlen=1)
"""Of what schema which statements were proven last."""


def _prove(raw: sqlite3.Connection, statements: Sequence[Statement]) -> int:
    """Whether a statement compiles follows from the schema, and to compare that takes a fiftieth of the time:
    of several applications in one process only the first compiles."""
    schema = raw.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY rowid").fetchall()
    if (schema, statements) in _PROVEN:
        return len(statements)
    for statement in statements:
        try:
            # Compiled is what is executed; its byte code, which it would answer, is not fetched.
            raw.execute(f"EXPLAIN {statement.positional_sql}", [None] * len(statement.order)).close()
        except sqlite3.Error as error:
            raise SchemaMismatch(
                f"{statement.file}:{statement.line}: query {statement.name} does not fit the schema: {error}"
            ) from None
    _PROVEN.append((schema, statements))
    return len(statements)


async def _unique_indexes(connection: SqliteConnection) -> dict[str, str]:
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
