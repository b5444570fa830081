"""The client by which this service calls others, and the one module that knows which library that is.

httpx has had no release since 0.28.1 (December 2024); ``httpx2`` goes on from there, and has every name used
here (https://github.com/pydantic/httpx2). What would move:

- The imports here, in ``tests/http_client.py`` and in ``scripts/bench/client.py``; the loggers' names in
  ``app/core/logs.py``; ``httpx`` in ``pyproject.toml`` and the pins, where httpcore becomes httpcore2 and
  truststore takes certifi's place.
- Whom TLS trusts: httpx brings certifi's list of authorities, httpx2 takes the machine's, which may have
  none. ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` count for both.
- Whether a piece of a body still comes as the network gave it: ``tests/integrations/test_bodies.py``.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy

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
    "DecodingError",
    "HTTPError",
    "HTTPStatusError",
    "Headers",
    "InvalidURL",
    "Response",
    "TimeoutException",
    "TransportError",
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


@cache
def _certificate_authorities() -> ssl.SSLContext:
    """The library's own choice: read once for all clients."""
    return httpx.create_ssl_context()
