"""Validates access tokens of every trusted issuer: Entra ID, other OIDC issuers, the local one.

After https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-tokens and RFC 8725.
The key is chosen by ``kid`` from the issuer's own set and used with the one algorithm that it is for; claims
are checked here, against the injected clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from app.core.clock import Clock
from app.core.errors import InvalidAzureToken, NotAuthorized
from app.core.identity import Identity
from app.core.issuers import (
    GUID,
    EntraIssuer,
    IssuerMatch,
    LocalIssuer,
    OidcIssuer,
    SharedSecretIssuer,
    TrustedIssuers,
)
from app.core.jwks import JwksCache
from app.core.jwt_structure import MalformedToken, numeric_date, take_apart
from app.core.text import tidy_line
from app.core.token_cache import TokenCache
from app.core.verification_keys import VerificationKey

Reason = Literal[
    "too_large", "structure", "algorithm", "header", "type", "key", "signature", "issuer", "audience",
    "expired", "not_yet_valid", "lifetime", "claims", "tenant", "client", "scope", "id_token", "revoked",
]  # fmt: skip
"""The values of ``details.reason`` beside INVALID_AZURE_TOKEN."""

_TYPES = frozenset({"", "jwt", "at+jwt", "application/at+jwt"})
_MAX_TEXT = 200
_LONGEST_LIFE = timedelta(days=31).total_seconds()
"""From ``iat`` to ``exp``. Entra ID gives tokens for up to 28 hours (continuous access evaluation); one for
years is a credential somebody made to last, and nobody here could end it."""


@dataclass(frozen=True, slots=True)
class _Verified:
    identity: Identity
    match: IssuerMatch
    key: VerificationKey
    not_before: float


class AzureJwtValidator:
    """``leeway`` is the clock skew forgiven at both ends of a token's life."""

    def __init__(
        self, issuers: TrustedIssuers, jwks: JwksCache, clock: Clock, *, leeway: timedelta, cache_size: int
    ) -> None:
        self._issuers = issuers
        self._jwks = jwks
        self._clock = clock
        self._leeway = leeway.total_seconds()
        self._verified: TokenCache[_Verified] = TokenCache(cache_size)

    async def validate(self, token: str) -> Identity:
        """Raises ``InvalidAzureToken`` with a ``Reason``, ``NotAuthorized`` for a guest or an application
        that is not allowed in, ``IdentityProviderUnavailable`` when no key can be had."""
        known = self._verified.get(token)
        if known is not None:
            self._check_time(known.not_before, known.identity.expires_at.timestamp())
            if self._jwks.still_trusts(known.match, known.key):
                return known.identity
            self._verified.drop(token)
        try:
            verified = await self._validate(token)
        except MalformedToken as error:
            raise _invalid(error.reason) from None
        self._verified.put(token, verified)
        return verified.identity

    async def signed_claims(self, token: str, *, types: frozenset[str]) -> tuple[dict[str, Any], IssuerMatch]:
        """Of another token of a trusted issuer (an ID token, a logout token): what it says, and who signed
        it. Nothing else of it has been looked at. Raises as ``validate``."""
        try:
            claims, match, _ = await self._signed(token, types)
        except MalformedToken as error:
            raise _invalid(error.reason) from None
        return claims, match

    async def _signed(
        self, token: str, types: frozenset[str]
    ) -> tuple[dict[str, Any], IssuerMatch, VerificationKey]:
        parts = take_apart(token, algorithms=self._issuers.algorithms, types=types)
        match = self._issuers.find(parts.claims.get("iss"))
        if match is None:
            raise _invalid("issuer")
        if parts.algorithm not in match.issuer.algorithms:
            raise _invalid("algorithm")
        key = await self._jwks.key(match, parts.kid)
        if key is None or not key.fits(match):
            raise _invalid("key")
        if parts.algorithm != key.algorithm:
            raise _invalid("algorithm")
        if not key.has_signed(token):
            raise _invalid("signature")
        return parts.claims, match, key

    async def _validate(self, token: str) -> _Verified:
        claims, match, key = await self._signed(token, _TYPES)
        expires, not_before, issued = self._times(claims, match)
        _check_audience(claims, match)
        _check_client(claims, match)
        if isinstance(match.issuer, OidcIssuer | SharedSecretIssuer):
            identity = _oidc_identity(claims, match.issuer, issued, expires)
        else:
            identity = _entra_identity(claims, match, match.issuer, issued, expires)
        return _Verified(identity, match, key, not_before)

    def _times(self, claims: dict[str, Any], match: IssuerMatch) -> tuple[float, float, float]:
        expires, issued = numeric_date(claims, "exp"), numeric_date(claims, "iat")
        not_before = numeric_date(claims, "nbf")
        if not_before is None and match.tenant is None:
            not_before = issued
        if expires is None or issued is None or not_before is None:
            raise _invalid("claims")
        if expires - issued > _LONGEST_LIFE:
            raise _invalid("lifetime")
        not_before = max(not_before, issued)
        self._check_time(not_before, expires)
        return expires, not_before, issued

    def _check_time(self, not_before: float, expires: float) -> None:
        now = self._clock().timestamp()
        if now >= expires + self._leeway:
            raise _invalid("expired")
        if now < not_before - self._leeway:
            raise _invalid("not_yet_valid")


def _check_audience(claims: Mapping[str, Any], match: IssuerMatch) -> None:
    audience = claims.get("aud")
    # Entra ID sends one text. A list is for OIDC issuers (RFC 7519 section 4.1.3).
    may_be_list = match.tenant is None
    values = audience if may_be_list and isinstance(audience, list) else [audience]
    if not any(isinstance(value, str) and value in match.issuer.audiences for value in values):
        raise _invalid("audience")


def _check_client(claims: Mapping[str, Any], match: IssuerMatch) -> None:
    """The application that asked for the token, where only some may: ``azp`` of OpenID Connect and Entra ID's
    v2, ``appid`` of its v1, ``client_id`` of RFC 9068."""
    allowed = match.issuer.allowed_clients
    name = {"1.0": "appid", "2.0": "azp"}.get(match.version or "")
    client = claims.get(name) if name else claims.get("azp", claims.get("client_id"))
    if allowed and (not isinstance(client, str) or client not in allowed):
        raise _invalid("client")


def _entra_identity(
    claims: Mapping[str, Any],
    match: IssuerMatch,
    issuer: EntraIssuer | LocalIssuer,
    issued: float,
    expires: float,
) -> Identity:
    if claims.get("ver") != match.version:
        raise _invalid("issuer")
    if _guid(claims, "tid") != match.tenant:
        raise _invalid("tenant")
    user_id = _guid(claims, "oid")
    # Of no use here, since it differs from one application to the next; but every access token has one.
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise _invalid("claims")
    is_app = _is_app_only(claims)
    if not is_app:
        _check_scopes(claims, issuer.required_scopes)
    is_guest = isinstance(issuer, EntraIssuer) and _is_guest(claims, match)
    if isinstance(issuer, EntraIssuer):
        if is_app and not issuer.allow_app_only:
            raise NotAuthorized("Tokens of applications are not accepted; sign in as a user.")
        if is_guest and not issuer.allow_guests:
            raise NotAuthorized("Guests of the directory are not accepted.")
    elif is_app:
        raise _invalid("scope")
    version = claims.get("azv") if isinstance(issuer, LocalIssuer) else None
    if version is not None and type(version) is not int:
        raise _invalid("claims")
    return Identity(
        user_id=user_id,
        tid=str(match.tenant),
        issuer_name=issuer.name,
        display_name=_text(claims, "name"),
        email=_text(claims, "email") or _text(claims, "preferred_username") or _text(claims, "upn"),
        issued_at=_moment(issued),
        expires_at=_moment(expires),
        session_version=version,
        is_app=is_app,
        is_guest=is_guest,
        has_verified_email=_has_verified_email(claims, issuer),
    )


def _oidc_identity(
    claims: Mapping[str, Any], issuer: OidcIssuer | SharedSecretIssuer, issued: float, expires: float
) -> Identity:
    subject = claims.get(issuer.subject_claim)
    if not isinstance(subject, str) or not _is_printable(subject, _MAX_TEXT - len(issuer.name) - 1):
        raise _invalid("claims")
    # Keycloak marks its ID tokens so; 'nonce' and 'at_hash' are OIDC's own marks of one.
    if claims.get("typ") == "ID" or "at_hash" in claims or ("nonce" in claims and "scope" not in claims):
        raise _invalid("id_token")
    # Supabase's mark of a session that anybody gets without an account.
    if claims.get("is_anonymous") is True:
        raise NotAuthorized("Anonymous sessions are not accepted; sign in as a user.")
    if issuer.required_scopes:
        _check_scopes({"scp": claims.get("scp", claims.get("scope"))}, issuer.required_scopes)
    return Identity(
        user_id=f"{issuer.name}:{subject}",
        tid=issuer.name,
        issuer_name=issuer.name,
        display_name=_text(claims, "name"),
        email=_text(claims, "email"),
        issued_at=_moment(issued),
        expires_at=_moment(expires),
        # A boolean, by OpenID Connect Core 1.0 section 5.1.
        has_verified_email=_text(claims, "email") is not None and claims.get("email_verified") is True,
    )


def _has_verified_email(claims: Mapping[str, Any], issuer: EntraIssuer | LocalIssuer) -> bool:
    """Entra ID's ``email``, ``preferred_username`` and ``upn`` are what a directory has written down, of
    whomever. Only with the optional claim ``xms_edov`` it says that the domain's owner stands behind
    ``email``.

    https://learn.microsoft.com/entra/identity-platform/migrate-off-email-claim-authorization
    """
    if _text(claims, "email") is None:
        return False
    if isinstance(issuer, LocalIssuer):
        return issuer.knows_addresses
    return claims.get("xms_edov") in (True, "1", "true", "True")


def _is_app_only(claims: Mapping[str, Any]) -> bool:
    """A token without ``scp`` speaks for an application, if it says so; else it is an ID token.

    https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
    """
    if "scp" in claims:
        if claims.get("idtyp") == "app":
            raise _invalid("claims")
        return False
    roles = claims.get("roles")
    if "nonce" in claims or not ("azp" in claims or "appid" in claims or claims.get("idtyp") == "app"):
        raise _invalid("id_token")
    if not isinstance(roles, list) or not roles or not all(isinstance(role, str) for role in roles):
        raise _invalid("scope")
    return True


def _check_scopes(claims: Mapping[str, Any], required: frozenset[str]) -> None:
    scopes = claims.get("scp")
    if not isinstance(scopes, str) or not scopes.strip() or not required <= set(scopes.split()):
        raise _invalid("scope")


def _is_guest(claims: Mapping[str, Any], match: IssuerMatch) -> bool:
    """By the optional claim ``acct`` (1 is a guest), a foreign ``idp``, or the mark in a guest's name.

    https://learn.microsoft.com/entra/identity-platform/optional-claims-reference
    """
    provider = claims.get("idp")
    names = (claims.get("upn"), claims.get("preferred_username"), claims.get("unique_name"))
    return (
        claims.get("acct") in (1, "1")
        or (provider is not None and provider not in match.key_issuers)
        or any(isinstance(name, str) and "#ext#" in name.lower() for name in names)
    )


def _guid(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not GUID.fullmatch(value.lower()):
        raise _invalid("claims")
    return value.lower()


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    """A descriptive claim as it can be stored, or None. It decides nothing, so it never refuses a token."""
    value = claims.get(name)
    return tidy_line(value, limit=_MAX_TEXT) if isinstance(value, str) else None


def _is_printable(text: str, limit: int) -> bool:
    return 0 < len(text) <= limit and all("!" <= character <= "~" for character in text)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _invalid(reason: str) -> InvalidAzureToken:
    return InvalidAzureToken(details={"reason": reason})
