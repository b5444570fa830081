"""Servers of others that are told what happened: on loopback, and each can be told to misbehave."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Behave = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Received:
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Receiver:
    """``behaviours`` are used up one a request; after the last ``usual`` counts."""

    usual: Behave
    behaviours: list[Behave] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    under_way: int = 0
    most_under_way: int = 0
    port: int = 0
    host: str = "127.0.0.1"
    scheme: str = "http"
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def url(self, path: str = "/hook") -> str:
        return f"{self.scheme}://{self.host}:{self.port}{path}"

    def begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self.serve(reader, writer))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await self._serve(reader, writer)
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").splitlines()
            method, target, _ = head[0].split(" ")
            fields = (line.partition(":") for line in head[1:] if line)
            headers = {name.lower(): value.strip() for name, _, value in fields}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.received.append(Received(method, target, headers, body))
            self.arrived.set()
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
            try:
                await (self.behaviours.pop(0) if self.behaviours else self.usual)(writer)
            finally:
                self.under_way -= 1


@asynccontextmanager
async def receiving(
    usual: Behave | None = None, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Receiver]:
    receiver = Receiver(usual or answers(200))
    server = await asyncio.start_server(receiver.begin, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    receiver.host, receiver.scheme = host, "https" if tls else "http"
    try:
        yield receiver
    finally:
        server.close()
        for task in receiver.tasks:
            task.cancel()
        await asyncio.gather(*receiver.tasks, return_exceptions=True)


def answers(status: int, body: bytes = b"ok", **headers: str) -> Behave:
    async def behave(writer: asyncio.StreamWriter) -> None:
        fields = {"Content-Length": str(len(body)), **headers}
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
        writer.write("\r\n".join([f"HTTP/1.1 {status} Said", *lines, "", ""]).encode() + body)
        await writer.drain()

    return behave


def late(seconds: float, then: Behave) -> Behave:
    async def behave(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        await then(writer)

    return behave


def endless(head: bytes, piece: bytes, pause: float = 0.0) -> Behave:
    """``head``, and then ``piece`` for ever."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return behave


async def hangs_up(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()
