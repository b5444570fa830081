"""Secrets at rest: AES-256-GCM, bound to the place they are kept in, under keys that can be rotated.

What is sealed for one workspace, provider and kind of secret opens for no other: these are the associated
data (NIST SP 800-38D), so a row copied to another workspace is of no use there.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.core.token_service import KeyRing

_NONCE_BYTES, _KEY_BYTES = 12, 32


class SecretUnreadable(Exception):
    """The key has gone, or the text is not what was sealed for this place."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """``key_id`` names the key; ``text`` is base64url of nonce and ciphertext."""

    key_id: str
    text: str


class SecretBox:
    """The first key of the ring seals, all open. Raises ``ValueError`` for a key of another length."""

    def __init__(self, keys: KeyRing, random_bytes: Callable[[int], bytes]) -> None:
        for key in keys.keys:
            if len(key.secret) != _KEY_BYTES:
                raise ValueError(f"key {key.kid} has not {_KEY_BYTES} bytes")
        self._keys = keys
        self._random_bytes = random_bytes

    @property
    def key_id(self) -> str:
        """The key that seals now."""
        return self._keys.keys[0].kid

    def seal(self, secret: str, *, place: tuple[str, ...]) -> Sealed:
        """``place``: where it will be kept, as ``open`` must be told it again."""
        nonce = self._random_bytes(_NONCE_BYTES)
        data = _associated(self.key_id, place)
        ciphertext = AESGCM(self._keys.keys[0].secret).encrypt(nonce, secret.encode(), data)
        return Sealed(self.key_id, base64.urlsafe_b64encode(nonce + ciphertext).decode())

    def open(self, sealed: Sealed, *, place: tuple[str, ...]) -> str:
        """Raises ``SecretUnreadable``."""
        key = self._keys.find(sealed.key_id)
        if key is None:
            raise SecretUnreadable("no such key")
        try:
            raw = base64.b64decode(sealed.text, altchars=b"-_", validate=True)
            opened = AESGCM(key.secret).decrypt(
                raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _associated(sealed.key_id, place)
            )
        except (InvalidTag, ValueError, binascii.Error):
            raise SecretUnreadable("not what was sealed here") from None
        return opened.decode()


def _associated(key_id: str, place: tuple[str, ...]) -> bytes:
    # U+001F stands in no id, so no two places read alike.
    return "\x1f".join(("pma-secret-v1", key_id, *place)).encode()
