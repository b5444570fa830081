"""Statements as they are sent to SQL Server, and values on their way in and out.

Every statement runs through ``sp_executesql``: parameters are named and typed by the query's contract, so a
plan is shared whatever the values' lengths (pyodbc alone types a string parameter by its length, which makes
a plan for each), and a NULL needs no guess at its type. What a statement SETs ends with it, so nothing that a
session was set to can reach the next borrower of its connection.

https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-executesql-transact-sql
https://learn.microsoft.com/sql/t-sql/statements/set-statements-transact-sql
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
import pyodbc

from app.core.clock import utc_text
from app.db.drivers.mssql_types import TYPES
from app.db.drivers.rows import RowConverter
from app.db.statements import ColumnType, SqlType, Statement

# (ODBC type, size, digits), so that no plan is made for each length of a text.
_SIZES: Mapping[SqlType, tuple[int, int, int]] = {
    SqlType.TEXT: (pyodbc.SQL_WVARCHAR, 4000, 0),
    SqlType.LONGTEXT: (pyodbc.SQL_WVARCHAR, 0, 0),
    SqlType.ASCII: (pyodbc.SQL_VARCHAR, 8000, 0),
    SqlType.UUID: (pyodbc.SQL_WVARCHAR, 36, 0),
    SqlType.INT: (pyodbc.SQL_BIGINT, 0, 0),
    SqlType.BOOL: (pyodbc.SQL_BIT, 0, 0),
    SqlType.TIME: (pyodbc.SQL_VARCHAR, 26, 0),
}
# The server's types that a column of the contract may have; CASE answers int where bool is meant.
FITTING: Mapping[ColumnType, frozenset[str]] = {
    ColumnType.TEXT: frozenset({"nvarchar", "varchar", "nchar", "char", "ntext", "text"}),
    ColumnType.JSON: frozenset({"nvarchar"}),
    ColumnType.UUID: frozenset({"uniqueidentifier"}),
    ColumnType.INT: frozenset({"bigint", "int", "smallint", "tinyint"}),
    ColumnType.BOOL: frozenset({"bit", "int"}),
    ColumnType.TIME: frozenset({"datetime2"}),
}
# The server takes 2,100, and keeps some for itself.
# https://learn.microsoft.com/sql/sql-server/maximum-capacity-specifications-for-sql-server
_MOST_PARAMETERS = 1000
_SCOPE_KEY, _WORKSPACE_KEY = "pma_scope", "pma_workspace"


def preamble(lock_timeout: float) -> str:
    """What holds while statements run.

    - XACT_ABORT: any error ends the whole transaction, so none is ever half committed.
    - LOCK_TIMEOUT, in milliseconds: who waits for a lock gives up when the statement would (error 1222).
    - NOCOUNT OFF, whatever the server's default: row counts are how ``:exec`` answers.
    """
    return f"SET NOCOUNT OFF; SET XACT_ABORT ON; SET LOCK_TIMEOUT {int(lock_timeout * 1000)}; "


class Request(NamedTuple):
    """What goes to the server in one round trip."""

    sql: str
    values: list[Any]
    sizes: list[tuple[int, int, int]]
    long: Sequence[int] = ()
    """Which columns of the rows hold much text: then a page of them is enough."""


Bound = tuple["Prepared", Mapping[str, Any]]
Queued = tuple["Prepared | Plain", Mapping[str, Any]]


def request(queue: Sequence[Queued], last: Bound | None, lock_timeout: float) -> Request:
    """``last``, after what is queued: with NOCOUNT ON that says nothing of counts, and an error in it ends
    the batch (XACT_ABORT) and is raised as one of ``last`` would be."""
    parts = [preamble(lock_timeout)]
    if queue:
        parts += [
            "SET NOCOUNT ON; ",
            *(f"{each.call(given)}; " for each, given in queue),
            "SET NOCOUNT OFF; ",
        ]
    everything: Sequence[Queued] = [*queue, last] if last else queue
    if last:
        parts.append(last[0].call(last[1]))
    return Request(
        "".join(parts).rstrip(),
        [value for prepared, given in everything for value in prepared.values(given)],
        [size for prepared, given in everything for size in prepared.sizes_of(given)],
        last[0].long if last else (),
    )


def chunks(queue: Sequence[Queued]) -> Iterator[list[Queued]]:
    """What is queued, in parts that a request has room for; most often one."""
    chunk: list[Queued] = []
    size = 0
    for bound in queue:
        size += len(bound[0].sizes)
        if size > _MOST_PARAMETERS:
            yield chunk
            chunk, size = [], len(bound[0].sizes)
        chunk.append(bound)
    yield chunk


class Prepared:
    """A statement as it is sent: the text, the order of its values, and how its rows come back.

    ``with_context`` tells the server what the statement's contract says it may see, for the optional SECURITY
    POLICY (``sql/admin/mssql/security_policy.sql``): its scope, and the workspace it is bound to.
    https://learn.microsoft.com/sql/relational-databases/security/row-level-security
    """

    def __init__(self, statement: Statement, *, with_context: bool = False) -> None:
        self.name = statement.name
        self.long = statement.long
        self._names = [param.name for param in statement.params]
        self.sizes = [_SIZES[param.type] for param in statement.params]
        self.declarations = ", ".join(f"@{param.name} {TYPES[param.type]}" for param in statement.params)
        self._own = tuple(self._names)
        self._begin = f"EXEC sys.sp_executesql {_literal(statement.sql)}"
        if self._own:
            self._begin += f", {_literal(self.declarations)}, "
        if with_context:
            self._begin = self._context(statement) + self._begin
        self.rows = RowConverter(statement.columns, _INCOMING)

    def _context(self, statement: Statement) -> str:
        scope = statement.scope.partition(" ")[0]
        text = f"EXEC sys.sp_set_session_context N'{_SCOPE_KEY}', N'{scope}'; "
        if "workspace_id" in self._names:
            self._names.insert(0, "workspace_id")
            self.sizes.insert(0, _SIZES[SqlType.UUID])
            return text + f"EXEC sys.sp_set_session_context N'{_WORKSPACE_KEY}', ?; "
        return text + f"EXEC sys.sp_set_session_context N'{_WORKSPACE_KEY}', NULL; "

    def call(self, given: Mapping[str, Any]) -> str:
        """A NULL stands in the text: about one that is bound pyodbc asks the server, whatever it was told of
        its type. That is a round trip, and where the answer is an error it may end the transaction."""
        bound = (f"@{name} = {'NULL' if given[name] is None else '?'}" for name in self._own)
        return self._begin + ", ".join(bound)

    def values(self, given: Mapping[str, Any]) -> list[Any]:
        return [_outgoing(given[name]) for name in self._names if given[name] is not None]

    def sizes_of(self, given: Mapping[str, Any]) -> list[tuple[int, int, int]]:
        """What is known of each of the ``values``."""
        return [size for name, size in zip(self._names, self.sizes, strict=True) if given[name] is not None]


class Plain:
    """What is queued among statements, and is none: it has no parameters and answers nothing."""

    sizes: Sequence[tuple[int, int, int]] = ()

    def __init__(self, text: str) -> None:
        self.name = self._text = text

    def call(self, _: Mapping[str, Any]) -> str:
        return self._text

    def values(self, _: Mapping[str, Any]) -> list[Any]:
        return []

    def sizes_of(self, _: Mapping[str, Any]) -> list[tuple[int, int, int]]:
        return []


SAVE, ROLL_BACK = Plain("SAVE TRANSACTION part"), Plain("ROLLBACK TRANSACTION part")


def _literal(text: str) -> str:
    quoted = text.replace("'", "''")
    return f"N'{quoted}'"


def _outgoing(value: Any) -> Any:
    """DATETIME2 knows no zone: what goes in is UTC. It goes in as ISO 8601 text, which the server reads alike
    in every language; of a datetime, pyodbc silently cuts the fraction to what it believes the server knows.

    https://learn.microsoft.com/sql/t-sql/data-types/datetime2-transact-sql
    """
    return utc_text(value).removesuffix("Z") if isinstance(value, datetime) else value


def _aware(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC)


def _lower(value: Any) -> str:
    return str(value).lower()


_INCOMING: Mapping[ColumnType, Callable[[Any], Any]] = {
    ColumnType.TIME: _aware,
    ColumnType.UUID: _lower,
    ColumnType.BOOL: bool,
    ColumnType.JSON: msgspec.Raw,
}
