"""Links over HTTP, with a real upstream behind them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.http.edge import Edge
from app.services.link_checker import LinkChecker
from tests.databases import TestDatabase
from tests.harness import Clock, Person, Service, code, make_settings, running
from tests.integrations.upstreams import (
    EMAIL,
    PAT,
    TOKEN,
    FakeAdo,
    FakeGraph,
    FakeJira,
    FakeJiraDataCenter,
    FakeSnow,
    Reply,
    ado_items,
    graph_items,
    jira_items,
    snow_items,
)  # fmt: skip


@pytest.fixture
def jira() -> Iterator[FakeJira]:
    with FakeJira(jira_items(130)) as server:
        yield server


@pytest.fixture
async def service(database: TestDatabase, key_file: Path, jira: FakeJira) -> AsyncIterator[Service]:
    settings = make_settings(
        database,
        key_file,
        jira_base_url=jira.url,
        jira_user_email=EMAIL,
        jira_api_token=TOKEN,
        integration_deadline_seconds=3,
    )
    async with running(settings, Clock()) as service:
        yield service


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


@pytest.fixture
async def path(ada: Person) -> str:
    return f"/workspaces/{(await ada.create_workspace())['id']}"


async def link(ada: Person, path: str, external_id: str = "10003", **more: Any) -> dict[str, Any]:
    response = await ada.post(f"{path}/links/jira", {"external_id": external_id, **more})
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


async def actions(ada: Person, path: str) -> list[str]:
    entries = (await ada.get(f"{path}/audit")).json()["items"]
    return [entry["action"] for entry in reversed(entries)]


async def test_every_provider_lists_and_gets(database: TestDatabase, key_file: Path, jira: FakeJira) -> None:
    with FakeAdo(ado_items(8)) as ado, FakeSnow(snow_items(8)) as snow, FakeGraph(graph_items(8)) as graph:
        settings = make_settings(
            database, key_file,
            jira_base_url=jira.url, jira_user_email=EMAIL, jira_api_token=TOKEN,
            ado_org_url=f"{ado.url}/org", ado_pat_token=PAT,
            snow_base_url=snow.url, snow_api_token=TOKEN,
            sharepoint_base_url=graph.url, sharepoint_access_token=TOKEN,
        )  # fmt: skip
        async with running(settings) as service:
            ada = await service.person("ada")
            path = f"/workspaces/{(await ada.create_workspace())['id']}"
            for listing, provider in (
                ("/integrations/jira/projects", "jira"),
                ("/integrations/ado/projects", "ado"),
                ("/integrations/snow/spaces", "snow"),
                ("/integrations/sharepoint/sites", "sharepoint"),
            ):
                found = (await ada.get(listing, limit=5)).json()
                assert [item["name"] for item in found["items"]] == [f"Project {n:04}" for n in range(5)]
                item = (await ada.get(f"{listing}/{found['items'][1]['id']}")).json()
                assert item == found["items"][1]
                assert item["provider"] == provider
                made = await ada.post(f"{path}/links/{provider}", {"external_id": item["id"]})
                assert made.status_code == 201, made.text
                assert (made.json()["display_name"], made.json()["status"]) == ("Project 0001", "OK")
                assert code(await ada.get(f"{listing}/nowhere")) == (404, "EXTERNAL_ITEM_NOT_FOUND")
            listed = (await ada.get(f"{path}/links")).json()["items"]
            assert {each["provider"] for each in listed} == {"jira", "ado", "snow", "sharepoint"}


async def test_jira_data_center_from_the_settings_to_a_check(database: TestDatabase, key_file: Path) -> None:
    with FakeJiraDataCenter(jira_items(130)) as server:
        settings = make_settings(database, key_file, jira_base_url=server.url, jira_api_token=TOKEN)
        async with running(settings) as service:
            ada = await service.person("ada")
            path = f"/workspaces/{(await ada.create_workspace())['id']}"
            found, cursor = list[str](), None
            while True:
                page = await ada.get(
                    "/integrations/jira/projects", limit=100, **({"cursor": cursor} if cursor else {})
                )
                found += [each["key"] for each in page.json()["items"]]
                cursor = page.json()["next_cursor"]
                if cursor is None:
                    break
            assert found == [f"P{number:04}" for number in range(130)]
            made = await link(ada, path, "P0003")
            assert (made["external_id"], made["status"]) == ("10003", "OK")
            assert made["url"] == f"{server.url}/browse/P0003"
            server.fault = lambda asked: Reply(401, {}) if asked.path.endswith("/myself") else Reply(404, {})
            checked = await ada.post(f"{path}/links/{made['id']}/check")
            assert (checked.json()["status"], checked.json()["last_reason"]) == ("DEGRADED", "unauthorized")


async def test_ids_as_people_and_attackers_write_them(database: TestDatabase, key_file: Path) -> None:
    with FakeAdo(ado_items(2)) as server:
        server.items[1]["name"] = "Größe & Umfang"
        settings = make_settings(database, key_file, ado_org_url=f"{server.url}/org", ado_pat_token=PAT)
        async with running(settings) as service:
            ada = await service.person("ada")
            path = f"/workspaces/{(await ada.create_workspace())['id']}"
            got = await ada.get("/integrations/ado/projects/Gr%C3%B6%C3%9Fe%20%26%20Umfang")
            assert (got.status_code, got.json()["id"]) == (200, server.items[1]["id"])
            made = await ada.post(f"{path}/links/ado", {"external_id": "Größe & Umfang"})
            assert (made.status_code, made.json()["external_id"]) == (201, server.items[1]["id"])
            for hostile in ("%2e%2e", "%2E", "%252e%252e", "..%00", "a%0ab"):
                answer = await ada.get(f"/integrations/ado/projects/{hostile}")
                assert answer.status_code in (404, 422), hostile
            assert all(asked.path.startswith("/org/_apis/projects") for asked in server.asked)


async def test_a_list_is_paged_and_searched_with_a_cursor_of_its_own(ada: Person, path: str) -> None:
    first = (await ada.get("/integrations/jira/projects", limit=100)).json()
    assert len(first["items"]) == 100
    second = (await ada.get("/integrations/jira/projects", limit=100, cursor=first["next_cursor"])).json()
    assert (len(second["items"]), second["next_cursor"]) == (30, None)
    found = (await ada.get("/integrations/jira/projects", search="0042")).json()["items"]
    assert [item["key"] for item in found] == ["P0042"]
    other = await ada.get("/integrations/jira/projects", search="0042", cursor=first["next_cursor"])
    assert code(other) == (400, "INVALID_CURSOR")


async def test_what_is_not_set_up_says_so(ada: Person, path: str) -> None:
    response = await ada.get("/integrations/ado/projects")
    assert code(response) == (502, "INTEGRATION_FAILURE")
    assert response.json()["details"] == {"provider": "ado", "reason": "not_configured"}
    assert code(await ada.post(f"{path}/links/ado", {"external_id": "x"})) == (502, "INTEGRATION_FAILURE")
    made = await ada.post(f"{path}/links/ado", {"external_id": "x", "verify": False})
    assert (made.status_code, made.json()["status"], made.json()["display_name"]) == (201, "UNKNOWN", None)


async def test_a_rate_limit_is_passed_on(ada: Person, path: str, jira: FakeJira) -> None:
    jira.fault = lambda asked: Reply(429, {"secret": TOKEN}, {"Retry-After": "77"})
    response = await ada.get("/integrations/jira/projects")
    assert code(response) == (502, "INTEGRATION_FAILURE")
    assert response.json()["details"]["reason"] == "rate_limited"
    assert response.headers["retry-after"] == "77"
    assert TOKEN not in response.text


async def test_a_link_by_key_and_by_id_is_one(ada: Person, path: str) -> None:
    made = await link(ada, path, "P0003", config={"board": 7})
    assert (made["external_id"], made["display_name"], made["config"]) == (
        "10003",
        "Project 0003",
        {"board": 7},
    )
    assert made["url"].endswith("/browse/P0003")


@pytest.mark.needs_sql_server("an error names the index as it was declared, whatever its length")
async def test_an_item_is_linked_once(ada: Person, path: str) -> None:
    made = await link(ada, path, "P0003")
    for external_id in ("P0003", "10003"):
        again = await ada.post(f"{path}/links/jira", {"external_id": external_id})
        assert code(again) == (409, "LINK_EXISTS")
    assert (await ada.delete(f"{path}/links/{made['id']}")).status_code == 204
    assert (await link(ada, path, "10003"))["id"] != made["id"]
    other = f"/workspaces/{(await ada.create_workspace('Other'))['id']}"
    await link(ada, other, "10003")


@pytest.mark.needs_sql_server("an error names the index as it was declared, whatever its length")
async def test_of_many_that_link_at_once_one_does(ada: Person, path: str) -> None:
    body = {"external_id": "10003"}
    answers = await asyncio.gather(*(ada.post(f"{path}/links/jira", body) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert (await actions(ada, path)).count("link.added") == 1


async def test_a_target_that_is_not_there_is_not_linked(ada: Person, path: str, service: Service) -> None:
    assert code(await ada.post(f"{path}/links/jira", {"external_id": "P9999"})) == (
        404,
        "EXTERNAL_ITEM_NOT_FOUND",
    )
    assert service.rows("SELECT COUNT(*) FROM WorkspaceExternalLink") == [(0,)]
    await link(ada, path, "P9999", verify=False)


async def test_whoever_may_not_link_makes_no_call(
    service: Service, ada: Person, path: str, jira: FakeJira
) -> None:
    bob = await service.person("bob")
    await ada.add(path.rpartition("/")[2], bob, "MEMBER")
    assert code(await bob.post(f"{path}/links/jira", {"external_id": "10003"})) == (
        403,
        "USER_NOT_AUTHORIZED",
    )
    assert code(await bob.get("/integrations/jira/projects")) == (403, "USER_NOT_AUTHORIZED")
    assert jira.asked == []


@pytest.mark.parametrize(
    "body",
    [
        {}, {"external_id": ""}, {"external_id": "  "}, {"external_id": "a\nb"}, {"external_id": "x" * 256},
        {"external_id": "x", "config": []}, {"external_id": "x", "config": {"a": "b" * 20_000}},
        {"external_id": "x", "display_name": "\t"}, {"external_id": "x", "verify": "perhaps"},
    ],
)  # fmt: skip
async def test_what_does_not_fit_is_refused(ada: Person, path: str, body: dict[str, Any]) -> None:
    assert code(await ada.post(f"{path}/links/jira", body)) == (422, "VALIDATION_FAILED")


async def test_links_are_listed_by_name_and_change_in_part(ada: Person, path: str) -> None:
    for number in (5, 3, 4):
        await link(ada, path, f"1000{number}")
    listed = (await ada.get(f"{path}/links")).json()["items"]
    assert [each["display_name"] for each in listed] == ["Project 0003", "Project 0004", "Project 0005"]
    assert (await ada.get(f"{path}/links", provider="snow")).json()["items"] == []
    assert len((await ada.get(f"{path}/links", provider="jira")).json()["items"]) == 3

    one = f"{path}/links/{listed[0]['id']}"
    changed = (await ada.patch(one, {"display_name": "Zeta", "config": {"a": [1, None, "ü"]}})).json()
    assert (changed["display_name"], changed["config"], changed["version"]) == (
        "Zeta",
        {"a": [1, None, "ü"]},
        2,
    )
    assert (await ada.patch(one, {"config": {"a": [1, None, "ü"]}})).json()["version"] == 2
    emptied = (await ada.patch(one, {"config": None})).json()
    assert (emptied["config"], emptied["display_name"]) == (None, "Zeta")
    assert [each["display_name"] for each in (await ada.get(f"{path}/links")).json()["items"]][-1] == "Zeta"

    assert (await ada.delete(one)).status_code == 204
    for response in (await ada.post(f"{one}/check"), await ada.get(f"{one}/history")):
        assert code(response) == (404, "LINK_NOT_FOUND")
    assert (await ada.get(f"{path}/audit/verify")).json()["valid"] is True


async def test_health_goes_down_and_up_again_with_its_history(
    service: Service, ada: Person, path: str, jira: FakeJira
) -> None:
    made = await link(ada, path)
    one = f"{path}/links/{made['id']}"

    async def check() -> tuple[str, int, str | None]:
        service.clock.advance(minutes=1)
        response = await ada.post(f"{one}/check")
        assert response.status_code == 200, response.text
        return response.json()["status"], response.json()["failures"], response.json()["last_reason"]

    assert await check() == ("OK", 0, None)
    good = (await ada.get(one)).json()["last_ok_at"]
    jira.fault = lambda asked: Reply(401, {})
    assert [await check() for _ in range(4)] == [
        ("DEGRADED", 1, "unauthorized"), ("DEGRADED", 2, "unauthorized"),
        ("BROKEN", 3, "unauthorized"), ("BROKEN", 4, "unauthorized"),
    ]  # fmt: skip
    now = (await ada.get(one)).json()
    assert now["last_ok_at"] == good
    assert now["last_checked_at"] > good
    jira.fault = lambda asked: Reply(404, {}) if "/project/" in asked.path else None
    assert await check() == ("ORPHANED", 5, "missing")
    jira.fault = None
    assert await check() == ("OK", 0, None)

    first = (await ada.get(f"{one}/history", limit=4)).json()
    second = (await ada.get(f"{one}/history", limit=4, cursor=first["next_cursor"])).json()
    checks = first["items"] + second["items"]
    assert [each["seq"] for each in checks] == [7, 6, 5, 4, 3, 2, 1]
    assert [each["status"] for each in checks] == [
        "OK", "ORPHANED", "BROKEN", "BROKEN", "DEGRADED", "DEGRADED", "OK",
    ]  # fmt: skip
    # Four changes of health, in seven checks.
    assert (await actions(ada, path)).count("link.health_changed") == 4
    assert (await ada.get(one)).json()["version"] == 1


async def test_checks_at_once_are_counted_one_by_one(ada: Person, path: str) -> None:
    one = f"{path}/links/{(await link(ada, path))['id']}"
    answers = await asyncio.gather(*(ada.post(f"{one}/check") for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    history = (await ada.get(f"{one}/history")).json()["items"]
    assert [each["seq"] for each in history] == list(range(10, 0, -1))
    # On SQLite the one writer hides a lock that nobody takes; on SQL Server nothing would.
    taken = ada.service.edge.parts.metrics.text().decode()
    assert 'pma_db_query_duration_seconds_count{query="lock_link"} 10.0' in taken


async def test_the_history_keeps_a_hundred(service: Service, ada: Person, path: str, jira: FakeJira) -> None:
    made = await link(ada, path)
    service.tamper("UPDATE WorkspaceExternalLink SET checks = 150")
    values = ", ".join(f"('{made['workspace_id']}', '{made['id']}', {n}, '2026-01-01T00:00:00.000000', 'OK')"
                       for n in range(40, 151))  # fmt: skip
    service.tamper(f"INSERT INTO LinkCheck (workspace_id, link_id, seq, checked_at, status) VALUES {values}")
    assert (await ada.post(f"{path}/links/{made['id']}/check")).status_code == 200
    assert service.rows("SELECT MIN(seq), MAX(seq), COUNT(*) FROM LinkCheck") == [(52, 151, 100)]


def checker(service: Service, minutes: int = 60) -> LinkChecker:
    edge: Edge = service.app.state.edge
    return LinkChecker(
        database=edge.parts.database,
        tools=edge.tools,
        providers=edge.parts.providers,
        credentials=edge.parts.credentials,
        interval=timedelta(minutes=minutes),
    )


async def test_the_schedule_looks_at_each_link_once_in_its_time(
    service: Service, ada: Person, path: str, jira: FakeJira
) -> None:
    made = [await link(ada, path, f"{10_000 + number}") for number in range(45)]
    gone = made.pop()
    assert (await ada.delete(f"{path}/links/{gone['id']}")).status_code == 204
    service.clock.advance(minutes=1)
    assert await checker(service).check_due() == 44
    assert await checker(service).check_due() == 0
    service.clock.advance(minutes=61)
    jira.fault = lambda asked: Reply(404, {}) if asked.path.endswith("/10003") else None
    assert await checker(service).check_due() == 44
    await ada.validate()
    orphaned = (await ada.get(f"{path}/links/{made[3]['id']}")).json()
    assert (orphaned["status"], orphaned["last_reason"]) == ("ORPHANED", "missing")
    newest = (await ada.get(f"{path}/audit")).json()["items"][0]
    assert (newest["action"], newest["actor_id"], newest["auth_method"]) == (
        "link.health_changed", "service:link-checker", "service",
    )  # fmt: skip
    assert newest["target_id"] == made[3]["id"]
    assert (await ada.get(f"{path}/audit/verify")).json()["valid"] is True
    assert service.rows("SELECT COUNT(*) FROM LinkCheck") == [(88,)]


async def test_links_that_were_put_off_for_decades_are_looked_at_in_their_time(
    service: Service, ada: Person, path: str
) -> None:
    """The clock visits another year, and the schedule runs there."""
    for number in range(45):
        await link(ada, path, f"{10_000 + number}")
    service.clock.jump(days=27_000)
    assert await checker(service).check_due() == 45
    service.clock.jump(days=-27_000)
    assert await checker(service).check_due() == 45
    assert await checker(service).check_due() == 0
    service.clock.advance(minutes=61)
    assert await checker(service).check_due() == 45


async def test_schedules_of_several_processes_share_the_work(
    service: Service, ada: Person, path: str
) -> None:
    for number in range(40):
        await link(ada, path, f"{10_000 + number}")
    service.clock.advance(minutes=1)
    shares = await asyncio.gather(*(checker(service).check_due() for _ in range(4)))
    assert sum(shares) == 40
    assert service.rows("SELECT MAX(checks), MIN(checks) FROM WorkspaceExternalLink") == [(1, 1)]


async def test_a_provider_that_is_not_set_up_says_nothing_of_a_link(
    service: Service, ada: Person, path: str
) -> None:
    await ada.post(f"{path}/links/ado", {"external_id": "x", "verify": False})
    service.clock.advance(minutes=1)
    assert await checker(service).check_due() == 1
    assert service.rows("SELECT status, checks FROM WorkspaceExternalLink") == [("UNKNOWN", 0)]


async def test_the_schedule_runs_with_the_application(
    database: TestDatabase, key_file: Path, jira: FakeJira
) -> None:
    values = {"jira_base_url": jira.url, "jira_user_email": EMAIL, "jira_api_token": TOKEN}
    settings = make_settings(database, key_file, **values)
    async with running(settings) as service:
        ada = await service.person("ada")
        path = f"/workspaces/{(await ada.create_workspace())['id']}"
        await link(ada, path, verify=False)
    async with running(
        make_settings(database, key_file, link_check_interval_minutes=60, **values)
    ) as service:
        for _ in range(200):
            if service.rows("SELECT status FROM WorkspaceExternalLink") == [("OK",)]:
                break
            await asyncio.sleep(0.02)
    assert service.rows("SELECT status, checks FROM WorkspaceExternalLink") == [("OK", 1)]
