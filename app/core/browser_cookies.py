"""The cookies of browsers that sign in, and the header that each call by cookie carries.

``__Host-`` has the browser refuse a cookie that another host, a subdomain or plain HTTP sets (RFC 6265bis
section 4.1.3.2). It needs HTTPS, so on plain HTTP, which is for development alone, the names are others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

HEADER = b"x-pma-browser"
"""A page of another origin cannot send it unasked: it is none of the headers that CORS lets through, so the
browser asks first, and is told of the portal's origins alone."""
_VALUE = re.compile(r"[A-Za-z0-9_-]{43}")
_STATE_SECONDS = 600
Headers = Iterable[tuple[bytes, bytes]]


class Cookies:
    """``session`` stands for who is signed in, ``flow`` is by whom a sign-in was begun."""

    def __init__(self, base_url: str) -> None:
        self.is_secure = base_url.startswith("https://")
        prefix = "__Host-" if self.is_secure else ""
        self.session, self.flow = f"{prefix}pma-session", f"{prefix}pma-flow"
        self._session, self._flow = f"{self.session}=".encode(), f"{self.flow}=".encode()
        self._attributes = "Path=/; Secure; HttpOnly" if self.is_secure else "Path=/; HttpOnly"

    def sessions_in(self, headers: Headers) -> list[str]:
        """Each that is sent; more than one is a browser that somebody has meddled with."""
        return _values(headers, self._session)

    @staticmethod
    def may_be_session(value: str) -> bool:
        """Whether it has the form of one that was made here."""
        return _VALUE.fullmatch(value) is not None

    def flow_in(self, headers: Headers) -> str | None:
        """None where there is none, or none that could be ours."""
        values = _values(headers, self._flow)
        return values[0] if len(values) == 1 and _VALUE.fullmatch(values[0]) else None

    def set_session(self, value: str) -> str:
        """Kept until the browser closes; how long it counts is the server's to say. Never sent along by
        another site."""
        return f"{self.session}={value}; {self._attributes}; SameSite=Strict"

    def clear_session(self) -> str:
        return f"{self.session}=; Max-Age=0; {self._attributes}; SameSite=Strict"

    def set_flow(self, value: str) -> str:
        """Sent along when the directory's page leads back here, so not Strict."""
        return f"{self.flow}={value}; Max-Age={_STATE_SECONDS}; {self._attributes}; SameSite=Lax"


def _values(headers: Headers, wanted: bytes) -> list[str]:
    """``wanted`` is the name with the = behind it."""
    found = []
    for key, value in headers:
        if key == b"cookie" and wanted in value:
            pairs = [pair.strip() for pair in value.split(b";")]
            found += [pair[len(wanted) :].decode("latin-1") for pair in pairs if pair.startswith(wanted)]
    return found
