"""Excel files as a source of connectors: what may be asked, with whose eyes, and how it fails."""

from __future__ import annotations

import hashlib
import io
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
import xlsxwriter  # type: ignore[import-untyped]

from app.core.cells import CellError
from app.core.client_address import parse_networks
from app.core.clock import system_clock
from app.core.connector_errors import ConnectorConfigRefused
from app.core.entra_tokens import on_behalf_of
from app.core.errors import IntegrationFailure
from app.core.outbound import OutboundRules
from app.integrations.connector import Caps, Fault, Question, SourceError, read_table
from app.integrations.graph_excel import GraphExcel
from app.integrations.graph_workbooks import Workbooks
from app.integrations.guarded_client import GuardedClient
from app.integrations.provider import Credential
from app.integrations.registry import GraphToken
from app.integrations.shared_tokens import SharedTokens
from app.integrations.sharepoint import fixed
from app.integrations.upstream import UpstreamClients, UpstreamLimits
from app.integrations.workbook_reader import WorkbookReader
from tests.entra_endpoint import TENANT, TokenEndpoint
from tests.graph_files import OTHER_SITE, SITE, FakeGraphFiles, Item, Value, graph_files, refusal
from tests.integrations.upstreams import Reply

ID = {"drive_id": "b!drive", "item_id": "01ITEM"}
DATA = {**ID, "worksheet": "Data"}
WORKSPACE = "0b5f0a34-0000-4000-8000-000000000001"
CAPS = Caps(rows=100, bytes=50_000, seconds=10.0)
ROWS = [
    [Value("month"), Value("revenue"), Value("")],
    [Value("Jan"), Value(0, written="10.50"), Value(3)],
    [Value("Feb"), Value("#DIV/0!", kind="Error"), Value("")],
]


@dataclass
class Tokens:
    """As the installation is set up."""

    asks_people: bool = True
    has_application: bool = True
    people: SharedTokens | None = None

    def graph_person(self, assertion: str | None) -> GraphToken | None:
        if assertion is None or not self.asks_people:
            return None
        token = fixed(assertion) if self.people is None else partial(self.people.get, assertion)
        return GraphToken(token, assertion)

    def graph_application(self) -> GraphToken | None:
        return GraphToken(fixed("application-token"), "app") if self.has_application else None


@dataclass
class Installation:
    source: GraphExcel
    tokens: Tokens
    own: dict[str, Credential | IntegrationFailure] = field(default_factory=dict)

    async def fetch(self, config: dict[str, Any] = DATA, assertion: str | None = None, **more: Any) -> Any:
        question = Question(
            WORKSPACE, self.source.check(config), None, more.pop("caps", CAPS), assertion, **more
        )
        return await self.source.fetch(question)

    async def fault(self, config: dict[str, Any] = DATA, **more: Any) -> tuple[Fault, str | None]:
        with pytest.raises(SourceError) as error:
            await self.fetch(config, **more)
        return error.value.fault, error.value.detail


@pytest.fixture(scope="module")
def graph() -> Iterator[FakeGraphFiles]:
    with graph_files() as server:
        yield server


@pytest.fixture
def file(graph: FakeGraphFiles) -> Item:
    item = Item("b!drive", "01ITEM", SITE, "Reports/Q3.xlsx", xlsx(), {"Data": ROWS})
    graph.files, graph.fault, graph.granted = [item], None, {SITE}
    graph.asked.clear()
    return item


@pytest.fixture
async def installation(graph: FakeGraphFiles) -> AsyncIterator[Installation]:
    clients = UpstreamClients(system_clock, UpstreamLimits(deadline=10.0, attempt_timeout=5.0))
    outbound = GuardedClient(OutboundRules(parse_networks("127.0.0.0/8"), http=True))
    reader, tokens = WorkbookReader(), Tokens()
    own: dict[str, Credential | IntegrationFailure] = {}

    async def of_workspace(workspace_id: str) -> Credential | None:
        found = own.get(workspace_id)
        if isinstance(found, IntegrationFailure):
            raise found
        return found

    def workbooks(base_url: str | None) -> Workbooks:
        return Workbooks(clients, outbound, reader, base_url or graph.url, most_bytes=100_000)

    source = GraphExcel(workbooks, tokens, of_workspace, {WORKSPACE.upper(): [SITE]})
    yield Installation(source, tokens, own)
    await clients.aclose()
    await outbound.aclose()


def xlsx() -> bytes:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    sheet = book.add_worksheet("Data")
    sheet.write_row(0, 0, ["month", "revenue"])
    sheet.write_row(1, 0, ["Jan", 10.5])
    book.close()
    return content.getvalue()


async def test_a_person_who_is_there_is_asked_as(installation: Installation, file: Item) -> None:
    table = await installation.fetch(assertion="person-token")
    assert table.columns == ("month", "revenue", "C")
    assert table.rows == (("Jan", Decimal("10.50"), Decimal(3)), ("Feb", CellError("#DIV/0!"), None))
    assert read_table(table.canonical()).rows == table.rows
    lettered = await installation.fetch({**DATA, "range": "B1:C9", "header": False}, "person-token")
    assert lettered.columns == ("B", "C")
    assert [row[0] for row in lettered.rows] == ["revenue", Decimal("10.50"), CellError("#DIV/0!")]
    first = await installation.fetch(assertion="person-token", first=1)
    assert (len(first.rows), first.is_whole) == (1, False)


async def test_in_the_background_the_application_reads_allowed_sites(
    installation: Installation, file: Item, graph: FakeGraphFiles
) -> None:
    """An ADMIN chooses the file, and cannot choose one that the operator allowed to nobody."""
    read = await installation.fetch()
    assert (read.columns, read.rows) == (("month", "revenue"), (("Jan", Decimal("10.5")),))
    file.site = OTHER_SITE
    graph.granted = {SITE, OTHER_SITE}
    assert await installation.fault() == (Fault.SOURCE_REFUSED, "site_not_allowed")
    elsewhere = {"site_id": OTHER_SITE, "path": "Reports/Q3.xlsx", "worksheet": "Data"}
    assert await installation.fault(elsewhere) == (Fault.SOURCE_REFUSED, "site_not_allowed")
    question = Question("another", installation.source.check(DATA), None, CAPS)
    for asks_people, fault in ((True, Fault.PERSON_NEEDED), (False, Fault.SOURCE_REFUSED)):
        installation.tokens.asks_people = asks_people
        with pytest.raises(SourceError) as error:
            await installation.source.fetch(question)
        assert error.value.fault == fault
    installation.tokens.has_application = False
    assert await installation.fault() == (Fault.SOURCE_REFUSED, "not_configured")


async def test_a_workspace_s_own_credential_counts_first(
    installation: Installation, file: Item, graph: FakeGraphFiles
) -> None:
    graph.applications.add("own-token")
    file.site = OTHER_SITE
    graph.granted = {OTHER_SITE}
    installation.own[WORKSPACE] = Credential("sharepoint", graph.url, None, "own-token")
    assert (await installation.fetch(assertion="person-token")).rows == (("Jan", Decimal("10.5")),)
    assert {each.authorization for each in graph.asked} == {"Bearer own-token"}
    installation.own[WORKSPACE] = IntegrationFailure("sharepoint", "credential_unreadable")
    assert await installation.fault() == (Fault.SECRET_UNREADABLE, "credential_unreadable")


@pytest.mark.parametrize(
    ("reply", "fault", "detail"),
    [
        (refusal(403, "accessDenied"), Fault.SOURCE_REFUSED, "forbidden"),
        (refusal(404, "itemNotFound"), Fault.NOT_FOUND, "not_found"),
        (
            refusal(429, "tooManyRequests", **{"Retry-After": "77"}),
            Fault.SOURCE_THROTTLED,
            "rate_limited, 77 s",
        ),
        (refusal(503, "serviceUnavailable", **{"Retry-After": "9"}), Fault.SOURCE_AWAY, "unavailable, 9 s"),
        (refusal(400, "invalidRequest", "rangeExceedsLimit"), Fault.TOO_LARGE, "too_large"),
        (refusal(501, "notImplemented", "unsupportedWorkbook"), Fault.QUERY_FAILED, "unsupported"),
        (Reply(200, b"{}", content_type="text/html"), Fault.SOURCE_BROKEN, "bad_answer"),
        (
            Reply(200, {"values": [["a", "a"]], "numberFormat": [["", ""]], "valueTypes": [["", ""]]}),
            Fault.COLUMNS_INVALID,
            None,
        ),
        (
            Reply(200, {"values": [[""]], "numberFormat": [[""]], "valueTypes": [["Empty"]]}),
            Fault.COLUMNS_INVALID,
            None,
        ),
    ],
)
async def test_every_failure_is_a_fault(
    installation: Installation,
    file: Item,
    graph: FakeGraphFiles,
    reply: Reply,
    fault: Fault,
    detail: str | None,
) -> None:
    graph.fault = lambda _: reply
    assert await installation.fault(assertion="person-token") == (fault, detail)


async def test_caps_hold(installation: Installation, file: Item, graph: FakeGraphFiles) -> None:
    """Whatever a file has become since it was chosen."""
    file.sheets["Data"] = [[Value("n")], *([Value(n)] for n in range(5_000))]
    assert await installation.fault(assertion="person-token") == (Fault.TOO_LARGE, "rows")
    small = Caps(rows=10_000, bytes=1_000, seconds=10.0)
    assert await installation.fault(assertion="person-token", caps=small) == (Fault.TOO_LARGE, "bytes")
    graph.fault = lambda _: Reply(200, {}, delay=0.3)
    slow = Caps(rows=10, bytes=1_000, seconds=0.05)
    assert await installation.fault(assertion="person-token", caps=slow) == (Fault.SOURCE_SLOW, None)


@pytest.mark.parametrize(
    ("config", "member"),
    [
        ({}, "drive_id"),
        ({"worksheet": "Data"}, "drive_id"),
        ({**DATA, "site_id": SITE, "path": "a.xlsx"}, "drive_id"),
        ({"drive_id": "b!drive", "worksheet": "Data"}, "drive_id"),
        ({"site_id": SITE, "worksheet": "Data"}, "site_id"),
        ({**DATA, "drive_id": "a b"}, "drive_id"),
        ({"site_id": "contoso", "path": "a.xlsx", "worksheet": "Data"}, "site_id"),
        ({"site_id": SITE, "path": "../a.xlsx", "worksheet": "Data"}, "path"),
        ({"site_id": SITE, "path": "a//b.xlsx", "worksheet": "Data"}, "path"),
        ({"site_id": SITE, "path": "a:b.xlsx", "worksheet": "Data"}, "path"),
        ({"site_id": SITE, "path": "a" * 500, "worksheet": "Data"}, "path"),
        (ID, "worksheet"),
        ({**DATA, "name": "Total"}, "worksheet"),
        ({**ID, "name": "Total", "range": "A1"}, "range"),
        ({**DATA, "worksheet": "a/b"}, "worksheet"),
        ({**DATA, "range": "A:C"}, "range"),
        ({**DATA, "range": "A1:XFD1048576"}, "range"),
        ({**ID, "table": "a b"}, "table"),
        ({**DATA, "date_system": 1905}, "date_system"),
        ({**DATA, "secret": "x"}, "config"),
        ({**DATA, "header": "yes"}, "config"),
        ({**DATA, "worksheet": 7}, "config"),
    ],
)
def test_a_config_that_cannot_be_asked_for_is_refused(config: dict[str, Any], member: str) -> None:
    with pytest.raises(ConnectorConfigRefused) as refused:
        checker().check(config)
    assert (refused.value.details or {})["member"] == member


def test_a_config_is_kept_as_it_was_given_and_the_journal_says_what_was_asked() -> None:
    source = checker()
    by_path = {"site_id": SITE, "path": "Q3.xlsx", "worksheet": "Data", "range": "A1:C9", "header": False}
    assert source.check(by_path) == by_path
    digest = hashlib.sha256(f"v1.0/sites/{SITE}/drive/root:/Q3.xlsx:".encode()).hexdigest()
    assert source.asked(by_path) == f"Data!A1:C9 of {digest}"
    assert source.asked({**ID, "table": "Sales"}).startswith("Sales of ")
    assert len(source.asked({**DATA, "drive_id": "d" * 300, "worksheet": "w" * 31})) <= 400


def checker() -> GraphExcel:
    """One that is asked nothing."""

    async def none(_: str) -> None:
        return None

    def nobody(_: str | None) -> Workbooks:
        raise AssertionError("a config is checked without asking")

    return GraphExcel(nobody, Tokens(), none, {})


@pytest.mark.parametrize("endpoint", ["https"], indirect=True)
async def test_a_person_s_access_token_is_exchanged_for_theirs_at_graph(
    graph: FakeGraphFiles, file: Item, installation: Installation, endpoint: TokenEndpoint, certificate: Path
) -> None:
    """The real msal, on behalf of whoever refreshes: Graph sees the person, and never their own token."""
    session = requests.Session()
    session.verify, session.trust_env = str(certificate), False
    exchange = on_behalf_of(
        authority=endpoint.url,
        tenant=TENANT,
        client_id="app",
        secret="s3cret",
        scope="https://graph.microsoft.com/.default",
        http_client=session,
    )
    people = SharedTokens(exchange)
    endpoint.token = "person-token"
    installation.tokens.people = people
    table = await installation.fetch(assertion="ada's own token")
    assert table.columns == ("month", "revenue", "C")
    assert [each["assertion"] for each in endpoint.asked] == ["ada's own token"]
    assert {each.authorization for each in graph.asked} == {"Bearer person-token"}
    endpoint.error = {"error": "interaction_required", "claims": "{}"}
    assert await installation.fault(assertion="bob's") == (Fault.PERSON_NEEDED, "interaction_required")
    await people.aclose()
    session.close()
