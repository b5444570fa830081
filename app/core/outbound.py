"""Where this service may call when somebody else chose the address: a receiver of webhooks, a push service.

Without a rule whoever may set such an address has the service call whatever it can reach: the cloud's
metadata address, its own database (server-side request forgery, OWASP A10:2021). A name is no answer, because
it may stand for another address each time it is asked: what is judged is the address that is connected to
(``app/integrations/guarded_client.py``).

What is not public follows IANA's registries of special-purpose addresses (RFC 6890), with Azure's own
168.63.129.16 (https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.core.addresses import problem_with
from app.core.client_address import Address, Network

_NOT_PUBLIC_4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "168.63.129.16/32",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",
        ),
    )
)
_UNICAST_6 = ipaddress.IPv6Network("2000::/3")
"""All that IANA has given out for the public; what is not in it is not reached."""
_NOT_PUBLIC_6 = tuple(
    map(
        ipaddress.IPv6Network,
        ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
    )
)
_NEVER = frozenset(
    map(
        ipaddress.ip_address,
        (
            "169.254.169.254",
            "169.254.170.2",
            "168.63.129.16",
            "100.100.100.200",
            "192.0.0.192",
            "fd00:ec2::254",
            "fd20:ce::254",
        ),
    )
)
"""Where clouds tell a machine its credentials: of no network that may be reached."""
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"),)
_OF_AN_ENTERPRISE: tuple[Network, ...] = (
    *map(
        ipaddress.ip_network,
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"),
    ),
    *_NAT64,
)
_FIRST_FREE_PORT = 1024
"""Below it are the ports of known protocols (RFC 6335 section 6): what is sent there may be read as
theirs."""
_STANDARD = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class OutboundRules:
    """``networks`` may be reached although they are not public. ``http``: without TLS too."""

    networks: tuple[Network, ...] = ()
    http: bool = False

    def problem_with(self, url: str) -> str | None:
        """Why nothing is sent there whatever its name stands for, None where that decides. The words are
        those of ``addresses.problem_with``, ``fragment``, and ``address`` for one that may not be reached."""
        if (problem := problem_with(url)) is not None:
            return problem
        parts = urlsplit(url)
        if parts.scheme != "https" and not self.http:
            return "scheme"
        port = parts.port or _STANDARD[parts.scheme]
        if port < _FIRST_FREE_PORT and port != _STANDARD[parts.scheme]:
            return "port"
        if parts.fragment:
            return "fragment"
        address = address_in(parts.hostname or "")
        return None if address is None or self.may_reach(address) else "address"

    def may_reach(self, address: Address) -> bool:
        """Whether it is public or in ``networks``, and so is any IPv4 address that it stands for."""
        return all(self._may_reach(each) for each in (address, *_embedded(address)))

    def _may_reach(self, address: Address) -> bool:
        if address in _NEVER or getattr(address, "scope_id", None):
            return False
        return _is_public(address) or any(address in network for network in self.networks)


def address_in(host: str) -> Address | None:
    """The address that a host is, without brackets; None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_of_an_enterprise(network: Network) -> bool:
    """Whether all of it is for networks of one's own, and none for this machine or its link."""
    return any(
        network.subnet_of(each)  # type: ignore[arg-type]
        for each in _OF_AN_ENTERPRISE
        if each.version == network.version
    )


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    return address in _UNICAST_6 and not any(address in network for network in _NOT_PUBLIC_6)


def _embedded(address: Address) -> Iterator[Address]:
    """What a translator or tunnel makes of an IPv6 address (RFC 4291, RFC 6052, RFC 3056, RFC 4380)."""
    if isinstance(address, ipaddress.IPv4Address):
        return
    last = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address.ipv4_mapped is not None or any(address in network for network in _NAT64):
        yield last
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
