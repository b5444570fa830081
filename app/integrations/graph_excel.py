"""Excel files in SharePoint and OneDrive, as a source of connectors.

Whoever reads decides what may be read, as for links to SharePoint: a workspace's own credential first; else
the person who is there, with what they may see; else the installation's application, for files of the sites
that the operator allowed to the workspace (``GRAPH_EXCEL_SITES``) and no others. ADMINs of workspaces choose
files, and not whose eyes look at them: without that list one of them could read any file of the tenant.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import time
from typing import Any, NoReturn, Protocol

import msgspec

from app.core.cell_ranges import CellRange, Place, letters, parse_name, parse_sheet
from app.core.cells import Cell, CellError
from app.core.connector_errors import ConnectorConfigRefused
from app.core.errors import IntegrationFailure, InteractionRequired
from app.integrations.connector import MOST_OF_A_NAME, Fault, Gathering, Question, SourceError, Table
from app.integrations.graph_workbooks import NAME, File, Workbooks
from app.integrations.provider import Credential
from app.integrations.registry import GraphToken
from app.integrations.sharepoint import fixed

_ID = re.compile(r"[!-~]{1,300}")
_SITE = re.compile(r"[A-Za-z0-9.-]{1,253},[0-9A-Fa-f-]{1,36},[0-9A-Fa-f-]{1,36}")
_NOT_IN_FILES = frozenset('\\*<>?:|"')
_LONGEST_PATH = 400
_FAULTS = {
    "unauthorized": Fault.SOURCE_REFUSED,
    "forbidden": Fault.SOURCE_REFUSED,
    "consent_required": Fault.SOURCE_REFUSED,
    "not_configured": Fault.SOURCE_REFUSED,
    "site_not_allowed": Fault.SOURCE_REFUSED,
    "credential_unreadable": Fault.SECRET_UNREADABLE,
    "rate_limited": Fault.SOURCE_THROTTLED,
    "unavailable": Fault.SOURCE_AWAY,
    "circuit_open": Fault.SOURCE_AWAY,
    "timeout": Fault.SOURCE_SLOW,
    "busy": Fault.BUSY,
    "not_found": Fault.NOT_FOUND,
    "bad_address": Fault.NOT_FOUND,
    "too_large": Fault.TOO_LARGE,
    "other_origin": Fault.ADDRESS_NOT_ALLOWED,
    "refused": Fault.QUERY_FAILED,
    "conflict": Fault.QUERY_FAILED,
    "unsupported": Fault.QUERY_FAILED,
}
"""Of the reasons of ``IntegrationFailure``; what is not here is ``SOURCE_BROKEN``."""

OwnCredential = Callable[[str], Awaitable[Credential | None]]
"""That of a workspace, by its id. Raises ``IntegrationFailure`` where it cannot be opened."""


class GraphTokens(Protocol):
    """Those of the installation; ``Providers`` has them."""

    @property
    def asks_people(self) -> bool: ...
    def graph_person(self, assertion: str | None) -> GraphToken | None: ...
    def graph_application(self) -> GraphToken | None: ...


class GraphExcelConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A file by ``drive_id`` and ``item_id``, or by ``site_id`` and ``path`` in its default library. In it
    the cells of a ``worksheet`` in ``range``, or all that it uses; or what a defined ``name`` or a ``table``
    covers. ``header``: the first row has the names of the columns; else they are called by their letters.
    ``date_system``: of the workbook, for the workbook API, which does not tell."""

    drive_id: str | None = None
    item_id: str | None = None
    site_id: str | None = None
    path: str | None = None
    worksheet: str | None = None
    range: str | None = None
    name: str | None = None
    table: str | None = None
    header: bool = True
    date_system: int = 1900

    def file(self) -> File:
        return File(self.drive_id, self.item_id, self.site_id, self.path)

    def place(self) -> Place:
        cells = CellRange.parse(self.range) if self.range else None
        return Place(self.worksheet, cells, self.name, self.table)


class GraphExcel:
    kind = NAME
    needs_secret = False

    def __init__(
        self,
        workbooks: Callable[[str | None], Workbooks],
        tokens: GraphTokens,
        own: OwnCredential,
        sites: Mapping[str, Sequence[str]],
    ) -> None:
        """``workbooks`` of a base URL, or the installation's."""
        self._workbooks = workbooks
        self._tokens = tokens
        self._own = own
        self._sites = {workspace_id.lower(): frozenset(ids) for workspace_id, ids in sites.items()}

    def check(self, config: Mapping[str, Any]) -> dict[str, Any]:
        made = _read(config)
        if bool(made.drive_id) != bool(made.item_id) or bool(made.site_id) != bool(made.path):
            _refuse("drive_id" if made.drive_id or made.item_id else "site_id", "goes with its other half")
        if bool(made.drive_id) == bool(made.site_id):
            _refuse("drive_id", "one of drive_id and site_id says where the file is")
        for member, pattern in (("drive_id", _ID), ("item_id", _ID), ("site_id", _SITE)):
            value = getattr(made, member)
            if value is not None and not pattern.fullmatch(value):
                _refuse(member, "is no such id")
        if made.path is not None:
            _check_path(made.path)
        if [made.worksheet, made.name, made.table].count(None) != 2:
            _refuse("worksheet", "one of worksheet, name and table says where in the file")
        if made.range is not None and made.worksheet is None:
            _refuse("range", "goes with a worksheet")
        if made.date_system not in (1900, 1904):
            _refuse("date_system", "is 1900 or 1904")
        checks: tuple[tuple[str, Callable[[str], object]], ...] = (
            ("worksheet", parse_sheet),
            ("range", CellRange.parse),
            ("name", parse_name),
            ("table", parse_name),
        )
        for member, parse in checks:
            value = getattr(made, member)
            if value is not None:
                try:
                    parse(value)
                except ValueError as error:
                    _refuse(member, str(error))
        return dict(msgspec.to_builtins(made))

    def target(self, config: Mapping[str, Any]) -> str:
        """Nothing is sent anywhere: these connectors have no secret of their own."""
        return NAME

    def asked(self, config: Mapping[str, Any]) -> str:
        """The cells, and which file: its address can be long, and is not told twice."""
        made = _read(config)
        place = made.place()
        if place.sheet is not None:
            where = f"{place.sheet}!{place.cells}" if place.cells else place.sheet
        else:
            where = place.name or place.table or ""
        return f"{where} of {hashlib.sha256(made.file().url().encode()).hexdigest()}"

    async def fetch(self, question: Question) -> Table:
        made = _read(question.config)
        try:
            async with asyncio.timeout(question.caps.seconds):
                cells = await self._cells(made, question)
        except TimeoutError:
            raise SourceError(Fault.SOURCE_SLOW) from None
        except InteractionRequired:
            raise SourceError(Fault.PERSON_NEEDED, "interaction_required") from None
        except IntegrationFailure as failure:
            wait = f", {failure.retry_after} s" if failure.retry_after else ""
            fault = _FAULTS.get(failure.reason, Fault.SOURCE_BROKEN)
            raise SourceError(fault, f"{failure.reason}{wait}") from None
        return _table(cells, made, question)

    async def aclose(self) -> None:
        """What it was made with is others' to close."""

    async def _cells(self, made: GraphExcelConfig, question: Question) -> list[list[Cell]]:
        file, place, line = made.file(), made.place(), question.workspace_id
        own = await self._own(question.workspace_id)
        if own is not None:
            token = GraphToken(fixed(own.secret), own.whose)
            return await self._workbooks(own.base_url).as_application(
                file, place, token.token, whose=token.whose, line=line, sites=None
            )
        workbooks = self._workbooks(None)
        person = self._tokens.graph_person(question.assertion)
        if person is not None:
            return await workbooks.as_person(
                file, place, person.token, whose=person.whose, is_1904=made.date_system == 1904
            )
        sites = self._sites.get(question.workspace_id.lower(), frozenset())
        application = self._tokens.graph_application()
        if not sites and self._tokens.asks_people:
            raise SourceError(Fault.PERSON_NEEDED)
        if application is None:
            raise IntegrationFailure(NAME, "not_configured")
        return await workbooks.as_application(
            file, place, application.token, whose=f"{application.whose} {line}", line=line, sites=sites
        )


def _read(config: Mapping[str, Any]) -> GraphExcelConfig:
    try:
        return msgspec.convert(config, GraphExcelConfig)
    except msgspec.ValidationError as error:
        raise ConnectorConfigRefused(details={"member": "config", "problem": str(error)}) from None


def _refuse(member: str, problem: str) -> NoReturn:
    raise ConnectorConfigRefused(details={"member": member, "problem": problem})


def _check_path(path: str) -> None:
    """https://learn.microsoft.com/graph/onedrive-addressing-driveitems"""
    steps = path.split("/")
    if len(path) > _LONGEST_PATH or not path.isprintable() or _NOT_IN_FILES.intersection(path):
        _refuse("path", "is no path of a file")
    if any(not step or step.endswith(".") or step != step.strip() for step in steps):
        _refuse("path", "has a step that is empty, or ends with a period or space")


def _table(cells: list[list[Cell]], made: GraphExcelConfig, question: Question) -> Table:
    """Rows behind the last that holds anything are none: a range may be larger than what is in it so far."""
    while cells and all(cell is None for cell in cells[-1]):
        cells.pop()
    width = max(map(len, cells), default=0)
    left = CellRange.parse(made.range).left if made.range else 0
    columns = [letters(left + column) for column in range(width)]
    if made.header and cells:
        names = cells.pop(0)
        columns = [_column(name, letter) for name, letter in zip(names, columns, strict=True)]
    gathering = Gathering(columns, question.caps, question.first)
    for row in cells:
        if not gathering.add(cell.isoformat() if isinstance(cell, time) else cell for cell in row):
            break
    return gathering.table()


def _column(name: Cell, letter: str) -> str:
    """As it is written; of a cell without a value its letter."""
    text = "" if name is None or isinstance(name, CellError) else str(name).strip()
    return text[:MOST_OF_A_NAME] or letter
