"""Which hosts a workspace may point its own connection at.

Without this an ADMIN of any workspace could have the service call whatever it can reach: the cloud's metadata
address, its own database (server-side request forgery, OWASP A10:2021).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from app.core.config import Settings

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def is_allowed(url: str, settings: Settings) -> bool:
    """https on the standard port, no user in it, and a host that ``INTEGRATION_ALLOWED_HOSTS`` names:
    exactly, or below ``*.``. In development also http on loopback, where that is named."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    host = (parts.hostname or "").lower().rstrip(".")
    if parts.username or parts.password or parts.query or parts.fragment or not host:
        return False
    if not any(_matches(host, each.lower()) for each in settings.integration_allowed_hosts):
        return False
    if host in _LOOPBACK:
        return not settings.is_production
    return parts.scheme == "https" and port in (None, 443)


def _matches(host: str, pattern: str) -> bool:
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern
