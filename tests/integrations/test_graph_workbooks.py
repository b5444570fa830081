"""Excel files in SharePoint: as a person by the workbook API, as the application by the file itself."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from app.core.cell_ranges import CellRange, Place
from app.core.cells import Cell, CellError
from app.core.client_address import parse_networks
from app.core.clock import system_clock
from app.core.errors import IntegrationFailure
from app.core.outbound import OutboundRules
from app.integrations.graph_workbooks import File, Workbooks
from app.integrations.guarded_client import GuardedClient
from app.integrations.sharepoint import fixed
from app.integrations.upstream import UpstreamClients, UpstreamLimits
from app.integrations.workbook_reader import WorkbookLimits, WorkbookReader, WorkbookUnreadable
from tests.graph_files import OTHER_SITE, SITE, FakeGraphFiles, Item, Value, graph_files, refusal
from tests.integrations.upstreams import Reply

LOOPBACK = OutboundRules(parse_networks("127.0.0.0/8"), http=True)
BY_ID = File(drive_id="b!drive", item_id="01ITEM")
ALL = Place("Data")
DATE, MOMENT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
SOME: list[list[Value]] = [
    [Value("Month"), Value("Revenue"), Value(""), Value("Open")],
    [Value(46351, DATE), Value(0.1, written="0.10"), Value("merged"), Value(True)],
    [
        Value(46351.5, MOMENT),
        Value(0, written="1234567890123456789.25"),
        Value(""),
        Value("#DIV/0!", kind="Error"),
    ],
    [
        Value("#N/A", kind="String"),
        Value(0, written="1.1000000000000001"),
        Value(0.25, "h:mm"),
        Value(60, DATE),
    ],
]
READ: list[list[Cell]] = [
    ["Month", "Revenue", None, "Open"],
    [date(2026, 11, 25), Decimal("0.1"), "merged", True],
    [
        datetime.fromisoformat("2026-11-25T12:00"),
        Decimal("1234567890123456789.25"),
        None,
        CellError("#DIV/0!"),
    ],
    ["#N/A", Decimal("1.1000000000000001"), time(6), CellError("#DATE!")],
]


def workbook(*, is_1904: bool = False) -> bytes:
    """What a person might keep: dates, an error, merged cells, a formula that was never computed."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"date_1904": is_1904})
    sheet = book.add_worksheet("Data")
    sheet.write_row(0, 0, ["Month", "Revenue", "", "Open"])
    sheet.write_datetime(1, 0, datetime.fromisoformat("2026-11-25"), book.add_format({"num_format": DATE}))
    sheet.write_number(1, 1, 0.1)
    sheet.merge_range("C2:C3", "merged")
    sheet.write_boolean(1, 3, True)
    sheet.write_datetime(
        2, 0, datetime.fromisoformat("2026-11-25T12:00"), book.add_format({"num_format": MOMENT})
    )
    sheet.write_number(2, 1, 1e22)
    sheet.write_formula(2, 3, "=1/0", None, "#DIV/0!")
    sheet.write_string(3, 0, "#N/A")
    sheet.write_number(3, 1, 1.1)
    sheet.write_number(3, 2, 0.25, book.add_format({"num_format": "h:mm"}))
    sheet.write_number(3, 3, 1.5, book.add_format({"num_format": "[h]:mm"}))
    book.define_name("Revenue", "=Data!$B$2:$B$3")
    book.define_name("Pi", "=3.14")
    other = book.add_worksheet("It's two")
    other.add_table("B2:C4", {"name": "Sales", "columns": [{"header": "who"}, {"header": "n"}]})
    other.write_row(2, 1, ["ada", 3])
    other.write_row(3, 1, ["bob", 4])
    book.close()
    return content.getvalue()


def changed(content: bytes, part: str, before: str, after: str) -> bytes:
    """The file with something else in one of its parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name)
            assert name != part or before.encode() in text
            new.writestr(name, text.replace(before.encode(), after.encode()) if name == part else text)
    return made.getvalue()


@pytest.fixture(scope="module")
def graph() -> Iterator[FakeGraphFiles]:
    with graph_files() as server:
        yield server


@pytest.fixture
def file(graph: FakeGraphFiles) -> Iterator[Item]:
    """The one file that there is, in a server that misbehaves no more."""
    item = Item("b!drive", "01ITEM", SITE, "Reports/Q3 & more.xlsx", b"", {"Data": SOME})
    item.names["Total"], item.tables["Sales"] = "Data!$B$2:$B$2", "Data!$A$1:$B$2"
    graph.files = [item]
    graph.granted = {SITE, OTHER_SITE}
    graph.fault = graph.downloads.fault = None
    graph.asked.clear()
    graph.downloads.asked.clear()
    yield item


class Source:
    """Both ways, with the tokens that the server knows."""

    def __init__(self, graph: FakeGraphFiles, clients: UpstreamClients, outbound: GuardedClient) -> None:
        self.workbooks = Workbooks(
            clients, outbound, WorkbookReader(), graph.url, seconds=5.0, most_bytes=100_000
        )

    async def person(self, place: Place = ALL, file: File = BY_ID, **more: Any) -> list[list[Cell]]:
        return await self.workbooks.as_person(file, place, fixed("person-token"), whose="ada", **more)

    async def application(
        self, place: Place = ALL, file: File = BY_ID, sites: frozenset[str] | None = frozenset({SITE})
    ) -> list[list[Cell]]:
        return await self.workbooks.as_application(
            file, place, fixed("application-token"), whose="app", line="workspace", sites=sites
        )


@pytest.fixture
async def source(graph: FakeGraphFiles) -> AsyncIterator[Source]:
    clients = UpstreamClients(
        system_clock, UpstreamLimits(deadline=10.0, attempt_timeout=5.0, max_bytes=200_000)
    )
    outbound = GuardedClient(LOOPBACK)
    yield Source(graph, clients, outbound)
    await clients.aclose()
    await outbound.aclose()


async def failing(what: Any) -> str:
    with pytest.raises(IntegrationFailure) as failure:
        await what
    assert failure.value.provider == "graph_excel"
    return failure.value.reason


async def test_a_person_reads_a_range_as_it_is_meant(
    source: Source, file: Item, graph: FakeGraphFiles
) -> None:
    assert await source.person() == READ
    assert await source.person(Place("Data", CellRange.parse("B2:B3"))) == [row[1:2] for row in READ[1:3]]
    assert await source.person(Place(name="Total")) == [[Decimal("0.10")]]
    assert await source.person(Place(table="Sales")) == [row[:2] for row in READ[:2]]
    beyond = await source.person(Place("Data", CellRange.parse("E9:F10")))
    assert beyond == [[None, None], [None, None]]
    by_path = File(site_id=SITE, path="Reports/Q3 & more.xlsx")
    assert await source.person(file=by_path) == READ
    assert (await source.person(is_1904=True))[1][0] == date(2030, 11, 26)
    assert {each.query["$select"] for each in graph.asked} == {"values,numberFormat,valueTypes,cellCount"}


async def test_the_application_reads_the_file_itself(
    source: Source, file: Item, graph: FakeGraphFiles
) -> None:
    file.content = workbook()
    found = await source.application()
    read = [[*row] for row in READ]
    read[2][1] = Decimal("1E+22")
    read[3][1], read[3][3] = Decimal("1.1"), Decimal("1.5")
    assert found == read
    assert await source.application(Place(name="revenue")) == [[Decimal("0.1")], [Decimal("1E+22")]]
    table = [["who", "n"], ["ada", Decimal(3)], ["bob", Decimal(4)]]
    assert await source.application(Place(table="sales")) == table
    beyond = await source.application(Place("it's TWO", CellRange.parse("C4:D5")))
    assert beyond == [[Decimal(4), None], [None, None]]
    for place in (Place("None"), Place(name="None"), Place(name="Pi"), Place(table="None")):
        assert await failing(source.application(place)) == "not_found"
    assert {each.path for each in graph.asked} == {"/v1.0/drives/b%21drive/items/01ITEM"}
    assert [each.authorization for each in graph.downloads.asked] == [None] * 8


async def test_a_formula_that_nobody_computed_is_an_error_and_no_zero(source: Source, file: Item) -> None:
    values = ("", "<v></v>", "<v/>", "<v>7</v>")
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    sheet = book.add_worksheet("Data")
    for row in range(len(values)):
        sheet.write_formula(row, 1, f"=A{row + 1}")
    book.close()
    file.content = content.getvalue()
    for row, value in enumerate(values, 1):
        before, after = f"<f>A{row}</f><v>0</v>", f"<f>A{row}</f>{value}"
        file.content = changed(file.content, "xl/worksheets/sheet1.xml", before, after)
    assert await source.application() == [*[[CellError("#EMPTY!")]] * 3, [Decimal(7)]]


async def test_dates_of_1904_are_the_same_days(source: Source, file: Item) -> None:
    file.content = workbook(is_1904=True)
    assert (await source.application(Place("Data", CellRange.parse("A2:A3")))) == [[READ[1][0]], [READ[2][0]]]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (refusal(401, "InvalidAuthenticationToken"), "unauthorized"),
        (refusal(403, "accessDenied"), "forbidden"),
        (refusal(404, "itemNotFound"), "not_found"),
        (refusal(404, "resourceNotFound", "notFoundUncategorized"), "not_found"),
        (refusal(400, "invalidRequest", "rangeExceedsLimit"), "too_large"),
        (refusal(400, "invalidRequest", "invalidArgument"), "refused"),
        (refusal(409, "conflict", "accessConflict"), "conflict"),
        (refusal(501, "notImplemented", "unsupportedWorkbook"), "unsupported"),
        (
            Reply(
                200, {"status": "failed", "error": {"code": "x", "innerError": {"code": "rangeExceedsLimit"}}}
            ),
            "too_large",
        ),
        (Reply(200, {"status": "failed", "error": {"code": "generalException"}}), "refused"),
        (
            refusal(429, "tooManyRequests", "tooManyRequestsUncategorized", **{"Retry-After": "120"}),
            "rate_limited",
        ),
        (refusal(503, "serviceUnavailable", "transientFailure"), "unavailable"),
        (Reply(200, b"<html>", content_type="text/html"), "bad_answer"),
        (
            Reply(200, {"values": None, "numberFormat": None, "valueTypes": None, "cellCount": 3}),
            "bad_answer",
        ),
        (
            Reply(200, {"values": [[1]], "numberFormat": [["0", "0"]], "valueTypes": [["Double"]]}),
            "bad_answer",
        ),
        (Reply(200, {"cellCount": 100_001}), "too_large"),
        (Reply(200, b'{"values":[[' + b"1," * 120_000 + b"1]]}"), "too_large"),
        (Reply(200, b'{"values":[[1', cut=True), "unavailable"),
        (Reply(302, b"", {"Location": "http://127.0.0.1:1/"}), "redirected"),
    ],
)
async def test_what_graph_says_is_understood(
    source: Source, file: Item, graph: FakeGraphFiles, reply: Reply, reason: str
) -> None:
    graph.fault = lambda _: reply
    assert await failing(source.person()) == reason


async def test_throttling_says_for_how_long_and_short_waits_are_waited(
    source: Source, file: Item, graph: FakeGraphFiles
) -> None:
    throttled = [refusal(429, "tooManyRequests", **{"Retry-After": "0"})]
    graph.fault = lambda _: throttled.pop() if throttled else None
    assert await source.person() == READ
    graph.fault = lambda _: refusal(429, "tooManyRequests", **{"Retry-After": "120"})
    with pytest.raises(IntegrationFailure) as failure:
        await source.person()
    assert failure.value.retry_after == 120


async def test_a_place_leads_nowhere_else(source: Source, file: Item, graph: FakeGraphFiles) -> None:
    await failing(source.person(file=File(drive_id="../../sites", item_id="..")))
    await failing(source.person(file=File(site_id="x/../y", path="../a/./b?c#d")))
    await failing(source.person(Place("a') or ('1/../..?x=")))
    assert all(each.path.startswith("/v1.0/") and ".." not in each.path.split("/") for each in graph.asked)


async def test_the_application_reads_files_of_allowed_sites_alone(
    source: Source, file: Item, graph: FakeGraphFiles
) -> None:
    """What the installation's application may is not for each workspace."""
    file.content = workbook()
    one = Place("Data", CellRange.parse("A1"))
    assert await failing(source.application(one, sites=frozenset({OTHER_SITE}))) == "site_not_allowed"
    assert await failing(source.application(one, sites=frozenset())) == "site_not_allowed"
    assert await source.application(one, sites=None) == [["Month"]]
    file.site = OTHER_SITE
    assert await failing(source.application(one)) == "site_not_allowed"
    assert (
        await failing(source.application(one, File(site_id=OTHER_SITE, path=file.path))) == "site_not_allowed"
    )
    file.site, file.is_shortcut = SITE, True
    assert await failing(source.application(one)) == "site_not_allowed"
    file.is_shortcut = False
    graph.granted = set()
    assert await failing(source.application(one)) == "forbidden"
    assert len(graph.downloads.asked) == 1


async def test_downloads_keep_to_the_rules_of_what_is_called(
    source: Source, file: Item, graph: FakeGraphFiles
) -> None:
    file.content = b"PK" + bytes(100_000)
    file.size = 5
    assert await failing(source.application()) == "too_large"
    file.size = 100_001
    assert await failing(source.application()) == "too_large"
    assert len(graph.downloads.asked) == 1
    file.size = None
    file.content = b""
    assert await failing(source.application()) == "unsupported"
    for status, reason in ((404, "refused"), (302, "refused"), (503, "unavailable"), (429, "unavailable")):
        graph.downloads.fault = lambda _, status=status: Reply(status, b"", {"Location": graph.url})
        assert await failing(source.application()) == reason
    asked = len(graph.asked)
    for url in (
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "http://10.0.0.1/",
        "http://127.0.0.1:22/",
    ):
        item = {
            "id": "1",
            "file": {},
            "parentReference": {"siteId": SITE},
            "@microsoft.graph.downloadUrl": url,
        }
        graph.fault = lambda _, item=item: Reply(200, item)
        assert await failing(source.application()) == "other_origin"
    broken: list[Any] = [[], {"id": "1"}, {"file": {}, "parentReference": {"siteId": SITE}}]
    for item in broken:
        graph.fault = lambda _, item=item: Reply(200, item)
        assert await failing(source.application()) in ("bad_answer", "site_not_allowed")
    assert len(graph.asked) == asked + 7


async def unreadable(content: bytes, limits: WorkbookLimits | None = None, place: Place = ALL) -> str:
    with pytest.raises(WorkbookUnreadable) as problem:
        await WorkbookReader(limits).read(content, place, whose="w")
    return problem.value.reason


async def test_a_file_that_unpacks_to_more_than_it_may_ends_by_itself() -> None:
    content = workbook()
    bomb = io.BytesIO(content)
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros.xml", bytes(2_000_000))
    assert len(bomb.getvalue()) < 20_000
    assert await unreadable(bomb.getvalue(), WorkbookLimits(unpacked=1_000_000)) == "too_large"
    # Two cells with all of a worksheet between them, which no memory holds.
    far = changed(
        content,
        "xl/worksheets/sheet1.xml",
        "</sheetData>",
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>',
    )
    assert await unreadable(far) == "too_large"
    # As small as it says it is, and too large for the memory that there is.
    wide = changed(content, "xl/worksheets/sheet1.xml", "</sheetData>", " " * 90_000_000 + "</sheetData>")
    assert await unreadable(wide, WorkbookLimits(memory=128 * 2**20)) == "too_large"
    assert await unreadable(content, WorkbookLimits(answer=20)) == "too_large"
    assert await unreadable(content, WorkbookLimits(seconds=0.01)) == "timeout"
    many = Place("Data", CellRange(0, 0, 1_000, 100))
    assert await unreadable(content, place=many) == "too_large"


async def test_what_is_no_workbook_is_none() -> None:
    compound = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100)
    encrypted = compound + "EncryptedPackage".encode("utf-16-le")
    assert await unreadable(b"PK\x03\x04 and no more") == "not_a_workbook"
    assert await unreadable(compound) == "not_a_workbook"
    assert await unreadable(encrypted) == "encrypted"
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("word/document.xml", "<document/>")
    assert await unreadable(other.getvalue()) == "not_a_workbook"


async def test_files_are_read_one_at_once_for_a_workspace_and_some_wait() -> None:
    reader = WorkbookReader()
    answers = await asyncio.gather(
        *(reader.read(b"none", ALL, whose="w") for _ in range(6)),
        reader.read(b"none", ALL, whose="other"),
        return_exceptions=True,
    )
    told = [each.reason if isinstance(each, WorkbookUnreadable) else each for each in answers]
    assert told == [*["not_a_workbook"] * 5, "busy", "not_a_workbook"]
