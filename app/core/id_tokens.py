"""ID tokens and logout tokens of the trusted issuers: who signed in to a browser, and who has signed out.

OpenID Connect Core 1.0 section 3.1.3.7, and OpenID Connect Back-Channel Logout 1.0 section 2.6. Signatures
are checked by the validator of access tokens, with the same keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from typing import Any

from app.core.azure_jwt_validator import AzureJwtValidator
from app.core.browser_errors import InvalidLogoutToken, SignInFailed
from app.core.clock import Clock
from app.core.errors import InvalidAzureToken
from app.core.jwt_structure import MalformedToken, numeric_date

_ID_TYPES = frozenset({"", "jwt"})
_LOGOUT_TYPES = frozenset({"", "jwt", "logout+jwt"})
_LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_LONGEST_LIFE = timedelta(days=1).total_seconds()
_LOGOUT_LIFE = timedelta(minutes=5).total_seconds()
"""A logout token is sent at once, and one without a session id would end what came later."""
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Named:
    """``subject`` is the person's name at the issuer, ``sid`` that of their session there, if it has one."""

    subject: str | None
    sid: str | None
    issuer_name: str
    oid: str | None = None


class IdTokens:
    """``leeway`` as the validator's."""

    def __init__(self, validator: AzureJwtValidator, clock: Clock, leeway: timedelta) -> None:
        self._validator = validator
        self._clock = clock
        self._leeway = leeway.total_seconds()

    async def id_token(self, token: str, *, issuer: str, client_id: str, nonce: str) -> Named:
        """Raises ``SignInFailed`` unless this issuer signed it for this client and this sign-in, and
        ``IdentityProviderUnavailable``."""
        try:
            claims, match = await self._validator.signed_claims(token, types=_ID_TYPES)
            self._require_times(claims, _LONGEST_LIFE)
        except (InvalidAzureToken, MalformedToken):
            raise SignInFailed("id_token") from None
        given = claims.get("nonce")
        if (
            match.iss != issuer
            or not _is_for(claims, client_id)
            or not isinstance(given, str)
            or not compare_digest(given.encode("utf-8", "replace"), nonce.encode())
            or (subject := _name(claims.get("sub"))) is None
        ):
            raise SignInFailed("id_token")
        return Named(subject, _name(claims.get("sid")), match.issuer.name, _name(claims.get("oid")))

    async def logout_token(self, token: str, *, issuer: str, client_id: str) -> Named:
        """Raises ``InvalidLogoutToken`` and ``IdentityProviderUnavailable``."""
        try:
            claims, match = await self._validator.signed_claims(token, types=_LOGOUT_TYPES)
            issued = self._require_times(claims, _LONGEST_LIFE)
        except (InvalidAzureToken, MalformedToken):
            raise InvalidLogoutToken from None
        events = claims.get("events")
        subject, sid = _name(claims.get("sub")), _name(claims.get("sid"))
        if (
            match.iss != issuer
            or not _is_for(claims, client_id)
            or "nonce" in claims
            or not isinstance(events, dict)
            or not isinstance(events.get(_LOGOUT_EVENT), dict)
            or not isinstance(claims.get("jti"), str)
            or self._clock().timestamp() - issued > _LOGOUT_LIFE
            or (subject is None and sid is None)
        ):
            raise InvalidLogoutToken
        return Named(subject, sid, match.issuer.name)

    def _require_times(self, claims: dict[str, Any], longest: float) -> float:
        """When it was issued. Raises ``MalformedToken`` unless it is valid now."""
        expires, issued = numeric_date(claims, "exp"), numeric_date(claims, "iat")
        now = self._clock().timestamp()
        if (
            expires is None
            or issued is None
            or expires - issued > longest
            or now >= expires + self._leeway
            or now < issued - self._leeway
        ):
            raise MalformedToken("claims")
        return issued


def _is_for(claims: dict[str, Any], client_id: str) -> bool:
    audience = claims.get("aud")
    values = audience if isinstance(audience, list) else [audience]
    others = any(value != client_id for value in values)
    # For several it must say whose it is; where it says so, it is ours.
    return client_id in values and claims.get("azp", None if others else client_id) == client_id


def _name(value: object) -> str | None:
    is_one = isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME and value.isprintable()
    return str(value) if is_one else None
