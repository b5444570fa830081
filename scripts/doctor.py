"""Says what is wrong with this installation, or about to be: python scripts/doctor.py

Settings, driver, connection, server, database, schema, clock, store of files, signing keys. Every line is
ok, a warning, or a failure with what to do; the exit code is 1 when anything failed. It changes nothing.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pydantic import ValidationError

from app.core.clock import system_clock
from app.core.config import Settings
from app.core.errors import BlobStoreUnavailable, IdentityProviderUnavailable
from app.core.issuers import LocalIssuer, TrustedIssuers
from app.core.jwks import JwksCache
from app.core.tenants import gaps
from app.core.trusted_issuers import trusted_issuers
from app.db.backends import NO_ODBC, make_database, make_migration_target
from app.db.errors import DatabaseError
from app.db.migrations import load_migrations, require_current
from app.integrations.blob_store import BlobNotFound, make_blob_store
from app.integrations.jwks_http import HttpJwksSource

_OLDEST_SQL_SERVER = 15  # 2019: UTF-8 collations, which the admin scripts hash with
_AZURE_SQL = (5, 8)  # EngineEdition: SQL Database, Managed Instance
_NEEDED = {"ODBC driver", "connection", "database"}
_CLOCK_WARNING, _CLOCK_FAILURE = 1.0, 5.0


class Outcome(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True)
class Finding:
    outcome: Outcome
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.outcome:8} {self.subject:24} {self.detail}"


def ok(subject: str, detail: str) -> Finding:
    return Finding(Outcome.OK, subject, detail)


def warning(subject: str, detail: str) -> Finding:
    return Finding(Outcome.WARNING, subject, detail)


def failed(subject: str, detail: str) -> Finding:
    return Finding(Outcome.FAILED, subject, detail)


def check_settings(settings: Settings) -> Iterator[Finding]:
    if not settings.is_production:
        yield warning(
            "settings", "ENVIRONMENT is development: weak keys, http and the local issuer are let in"
        )
    else:
        yield ok("settings", "production")
        if settings.public_url is None:
            yield failed("PUBLIC_URL", "is not set: clients are told http://HOST:PORT")
        if settings.are_docs_enabled:
            yield warning("DOCS_ENABLED", "the documentation pages are open to everybody")
        if settings.is_local_issuer_enabled:
            yield warning("LOCAL_ISSUER_ENABLED", "accounts of this service's own can sign in")
        if settings.enable_registration:
            yield warning("ENABLE_REGISTRATION", "anybody can make an account")
        if settings.db_type == "sqlite":
            yield warning("DB_TYPE", "sqlite: one machine, and its disk is the backup")
    yield from (warning("tenants", gap) for gap in gaps(settings))
    if len(settings.key_ring.keys) == 1:
        yield ok("PMA_SIGNING_KEYS", "one key")
    else:
        yield ok("PMA_SIGNING_KEYS", f"{len(settings.key_ring.keys)} keys; the first one signs")


async def check_blobs(settings: Settings) -> Finding:
    """Asks the store for a blob that is not there: whoever is told so is connected and let in."""
    store = make_blob_store(settings, system_clock)
    place = settings.blob_local_root if settings.blob_store == "local" else settings.blob_container
    try:
        await store.get("doctor/probe")
    except BlobNotFound:
        pass
    except BlobStoreUnavailable as error:
        reason = (error.details or {}).get("reason", "")
        return failed("files", f"the store is away or refuses ({settings.blob_store}: {reason})")
    finally:
        await store.aclose()
    return ok("files", f"{settings.blob_store}: {place}")


def check_sqlite(settings: Settings) -> Iterator[Finding]:
    path = Path(settings.db_name)
    if not path.exists():
        yield failed("database", f"{path} is not there. Run: python scripts/migrate.py up")
        return
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        (answer,) = connection.execute("PRAGMA quick_check").fetchone()
        yield ok("database", str(path)) if answer == "ok" else failed("database", f"{path}: {answer}")
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        right = mode == "wal"
        yield (ok if right else failed)(
            "journal mode", mode if right else f"{mode}: readers wait for the writer"
        )


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


async def check_schema(settings: Settings) -> AsyncIterator[Finding]:
    migrations = load_migrations(settings.db_type)
    try:
        require_current(make_migration_target(settings), migrations)
        yield ok("schema", migrations[-1].name)
        database = make_database(settings)
        await database.open()
        await database.close()
        count = len(database.registry)
        if database.proven == count:
            yield ok("queries", f"{count} compile against the schema")
        else:
            yield warning("queries", f"{database.proven} of {count} proven: this server cannot describe them")
    except DatabaseError as error:
        yield failed("schema", str(error))


async def check_issuers(settings: Settings) -> AsyncIterator[Finding]:
    source = HttpJwksSource()
    jwks = JwksCache(source, time.monotonic)
    try:
        matches = [*TrustedIssuers(trusted_issuers(settings, None))]
        for match in matches:
            if isinstance(match.issuer, LocalIssuer):
                continue
            try:
                await jwks.key(match, "doctor")
                yield ok("signing keys", match.iss)
            except IdentityProviderUnavailable:
                yield failed("signing keys", f"{match.iss}: cannot be fetched from here")
        if settings.is_local_issuer_enabled:
            yield ok("signing keys", "of the local issuer")
        elif not matches:
            yield failed("signing keys", "no issuer is trusted: nobody can sign in")
    finally:
        await jwks.aclose()
        await source.aclose()


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Every finding, in order."""
    for finding in check_settings(settings):
        yield finding
    check: Callable[[Settings], Iterator[Finding]] = (
        check_mssql if settings.db_type == "mssql" else check_sqlite
    )
    is_there = True
    for finding in check(settings):
        is_there = is_there and not (finding.outcome is Outcome.FAILED and finding.subject in _NEEDED)
        yield finding
    if is_there:
        async for finding in check_schema(settings):
            yield finding
    yield await check_blobs(settings)
    async for finding in check_issuers(settings):
        yield finding


async def run() -> int:
    try:
        settings = Settings()
    except ValidationError as error:
        for problem in error.errors():
            print(failed(".".join(map(str, problem["loc"])).upper() or "settings", problem["msg"]))
        return 1
    outcomes = set()
    async for finding in examine(settings):
        print(finding, flush=True)
        outcomes.add(finding.outcome)
    return int(Outcome.FAILED in outcomes)


if __name__ == "__main__":
    sys.exit(asyncio.run(run()))
