"""Migrations on SQL Server, through pyodbc, synchronously."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

import pyodbc

from app.db.drivers.mssql_errors import error_number, translate, unreachable
from app.db.drivers.mssql_options import MssqlOptions
from app.db.drivers.mssql_scripts import HISTORY, batches
from app.db.errors import StatementTimeout
from app.db.migrations import Applied, Migration

log = logging.getLogger(__name__)

_LOCK_TIMEOUT_MILLISECONDS = 120_000
_NO_DATABASE, _EXISTS = (4060, 911), 1801


class MssqlMigrationTarget:
    def __init__(self, options: MssqlOptions) -> None:
        self._options = options

    def _connect(self, options: MssqlOptions | None = None) -> closing[pyodbc.Connection]:
        options = options or self._options
        try:
            return options.open()
        except pyodbc.Error as error:
            if error_number(error) in _NO_DATABASE:
                raise
            raise unreachable(error) from None

    def create_database(self) -> None:
        """Makes the database through master, with READ_COMMITTED_SNAPSHOT, unless it is there: a login that
        may only use its own database is enough where a DBA has made it."""
        if not self._exists():
            name = self._options.database.replace("]", "]]")
            with self._connect(self._options.on("master")) as connection:
                try:
                    connection.execute(f"CREATE DATABASE [{name}]")
                except pyodbc.Error as error:
                    if error_number(error) != _EXISTS:  # another runner was first
                        raise translate(error, "CREATE DATABASE") from None
                try:
                    connection.execute(f"ALTER DATABASE [{name}] SET READ_COMMITTED_SNAPSHOT ON")
                except pyodbc.Error as error:
                    # Not every login may. Readers then wait for writers: slower, not wrong; doctor tells.
                    log.warning("READ_COMMITTED_SNAPSHOT is off: %s", translate(error, "ALTER DATABASE"))
        with self.lock(), self._connect() as connection:
            if connection.execute("SELECT OBJECT_ID(N'dbo.SchemaMigration', N'U')").fetchval() is None:
                connection.execute(HISTORY)

    def _exists(self) -> bool:
        try:
            with self._connect():
                return True
        except pyodbc.Error:
            return False

    @contextmanager
    def lock(self) -> Iterator[None]:
        """An application lock of the session, so it goes with the connection if the runner dies.

        https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-getapplock-transact-sql
        """
        with self._connect() as connection:
            row = connection.execute(
                "DECLARE @result INT; EXEC @result = sys.sp_getapplock @Resource = N'pm-assist-migrate', "
                "@LockMode = N'Exclusive', @LockOwner = N'Session', "
                f"@LockTimeout = {_LOCK_TIMEOUT_MILLISECONDS}; SELECT @result"
            ).fetchone()
            if row is None or row[0] < 0:
                raise StatementTimeout("another migration run holds the lock")
            yield

    def applied(self) -> Sequence[Applied]:
        if not self._exists():
            return ()
        with self._connect() as connection:
            if connection.execute("SELECT OBJECT_ID(N'dbo.SchemaMigration', N'U')").fetchval() is None:
                return ()
            rows = connection.execute(
                "SELECT version, name, checksum, applied_at FROM dbo.SchemaMigration ORDER BY version"
            ).fetchall()
            return tuple(Applied(row[0], row[1], row[2], row[3].isoformat()) for row in rows)

    def apply(self, migration: Migration) -> None:
        with self._connect() as connection:
            connection.autocommit = False
            try:
                connection.execute("SET XACT_ABORT ON; SET QUOTED_IDENTIFIER ON; SET ANSI_NULLS ON;")
                for batch in batches(migration.sql):
                    connection.execute(batch)
                connection.execute(
                    "INSERT INTO dbo.SchemaMigration (version, name, checksum, applied_at)"
                    " VALUES (?, ?, ?, SYSUTCDATETIME())",
                    migration.version,
                    migration.name,
                    migration.checksum,
                )
                connection.commit()
            except BaseException:
                connection.rollback()
                raise
