"""A socket as the routes see it: what it is told, what its client may say, and how it ends."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Literal
from urllib.parse import urlsplit

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from app.core import errors
from app.core.config import Settings
from app.core.middleware import ORIGIN
from app.http.closing import Close

log = logging.getLogger(__name__)

_SAID, _SAID_SECONDS = 30, 10.0
"""So much a client may say within so many seconds."""


class _Said(msgspec.Struct, forbid_unknown_fields=True):
    """All that a client may say."""

    type: Literal["ping"]


_PONG = {"type": "pong"}


def require_origin(websocket: WebSocket, settings: Settings) -> None:
    """Raises ``OriginNotAllowed`` for a page of another origin: browsers let every page open a socket
    (RFC 6455 section 10.2), and say which it is. Whoever is no browser sends none."""
    origin = websocket.headers.get("origin")
    if origin is None or "*" in settings.cors_origins or origin in settings.cors_origins:
        return
    own = urlsplit(settings.base_url)
    if origin == f"{own.scheme}://{own.netloc}":
        return
    if urlsplit(origin).netloc != websocket.headers.get("host"):
        raise errors.OriginNotAllowed


class Socket:
    """What is told goes out one frame after the other, each within ``patience`` seconds, and waits nowhere
    but with whoever tells it: what the client does not take is not read from the database yet."""

    def __init__(self, websocket: WebSocket, patience: float, closed: Callable[[str], None]) -> None:
        self._websocket = websocket
        self._patience = patience
        self._closed = closed
        self._code: Close | None = None
        self._said = 0
        self._said_since = time.monotonic()

    async def tell(self, frame: object) -> None:
        """Raises ``TimeoutError`` where the client does not take it, ``WebSocketDisconnect`` where it has
        gone."""
        async with asyncio.timeout(self._patience):
            await self._websocket.send_text(msgspec.json.encode(frame).decode())

    async def run(self, telling: Callable[[], Awaitable[Close]]) -> None:
        """Accepts it, and tells until ``telling`` answers why it ends, or the client ends it."""
        await self._websocket.accept()
        writer = asyncio.create_task(self._write(telling))
        try:
            await self._read()
        finally:
            writer.cancel()
            await asyncio.wait([writer])
            why = "client" if self._code is None else str(int(self._code))
            self._closed(why)
            log.info("socket closed", extra={"why": why, "request_id": self._request_id})
        if not writer.cancelled():
            writer.result()

    @property
    def _request_id(self) -> str:
        request_id: str = self._websocket.scope[ORIGIN].request_id
        return request_id

    async def _write(self, telling: Callable[[], Awaitable[Close]]) -> None:
        try:
            code = await telling()
        except TimeoutError:
            code = Close.LATER
        except WebSocketDisconnect:
            return
        except Exception:
            await self._close(Close.FAULT)
            raise
        await self._close(code)

    async def _read(self) -> None:
        """Until it is over. A client may ask whether anybody is there; browsers let it ask nothing else."""
        while True:
            try:
                message = await self._websocket.receive()
            except (WebSocketDisconnect, RuntimeError):
                return
            if message["type"] == "websocket.disconnect":
                return
            if message.get("bytes") is not None:
                await self._close(Close.UNSUPPORTED)
            elif not self._may_say(message["text"]):
                await self._close(Close.POLICY)
            else:
                await self._answer()

    def _may_say(self, text: str) -> bool:
        now = time.monotonic()
        if now - self._said_since > _SAID_SECONDS:
            self._said, self._said_since = 0, now
        self._said += 1
        try:
            msgspec.json.decode(text, type=_Said)
        except msgspec.MsgspecError:
            return False
        return self._said <= _SAID

    async def _answer(self) -> None:
        try:
            await self.tell(_PONG)
        except TimeoutError:
            await self._close(Close.LATER)
        except WebSocketDisconnect:
            return

    async def _close(self, code: Close) -> None:
        if self._code is None and self._websocket.application_state is WebSocketState.CONNECTED:
            self._code = code
            with suppress(WebSocketDisconnect):  # it has gone by itself
                await self._websocket.close(code)
