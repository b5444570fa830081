"""A compact JWS (RFC 7515 section 7.1) taken apart without trusting a byte of it.

Everything is checked before anything is decoded further: size, three segments of canonical base64url,
JSON objects without duplicate members. Only then may somebody look at a claim.
"""

import base64
import binascii
import json
import math
import re
from dataclasses import dataclass
from typing import Any

MAX_TOKEN_BYTES = 16_384
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_MAX_KID = 200
_MAX_CONTAINERS = 200
# 'cty' says that the payload is a token in itself (RFC 7519 section 5.2), which none of ours is.
_FORBIDDEN_HEADERS = frozenset({"crit", "jwk", "jku", "x5u", "x5c", "zip", "b64", "enc", "cty"})


class MalformedToken(ValueError):
    """``reason`` is a slug from this module's callers' public list."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Jws:
    """What a token says whose signature nobody has checked yet."""

    algorithm: str
    kid: str | None
    claims: dict[str, Any]


def take_apart(token: str, *, algorithms: frozenset[str], types: frozenset[str]) -> Jws:
    """Raises ``MalformedToken``. ``types`` are the lower-case ``typ`` values allowed; '' allows none at all.

    Refuses any algorithm but those given, and every header by which a token could bring its own key
    or ask for special treatment.
    """
    if len(token) > MAX_TOKEN_BYTES:
        raise MalformedToken("too_large")
    if not _COMPACT.fullmatch(token):
        raise MalformedToken("structure")
    header_text, payload_text, signature_text = token.split(".")
    _decode(signature_text)
    header = _object(_decode(header_text))
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise MalformedToken("algorithm")
    if _FORBIDDEN_HEADERS & header.keys():
        raise MalformedToken("header")
    typ = header.get("typ", "")
    if not isinstance(typ, str) or typ.lower() not in types:
        raise MalformedToken("type")
    kid = header.get("kid")
    if "kid" in header and not (isinstance(kid, str) and 0 < len(kid) <= _MAX_KID):
        raise MalformedToken("key")
    return Jws(algorithm, kid, _object(_decode(payload_text)))


def numeric_date(claims: dict[str, Any], name: str) -> float | None:
    """A NumericDate (RFC 7519 section 2), or None where the claim is absent. Raises ``MalformedToken``."""
    value = claims.get(name)
    if value is None and name not in claims:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MalformedToken("claims")
    # The year 9999 is where datetime ends.
    if not (isinstance(value, int) or math.isfinite(value)) or not 0 <= value <= 253_402_300_799:
        raise MalformedToken("claims")
    return float(value)


def _decode(segment: str) -> bytes:
    try:
        data = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except (binascii.Error, ValueError):
        raise MalformedToken("structure") from None
    # Two texts that decode to the same bytes would be two tokens with one signature.
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != segment:
        raise MalformedToken("structure")
    return data


def _object(data: bytes) -> dict[str, Any]:
    # How deep a parser may go before it breaks differs between versions of Python.
    if data.count(b"{") + data.count(b"[") > _MAX_CONTAINERS:
        raise MalformedToken("structure")
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise MalformedToken("structure") from None
    if not isinstance(value, dict):
        raise MalformedToken("structure")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member")
    return members


def _no_constant(name: str) -> Any:
    raise ValueError(name)
