"""What is pushed, against the example of RFC 8291 and against another's reading of it."""

from __future__ import annotations

import base64
import os
from datetime import UTC, datetime
from typing import Any

import http_ece
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from app.core.web_push import BrowserKeys, Vapid, encrypt, from_base64url

# RFC 8291, appendix A.
OWN = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
POINT = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
PLAIN = b"When I grow up, I want to be a watermelon"
MESSAGE = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95"
    "bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
VAPID_KEY = "TN8nKJ5sR6tQeE1y9uGxwPdq3bAoHvZcLfVmYkWi0rU"


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Browser:
    """One that has subscribed, and reads what it is sent as ``http_ece`` does."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        numbers = self._key.public_key().public_numbers()
        self.point = b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
        self.auth = os.urandom(16)

    @property
    def keys(self) -> dict[str, str]:
        return {"p256dh": base64url(self.point), "auth": base64url(self.auth)}

    def read(self, body: bytes) -> bytes:
        read: bytes = http_ece.decrypt(
            body, private_key=self._key, auth_secret=self.auth, version="aes128gcm"
        )
        return read


def test_the_example_of_the_rfc() -> None:
    own = ec.derive_private_key(int.from_bytes(from_base64url(OWN), "big"), ec.SECP256R1())
    made = encrypt(PLAIN, BrowserKeys.parse(POINT, AUTH), lambda _: from_base64url(SALT), own)
    assert base64url(made) == MESSAGE


def test_a_browser_reads_what_is_for_it_and_no_other() -> None:
    browser, other = Browser(), Browser()
    keys = BrowserKeys.parse(**browser.keys)
    for content in (b"", b"{}", "é🚀".encode(), b"x" * 3993):
        first, second = encrypt(content, keys, os.urandom), encrypt(content, keys, os.urandom)
        assert browser.read(first) == browser.read(second) == content
        assert first != second
    with pytest.raises(http_ece.ECEException):
        other.read(encrypt(b"{}", keys, os.urandom))
    with pytest.raises(ValueError, match="too long"):
        encrypt(b"x" * 3994, keys, os.urandom)


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [("", AUTH), (POINT[:-2], AUTH), (POINT, AUTH[:-2]), (POINT.replace("B", "C", 1), AUTH), (POINT, "!"),
     (base64url(b"\x04" + b"\x01" * 64), AUTH), (POINT, "é" * 22)],
)  # fmt: skip
def test_keys_that_are_none(p256dh: str, auth: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        BrowserKeys.parse(p256dh, auth)


def read_authorization(header: str) -> dict[str, Any]:
    """The claims of one, as a push service checks them."""
    scheme, _, rest = header.partition(" ")
    values = dict(part.strip().split("=", 1) for part in rest.split(","))
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), from_base64url(values["k"]))
    assert scheme == "vapid"
    return dict(
        jwt.decode(
            values["t"], point, algorithms=["ES256"], options={"verify_aud": False, "verify_exp": False}
        )
    )


def test_a_server_says_who_it_is() -> None:
    vapid = Vapid(VAPID_KEY, "mailto:ops@example.com")
    now = datetime(2026, 11, 26, tzinfo=UTC)
    claims = read_authorization(vapid.headers("https://push.example.com:8443/a?b=c", now)["Authorization"])
    assert claims == {
        "aud": "https://push.example.com:8443",
        "sub": "mailto:ops@example.com",
        "exp": int(now.timestamp()) + 43_200,
    }
    for key, contact in (
        (VAPID_KEY[:-4], "mailto:a@b"),
        (VAPID_KEY, "ops@example.com"),
        (base64url(b"\0" * 32), "mailto:a"),
    ):
        with pytest.raises(ValueError, match=r".*"):
            Vapid(key, contact)
