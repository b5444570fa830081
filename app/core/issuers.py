"""The issuers this service trusts, and how a token's ``iss`` finds its one issuer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


_RS256 = frozenset({"RS256"})
_GLOBAL = "https://login.microsoftonline.com"
_CLOUDS = {
    _GLOBAL: ("https://sts.windows.net", frozenset({"microsoftonline.com"})),
    "https://login.microsoftonline.us": ("https://sts.windows.net", frozenset({"microsoftonline.us"})),
    "https://login.partner.microsoftonline.cn": (
        "https://sts.chinacloudapi.cn",
        frozenset({"partner.microsoftonline.cn", "chinacloudapi.cn"}),
    ),
}
"""By authority: who issues v1 tokens there, and what keys call that cloud.

https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
"""


@dataclass(frozen=True, slots=True)
class EntraIssuer:
    """Microsoft Entra ID, v1 and v2 access tokens of the tenants named. It signs RS256 and nothing else.

    https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-tokens
    """

    name: str
    tenants: frozenset[str]
    audiences: frozenset[str]
    authority: str = _GLOBAL
    required_scopes: frozenset[str] = frozenset()
    allowed_clients: frozenset[str] = frozenset()
    """Applications that may ask for tokens; none named lets all in that Entra ID does."""
    allow_guests: bool = False
    allow_app_only: bool = False
    algorithms: frozenset[str] = _RS256

    def __post_init__(self) -> None:
        for tenant in self.tenants:
            if not GUID.fullmatch(tenant):
                raise ValueError(
                    f"issuer {self.name}: a tenant is a lower-case GUID, not 'common' or a domain"
                )


@dataclass(frozen=True, slots=True)
class OidcIssuer:
    """Any OpenID Connect issuer with a JWKS, such as Keycloak or Supabase."""

    name: str
    issuer: str
    audiences: frozenset[str]
    jwks_uri: str | None = None
    required_scopes: frozenset[str] = frozenset()
    allowed_clients: frozenset[str] = frozenset()
    subject_claim: str = "sub"
    algorithms: frozenset[str] = _RS256


@dataclass(frozen=True, slots=True)
class SharedSecretIssuer:
    """One that signs HS256 with a secret that this service knows too, such as a legacy Supabase project.
    Whoever can verify its tokens can make them. It has no key set, and an issuer with one has no secret."""

    name: str
    issuer: str
    audiences: frozenset[str]
    secret: bytes = field(repr=False)
    required_scopes: frozenset[str] = frozenset()
    allowed_clients: frozenset[str] = frozenset()
    subject_claim: str = "sub"
    algorithms: frozenset[str] = frozenset({"HS256"})


@dataclass(frozen=True, slots=True)
class LocalIssuer:
    """The embedded issuer. ``keys`` answers its JWK set; nothing is fetched."""

    issuer: str
    tenant: str
    audiences: frozenset[str]
    keys: Callable[[], Mapping[str, Any]]
    name: str = "local"
    required_scopes: frozenset[str] = frozenset()
    allowed_clients: frozenset[str] = frozenset()
    algorithms: frozenset[str] = _RS256
    knows_addresses: bool = False
    """Whether the addresses of its accounts are known to be theirs."""


Issuer = EntraIssuer | OidcIssuer | SharedSecretIssuer | LocalIssuer


@dataclass(frozen=True, slots=True)
class IssuerMatch:
    """The issuer a token claims to be of. What follows ``discovery_url`` follows from ``iss``, for issuers
    with tenants: ``key_issuers`` are the names that a key may give it, ``other_clouds`` those of clouds whose
    keys are not its own."""

    issuer: Issuer
    iss: str
    jwks_url: str | None = None
    discovery_url: str | None = None
    version: str | None = None
    tenant: str | None = None
    key_issuers: frozenset[str] = frozenset()
    other_clouds: frozenset[str | None] = frozenset()


class TrustedIssuers:
    """Finds the issuer by the exact text of ``iss``. Refuses two issuers of one name or one ``iss``."""

    def __init__(self, issuers: Iterable[Issuer]) -> None:
        self._by_iss: dict[str, IssuerMatch] = {}
        self.names: set[str] = set()
        algorithms: set[str] = set()
        for issuer in issuers:
            if issuer.name in self.names:
                raise ValueError(f"two trusted issuers are named {issuer.name}")
            self.names.add(issuer.name)
            algorithms |= issuer.algorithms
            for match in _matches(issuer):
                if match.iss in self._by_iss:
                    raise ValueError(f"two trusted issuers have the issuer {match.iss}")
                self._by_iss[match.iss] = match
        self.algorithms = frozenset(algorithms)
        """Of any of them; what is of none is refused before anybody looks who it claims to be of."""

    def __iter__(self) -> Iterator[IssuerMatch]:
        return iter(self._by_iss.values())

    def find(self, iss: object) -> IssuerMatch | None:
        return self._by_iss.get(iss) if isinstance(iss, str) else None


def _matches(issuer: Issuer) -> Iterable[IssuerMatch]:
    if isinstance(issuer, LocalIssuer):
        yield IssuerMatch(issuer, issuer.issuer, version="2.0", tenant=issuer.tenant)
    elif isinstance(issuer, OidcIssuer):
        discovery = f"{issuer.issuer.rstrip('/')}/.well-known/openid-configuration"
        yield IssuerMatch(issuer, issuer.issuer, issuer.jwks_uri, discovery)
    elif isinstance(issuer, SharedSecretIssuer):
        yield IssuerMatch(issuer, issuer.issuer)
    else:
        for tenant in sorted(issuer.tenants):
            yield from _entra_matches(issuer, tenant)


def _entra_matches(issuer: EntraIssuer, tenant: str) -> Iterator[IssuerMatch]:
    authority = issuer.authority.rstrip("/")
    v1_authority, _ = _CLOUDS.get(authority, _CLOUDS[_GLOBAL])
    v1, v2 = f"{v1_authority}/{tenant}/", f"{authority}/{tenant}/v2.0"
    # Of an authority that is none of Microsoft's nothing is known.
    clouds = _CLOUDS if authority in _CLOUDS else {}
    others = frozenset(name for other, (_, names) in clouds.items() if other != authority for name in names)
    for version, iss in (("2.0", v2), ("1.0", v1)):
        yield IssuerMatch(
            issuer,
            iss,
            # One key set signs both versions.
            f"{authority}/{tenant}/discovery/v2.0/keys",
            version=version,
            tenant=tenant,
            key_issuers=frozenset({v1, v2, *(f"{cloud}/{tenant}/v2.0" for cloud in _CLOUDS)}),
            other_clouds=others,
        )
