"""The client by which this service calls others, and the one module that knows which library that is.

httpx has had no release since 0.28.1 (December 2024); ``httpx2`` goes on from there, and has every name used
here (https://github.com/pydantic/httpx2). What would move:

- The imports here, in ``tests/http_client.py`` and in ``scripts/bench/client.py``; the loggers' names in
  ``app/core/logs.py``; ``httpx`` in ``pyproject.toml`` and the pins, where httpcore becomes httpcore2 and
  truststore takes certifi's place.
- Whom TLS trusts: httpx brings certifi's list of authorities, httpx2 takes the machine's, which may have
  none. ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` count for both.
- ``ask_once`` is of httpcore alone, which lets its caller say what is connected to; httpx does not.
- Whether a piece of a body still comes as the network gave it: ``tests/integrations/test_bodies.py``.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import NamedTuple
from urllib.parse import urlsplit

import httpcore
import httpx
from httpx import (
    AsyncClient,
    DecodingError,
    Headers,
    HTTPError,
    HTTPStatusError,
    InvalidURL,
    Response,
    TimeoutException,
    TransportError,
)

from app.integrations.bodies import ACCEPTED, BoundedBody

__all__ = [
    "AsyncClient",
    "Beginning",
    "DecodingError",
    "HTTPError",
    "HTTPStatusError",
    "Headers",
    "InvalidURL",
    "NoAnswer",
    "Response",
    "TimeoutException",
    "TransportError",
    "ask_once",
    "get_blocking",
    "make_client",
    "read_bounded",
]

_HEADERS = {"Accept": "application/json", "User-Agent": "pm-assist", **ACCEPTED}


def make_client(seconds: float) -> AsyncClient:
    """Asks for JSON, follows no redirect, keeps no cookie. ``seconds`` are those of one wait, for a
    connection or the next piece of an answer: the deadline of the whole is the caller's. Proxies are those
    of the environment. ``aclose`` when done."""
    return AsyncClient(
        verify=_certificate_authorities(),
        timeout=seconds,
        follow_redirects=False,
        # How many there may be is for the caller to say: a common number is one host's to take.
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
        headers=_HEADERS,
        # Keeps none: by a session cookie the next credential would be taken for this one.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )


async def read_bounded(response: Response, most: int) -> bytes:
    """The body, at most ``most`` bytes as it came and unpacked. Raises ``BodyTooLarge``, ``BodyUnreadable``
    and ``HTTPError``."""
    body = BoundedBody(response.headers, most)
    async for piece in response.aiter_raw():
        body.take(piece)
    return body.whole()


def get_blocking(
    url: str, *, params: Mapping[str, str], headers: Mapping[str, str], seconds: float, most: int
) -> bytes:
    """One GET, for whoever has no event loop yet; bounds as above. Raises ``HTTPStatusError`` for any answer
    that is no success, ``HTTPError``, ``BodyTooLarge`` and ``BodyUnreadable``."""
    with httpx.stream(
        "GET",
        url,
        params=params,
        headers={**_HEADERS, **headers},
        timeout=seconds,
        follow_redirects=False,
        verify=_certificate_authorities(),
    ) as response:
        response.raise_for_status()
        body = BoundedBody(response.headers, most)
        for piece in response.iter_raw():
            body.take(piece)
        return body.whole()


class NoAnswer(Exception):
    """``reason``: ``timeout``, ``name`` that stands for no address, ``unreachable``, ``tls``, ``broken`` off
    or not HTTP, ``busy`` for as much under way here as may be."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Beginning(NamedTuple):
    """An answer as far as it was read. ``is_whole`` is False where more of its body was to come, or did not
    come in time. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_whole: bool


Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""The addresses that may be connected to for a host, one at least."""


async def ask_once(
    method: str,
    url: str,
    *,
    resolve: Resolve,
    headers: Mapping[str, str],
    content: bytes,
    seconds: float,
    most: int,
    authorities: ssl.SSLContext | None = None,
) -> Beginning:
    """One request on a connection of its own, to one of the addresses that ``resolve`` names and to nothing
    else: no proxy, no redirect, no cookie. Certificates are those of the host by its name. ``seconds`` are
    those of the whole, ``most`` the bytes of the body that are read. Raises ``NoAnswer``, and what
    ``resolve`` raises; a status that came in time is an answer, whatever becomes of its body."""
    target = httpcore.URL(url)
    fields = {
        "Host": urlsplit(url).netloc,
        "User-Agent": _HEADERS["User-Agent"],
        "Accept-Encoding": "identity",
        "Connection": "close",
        "Content-Length": str(len(content)),
        **headers,
    }
    request = httpcore.Request(method, target, headers=list(fields.items()), content=content)
    connection = httpcore.AsyncHTTPConnection(
        target.origin, authorities or _certificate_authorities(), network_backend=_Resolved(resolve)
    )
    until = asyncio.get_running_loop().time() + seconds
    async with connection:
        try:
            async with asyncio.timeout_at(until):
                response = await connection.handle_async_request(request)
        except (TimeoutError, httpcore.TimeoutException):
            raise NoAnswer("timeout") from None
        except httpcore.ConnectError as error:
            raise NoAnswer("tls" if isinstance(error.__cause__, ssl.SSLError) else "unreachable") from None
        except (httpcore.NetworkError, httpcore.ProtocolError):
            raise NoAnswer("broken") from None
        body, is_whole = await _beginning(response, most, until)
    told = {name.decode("ascii").lower(): value.decode("latin-1") for name, value in response.headers}
    return Beginning(response.status, told, body, is_whole)


async def _beginning(response: httpcore.Response, most: int, until: float) -> tuple[bytes, bool]:
    body = bytearray()
    try:
        async with asyncio.timeout_at(until):
            async for piece in response.aiter_stream():
                body += piece
                if len(body) > most:
                    break
            else:
                return bytes(body), True
    except (TimeoutError, httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
        pass
    return bytes(body[:most]), False


class _Resolved(httpcore.AsyncNetworkBackend):
    """Connects to addresses, and never has a name looked up but by ``resolve``."""

    _SECONDS = 4.0
    """For one of several addresses, so that one that swallows everything leaves time for the next."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failure: Exception | None = None
        for address in await self._resolve(host):
            try:
                return await self._network.connect_tcp(
                    address, port, self._SECONDS, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError


@cache
def _certificate_authorities() -> ssl.SSLContext:
    """The library's own choice: read once for all clients."""
    return httpx.create_ssl_context()
