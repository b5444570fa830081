"""The PMA token: this service's own, signed HS256 with its own key ring, useless without the access token.

It carries the caller's roles by workspace for clients to read; what counts is the role in the database.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from jose import jwk, jws

from app.core.clock import Clock, IdFactory
from app.core.errors import InvalidPmaToken
from app.core.identity import Identity
from app.core.jwt_structure import MalformedToken, numeric_date, take_apart
from app.core.token_cache import TokenCache

TYPE = "pma+jwt"
_ALGORITHMS, _TYPES = frozenset({"HS256"}), frozenset({TYPE})
_KID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_HEXADECIMAL = re.compile(r"([0-9a-fA-F]{2}){32,}", re.ASCII)
_MINIMUM_SECRET_BYTES = 32
_DISTINCT_BYTES = 12


@dataclass(frozen=True, slots=True)
class SigningKey:
    kid: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The first key signs, all verify: to rotate, put the new key first and drop the old one when the
    last token it signed has expired."""

    keys: tuple[SigningKey, ...]

    @classmethod
    def parse(cls, text: str) -> KeyRing:
        """Reads ``kid:secret,kid2:secret2`` with base64url secrets of at least 32 bytes. Raises
        ``ValueError`` that names the key, never the secret."""
        keys: list[SigningKey] = []
        for number, entry in enumerate(text.split(","), 1):
            kid, _, secret = entry.strip().partition(":")
            if not _KID.fullmatch(kid) or not secret:
                raise ValueError(f"key {number} is not written kid:base64url-secret")
            try:
                data = base64.b64decode(secret + "=" * (-len(secret) % 4), altchars=b"-_", validate=True)
            except (binascii.Error, ValueError):
                raise ValueError(f"the secret of key {kid} is not base64url") from None
            if len(data) < _MINIMUM_SECRET_BYTES:
                raise ValueError(f"the secret of key {kid} is shorter than {_MINIMUM_SECRET_BYTES} bytes")
            keys.append(SigningKey(kid, data))
        if len({key.kid for key in keys}) < len(keys) or len({key.secret for key in keys}) < len(keys):
            raise ValueError("two keys share a kid or a secret")
        return cls(tuple(keys))

    def find(self, kid: str | None) -> SigningKey | None:
        return next((key for key in self.keys if key.kid == kid), None)


def is_weak(secret: bytes) -> bool:
    """Whether a secret looks typed rather than drawn: few distinct bytes, or nothing but letters and
    punctuation. 32 random bytes have fewer than 12 distinct values with a chance far below 10^-15."""
    return len(set(secret)) < _DISTINCT_BYTES or all(0x20 <= byte < 0x7F for byte in secret)


def is_weak_text(secret: str) -> bool:
    """The same of a secret that is a text, whose characters are the key as they are: hexadecimal digits for
    32 bytes, or 32 characters at least of all kinds, as base64 has them. A sentence is neither."""
    if _HEXADECIMAL.fullmatch(secret):
        return is_weak(bytes.fromhex(secret))
    kinds = (str.isupper, str.islower, str.isdigit)
    return (
        len(secret) < _MINIMUM_SECRET_BYTES
        or len(set(secret)) < _DISTINCT_BYTES
        or not all(any(map(kind, secret)) for kind in kinds)
    )


@dataclass(frozen=True, slots=True)
class PmaClaims:
    """``workspace_id`` is set when the token was minted for that workspace only, ``org_id`` when for the
    workspaces of that organisation; ``truncated`` when there are more workspaces than ``roles`` lists."""

    user_id: str
    tid: str
    jti: str
    issued_at: datetime
    expires_at: datetime
    session_version: int
    roles: Mapping[str, str]
    workspace_id: str | None
    truncated: bool
    org_id: str | None = None


class TokenService:
    def __init__(
        self,
        ring: KeyRing,
        clock: Clock,
        new_id: IdFactory,
        *,
        issuer: str,
        audience: str,
        lifetime: timedelta,
        leeway: timedelta,
        cache_size: int,
    ) -> None:
        self._ring = ring
        self._signing_key = jwk.construct(ring.keys[0].secret, algorithm="HS256")
        self._clock = clock
        self._new_id = new_id
        self._issuer = issuer
        self._audience = audience
        self._lifetime = lifetime
        self._leeway = leeway.total_seconds()
        self._verified: TokenCache[PmaClaims] = TokenCache(cache_size)

    def mint(
        self,
        identity: Identity,
        *,
        session_version: int,
        roles: Mapping[str, str],
        workspace_id: str | None,
        truncated: bool,
        org_id: str | None = None,
    ) -> tuple[str, PmaClaims]:
        """A token for this identity, which never outlives the access token it was given for."""
        now = int(self._clock().timestamp())
        expires = min(now + int(self._lifetime.total_seconds()), int(identity.expires_at.timestamp()))
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": identity.user_id,
            "tid": identity.tid,
            "jti": self._new_id(),
            "iat": now,
            "exp": expires,
            "azv": session_version,
            "roles": dict(roles),
            "ws": workspace_id,
            "cut": truncated,
            "org": org_id,
        }
        headers = {"typ": TYPE, "kid": self._ring.keys[0].kid}
        # Encoded here, and with a key that is made once: jose's own ways take four times as long.
        token = jws.sign(msgspec.json.encode(claims), self._signing_key, headers=headers, algorithm="HS256")
        return str(token), _claims(claims)

    def verify(self, token: str, identity: Identity) -> PmaClaims:
        """Raises ``InvalidPmaToken`` unless this service signed the token for this identity, with a key still
        in the ring, and it has not expired. Whether it was revoked, the database says."""
        claims = self._verified.get(token)
        if claims is None:
            try:
                claims = self._verify(token)
            except (MalformedToken, KeyError, TypeError, ValueError, OverflowError) as error:
                reason = error.reason if isinstance(error, MalformedToken) else "claims"
                raise InvalidPmaToken(details={"reason": reason}) from None
            self._verified.put(token, claims)
        now = self._clock().timestamp()
        if now >= claims.expires_at.timestamp() + self._leeway:
            raise InvalidPmaToken(details={"reason": "expired"})
        if now < claims.issued_at.timestamp() - self._leeway:
            raise InvalidPmaToken(details={"reason": "not_yet_valid"})
        if (claims.user_id, claims.tid) != (identity.user_id, identity.tid):
            raise InvalidPmaToken(
                "The PMA token was not given for this access token.", details={"reason": "subject"}
            )
        return claims

    def _verify(self, token: str) -> PmaClaims:
        parts = take_apart(token, algorithms=_ALGORITHMS, types=_TYPES)
        key = self._ring.find(parts.kid)
        if key is None:
            raise MalformedToken("key")
        try:
            jws.verify(token, key.secret, algorithms=["HS256"])
        except Exception:  # whatever jose raises, the signature was not confirmed
            raise MalformedToken("signature") from None
        if parts.claims.get("iss") != self._issuer:
            raise MalformedToken("issuer")
        if parts.claims.get("aud") != self._audience:
            raise MalformedToken("audience")
        if numeric_date(parts.claims, "exp") is None or numeric_date(parts.claims, "iat") is None:
            raise MalformedToken("claims")
        return _claims(parts.claims)


def _claims(claims: Mapping[str, Any]) -> PmaClaims:
    return PmaClaims(
        user_id=claims["sub"],
        tid=claims["tid"],
        jti=claims["jti"],
        issued_at=datetime.fromtimestamp(claims["iat"], UTC),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        session_version=claims["azv"],
        roles=claims["roles"],
        workspace_id=claims["ws"],
        truncated=claims["cut"],
        # A token of before there were organisations has none.
        org_id=claims.get("org"),
    )
