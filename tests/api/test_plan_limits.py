"""The requests a minute of an organisation's plan: so many of all its people together, and nobody else's."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from pathlib import Path

import pytest

from app.kernel import usage
from tests import sockets
from tests.api.test_changes import following
from tests.api.test_statement_counts import counted
from tests.api.test_usage import limit, organization, workspace_of
from tests.databases import TestDatabase
from tests.harness import (
    Clock,
    Person,
    Service,
    add_org_member,
    code,
    make_settings,
    running,
    serving,
)
from tests.http_client import httpx
from tests.redis_server import RedisServer

pytestmark = pytest.mark.passwords("cheapest")


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


def left(answer: httpx.Response) -> int | None:
    """Of the organisation's requests, by the header; None where no limit is told."""
    match = re.search(r'"organization";r=(\d+);t=(\d+)', answer.headers.get("ratelimit", ""))
    return int(match[1]) if match else None


async def move(service: Service, workspace_id: str, source: str, target: str | None) -> None:
    """As if all sides had agreed."""
    async with service.edge.parts.database.write() as tx:
        await usage.free_workspace(tx, source, workspace_id)
    async with service.edge.parts.database.write() as tx:
        values = {"workspace_id": workspace_id, "org_id": target, "now": service.clock()}
        await tx.execute(tx.registry["move_workspace"], values)
        await usage.take_workspace(tx, target, workspace_id)


async def test_so_many_are_let_in_and_one_more_when_the_minute_is_over(service: Service, ada: Person) -> None:
    org = await organization(service, ada)
    workspace = await workspace_of(service, ada, org)
    await limit(service, org, max_requests_per_minute=3)
    bob = await service.person("bob")
    await add_org_member(service, org, bob, "MEMBER")
    asked = [
        (ada, f"/workspaces/{workspace}"),
        (ada, f"/organizations/{org}"),
        (bob, f"/organizations/{org}"),
    ]
    for number, (person, path) in enumerate(asked, 1):
        answer = await person.get(path)
        assert (answer.status_code, left(answer)) == (200, 3 - number)
        assert answer.headers["ratelimit-policy"] == '"organization";q=3;w=60'
    for person, path in asked:
        refused = await person.get(path)
        assert code(refused) == (429, "RATE_LIMITED")
        assert refused.json()["details"] == {"limit": "requests_per_minute", "max": 3}
        assert refused.headers["retry-after"] == "60"
        assert refused.headers["ratelimit"] == '"organization";r=0;t=60'
    service.clock.advance(seconds=59)
    assert (await ada.get(f"/workspaces/{workspace}")).headers["retry-after"] == "1"
    service.clock.advance(seconds=1)
    assert [left(await person.get(path)) for person, path in asked] == [2, 1, 0]
    assert code(await ada.get(f"/workspaces/{workspace}")) == (429, "RATE_LIMITED")


async def test_what_is_not_of_it_goes_on(service: Service, ada: Person) -> None:
    full = await organization(service, ada, max_requests_per_minute=1)
    other = await organization(service, ada, max_requests_per_minute=9)
    free = await organization(service, ada)
    for org in (full, full):
        last = await ada.get(f"/organizations/{org}")
    assert last.status_code == 429
    own = (await ada.create_workspace())["id"]
    for path in (f"/workspaces/{own}", "/workspaces", "/organizations", "/auth/me", f"/organizations/{free}"):
        for _ in range(3):
            answer = await ada.get(path)
            assert (answer.status_code, left(answer)) == (200, None), path
    assert [left(await ada.get(f"/organizations/{other}")) for _ in range(3)] == [8, 7, 6]


async def test_what_is_refused_changes_nothing(service: Service, ada: Person) -> None:
    org = await organization(service, ada)
    workspace = await workspace_of(service, ada, org)
    await limit(service, org, max_requests_per_minute=1)
    path = f"/workspaces/{workspace}"
    assert (await ada.patch(path, {"name": "One"})).status_code == 200
    for seconds in (0, 2):  # as remembered, and as the database says
        service.clock.advance(seconds=seconds)
        assert code(await ada.patch(path, {"name": "Two"})) == (429, "RATE_LIMITED")
        assert code(await ada.post(f"{path}/members", {"user_id": "x", "role": "VIEWER"}))[0] == 429
    service.clock.advance(minutes=1)
    assert (await ada.get(path)).json()["name"] == "One"


async def test_a_limit_that_changes_holds_for_the_minute_that_goes_on(service: Service, ada: Person) -> None:
    org = await organization(service, ada, max_requests_per_minute=3)
    path = f"/organizations/{org}"
    assert [left(await ada.get(path)) for _ in range(2)] == [2, 1]
    await limit(service, org, max_requests_per_minute=2)
    assert code(await ada.get(path)) == (429, "RATE_LIMITED")
    await limit(service, org, max_requests_per_minute=9)
    service.clock.advance(seconds=2)
    assert left(await ada.get(path)) == 5
    await limit(service, org, max_requests_per_minute=1)
    assert code(await ada.get(path)) == (429, "RATE_LIMITED")
    await limit(service, org)
    service.clock.advance(seconds=2)
    for _ in range(3):
        answer = await ada.get(path)
        assert (answer.status_code, left(answer)) == (200, None)


async def test_a_workspace_that_moves_counts_where_it_is(service: Service, ada: Person) -> None:
    one = await organization(service, ada)
    workspace = await workspace_of(service, ada, one)
    two = await organization(service, ada, max_requests_per_minute=9)
    await limit(service, one, max_requests_per_minute=5)
    path = f"/workspaces/{workspace}"
    assert [left(await ada.get(path)) for _ in range(2)] == [4, 3]
    await move(service, workspace, one, two)
    assert [left(await ada.get(path)) for _ in range(2)] == [8, 7]
    assert left(await ada.get(f"/organizations/{one}")) == 1, "the first to move with it was counted before"
    await move(service, workspace, two, None)
    assert [left(await ada.get(path)) for _ in range(3)] == [None] * 3
    assert left(await ada.get(f"/organizations/{two}")) == 5, "as above, the first alone was counted"


async def test_a_request_counts_for_whom_it_has_to_do_with_and_once(service: Service, ada: Person) -> None:
    org = await organization(service, ada)
    inside = await workspace_of(service, ada, org)
    outside = (await ada.create_workspace())["id"]
    await limit(service, org, max_requests_per_minute=9)
    asked = await ada.post(f"/workspaces/{outside}/moves", {"org_id": org})
    assert (asked.status_code, left(asked)) == (201, 8), asked.text
    assert left(await ada.get(f"/workspaces/{outside}")) is None
    body = {"workspace_id": inside, "direction": "out"}
    asked = await ada.post(f"/organizations/{org}/moves", body)
    assert (asked.status_code, left(asked)) == (201, 7), asked.text
    made = await ada.post(f"/organizations/{org}/workspaces", {"name": "Third"})
    assert (made.status_code, left(made)) == (201, 6)


async def test_a_stranger_takes_nothing_and_learns_nothing(service: Service, ada: Person) -> None:
    org = await organization(service, ada)
    workspace = await workspace_of(service, ada, org)
    member = (await ada.add(workspace, bob := await service.person("bob"), "VIEWER"))["id"]
    await limit(service, org, max_requests_per_minute=9)
    path, eve = f"/workspaces/{workspace}", await service.person("eve")
    assert left(await bob.get(path)) == 8
    assert left(await ada.delete(f"{path}/members/{member}")) == 7
    assert code(await bob.get(path)) == (403, "USER_NOT_AUTHORIZED")  # counted: it was not known yet
    for person in (bob, eve, bob, eve):
        answer = await person.get(path)
        assert (answer.status_code, left(answer)) == (403, None)
    assert left(await ada.get(path)) == 5


async def test_the_platform_is_not_locked_out(service: Service, ada: Person) -> None:
    org = await organization(service, ada, max_requests_per_minute=1)
    service.tamper(f"UPDATE UserAccount SET is_platform_admin = 1 WHERE id = '{ada.user_id}'")
    for _ in range(2):
        last = await ada.get(f"/organizations/{org}")
    assert last.status_code == 429
    limits = f"/platform/organizations/{org}/limits"
    assert (await ada.get(limits)).json()["requests_per_minute"] == 1
    assert (await ada.request("PUT", limits, json={"requests_per_minute": 7})).status_code == 200
    service.clock.advance(seconds=2)
    told = await ada.get(f"/organizations/{org}/usage")
    assert (told.json()["requests_per_minute"], left(told)) == (7, 4)
    assert (await ada.post(f"/platform/organizations/{org}/suspend", {"reason": "late"})).status_code == 200
    for wrong in (0, -1, 1.5, "many", 10**9 + 1):
        refused = await ada.request("PUT", limits, json={"requests_per_minute": wrong})
        assert code(refused) == (422, "VALIDATION_FAILED"), wrong
    sql = (
        "SELECT details FROM PlatformAuditLog WHERE action = 'organization.limits_set' AND scope_type = 'org'"
    )
    assert '"requests_per_minute":7' in service.rows(sql)[0][0]


async def test_uploads_and_exports_count_once(service: Service, ada: Person) -> None:
    org = await organization(service, ada)
    workspace = await workspace_of(service, ada, org)
    await limit(service, org, max_requests_per_minute=9)
    path = f"/workspaces/{workspace}"
    assert left(await ada.get(f"{path}/audit/export")) == 8
    file = {"file": ("a.txt", b"x", "text/plain")}
    assert left(await ada.request("POST", f"{path}/files", files=file)) == 7
    assert left(await ada.get(f"{path}/access-review", format="csv")) == 6
    key = ada.headers() | {"Idempotency-Key": "once"}
    body = {"external_id": "1", "verify": False}
    made = await service.client.post(f"{path}/links/jira", json=body, headers=key)
    assert (made.status_code, left(made)) == (201, 5)


async def test_a_stream_counts_once_and_goes_on(database: TestDatabase, key_file: Path) -> None:
    async with serving(make_settings(database, key_file, stream_poll_seconds=0.02)) as service:
        ada = await service.person("ada")
        org = await organization(service, ada)
        workspace = await workspace_of(service, ada, org)
        await limit(service, org, max_requests_per_minute=3)
        path = f"/workspaces/{workspace}"
        assert [left(await ada.get(path)) for _ in range(2)] == [2, 1]
        async with following(ada, path) as stream:
            await anext(stream)
            assert code(await ada.get(path)) == (429, "RATE_LIMITED")
            # It was the third in its minute, of which there may be two now.
            service.clock.advance(minutes=1)
            await limit(service, org, max_requests_per_minute=2)
            for name, rest in (("One", 1), ("Two", 0)):
                assert left(await ada.patch(path, {"name": name})) == rest
                assert (await anext(stream)).event == "workspace.updated"
            assert code(await ada.get(f"{path}/stream")) == (429, "RATE_LIMITED")
        service.clock.advance(minutes=1)
        async with sockets.following(ada, path) as socket:  # for which a ticket was one, too
            assert (await socket.next())["type"] == "ready"
            assert code(await ada.get(path)) == (429, "RATE_LIMITED")
            url, headers = sockets.address(ada, path), ada.headers()
            assert await sockets.refused(url, additional_headers=headers) == (429, "RATE_LIMITED")


async def test_both_limits_are_told(database: TestDatabase, key_file: Path) -> None:
    async with running(make_settings(database, key_file, rate_limit_read="5/hour")) as service:
        ada = await service.person("ada")
        org = await organization(service, ada, max_requests_per_minute=3)
        answer = await ada.get(f"/organizations/{org}")
        assert answer.headers["ratelimit-policy"] == '"read";q=5;w=3600, "organization";q=3;w=60'
        assert answer.headers["ratelimit"] == '"read";r=4;t=3600, "organization";r=2;t=60'
        statuses = [(await ada.get(f"/organizations/{org}")).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
        service.clock.advance(minutes=1)
        assert left(await ada.get(f"/organizations/{org}")) == 2
        refused = await ada.get(f"/organizations/{org}")
        assert refused.headers["ratelimit"] == '"read";r=0;t=3540'
        bob = await service.person("bob")
        await add_org_member(service, org, bob, "MEMBER")
        answer = await bob.get(f"/organizations/{org}")
        assert left(answer) == 1, "what her own limit refused is no request of the organisation"


async def test_a_limit_costs_one_query_once_and_a_refusal_none(service: Service, ada: Person) -> None:
    org = await organization(service, ada)
    workspace = await workspace_of(service, ada, org)
    await limit(service, org, max_requests_per_minute=3)
    found = []
    for _ in range(5):
        before = counted(service)
        await ada.get(f"/workspaces/{workspace}")
        found.append((counted(service) - before).total())
    assert found == [2, 1, 1, 0, 0]
    service.clock.advance(seconds=2)
    before = counted(service)
    assert (await ada.get(f"/workspaces/{workspace}")).status_code == 429
    assert counted(service) - before == {"read_access": 1}


async def test_exactly_so_many_get_in_when_many_ask_at_once(service: Service, ada: Person) -> None:
    org = await organization(service, ada)
    workspace = await workspace_of(service, ada, org)
    await limit(service, org, max_requests_per_minute=17)
    answers = await asyncio.gather(*(ada.get(f"/workspaces/{workspace}") for _ in range(50)))
    assert Counter(answer.status_code for answer in answers) == {200: 17, 429: 33}


async def test_processes_count_together_in_redis(
    database: TestDatabase, key_file: Path, redis_server: RedisServer
) -> None:
    settings = make_settings(database, key_file, rate_limit_redis_url=redis_server.url)
    clock = Clock()
    async with running(settings, clock) as first, running(settings, clock) as second:
        people = [await first.person("ada"), await second.person("ada")]
        org = await organization(first, people[0], max_requests_per_minute=17)
        other = await organization(first, people[0], max_requests_per_minute=17)
        answers: list[httpx.Response] = []
        for _ in range(5):
            answers += await asyncio.gather(*(people[n % 2].get(f"/organizations/{org}") for n in range(8)))
        assert Counter(answer.status_code for answer in answers) == {200: 17, 429: 23}
        assert left(await people[0].get(f"/organizations/{other}")) == 16
        await limit(first, org)  # what one process knows of it, the other need not be told
        clock.advance(seconds=2)
        assert [(await person.get(f"/organizations/{org}")).status_code for person in people] == [200, 200]
        redis_server.kill()
        assert left(await people[1].get(f"/organizations/{other}")) == 17, "nobody is refused meanwhile"
