"""Two processes that are killed while people write through both, and sockets that are cut and resumed at either:
each sees each event that it may see once, in order."""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from fastapi import FastAPI
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake, WebSocketException

from tests.api.test_restart import Server
from tests.databases import TestDatabase
from tests.harness import SECRET_KEY, Clock, Person, Service, issuer_of, make_settings
from tests.http_client import httpx
from tests.sockets import address

CHANGES = int(os.environ.get("SOCKET_CHANGES", "60"))
SOCKETS = int(os.environ.get("SOCKET_SOCKETS", "6"))
KILLS = int(os.environ.get("SOCKET_KILLS", "1"))
CONNECTION = {"base_url": "https://example.atlassian.net", "secret": "s"}
UNLIMITED = {
    "SECRET_KEYS": SECRET_KEY,
    "RATE_LIMIT_READ": "",
    "RATE_LIMIT_WRITE": "",
    "MAX_SOCKETS_PER_CALLER": "1000",
    "STREAM_POLL_SECONDS": "0.1",
}
AWAY = (httpx.TransportError, OSError, TimeoutError, WebSocketException, InvalidHandshake)


@asynccontextmanager
async def through(server: Server, database: TestDatabase, key_file: Path) -> AsyncIterator[Service]:
    """A client of a server in another process, and people who sign in there."""
    settings, clock = make_settings(database, key_file), Clock()
    async with httpx.AsyncClient(base_url=server.url, timeout=10) as client:
        yield Service(cast("FastAPI", None), settings, clock, client, issuer_of(settings, clock))


class Crowd:
    def __init__(self, path: str, people: Sequence[Sequence[Person]]) -> None:
        """``people``: each with one of themselves for each process."""
        self.path, self.people = path, people
        self.written = 0
        self.last: int | None = None
        """The last number, when everything has been written."""
        self.connections = 0

    async def write(self, share: int) -> None:
        ada = self.people[0]
        for number in range(share):
            while True:
                person = random.choice(ada)
                try:
                    response = await (
                        person.request("PUT", f"{self.path}/integration-connections/jira", json=CONNECTION)
                        if number % 4 == 0
                        else person.patch(self.path, {"name": f"{random.random()}"})
                    )
                except AWAY:
                    await asyncio.sleep(0.05)
                    continue
                if response.status_code < 500:
                    break
                await asyncio.sleep(0.05)
            assert response.status_code in (200, 201), response.text
            self.written += 1

    async def follow(self, selves: Sequence[Person]) -> list[int]:
        """What one sees who comes and goes: the numbers of events, as they came."""
        seen: list[int] = []
        place = 0
        while self.last is None or place < self.last:
            person = random.choice(selves)
            try:
                ticket = (await person.post(f"{self.path}/ws-tickets")).json()["ticket"]
                url = address(person, self.path, ticket=ticket, since=place)
                async with connect(url, proxy=None, compression=None, max_queue=None) as connection:
                    self.connections += 1
                    for _ in range(random.randrange(1, 2 + CHANGES // 10)):
                        if self.last is not None and place >= self.last:
                            break
                        async with asyncio.timeout(0.5):
                            frame: dict[str, Any] = json.loads(await connection.recv())
                        if "object_id" in frame:
                            seen.append(frame["seq"])
                        assert frame["seq"] >= place
                        place = frame["seq"]
                    if random.random() < 0.5:
                        connection.transport.abort()
            except (*AWAY, KeyError):
                await asyncio.sleep(0.05)
        return seen


async def truth(person: Person, path: str) -> list[int]:
    seqs: list[int] = []
    after, more = 0, True
    while more:
        page = (await person.get(f"{path}/changes", after_seq=after, limit=500)).json()
        seqs += [each["seq"] for each in page["items"]]
        after, more = page["last_seq"], page["has_more"]
    return seqs


@pytest.mark.slow
async def test_who_is_cut_off_and_comes_again_sees_each_event_once(
    database: TestDatabase, key_file: Path
) -> None:
    servers = [Server(database, key_file, **UNLIMITED) for _ in range(2)]
    async with AsyncExitStack() as stack:
        for server in servers:
            stack.callback(server.kill)
        await asyncio.gather(*(asyncio.to_thread(server.start) for server in servers))
        services = [await stack.enter_async_context(through(each, database, key_file)) for each in servers]
        ada, bob = [[await service.person(name) for service in services] for name in ("ada", "bob")]
        workspace = await ada[0].create_workspace()
        path = f"/workspaces/{workspace['id']}"
        await ada[0].add(workspace["id"], bob[0], "VIEWER")
        crowd = Crowd(path, (ada, bob))

        async def kill() -> None:
            for number in range(KILLS):
                while crowd.written < CHANGES * (number + 1) // (KILLS + 1):  # noqa: ASYNC110 - nothing tells
                    await asyncio.sleep(0.02)
                server = servers[number % 2]
                await asyncio.to_thread(server.kill)
                await asyncio.to_thread(server.start)

        async with asyncio.timeout(60 + CHANGES / 5), asyncio.TaskGroup() as group:
            followers = [
                (selves, group.create_task(crowd.follow(selves)))
                for number in range(SOCKETS)
                for selves in [(ada, bob)[number % 2]]
            ]
            killing = group.create_task(kill())
            await asyncio.gather(*(crowd.write(CHANGES // 4) for _ in range(4)))
            await killing
            crowd.last = max(await truth(ada[0], path))
        seen_by = {id(selves): await truth(selves[0], path) for selves in (ada, bob)}
        for selves, follower in followers:
            assert follower.result() == seen_by[id(selves)]
        assert len(seen_by[id(ada)]) > len(seen_by[id(bob)]) > 0
        assert crowd.connections > SOCKETS
        print(
            f"{len(seen_by[id(ada)])} events, {SOCKETS} sockets, {crowd.connections} connections, {KILLS} kills"
        )
