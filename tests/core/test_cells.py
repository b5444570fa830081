"""Where cells are, and what they hold: by Excel's own rules."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.cell_ranges import MOST_CELLS, CellRange, letters, parse_name, parse_qualified, parse_sheet
from app.core.cells import CellError, cell, from_serial, is_date_format


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("A1", "A1"),
        ("$B$2:$C$9", "B2:C9"),
        ("c9:a1", "A1:C9"),
        ("A9:C1", "A1:C9"),
        ("XFD1048576", "XFD1048576"),
        ("AA10:AB11", "AA10:AB11"),
        ("A1:A100000", "A1:A100000"),
    ],
)
def test_a_range_is_the_rectangle_between_two_corners(text: str, means: str) -> None:
    assert str(CellRange.parse(text)) == means


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "A",
            "1",
            "A0",
            "A:C",
            "1:4",
            "A1:",
            ":A1",
            "A1:B2:C3",
            "A1,B2",
            "A1 ",
            "Data!A1",
            "A1')/x",
            "A-1",
        ),
        *("XFE1", "A1048577", "AAAA1", "A1:A100001", "A1:XFD1048576", "R1C1", "A1\n", "Ä1", "A١"),
    ],
)
def test_what_is_no_range_or_too_much_of_one_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no range|lies outside|has more"):
        CellRange.parse(text)


@given(
    st.integers(0, 1_048_575),
    st.integers(0, 16_383),
    st.integers(0, 400),
    st.integers(0, MOST_CELLS // 401 - 1),
)
def test_a_range_reads_back_as_it_is_written(top: int, left: int, rows: int, columns: int) -> None:
    bottom, right = min(top + rows, 1_048_575), min(left + columns, 16_383)
    made = CellRange(top, left, bottom, right)
    assert CellRange.parse(str(made)) == made
    assert made.cells == (bottom - top + 1) * (right - left + 1)


def test_columns_are_lettered_as_excel_does() -> None:
    assert [letters(each) for each in (0, 25, 26, 701, 702, 16_383)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]


def test_a_reference_names_its_worksheet() -> None:
    assert parse_qualified("Data!$A$1:$B$2") == ("Data", CellRange(0, 0, 1, 1))
    assert parse_qualified("'It''s 1!'!B2") == ("It's 1!", CellRange(1, 1, 1, 1))
    for text in ("A1", "'open!A1", "Data!A1,Data!B2", "#REF!", "[1]Book!A1", "a!b!A1"):
        with pytest.raises(ValueError, match=r"is no|names no"):
            parse_qualified(text)


def test_names_are_those_that_excel_takes() -> None:
    assert parse_sheet("Q3 (final) & more") and parse_name("Umsatz_2026") and parse_name("\\x.y")
    for text in ("", "x" * 32, "a/b", "a\\b", "a[1]", "a:b", "'a", "a'", "a\n"):
        with pytest.raises(ValueError, match="is no name"):
            parse_sheet(text)
    for text in ("", "A1", "1a", "a b", "a/b", "x" * 256, "..", "a'b"):
        with pytest.raises(ValueError, match="is no name"):
            parse_name(text)


@pytest.mark.parametrize(
    ("number_format", "is_date"),
    [
        ("General", False),
        ("0.00", False),
        ("0.00E+00", False),
        ("#,##0.00_);[Red](#,##0.00)", False),
        ('0 "days"', False),
        ("\\d0", False),
        ("[$€-407] #,##0", False),
        ("[h]:mm:ss", False),
        ("[mm]:ss", False),
        ("@", False),
        ("0%", False),
        ("m/d/yyyy", True),
        ("[$-409]d-mmm-yy;@", True),
        ("yyyy-mm-dd hh:mm", True),
        ("h:mm AM/PM", True),
        ("mm:ss.0", True),
        ("mmm", True),
    ],
)
def test_the_format_says_what_is_a_date(number_format: str, is_date: bool) -> None:
    assert is_date_format(number_format) is is_date


@pytest.mark.parametrize(
    ("serial", "of_1900", "of_1904"),
    [
        ("1", date(1900, 1, 1), date(1904, 1, 2)),
        ("59", date(1900, 2, 28), date(1904, 2, 29)),
        ("60", CellError("#DATE!"), date(1904, 3, 1)),
        ("61", date(1900, 3, 1), date(1904, 3, 2)),
        ("35981", date(1998, 7, 5), date(2002, 7, 6)),
        ("34519", date(1994, 7, 4), date(1998, 7, 5)),
        ("0", time(), date(1904, 1, 1)),
        ("0.25", time(6), datetime.fromisoformat("1904-01-01T06:00")),
        ("46351.5", datetime.fromisoformat("2026-11-25T12:00"), datetime.fromisoformat("2030-11-26T12:00")),
        ("46351.9999999999", date(2026, 11, 26), date(2030, 11, 27)),
        ("2958465", date(9999, 12, 31), CellError("#DATE!")),
        ("2957003", date(9995, 12, 30), date(9999, 12, 31)),
        ("2958466", CellError("#DATE!"), CellError("#DATE!")),
        ("-1", CellError("#DATE!"), CellError("#DATE!")),
    ],
)
def test_serial_numbers_are_dates_in_both_systems(serial: str, of_1900: object, of_1904: object) -> None:
    """With 29 February 1900, a day that only Excel has."""
    assert from_serial(Decimal(serial), is_1904=False) == of_1900
    assert from_serial(Decimal(serial), is_1904=True) == of_1904


@given(
    st.datetimes(datetime.fromisoformat("1900-03-01"), datetime.fromisoformat("9990-01-01")).map(
        lambda at: at.replace(microsecond=0)
    )
)
def test_a_moment_survives_the_double_that_excel_keeps(moment: datetime) -> None:
    serial = Decimal(repr((moment - datetime.fromisoformat("1899-12-30")) / timedelta(days=1)))
    found = from_serial(serial, is_1904=False)
    assert found == (moment if moment.time() != time() else moment.date())


def test_cells_hold_what_is_meant() -> None:
    assert cell(Decimal("0.1"), "General") == Decimal("0.1")
    assert cell(7, "0") == Decimal(7)
    assert cell(True, "General") is True
    assert cell("", "General") is None and cell(None, "General") is None
    assert cell("46351", "yyyy-mm-dd") == "46351"
    assert cell("#N/A", "General") == CellError("#N/A")
    assert cell("#N/A", "General", value_type="String") == "#N/A"
    assert cell("#NEW!", "General", value_type="Error") == CellError("#NEW!")
    assert cell(Decimal("1E+401"), "General") == CellError("#NUM!")
    assert cell([1], "General") == CellError("#UNKNOWN!")
    assert re.fullmatch(r"#[A-Z]+!", CellError("#DATE!").code)


@pytest.mark.parametrize("serial", ["1e30", "-1e30", "1e6000"])
def test_a_number_that_is_no_day_is_an_error_of_its_cell(serial: str) -> None:
    assert from_serial(Decimal(serial), is_1904=False) == CellError("#DATE!")
