"""Files of Microsoft Graph as its documentation describes them, on loopback: items of drives, the workbook API
over what is in them, and downloads from another origin that need no credential, and get none.

https://learn.microsoft.com/graph/api/resources/workbookrange, https://learn.microsoft.com/graph/api/driveitem-get,
https://learn.microsoft.com/graph/api/driveitem-get-content, https://learn.microsoft.com/graph/workbook-error-codes,
https://learn.microsoft.com/graph/throttling
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from app.core.cell_ranges import CellRange, parse_qualified
from tests.integrations.upstreams import Asked, FakeUpstream, Reply

SITE, OTHER_SITE = "contoso.sharepoint.com,5a58bb09,2e4c4f5d", "contoso.sharepoint.com,99999999,99999999"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DRIVE_ITEM = re.compile(r"/v1\.0/drives/(?P<drive>[^/]+)/items/(?P<item>[^/]+)(?P<rest>/.*)?")
_SITE_ITEM = re.compile(r"/v1\.0/sites/(?P<site>[^/]+)/drive/root:/(?P<path>[^:]+)(?::(?P<rest>/.*)?)?")
_RANGE = re.compile(
    r"/workbook/(?:worksheets/(?P<sheet>[^/]+)/(?:range\(address='(?P<address>[^']+)'\)|(?P<used>usedRange\(valuesOnly=true\)))"
    r"|names/(?P<name>[^/]+)/range|tables/(?P<table>[^/]+)/range)"
)


@dataclass(frozen=True)
class Value:
    """A cell as Excel keeps it. ``written``: the number as it stands in JSON."""

    value: Any
    number_format: str = "General"
    kind: str = ""
    written: str | None = None

    @property
    def value_type(self) -> str:
        if self.kind:
            return self.kind
        match self.value:
            case "":
                return "Empty"
            case bool():
                return "Boolean"
            case int() | float():
                return "Double"
        return "String"


EMPTY = Value("")


@dataclass
class Item:
    drive: str
    id: str
    site: str
    path: str
    content: bytes = b""
    sheets: dict[str, list[list[Value]]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    is_shortcut: bool = False
    size: int | None = None


def refusal(status: int, code: str, inner: str | None = None, **headers: str) -> Reply:
    """https://learn.microsoft.com/graph/workbook-error-handling"""
    told: dict[str, Any] = {"code": code, "message": "for developers, and changes at any time"}
    if inner is not None:
        told["innerError"] = {"code": inner, "message": "the same", "innerError": {"request-id": "1"}}
    return Reply(status, {"error": told}, headers)


class Downloads(FakeUpstream):
    """The other origin: whoever knows an address has the file."""

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, bytes] = {}

    def answer(self, asked: Asked) -> Reply:
        content = self.files.get(asked.path)
        return (
            Reply(404, b"", content_type="text/plain")
            if content is None
            else Reply(200, content, content_type=XLSX)
        )


class FakeGraphFiles(FakeUpstream):
    """``people`` and ``applications`` are tokens: the workbook API is for people alone, and answers those of an
    application as one that may not; an application reads the files of ``granted`` sites (Sites.Selected)."""

    def __init__(self, downloads: Downloads) -> None:
        super().__init__()
        self.downloads = downloads
        self.files: list[Item] = []
        self.people = {"person-token"}
        self.applications = {"application-token"}
        self.granted = {SITE, OTHER_SITE}

    def answer(self, asked: Asked) -> Reply:
        token = (asked.authorization or "").removeprefix("Bearer ")
        if token not in self.people | self.applications:
            return refusal(401, "InvalidAuthenticationToken")
        found = _DRIVE_ITEM.fullmatch(asked.path) or _SITE_ITEM.fullmatch(asked.path)
        if found is None:
            return refusal(400, "BadRequest")
        is_asked = {name: unquote(value) for name, value in found.groupdict("").items()}
        item = next((each for each in self.files if self._is(each, is_asked)), None)
        if item is None:
            return refusal(404, "itemNotFound")
        if token in self.applications and item.site not in self.granted:
            return refusal(403, "accessDenied")
        rest = found["rest"] or ""
        if not rest:
            return Reply(200, self._metadata(item))
        if token in self.applications:
            return refusal(403, "accessDenied", "forbiddenUncategorized")
        return self._range(item, rest)

    def _is(self, item: Item, asked: dict[str, str]) -> bool:
        if "drive" in asked:
            return (item.drive, item.id) == (asked["drive"], asked["item"])
        return (item.site, item.path) == (asked["site"], asked["path"])

    def _metadata(self, item: Item) -> dict[str, Any]:
        address = f"/{item.id}?tempauth=secret"
        self.downloads.files[f"/{item.id}"] = item.content
        made = {
            "@microsoft.graph.downloadUrl": self.downloads.url + address,
            "id": item.id,
            "name": item.path.rpartition("/")[2],
            "size": len(item.content) if item.size is None else item.size,
            "file": {"mimeType": XLSX},
            "parentReference": {"driveId": item.drive, "driveType": "documentLibrary", "siteId": item.site},
        }
        return made | ({"remoteItem": {"id": item.id}} if item.is_shortcut else {})

    def _range(self, item: Item, rest: str) -> Reply:
        found = _RANGE.fullmatch(unquote(rest))
        if found is None:
            return refusal(400, "invalidRequest", "invalidArgument")
        if found["sheet"]:
            sheet = found["sheet"]
            rows = item.sheets.get(sheet, [])
            used = CellRange(0, 0, max(len(rows) - 1, 0), max((len(row) for row in rows), default=1) - 1)
            cells = used if found["used"] else CellRange.parse(found["address"])
        else:
            covers = item.names.get(found["name"] or "") or item.tables.get(found["table"] or "")
            if covers is None:
                return refusal(404, "ItemNotFound")
            sheet, cells = parse_qualified(covers)
        if sheet not in item.sheets:
            return refusal(404, "ItemNotFound", "itemNotFound")
        return Reply(200, _document(sheet, item.sheets[sheet], cells))


def _document(sheet: str, rows: list[list[Value]], cells: CellRange) -> bytes:
    def at(row: int, column: int) -> Value:
        return rows[row][column] if row < len(rows) and column < len(rows[row]) else EMPTY

    grid = [
        [at(row, column) for column in range(cells.left, cells.right + 1)]
        for row in range(cells.top, cells.bottom + 1)
    ]

    def told(value: Value) -> str:
        return value.written or json.dumps(value.value)

    values = "[" + ",".join("[" + ",".join(map(told, row)) + "]" for row in grid) + "]"
    rest = {
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#workbookRange",
        "address": f"{sheet}!{cells}",
        "cellCount": cells.cells,
        "numberFormat": [[value.number_format for value in row] for row in grid],
        "valueTypes": [[value.value_type for value in row] for row in grid],
    }
    return f'{json.dumps(rest)[:-1]},"values":{values}}}'.encode()


@contextmanager
def graph_files() -> Iterator[FakeGraphFiles]:
    with Downloads() as downloads, FakeGraphFiles(downloads) as graph:
        yield graph
