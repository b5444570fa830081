"""CSV (RFC 4180) as spreadsheets take it."""

import codecs
import csv
import io
from collections.abc import Iterable

BOM = codecs.BOM_UTF8
"""Before the first line: without it Excel takes the file for one in the machine's own character set."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_lines(rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return text.getvalue().encode()


def _cell(value: object) -> object:
    """A spreadsheet runs what begins like a formula; a quotation mark before it makes it text.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
