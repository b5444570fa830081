"""What a key result is fed by, and what a table of a connector comes to for it. Pure, and exact."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

import msgspec

from app.core.cells import CellError
from app.core.figures import LARGEST, ONE
from app.core.okrs import Source

_LEAST = 400
"""Digits behind the point, before which a number is none."""


class Pick(StrEnum):
    """Which of a column's cells, or what they come to. Empty cells are none of them."""

    FIRST = "first"
    LAST = "last"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    COUNT = "count"


class Measure(StrEnum):
    """Of tasks: how many are DONE, or which part of them all, in percent."""

    COUNT = "count"
    PERCENT = "percent"


class Misfit(StrEnum):
    """Why there is no figure. Shown at the key result, which stays as it was."""

    COLUMN_MISSING = "COLUMN_MISSING"
    ROW_MISSING = "ROW_MISSING"
    NO_VALUE = "NO_VALUE"
    NOT_A_NUMBER = "NOT_A_NUMBER"
    CELL_ERROR = "CELL_ERROR"
    """Such as #DIV/0!"""
    OUT_OF_RANGE = "OUT_OF_RANGE"
    NO_TASKS = "NO_TASKS"
    NOT_VISIBLE = "NOT_VISIBLE"
    """Whoever had it counted does not see the project any more."""


class Unfit(Exception):
    def __init__(self, misfit: Misfit) -> None:
        super().__init__(misfit)
        self.misfit = misfit


class ConnectorSource(msgspec.Struct, frozen=True):
    """The cell of a ``column`` in ``row``, which counts from 1, or what the column's cells come to by
    ``pick``."""

    binding_id: str
    column: str
    pick: Pick | None = None
    row: int | None = None


class TasksSource(msgspec.Struct, frozen=True):
    """Of a project, or of one type in it."""

    project_id: str
    measure: Measure
    task_type_id: str | None = None


def read_source(source: str, kept: str | bytes | None) -> ConnectorSource | TasksSource | None:
    """As it was kept."""
    if source == Source.MANUAL or kept is None:
        return None
    if source == Source.CONNECTOR:
        return msgspec.json.decode(kept, type=ConnectorSource)
    return msgspec.json.decode(kept, type=TasksSource)


def figure_of(columns: Sequence[str], rows: Sequence[Sequence[object]], asked: ConnectorSource) -> int:
    """Millionths; what is finer rounds to the nearest, halves to the even one. Raises ``Unfit``."""
    if asked.column not in columns:
        raise Unfit(Misfit.COLUMN_MISSING)
    place = list(columns).index(asked.column)
    if asked.row is not None:
        if asked.row > len(rows):
            raise Unfit(Misfit.ROW_MISSING)
        return _millionths(_number(rows[asked.row - 1][place]))
    cells = [row[place] for row in rows if row[place] is not None]
    if asked.pick is Pick.COUNT:
        if any(isinstance(each, CellError) for each in cells):
            raise Unfit(Misfit.CELL_ERROR)
        return _millionths(Fraction(len(cells)))
    if not cells:
        raise Unfit(Misfit.NO_VALUE)
    match asked.pick:
        case Pick.FIRST:
            return _millionths(_number(cells[0]))
        case Pick.LAST:
            return _millionths(_number(cells[-1]))
    numbers = [_number(each) for each in cells]
    match asked.pick:
        case Pick.SUM:
            return _millionths(sum(numbers, Fraction()))
        case Pick.AVG:
            return _millionths(sum(numbers, Fraction()) / len(numbers))
        case Pick.MIN:
            return _millionths(min(numbers))
    return _millionths(max(numbers))


def figure_of_tasks(done: int, total: int, measure: Measure) -> int:
    """Millionths. Raises ``Unfit`` where there are no tasks: a part of nothing is nothing to be told."""
    if not total:
        raise Unfit(Misfit.NO_TASKS)
    return _millionths(Fraction(done) if measure is Measure.COUNT else Fraction(100 * done, total))


def _number(cell: object) -> Fraction:
    if isinstance(cell, CellError):
        raise Unfit(Misfit.CELL_ERROR)
    if cell is None:
        raise Unfit(Misfit.NO_VALUE)
    if isinstance(cell, bool) or not isinstance(cell, int | Decimal):
        raise Unfit(Misfit.NOT_A_NUMBER)
    # Before it is written out: 1E+400 has few digits in a cell.
    if isinstance(cell, Decimal) and cell.adjusted() > len(str(LARGEST)):
        raise Unfit(Misfit.OUT_OF_RANGE)
    return Fraction(0) if isinstance(cell, Decimal) and cell.adjusted() < -_LEAST else Fraction(cell)


def _millionths(number: Fraction) -> int:
    if abs(number) > LARGEST:
        raise Unfit(Misfit.OUT_OF_RANGE)
    return round(number * ONE)
