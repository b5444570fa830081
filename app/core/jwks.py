"""Signing keys of the trusted issuers, fetched when needed, kept while they may be away.

- A key set is renewed behind the callers' backs after a quarter of an hour. After an hour a caller waits for
  that, for a moment: so long at most is a key trusted that its issuer took out, while the issuer answers.
- A failed fetch keeps the last good set, for a day. With none, or an older one, callers get
  ``IdentityProviderUnavailable`` at once; every so often one of them waits for a moment to see.
- An unknown ``kid`` fetches again: a rollover needs no restart. Each is remembered for a minute, and after
  five such fetches in five minutes there is one in half a minute: a flood of made-up kids is few requests,
  and a new key among them is found by the next.
- Nobody waits longer than ``FIRST_PATIENCE``, the first callers of all.
- One fetch at a time for a key set, whoever asks; a caller who gives up does not end it for the others.

Ages are of a monotonic clock: what the wall clock is set to makes no key older or younger.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from cachetools import TTLCache

from app.core.errors import IdentityProviderUnavailable
from app.core.issuers import IssuerMatch, LocalIssuer, SharedSecretIssuer
from app.core.verification_keys import NoUsableKey, VerificationKey, shared_key, usable_keys

log = logging.getLogger(__name__)

RENEW_AFTER = 15 * 60.0
WAIT_AFTER = 60 * 60.0
KEPT = 24 * 60 * 60.0
PATIENCE, FIRST_PATIENCE = 1.0, 5.0
RETRY_AFTER, LONGEST_RETRY = 5.0, 60.0
"""Seconds. Between two failed attempts it is twice as long each time."""
_LOOKS, _LOOKS_WINDOW, _LOOKS_PAUSE = 5, 300.0, 30.0
_UNKNOWN, _UNKNOWN_KEPT = 1000, 60.0


class KeySetUnavailable(Exception):
    """The source could not answer; the text is for the log and names no secret."""


class JwksSource(Protocol):
    """Where JSON documents come from. Raises ``KeySetUnavailable``."""

    async def fetch(self, url: str) -> Mapping[str, Any]: ...


class _KeySet:
    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.keys: Mapping[str, VerificationKey] = {}
        self.fetched_at: float | None = None
        self.tried_at = float("-inf")
        self.failures = 0
        self.flight: asyncio.Task[None] | None = None
        self.looks: deque[float] = deque(maxlen=_LOOKS)
        """When it was fetched for the sake of an unknown kid."""
        self.unknown: TTLCache[str, bool] = TTLCache(_UNKNOWN, _UNKNOWN_KEPT, timer=monotonic)

    def may_try(self, now: float) -> bool:
        pause = min(RETRY_AFTER * 2 ** min(self.failures - 1, 10), LONGEST_RETRY)
        return not self.failures or now - self.tried_at >= pause

    def may_look_for(self, kid: str, now: float) -> bool:
        is_full = len(self.looks) == _LOOKS and now - self.looks[0] < _LOOKS_WINDOW
        is_long_ago = not self.looks or now - self.looks[-1] >= _LOOKS_PAUSE
        return kid not in self.unknown and (is_long_ago or not is_full) and self.may_try(now)


class JwksCache:
    """See the module. Belongs to one event loop; ``aclose`` ends what it has under way."""

    def __init__(self, source: JwksSource, monotonic: Callable[[], float]) -> None:
        self._source = source
        self._monotonic = monotonic
        self._sets: dict[_Address, _KeySet] = {}
        self._own: dict[str, Mapping[str, VerificationKey]] = {}

    async def key(self, match: IssuerMatch, kid: str | None) -> VerificationKey | None:
        """The key, or None when the issuer has no such key. Raises ``IdentityProviderUnavailable``."""
        if isinstance(match.issuer, SharedSecretIssuer):
            return self._own_keys(match)[""]
        if kid is None:
            return None
        if isinstance(match.issuer, LocalIssuer):
            return self._own_keys(match).get(kid)
        address = _address(match)
        key_set = self._sets.get(address)
        if key_set is None:
            key_set = self._sets[address] = _KeySet(self._monotonic)
        await self._renew(key_set, match)
        if kid not in key_set.keys:
            await self._look_for(kid, key_set, match)
        return key_set.keys.get(kid)

    def still_trusts(self, match: IssuerMatch, key: VerificationKey) -> bool:
        """Whether a key that verified a token before is still the issuer's, by what is known now."""
        if isinstance(match.issuer, SharedSecretIssuer | LocalIssuer):
            return self._own_keys(match).get(key.kid or "") == key
        key_set = self._sets.get(_address(match))
        if key_set is None or self._age(key_set) >= RENEW_AFTER:
            return False
        return key_set.keys.get(key.kid or "") == key

    def ages(self) -> Mapping[str, float]:
        """Seconds since each key set was fetched, by its address."""
        return {
            address: self._age(key_set)
            for (address, _), key_set in self._sets.items()
            if key_set.fetched_at is not None
        }

    async def aclose(self) -> None:
        flights = [key_set.flight for key_set in self._sets.values() if key_set.flight is not None]
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    def _own_keys(self, match: IssuerMatch) -> Mapping[str, VerificationKey]:
        if match.iss not in self._own:
            if isinstance(match.issuer, SharedSecretIssuer):
                self._own[match.iss] = {"": shared_key(match.issuer)}
            elif isinstance(match.issuer, LocalIssuer):
                self._own[match.iss] = usable_keys(match.issuer.keys())
        return self._own[match.iss]

    def _age(self, key_set: _KeySet) -> float:
        return float("inf") if key_set.fetched_at is None else self._monotonic() - key_set.fetched_at

    async def _renew(self, key_set: _KeySet, match: IssuerMatch) -> None:
        """Until the set is one to go by. Raises ``IdentityProviderUnavailable``."""
        age, is_first = self._age(key_set), not key_set.failures
        if age < RENEW_AFTER:
            return
        begins = key_set.flight is None and key_set.may_try(self._monotonic())
        if begins:
            self._start(key_set, match)
        if age >= WAIT_AFTER and key_set.flight is not None and (is_first or begins):
            # Where it has failed already, one caller looks, and nobody else waits with it.
            patience = FIRST_PATIENCE if is_first and key_set.fetched_at is None else PATIENCE
            await asyncio.wait((key_set.flight,), timeout=patience)
        if self._age(key_set) >= KEPT:
            raise IdentityProviderUnavailable(retry_after=int(RETRY_AFTER))

    async def _look_for(self, kid: str, key_set: _KeySet, match: IssuerMatch) -> None:
        now = self._monotonic()
        if key_set.flight is None and key_set.may_look_for(kid, now):
            key_set.looks.append(now)
            self._start(key_set, match)
        flight = key_set.flight
        if flight is None or kid in key_set.unknown:
            return
        await asyncio.wait((flight,), timeout=PATIENCE)
        if not flight.done():
            raise IdentityProviderUnavailable(retry_after=int(RETRY_AFTER))
        if kid not in key_set.keys and not key_set.failures:
            key_set.unknown[kid] = True

    def _start(self, key_set: _KeySet, match: IssuerMatch) -> None:
        key_set.tried_at = self._monotonic()
        key_set.flight = asyncio.create_task(self._load(key_set, match))

    async def _load(self, key_set: _KeySet, match: IssuerMatch) -> None:
        try:
            url = match.jwks_url or await self._discover(match)
            key_set.keys = usable_keys(await self._source.fetch(url), match.issuer.algorithms)
            key_set.fetched_at, key_set.failures = self._monotonic(), 0
        except (KeySetUnavailable, NoUsableKey) as error:
            key_set.failures += 1
            key_set.tried_at = self._monotonic()
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


_Address = tuple[str, frozenset[str]]


def _address(match: IssuerMatch) -> _Address:
    """Both versions of an Entra tenant share one set; an issuer to be discovered is known by its name."""
    return match.jwks_url or match.iss, match.issuer.algorithms
