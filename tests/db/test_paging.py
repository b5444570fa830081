"""Pages end by the text they hold as well as by their rows, and nothing is lost between two of them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from app.core.config import Settings
from app.db.backends import make_database
from app.db.connection import Database
from app.db.handles.links import insert_link, list_links
from app.db.handles.workspaces import insert_workspace
from app.db.migrations import ROOT as MIGRATIONS
from app.db.paging import PAGE_CHARACTERS, up_to_a_page
from app.db.statements import Kind
from tests.databases import TestDatabase, queries
from tests.db.test_driver_contract import NOW, account
from tests.harness import SIGNING_KEY, Person

WORKSPACE = "0199f3f0-7c5a-7b6e-9f1d-2c3b4a5d6e7f"
TEXT = '["' + "x" * (PAGE_CHARACTERS // 4 - 4) + '"]'


@pytest.fixture
async def filled(database: TestDatabase) -> AsyncIterator[Database]:
    """A workspace with ten links of a quarter of a page each."""
    opened = make_database(Settings(_env_file=None, pma_signing_keys=SIGNING_KEY, **dict(database.settings)))
    await opened.open()
    async with opened.write() as tx:
        await account(tx, "ada")
        insert_workspace(
            tx,
            workspace_id=WORKSPACE,
            org_id=None,
            name="w",
            description=None,
            created_by="ada",
            now=NOW,
            list_key="w",
        )
        for number in range(10):
            insert_link(
                tx,
                link_id=f"0199f3f0-7c5a-7b6e-9f1d-{number:012}",
                workspace_id=WORKSPACE,
                provider="jira",
                external_id=str(number),
                display_name=None,
                config=TEXT,
                linked_tid="t",
                linked_as_guest=False,
                linked_role="ADMIN",
                linked_by="ada",
                external_url=None,
                list_key=str(number),
                status="UNKNOWN",
                ok_at=None,
                now=NOW,
            )
    yield opened
    await opened.close()


async def test_a_page_ends_with_its_text(filled: Database) -> None:
    seen: list[list[str]] = []
    after = ""
    while True:
        async with filled.read() as tx:
            found = await list_links(
                tx, workspace_id=WORKSPACE, provider=None, after_key=after, page_size=101
            )
        rows, has_more = found.first(100)
        seen.append([row.external_id for row in rows])
        if not has_more:
            break
        after = rows[-1].external_id  # its key, here
    assert seen == [["0", "1", "2", "3"], ["4", "5", "6", "7"], ["8", "9"]]


async def test_rows_end_a_page_too(filled: Database) -> None:
    async with filled.write() as tx:
        found = await list_links(tx, workspace_id=WORKSPACE, provider=None, after_key="6", page_size=4)
        assert [row.external_id for row in found.first(3)[0]] == ["7", "8", "9"]
        assert found.first(3)[1] is False
        found = await list_links(tx, workspace_id=WORKSPACE, provider=None, after_key="5", page_size=4)
        assert found.first(3)[1] is True


async def test_no_more_is_read_than_the_page_needs(filled: Database) -> None:
    """One row past the page: it shows that there is one."""
    async with filled.read() as tx:
        statement = tx.registry["list_links"]
        values = {"workspace_id": WORKSPACE, "provider": None, "after_key": "", "page_size": 101}
        assert len(await tx.rows(statement, values)) == 5


async def test_a_page_that_was_cut_keeps_no_snapshot(filled: Database) -> None:
    """What is written after it is seen by the next statement on the same connection."""
    async with filled.read() as tx:
        await list_links(tx, workspace_id=WORKSPACE, provider=None, after_key="", page_size=101)
        async with filled.write() as writing:
            await account(writing, "bob")
        rows = await tx.rows(tx.registry["find_account"], {"account_id": "bob"})
    assert len(rows) == 1


def test_one_row_longer_than_a_page_is_a_page() -> None:
    taken = 0

    def rows() -> Iterator[tuple[Any, ...]]:
        nonlocal taken
        while True:
            taken += 1
            yield (None, "y" * (PAGE_CHARACTERS + 1))

    assert len(list(up_to_a_page(rows(), (0, 1)))) == 2
    assert taken == 2


def test_no_list_answers_long_text_but_in_pages() -> None:
    """A column that SQL Server holds as NVARCHAR(MAX) is LongText in every row of a list."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in (MIGRATIONS / "mssql").glob("*.sql"))
    long = set(re.findall(r"(?:^|\bADD)\s*(\w+)\s+NVARCHAR\(MAX\)", text, re.MULTILINE))
    assert {"description", "details", "config", "jws", "data"} <= long
    long.add("filter")  # what a saved filter's definition is called where it is shown
    long.add("answer")  # a kibibyte of each try
    for statement in queries("mssql"):
        if statement.kind in (Kind.MANY, Kind.PAGE):
            # What a webhook is for is a line.
            of_it = long - {"description"} if statement.name == "list_webhooks" else long
            named = {index for index, column in enumerate(statement.columns) if column.name in of_it}
            assert named == set(statement.long), statement.name


async def test_a_list_of_long_texts_goes_on_with_its_cursor(ada: Person) -> None:
    """The same over HTTP: shorter than ``limit``, and nothing is left out or told twice."""
    for number in range(40):
        await ada.create_workspace(f"w{number:02}", description="ü" * 10_000)
    names: list[str] = []
    cursor: dict[str, str] = {}
    pages = 0
    while True:
        page = (await ada.get("/workspaces", limit=200, **cursor)).json()
        names += [item["name"] for item in page["items"]]
        pages += 1
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert (pages, names) == (2, [f"w{number:02}" for number in range(40)])


@pytest.fixture
async def ada(service: Any) -> Person:
    person: Person = await service.person("ada")
    return person
