"""Reads cells of one Excel file (ECMA-376), in a process of its own: started by ``workbook_reader.py`` for
each file, with limits that a file made to be read for ever, or to fill the memory, runs into. Nothing else
imports this.

What comes in: a line of JSON that says what to read, and then the file. What goes out: JSON, either
``{"rows": […]}`` or ``{"problem": word}``. A cell is null, a text, a boolean, or an object with one member:
``n`` a number as decimal text, ``d`` a date, ``t`` a date with time, ``h`` a time of day, ``e`` an error.

calamine knows dates (both date systems) and is fast, and gives an error, and a formula that nobody computed,
as an empty cell or 0. So where a sheet has one, its XML is looked through for them.
"""

from __future__ import annotations

import io
import json
import os
import re
import signal
import sys
import zipfile
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any
from xml.etree import ElementTree

from app.core.cell_ranges import MOST_CELLS, ROWS, CellRange, parse_qualified

_PARTS = 5_000
_TEXT = 4_000
"""Characters of a text that are told; a cell holds up to 32,767."""
_DAY = timedelta(days=1)
_ERROR = re.compile(rb"""\bt\s*=\s*["']e["']""")
_NOT_COMPUTED = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f\b[^>]*/>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v\s*>\s*</|</(?:\w+:)?c>)"
)


class Problem(Exception):
    """``too_large``, ``not_a_workbook``, ``encrypted``, ``no_sheet``, ``no_name``, ``no_table``."""


def main() -> None:
    asked = json.loads(sys.stdin.buffer.readline())
    limit(memory=asked["memory"], seconds=asked["seconds"])
    try:
        answer: dict[str, Any] = {"rows": read(sys.stdin.buffer.read(), asked)}
    except Problem as problem:
        answer = {"problem": str(problem)}
    except MemoryError:
        answer = {"problem": "too_large"}
    except Exception:  # whatever a library finds wrong with somebody's file
        answer = {"problem": "not_a_workbook"}
    sys.stdout.write(json.dumps(answer))


def limit(*, memory: int, seconds: int) -> None:
    """Bytes of address space, and seconds of the processor and of the clock, where the system has them."""
    with suppress(ImportError):
        import resource

        for kind, most in (
            (resource.RLIMIT_AS, memory),
            (resource.RLIMIT_CPU, seconds),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_NOFILE, 64),
        ):
            with suppress(ValueError, OSError):
                resource.setrlimit(kind, (most, most))
        os.nice(10)
        signal.alarm(2 * seconds)  # should nobody be left to end it


def read(content: bytes, asked: dict[str, Any]) -> list[list[Any]]:
    archive = _opened(content, asked["unpacked"])

    from python_calamine import CalamineWorkbook, PasswordError, TableNotFound, WorksheetNotFound

    cells: CellRange | None = None
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content), load_tables=asked["table"] is not None)
        parts = Parts(archive)
        if asked["name"] is not None:
            sheet_name, cells = parts.defined(asked["name"])
        elif asked["table"] is not None:
            table = workbook.get_table_by_name(_named(asked["table"], workbook.table_names or [], "no_table"))
            if table.start is None or table.end is None:
                raise Problem("no_table")
            (top, left), (bottom, right) = table.start, table.end
            # What is told is the data; the row above it has the names of the columns.
            sheet_name, cells = table.sheet, CellRange(max(top - 1, 0), left, bottom, right)
        else:
            sheet_name = _named(asked["sheet"], workbook.sheet_names, "no_sheet")
            if asked["cells"]:
                cells = CellRange(*asked["cells"])
        sheet = workbook.get_sheet_by_name(sheet_name)
    except PasswordError:
        raise Problem("encrypted") from None
    except WorksheetNotFound:
        raise Problem("no_sheet") from None
    except TableNotFound:
        raise Problem("no_table") from None
    corners = [each for each in (sheet.start, sheet.end) if each]
    _require_few(cells or _used(corners))
    lost = parts.lost(sheet_name, cells.bottom if cells else ROWS)
    if cells is None:
        cells = _used([*lost, *corners])
        _require_few(cells)
    first_row, first_column = sheet.start or (0, 0)
    height = cells.bottom - first_row + 1
    grid = sheet.to_python(nrows=height) if height > 0 else []

    def told(row: int, column: int) -> Any:
        if (row, column) in lost:
            return {"e": lost[row, column]}
        row, column = row - first_row, column - first_column
        return _told(grid[row][column]) if 0 <= row < len(grid) and 0 <= column < len(grid[row]) else None

    columns = range(cells.left, cells.right + 1)
    return [[told(row, column) for column in columns] for row in range(cells.top, cells.bottom + 1)]


def _require_few(cells: CellRange) -> None:
    if cells.cells > MOST_CELLS:
        raise Problem("too_large")


def _used(places: list[tuple[int, int]]) -> CellRange:
    """The first cell where there are none, as the workbook API has it."""
    rows, columns = [row for row, _ in places] or [0], [column for _, column in places] or [0]
    return CellRange(min(rows), min(columns), max(rows), max(columns))


def _opened(content: bytes, unpacked: int) -> zipfile.ZipFile:
    """The archive, once it says that it is small enough unpacked; that it lies the limits find out."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError):
        # What Excel encrypts is a compound file with the workbook inside ([MS-OFFCRYPTO]).
        raise Problem(
            "encrypted" if b"E\0n\0c\0r\0y\0p\0t\0" in content[:65536] else "not_a_workbook"
        ) from None
    if len(parts) > _PARTS or sum(part.file_size for part in parts) > unpacked:
        raise Problem("too_large")
    return archive


def _named(name: str, known: list[str], problem: str) -> str:
    """As the workbook writes it: Excel takes names in any case for one."""
    for each in known:
        if each == name:
            return each
    for each in known:
        if each.casefold() == name.casefold():
            return each
    raise Problem(problem)


def _told(value: Any) -> Any:
    if value == "":
        return None
    if isinstance(value, str):
        return value[:_TEXT]
    if isinstance(value, bool):
        return value
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    if isinstance(value, time):
        return {"h": value.isoformat()}
    if isinstance(value, timedelta):
        value = value / _DAY
    # The shortest text of a double: a file may say 1.1000000000000001 for 1.1.
    return {"n": str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)}


class Parts:
    """What of a workbook's own XML calamine does not tell."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def defined(self, name: str) -> tuple[str, CellRange]:
        """The cells of a defined name of the workbook."""
        for element in self._document("xl/workbook.xml").iter():
            is_it = _tag(element) == "definedName" and element.get("name", "").casefold() == name.casefold()
            if is_it and element.get("localSheetId") is None:
                try:
                    return parse_qualified(element.text or "")
                except ValueError:  # a constant, a formula, several ranges, more cells than are read
                    raise Problem("no_name") from None
        raise Problem("no_name")

    def lost(self, sheet: str, last_row: int) -> dict[tuple[int, int], str]:
        """The cells up to this row that hold an error, or a formula without what it comes to."""
        content = self._archive.read(self._part_of(sheet))
        if not _ERROR.search(content) and not _NOT_COMPUTED.search(content):
            return {}
        found: dict[tuple[int, int], str] = {}
        row = column = -1
        for event, element in ElementTree.iterparse(io.BytesIO(content), ("start", "end")):  # noqa: S314 - expat bounds it
            tag = _tag(element)
            if event == "start":
                if tag == "row":
                    row, column = int(element.get("r") or row + 2) - 1, -1
                    if row > last_row:
                        break
                continue
            if tag == "c":
                reference = element.get("r")
                place = CellRange.parse(reference) if reference else None
                row, column = (place.top, place.left) if place else (row, column + 1)
                if (problem := _lost(element)) is not None:
                    found[row, column] = problem
            if tag in ("c", "row"):
                element.clear()
        return found

    def _part_of(self, sheet: str) -> str:
        relationship = next(
            value
            for element in self._document("xl/workbook.xml").iter()
            if _tag(element) == "sheet" and element.get("name") == sheet
            for name, value in element.items()
            if name.endswith("}id")
        )
        target = next(
            element.get("Target", "")
            for element in self._document("xl/_rels/workbook.xml.rels").iter()
            if element.get("Id") == relationship
        )
        return target[1:] if target.startswith("/") else f"xl/{target}"

    def _document(self, part: str) -> ElementTree.Element:
        return ElementTree.fromstring(self._archive.read(part))  # noqa: S314 - as above


def _lost(cell: ElementTree.Element) -> str | None:
    """What is wrong with a cell (``c``, ECMA-376 part 1 section 18.3.1.4)."""
    within = {_tag(each): each.text or "" for each in cell}
    kind, value = cell.get("t"), within.get("v", "").strip()
    if kind == "e":
        return value[:40] or "#UNKNOWN!"
    return "#EMPTY!" if "f" in within and not value and kind != "str" else None


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


if __name__ == "__main__":
    main()
