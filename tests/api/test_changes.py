"""Following a workspace: pages of events, and streams that are cut, resumed, and closed in time."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.core.permissions import Role
from tests.databases import TestDatabase
from tests.harness import Clock, Person, Service, code, make_settings, running, serving
from tests.http_client import httpx

CHANGES = int(os.environ.get("STREAM_CHANGES", "300"))
CUTS = int(os.environ.get("STREAM_CUTS", "30"))


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


async def changes(person: Person, path: str, after: int = 0, limit: int = 100) -> dict[str, Any]:
    response = await person.get(f"{path}/changes", after_seq=after, limit=limit)
    assert response.status_code == 200, response.text
    page: dict[str, Any] = response.json()
    return page


async def test_every_change_is_an_event_and_nothing_else_is(service: Service, ada: Person) -> None:
    workspace = await ada.create_workspace()
    path = f"/workspaces/{workspace['id']}"
    bob = await service.person("bob")
    member = await ada.add(workspace["id"], bob, "VIEWER")
    await ada.patch(path, {"name": "Other"})
    await ada.patch(path, {"name": "Other"})  # changes nothing
    assert code(await bob.patch(path, {"name": "Mine"}))[0] == 403  # audited, and no change
    link = (await ada.post(f"{path}/links/jira", {"external_id": "1", "verify": False})).json()
    file = (await ada.request("POST", f"{path}/files", files={"file": ("a.txt", b"x", "text/plain")})).json()
    await ada.delete(f"{path}/links/{link['id']}")
    page = await changes(ada, path)
    assert [(each["seq"], each["type"], each["object_id"]) for each in page["items"]] == [
        (1, "workspace.created", workspace["id"]),
        (2, "member.added", member["id"]),
        (3, "workspace.updated", workspace["id"]),
        (4, "link.added", link["id"]),
        (5, "file.uploaded", file["id"]),
        (6, "link.removed", link["id"]),
    ]
    assert {each["actor_id"] for each in page["items"]} == {ada.user_id}
    assert (page["last_seq"], page["has_more"]) == (6, False)
    assert (await ada.get(f"{path}/audit/verify")).json()["head_seq"] == 7


async def test_pages_join_without_gap_or_repeat(ada: Person) -> None:
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    for number in range(9):
        await ada.patch(path, {"name": f"N{number}"})
    seen: list[int] = []
    after = 0
    while True:
        page = await changes(ada, path, after, 4)
        seen += [each["seq"] for each in page["items"]]
        after = page["last_seq"]
        if not page["has_more"]:
            break
    assert seen == list(range(1, 11))
    assert await changes(ada, path, after) == {"items": [], "last_seq": 10, "has_more": False}


async def test_what_only_an_admin_may_see_is_told_to_no_other(service: Service, ada: Person) -> None:
    workspace = await ada.create_workspace()
    path, bob = f"/workspaces/{workspace['id']}", await service.person("bob")
    await ada.add(workspace["id"], bob, "MEMBER")
    connection = {"base_url": "https://example.atlassian.net", "secret": "s"}
    await ada.request("PUT", f"{path}/integration-connections/jira", json=connection)
    assert [each["type"] for each in (await changes(ada, path))["items"]][-1] == "connection.set"
    page = await changes(bob, path)
    assert [each["type"] for each in page["items"]] == ["workspace.created", "member.added"]
    assert page["last_seq"] == 3
    assert await changes(bob, path, 3) == {"items": [], "last_seq": 3, "has_more": False}


async def test_every_type_that_is_told_is_in_the_published_list(service: Service, ada: Person) -> None:
    types = {each["type"]: each for each in (await ada.get("/event-types")).json()["items"]}
    assert list(types) == sorted(types)
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    connection = {"base_url": "https://example.atlassian.net", "secret": "s"}
    await ada.request("PUT", f"{path}/integration-connections/jira", json=connection)
    ranks = dict(service.rows("SELECT type, minimum_rank FROM Event"))
    for each in (await changes(ada, path))["items"]:
        told = types[each["type"]]
        assert told["object_type"] == each["object_type"]
        assert ranks[each["type"]] == Role(told["minimum_role"]).rank


@pytest.mark.parametrize("after", ["-1", "x", "4611686018427387905"])
async def test_what_is_no_number(ada: Person, after: str) -> None:
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    assert code(await ada.get(f"{path}/changes", after_seq=after)) == (422, "VALIDATION_FAILED")


async def test_a_number_that_was_never_given(ada: Person) -> None:
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    for where in ("changes", "stream"):
        assert code(await ada.get(f"{path}/{where}", after_seq=2)) == (400, "INVALID_CURSOR")


async def test_numbers_have_no_gap_when_many_write_at_once(database: TestDatabase, key_file: Path) -> None:
    settings, clock = make_settings(database, key_file), Clock()
    async with running(settings, clock) as first, running(settings, clock) as second:
        ada = await first.person("ada")
        path = f"/workspaces/{(await ada.create_workspace())['id']}"
        twin = await second.person("ada")
        await asyncio.gather(
            *((ada, twin)[number % 2].patch(path, {"name": f"N{number}"}) for number in range(40))
        )
        page = await changes(ada, path)
        assert [each["seq"] for each in page["items"]] == list(range(1, 42))


@dataclass
class Message:
    id: str | None = None
    event: str | None = None
    data: Any = None


@asynccontextmanager
async def following(person: Person, path: str, **headers: str) -> AsyncIterator[AsyncIterator[Message]]:
    client = person.service.client
    async with client.stream("GET", f"{path}/stream", headers=person.headers() | headers) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        yield messages(response)


async def messages(response: httpx.Response) -> AsyncIterator[Message]:
    """What an EventSource would see; ids without data too, which only move its Last-Event-ID."""
    message = Message()
    async for line in response.aiter_lines():
        name, _, value = line.partition(": ")
        if name in ("id", "event"):
            setattr(message, name, value)
        elif name == "data":
            message.data = json.loads(value)
        elif not line and message != Message():
            yield message
            message = Message()


@pytest.fixture
async def server(database: TestDatabase, key_file: Path) -> AsyncIterator[Service]:
    async with serving(make_settings(database, key_file, stream_poll_seconds=0.02)) as service:
        yield service


async def test_a_stream_tells_what_happens_as_it_does(server: Service) -> None:
    ada = await server.person("ada")
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    async with following(ada, path) as stream:
        assert await anext(stream) == Message(id="1")
        await ada.patch(path, {"name": "Other"})
        message = await anext(stream)
        assert (message.id, message.event) == ("2", "workspace.updated")
        assert message.data == (await changes(ada, path, 1))["items"][0]


@pytest.mark.slow
async def test_a_reader_that_is_cut_and_resumed_sees_each_change_once_in_order(
    database: TestDatabase, key_file: Path
) -> None:
    """Two servers on one database stand for two processes; readers go from one to the other."""
    settings, clock = make_settings(database, key_file, stream_poll_seconds=0.02), Clock()
    async with serving(settings, clock) as first, serving(settings, clock) as second:
        ada, twin = await first.person("ada"), await second.person("ada")
        path = f"/workspaces/{(await ada.create_workspace())['id']}"

        async def write(person: Person, writer: int) -> None:
            for number in range(CHANGES // 4):
                response = await person.patch(path, {"name": f"{writer}-{number}"})
                assert response.status_code == 200

        seen: list[int] = []

        async def follow() -> None:
            last, cuts = "0", 0
            while len(seen) < CHANGES + 1:
                async with following((ada, twin)[cuts % 2], path, **{"Last-Event-ID": last}) as stream:
                    async for message in stream:
                        last = message.id or last
                        if message.data is not None:
                            assert message.data["seq"] == int(last)
                            seen.append(message.data["seq"])
                        if len(seen) >= min(CHANGES * (cuts + 1) // CUTS, CHANGES + 1):
                            break
                cuts += 1
            assert cuts >= CUTS

        writers = [write(person, writer) for writer, person in enumerate((ada, twin, ada, twin))]
        async with asyncio.timeout(20 + CHANGES / 20):
            await asyncio.gather(follow(), *writers)
        assert seen == list(range(1, CHANGES + 2))


async def end_of(stream: AsyncIterator[Message]) -> Message:
    async with asyncio.timeout(10):
        return ([message async for message in stream] or [Message()])[-1]


@pytest.mark.parametrize("how", ["removed", "left", "deleted"])
async def test_a_stream_is_closed_when_the_role_is_lost(server: Service, how: str) -> None:
    ada, bob = await server.person("ada"), await server.person("bob")
    workspace = await ada.create_workspace()
    path = f"/workspaces/{workspace['id']}"
    member = await ada.add(workspace["id"], bob, "VIEWER")
    async with following(bob, path) as stream:
        await anext(stream)
        if how == "removed":
            await ada.delete(f"{path}/members/{member['id']}")
        elif how == "left":
            await bob.post(f"{path}/members/leave")
        else:
            await ada.delete(path)
        last = await end_of(stream)
    expected = "WORKSPACE_NOT_FOUND" if how == "deleted" else "USER_NOT_AUTHORIZED"
    assert (last.event, last.data) == ("closed", {"error_code": expected})
    assert (await bob.get(f"{path}/stream")).status_code in (403, 404)


async def test_a_stream_is_closed_when_the_session_ends(
    server: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.api.changes._HEARTBEAT_SECONDS", 0.1)
    ada = await server.person("ada")
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    async with following(ada, path) as stream:
        await anext(stream)
        await ada.post("/auth/logout")
        last = await end_of(stream)
    assert (last.event, last.data) == ("closed", {"error_code": "INVALID_PMA_TOKEN"})


async def test_a_stream_ends_with_the_token(server: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.api.changes._HEARTBEAT_SECONDS", 0.1)
    ada = await server.person("ada")
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    async with following(ada, path) as stream:
        await anext(stream)
        server.clock.advance(minutes=61)
        assert (await end_of(stream)).event != "closed"
    assert (await ada.get(f"{path}/stream")).status_code == 401


async def test_a_demotion_narrows_what_a_stream_tells(server: Service) -> None:
    ada, bob = await server.person("ada"), await server.person("bob")
    workspace = await ada.create_workspace()
    path = f"/workspaces/{workspace['id']}"
    member = await ada.add(workspace["id"], bob, "ADMIN")
    connection = {"base_url": "https://example.atlassian.net", "secret": "s"}
    async with following(bob, path) as stream:
        await anext(stream)
        for role in ("VIEWER", "MEMBER"):
            await ada.patch(f"{path}/members/{member['id']}", {"role": role})
            await ada.request("PUT", f"{path}/integration-connections/jira", json=connection)
        await ada.patch(path, {"name": "Last"})
        types = []
        while "workspace.updated" not in types:
            message = await anext(stream)
            types += [message.event] if message.event else []
    assert types == ["member.role_changed", "member.role_changed", "workspace.updated"]


async def test_streams_of_one_caller_are_limited(
    database: TestDatabase, key_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = make_settings(database, key_file, max_streams_per_caller=2, stream_poll_seconds=0.02)
    async with serving(settings) as server:
        ada, bob = await server.person("ada"), await server.person("bob")
        workspace = await ada.create_workspace()
        await ada.add(workspace["id"], bob, "VIEWER")
        path = f"/workspaces/{workspace['id']}"
        async with following(ada, path), following(ada, path):
            for _ in range(2):
                assert code(await ada.get(f"{path}/stream")) == (429, "RATE_LIMITED")
            async with following(bob, path) as stream:
                assert (await anext(stream)).id == "2", "each has places of their own"
        async with asyncio.timeout(10):
            while server.edge.streams.count(ada.user_id):  # noqa: ASYNC110 - nothing tells of its end
                await asyncio.sleep(0.02)
        async with following(ada, path) as stream:
            assert (await anext(stream)).id == "2", "a place is free when its stream has ended"
    assert [record.message for record in caplog.records].count("limit reached") == 1


async def test_a_server_that_is_to_stop_waits_for_no_stream(database: TestDatabase, key_file: Path) -> None:
    async with asyncio.timeout(10):
        async with serving(make_settings(database, key_file)) as server:
            ada = await server.person("ada")
            path = f"/workspaces/{(await ada.create_workspace())['id']}"
            async with following(ada, path) as stream:
                await anext(stream)
                server.app.state.edge.parts.feed.close()
                await end_of(stream)
            streams = [asyncio.create_task(ada.get(f"{path}/stream")) for _ in range(3)]
            await asyncio.sleep(0.2)
        for stream_task in streams:
            assert (await stream_task).status_code == 200
