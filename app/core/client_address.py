"""Which address a request comes from: an address, never a text that somebody sent.

``X-Forwarded-For`` is what anybody may write. It is read only where the connection comes from a proxy that is
declared, and from the right: each proxy appends whom it was asked by, so the first address from there that is
no proxy of ours is the client. uvicorn has such a reader too, which trusts whatever is on this machine and
takes any text; the protocol therefore keeps who is really at the other end (``PEER``), and this decides.

https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/X-Forwarded-For
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

PEER = "pma.peer"
"""Where the scope holds the client address and the scheme of the connection itself."""

_WITH_PORT = re.compile(r"\[([^]]*)](?::\d{1,5})?|([^:]*):\d{1,5}", re.ASCII)
_LONGEST = 80


def parse_networks(text: str) -> tuple[Network, ...]:
    """Addresses and networks, separated by commas. Raises ``ValueError`` for what is neither."""
    return tuple(ipaddress.ip_network(part) for each in text.split(",") if (part := each.strip()))


@lru_cache(4096)
def parse_address(text: str) -> Address | None:
    """The address, in one form whichever way it is written: without brackets, port or zone, and IPv4 within
    IPv6 (RFC 4291 section 2.5.5.2) as IPv4. None for anything else."""
    if len(text) > _LONGEST:
        return None
    text = text.strip(" \t")
    if found := _WITH_PORT.fullmatch(text):
        text = found[1] or found[2] or ""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def subscriber(address: str | None) -> str:
    """Whom attempts are counted for: an IPv4 address, or an IPv6 /64, which is what one subscriber has."""
    parsed = parse_address(address or "")
    if parsed is None:
        return "unknown"
    return str(ipaddress.ip_network((parsed, 64 if parsed.version == 6 else 32), strict=False))


class TrustedProxies:
    """Those whose ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are believed; by default nobody's are."""

    def __init__(self, networks: Iterable[Network] = ()) -> None:
        self._networks = tuple(networks)

    def resolve(self, scope: Any) -> str | None:
        """The client's address, or None where it has none. Sets ``client`` and ``scheme`` of the scope to it,
        whatever a server made of them before."""
        peer, scheme = scope.get(PEER) or (scope.get("client"), scope.get("scheme"))
        address = parse_address(peer[0]) if peer else None
        if address is not None and self._networks and self._trusts(address):
            address = self._behind(address, scope["headers"])
            given = [value for name, value in scope["headers"] if name == b"x-forwarded-proto"]
            if given and given[-1] in (b"http", b"https"):
                scheme = given[-1].decode()
        text = str(address) if address is not None else None
        if PEER in scope:
            scope["client"] = peer if text is None or text == peer[0] else (text, 0)
            scope["scheme"] = scheme
        return text

    def _behind(self, proxy: Address, headers: Iterable[tuple[bytes, bytes]]) -> Address:
        forwarded = b",".join(value for name, value in headers if name == b"x-forwarded-for")
        for part in reversed(forwarded.decode("latin-1").split(",")):
            address = parse_address(part)
            if address is None:
                # Whoever is further left was told by somebody who does not say who they are.
                return proxy
            if not self._trusts(address):
                return address
            proxy = address
        return proxy

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._networks)
