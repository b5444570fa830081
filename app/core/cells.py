"""What a cell of a worksheet holds, as it is meant: dates are numbers to Excel, and the format alone says so.

Dates: https://support.microsoft.com/office/date-systems-in-excel-e7fe7167-48a9-4b96-bb53-5612a800b487,
https://learn.microsoft.com/office/troubleshoot/excel/wrongly-assumes-1900-is-leap-year.
Formats: https://support.microsoft.com/office/number-format-codes-5026bbd6-04bc-48cd-bf33-80f18b4eae68.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

import msgspec

_DAY_OF_1904 = date(1904, 1, 1)
_BEFORE_THE_LEAP_DAY, _AFTER_IT = date(1899, 12, 31), date(1899, 12, 30)
_NO_SUCH_DAY = 60
"""29 February 1900, which Excel has and the calendar has not."""
_SERIALS = 2_958_466
"""The first number that is no date any more: dates end with 9999-12-31."""
_MILLISECONDS_OF_A_DAY = Decimal(86_400_000)
_MOST_DIGITS = 400
"""Before or behind the point; a double has up to 309 and 323."""
_TEXT = re.compile(r'"[^"]*"|\\.|_.|\*.')
"""Of a format: quoted text, an escaped character, a space as wide as one, one that fills."""
_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_BRACKETS = re.compile(r"\[[^\]]*\]")
_NOT_DATES = re.compile(r"general|e[+-]", re.IGNORECASE)
_OF_A_DATE = re.compile(r"[dmyhseg]|am/pm|a/p", re.IGNORECASE)
ERRORS = frozenset(
    {
        "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA",
        "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#BUSY!", "#UNKNOWN!", "#PYTHON!",
    }
)  # fmt: skip
"""https://support.microsoft.com/office/error-type-function-10958677-7c8d-44f7-ae77-b9a9ee6eefaa"""


class CellError(msgspec.Struct, frozen=True):
    """A cell has no value: Excel's own word (``#DIV/0!``), ``#DATE!`` for a number that is shown as a date
    and is none, ``#EMPTY!`` for a formula that nobody computed before the file was saved."""

    code: str


Cell = str | bool | Decimal | date | datetime | time | CellError | None
"""None is an empty one. Numbers are exact as they were written."""


def is_date_format(number_format: str) -> bool:
    """Whether Excel shows a number so as a date or a time of day. What counts hours elapsed (``[h]:mm``) is a
    number of days, and stays one."""
    for section in _TEXT.sub("", number_format).split(";")[:1]:
        if _ELAPSED.search(section):
            return False
        bare = _BRACKETS.sub("", section)
        return not _NOT_DATES.search(bare) and bool(_OF_A_DATE.search(bare))
    return False


def from_serial(serial: Decimal, *, is_1904: bool) -> date | datetime | time | CellError:
    """The date that a number stands for, with its time where it has one, to the millisecond as Excel has it;
    below 1 a time alone, where the first day is 1."""
    if not 0 <= serial < _SERIALS:
        return CellError("#DATE!")
    thousandths = (serial * _MILLISECONDS_OF_A_DAY).to_integral_value(ROUND_HALF_EVEN)
    days, rest = (int(part) for part in divmod(thousandths, _MILLISECONDS_OF_A_DAY))
    if days + (1462 if is_1904 else 0) >= _SERIALS:
        return CellError("#DATE!")
    if is_1904:
        first = _DAY_OF_1904
    elif days == _NO_SUCH_DAY:
        return CellError("#DATE!")
    elif days == 0:
        return _timed(_DAY_OF_1904, rest).time()
    else:
        first = _BEFORE_THE_LEAP_DAY if days < _NO_SUCH_DAY else _AFTER_IT
    day = first + timedelta(days=days)
    if not rest:
        return day
    return _timed(day, rest)


def _timed(day: date, milliseconds: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(milliseconds=milliseconds)


def cell(value: object, number_format: object, *, value_type: object = None, is_1904: bool = False) -> Cell:
    """Of a value as the workbook API gives it, its numbers as
    ``Decimal`` or ``int``. ``value_type`` tells an error from
    text that looks like one, where it was asked for."""
    if value is None or value == "" or value_type == "Empty":
        return None
    if isinstance(value, str):
        looks = value in ERRORS if value_type is None else value_type == "Error"
        return CellError(value[:40]) if looks else value
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        value = Decimal(value)
    if not isinstance(value, Decimal):
        return CellError("#UNKNOWN!")
    if abs(value.adjusted()) > _MOST_DIGITS:
        return CellError("#NUM!")
    if isinstance(number_format, str) and is_date_format(number_format):
        return from_serial(value, is_1904=is_1904)
    return value
