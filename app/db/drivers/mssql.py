"""SQL Server through pyodbc and aioodbc, on a pool of its own.

Statements run through ``sp_executesql``: parameters are named and typed by the query's contract, so a plan
is shared whatever the values' lengths (pyodbc alone types a string parameter by its length, which makes a
plan for each), and a NULL needs no guess at its type.

https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-executesql-transact-sql
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pyodbc

from app.db.connection import Dialect, Driver, ReadTransaction, Row, WriteTransaction
from app.db.drivers.cancellation import run_to_end
from app.db.drivers.mssql_errors import translate
from app.db.drivers.mssql_options import MssqlOptions
from app.db.drivers.mssql_pool import Pool, PooledConnection
from app.db.drivers.rows import RowConverter
from app.db.errors import DatabaseError, SchemaMismatch
from app.db.queries import ColumnType, QueryRegistry, Statement
from app.db.query_files import SqlType

TYPES: Mapping[SqlType, str] = {
    SqlType.TEXT: "nvarchar(4000)",
    SqlType.LONGTEXT: "nvarchar(max)",
    SqlType.ASCII: "varchar(8000)",
    SqlType.UUID: "uniqueidentifier",
    SqlType.INT: "bigint",
    SqlType.BOOL: "bit",
    SqlType.TIME: "datetime2(6)",
}
# (ODBC type, size, digits): without them pyodbc asks the server about every NULL.
_SIZES: Mapping[SqlType, tuple[int, int, int]] = {
    SqlType.TEXT: (pyodbc.SQL_WVARCHAR, 4000, 0),
    SqlType.LONGTEXT: (pyodbc.SQL_WVARCHAR, 0, 0),
    SqlType.ASCII: (pyodbc.SQL_VARCHAR, 8000, 0),
    SqlType.UUID: (pyodbc.SQL_WVARCHAR, 36, 0),
    SqlType.INT: (pyodbc.SQL_BIGINT, 0, 0),
    SqlType.BOOL: (pyodbc.SQL_BIT, 0, 0),
    SqlType.TIME: (pyodbc.SQL_TYPE_TIMESTAMP, 26, 6),
}


def session_setup(statement_timeout: float) -> Callable[[pyodbc.Connection], None]:
    """What every connection is set to once.

    - QUOTED_IDENTIFIER and ANSI_NULLS: filtered indexes need both (error 1934).
    - XACT_ABORT: any error ends the whole transaction, so none is ever half committed.
    - NOCOUNT OFF: row counts are how ``:exec`` answers.
    - LOCK_TIMEOUT: who waits for a lock gives up when the statement would (error 1222).
    """
    milliseconds = int(statement_timeout * 1000)

    def setup(raw: pyodbc.Connection) -> None:
        raw.timeout = max(1, round(statement_timeout))
        raw.execute(
            "SET QUOTED_IDENTIFIER ON; SET ANSI_NULLS ON; SET XACT_ABORT ON; SET NOCOUNT OFF; "
            f"SET TRANSACTION ISOLATION LEVEL READ COMMITTED; SET LOCK_TIMEOUT {milliseconds};"
        ).close()

    return setup


class Prepared:
    """A statement as it is sent: the text, the order of its values, and how its rows come back."""

    def __init__(self, statement: Statement) -> None:
        self.names = [param.name for param in statement.params]
        self.sizes = [_SIZES[param.type] for param in statement.params]
        self.declarations = ", ".join(f"@{param.name} {TYPES[param.type]}" for param in statement.params)
        if statement.params:
            body, declared = _literal(statement.sql), _literal(self.declarations)
            values = ", ".join(f"@{name} = ?" for name in self.names)
            self.sql = f"EXEC sys.sp_executesql {body}, {declared}, {values}"
        else:
            self.sql = statement.sql
        self.rows = RowConverter(statement.columns, _INCOMING)

    def values(self, given: Mapping[str, Any]) -> list[Any]:
        return [_outgoing(given[name]) for name in self.names]


def _literal(text: str) -> str:
    quoted = text.replace("'", "''")
    return f"N'{quoted}'"


def _outgoing(value: Any) -> Any:
    """DATETIME2 knows no zone: what goes in is UTC."""
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value


def _aware(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC)


def _lower(value: Any) -> str:
    return str(value).lower()


_INCOMING: Mapping[ColumnType, Callable[[Any], Any]] = {
    ColumnType.TIME: _aware,
    ColumnType.UUID: _lower,
    ColumnType.BOOL: bool,
}


class MssqlReadTransaction(ReadTransaction):
    """Autocommit: each statement by itself, on a snapshot of its own under READ_COMMITTED_SNAPSHOT."""

    _autocommit = True

    def __init__(self, driver: MssqlDriver, connection: PooledConnection) -> None:
        self._driver = driver
        self._connection = connection

    @property
    def registry(self) -> QueryRegistry:
        return self._driver.registry

    async def rows(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Row]:
        prepared = self._driver.prepared(statement)
        rows, _ = await self._run(statement, prepared, values)
        return prepared.rows(rows)

    async def _run(
        self, statement: Statement, prepared: Prepared, values: Mapping[str, Any]
    ) -> tuple[list[Any], int]:
        connection = self._connection
        given = prepared.values(values)

        def work(raw: pyodbc.Connection) -> tuple[list[Any], int]:
            if raw.autocommit is not self._autocommit:
                raw.autocommit = self._autocommit
            return connection.execute(raw, prepared.sql, *given, sizes=prepared.sizes)

        try:
            return await connection.run(work)
        except pyodbc.Error as error:
            raise translate(error, statement.name) from None


class MssqlWriteTransaction(MssqlReadTransaction, WriteTransaction):
    """Begins with its first statement, in the same hop."""

    _autocommit = False

    async def execute(self, statement: Statement, values: Mapping[str, Any]) -> int:
        _, count = await self._run(statement, self._driver.prepared(statement), values)
        return count


class MssqlDriver(Driver):
    """See the module. One instance belongs to one event loop."""

    dialect: Dialect = "mssql"

    def __init__(self, options: MssqlOptions, registry: QueryRegistry) -> None:
        self.registry = registry
        self._options = options
        self._pool: Pool | None = None
        self._prepared: dict[str, Prepared] = {}

    async def open(self) -> None:
        options = self._options
        self._pool = Pool(
            options.connection_string(),
            session_setup(options.statement_timeout),
            minimum=options.pool_min,
            maximum=options.pool_max,
            acquire_timeout=options.acquire_timeout,
            login_timeout=options.login_timeout,
            drain_timeout=options.drain_timeout,
        )
        await self._pool.open()

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()

    def prepared(self, statement: Statement) -> Prepared:
        known = self._prepared.get(statement.name)
        if known is None:
            known = self._prepared[statement.name] = Prepared(statement)
        return known

    @asynccontextmanager
    async def read(self) -> AsyncIterator[ReadTransaction]:
        async with self._opened().connection() as connection:
            yield MssqlReadTransaction(self, connection)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[WriteTransaction]:
        # Without a commit the pool rolls back what it takes back: on every exception, and on cancellation.
        async with self._opened().connection() as connection:
            yield MssqlWriteTransaction(self, connection)
            await run_to_end(self._commit(connection))

    @staticmethod
    async def _commit(connection: PooledConnection) -> None:
        try:
            await connection.run(lambda raw: None if raw.autocommit else raw.commit())
        except pyodbc.Error as error:
            raise translate(error, "COMMIT") from None

    def _opened(self) -> Pool:
        if self._pool is None:
            raise DatabaseError("the driver is not open")
        return self._pool

    async def prove(self, statement: Statement) -> None:
        """Lets the server describe the statement's first result set and compares the columns.

        https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-describe-first-result-set-transact-sql
        """
        place = f"{statement.file}:{statement.line}: query {statement.name}"
        describe = "EXEC sys.sp_describe_first_result_set @tsql = ?, @params = ?"
        declarations = self.prepared(statement).declarations or None
        async with self._opened().connection() as connection:
            ask = partial(_ask, connection, describe, statement.sql, declarations)
            try:
                rows, _ = await connection.run(ask)
            except pyodbc.Error as error:
                known = translate(error, statement.name)
                raise SchemaMismatch(f"{place} does not fit the schema: {known}") from None
        found = [row[2] for row in rows if not row[0]]
        expected = [column.name for column in statement.columns]
        if statement.row is not None and found != expected:
            raise SchemaMismatch(f"{place} answers {found}, its row class has {expected}")


def _ask(
    connection: PooledConnection, sql: str, tsql: str, params: str | None, raw: Any
) -> tuple[list[Any], int]:
    sizes = [(pyodbc.SQL_WVARCHAR, 0, 0), (pyodbc.SQL_WVARCHAR, 0, 0)]
    return connection.execute(raw, sql, tsql, params, sizes=sizes)
