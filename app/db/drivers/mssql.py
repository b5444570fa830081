"""SQL Server through pyodbc and aioodbc, on a pool of its own.

A read costs a round trip a statement. A write costs one to begin, in the hop of its first statement, one for
each statement that answers, what was queued before it included, and one to commit: turning autocommit on
commits (ODBC, SQLSetConnectAttr), where a call of commit would also begin the next transaction, which would
then have to be rolled back.

https://learn.microsoft.com/sql/odbc/reference/develop-app/auto-commit-mode
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pyodbc

from app.db.connection import Driver, ReadTransaction, WriteTransaction
from app.db.drivers.cancellation import run_to_end
from app.db.drivers.mssql_connection import PooledConnection
from app.db.drivers.mssql_errors import translate
from app.db.drivers.mssql_options import MssqlOptions
from app.db.drivers.mssql_pool import Pool
from app.db.drivers.mssql_statements import (
    FITTING,
    ROLL_BACK,
    SAVE,
    Bound,
    Prepared,
    Queued,
    Request,
    chunks,
    request,
)
from app.db.errors import DatabaseError, SchemaMismatch
from app.db.statements import Column, Dialect, QueryRegistry, RawRow, Statement

log = logging.getLogger(__name__)

_DESCRIBE = "EXEC sys.sp_describe_first_result_set @tsql = ?, @params = ?"
_DESCRIBE_SIZES = [(pyodbc.SQL_WVARCHAR, 0, 0), (pyodbc.SQL_WVARCHAR, 0, 0)]
_IS_HIDDEN, _NAME, _TYPE = 0, 2, 5


class MssqlReadTransaction(ReadTransaction):
    """Autocommit: each statement by itself, on a snapshot of its own under READ_COMMITTED_SNAPSHOT."""

    def __init__(self, driver: MssqlDriver, connection: PooledConnection) -> None:
        self._driver = driver
        self._connection = connection

    @property
    def registry(self) -> QueryRegistry:
        return self._driver.registry

    async def rows(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[RawRow]:
        prepared = self._driver.prepared(statement)
        sent = self._driver.request([], (prepared, values))
        try:
            rows, _ = await self._connection.run(partial(_send, self._connection, sent))
        except pyodbc.Error as error:
            raise translate(error, statement.name) from None
        return prepared.rows(rows)


class MssqlWriteTransaction(WriteTransaction):
    """Begins with its first statement, in the same hop."""

    def __init__(self, driver: MssqlDriver, connection: PooledConnection) -> None:
        self._driver = driver
        self._connection = connection
        self._queue: list[Queued] = []

    @property
    def registry(self) -> QueryRegistry:
        return self._driver.registry

    async def rows(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[RawRow]:
        prepared = self._driver.prepared(statement)
        rows, _ = await self._run((prepared, values), _stay)
        return prepared.rows(rows)

    async def execute(self, statement: Statement, values: Mapping[str, Any]) -> int:
        _, count = await self._run((self._driver.prepared(statement), values), _stay)
        return count

    def queue(self, statement: Statement, values: Mapping[str, Any]) -> None:
        self._queue.append((self._driver.prepared(statement), values))

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """https://learn.microsoft.com/sql/t-sql/language-elements/save-transaction-transact-sql"""
        waiting, before = self._queue, len(self._queue)
        waiting.append((SAVE, {}))
        try:
            yield
        except DatabaseError:
            raise
        except Exception:
            if self._queue is waiting:
                del waiting[before:]  # nothing of it was run
            else:
                self._queue = [(ROLL_BACK, {})]
            raise

    async def commit(self) -> None:
        """Runs what is queued, and commits in the same hop."""
        await self._run(None, self._connection.commit)

    async def _run(
        self, last: Bound | None, finish: Callable[[pyodbc.Connection], None]
    ) -> tuple[list[Any], int]:
        queue, self._queue = self._queue, []
        *full, rest = chunks(queue)
        requests = [self._driver.request(chunk, None) for chunk in full]
        if rest or last:
            requests.append(self._driver.request(rest, last))
        started = time.perf_counter()

        def work(raw: pyodbc.Connection) -> tuple[list[Any], int]:
            answer: tuple[list[Any], int] = [], 0
            for each in requests:
                self._connection.begin(raw)
                answer = _send(self._connection, each, raw)
            finish(raw)
            return answer

        names = [prepared.name for prepared, _ in queue]
        try:
            return await self._connection.run(work)
        except pyodbc.Error as error:
            raise translate(error, ", ".join([*names, last[0].name if last else "COMMIT"])) from None
        finally:
            if self.registry.observe is not None:
                for name in names:
                    self.registry.observe(name, time.perf_counter() - started)


def _send(connection: PooledConnection, sent: Request, raw: pyodbc.Connection) -> tuple[list[Any], int]:
    return connection.execute(raw, sent.sql, *sent.values, sizes=sent.sizes, long=sent.long)


def _stay(raw: pyodbc.Connection) -> None:
    """The transaction goes on."""


class MssqlDriver(Driver):
    """See the module. One instance belongs to one event loop."""

    dialect: Dialect = "mssql"

    def __init__(self, options: MssqlOptions, registry: QueryRegistry) -> None:
        self.registry = registry
        self._options = options
        self._pool: Pool | None = None
        self._prepared: dict[str, Prepared] = {}
        self._describes = True

    async def open(self) -> None:
        """Connects the pool's minimum. Raises ``DatabaseUnavailable``."""
        options = self._options
        self._pool = Pool(
            options.reach,
            statement_timeout=options.statement_timeout,
            minimum=options.pool_min,
            maximum=options.pool_max,
            acquire_timeout=options.acquire_timeout,
            drain_timeout=options.drain_timeout,
            maximum_age=options.pool_max_age,
            resets_always=options.session_context,
        )
        await self._pool.open()
        try:
            self._describes = await self._can_describe()
        except BaseException:
            await self.close()
            raise

    def connections(self) -> Mapping[str, int]:
        if self._pool is None:
            return {"open": 0, "busy": 0}
        return {"open": self._pool.idle + self._pool.lent, "busy": self._pool.lent}

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()

    def prepared(self, statement: Statement) -> Prepared:
        known = self._prepared.get(statement.name)
        if known is None:
            with_context = self._options.session_context
            known = self._prepared[statement.name] = Prepared(statement, with_context=with_context)
        return known

    def request(self, queue: Sequence[Queued], last: Bound | None) -> Request:
        return request(queue, last, self._options.statement_timeout)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[ReadTransaction]:
        async with self._opened().connection() as connection:
            yield MssqlReadTransaction(self, connection)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[WriteTransaction]:
        # Without a commit the pool rolls back what it takes back: on every exception, and on cancellation.
        async with self._opened().connection() as connection:
            tx = MssqlWriteTransaction(self, connection)
            yield tx
            await run_to_end(tx.commit())

    def _opened(self) -> Pool:
        if self._pool is None:
            raise DatabaseError("the driver is not open")
        return self._pool

    async def prove(self, statements: Iterable[Statement]) -> int:
        """Lets the server describe each statement's first result set and compares names and types.

        https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-describe-first-result-set-transact-sql
        """
        if not self._describes:
            return 0
        count = 0
        for statement in statements:
            await self._prove(statement)
            count += 1
        return count

    async def _prove(self, statement: Statement) -> None:
        place = f"{statement.file}:{statement.line}: query {statement.name}"
        try:
            found = await self._describe(statement.sql, self.prepared(statement).declarations or None)
        except pyodbc.Error as error:
            known = translate(error, statement.name)
            raise SchemaMismatch(f"{place} does not fit the schema: {known}") from None
        names = [name for name, _ in found]
        expected = [column.name for column in statement.columns]
        if len(names) != len(expected) or (statement.row is not None and names != expected):
            raise SchemaMismatch(f"{place} answers {names}, its contract says {expected}")
        for (name, kind), column in zip(found, statement.columns, strict=True):
            if not _fits(kind, column):
                raise SchemaMismatch(f"{place}: column {name} is {kind}, its contract says {column.type}")

    async def _describe(self, tsql: str, declarations: str | None) -> list[tuple[str, str]]:
        """(name, type) of each column of the first result set."""
        async with self._opened().connection() as connection:

            def ask(raw: pyodbc.Connection) -> tuple[list[Any], int]:
                return connection.execute(raw, _DESCRIBE, tsql, declarations, sizes=_DESCRIBE_SIZES)

            rows, _ = await connection.run(ask)
        return [(row[_NAME], row[_TYPE]) for row in rows if not row[_IS_HIDDEN]]

    async def _can_describe(self) -> bool:
        """SQL Server can; other servers that speak its language may know no parameters here."""
        try:
            await self._describe("SELECT @probe AS probe", "@probe int")
        except pyodbc.Error:
            log.warning("This server cannot describe statements: none is proven before it is first used.")
            return False
        return True


def _fits(kind: str, column: Column) -> bool:
    return kind.partition("(")[0] in FITTING[column.type]
