"""A client that sends bytes as they are given, to say what no HTTP library would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from app.schemas.common import Error
from tests.harness import Service

PATIENCE = 10.0
"""Seconds within which anything that is to happen has happened, on a machine under load."""


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> tuple[int, str]:
        """Status and error code, of an answer that is in the one format of errors."""
        content: dict[str, Any] = json.loads(self.body)
        assert list(content) == ["error_code", "message", "details", "request_id"]
        Error.model_validate(content, strict=True)
        assert self.headers["x-request-id"] == content["request_id"]
        assert self.headers["x-content-type-options"] == "nosniff"
        return self.status, content["error_code"]


class Raw:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, method: str = "GET") -> Answer:
        async with asyncio.timeout(PATIENCE):
            status = int((await self.reader.readline()).split()[1])
            headers: dict[str, str] = {}
            while (line := (await self.reader.readline()).decode().strip()) != "":
                name, _, value = line.partition(": ")
                headers[name.lower()] = value
            length = 0 if method == "HEAD" else int(headers.get("content-length", 0))
            return Answer(status, headers, await self.reader.readexactly(length))

    async def is_closed(self) -> bool:
        """Waits until the server has ended the connection; whatever it still sends is passed over."""
        try:
            async with asyncio.timeout(PATIENCE):
                while await self.reader.read(65_536):
                    pass
        except ConnectionError:
            return True
        except TimeoutError:
            return False
        return True


@asynccontextmanager
async def connected(service: Service) -> AsyncIterator[Raw]:
    url = service.client.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    try:
        yield Raw(reader, writer)
    finally:
        writer.transport.abort()


async def ask(service: Service, data: bytes, method: str = "GET") -> Answer:
    """One answer to what is sent on a connection of its own."""
    async with connected(service) as raw:
        await raw.send(data)
        return await raw.answer(method)
