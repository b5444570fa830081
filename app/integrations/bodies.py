"""The body of somebody else's answer: never larger than it may be, however small it came.

An HTTP client inflates each piece of the network whole before anybody can count: 64 KiB of gzip are up to
64 MiB.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping

ACCEPTED = {"Accept-Encoding": "gzip"}
"""What a client asks for. Whoever answers in another coding has not read the request."""
_GZIP = 31
"""The window of ``zlib.decompressobj`` that reads a gzip header and trailer (RFC 1952)."""


class BodyTooLarge(Exception):
    """Larger than it may be, as it came or unpacked."""


class BodyUnreadable(Exception):
    """In a coding that was not asked for, or not what it says it is."""


class BoundedBody:
    """Takes the pieces as they come, and holds at most ``most`` bytes and a piece."""

    def __init__(self, headers: Mapping[str, str], most: int) -> None:
        """Raises ``BodyUnreadable``."""
        coding = headers.get("content-encoding", "").strip().lower()
        if coding not in ("", "identity", "gzip", "x-gzip"):
            raise BodyUnreadable("another coding")
        self._unpacker = zlib.decompressobj(_GZIP) if "gzip" in coding else None
        self._most = most
        self._came = 0
        self._body = bytearray()

    def take(self, piece: bytes) -> None:
        """Raises ``BodyTooLarge`` and ``BodyUnreadable``."""
        self._came += len(piece)
        self._body += piece if self._unpacker is None else self._unpacked(self._unpacker, piece)
        if max(self._came, len(self._body)) > self._most:
            raise BodyTooLarge

    def whole(self) -> bytes:
        """Raises ``BodyUnreadable`` for half a gzip stream."""
        if self._unpacker is not None and self._came and not self._unpacker.eof:
            raise BodyUnreadable("it ends too early")
        return bytes(self._body)

    def _unpacked(self, unpacker: zlib._Decompress, piece: bytes) -> bytes:
        try:
            part = unpacker.decompress(piece, self._most - len(self._body) + 1)
        except zlib.error:
            raise BodyUnreadable("not gzip") from None
        if unpacker.unused_data:
            raise BodyUnreadable("something follows")
        return part
