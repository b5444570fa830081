"""Which hosts a workspace may point its own connection at.

Without this an ADMIN of any workspace could have the service call whatever it can reach: the cloud's metadata
address, its own database (server-side request forgery, OWASP A10:2021).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from app.core.addresses import host_of, problem_with
from app.core.config import Settings

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def refusal(url: str, settings: Settings) -> str | None:
    """Why a workspace may not point there, None where it may: https on the standard port, no user in it, and
    a host that ``INTEGRATION_ALLOWED_HOSTS`` names: exactly, or below ``*.``. In development also http on
    loopback, where that is named. The words are those of ``problem_with``, ``query`` and ``not_allowed``."""
    if (problem := problem_with(url)) is not None:
        return problem
    parts = urlsplit(url)
    host = host_of(url)
    if parts.query or parts.fragment:
        return "query"
    if not any(_matches(host, each.lower()) for each in settings.integration_allowed_hosts):
        return "not_allowed"
    if host in _LOOPBACK:
        return "not_allowed" if settings.is_production else None
    if parts.scheme != "https":
        return "scheme"
    return None if parts.port in (None, 443) else "port"


def _matches(host: str, pattern: str) -> bool:
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern
