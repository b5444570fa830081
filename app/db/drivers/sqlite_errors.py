"""SQLite's result codes (https://www.sqlite.org/rescode.html) as this service's few exceptions."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from app.db import errors


@dataclass(frozen=True, slots=True)
class ConstraintNames:
    """SQLite reports a unique violation as 'Table.a, Table.b'; this finds the index's name."""

    by_columns: Mapping[str, str]

    def of(self, message: str) -> str | None:
        _, _, tail = message.partition(": ")
        if tail.startswith("index '"):
            return tail.removeprefix("index '").rstrip("'")
        return self.by_columns.get(tail, tail or None)


_CONSTRAINTS: Mapping[str, type[errors.ConstraintError]] = {
    "SQLITE_CONSTRAINT_UNIQUE": errors.UniqueViolation,
    "SQLITE_CONSTRAINT_PRIMARYKEY": errors.UniqueViolation,
    "SQLITE_CONSTRAINT_ROWID": errors.UniqueViolation,
    "SQLITE_CONSTRAINT_FOREIGNKEY": errors.ForeignKeyViolation,
    "SQLITE_CONSTRAINT_CHECK": errors.CheckViolation,
    "SQLITE_CONSTRAINT_DATATYPE": errors.CheckViolation,
    "SQLITE_CONSTRAINT_NOTNULL": errors.NotNullViolation,
    "SQLITE_CONSTRAINT_TRIGGER": errors.AppendOnlyViolation,
    "SQLITE_TOOBIG": errors.ValueTooLong,
}
_TRANSIENT: Mapping[str, type[errors.TransientError]] = {
    "SQLITE_BUSY": errors.StatementTimeout,
    "SQLITE_LOCKED": errors.StatementTimeout,
    "SQLITE_INTERRUPT": errors.StatementTimeout,
    "SQLITE_FULL": errors.DatabaseUnavailable,
    "SQLITE_IOERR": errors.DatabaseUnavailable,
    "SQLITE_CANTOPEN": errors.DatabaseUnavailable,
    "SQLITE_READONLY": errors.DatabaseUnavailable,
    "SQLITE_NOLFS": errors.DatabaseUnavailable,
    "SQLITE_NOMEM": errors.DatabaseUnavailable,
    "SQLITE_PERM": errors.DatabaseUnavailable,
    "SQLITE_PROTOCOL": errors.DatabaseUnavailable,
}
"""What may pass without anybody mending the file: SQLITE_CORRUPT and SQLITE_NOTADB do not."""


def translate(error: sqlite3.Error, query: str | None, names: ConstraintNames) -> errors.DatabaseError:
    """The exception to raise instead. Its message holds names of the schema, never a value."""
    code = getattr(error, "sqlite_errorname", "")
    # Of opening SQLite says more by itself, and nothing of what is stored.
    told = f"{code or type(error).__name__} in {query}" if query else f"DB_NAME: {error}"
    if kind := _CONSTRAINTS.get(code):
        return kind(told, query=query, constraint=names.of(str(error)))
    for prefix, transient in _TRANSIENT.items():
        if code.startswith(prefix):
            return transient(told, query=query)
    return errors.DatabaseError(told, query=query)
