"""What connectors have in common: sources that are asked for a table, and how that can fail.

A source knows one kind of other system. It is asked for what one binding says, by caps that it has to keep
while it reads (``Gathering``), and answers exact values. It never waits longer than its caps say, is asked
outside of any transaction, and writes nothing down: who asks does.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol, TypeVar

import msgspec

from app.core.cells import CellError
from app.core.connector_errors import ConnectorConfigRefused

Cell = str | int | Decimal | date | datetime | bool | CellError | None
"""Exact, as the source has it. An ``int`` is one that every reader of JSON takes for itself (RFC 8259 section
6); larger ones are a ``Decimal``. A ``datetime`` is UTC, or has no time zone where the source knows none. A
``CellError`` is a cell of a worksheet that has no value."""
MOST_COLUMNS = 200
MOST_OF_A_NAME = 200
"""Characters of a column's name."""
T = TypeVar("T")
_PLACE, _UNKNOWN = re.compile(r"at `\$\.([a-z_]+)"), re.compile(r"field `([A-Za-z0-9_]{1,50})`")
_EXACT_INT = 2**53 - 1
_CANONICAL = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class Fault(StrEnum):
    """Why a selection failed. These codes are shown, kept in the journal, and documented in README."""

    SOURCE_AWAY = "SOURCE_AWAY"
    """There is no connection to it, or it was lost."""
    SOURCE_SLOW = "SOURCE_SLOW"
    """It took longer than it may."""
    SOURCE_REFUSED = "SOURCE_REFUSED"
    """It does not take the secret, or does not let this be read with it."""
    SOURCE_THROTTLED = "SOURCE_THROTTLED"
    """It asks to be asked less."""
    SOURCE_BROKEN = "SOURCE_BROKEN"
    """It answered what cannot be read."""
    ADDRESS_NOT_ALLOWED = "ADDRESS_NOT_ALLOWED"
    """Its name stands for an address that is not called."""
    CERTIFICATE_REFUSED = "CERTIFICATE_REFUSED"
    """It does not prove that it is who was to be asked."""
    ROLE_TOO_POWERFUL = "ROLE_TOO_POWERFUL"
    """What it would be asked as may do more than read."""
    NOT_FOUND = "NOT_FOUND"
    """It has no such table, file, sheet or range, or does not show it."""
    QUERY_REFUSED = "QUERY_REFUSED"
    """What it was to be asked is more than one SELECT without effects."""
    QUERY_FAILED = "QUERY_FAILED"
    """It cannot do what it was asked."""
    TOO_LARGE = "TOO_LARGE"
    """More rows or bytes than are taken."""
    COLUMNS_CHANGED = "COLUMNS_CHANGED"
    """Other columns than those that were expected."""
    COLUMNS_INVALID = "COLUMNS_INVALID"
    """No columns, too many, or two of one name."""
    SECRET_UNREADABLE = "SECRET_UNREADABLE"  # noqa: S105 - a code
    """The key that the secret was sealed with is gone, or there is none."""
    PERSON_NEEDED = "PERSON_NEEDED"
    """It is asked on behalf of who chose what is read, and they are not there."""
    OUTDATED = "OUTDATED"
    """What is asked for was changed while this was asked."""
    BUSY = "BUSY"
    """As much is asked for this workspace as may be at once."""


class SourceError(Exception):
    """``detail`` is a small fact that may be shown, such as an SQLSTATE; never what the source sent."""

    def __init__(self, fault: Fault, detail: str | None = None) -> None:
        super().__init__(f"{fault}: {detail}" if detail else fault)
        self.fault = fault
        self.detail = detail


class Caps(msgspec.Struct, frozen=True):
    """What is taken at most: more is ``TOO_LARGE``, later is ``SOURCE_SLOW``. Bytes are those of the rows in
    canonical JSON; ``seconds`` are for all of it, connecting included."""

    rows: int
    bytes: int
    seconds: float


class Question(msgspec.Struct, frozen=True):
    """``config`` is as ``Source.check`` answered it. ``assertion`` is the access token of the person who
    asks, None in the background. ``first``: so many rows are enough, and that there are more is no error."""

    workspace_id: str
    config: Mapping[str, Any]
    secret: str | None
    caps: Caps
    assertion: str | None = None
    first: int | None = None

    def __repr__(self) -> str:
        return f"Question({self.workspace_id})"


class Table(msgspec.Struct, frozen=True):
    """Every row has a cell for each column; names are there once. ``bytes`` are those of the rows in
    canonical JSON. ``is_whole``: there is nothing more."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    bytes: int
    is_whole: bool = True

    def canonical(self) -> str:
        """The one JSON text of these columns and rows; ``read_table`` reads it."""
        rows = [[_written(cell) for cell in row] for row in self.rows]
        return _CANONICAL({"columns": list(self.columns), "rows": rows})

    def checksum(self) -> str:
        """SHA-256 of the canonical text, in hexadecimal."""
        return checksum(self.canonical())


class Source(Protocol):
    """One kind of other system."""

    kind: str
    needs_secret: bool

    def check(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """What is kept of a config that somebody gave: whole, without secrets. Asks nobody, and may take a
        moment of work: not for an event loop. Raises ``ConnectorConfigRefused`` and ``QueryRefused``."""

    def target(self, config: Mapping[str, Any]) -> str:
        """Whom the secret is shown to, and as whom: one that was given for another target is never sent
        here."""

    def asked(self, config: Mapping[str, Any]) -> str:
        """What the journal says that was asked: a range, or the SHA-256 of a query; at most 400
        characters."""

    async def fetch(self, question: Question) -> Table:
        """Raises ``SourceError``, and nothing else."""

    async def aclose(self) -> None: ...


class Gathering:
    """Takes rows until it has enough. Raises ``SourceError`` for columns that are none and at the first row
    that is too much."""

    def __init__(self, columns: Iterable[str], caps: Caps, first: int | None = None) -> None:
        self.columns = tuple(columns)
        are_named = all(0 < len(name) <= MOST_OF_A_NAME for name in self.columns)
        if not 0 < len(set(self.columns)) == len(self.columns) <= MOST_COLUMNS or not are_named:
            raise SourceError(Fault.COLUMNS_INVALID)
        self._caps = caps
        self._first = first
        self._rows: list[tuple[Cell, ...]] = []
        self._bytes = 0
        self._is_whole = True

    def add(self, row: Iterable[object]) -> bool:
        """Whether another row is wanted. A row that is too short is filled up with nothing."""
        if self._first is not None and len(self._rows) == self._first:
            self._is_whole = False
            return False
        cells = tuple(map(exact, row))
        if len(cells) > len(self.columns):
            raise SourceError(Fault.SOURCE_BROKEN, "a row has more cells than there are columns")
        cells += (None,) * (len(self.columns) - len(cells))
        self._bytes += len(_CANONICAL([_written(cell) for cell in cells]).encode(errors="replace"))
        if self._bytes > self._caps.bytes:
            raise SourceError(Fault.TOO_LARGE, "bytes")
        if len(self._rows) == self._caps.rows:
            raise SourceError(Fault.TOO_LARGE, "rows")
        self._rows.append(cells)
        return True

    def table(self) -> Table:
        return Table(self.columns, tuple(self._rows), self._bytes, self._is_whole)


def exact(value: object) -> Cell:
    """A value as a cell holds it. What is no number (``NaN``, infinity) is text. Raises ``SourceError`` for
    what a cell cannot hold."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if -_EXACT_INT <= value <= _EXACT_INT else Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value)) if math.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        return value if value.is_finite() else str(value)
    if isinstance(value, str):
        # What cannot be written as UTF-8 is shown as what nobody could read.
        return value.encode(errors="replace").decode()
    if isinstance(value, datetime):
        return value if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, date | CellError):
        return value
    raise SourceError(Fault.SOURCE_BROKEN, "a cell holds what is neither text, number, date nor truth")


def read_config(kind: type[T], config: Mapping[str, Any]) -> T:
    """A config as the struct of its kind. Raises ``ConnectorConfigRefused``."""
    try:
        return msgspec.convert(config, kind)
    except msgspec.ValidationError as error:
        place = _PLACE.search(str(error)) or _UNKNOWN.search(str(error))
        raise ConnectorConfigRefused(details={"member": place[1] if place else "config"}) from None


def checksum(canonical: str) -> str:
    return hashlib.sha256(canonical.encode()).hexdigest()


def read_table(canonical: str) -> Table:
    """Of what ``Table.canonical`` wrote. Raises ``ValueError`` for anything else."""
    try:
        found = json.loads(canonical)
        rows = tuple(tuple(map(_read, row)) for row in found["rows"])
        return Table(
            tuple(found["columns"]), rows, sum(len(_CANONICAL(row).encode()) for row in found["rows"])
        )
    except (TypeError, KeyError, ArithmeticError) as error:
        raise ValueError("no table") from error


def shown(cell: Cell) -> str | int | bool | None:
    """As answers show it: what JSON has no form for is text, so that no reader loses a digit of it."""
    if isinstance(cell, CellError):
        return cell.code
    if isinstance(cell, date | datetime):
        return cell.isoformat()
    return str(cell) if isinstance(cell, Decimal) else cell


def _written(cell: Cell) -> object:
    """As JSON has it; what JSON has no form for is an object of one member, which no cell is otherwise."""
    if isinstance(cell, Decimal):
        return {"decimal": str(cell)}
    if isinstance(cell, datetime):
        return {"datetime": cell.isoformat()}
    if isinstance(cell, date):
        return {"date": cell.isoformat()}
    if isinstance(cell, CellError):
        return {"error": cell.code}
    return cell


def _read(written: object) -> Cell:
    match written:
        case {"decimal": text}:
            return Decimal(text)
        case {"datetime": text}:
            return datetime.fromisoformat(text)
        case {"date": text}:
            return date.fromisoformat(text)
        case {"error": text}:
            return CellError(text)
        case None | bool() | int() | str():
            return written
    raise ValueError("no cell")
