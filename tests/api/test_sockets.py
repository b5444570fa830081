"""Following a workspace over real sockets: what is told and to whom, resuming, and how they end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.databases import TestDatabase
from tests.harness import Person, Service, make_settings, serving
from tests.sockets import address, following, opened, refused, ticket_of

CONNECTION = {"base_url": "https://example.atlassian.net", "secret": "s"}


@pytest.fixture
async def server(database: TestDatabase, key_file: Path) -> AsyncIterator[Service]:
    async with serving(make_settings(database, key_file, stream_poll_seconds=0.02)) as service:
        yield service


@pytest.fixture
async def ada(server: Service) -> Person:
    return await server.person("ada")


async def test_a_socket_tells_what_happens_as_it_does(server: Service, ada: Person) -> None:
    workspace = await ada.create_workspace()
    path = f"/workspaces/{workspace['id']}"
    async with following(ada, path) as socket:
        assert await socket.next() == {"type": "ready", "workspace_id": workspace["id"], "seq": 1}
        await ada.patch(path, {"name": "Other"})
        frame = await socket.next()
        assert frame == (await ada.get(f"{path}/changes", after_seq=1)).json()["items"][0]
        await socket.connection.send('{"type": "ping"}')
        assert await socket.next() == {"type": "pong"}
    async with following(ada, path, since=0) as socket:
        assert [(await socket.next())["seq"] for _ in range(3)] == [0, 1, 2]


async def test_whoever_is_told_less_is_moved_on(server: Service, ada: Person) -> None:
    workspace, bob = await ada.create_workspace(), await server.person("bob")
    path = f"/workspaces/{workspace['id']}"
    await ada.add(workspace["id"], bob, "MEMBER")
    async with following(bob, path) as socket:
        assert (await socket.next())["seq"] == 2
        await ada.request("PUT", f"{path}/integration-connections/jira", json=CONNECTION)
        assert await socket.next() == {"type": "position", "seq": 3}
        await ada.patch(path, {"name": "Other"})
        assert (await socket.next())["type"] == "workspace.updated"
    async with following(bob, path, since=2) as socket:
        assert [(await socket.next())["seq"] for _ in range(2)] == [2, 4]


async def test_a_task_is_told_with_its_status(ada: Person) -> None:
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    project = (await ada.post(f"{path}/projects", {"key": "ABC", "name": "P"})).json()
    async with following(ada, path) as socket:
        task = (await ada.post(f"{path}/tasks", {"project_id": project["id"], "title": "T"})).json()
        frame = await socket.event()
    known = {name: frame[name] for name in ("type", "object_type", "object_id", "project_id", "status")}
    assert known == {
        "type": "task.created",
        "object_type": "task",
        "object_id": task["id"],
        "project_id": project["id"],
        "status": "TODO",
    }


async def test_a_socket_is_closed_when_what_it_hangs_on_ends(server: Service, ada: Person) -> None:
    expected = {
        "removed": 4403,
        "left": 4403,
        "deleted": 4404,
        "signed out": 4401,
        "revoked": 4401,
        "expired": 4401,
    }
    for how, code in expected.items():
        workspace, bob = await ada.create_workspace(), await server.person(f"bob, {how}")
        path = f"/workspaces/{workspace['id']}"
        member = await ada.add(workspace["id"], bob, "VIEWER")
        async with following(bob, path) as socket, following(ada, path) as other, asyncio.timeout(10):
            await socket.next()
            if how == "removed":
                await ada.delete(f"{path}/members/{member['id']}")
            elif how == "left":
                await bob.post(f"{path}/members/leave")
            elif how == "deleted":
                await ada.delete(path)
            elif how == "signed out":
                await bob.post("/auth/logout")
            elif how == "revoked":
                await bob.post("/auth/revoke-all")
            else:
                server.clock.advance(minutes=61)
            assert await socket.end() == code, how
            if how in ("signed out", "revoked"):
                await ada.patch(path, {"name": "Still"})
                assert (await other.event())["type"] == "workspace.updated"


async def test_a_demotion_narrows_what_a_socket_tells(server: Service, ada: Person) -> None:
    workspace, bob = await ada.create_workspace(), await server.person("bob")
    path = f"/workspaces/{workspace['id']}"
    member = await ada.add(workspace["id"], bob, "ADMIN")
    async with following(bob, path) as socket:
        for role in ("VIEWER", "ADMIN"):
            await ada.patch(f"{path}/members/{member['id']}", {"role": role})
            assert (await socket.event())["type"] == "member.role_changed"
            await ada.request("PUT", f"{path}/integration-connections/jira", json=CONNECTION)
            await ada.patch(path, {"description": f"Seen as {role}"})
            if role == "ADMIN":
                assert (await socket.event())["type"] == "connection.set"
            # What comes after it has been told, so it was judged while bob was that.
            assert (await socket.event())["type"] == "workspace.updated"
        assert socket.seq == 8


async def test_what_does_not_open_one(server: Service, ada: Person, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    workspace, bob = await ada.create_workspace(), await server.person("bob")
    path, other = f"/workspaces/{workspace['id']}", f"/workspaces/{(await ada.create_workspace())['id']}"
    assert await refused(address(ada, path, ticket="x")) == (401, "INVALID_TICKET")
    assert await refused(address(ada, path)) == (401, "MISSING_AZURE_TOKEN")
    tickets = [await ticket_of(ada, path) for _ in range(5)]
    assert await refused(address(ada, other, ticket=tickets[0])) == (401, "INVALID_TICKET")
    assert await refused(address(ada, "/workspaces/x", ticket=tickets[0])) == (422, "VALIDATION_FAILED")
    assert await refused(address(ada, path, ticket=tickets[1], since=9)) == (400, "INVALID_CURSOR")
    assert await refused(address(ada, path, ticket=tickets[1])) == (401, "INVALID_TICKET")
    assert await refused(address(ada, path, ticket=tickets[2], since="x")) == (422, "VALIDATION_FAILED")
    signed_in = {"additional_headers": ada.headers()}
    for nowhere in ("/nowhere", "/workspaces", f"{path}/nowhere"):
        assert await refused(address(ada, nowhere), **signed_in) == (404, "NOT_FOUND")
    evil = {"origin": "https://evil.example"}
    assert await refused(address(ada, path, ticket=tickets[3]), **evil) == (400, "ORIGIN_NOT_ALLOWED")
    headers = {"additional_headers": bob.headers()}
    assert await refused(address(bob, path), **headers) == (403, "USER_NOT_AUTHORIZED")
    for origin in (str(server.client.base_url).rstrip("/"), "http://testserver"):
        sent = {"additional_headers": ada.headers(), "origin": origin}
        async with opened(address(ada, path), **sent) as socket:
            await socket.next()
    async with opened(address(ada, path, ticket=tickets[4])) as socket:
        await socket.next()
    server.clock.advance(seconds=31)
    assert await refused(address(ada, path, ticket=tickets[0])) == (401, "INVALID_TICKET")
    logged = "\n".join(
        f"{record.getMessage()} {vars(record)}"
        for record in caplog.records
        if not record.name.startswith(("websockets", "httpx", "httpcore"))
    )
    assert "socket closed" in logged
    assert not [ticket for ticket in tickets if ticket in logged]


async def test_what_a_client_may_not_say(ada: Person) -> None:
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    cases: list[tuple[int, list[Any]]] = [
        (1003, [b"{}"]),
        (1008, ["hello"]),
        (1008, ['{"type": "ping", "more": 1}']),
        (1008, ["[" * 4000]),
        (1009, ["x" * 4097]),
        (1008, [[*"abcdefghijklmnopqrstu"]]),
        (1008, ['{"type":"ping"}'] * 40),
    ]
    for code, said in cases:
        async with following(ada, path) as socket, asyncio.timeout(10):
            for each in said:
                await socket.connection.send(each)
            assert await socket.end() == code, said


async def test_sockets_are_limited(database: TestDatabase, key_file: Path) -> None:
    settings = make_settings(
        database, key_file, max_sockets_per_caller=2, max_sockets=3, rate_limit_read="9/hour"
    )
    async with serving(settings) as server:
        ada, bob = await server.person("ada"), await server.person("bob")
        workspace = await ada.create_workspace()
        path = f"/workspaces/{workspace['id']}"
        await ada.add(workspace["id"], bob, "VIEWER")
        async with following(ada, path), following(ada, path) as second:
            for _ in range(2):
                assert await refused(address(ada, path, ticket=await ticket_of(ada, path))) == (
                    429,
                    "RATE_LIMITED",
                )
            async with following(bob, path):
                url = address(bob, path, ticket=await ticket_of(bob, path))
                assert await refused(url) == (503, "SERVICE_UNAVAILABLE")
            await second.connection.close()
            async with asyncio.timeout(10):
                while server.edge.sockets.total > 1:  # noqa: ASYNC110 - nothing tells of its end
                    await asyncio.sleep(0.02)
            async with following(ada, path):
                pass
        for _ in range(3):
            last = await refused(address(ada, path, ticket="x"))
        assert last == (429, "RATE_LIMITED"), "whoever brings a ticket is counted by address"


async def test_a_server_that_is_to_stop_tells_its_sockets(database: TestDatabase, key_file: Path) -> None:
    async with asyncio.timeout(10):
        async with serving(make_settings(database, key_file)) as server:
            ada = await server.person("ada")
            path = f"/workspaces/{(await ada.create_workspace())['id']}"
            socket = following(ada, path)
            follower = await socket.__aenter__()
            await follower.next()
            ending = asyncio.create_task(follower.end())
        assert await ending == 1012
        await socket.__aexit__(None, None, None)
