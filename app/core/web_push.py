"""What is pushed to a browser: encrypted for it alone (RFC 8291), by a server that says who it is (RFC
8292)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_CURVE = ec.SECP256R1()
_POINT_BYTES, _AUTH_BYTES, _SALT_BYTES, _KEY_BYTES = 65, 16, 16, 32
_RECORD_BYTES = 4096
_TOKEN_LASTS = timedelta(hours=12)
"""RFC 8292 allows a day."""


class BrowserKeys(NamedTuple):
    """Of a subscription, as the Push API has them: its point on P-256, and its secret of 16 bytes."""

    point: bytes
    auth: bytes

    @classmethod
    def parse(cls, p256dh: str, auth: str) -> BrowserKeys:
        """Of base64url, with padding or without. Raises ``ValueError``."""
        point, secret = from_base64url(p256dh), from_base64url(auth)
        if len(point) != _POINT_BYTES or len(secret) != _AUTH_BYTES:
            raise ValueError("not the keys of a subscription")
        ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point)
        return cls(point, secret)


def encrypt(
    content: bytes,
    browser: BrowserKeys,
    random_bytes: Callable[[int], bytes],
    own: ec.EllipticCurvePrivateKey | None = None,
) -> bytes:
    """One record of the coding ``aes128gcm`` (RFC 8188). ``own`` is made anew for each message. Raises
    ``ValueError`` for content that one record does not hold."""
    own = own or ec.generate_private_key(_CURVE)
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, browser.point)
    point = _point(own.public_key())
    salt = random_bytes(_SALT_BYTES)
    shared = own.exchange(ec.ECDH(), theirs)
    secret = _derived(shared, browser.auth, b"WebPush: info\x00" + browser.point + point, 32)
    key = _derived(secret, salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _derived(secret, salt, b"Content-Encoding: nonce\x00", 12)
    head = salt + _RECORD_BYTES.to_bytes(4, "big") + bytes([len(point)]) + point
    record = AESGCM(key).encrypt(nonce, content + b"\x02", None)
    if len(head) + len(record) > _RECORD_BYTES:
        raise ValueError("too long to be pushed")
    return head + record


class Vapid:
    """``private_key``: base64url of 32 bytes; ``contact``: a ``mailto:`` or an ``https:`` address. Raises
    ``ValueError``."""

    def __init__(self, private_key: str, contact: str) -> None:
        raw = from_base64url(private_key)
        if len(raw) != _KEY_BYTES:
            raise ValueError("not 32 bytes in base64url")
        if not contact.startswith(("mailto:", "https://")):
            raise ValueError("neither mailto: nor https:")
        self._key = ec.derive_private_key(int.from_bytes(raw, "big"), _CURVE)
        self._contact = contact
        self.public_key = _base64url(_point(self._key.public_key()))
        """What a browser subscribes with (``applicationServerKey``)."""

    def headers(self, endpoint: str, now: datetime) -> Mapping[str, str]:
        import jwt

        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int((now + _TOKEN_LASTS).timestamp()),
            "sub": self._contact,
        }
        token = jwt.encode(claims, self._key, algorithm="ES256")
        return {"Authorization": f"vapid t={token}, k={self.public_key}"}


def from_base64url(text: str) -> bytes:
    """Raises ``ValueError``."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("no base64url") from None


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)
