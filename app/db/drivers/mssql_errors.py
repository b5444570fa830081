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
    50001: errors.AppendOnlyViolation,  # THROW in this service's append-only triggers
    # Azure SQL's lists of transient faults and of resource governance, SqlClient's baseline of transient
    # errors, and what the engine says while it starts, stops, fails over or runs out of something.
    # https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-errors-issues
    # https://learn.microsoft.com/dotnet/api/microsoft.data.sqlclient.sqlconfigurableretryfactory.baselinetransienterrors
    **dict.fromkeys(
        (
            *(596, 6001, 6002, 6005),  # the session is being killed, the server is being shut down
            *(17142, 17187, 17188, 17189, 17197),  # paused, starting, stopping, no thread for the login
            *(
                18401,
                18451,
                18456,
                18461,
                18470,
                18486,
                18487,
                18488,
            ),  # nobody, or not this login, may sign in
            *(911, 913, 615, 4060, 4064, 40532, 40615),  # no such database, or not for this login or address
            *(904, 921, 922, 923, 924, 926, 927, 942, 945, 952),  # starting, restored, offline, in transition
            *(976, 978, 979, 982, 983, 988, 4221),  # a replica that is no primary, or not yet
            *(3906, 3908, 5063),  # read-only: this was the primary until just now
            *(40020, 40143, 40166, 40197, 40540, 40613, 40671),  # reconfiguration and fail-over
            *(42108, 42109),  # a pool that is paused, or waking up
            *(
                64,
                121,
                233,
                997,
                10053,
                10054,
                10060,
                10061,
            ),  # the network, where the driver gives its number
        ),
        errors.DatabaseUnavailable,
    ),
    **dict.fromkeys(
        (
            *(701, 802, 8628, 8645, 8651, 17803),  # memory
            *(1101, 1105, 1132, 9002, 3958, 3967, 40544),  # room for data, log or versions
            *(1204, 10928, 10929, 10930, 10936, 40501, 40642, 40648, 40675),  # locks, workers, sessions
            *(40549, 40550, 40551, 40552, 40553),  # Azure SQL ended the session for what it used
            *(49918, 49919, 49920),  # operations of a subscription
        ),
        errors.DatabaseOverloaded,
    ),
}
_LOCK_TIMEOUT = 1222
_CONFLICT = 547  # a FOREIGN KEY or a CHECK constraint; the message says which
_BY_STATE: Mapping[str, type[errors.DatabaseError]] = {
    "HYT00": errors.StatementTimeout,
    "HY008": errors.StatementTimeout,  # cancelled
    "HYT01": errors.DatabaseUnavailable,
    "40001": errors.Deadlock,
    "23000": errors.ConstraintError,
}
_AWAY = ("08", "IM")
"""States that begin so: of the connection, of the driver manager, and Microsoft's own of a connection that is
broken (IMC01 to IMC06, https://learn.microsoft.com/sql/connect/odbc/connection-resiliency)."""
_SOUND = ("22", "23", "42")
"""The server refused a value, a row or a statement, and goes on; so it does after a deadlock."""
_NUMBER = re.compile(r"\((\d+)\) \(SQL\w+\)")
_VALUES = re.compile(r"The duplicate key value is \(.*\)\.", re.DOTALL)
_CONSTRAINT = re.compile(r"(?:constraint|index) ['\"]([^'\"]+)['\"]", re.IGNORECASE)
_SIGNS = (
    (
        "Can't open lib",
        "the ODBC driver cannot be loaded: install Microsoft's, or say where it is in DB_DRIVER",
    ),
    ("Data source name not found", "there is no such ODBC driver or data source: see DB_DRIVER"),
    (
        "certificate verify failed",
        "the server's certificate is not trusted: have this machine trust who signed it, or, for a server of"
        " your own, set DB_TRUST_SERVER_CERTIFICATE=true",
    ),
)
_NO_DATABASE = (
    "the database is not there, or this login may not use it: see DB_NAME; "
    "'python scripts/migrate.py up' makes it"
)
_NUMBERS = {
    18456: "the server refused this login: see DB_USER and DB_PASSWORD",
    4060: _NO_DATABASE,
    911: _NO_DATABASE,
}


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


def unreachable(error: Exception) -> errors.DatabaseUnavailable:
    """Why a connection could not be made, as a sentence that says what to do."""
    known = translate(error, "connect")
    message = str(error.args[-1]) if error.args else ""
    number = error_number(error)
    told = next((text for sign, text in _SIGNS if sign in message), _NUMBERS.get(number))
    if told is None:
        kind = type(known) if isinstance(known, errors.DatabaseUnavailable) else errors.DatabaseUnavailable
        return kind(str(known))
    return errors.DatabaseUnavailable(f"{told} ({error.args[0]}, {number})")


def is_connection_doubtful(error: Exception) -> bool:
    """Whether the connection is to be given up: always, unless the error is known to leave it sound. After a
    time-out the server may or may not have heard that the statement was cancelled; after a fail-over only a
    new connection finds the new primary; and drivers go on to invent states."""
    if len(error.args) < 2:
        return True  # pyodbc's own word, which has no state
    state = str(error.args[0])
    if error_number(error) == _LOCK_TIMEOUT:
        return False
    if isinstance(translate(error, None), errors.DatabaseUnavailable | errors.StatementTimeout):
        return True
    return not state.startswith(_SOUND) and state != "40001"


def _kind(state: str, number: int, message: str) -> type[errors.DatabaseError]:
    if number == _CONFLICT:
        # A foreign key is named so where a row refers to nothing, and REFERENCE where a row is referred to.
        return errors.CheckViolation if "CHECK CONSTRAINT" in message.upper() else errors.ForeignKeyViolation
    if number in _BY_NUMBER:
        return _BY_NUMBER[number]
    if state.startswith(_AWAY):
        return errors.DatabaseUnavailable
    return _BY_STATE.get(state, errors.DatabaseError)
