"""Numbered SQL files, applied in order, each once, each in one transaction.

``sql/migrations/<dialect>/NNNN_name.sql``. A file that was applied is history: its checksum
is kept, and a changed file is refused. The runner is synchronous: it serves scripts and
start-up, never a request. ``MigrationTarget`` is what an engine supplies.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.db.errors import SchemaMismatch
from app.db.statements import Dialect

ROOT = Path(__file__).resolve().parents[2] / "sql" / "migrations"
_FILE_NAME = re.compile(r"(?P<version>\d{4})_[a-z0-9_]+\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    version: int
    name: str
    sql: str
    checksum: str
    """SHA-256 of the text with LF line ends, so that a checkout on Windows counts as the same."""


@dataclass(frozen=True, slots=True)
class Applied:
    version: int
    name: str
    checksum: str
    applied_at: str


class MigrationTarget(Protocol):
    """One database, as the runner needs it."""

    def create_database(self) -> None:
        """Makes the database if there is none. Safe to call from several processes at once."""

    def lock(self) -> AbstractContextManager[None]:
        """Held by one runner at a time, across processes."""

    def applied(self) -> Sequence[Applied]:
        """What was applied, in order; empty when the database or the table does not exist."""

    def apply(self, migration: Migration) -> None:
        """Runs the file and records it, in one transaction."""


def load_migrations(dialect: Dialect, root: Path = ROOT) -> tuple[Migration, ...]:
    """The files of a dialect in order. Raises ``SchemaMismatch`` on a gap or a name out of form."""
    migrations = []
    for path in sorted((root / dialect).glob("*.sql")):
        match = _FILE_NAME.fullmatch(path.name)
        if match is None:
            raise SchemaMismatch(f"{path.name}: a migration is named NNNN_lower_case_words.sql")
        text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
        checksum = hashlib.sha256(text.encode()).hexdigest()
        migrations.append(Migration(int(match["version"]), path.stem, text, checksum))
    versions = [migration.version for migration in migrations]
    if versions != list(range(1, len(versions) + 1)):
        raise SchemaMismatch(f"migrations of {dialect} are not numbered 1, 2, 3, …: {versions}")
    return tuple(migrations)


def pending(migrations: Sequence[Migration], applied: Sequence[Applied]) -> Sequence[Migration]:
    """What is still to apply. Raises ``SchemaMismatch`` when history and files disagree."""
    for known, migration in zip(applied, migrations, strict=False):
        if (known.version, known.name) != (migration.version, migration.name):
            raise SchemaMismatch(f"the database has {known.name} where the files have {migration.name}")
        if known.checksum != migration.checksum:
            raise SchemaMismatch(
                f"{migration.name}.sql was changed after it was applied. Put the file back as it was "
                "and write the change as a new migration."
            )
    if len(applied) > len(migrations):
        raise SchemaMismatch(
            f"the database is at {applied[-1].name}, newer than this code "
            f"({migrations[-1].name if migrations else 'no migration'}). Deploy the newer code."
        )
    return migrations[len(applied) :]


def upgrade(target: MigrationTarget, migrations: Sequence[Migration]) -> Sequence[Migration]:
    """Creates the database if need be and applies what is pending; answers what it applied."""
    target.create_database()
    done = []
    with target.lock():
        for migration in pending(migrations, target.applied()):
            target.apply(migration)
            done.append(migration)
    return done


def require_current(target: MigrationTarget, migrations: Sequence[Migration]) -> None:
    """Raises ``SchemaMismatch`` with the command that mends it, unless the schema is current."""
    waiting = pending(migrations, target.applied())
    if waiting:
        raise SchemaMismatch(
            f"the database lacks {len(waiting)} migration(s), beginning with {waiting[0].name}. "
            "Run: python scripts/migrate.py up"
        )
