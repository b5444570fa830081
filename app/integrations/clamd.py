"""ClamAV's daemon, asked over a socket what it finds in a stream of bytes.

https://docs.clamav.net/manual/Usage/Scanning.html#clamd (commands; INSTREAM)
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Literal, NamedTuple

from app.core.config import Settings
from app.core.errors import ServiceUnavailable

_CONNECT_SECONDS = 5.0
_MOST_REPLY_BYTES = 1000
_FOUND, _LIMITS = " FOUND", "Heuristics.Limits.Exceeded"
"""With AlertExceedsMax it says so of what it has not looked at whole."""


class ScannerUnavailable(ServiceUnavailable):
    """It is away, was too slow, stopped in the middle, or said what nobody understands."""


class Verdict(NamedTuple):
    status: Literal["CLEAN", "INFECTED", "SKIPPED"]
    threat: str | None = None
    """What the scanner calls it."""


class Clamd:
    def __init__(self, settings: Settings) -> None:
        self._socket = settings.clamd_socket
        self._address = (settings.clamd_host, settings.clamd_port)
        self._deadline = settings.clamd_deadline_seconds

    async def scan(self, chunks: AsyncIterator[bytes]) -> Verdict:
        """Raises ``ScannerUnavailable``, and whatever ``chunks`` does. It keeps one chunk at a time, and is
        over after the deadline, whoever was slow."""
        try:
            async with asyncio.timeout(self._deadline):
                return _verdict(await self._ask(chunks))
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise ScannerUnavailable(details={"reason": type(error).__name__}) from None

    async def ping(self) -> None:
        """Raises ``ScannerUnavailable``."""
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                reader, writer = await self._connect()
                try:
                    writer.write(b"zPING\0")
                    if await reader.readuntil(b"\0") != b"PONG\0":
                        raise ScannerUnavailable(details={"reason": "reply"})
                finally:
                    writer.transport.abort()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise ScannerUnavailable(details={"reason": type(error).__name__}) from None

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        async with asyncio.timeout(_CONNECT_SECONDS):
            if self._socket is not None:
                return await asyncio.open_unix_connection(self._socket, limit=_MOST_REPLY_BYTES)
            host, port = self._address
            return await asyncio.open_connection(host, port, limit=_MOST_REPLY_BYTES)

    async def _ask(self, chunks: AsyncIterator[bytes]) -> bytes:
        """Its reply, once everything has gone to it. Of more than it takes, it hangs up instead."""
        reader, writer = await self._connect()
        try:
            writer.write(b"zINSTREAM\0")
            async for chunk in chunks:
                if chunk:
                    writer.write(len(chunk).to_bytes(4) + chunk)
                    await writer.drain()
            writer.write(bytes(4))
            await writer.drain()
            return await reader.readuntil(b"\0")
        finally:
            writer.transport.abort()


def _verdict(reply: bytes) -> Verdict:
    """Only what is understood to the letter is a verdict."""
    text = reply[:-1].decode("ascii", "replace")
    if text == "stream: OK":
        return Verdict("CLEAN")
    if text == "INSTREAM size limit exceeded. ERROR":
        return Verdict("SKIPPED")
    if text.startswith("stream: ") and text.endswith(_FOUND) and len(text) > len("stream: ") + len(_FOUND):
        threat = text.removeprefix("stream: ").removesuffix(_FOUND)
        return Verdict("SKIPPED") if threat.startswith(_LIMITS) else Verdict("INFECTED", threat[:200])
    raise ScannerUnavailable(details={"reason": "reply"})


def make_scanner(settings: Settings) -> Clamd | None:
    """None where none is set."""
    return Clamd(settings) if settings.clamd_host or settings.clamd_socket else None
