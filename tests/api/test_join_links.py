"""Links to join a workspace by: how many may, for how long, and who answers for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.databases import TestDatabase, look, tables
from tests.harness import Clock, Person, Service, code, make_settings, running
from tests.http_client import httpx
from tests.keyserver import TENANT


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


@pytest.fixture
async def place(ada: Person) -> str:
    return f"/workspaces/{(await ada.create_workspace())['id']}"


async def link(by: Person, place: str, usage_limit: int = 10, **more: Any) -> dict[str, Any]:
    answer = await by.post(f"{place}/join-links", {"usage_limit": usage_limit, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def join(who: Person, made: dict[str, Any]) -> httpx.Response:
    return await who.post("/join", {"code": made["code"]})


async def test_so_many_join_as_the_link_says(service: Service, ada: Person, place: str) -> None:
    made = await link(ada, place, 2, role="VIEWER")
    assert (made["role"], made["usage_limit"], made["usage_count"]) == ("VIEWER", 2, 0)
    people = [await service.person(name) for name in ("bob", "cat", "dan")]
    answers = [await join(person, made) for person in people]
    assert [answer.status_code for answer in answers] == [200, 200, 409]
    assert code(answers[2]) == (409, "JOIN_LINK_ENDED")
    assert answers[0].json()["role"] == (await people[0].get(place)).json()["role"] == "VIEWER"
    (listed,) = (await ada.get(f"{place}/join-links")).json()["items"]
    assert (listed["usage_count"], "code" in listed) == (2, False)
    entries = (await ada.get(f"{place}/audit", action="member.added")).json()["items"]
    assert [entry["details"]["join_link_id"] for entry in entries] == [made["id"]] * 2
    assert service.rows("SELECT DISTINCT source FROM WorkspaceMember WHERE role = 'VIEWER'") == [
        ("invitation",)
    ]


async def test_whoever_is_a_member_takes_no_use(service: Service, ada: Person, place: str) -> None:
    made = await link(ada, place, 1)
    assert code(await join(ada, made)) == (409, "MEMBER_EXISTS")
    bob = await service.person("bob")
    assert (await join(bob, made)).status_code == 200
    assert code(await join(bob, made)) == (409, "MEMBER_EXISTS")


async def test_its_code_is_told_once_and_kept_nowhere(service: Service, ada: Person, place: str) -> None:
    headers = ada.headers() | {"Idempotency-Key": "once"}
    body = {"usage_limit": 1}
    first = await service.client.post(f"{place}/join-links", headers=headers, json=body)
    again = await service.client.post(f"{place}/join-links", headers=headers, json=body)
    assert (again.json()["code"], again.json()["id"]) == (None, first.json()["id"])
    every = [(f"SELECT * FROM {name}", ()) for name in tables(service.settings)]
    assert first.json()["code"] not in repr(look(service.settings, every))
    bob = await service.person("bob")
    for wrong in ("x", first.json()["id"], first.json()["code"][:-1]):
        assert code(await bob.post("/join", {"code": wrong})) == (404, "JOIN_LINK_NOT_FOUND")


async def test_what_has_ended_lets_nobody_in(service: Service, ada: Person, place: str) -> None:
    short, removed = await link(ada, place, days=1), await link(ada, place)
    bob = await service.person("bob")
    path = f"{place}/join-links/{removed['id']}"
    assert (await ada.delete(path)).status_code == 204
    assert code(await ada.delete(path)) == (404, "JOIN_LINK_NOT_FOUND")
    assert code(await join(bob, removed)) == (404, "JOIN_LINK_NOT_FOUND")
    assert (await ada.post(f"{place}/suspend", {})).status_code == 200
    assert code(await join(bob, short)) == (409, "WORKSPACE_SUSPENDED")
    await ada.post(f"{place}/activate", {})
    service.clock.advance(days=1)
    service.people.clear()
    bob = await service.person("bob")
    assert code(await join(bob, short)) == (409, "JOIN_LINK_ENDED")
    ada = await service.person("ada")
    late = await link(ada, place)
    await ada.delete(place)
    assert code(await join(bob, late)) == (404, "JOIN_LINK_NOT_FOUND")


async def test_it_is_good_while_its_maker_may_let_people_in(
    service: Service, ada: Person, place: str
) -> None:
    cat, bob = await service.person("cat"), await service.person("bob")
    member = await ada.add(place.rpartition("/")[2], cat, "ADMIN")
    made = await link(cat, place)
    assert (await ada.delete(f"{place}/members/{member['id']}")).status_code == 204
    assert code(await join(bob, made)) == (409, "INVITER_MAY_NOT")
    (listed,) = (await ada.get(f"{place}/join-links")).json()["items"]
    assert listed["usage_count"] == 0


@pytest.mark.parametrize(
    "body",
    [
        {"usage_limit": 0},
        {"usage_limit": 10_001},
        {"usage_limit": 1, "role": "ADMIN"},
        {"usage_limit": 1, "days": 0},
        {"usage_limit": 1, "days": 366},
        {"role": "VIEWER"},
    ],
)
async def test_bounds(ada: Person, place: str, body: dict[str, Any]) -> None:
    assert code(await ada.post(f"{place}/join-links", body)) == (422, "VALIDATION_FAILED")


async def test_people_of_other_tenants_need_more_than_a_link(database: TestDatabase, key_file: Path) -> None:
    more = {"azure_tenant_id": TENANT, "azure_client_id": "c", "invitation_tenants": [TENANT]}
    async with running(make_settings(database, key_file, **more)) as service:
        ada, bob = await service.person("ada"), await service.person("bob")
        place = f"/workspaces/{(await ada.create_workspace())['id']}"
        made = await link(ada, place)
        refused = await join(bob, made)
        assert code(refused) == (403, "USER_NOT_AUTHORIZED")
        assert refused.json()["details"] == {"required": "INVITATION_TENANTS"}
        assert code(await bob.get(place)) == (403, "USER_NOT_AUTHORIZED")


async def test_the_newest_come_first(service: Service, ada: Person, place: str) -> None:
    made = []
    for _ in range(5):
        service.clock.advance(seconds=1)
        made.append((await link(ada, place))["id"])
    seen: list[str] = []
    more: dict[str, Any] = {}
    while more.get("cursor", "") is not None:
        page = (await ada.get(f"{place}/join-links", limit=2, **more)).json()
        seen += [each["id"] for each in page["items"]]
        more = {"cursor": page["next_cursor"]}
    assert seen == made[::-1]


@pytest.fixture
async def twins(database: TestDatabase, key_file: Path) -> AsyncIterator[tuple[Service, Service]]:
    settings, clock = make_settings(database, key_file), Clock()
    async with running(settings, clock) as first, running(settings, clock) as second:
        yield first, second


async def test_the_last_use_taken_by_fifty_at_once_goes_to_one(twins: tuple[Service, Service]) -> None:
    ada = await twins[0].person("ada")
    place = f"/workspaces/{(await ada.create_workspace())['id']}"
    made = await link(ada, place, 1)
    people = [await twins[number % 2].person(f"person {number}") for number in range(50)]
    answers = await asyncio.gather(*(join(person, made) for person in people))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 49
    assert {code(answer)[1] for answer in answers if answer.status_code == 409} == {"JOIN_LINK_ENDED"}
    assert twins[0].rows("SELECT usage_count FROM JoinLink") == [(1,)]
    assert twins[0].rows("SELECT COUNT(*) FROM WorkspaceMember") == [(2,)]
