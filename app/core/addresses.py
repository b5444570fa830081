"""What is wrong with the address of another system, before anything is asked there.

What a library would only find out when it calls (a host that is no name, IDNA's rules) is found out here, so
that it is told to whoever sets the address.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

import idna

_LONGEST = 2000
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
"""RFC 1123 section 2.1, and the underscore that names inside a network have."""


def problem_with(url: str) -> str | None:
    """``not_a_url``, ``scheme``, ``user``, ``port`` or ``host``; None for an address that can be called."""
    if len(url) > _LONGEST or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return "not_a_url"
    try:
        parts = urlsplit(url)
    except ValueError:  # half an IPv6 address
        return "host"
    if parts.scheme not in ("https", "http"):
        return "scheme"
    if "@" in parts.netloc:
        return "user"
    try:
        is_port = parts.port != 0
    except ValueError:
        is_port = False
    if not is_port or parts.netloc.endswith(":"):
        return "port"
    return None if _is_host(parts.hostname or "") else "host"


def host_of(url: str) -> str:
    """In lower case; empty for an address that cannot be called."""
    return "" if problem_with(url) else (urlsplit(url).hostname or "").lower()


def _is_host(host: str) -> bool:
    """A name as DNS has it, with the A-labels of IDNA 2008 (RFC 5891), or an address."""
    if ":" in host or host.replace(".", "").isdigit():
        try:
            return "%" not in host and bool(ipaddress.ip_address(host))
        except ValueError:
            return False
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return False
    try:
        return all(idna.decode(label) for label in labels if label.startswith("xn--"))
    except UnicodeError:
        return False
