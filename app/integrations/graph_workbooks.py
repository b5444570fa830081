"""Cells of Excel files in SharePoint and OneDrive, through Microsoft Graph, in two ways.

As a person: the workbook API, which computes what is asked for. It has no application permission, and wants
the delegated Files.ReadWrite. https://learn.microsoft.com/graph/api/range-get,
https://learn.microsoft.com/graph/api/worksheet-usedrange,
https://learn.microsoft.com/graph/api/nameditem-range, https://learn.microsoft.com/graph/api/table-range

As the application, when nobody is there: the file as it was saved, read here. Where it is comes with the item
(https://learn.microsoft.com/graph/api/driveitem-get-content), is on another host, and wants no credential.
What an application may read by ``Sites.Selected`` or more is not for every workspace to read: the caller
names the sites that are.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import msgspec

from app.core.cell_ranges import MOST_CELLS, Place
from app.core.cells import Cell, cell
from app.core.errors import IntegrationFailure
from app.integrations.guarded_client import AddressRefused, GuardedClient, NoAnswer
from app.integrations.sharepoint import Token, graph
from app.integrations.upstream import Reading, Upstream, UpstreamClients
from app.integrations.workbook_reader import WorkbookReader, WorkbookUnreadable

NAME = "graph_excel"
_GRIDS = ("values", "numberFormat", "valueTypes")
_OF_A_RANGE = ",".join((*_GRIDS, "cellCount"))
_OF_A_FILE = "id,name,size,file,remoteItem,parentReference,@microsoft.graph.downloadUrl"
_DOWNLOAD_URL = "@microsoft.graph.downloadUrl"
_CODES = {
    "itemnotfound": "not_found",
    "resourcenotfound": "not_found",
    "notfounduncategorized": "not_found",
    "invalidsessionnotfound": "not_found",
    "rangeexceedslimit": "too_large",
    "requestaborted": "too_large",
    "unsupportedworkbook": "unsupported",
    "invalidsessionunsupportedworkbook": "unsupported",
    "accessconflict": "conflict",
    "conflictuncategorized": "conflict",
    "accessdenied": "forbidden",
    "forbiddenuncategorized": "forbidden",
}
"""https://learn.microsoft.com/graph/workbook-error-handling, in the words of ``IntegrationFailure``."""
_UNREADABLE = {
    "too_large": "too_large",
    "no_sheet": "not_found",
    "no_name": "not_found",
    "no_table": "not_found",
    "timeout": "too_large",
    "busy": "busy",
}


class File(msgspec.Struct, frozen=True):
    """By ``drive_id`` and ``item_id``, or by ``site_id`` and ``path`` in that site's default library."""

    drive_id: str | None = None
    item_id: str | None = None
    site_id: str | None = None
    path: str | None = None

    def url(self) -> str:
        """https://learn.microsoft.com/graph/onedrive-addressing-driveitems"""
        if self.drive_id and self.item_id:
            return f"v1.0/drives/{_segment(self.drive_id)}/items/{_segment(self.item_id)}"
        steps = "/".join(_segment(each) for each in (self.path or "").split("/"))
        return f"v1.0/sites/{quote(self.site_id or '', safe=',.-')}/drive/root:/{steps}:"


class Workbooks:
    """``seconds`` and ``most_bytes`` are those of a download."""

    def __init__(
        self,
        clients: UpstreamClients,
        outbound: GuardedClient,
        reader: WorkbookReader,
        base_url: str,
        *,
        seconds: float = 15.0,
        most_bytes: int,
    ) -> None:
        self._clients = clients
        self._outbound = outbound
        self._reader = reader
        self._base_url = base_url
        self._seconds = seconds
        self._most_bytes = most_bytes

    async def as_person(
        self, file: File, place: Place, token: Token, *, whose: str, is_1904: bool = False
    ) -> list[list[Cell]]:
        """Row by row, with what the person of the token may see. ``is_1904``: the workbook's date system, of
        which the API says nothing. Raises ``IntegrationFailure`` and ``InteractionRequired``."""
        upstream = graph(self._clients, NAME, self._base_url, token, whose=whose)
        url = f"{file.url()}/workbook/{_range(place)}"
        answer = await upstream.get(url, {"$select": _OF_A_RANGE}, reading=_READING)
        return _rows(upstream, answer.document, is_1904=is_1904)

    async def as_application(
        self,
        file: File,
        place: Place,
        token: Token,
        *,
        whose: str,
        line: Hashable,
        sites: frozenset[str] | None,
    ) -> list[list[Cell]]:
        """As the file was saved. ``sites`` are those whose files may be read, None for all that the
        credential may. ``line``: whose turn a file of theirs takes. Raises ``IntegrationFailure``."""
        upstream = graph(self._clients, NAME, self._base_url, token, whose=whose)
        answer = await upstream.get(file.url().removesuffix(":"), {"$select": _OF_A_FILE}, reading=_READING)
        content = await self._downloaded(self._judged(upstream, answer.document, sites), line)
        try:
            return await self._reader.read(content, place, whose=line)
        except WorkbookUnreadable as error:
            raise upstream.failure(_UNREADABLE.get(error.reason, "unsupported")) from None

    def _judged(self, upstream: Upstream, item: Any, sites: frozenset[str] | None) -> str:
        """Where the file is downloaded from."""
        if not isinstance(item, Mapping):
            raise upstream.failure("bad_answer")
        parent = item.get("parentReference")
        # A shortcut to another site's file says where it stands itself.
        if sites is not None and (
            not isinstance(parent, Mapping) or parent.get("siteId") not in sites or item.get("remoteItem")
        ):
            raise upstream.failure("site_not_allowed")
        size, url = item.get("size"), item.get(_DOWNLOAD_URL)
        if not isinstance(item.get("file"), Mapping):
            raise upstream.failure("unsupported")
        if isinstance(size, int) and size > self._most_bytes:
            raise upstream.failure("too_large")
        if not isinstance(url, str):
            raise upstream.failure("bad_answer")
        return url

    async def _downloaded(self, url: str, line: Hashable) -> bytes:
        """The address is Graph's word, and no credential goes there."""
        try:
            answer = await self._outbound.ask(
                "GET", url, whose=line, headers={}, seconds=self._seconds, most=self._most_bytes
            )
        except AddressRefused:
            raise IntegrationFailure(NAME, "other_origin") from None
        except NoAnswer as error:
            reason = error.reason if error.reason in ("timeout", "busy") else "unavailable"
            raise IntegrationFailure(NAME, reason) from None
        if answer.status != 200:
            reason = "unavailable" if answer.status == 429 or answer.status >= 500 else "refused"
            raise IntegrationFailure(NAME, reason)
        if not answer.is_whole:
            is_large = len(answer.body) >= self._most_bytes
            raise IntegrationFailure(NAME, "too_large" if is_large else "unavailable")
        return answer.body


def _range(place: Place) -> str:
    if place.name is not None:
        return f"names/{_segment(place.name)}/range"
    if place.table is not None:
        return f"tables/{_segment(place.table)}/range"
    sheet = f"worksheets/{_segment(place.sheet or '')}"
    if place.cells is None:
        return f"{sheet}/usedRange(valuesOnly=true)"
    return f"{sheet}/range(address='{place.cells}')"


def _segment(text: str) -> str:
    """One step of a path; none that leads elsewhere."""
    return {".": "%2E", "..": "%2E%2E"}.get(text) or quote(text, safe="")


def _decode(body: bytes) -> Any:
    """Numbers as they are written, not as doubles."""
    return _DECODER.decode(body)


_DECODER = msgspec.json.Decoder(float_hook=Decimal)


def _explain(document: Any) -> str | None:
    """By the innermost code that is known."""
    found = None
    error = document.get("error") if isinstance(document, Mapping) else None
    while isinstance(error, Mapping):
        code = error.get("code")
        found = _CODES.get(code.casefold(), found) if isinstance(code, str) else found
        error = error.get("innerError", error.get("innererror"))
    return found


_READING = Reading(decode=_decode, explain=_explain)


def _rows(upstream: Upstream, document: Any, *, is_1904: bool) -> list[list[Cell]]:
    if not isinstance(document, Mapping):
        raise upstream.failure("bad_answer")
    if document.get("status") == "failed":  # of an operation that went on for long: 200, and no range
        raise upstream.failure(_explain(document) or "refused")
    count = document.get("cellCount")
    if isinstance(count, int) and count > MOST_CELLS:
        raise upstream.failure("too_large")
    try:
        return [
            [
                cell(value, number_format, value_type=kind, is_1904=is_1904)
                for value, number_format, kind in zip(*cells, strict=True)
            ]
            for cells in zip(*(_grid(document.get(each)) for each in _GRIDS), strict=True)
        ]
    except ValueError:  # one is none, or larger than the others
        raise upstream.failure("bad_answer") from None


def _grid(value: Any) -> list[list[Any]]:
    if isinstance(value, list) and all(isinstance(row, list) for row in value):
        return value
    raise ValueError("no rows of cells")
