"""From a cell in somebody's workbook to a key result: whatever becomes of the workbook."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from app.integrations.connector import Question, Table
from tests.api.test_key_result_feeds import Okr, make_okr, work
from tests.databases import TestDatabase
from tests.graph_files import SITE, FakeGraphFiles, Item, graph_files, refusal
from tests.harness import Person, Service, make_settings, running
from tests.integrations.upstreams import Reply

FILE = {"drive_id": "b!drive", "item_id": "01ITEM", "worksheet": "Data"}


def workbook(*rows: tuple[object, ...], columns: tuple[str, ...] = ("month", "revenue")) -> bytes:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    sheet = book.add_worksheet("Data")
    for number, row in enumerate((columns, *rows)):
        sheet.write_row(number, 0, row)
    book.close()
    return content.getvalue()


@pytest.fixture(scope="module")
def graph() -> Iterator[FakeGraphFiles]:
    with graph_files() as server:
        yield server


@pytest.fixture
def file(graph: FakeGraphFiles) -> Item:
    item = Item("b!drive", "01ITEM", SITE, "Q3.xlsx", workbook(("Jan", 40), ("Feb", 2)))
    graph.files, graph.fault, graph.downloads.fault = [item], None, None
    graph.applications.add("own-token")
    return item


@pytest.fixture
async def service(database: TestDatabase, key_file: Any, graph: FakeGraphFiles) -> AsyncIterator[Service]:
    settings = make_settings(
        database,
        key_file,
        outbound_networks="127.0.0.0/8",
        outbound_http=True,
        integration_allowed_hosts=["127.0.0.1"],
        sharepoint_base_url=graph.url,
        sharepoint_access_token="application-token",
        connector_max_rows=100,
        connector_seconds=5.0,
        integration_deadline_seconds=1.0,
    )
    async with running(settings) as running_service:
        yield running_service


async def connect(okr: Okr, graph: FakeGraphFiles, **more: Any) -> str:
    """A connector of a workspace that has a credential of its own; its path."""
    owner, path = okr.place.owner, okr.place.path
    own = {"base_url": graph.url, "secret": "own-token"}
    assert (
        await owner.request("PUT", f"{path}/integration-connections/sharepoint", json=own)
    ).status_code == 200
    body = {"name": "Sales", "kind": "graph_excel", "config": FILE, **more}
    made = await owner.post(f"{path}/connectors", body)
    assert made.status_code == 201, made.text
    return f"{path}/connectors/{made.json()['id']}"


async def refresh(okr: Okr, connector: str) -> dict[str, Any]:
    done = await okr.place.owner.post(f"{connector}/refresh")
    assert done.status_code == 200, done.text
    result: dict[str, Any] = done.json()
    return result


async def test_a_workbook_s_figure_is_checked_in_with_its_selection(
    service: Service, graph: FakeGraphFiles, file: Item
) -> None:
    okr = await make_okr(service)
    connector = await connect(okr, graph)
    await okr.set(connector={"binding_id": connector.rpartition("/")[2], "column": "revenue", "pick": "sum"})
    first = await refresh(okr, connector)
    (check_in,) = await okr.check_ins()
    assert (check_in["value"], check_in["selection_id"]) == ("42", first["selection"]["id"])
    assert first["value"]["rows"] == [["Jan", "40"], ["Feb", "2"]]
    journal = (await okr.place.owner.get(f"{connector}/selections")).json()["items"]
    assert [(each["id"], each["rows"]) for each in journal] == [(check_in["selection_id"], 2)]
    # Who begins to be fed later has what was fetched last, and is told when the connector is gone.
    assert (await okr.place.owner.delete(f"{okr.path}/feed")).status_code == 204
    await okr.set(connector={"binding_id": connector.rpartition("/")[2], "column": "revenue", "row": 2})
    await work(service)
    assert (await okr.shown())["value"] == "2"
    assert (await okr.place.owner.delete(connector)).status_code == 204
    await work(service)
    feed, shown = await okr.feed(), await okr.shown()
    assert (feed["status"], feed["error"], shown["value"]) == ("FAILED", "CONNECTOR_GONE", "2")


async def test_the_installation_s_application_reads_for_nobody_it_was_not_allowed_to(
    service: Service, graph: FakeGraphFiles, file: Item
) -> None:
    okr = await make_okr(service)
    body = {"name": "Sales", "kind": "graph_excel", "config": FILE}
    made = await okr.place.owner.post(f"{okr.place.path}/connectors", body)
    done = await refresh(okr, f"{okr.place.path}/connectors/{made.json()['id']}")
    assert (done["selection"]["error"], done["value"]) == ("SOURCE_REFUSED", None)


def away(graph: FakeGraphFiles, file: Item) -> None:
    graph.fault = lambda _: refusal(503, "serviceUnavailable", **{"Retry-After": "60"})


def slow(graph: FakeGraphFiles, file: Item) -> None:
    graph.fault = lambda _: Reply(200, {}, delay=1.3)


def changed(graph: FakeGraphFiles, file: Item) -> None:
    file.content = workbook(("Jan", 40), columns=("month", "turnover"))


def grown(graph: FakeGraphFiles, file: Item) -> None:
    file.content = workbook(*(("Jan", number) for number in range(2_000)))


@pytest.mark.parametrize(
    ("become", "error"),
    [(away, "SOURCE_AWAY"), (slow, "SOURCE_SLOW"), (changed, "COLUMNS_CHANGED"), (grown, "TOO_LARGE")],
)
async def test_whatever_becomes_of_a_source_it_ends_as_its_fallback_says(
    service: Service, graph: FakeGraphFiles, file: Item, become: Any, error: str
) -> None:
    """Flagged, journalled, and nothing else waits for it."""
    okr = await make_okr(service)
    connector = await connect(okr, graph, fallback="LAST_GOOD", max_age_seconds=3600)
    await okr.set(connector={"binding_id": connector.rpartition("/")[2], "column": "revenue", "row": 1})
    await refresh(okr, connector)
    become(graph, file)
    asked = asyncio.create_task(refresh(okr, connector))
    await asyncio.sleep(0.05)
    # Others are answered meanwhile, and the value is there.
    assert (await okr.place.owner.get(f"{connector}/value")).status_code == 200
    assert error != "SOURCE_SLOW" or not asked.done()
    done = await asked
    assert (done["selection"]["error"], done["selection"]["fallback"]) == (error, "LAST_GOOD")
    assert (done["value"]["rows"][0], done["value"]["is_stale"]) == (["Jan", "40"], True)
    feed, shown = await okr.feed(), await okr.shown()
    assert (feed["status"], feed["error"], feed["fallback"]) == ("FALLBACK", error, "LAST_GOOD")
    assert feed["selection_id"] == done["selection"]["id"]
    assert (shown["value"], shown["feed"]["status"]) == ("40", "FALLBACK")
    assert len(await okr.check_ins()) == 1
    service.clock.advance(seconds=3500)
    okr.place.owner.access_token = service.access_token(okr.place.owner.user_id, okr.place.owner.name)
    service.clock.advance(seconds=200)
    assert (await okr.place.owner.validate()).status_code == 200
    graph.fault = lambda _: refusal(403, "accessDenied")
    done = await refresh(okr, connector)
    assert (done["selection"]["fallback"], done["value"]) == (None, None)
    feed, shown = await okr.feed(), await okr.shown()
    assert (feed["status"], feed["error"], shown["value"]) == ("FAILED", "SOURCE_REFUSED", "40")


class AsWhom:
    """A source whose one row says as whom it was asked."""

    kind, needs_secret = "graph_excel", False

    def check(self, config: Mapping[str, Any]) -> dict[str, Any]:
        return dict(config)

    def target(self, config: Mapping[str, Any]) -> str:
        return ""

    def asked(self, config: Mapping[str, Any]) -> str:
        return str(config["range"])

    async def fetch(self, question: Question) -> Table:
        return Table(("as",), ((question.assertion,),), 0)

    async def aclose(self) -> None: ...


async def test_nobody_reads_with_the_eyes_of_who_refreshes(service: Service, graph: FakeGraphFiles) -> None:
    """A file is read on behalf of whoever chose it, when they are there, and of no other ADMIN."""
    okr = await make_okr(service)
    owner, bob = okr.place.owner, await service.person("bob")
    await owner.add(okr.place.workspace_id, bob, "ADMIN")
    asker = service.edge.parts.connectors
    asker.sources = {**asker.sources, "graph_excel": AsWhom()}
    body = {"name": "Sales", "kind": "graph_excel", "config": {"range": "A1"}}
    made = await owner.post(f"{okr.place.path}/connectors", body)
    path = f"{okr.place.path}/connectors/{made.json()['id']}"

    async def seen(person: Person, act: str) -> list[list[Any]]:
        rows: list[list[Any]] = (await person.post(f"{path}/{act}")).json()["value"]["rows"]
        return rows

    assert await seen(owner, "refresh") == [[owner.access_token]]
    assert await seen(bob, "refresh") == [[None]]
    assert (await bob.patch(path, {"name": "Turnover"})).status_code == 200
    assert await seen(bob, "refresh") == [[None]]
    assert (await bob.patch(path, {"config": {"range": "A2"}})).status_code == 200
    assert (await seen(bob, "refresh"), await seen(owner, "refresh")) == ([[bob.access_token]], [[None]])


async def test_whatever_a_source_does_is_written_down(service: Service) -> None:
    okr = await make_okr(service)

    class Broken(AsWhom):
        async def fetch(self, question: Question) -> Table:
            raise ArithmeticError("what it sent is for no log")

    asker = service.edge.parts.connectors
    asker.sources = {**asker.sources, "graph_excel": Broken()}
    body = {"name": "Sales", "kind": "graph_excel", "config": {"range": "A1"}}
    made = await okr.place.owner.post(f"{okr.place.path}/connectors", body)
    path = f"{okr.place.path}/connectors/{made.json()['id']}"
    selection = (await refresh(okr, path))["selection"]
    assert (selection["outcome"], selection["error"]) == ("FAILED", "SOURCE_BROKEN")
    assert len((await okr.place.owner.get(f"{path}/selections")).json()["items"]) == 1
