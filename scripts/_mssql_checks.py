"""What doctor asks a SQL Server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.core.config import Settings
from app.db.backends import NO_ODBC
from app.db.errors import DatabaseError
from scripts._findings import Finding, failed, ok, warning

_OLDEST_SQL_SERVER = 15  # 2019: UTF-8 collations, which the admin scripts hash with
_AZURE_SQL = (5, 8)  # EngineEdition: SQL Database, Managed Instance
_CLOCK_WARNING, _CLOCK_FAILURE = 1.0, 5.0


def check_mssql(settings: Settings) -> Iterator[Finding]:
    try:
        import pyodbc
    except ImportError:
        yield failed("ODBC driver", NO_ODBC)
        return

    from app.db.drivers.mssql_errors import translate, unreachable
    from app.db.drivers.mssql_options import mssql_options

    if settings.db_connection_string is None:
        known = settings.db_driver in pyodbc.drivers() or Path(settings.db_driver).exists()
        if not known:
            found = ", ".join(pyodbc.drivers()) or "none"
            yield failed(
                "ODBC driver", f"{settings.db_driver} is not installed; there is: {found}. See README"
            )
            return
        yield ok("ODBC driver", settings.db_driver)
    started = time.perf_counter()
    try:
        opened = mssql_options(settings).open()
    except (pyodbc.Error, DatabaseError) as error:
        known_error = error if isinstance(error, DatabaseError) else unreachable(error)
        yield failed("connection", str(known_error))
        return
    with opened as connection:
        milliseconds = (time.perf_counter() - started) * 1000
        driver = f"{connection.getinfo(pyodbc.SQL_DRIVER_NAME)} {connection.getinfo(pyodbc.SQL_DRIVER_VER)}"
        yield ok("connection", f"{milliseconds:.0f} ms, through {driver}")
        for check in (_version, _encryption, _snapshot, _collation, _server_clock):
            try:
                yield check(connection)
            except pyodbc.Error as error:
                yield warning(
                    check.__name__.strip("_").replace("_", " "), f"cannot be asked: {translate(error, None)}"
                )


def _one(connection: Any, sql: str) -> Any:
    return connection.execute(sql).fetchone()


def _version(connection: Any) -> Finding:
    version, edition = _one(
        connection,
        "SELECT CAST(SERVERPROPERTY(N'ProductVersion') AS NVARCHAR(128)),"
        " CAST(SERVERPROPERTY(N'EngineEdition') AS INT)",
    )
    major = int(str(version).partition(".")[0])
    if edition in _AZURE_SQL or major >= _OLDEST_SQL_SERVER:
        return ok("server", f"version {version}, engine edition {edition}")
    return failed("server", f"version {version} is older than SQL Server 2019, or not SQL Server")


def _encryption(connection: Any) -> Finding:
    (option,) = _one(
        connection, "SELECT encrypt_option FROM sys.dm_exec_connections WHERE session_id = @@SPID"
    )
    if option == "TRUE":
        return ok("encryption", "the connection is encrypted")
    return failed("encryption", "the connection is not encrypted: DB_ENCRYPT")


def _snapshot(connection: Any) -> Finding:
    (is_on,) = _one(
        connection, "SELECT is_read_committed_snapshot_on FROM sys.databases WHERE name = DB_NAME()"
    )
    if is_on:
        return ok("READ_COMMITTED_SNAPSHOT", "on")
    return failed("READ_COMMITTED_SNAPSHOT", "off: readers wait for writers. See sql/admin/mssql")


def _collation(connection: Any) -> Finding:
    """Keys compared as text must not follow the database's idea of upper and lower case."""
    rows = connection.execute(
        "SELECT OBJECT_NAME(c.object_id), c.name, c.collation_name FROM sys.columns AS c"
        " WHERE OBJECT_NAME(c.object_id) IN (N'UserAccount', N'WorkspaceMember')"
        " AND c.name IN (N'user_id', N'tid', N'member_key', N'list_key')"
    ).fetchall()
    wrong = [f"{table}.{column}" for table, column, name in rows if "BIN2" not in str(name).upper()]
    if wrong:
        return failed("collation", f"{', '.join(sorted(wrong))}: not BIN2; two users may be taken for one")
    return (
        ok("collation", f"{len(rows)} key columns are BIN2")
        if rows
        else warning("collation", "no tables yet")
    )


def _server_clock(connection: Any) -> Finding:
    before = datetime.now(UTC)
    (server,) = _one(connection, "SELECT SYSUTCDATETIME()")
    after = datetime.now(UTC)
    apart = abs((server.replace(tzinfo=UTC) - (before + (after - before) / 2)).total_seconds())
    if apart > _CLOCK_FAILURE:
        return failed("clock", f"{apart:.1f} s apart from the server's: tokens will be refused")
    return (warning if apart > _CLOCK_WARNING else ok)("clock", f"{apart:.1f} s apart from the server's")
