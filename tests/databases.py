"""The databases that the tests run on: SQLite always; a SQL Server as well when ``TEST_MSSQL_DSN`` is set.

``TEST_MSSQL_DSN`` is an ODBC connection string without a database, of a login that may create databases.
Every worker makes its own, and drops it at the end; every test begins with empty tables.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from app.core.config import Settings
from app.db.backends import make_migration_target
from app.db.binding import load_queries
from app.db.migrations import load_migrations, upgrade
from app.db.statements import Dialect, QueryRegistry

MSSQL_DSN = os.environ.get("TEST_MSSQL_DSN")
# Making a database locks the server's model database: error 1807 for whoever comes second.
_ONE_AT_A_TIME = FileLock(Path(tempfile.gettempdir()) / "pm-assist-test-databases.lock")
_PREFIX = "pma_test_"
LANES: tuple[Dialect, ...] = ("sqlite", "mssql") if MSSQL_DSN else ("sqlite",)


@dataclass(frozen=True)
class TestDatabase:
    """An empty migrated database, and a place for files of this test alone."""

    __test__ = False
    directory: Path
    settings: Mapping[str, Any]
    """What ``Settings`` is to be made with."""


@cache
def queries(dialect: Dialect) -> QueryRegistry:
    """The real ones, which take a quarter of a second to read and check: once a process."""
    return load_queries(dialect)


def sqlite_database(template: Path, directory: Path) -> TestDatabase:
    directory.mkdir(exist_ok=True)
    path = directory / "test.db"
    shutil.copy(template, path)
    return TestDatabase(directory, {"db_name": str(path), "sqlite_readers": 2})


def rows(settings: Settings, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """What a statement answers, looking straight into the database, past everything that is being tested."""
    return look(settings, [(sql, values)])[0]


def look(settings: Settings, asked: Sequence[tuple[str, Sequence[Any]]]) -> list[list[tuple[Any, ...]]]:
    """As ``rows``, several statements on one connection, which on a server is what takes the time."""
    if settings.db_type == "mssql":
        with mssql_connection(settings.db_name) as connection:
            return [_mssql_rows(connection, sql, *values) for sql, values in asked]
    with closing(sqlite3.connect(settings.db_name)) as connection:
        return [connection.execute(sql, values).fetchall() for sql, values in asked]


def tables(settings: Settings) -> list[str]:
    """The names of the tables there are; some servers have them in lower case."""
    catalog = "sys.tables" if settings.db_type == "mssql" else "sqlite_master WHERE type = 'table'"
    return sorted(name for (name,) in rows(settings, f"SELECT name FROM {catalog}"))


def execute(settings: Settings, *statements: str) -> None:
    """Runs statements behind the service's back; the triggers stay."""
    if settings.db_type == "mssql":
        with mssql_connection(settings.db_name) as connection:
            for statement in statements:
                connection.execute(statement)
        return
    with closing(sqlite3.connect(settings.db_name)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


@contextmanager
def connected(settings: Mapping[str, Any]) -> Iterator[Any]:
    """A connection to the database of these settings, for whoever commits what they do."""
    if settings.get("db_type") == "mssql":
        with mssql_connection(settings["db_name"]) as connection:
            connection.autocommit = False
            yield connection
    else:
        with closing(sqlite3.connect(settings["db_name"])) as connection:
            yield connection


def tamper(settings: Settings, *statements: str) -> None:
    """Runs statements behind the service's back, with the triggers out of the way."""
    if settings.db_type == "mssql":
        mssql_tamper(settings.db_name, *statements)
        return
    with closing(sqlite3.connect(settings.db_name)) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (trigger,) in triggers:
            connection.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            connection.execute(statement)
        connection.commit()


@contextmanager
def mssql_connection(database: str) -> Iterator[Any]:
    import pyodbc

    with closing(pyodbc.connect(f"{MSSQL_DSN};DATABASE={database}", autocommit=True)) as connection:
        yield connection


def mssql_rows(database: str, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with mssql_connection(database) as connection:
        return _mssql_rows(connection, sql, *values)


def _mssql_rows(connection: Any, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Ids come in lower case, as they do from SQLite."""
    cursor = connection.execute(sql, *values)
    ids = {index for index, column in enumerate(cursor.description) if column[1] is str and column[3] == 36}
    return [
        tuple(value.lower() if index in ids and value else value for index, value in enumerate(row))
        for row in cursor.fetchall()
    ]


def mssql_tamper(database: str, *statements: str) -> None:
    with mssql_connection(database) as connection:
        triggers = connection.execute("SELECT name, OBJECT_NAME(parent_id) FROM sys.triggers").fetchall()
        for trigger, table in triggers:
            connection.execute(f"ALTER TABLE dbo.{table} DISABLE TRIGGER {trigger}")
        for statement in statements:
            connection.execute(statement)
        for trigger, table in triggers:
            connection.execute(f"ALTER TABLE dbo.{table} ENABLE TRIGGER {trigger}")


class MssqlServer:
    """One database on the server, for one worker: made once, emptied before each test."""

    def __init__(self) -> None:
        self.name = f"{_PREFIX}{uuid.uuid4().hex[:12]}"
        self._lives = _life_of(self.name)
        self._lives.acquire(timeout=0)
        self.settings = {
            "db_type": "mssql",
            "db_name": self.name,
            "db_connection_string": MSSQL_DSN,
            "db_pool_min": 0,
            "db_pool_max": 4,
            # It may be slow, and then many wait for four connections.
            "db_acquire_timeout_seconds": 60,
        }
        settings = Settings(_env_file=None, pma_signing_keys="test:" + "k" * 43, **self.settings)  # type: ignore[arg-type]
        with _ONE_AT_A_TIME:
            self._drop_orphans()
            upgrade(make_migration_target(settings), load_migrations("mssql"))
        with mssql_connection(self.name) as connection:
            version = str(connection.execute("SELECT @@VERSION").fetchval())
            self.is_sql_server = "Microsoft SQL Server" in version
            self._parents = {
                row[0]
                for row in connection.execute(
                    "SELECT LOWER(OBJECT_NAME(referenced_object_id)) FROM sys.foreign_keys"
                    " WHERE referenced_object_id <> parent_object_id"
                )
            }
            self._tables = [
                table
                for table in self._children_first(connection)
                # What the migrations filled stays: states, permissions and what roles may.
                if table == "schemamigration"
                or not connection.execute(f"SELECT COUNT(*) FROM dbo.{table}").fetchval()
            ]
            triggers = connection.execute(
                "SELECT LOWER(OBJECT_NAME(parent_id)), LOWER(name) FROM sys.triggers"
            ).fetchall()
            self._delete_triggers = {table: name for table, name in triggers if name.endswith("_delete")}
            self._history = [tuple(row) for row in connection.execute("SELECT * FROM SchemaMigration")]

    @staticmethod
    def _children_first(connection: Any) -> list[str]:
        names = [
            row[0]
            for row in connection.execute(
                "SELECT LOWER(TABLE_NAME) FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_TYPE = 'BASE TABLE'"
            )
        ]
        references = [
            (row[0], row[1])
            for row in connection.execute(
                "SELECT LOWER(OBJECT_NAME(parent_object_id)), LOWER(OBJECT_NAME(referenced_object_id))"
                " FROM sys.foreign_keys"
            )
        ]
        ordered: list[str] = []
        while len(ordered) < len(names):
            parents = {parent for child, parent in references if child not in ordered and child != parent}
            ordered += [name for name in names if name not in ordered and name not in parents]
        return ordered

    def emptied(self, directory: Path) -> TestDatabase:
        has_rows = " UNION ALL ".join(
            f"SELECT N'{table}' AS name WHERE EXISTS (SELECT 1 FROM dbo.{table})" for table in self._tables
        )
        with mssql_connection(self.name) as connection:
            filled = {name for (name,) in connection.execute(has_rows)}
            # Deleting would run the triggers of what is only added to; those tables are nobody's parents, or
            # their triggers rest meanwhile.
            batch = [self._emptying(table) for table in self._tables if table in filled]
            connection.execute("; ".join(["SET NOCOUNT ON", *batch]))
            for row in self._history:
                marks = ", ".join("?" * len(row))
                connection.execute(f"INSERT INTO dbo.SchemaMigration VALUES ({marks})", row)

        return TestDatabase(directory, self.settings)

    def _emptying(self, table: str) -> str:
        trigger = self._delete_triggers.get(table)
        if trigger is None:
            return f"DELETE FROM dbo.{table}"
        if table not in self._parents:
            return f"TRUNCATE TABLE dbo.{table}"
        change = f"ALTER TABLE dbo.{table} {{}} TRIGGER {trigger}"
        return f"{change.format('DISABLE')}; DELETE FROM dbo.{table}; {change.format('ENABLE')}"

    def drop(self) -> None:
        """Also when a session of a test is still at work in it."""
        with _ONE_AT_A_TIME:
            _drop(self.name)
        self._lives.release()
        Path(self._lives.lock_file).unlink(missing_ok=True)

    @staticmethod
    def _drop_orphans() -> None:
        """What a worker of this machine that was killed left on the server."""
        with mssql_connection("master") as connection:
            names = [row[0] for row in connection.execute("SELECT name FROM sys.databases")]
        for name in names:
            life = _life_of(name)
            if not name.startswith(_PREFIX) or not Path(life.lock_file).exists():
                continue
            with contextlib.suppress(Timeout), life.acquire(timeout=0):
                _drop(name)
                Path(life.lock_file).unlink(missing_ok=True)


def _life_of(database: str) -> FileLock:
    """Held as long as the worker lives whose database it is."""
    return FileLock(Path(tempfile.gettempdir()) / f"{database}.lock")


def _drop(name: str) -> None:
    with mssql_connection("master") as connection:
        for last in (*[False] * 20, True):
            sessions = "SELECT session_id FROM sys.dm_exec_sessions WHERE database_id = DB_ID(?)"
            for (session,) in connection.execute(sessions, name).fetchall():
                with contextlib.suppress(Exception):  # it has ended by itself
                    connection.execute(f"KILL {int(session)}")
            try:
                connection.execute(f"DROP DATABASE [{name}]")
            except Exception:
                if last:
                    raise
                time.sleep(0.5)
            else:
                return
