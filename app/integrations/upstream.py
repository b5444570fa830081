"""Calls to another system over HTTP: bounded in time and size, retried where that is safe, never with a
credential to another origin, and told about in our own words only.

- One deadline for the whole operation, retries and waits included.
- GET alone, so every attempt is safe to repeat (RFC 9110 section 9.2.1). ``Retry-After`` is honoured up to a
  cap; a longer wait is the caller's to decide, and is handed on.
- Redirects are not followed: where they lead, a credential has no business.
- After some failures in a row a provider is left alone for a while (circuit breaker).
"""

from __future__ import annotations

import asyncio
import email.utils
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urljoin, urlsplit

import httpx
import msgspec
import stamina

from app.core.clock import Clock
from app.core.errors import ExternalItemNotFound, IntegrationFailure
from app.integrations.bodies import ACCEPTED, BodyTooLarge, BodyUnreadable, read_bounded
from app.integrations.tls import certificate_authorities

if TYPE_CHECKING:
    from purgatory import AsyncCircuitBreakerFactory

log = logging.getLogger(__name__)

Authorize = Callable[[], Awaitable[Mapping[str, str]]]
"""The headers that carry the credential; asked for before each attempt, because a token ages."""

Params = Mapping[str, str | int]
Check = Callable[[httpx.Response], str | None]
T = TypeVar("T")

MAX_PAGES = 50
"""Of a list that is followed to its end; more is not for choosing from."""
_ATTEMPTS = 3
_RETRY_AFTER_CAP = 5.0
_RETRY_AFTER_MOST = 86_400.0
_BREAKER_THRESHOLD, _BREAKER_SECONDS = 5, 30.0
_REASONS = {401: "unauthorized", 403: "forbidden", 429: "rate_limited"}
_TRY_AGAIN = frozenset({429, 500, 502, 503, 504})


class UpstreamLimits(msgspec.Struct, frozen=True):
    """``deadline`` and ``attempt_timeout`` are seconds, ``max_bytes`` counts as it came and unpacked."""

    deadline: float = 15.0
    attempt_timeout: float = 8.0
    max_bytes: int = 5_000_000


class Answer(msgspec.Struct, frozen=True):
    document: Any
    headers: httpx.Headers


Following = Callable[[Answer], tuple[str, Params | None] | None]
"""Where the page after this one is: a path or URL, and its parameters."""


class _Again(Exception):
    """An attempt that may be repeated. ``wait``: seconds, as the upstream asked for."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.wait = reason, wait


class UpstreamClients:
    """The one HTTP client and the circuit breakers of this process. ``aclose`` when done."""

    def __init__(
        self,
        clock: Clock,
        limits: UpstreamLimits | None = None,
        observe: Callable[[str, str], None] = lambda provider, outcome: None,
    ) -> None:
        self.clock = clock
        self.observe = observe
        self.limits = limits or UpstreamLimits()

    @cached_property
    def http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            verify=certificate_authorities(),
            timeout=self.limits.attempt_timeout,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=20),
            headers={"Accept": "application/json", "User-Agent": "pm-assist", **ACCEPTED},
            # Keeps none: by a session cookie the next credential would be taken for this one.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )

    @cached_property
    def breakers(self) -> AsyncCircuitBreakerFactory:
        # Loaded when the first call is made: most of its library is for keeping breakers in Redis.
        from purgatory import AsyncCircuitBreakerFactory

        # A fault of the caller's, or an item that is not there, says nothing of the provider's health.
        return AsyncCircuitBreakerFactory(
            default_threshold=_BREAKER_THRESHOLD,
            default_ttl=_BREAKER_SECONDS,
            exclude=[(BaseException, lambda error: not _tells_of_an_outage(error))],
        )

    async def aclose(self) -> None:
        if "http" in vars(self):
            await self.http.aclose()


class Upstream:
    """One provider at one base URL with one credential."""

    def __init__(self, clients: UpstreamClients, provider: str, base_url: str, authorize: Authorize) -> None:
        self.provider = provider
        self._clients = clients
        self._base = base_url.rstrip("/") + "/"
        self._origin = _origin(base_url)
        self._authorize = authorize
        # Two workspaces' instances of one product fail apart from each other.
        self._circuit = f"{provider}:{self._origin}"

    def failure(self, reason: str, *, retry_after: float | None = None) -> IntegrationFailure:
        return IntegrationFailure(self.provider, reason, retry_after=retry_after)

    async def get(
        self,
        path: str,
        params: Params | None = None,
        *,
        check: Check | None = None,
    ) -> Answer:
        """GETs JSON below the base URL, or at an absolute URL of the same origin. ``check`` may name the
        reason why an answer is none, where a provider says so in headers.

        Raises ``ExternalItemNotFound`` for 404 and ``IntegrationFailure`` for everything else."""
        return await self._limited(lambda: self._get(path, params, check))

    async def pages(
        self,
        path: str,
        params: Params,
        following: Following,
        *,
        check: Check | None = None,
    ) -> list[Answer]:
        """All pages of a list inside one deadline. ``following`` says where the next one is. Raises
        ``IntegrationFailure`` also where a list leads back to itself or does not end."""
        return await self._limited(lambda: self._pages(path, params, following, check))

    async def _limited(self, operation: Callable[[], Awaitable[T]]) -> T:
        """One deadline, and one turn of the circuit breaker, over a whole operation: the deadline inside, or
        a provider that never answers would not count as one that fails."""
        from purgatory.domain.model import OpenedState

        try:
            async with await self._clients.breakers.get_breaker(self._circuit):
                try:
                    async with asyncio.timeout(self._clients.limits.deadline):
                        result = await operation()
                except TimeoutError:
                    raise self.failure("timeout") from None
        except OpenedState:
            raise self.failure("circuit_open", retry_after=_BREAKER_SECONDS) from None
        except IntegrationFailure as failure:
            self._clients.observe(self.provider, failure.reason)
            log.warning("integration failed", extra={"provider": self.provider, "reason": failure.reason})
            raise
        except ExternalItemNotFound:
            self._clients.observe(self.provider, "not_found")
            raise
        self._clients.observe(self.provider, "ok")
        return result

    async def _get(self, path: str, params: Params | None, check: Check | None) -> Answer:
        try:
            url = urljoin(self._base, path)
            origin = _origin(url)
        except ValueError:
            raise self.failure("bad_answer") from None
        if origin != self._origin:
            raise self.failure("other_origin")
        return await self._retried(url, params, check)

    async def _pages(
        self, path: str, params: Params, following: Following, check: Check | None
    ) -> list[Answer]:
        found: list[Answer] = []
        seen: set[tuple[str, str]] = set()
        step: tuple[str, Params | None] | None = (path, params)
        while step is not None:
            mark = (step[0], str(sorted((step[1] or {}).items())))
            if mark in seen or len(found) == MAX_PAGES:
                raise self.failure("loop" if mark in seen else "too_many_pages")
            seen.add(mark)
            if found:
                # A provider may ask for patience with an answer that is whole (Azure DevOps does).
                wait = retry_after(found[-1].headers, self._clients.clock())
                await asyncio.sleep(min(wait or 0.0, _RETRY_AFTER_CAP))
            found.append(await self._get(*step, check))
            step = following(found[-1])
        return found

    async def _retried(self, url: str, params: Params | None, check: Check | None) -> Answer:
        try:
            async for attempt in stamina.retry_context(
                on=_backoff, attempts=_ATTEMPTS, timeout=None, wait_initial=0.1, wait_max=1.0, wait_jitter=0.2
            ):
                with attempt:
                    answer = await self._attempt(url, params, check)
        except _Again as again:
            raise self.failure(again.reason, retry_after=again.wait) from None
        return answer

    async def _attempt(self, url: str, params: Params | None, check: Check | None) -> Answer:
        headers = await self._authorize()
        if not all(value.isascii() and value.isprintable() for value in headers.values()):
            raise self.failure("credential_unreadable")
        try:
            async with self._clients.http.stream(
                "GET", url, params=params, headers=dict(headers)
            ) as response:
                await self._judge(response, check)
                body = await self._body(response)
        except httpx.TimeoutException:
            raise _Again("timeout") from None
        except (httpx.TransportError, httpx.DecodingError):
            raise _Again("unavailable") from None
        except httpx.InvalidURL:
            raise self.failure("bad_answer") from None
        try:
            return Answer(msgspec.json.decode(body), response.headers)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise self.failure("bad_answer") from None

    async def _judge(self, response: httpx.Response, check: Check | None) -> None:
        status = response.status_code
        if status == 404:
            raise ExternalItemNotFound(details={"provider": self.provider})
        if status in _TRY_AGAIN:
            reason = _REASONS.get(status, "unavailable")
            raise _Again(reason, retry_after(response.headers, self._clients.clock()))
        if 300 <= status < 400:
            raise self.failure("redirected")
        told = check(response) if check else None
        if told is not None:
            raise self.failure(told)
        if status != 200:
            raise self.failure(_REASONS.get(status, "refused"))
        if "json" not in response.headers.get("content-type", ""):
            raise self.failure("bad_answer")

    async def _body(self, response: httpx.Response) -> bytes:
        try:
            return await read_bounded(response, self._clients.limits.max_bytes)
        except BodyTooLarge:
            raise self.failure("too_large") from None
        except BodyUnreadable:
            raise self.failure("bad_answer") from None


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait by ``Retry-After``, which is seconds or a date (RFC 9110 section 10.2.3): at most a
    day, and None where it is missing or neither."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value), _RETRY_AFTER_MOST)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - now).total_seconds()), _RETRY_AFTER_MOST)


def _backoff(error: Exception) -> bool | float:
    """Whether to try again, and after how many seconds, where the upstream said so."""
    if not isinstance(error, _Again):
        return False
    if error.wait is None:
        return True
    return error.wait if error.wait <= _RETRY_AFTER_CAP else False


def _tells_of_an_outage(error: BaseException) -> bool:
    return isinstance(error, IntegrationFailure) and error.reason in ("unavailable", "timeout")


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    return parts.scheme, (parts.hostname or "").lower(), port
