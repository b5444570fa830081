"""Migrations on SQLite, through the standard library's synchronous module."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock

from app.core.clock import utc_text
from app.core.private_files import create_private, make_private_directory
from app.db.migrations import Applied, Migration

_LOCK_TIMEOUT_SECONDS = 120
_HISTORY = """
CREATE TABLE IF NOT EXISTS SchemaMigration (
    version    INTEGER NOT NULL,
    name       TEXT    NOT NULL,
    checksum   TEXT    NOT NULL,
    applied_at TEXT    NOT NULL,
    CONSTRAINT PK_SchemaMigration PRIMARY KEY (version)
) STRICT
"""


def statements(script: str) -> Iterator[str]:
    """The statements of a script, triggers whole (SQLite's own tokenizer decides where one ends)."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement


def as_script(migrations: Sequence[Migration]) -> str:
    """What somebody runs with the sqlite3 shell instead of ``migrate.py up``: all or nothing."""
    before = migrations[0].version - 1
    parts = [
        "-- Run with: sqlite3 <database> < <this file>\n.bail on",
        "PRAGMA journal_mode = WAL;\nBEGIN IMMEDIATE;",
        f"{_HISTORY.strip()};",
        f'CREATE TEMP TABLE Guard (version INTEGER CONSTRAINT "this script begins after migration {before}"'
        f" CHECK (version = {before}));",
        "INSERT INTO temp.Guard SELECT coalesce(max(version), 0) FROM SchemaMigration;",
    ]
    for each in migrations:
        parts += [
            each.sql.strip(),
            "INSERT INTO SchemaMigration (version, name, checksum, applied_at)\n"
            f"VALUES ({each.version}, '{each.name}', '{each.checksum}',"
            " strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'));",
        ]
    return "\n\n".join([*parts, "COMMIT;"]) + "\n"


class SqliteMigrationTarget:
    def __init__(self, path: Path, busy_timeout: float = 30.0) -> None:
        self._path = path
        self._busy_timeout = busy_timeout

    def _connect(self) -> closing[sqlite3.Connection]:
        return closing(sqlite3.connect(self._path, timeout=self._busy_timeout, isolation_level=None))

    def create_database(self) -> None:
        make_private_directory(self._path.parent)
        with self.lock():
            # SQLite gives -wal and -shm the rights of the file, and makes that for everybody to read.
            with suppress(FileExistsError):
                create_private(self._path).close()
            with self._connect() as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute(_HISTORY)

    @contextmanager
    def lock(self) -> Iterator[None]:
        # A file lock, not BEGIN EXCLUSIVE: each migration commits by itself under it.
        with FileLock(f"{self._path}.migrate-lock", timeout=_LOCK_TIMEOUT_SECONDS, mode=0o600):
            yield

    def applied(self) -> Sequence[Applied]:
        if not self._path.exists():
            return ()
        with self._connect() as connection:
            known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'SchemaMigration'")
            if known.fetchone() is None:
                return ()
            rows = connection.execute(
                "SELECT version, name, checksum, applied_at FROM SchemaMigration ORDER BY version"
            )
            return tuple(Applied(*row) for row in rows)

    def apply(self, migration: Migration) -> None:
        with self._connect() as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN IMMEDIATE")
            try:
                for statement in statements(migration.sql):
                    connection.execute(statement)
                connection.execute(
                    "INSERT INTO SchemaMigration (version, name, checksum, applied_at) VALUES (?, ?, ?, ?)",
                    (migration.version, migration.name, migration.checksum, utc_text(datetime.now(UTC))),
                )
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
