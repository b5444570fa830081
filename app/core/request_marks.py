"""By what a request is known again without being kept: what it says may hold a password."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence


class RequestMarks:
    """HMAC-SHA256 (RFC 2104) under keys of the service: whoever reads the marks can try no guesses on them.
    The first key marks, all recognise."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        # A key of its own, so that no mark is a signature of anything else that these keys sign.
        self._keys = [_hmac(secret, [b"pma-request-mark-v1"]) for secret in secrets]

    def mark(self, parts: Sequence[bytes]) -> str:
        return _hmac(self._keys[0], parts).hex()

    def recognises(self, mark: str, parts: Sequence[bytes]) -> bool:
        return any(hmac.compare_digest(mark, _hmac(key, parts).hex()) for key in self._keys)


def _hmac(key: bytes, parts: Sequence[bytes]) -> bytes:
    """Each part with its length before it: no two lists of parts read alike."""
    made = hmac.new(key, digestmod=hashlib.sha256)
    for part in parts:
        made.update(len(part).to_bytes(8, "big"))
        made.update(part)
    return made.digest()
