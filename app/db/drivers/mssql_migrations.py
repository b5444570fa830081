"""Migrations on SQL Server, through pyodbc, synchronously."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

import pyodbc

from app.db.drivers.mssql_errors import error_number, translate, unreachable
from app.db.drivers.mssql_options import MssqlOptions
from app.db.errors import StatementTimeout
from app.db.migrations import Applied, Migration

log = logging.getLogger(__name__)

_LOCK_TIMEOUT_MILLISECONDS = 120_000
_NO_DATABASE, _EXISTS = (4060, 911), 1801
_SEPARATOR = re.compile(r"^[ \t]*GO[ \t]*$", re.MULTILINE | re.IGNORECASE)
HISTORY = """
CREATE TABLE dbo.SchemaMigration (
    version    INT           NOT NULL,
    name       NVARCHAR(200) NOT NULL,
    checksum   CHAR(64)      NOT NULL,
    applied_at DATETIME2(6)  NOT NULL,
    CONSTRAINT PK_SchemaMigration PRIMARY KEY (version)
)
"""


def numbered_batches(script: str) -> Iterator[tuple[int, str]]:
    """What lies between lines that say GO, which is sqlcmd's word and not T-SQL's, each with the number of
    lines before it."""
    start = 0
    for end, following in [*((m.start(), m.end()) for m in _SEPARATOR.finditer(script)), (len(script), 0)]:
        text = script[start:end]
        if text.strip():
            yield script.count("\n", 0, start), text
        start = following


def batches(script: str) -> Iterator[str]:
    """As ``numbered_batches``, the texts alone."""
    return (text.strip() for _, text in numbered_batches(script))


def as_script(migrations: Sequence[Migration]) -> str:
    """What a DBA runs with sqlcmd or SSMS instead of ``migrate.py up``: the same batches, all or nothing.

    An error rolls everything back (XACT_ABORT), and NOEXEC keeps the batches after it from running outside
    the transaction. https://learn.microsoft.com/sql/t-sql/statements/set-noexec-transact-sql
    """
    before = migrations[0].version - 1
    parts = [
        "-- Run with: sqlcmd -b -d <database> -i <this file>    or in SSMS, in the database.\n"
        "SET QUOTED_IDENTIFIER ON; SET ANSI_NULLS ON; SET XACT_ABORT ON; SET NOCOUNT ON;",
        f"IF OBJECT_ID(N'dbo.SchemaMigration', N'U') IS NULL EXEC sys.sp_executesql N'{HISTORY}';",
        f"IF (SELECT COALESCE(MAX(version), 0) FROM dbo.SchemaMigration) <> {before}\n"  # noqa: S608 - a number
        f"BEGIN\n    RAISERROR(N'this script begins after migration {before}', 16, 1);\n"
        "    SET NOEXEC ON;\nEND;",
        "BEGIN TRANSACTION;",
    ]
    for migration in migrations:
        parts += [f"IF @@TRANCOUNT = 0 SET NOEXEC ON;\nGO\n{batch}" for batch in batches(migration.sql)]
        parts.append(
            "IF @@TRANCOUNT = 0 SET NOEXEC ON;\nGO\n"
            "INSERT INTO dbo.SchemaMigration (version, name, checksum, applied_at)\n"
            f"VALUES ({migration.version}, N'{migration.name}', '{migration.checksum}', SYSUTCDATETIME());"
        )
    parts.append("IF @@TRANCOUNT > 0 COMMIT;")
    parts.append(
        "SET NOEXEC OFF;\nSELECT version, name, applied_at FROM dbo.SchemaMigration ORDER BY version;"
    )
    return "\nGO\n".join(parts) + "\nGO\n"


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
