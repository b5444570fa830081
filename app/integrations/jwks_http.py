"""Fetches key sets over HTTP: bounded in time and size, no redirects, HTTPS unless it is loopback."""

import asyncio
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from app.core.jwks import KeySetUnavailable
from app.integrations.bodies import BodyTooLarge, BodyUnreadable
from app.integrations.http_client import AsyncClient, HTTPError, InvalidURL, make_client, read_bounded

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_MAX_BYTES = 262_144


class HttpJwksSource:
    """``timeout`` is the seconds a whole answer may take. ``aclose`` when done."""

    def __init__(self, timeout: float = 10.0) -> None:
        self._timeout = timeout

    @cached_property
    def _client(self) -> AsyncClient:
        # Made when it is first needed: the authorities take a while to read.
        return make_client(self._timeout)

    async def fetch(self, url: str) -> Mapping[str, Any]:
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise KeySetUnavailable("not an https address")
        try:
            async with asyncio.timeout(self._timeout):
                body = await self._read(url)
            document = json.loads(body)
        except (HTTPError, InvalidURL, TimeoutError, ValueError, RecursionError) as error:
            raise KeySetUnavailable(type(error).__name__) from None
        if not isinstance(document, dict):
            raise KeySetUnavailable("not a JSON object")
        return document

    async def _read(self, url: str) -> bytes:
        async with self._client.stream("GET", url) as response:
            if response.status_code != 200:
                raise KeySetUnavailable(f"status {response.status_code}")
            try:
                return await read_bounded(response, _MAX_BYTES)
            except BodyTooLarge:
                raise KeySetUnavailable("larger than 256 KiB") from None
            except BodyUnreadable as error:
                raise KeySetUnavailable(f"unreadable: {error}") from None

    async def aclose(self) -> None:
        if "_client" in vars(self):
            await self._client.aclose()
