"""What a table comes to for a key result: exactly, or why it comes to nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.cells import CellError
from app.core.key_result_sources import (
    ConnectorSource,
    Measure,
    Misfit,
    Pick,
    Unfit,
    figure_of,
    figure_of_tasks,
)

BINDING = "0b5f0a34-0000-4000-8000-000000000001"
COLUMNS = ("month", "revenue", "note")
ROWS: list[list[Any]] = [
    ["Jan", Decimal("10.25"), None],
    ["Feb", None, 3],
    ["Mar", Decimal("-0.0000005"), None],
    ["Apr", 20, None],
]
MILLION = 1_000_000


def asked(column: str = "revenue", pick: Pick | None = None, row: int | None = None) -> ConnectorSource:
    return ConnectorSource(BINDING, column, pick, row)


@pytest.mark.parametrize(
    ("pick", "figure"),
    [
        (Pick.FIRST, 10_250_000),
        (Pick.LAST, 20_000_000),
        (Pick.SUM, 30_250_000),
        (Pick.AVG, 10_083_333),
        (Pick.MIN, 0),
        (Pick.MAX, 20_000_000),
        (Pick.COUNT, 3_000_000),
    ],
)
def test_a_column_comes_to_one_figure(pick: Pick, figure: int) -> None:
    """Empty cells are none of it, and what is finer than a millionth rounds once, at the end."""
    assert figure_of(COLUMNS, ROWS, asked(pick=pick)) == figure


def test_a_cell_is_named_by_its_column_and_row() -> None:
    assert figure_of(COLUMNS, ROWS, asked(row=1)) == 10_250_000
    assert figure_of(COLUMNS, ROWS, asked("note", row=2)) == 3_000_000


@given(st.lists(st.decimals(-1_000, 1_000, places=9), min_size=1, max_size=30))
def test_figures_are_those_of_exact_arithmetic(numbers: list[Decimal]) -> None:
    rows = [[number] for number in numbers]
    fractions = [Fraction(number) for number in numbers]
    means = {
        Pick.SUM: sum(fractions),
        Pick.AVG: sum(fractions) / len(fractions),
        Pick.MIN: min(fractions),
        Pick.MAX: max(fractions),
        Pick.FIRST: fractions[0],
        Pick.LAST: fractions[-1],
    }
    for pick, exact in means.items():
        assert figure_of(("n",), rows, asked("n", pick=pick)) == round(exact * MILLION)


@pytest.mark.parametrize(
    ("rows", "source", "misfit"),
    [
        (ROWS, asked("costs", Pick.SUM), Misfit.COLUMN_MISSING),
        (ROWS, asked("Revenue", Pick.SUM), Misfit.COLUMN_MISSING),
        (ROWS, asked(row=5), Misfit.ROW_MISSING),
        (ROWS, asked(row=2), Misfit.NO_VALUE),
        ([], asked(pick=Pick.SUM), Misfit.NO_VALUE),
        ([["Jan", None, None]], asked(pick=Pick.AVG), Misfit.NO_VALUE),
        (ROWS, asked("month", Pick.SUM), Misfit.NOT_A_NUMBER),
        ([["Jan", "10", None]], asked(pick=Pick.LAST), Misfit.NOT_A_NUMBER),
        ([["Jan", True, None]], asked(pick=Pick.SUM), Misfit.NOT_A_NUMBER),
        ([["Jan", datetime(2026, 1, 1, tzinfo=UTC), None]], asked(pick=Pick.MAX), Misfit.NOT_A_NUMBER),
        ([["Jan", CellError("#DIV/0!"), None]], asked(row=1), Misfit.CELL_ERROR),
        ([["Jan", 1, None], ["Feb", CellError("#REF!"), None]], asked(pick=Pick.SUM), Misfit.CELL_ERROR),
        ([["Jan", CellError("#REF!"), None]], asked(pick=Pick.COUNT), Misfit.CELL_ERROR),
        ([["Jan", Decimal("1E+400"), None]], asked(row=1), Misfit.OUT_OF_RANGE),
        ([["Jan", 10**12 + 1, None]], asked(row=1), Misfit.OUT_OF_RANGE),
        ([["Jan", 10**12, None]] * 2, asked(pick=Pick.SUM), Misfit.OUT_OF_RANGE),
    ],
)
def test_what_comes_to_no_figure_says_why(
    rows: list[list[Any]], source: ConnectorSource, misfit: Misfit
) -> None:
    with pytest.raises(Unfit) as unfit:
        figure_of(COLUMNS, rows, source)
    assert unfit.value.misfit == misfit


def test_a_count_of_nothing_is_zero_and_a_tiny_number_is_none() -> None:
    assert figure_of(COLUMNS, [], asked(pick=Pick.COUNT)) == 0
    assert figure_of(COLUMNS, [["Jan", Decimal("1E-999999"), None]], asked(row=1)) == 0


def test_tasks_are_counted_or_are_a_part_of_all() -> None:
    assert figure_of_tasks(2, 3, Measure.PERCENT) == 66_666_667
    assert figure_of_tasks(0, 3, Measure.PERCENT) == 0
    assert figure_of_tasks(2, 3, Measure.COUNT) == 2_000_000
    with pytest.raises(Unfit) as unfit:
        figure_of_tasks(0, 0, Measure.PERCENT)
    assert unfit.value.misfit == Misfit.NO_TASKS
