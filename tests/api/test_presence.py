"""Who is there: told over sockets and listed, across processes, and for no longer than they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from app.kernel import presence
from app.kernel.feed import Watch
from app.kernel.housekeeping import Housekeeping
from app.kernel.presence import Presence
from tests.databases import TestDatabase
from tests.harness import Clock, Person, Service, code, make_settings, serving
from tests.sockets import Follower, following


@pytest.fixture
async def servers(
    database: TestDatabase, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Service, Service]]:
    """Two on one database stand for two processes."""
    monkeypatch.setattr(presence, "PAUSE", timedelta(milliseconds=20))
    settings, clock = make_settings(database, key_file, stream_poll_seconds=0.02), Clock()
    async with serving(settings, clock) as first, serving(settings, clock) as second:
        yield first, second


async def told(socket: Follower, kind: str, **expected: object) -> None:
    """Passes over what else is told, and waits for it."""
    async with asyncio.timeout(10):
        while (frame := await socket.next())["type"] != kind:
            assert not frame["type"].startswith("presence"), frame
    assert frame == {"type": kind, **expected}


async def listed(person: Person, path: str) -> list[str]:
    return [each["user_id"] for each in (await person.get(f"{path}/presence")).json()["items"]]


async def test_who_comes_and_goes_is_told_and_listed(servers: tuple[Service, Service]) -> None:
    first, second = servers
    ada, bob, eve = [await first.person(name) for name in ("ada", "bob", "eve")]
    there = await second.person("bob")
    workspace = await ada.create_workspace()
    path, setting = f"/workspaces/{workspace['id']}", f"/users/{bob.user_id}/presence"
    await ada.add(workspace["id"], bob, "VIEWER")
    await ada.add(workspace["id"], eve, "MEMBER", is_guest=True)
    assert await listed(ada, path) == []
    async with following(ada, path) as socket:
        await told(socket, "presence", user_ids=[ada.user_id])
        async with following(bob, path), following(there, path) as another:
            await told(socket, "presence.joined", user_id=bob.user_id)
            await told(another, "presence", user_ids=sorted([ada.user_id, bob.user_id]))
            assert await listed(bob, path) == sorted([ada.user_id, bob.user_id])
            was_hidden = False
            for is_hidden in (True, True, False):
                answer = await bob.request("PUT", setting, json={"is_hidden": is_hidden})
                assert answer.json() == (await bob.get(setting)).json() == {"is_hidden": is_hidden}
                if is_hidden:
                    assert await listed(ada, path) == [ada.user_id]
                    if not was_hidden:
                        await told(socket, "presence.left", user_id=bob.user_id)
                was_hidden = is_hidden
            await told(socket, "presence.joined", user_id=bob.user_id)
            async with following(eve, path) as guest:
                await told(socket, "presence.joined", user_id=eve.user_id)
                assert code(await eve.get(f"{path}/presence")) == (403, "USER_NOT_AUTHORIZED")
                await ada.patch(path, {"name": "Other"})
                assert [(await guest.next())["type"] for _ in range(2)] == ["ready", "position"]
            await told(socket, "presence.left", user_id=eve.user_id)
        await told(socket, "presence.left", user_id=bob.user_id)
        actions = [action for [action] in first.rows("SELECT action FROM PlatformAuditLog ORDER BY seq")]
        assert [each for each in actions if each.startswith("presence")] == [
            "presence.hidden",
            "presence.shown",
        ]


async def test_what_a_process_had_open_is_forgotten_with_it(service: Service) -> None:
    ada = await service.person("ada")
    workspace = await ada.create_workspace()
    path, parts = f"/workspaces/{workspace['id']}", service.edge.parts
    ended, killed = [Presence(parts.database, service.edge.tools) for _ in range(2)]
    async with AsyncExitStack() as stack:
        for process in (ended, killed):
            stack.enter_context(process.enter(workspace["id"], ada.user_id, Watch()))
            await process.look()
        assert len(service.rows("SELECT * FROM WsConnection")) == 2
        await ended.aclose()
        assert (
            len(service.rows("SELECT * FROM WsConnection"))
            == len(service.rows("SELECT * FROM WsProcess"))
            == 1
        )
        for _ in range(4):
            service.clock.advance(seconds=10)
            await killed.look()
            assert await listed(ada, path) == [ada.user_id]
        service.clock.advance(seconds=29)
        assert await listed(ada, path) == [ada.user_id]
        service.clock.advance(seconds=2)
        assert await listed(ada, path) == []
        housekeeping = Housekeeping(parts.database, service.edge.tools, timedelta(minutes=15))
        for _ in range(6):
            await housekeeping.run()
            service.clock.advance(days=1)
        assert service.rows("SELECT * FROM WsProcess") == []
        await killed.look()
        assert len(service.rows("SELECT * FROM WsConnection")) == 1, "it had only stood still"
