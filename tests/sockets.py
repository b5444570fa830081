"""Sockets as a client has them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.core.middleware import Message
from tests.harness import Person, Service
from tests.http_client import httpx

Frame = dict[str, Any]


async def ticket_of(person: Person, path: str) -> str:
    response = await person.post(f"{path}/ws-tickets")
    assert response.status_code == 201, response.text
    assert response.headers["cache-control"] == "no-store"
    ticket: str = response.json()["ticket"]
    return ticket


class Follower:
    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.seq = -1
        """Where to go on from."""

    async def next(self) -> Frame:
        frame: Frame = json.loads(await self.connection.recv())
        self.seq = frame.get("seq", self.seq)
        return frame

    async def event(self) -> Frame:
        while (frame := await self.next())["type"] in ("ready", "position") or "object_id" not in frame:
            pass
        return frame

    async def end(self) -> int:
        """Reads until it is closed; answers the code."""
        try:
            while True:
                await self.next()
        except ConnectionClosed as closed:
            assert closed.rcvd is not None, closed
            return closed.rcvd.code


def address(person: Person, path: str, **query: object) -> str:
    base = str(person.service.client.base_url).rstrip("/").replace("http", "ws", 1)
    return f"{base}{path}/ws?" + "&".join(f"{name}={value}" for name, value in query.items())


@asynccontextmanager
async def opened(url: str, **options: Any) -> AsyncIterator[Follower]:
    async with connect(url, proxy=None, compression=None, **options) as connection:
        yield Follower(connection)


@asynccontextmanager
async def following(
    person: Person, path: str, since: int | None = None, **options: Any
) -> AsyncIterator[Follower]:
    query = {"ticket": await ticket_of(person, path)} | ({} if since is None else {"since": since})
    async with opened(address(person, path, **query), **options) as follower:
        yield follower


async def refused(url: str, **options: Any) -> tuple[int, str]:
    """Status and error code of the answer to one that is not accepted."""
    try:
        async with connect(url, proxy=None, compression=None, **options):
            raise AssertionError("accepted")
    except InvalidStatus as error:
        assert error.response.body is not None
        return error.response.status_code, json.loads(error.response.body)["error_code"]


async def handshake(service: Service, path: str, headers: dict[str, str]) -> httpx.Response:
    """What the application answers to one, without a server: 101 where it accepts it, and then it is closed."""
    scope = {
        "type": "websocket",
        "scheme": "ws",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 50_000),
        "subprotocols": [],
        "extensions": {"websocket.http.response": {}},
    }
    said = asyncio.Queue[Message]()
    said.put_nowait({"type": "websocket.connect"})
    answer = httpx.Response(500)

    async def send(message: Message) -> None:
        nonlocal answer
        if message["type"] == "websocket.accept":
            answer = httpx.Response(101, headers=message["headers"])
            said.put_nowait({"type": "websocket.disconnect", "code": 1000})
        elif message["type"] == "websocket.http.response.start":
            answer = httpx.Response(message["status"], headers=message["headers"])
        elif message["type"] == "websocket.http.response.body":
            answer = httpx.Response(answer.status_code, headers=answer.headers, content=message["body"])

    await service.app(scope, said.get, send)
    return answer
