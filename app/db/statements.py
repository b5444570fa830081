"""A query as a dialect runs it, and all queries by name: what handles, transactions and drivers speak of.

It knows none of them. How a statement comes to be is ``app.db.binding``'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal, get_args

import msgspec

Dialect = Literal["sqlite", "mssql"]
DIALECTS: tuple[Dialect, ...] = get_args(Dialect)


class Kind(StrEnum):
    """What a query answers: exactly one row, one or none, any number, a page of them (``app.db.paging``), one
    value, a row count, or nothing: a queued one goes to the database with the next, or with the commit."""

    ONE = "one"
    OPTIONAL = "optional"
    MANY = "many"
    PAGE = "page"
    VALUE = "value"
    EXEC = "exec"
    QUEUED = "queued"


class SqlType(StrEnum):
    """The types of parameters and values. In SQL Server: NVARCHAR(4000), NVARCHAR(MAX), VARCHAR(8000),
    UNIQUEIDENTIFIER, BIGINT, BIT, DATETIME2(6)."""

    TEXT = "text"
    LONGTEXT = "longtext"
    ASCII = "ascii"
    UUID = "uuid"
    INT = "int"
    BOOL = "bool"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Param:
    name: str
    type: SqlType
    nullable: bool


class ColumnType(StrEnum):
    """What a column is in Python: str, lower-case UUID text, int, bool, aware UTC datetime, JSON as it is
    kept."""

    TEXT = "text"
    UUID = "uuid"
    INT = "int"
    BOOL = "bool"
    TIME = "time"
    JSON = "json"


Uuid = Annotated[str, ColumnType.UUID]

LONG = "long"
LongText = Annotated[str, ColumnType.TEXT, LONG]
"""What may take thousands of characters. Rows that hold some are answered a page at a time."""
Json = Annotated[msgspec.Raw, ColumnType.JSON, LONG]
"""Long text that is JSON of our own making: it leaves as it is."""


class Row(msgspec.Struct):
    """Base of all row classes. Its fields are the query's columns, in order."""


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: ColumnType
    nullable: bool
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """A query as one dialect runs it."""

    name: str
    kind: Kind
    description: str
    scope: str
    file: str
    line: int
    params: tuple[Param, ...]
    sql: str
    positional_sql: str
    order: tuple[str, ...]
    """The parameter behind each ``?`` of ``positional_sql``."""
    writes: bool
    locks: bool
    row: type[Row] | None
    columns: tuple[Column, ...]
    """The row's fields in order; for ``:value`` the one value."""
    long: tuple[int, ...]
    """Of a page: which columns may hold much text."""
    plan: str | None
    """Why a scan is right, where the contract says so."""


RawRow = tuple[Any, ...]
"""A row on its way from a driver: the values of a statement's ``columns``, in order."""

Observer = Callable[[str, float], None]
"""Of a query's name and its seconds."""


class QueryRegistry:
    """All statements of one dialect, by name."""

    def __init__(
        self, dialect: Dialect, statements: Mapping[str, Statement], observe: Observer | None = None
    ) -> None:
        self.dialect = dialect
        self.observe = observe
        self._statements = statements

    def observed_by(self, observe: Observer | None) -> QueryRegistry:
        """The same statements; ``observe`` is told of every one that ran, and how long it took."""
        return QueryRegistry(self.dialect, self._statements, observe)

    def __getitem__(self, name: str) -> Statement:
        return self._statements[name]

    def __iter__(self) -> Iterator[Statement]:
        return iter(self._statements.values())

    def __len__(self) -> int:
        return len(self._statements)
