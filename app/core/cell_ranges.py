"""Where in a workbook values are read: cells of a worksheet by an A1 reference, or what a name or a table
covers.

https://learn.microsoft.com/graph/api/resources/excel (unbounded ranges such as ``C:C`` come without values),
https://support.microsoft.com/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3
"""

from __future__ import annotations

import re

import msgspec

ROWS, COLUMNS = 1_048_576, 16_384
"""Of a worksheet."""
MOST_CELLS = 100_000
"""Of a range that is read."""
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})(?::\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6}))?")
_QUALIFIED = re.compile(r"(?:'((?:[^']|'')+)'|([^'!]+))!(.+)", re.DOTALL)
_NAME = re.compile(r"[^\W\d][\w.\\]{0,254}|\\[\w.\\]{0,254}")
_NOT_IN_SHEETS = frozenset(":\\/?*[]")


class CellRange(msgspec.Struct, frozen=True):
    """Rows and columns count from 0, and both ends are in it."""

    top: int
    left: int
    bottom: int
    right: int

    @classmethod
    def parse(cls, text: str) -> CellRange:
        """Of ``A1``, ``A1:C9`` and ``$A$1:$C$9``. Raises ``ValueError`` with what is wrong with it."""
        found = _REFERENCE.fullmatch(text)
        if found is None:
            raise ValueError("is no range of cells such as A1:C9; whole rows and columns are none either")
        column, row, last_column, last_row = found.groups()
        corners = (
            (int(row) - 1, _column(column)),
            (int(last_row or row) - 1, _column(last_column or column)),
        )
        (top, bottom), (left, right) = (sorted(each) for each in zip(*corners, strict=True))
        if bottom >= ROWS or right >= COLUMNS:
            raise ValueError("lies outside a worksheet, which ends at XFD1048576")
        made = cls(top, left, bottom, right)
        if made.cells > MOST_CELLS:
            raise ValueError(f"has more than {MOST_CELLS} cells")
        return made

    @property
    def rows(self) -> int:
        return self.bottom - self.top + 1

    @property
    def columns(self) -> int:
        return self.right - self.left + 1

    @property
    def cells(self) -> int:
        return self.rows * self.columns

    def __str__(self) -> str:
        first = f"{letters(self.left)}{self.top + 1}"
        last = f"{letters(self.right)}{self.bottom + 1}"
        return first if first == last else f"{first}:{last}"


class Place(msgspec.Struct, frozen=True):
    """``sheet`` alone is all of it that is used; else its ``cells``, or what a ``name`` or ``table`` of the
    workbook covers."""

    sheet: str | None = None
    cells: CellRange | None = None
    name: str | None = None
    table: str | None = None


def parse_qualified(text: str) -> tuple[str, CellRange]:
    """Of ``Data!A1:C9`` and ``'My data'!$A$1``. Raises ``ValueError``."""
    found = _QUALIFIED.fullmatch(text)
    if found is None:
        raise ValueError("names no worksheet and cells such as Data!A1:C9")
    quoted, plain, cells = found.groups()
    return parse_sheet(quoted.replace("''", "'") if quoted else plain), CellRange.parse(cells)


def parse_sheet(text: str) -> str:
    """https://support.microsoft.com/office/rename-a-worksheet-3f1f7148-ee83-404d-8ef0-9ff99fbad1f9

    Raises ``ValueError``."""
    if not 1 <= len(text) <= 31 or not text.isprintable() or _NOT_IN_SHEETS.intersection(text):
        raise ValueError(r"is no name of a worksheet: 1 to 31 characters without : \ / ? * [ ]")
    if text.startswith("'") or text.endswith("'"):
        raise ValueError("is no name of a worksheet: it begins or ends with an apostrophe")
    return text


def parse_name(text: str) -> str:
    """Of a defined name or a table. Raises ``ValueError``.

    https://support.microsoft.com/office/names-in-formulas-fc2935f9-115d-4bef-a370-3aa8bb4c91f1
    """
    if not _NAME.fullmatch(text) or _REFERENCE.fullmatch(text):
        raise ValueError("is no name that a workbook may define")
    return text


def letters(column: int) -> str:
    """``A`` for 0."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def _column(text: str) -> int:
    number = 0
    for letter in text.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
