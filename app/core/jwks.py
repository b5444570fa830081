"""Signing keys of the trusted issuers, fetched when needed, kept while they may be away.

- A key set is good for 24 hours and renewed in the background before that.
- An unknown ``kid`` fetches again, at most once in five minutes: a rollover needs no restart, and a flood
  of made-up kids is one request.
- One fetch at a time for a URL, whoever asks; a caller who gives up does not end it for the others.
- A failed fetch keeps the last good set. With none, callers get ``IdentityProviderUnavailable``.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from app.core.clock import Clock
from app.core.errors import IdentityProviderUnavailable
from app.core.issuers import IssuerMatch, LocalIssuer

log = logging.getLogger(__name__)

LIFETIME = timedelta(hours=24)
RENEW_AFTER = timedelta(hours=20)
UNKNOWN_KID_INTERVAL = timedelta(minutes=5)
RETRY_INTERVAL = timedelta(seconds=5)
_MINIMUM_MODULUS_BITS = 2048


class KeySetUnavailable(Exception):
    """The source could not answer; the text is for the log and names no secret."""


class JwksSource(Protocol):
    """Where JSON documents come from. Raises ``KeySetUnavailable``."""

    async def fetch(self, url: str) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """An RSA public key as python-jose takes it. ``issuer`` is Entra ID's restriction, if it has one."""

    kid: str
    jwk: Mapping[str, str]
    issuer: str | None

    def fits(self, match: IssuerMatch) -> bool:
        """Entra ID says per key which issuer it signs for; '{tenantid}' stands for any tenant's.

        https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-the-signing-key-issuer
        """
        if self.issuer is None or match.tenant is None:
            return True
        return self.issuer.replace("{tenantid}", match.tenant) in (match.iss, match.iss.removesuffix("/"))


@dataclass(slots=True)
class _KeySet:
    keys: Mapping[str, VerificationKey] = field(default_factory=dict)
    fetched_at: datetime | None = None
    tried_at: datetime | None = None
    flight: asyncio.Task[None] | None = None


class JwksCache:
    """See the module. Belongs to one event loop; ``aclose`` ends what it has under way."""

    def __init__(self, source: JwksSource, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._sets: dict[str, _KeySet] = {}
        self._local: dict[str, Mapping[str, VerificationKey]] = {}

    async def key(self, match: IssuerMatch, kid: str) -> VerificationKey | None:
        """The key, or None when the issuer has no such key. Raises ``IdentityProviderUnavailable``."""
        if isinstance(match.issuer, LocalIssuer):
            return self._local_keys(match).get(kid)
        key_set = self._sets.setdefault(_address(match), _KeySet())
        now = self._clock()
        if key_set.fetched_at is None or now - key_set.fetched_at >= LIFETIME:
            if key_set.flight is not None or self._may_try(key_set, now, RETRY_INTERVAL):
                await self._fetch(key_set, match)
            if key_set.fetched_at is None:
                raise IdentityProviderUnavailable(retry_after=int(RETRY_INTERVAL.total_seconds()))
        elif now - key_set.fetched_at >= RENEW_AFTER and self._may_try(key_set, now, RETRY_INTERVAL):
            self._start(key_set, match)
        is_worth_a_look = key_set.flight is not None or self._may_try(key_set, now, UNKNOWN_KID_INTERVAL)
        if kid not in key_set.keys and is_worth_a_look:
            await self._fetch(key_set, match)
        return key_set.keys.get(kid)

    def still_trusts(self, match: IssuerMatch, key: VerificationKey) -> bool:
        """Whether a key that verified a token before is still the issuer's, by what is known now."""
        if isinstance(match.issuer, LocalIssuer):
            return self._local_keys(match).get(key.kid) == key
        key_set = self._sets.get(_address(match))
        if key_set is None or key_set.fetched_at is None or self._clock() - key_set.fetched_at >= RENEW_AFTER:
            return False
        return key_set.keys.get(key.kid) == key

    def ages(self) -> Mapping[str, float]:
        """Seconds since each key set was fetched, by its address."""
        now = self._clock()
        return {
            address: (now - key_set.fetched_at).total_seconds()
            for address, key_set in self._sets.items()
            if key_set.fetched_at is not None
        }

    async def aclose(self) -> None:
        flights = [key_set.flight for key_set in self._sets.values() if key_set.flight is not None]
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    def _local_keys(self, match: IssuerMatch) -> Mapping[str, VerificationKey]:
        assert isinstance(match.issuer, LocalIssuer)  # noqa: S101 - both callers have asked
        if match.iss not in self._local:
            self._local[match.iss] = usable_keys(match.issuer.keys())
        return self._local[match.iss]

    @staticmethod
    def _may_try(key_set: _KeySet, now: datetime, interval: timedelta) -> bool:
        return key_set.tried_at is None or now - key_set.tried_at >= interval

    async def _fetch(self, key_set: _KeySet, match: IssuerMatch) -> None:
        await asyncio.shield(self._start(key_set, match))

    def _start(self, key_set: _KeySet, match: IssuerMatch) -> asyncio.Task[None]:
        if key_set.flight is None:
            key_set.tried_at = self._clock()
            key_set.flight = asyncio.create_task(self._load(key_set, match))
        return key_set.flight

    async def _load(self, key_set: _KeySet, match: IssuerMatch) -> None:
        try:
            url = match.jwks_url or await self._discover(match)
            key_set.keys = usable_keys(await self._source.fetch(url))
            key_set.fetched_at = self._clock()
        except KeySetUnavailable as error:
            log.warning("signing keys not fetched", extra={"issuer": match.issuer.name, "reason": str(error)})
        finally:
            key_set.flight = None

    async def _discover(self, match: IssuerMatch) -> str:
        if match.discovery_url is None:
            raise KeySetUnavailable("no discovery document")
        metadata = await self._source.fetch(match.discovery_url)
        url = metadata.get("jwks_uri")
        if metadata.get("issuer") != match.iss or not isinstance(url, str):
            raise KeySetUnavailable("the discovery document is of another issuer")
        return url


def _address(match: IssuerMatch) -> str:
    """Both versions of an Entra tenant share one set; an issuer to be discovered is known by its name."""
    return match.jwks_url or match.iss


def usable_keys(document: Mapping[str, Any]) -> Mapping[str, VerificationKey]:
    """The RSA signature keys of a JWK set (RFC 7517) by ``kid``. Others are passed over, and so are keys
    that share a ``kid``, weak ones, and any private member. Raises ``KeySetUnavailable`` without one."""
    found: dict[str, list[VerificationKey]] = {}
    entries = document.get("keys")
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and (key := _usable(entry)) is not None:
            found.setdefault(key.kid, []).append(key)
    keys = {kid: same[0] for kid, same in found.items() if len(same) == 1}
    if not keys:
        raise KeySetUnavailable("the key set has no usable key")
    return keys


def _usable(entry: Mapping[str, Any]) -> VerificationKey | None:
    kid, modulus, exponent = entry.get("kid"), entry.get("n"), entry.get("e")
    is_signature_key = (
        entry.get("kty") == "RSA"
        and entry.get("use", "sig") == "sig"
        and entry.get("alg", "RS256") == "RS256"
    )
    if not (is_signature_key and _is_text(kid, modulus, exponent)):
        return None
    try:
        bits = int.from_bytes(base64.urlsafe_b64decode(f"{modulus}===")).bit_length()
    except ValueError:
        return None
    if bits < _MINIMUM_MODULUS_BITS:
        return None
    issuer = entry.get("issuer")
    jwk = {"kty": "RSA", "alg": "RS256", "n": str(modulus), "e": str(exponent)}
    return VerificationKey(str(kid), jwk, issuer if isinstance(issuer, str) else None)


def _is_text(*values: object) -> bool:
    return all(isinstance(value, str) and value for value in values)
