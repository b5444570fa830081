"""How often one caller may ask, and all of one organisation together. Windows are fixed: so many in each,
exactly, across processes with Redis.

The headers are those of draft-ietf-httpapi-ratelimit-headers-10.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from app.core import errors
from app.core.caller import Caller, Origin
from app.core.client_address import subscriber
from app.core.config import Settings
from app.core.middleware import (
    ANONYMOUS,
    CALLER,
    ORIGIN,
    PATH,
    SCIM,
    App,
    ErrorResponder,
    Message,
    Receive,
    Scope,
    Send,
    is_console,
)
from app.core.request_counts import Count
from app.core.scim_secrets import ScimSecret
from app.core.windows import RateLimitItem, StorageError, Windows, parse
from app.http.guesses import Guesses
from app.http.plan_limits import PlanLimits

log = logging.getLogger(__name__)

SIGN_IN = frozenset(
    {
        "/auth/token",
        "/auth/register",
        "/auth/refresh",
        "/auth/validate",
        "/auth/local/authorize",
        "/auth/oauth/authorize",
        "/auth/oauth/callback",
    }
)
UNLIMITED = ANONYMOUS - SIGN_IN
_COMPLAINT_SECONDS = 60.0
_GUESS = "guess"
_WRONG_TOO_OFTEN = "Too many cookies or secrets that are nobody's came from this address."
_PLAN, _PLAN_SECONDS = "organization", 60
Told = tuple[bytes, bytes]
"""Of one limit, the policy and what is left."""


class RateLimits:
    """``aclose`` when done. A limit that is set to nothing is none."""

    def __init__(self, settings: Settings, monotonic: Callable[[], float] = time.monotonic) -> None:
        texts = {
            "read": settings.rate_limit_read,
            "write": settings.rate_limit_write,
            "sign-in": settings.rate_limit_sign_in,
            "scim": settings.rate_limit_scim,
            _GUESS: settings.rate_limit_guesses,
        }
        self.items: dict[str, RateLimitItem] = {name: parse(text) for name, text in texts.items() if text}
        self._keys = {kind: item.key_for(kind) for kind, item in self.items.items()}
        self.policies = {
            kind: _policy(kind, item.amount, item.get_expiry()) for kind, item in self.items.items()
        }
        url = settings.rate_limit_redis_url
        self._windows = Windows(None if url is None else url.get_secret_value(), monotonic)
        self.plans = PlanLimits(self.count_for, monotonic)
        self.guesses = Guesses(self._take_guess, self._give_guess_back)
        self._complained_at = float("-inf")

    async def hit(self, kind: str, who: str) -> tuple[bool, int, int]:
        """Counts one. Answers whether it is let in, how many are left, and the seconds until they are all
        there again. A store that is away lets everybody in: it must not take the service with it."""
        item = self.items[kind]
        key = f"{self._keys[kind]}/{who}"
        try:
            count, seconds = await self._windows.count(key, item.get_expiry())
        except StorageError as error:
            self._complain(error)
            return True, item.amount, item.get_expiry()
        return count <= item.amount, max(0, item.amount - count), max(1, round(seconds))

    async def count_for(self, org_id: str) -> Count:
        """Counts one request of this organisation, whatever its limit is: one that changes begins no window.
        While the store is away, it is none of them."""
        try:
            number, seconds = await self._windows.count(f"LIMITER/{_PLAN}/{org_id}", _PLAN_SECONDS)
        except StorageError as error:
            self._complain(error)
            return Count(org_id, 0, _PLAN_SECONDS)
        return Count(org_id, number, max(1, round(seconds)))

    async def _take_guess(self, address: str | None) -> None:
        if _GUESS in self.items:
            is_in, _, seconds = await self.hit(_GUESS, subscriber(address))
            if not is_in:
                raise errors.RateLimited(_WRONG_TOO_OFTEN, retry_after=seconds)

    async def _give_guess_back(self, address: str | None) -> None:
        if _GUESS not in self.items:
            return
        key = f"{self._keys[_GUESS]}/{subscriber(address)}"
        try:
            await self._windows.give_back(key, self.items[_GUESS].get_expiry())
        except StorageError as error:
            self._complain(error)

    def _complain(self, error: StorageError) -> None:
        now = time.monotonic()
        if now - self._complained_at > _COMPLAINT_SECONDS:
            self._complained_at = now
            log.warning("rate limits not counted", extra={"reason": type(error.storage_error).__name__})

    async def aclose(self) -> None:
        await self._windows.aclose()


class RateLimitMiddleware:
    """Below authentication, so that a caller is a person and not an address; signing in goes by address."""

    def __init__(self, app: App, limits: RateLimits, respond: ErrorResponder) -> None:
        self._app = app
        self._limits = limits
        self._respond = respond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = _kind(scope)
        if kind is None:
            await self._app(scope, receive, send)
            return
        plans = self._limits.plans
        caller: Caller | None = scope.get(CALLER)
        counts = None if caller is None else caller.counts
        told: list[Told] = []
        is_in = False

        async def send_with_headers(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                if is_in and counts is not None:
                    plans.learn(counts, scope[PATH])
                if counts is not None and counts.by_org and (count := counts.tightest()) is not None:
                    told.append(_of_plan(count))
                if told:
                    message["headers"] = [*message.get("headers", ()), *_headers(told)]
            await send(message)

        try:
            if kind in self._limits.items:
                await self._take(kind, self._who(scope, kind), told)
            if counts is not None and (known := plans.find(counts, scope[PATH])) is not None:
                await plans.take(counts, known)
        except errors.RateLimited as error:
            await self._respond(error, scope, receive, send_with_headers)
            return
        is_in = True
        await self._app(scope, receive, send_with_headers)

    def _who(self, scope: Scope, kind: str) -> str:
        if kind == "scim":
            # By the whole secret: nobody who has not got it uses up what its directory may send.
            secret: ScimSecret = scope[SCIM]
            if self._limits.guesses.was_right(secret.digest):
                return f"scim:{secret.digest}"
        if kind == "sign-in" or CALLER not in scope:
            origin: Origin = scope[ORIGIN]
            return f"address:{subscriber(origin.address)}"
        user_id: str = scope[CALLER].user_id
        return f"user:{user_id}"

    async def _take(self, kind: str, who: str, told: list[Told]) -> None:
        """Raises ``RateLimited``; what is left is told either way."""
        is_in, left, seconds = await self._limits.hit(kind, who)
        told.append((self._limits.policies[kind], f'"{kind}";r={left};t={seconds}'.encode()))
        if not is_in:
            raise errors.RateLimited(retry_after=seconds)


def _policy(name: str, amount: int, seconds: int) -> bytes:
    return f'"{name}";q={amount};w={seconds}'.encode()


def _of_plan(count: Count) -> Told:
    left = f'"{_PLAN}";r={count.left};t={count.seconds}'.encode()
    return _policy(_PLAN, count.limit or 0, _PLAN_SECONDS), left


def _headers(told: list[Told]) -> list[tuple[bytes, bytes]]:
    return [
        (b"ratelimit-policy", b", ".join([policy for policy, _ in told])),
        (b"ratelimit", b", ".join([left for _, left in told])),
    ]


def _kind(scope: Scope) -> str | None:
    if scope["type"] == "websocket":
        return "read"
    if scope["type"] != "http" or scope[PATH] in UNLIMITED or is_console(scope[PATH]):
        return None
    if scope[PATH] in SIGN_IN:
        return "sign-in"
    if SCIM in scope:
        return "scim"
    return "read" if scope["method"] in ("GET", "HEAD", "OPTIONS") else "write"
