"""Calls to another system over HTTP: bounded in time and size, retried where that is safe, never with a
credential to another origin, and told about in our own words only.

- One deadline for the whole operation, retries and waits included.
- GET alone, so every attempt is safe to repeat (RFC 9110 section 9.2.1). ``Retry-After`` is honoured up to a
  cap; a longer wait is the caller's to decide, and is handed on.
- Redirects are not followed: where they lead, a credential has no business.
- A tenant's failures and crowds are its own (``circuits.py``).
"""

from __future__ import annotations

import asyncio
import email.utils
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import quote, urljoin, urlsplit

import msgspec
import stamina

from app.core.addresses import problem_with
from app.core.clock import Clock
from app.core.errors import ExternalItemNotFound, IntegrationFailure
from app.core.places import NoPlace
from app.integrations.bodies import BodyTooLarge, BodyUnreadable
from app.integrations.circuits import CircuitOpen, Circuits
from app.integrations.http_client import (
    AsyncClient,
    DecodingError,
    Headers,
    InvalidURL,
    Response,
    TimeoutException,
    TransportError,
    make_client,
    read_bounded,
)

log = logging.getLogger(__name__)

Authorize = Callable[[], Awaitable[Mapping[str, str]]]
"""The headers that carry the credential; asked for before each attempt, because a token ages."""

Params = Mapping[str, str | int]
Check = Callable[[Response], str | None]
Decode = Callable[[bytes], Any]
Explain = Callable[[Any], str | None]
T = TypeVar("T")

PAGES_AT_ONCE = 10
"""Pages of another system that are read for one of ours; a list that is longer goes on where it ended."""
_ATTEMPTS = 3
_RETRY_AFTER_CAP = 5.0
_RETRY_AFTER_MOST = 86_400.0
_REASONS = {401: "unauthorized", 403: "forbidden", 429: "rate_limited"}
_TRY_AGAIN = frozenset({429, 500, 502, 503, 504})
_MOST_OF_A_REFUSAL = 65_536
"""Bytes of an error that are read, where its words are understood."""


class UpstreamLimits(msgspec.Struct, frozen=True):
    """``deadline`` and ``attempt_timeout`` are seconds, ``max_bytes`` counts as it came and unpacked."""

    deadline: float = 15.0
    attempt_timeout: float = 8.0
    max_bytes: int = 5_000_000


class Answer(msgspec.Struct, frozen=True):
    document: Any
    headers: Headers


class Reading(msgspec.Struct, frozen=True):
    """How what a provider says is understood. ``explain`` may name the reason in the document of an error."""

    decode: Decode = msgspec.json.decode
    explain: Explain = lambda document: None


_USUAL = Reading()

Step = tuple[str, Params | None]
"""Where a page is: a path or URL, and its parameters."""
Following = Callable[[Answer], Step | None]
"""Where the page after this one is."""


class _Again(Exception):
    """An attempt that may be repeated. ``wait``: seconds, as the upstream asked for."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.wait = reason, wait


class UpstreamClients:
    """The one HTTP client and the circuits of this process. ``aclose`` when done."""

    def __init__(
        self,
        clock: Clock,
        limits: UpstreamLimits | None = None,
        observe: Callable[[str, str], None] = lambda provider, outcome: None,
    ) -> None:
        self.clock = clock
        self.observe = observe
        self.limits = limits or UpstreamLimits()
        self.circuits = Circuits()

    @cached_property
    def http(self) -> AsyncClient:
        """How many connections there are is for the circuits to say."""
        return make_client(self.limits.attempt_timeout)

    async def aclose(self) -> None:
        if "http" in vars(self):
            await self.http.aclose()


class Upstream:
    """One provider at one base URL with one credential; ``whose`` tells credentials apart without being
    one."""

    def __init__(
        self,
        clients: UpstreamClients,
        provider: str,
        base_url: str,
        authorize: Authorize,
        *,
        whose: str,
    ) -> None:
        self.provider = provider
        self._clients = clients
        self._base = base_url.rstrip("/") + "/"
        self._origin = "" if problem_with(base_url) else _origin(base_url)
        self._authorize = authorize
        self._circuit = f"{provider} {self._origin} {whose}"

    def failure(self, reason: str, *, retry_after: float | None = None) -> IntegrationFailure:
        return IntegrationFailure(self.provider, reason, retry_after=retry_after)

    async def get(
        self,
        path: str,
        params: Params | None = None,
        *,
        check: Check | None = None,
        scale: int = 1,
        reading: Reading | None = None,
    ) -> Answer:
        """GETs JSON below the base URL, or at an absolute URL of the same origin. ``check`` may name the
        reason why an answer is none, where a provider says so in headers. ``scale`` times as many bytes as
        usual are taken, where a list has no pages. Raises ``IntegrationFailure``."""
        return await self._limited(lambda: self._get(path, params, check, scale=scale, reading=reading))

    async def item(
        self,
        path: str,
        item_id: str,
        params: Params | None = None,
        *,
        check: Check | None = None,
        signed_in: Callable[[], Awaitable[object]],
    ) -> Answer:
        """GETs one thing by its id. A 404 is what many systems answer to whoever they do not know any more,
        so then ``signed_in`` asks for something that is there for everybody they know; what that raises
        counts. Raises ``ExternalItemNotFound`` and ``IntegrationFailure``."""
        if item_id in (".", ".."):
            raise ExternalItemNotFound(details={"provider": self.provider})  # a step in a path, and no id
        try:
            return await self._limited(
                lambda: self._get(f"{path}/{quote(item_id, safe=',')}", params, check, is_item=True)
            )
        except ExternalItemNotFound:
            await signed_in()
            raise

    async def walk(
        self,
        step: Step,
        following: Following,
        take: Callable[[Answer], bool],
        *,
        check: Check | None = None,
    ) -> Step | None:
        """Pages of a list from ``step`` on, inside one deadline, until ``take`` has enough or a few were
        read; answers where the next one is, None after the last. Raises ``IntegrationFailure`` also where a
        list leads back to itself."""
        return await self._limited(lambda: self._walk(step, following, take, check))

    async def _limited(self, operation: Callable[[], Awaitable[T]]) -> T:
        """One turn of the circuit over a whole operation, and one deadline: the deadline inside, or a
        provider that never answers would not count as one that fails."""
        try:
            result = await self._in_turn(operation)
        except IntegrationFailure as failure:
            self._clients.observe(self.provider, failure.reason)
            log.warning("integration failed", extra={"provider": self.provider, "reason": failure.reason})
            raise
        except ExternalItemNotFound:
            self._clients.observe(self.provider, "not_found")
            raise
        self._clients.observe(self.provider, "ok")
        return result

    async def _in_turn(self, operation: Callable[[], Awaitable[T]]) -> T:
        if not self._origin:
            raise self.failure("bad_address")
        circuits = self._clients.circuits
        try:
            async with circuits.closed(self._circuit):
                try:
                    async with (
                        asyncio.timeout(self._clients.limits.deadline),
                        circuits.place(self._circuit, self._origin),
                    ):
                        return await operation()
                except NoPlace:
                    raise self.failure("busy", retry_after=1) from None
                except TimeoutError:
                    raise self.failure("timeout") from None
        except CircuitOpen as circuit:
            raise self.failure("circuit_open", retry_after=circuit.seconds) from None

    async def _get(
        self,
        path: str,
        params: Params | None,
        check: Check | None,
        *,
        is_item: bool = False,
        scale: int = 1,
        reading: Reading | None = None,
    ) -> Answer:
        try:
            url = urljoin(self._base, path)
            origin = _origin(url)
        except ValueError:
            raise self.failure("bad_answer") from None
        if origin != self._origin:
            raise self.failure("other_origin")
        try:
            return await self._retried(url, params, check, scale, reading or _USUAL)
        except ExternalItemNotFound:
            if is_item:
                raise
            # Of a list it says nothing of its items: the base URL, or what it is of, is wrong.
            raise self.failure("bad_address") from None

    async def _walk(
        self, step: Step, following: Following, take: Callable[[Answer], bool], check: Check | None
    ) -> Step | None:
        seen: list[Step] = []
        here: Step | None = step
        while here is not None and len(seen) < PAGES_AT_ONCE:
            seen.append(here)
            answer = await self._get(*here, check)
            has_enough = take(answer)
            here = following(answer)
            if here in seen:
                raise self.failure("loop")
            if has_enough:
                break
            if here is not None and len(seen) < PAGES_AT_ONCE:
                # A provider may ask for patience with an answer that is whole (Azure DevOps does).
                wait = retry_after(answer.headers, self._clients.clock())
                await asyncio.sleep(min(wait or 0.0, _RETRY_AFTER_CAP))
        return here

    async def _retried(
        self, url: str, params: Params | None, check: Check | None, scale: int, reading: Reading
    ) -> Answer:
        try:
            async for attempt in stamina.retry_context(
                on=_backoff, attempts=_ATTEMPTS, timeout=None, wait_initial=0.1, wait_max=1.0, wait_jitter=0.2
            ):
                with attempt:
                    answer = await self._attempt(url, params, check, scale, reading)
        except _Again as again:
            raise self.failure(again.reason, retry_after=again.wait) from None
        return answer

    async def _attempt(
        self, url: str, params: Params | None, check: Check | None, scale: int, reading: Reading
    ) -> Answer:
        headers = await self._authorize()
        if not all(value.isascii() and value.isprintable() for value in headers.values()):
            raise self.failure("credential_unreadable")
        try:
            async with self._clients.http.stream(
                "GET", url, params=params, headers=dict(headers)
            ) as response:
                await self._judge(response, check, reading)
                body = await self._body(response, scale)
        except TimeoutException:
            raise _Again("timeout") from None
        except (TransportError, DecodingError):
            raise _Again("unavailable") from None
        except (InvalidURL, UnicodeError):  # of a link that the upstream gave
            raise self.failure("bad_answer") from None
        try:
            return Answer(reading.decode(body), response.headers)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise self.failure("bad_answer") from None

    async def _judge(self, response: Response, check: Check | None, reading: Reading) -> None:
        status = response.status_code
        told = check(response) if check else None
        if told is None and status >= 400 and reading is not _USUAL:
            told = await self._told(response, reading)
        if told is not None:
            raise self.failure(told)
        if status == 404:
            raise ExternalItemNotFound(details={"provider": self.provider})
        if status in _TRY_AGAIN:
            reason = _REASONS.get(status, "unavailable")
            raise _Again(reason, retry_after(response.headers, self._clients.clock()))
        if 300 <= status < 400:
            raise self.failure("redirected")
        if status != 200:
            raise self.failure(_REASONS.get(status, "refused"))
        if "json" not in response.headers.get("content-type", ""):
            raise self.failure("bad_answer")

    async def _told(self, response: Response, reading: Reading) -> str | None:
        """What an error says of itself; None where it is not to be understood."""
        try:
            return reading.explain(msgspec.json.decode(await read_bounded(response, _MOST_OF_A_REFUSAL)))
        except (BodyTooLarge, BodyUnreadable, msgspec.DecodeError, UnicodeError, RecursionError):
            return None

    async def _body(self, response: Response, scale: int) -> bytes:
        try:
            return await read_bounded(response, scale * self._clients.limits.max_bytes)
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


def _origin(url: str) -> str:
    """Raises ``ValueError``."""
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    return f"{parts.scheme}://{(parts.hostname or '').lower()}:{port}"
