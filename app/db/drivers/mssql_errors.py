"""SQL Server's error numbers and ODBC's SQLSTATEs as this service's few exceptions.

Numbers: https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors
States:  https://learn.microsoft.com/sql/odbc/reference/appendixes/appendix-a-odbc-error-codes
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.db import errors

_BY_NUMBER: Mapping[int, type[errors.DatabaseError]] = {
    2601: errors.UniqueViolation,  # duplicate key row, unique index
    2627: errors.UniqueViolation,  # violation of a PRIMARY KEY or UNIQUE constraint
    515: errors.NotNullViolation,  # cannot insert the value NULL
    2628: errors.ValueTooLong,  # string or binary data would be truncated, with the column
    8152: errors.ValueTooLong,  # the same before SQL Server 2019
    1205: errors.Deadlock,  # chosen as the deadlock victim
    1222: errors.StatementTimeout,  # lock request time-out
    911: errors.DatabaseUnavailable,  # the database does not exist
    4060: errors.DatabaseUnavailable,  # cannot open the database
    18456: errors.DatabaseUnavailable,  # login failed
    40197: errors.DatabaseUnavailable,  # Azure SQL: the service has an error, retry
    40501: errors.DatabaseUnavailable,  # Azure SQL: the service is busy
    40613: errors.DatabaseUnavailable,  # Azure SQL: the database is not available
    50001: errors.AppendOnlyViolation,  # THROW in this service's append-only triggers
}
_CONFLICT = 547  # a FOREIGN KEY or a CHECK constraint; the message says which
_BY_STATE: Mapping[str, type[errors.DatabaseError]] = {
    "HYT00": errors.StatementTimeout,
    "HY008": errors.StatementTimeout,  # cancelled
    "HYT01": errors.DatabaseUnavailable,
    "IM002": errors.DatabaseUnavailable,  # no such driver
    "40001": errors.Deadlock,
    "23000": errors.ConstraintError,
}
_NUMBER = re.compile(r"\((\d+)\) \(SQL\w+\)")
_VALUES = re.compile(r"The duplicate key value is \(.*\)\.", re.DOTALL)
_CONSTRAINT = re.compile(r"(?:constraint|index) ['\"]([^'\"]+)['\"]", re.IGNORECASE)


def translate(error: Exception, query: str | None) -> errors.DatabaseError:
    """The exception to raise instead of a ``pyodbc.Error``. Its message holds names of the schema, never a
    value: SQL Server quotes the duplicate key."""
    state = str(error.args[0]) if error.args else ""
    # Values go first: a key could be made to look like an error number.
    message = _VALUES.sub("", str(error.args[1])) if len(error.args) > 1 else ""
    number = _number(message)
    found = _CONSTRAINT.search(message)
    constraint = found[1] if found else None
    kind = _kind(state, number, message)
    return kind(f"{state or type(error).__name__} ({number}) in {query}", query=query, constraint=constraint)


def error_number(error: Exception) -> int:
    """SQL Server's number of the error, 0 where the driver itself failed."""
    return _number(_VALUES.sub("", str(error.args[1]))) if len(error.args) > 1 else 0


def _number(message: str) -> int:
    numbers = _NUMBER.findall(message)
    return int(numbers[-1]) if numbers else 0


def is_connection_lost(error: Exception) -> bool:
    """Whether the connection is of no more use: SQLSTATE class 08, pyodbc's own word, which has no state, and
    a time-out, after which the server may or may not have heard that the statement was cancelled."""
    if len(error.args) < 2:
        return True
    state = str(error.args[0])
    return state.startswith("08") or state in ("HYT00", "HYT01", "IM002", "HY008", "HY010")


def _kind(state: str, number: int, message: str) -> type[errors.DatabaseError]:
    if number == _CONFLICT:
        return errors.ForeignKeyViolation if "FOREIGN KEY" in message.upper() else errors.CheckViolation
    if number in _BY_NUMBER:
        return _BY_NUMBER[number]
    if state.startswith("08"):
        return errors.DatabaseUnavailable
    return _BY_STATE.get(state, errors.DatabaseError)
