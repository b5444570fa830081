"""The issuers this service trusts, and how a token's ``iss`` finds its one issuer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class EntraIssuer:
    """Microsoft Entra ID, v1 and v2 access tokens of the tenants named.

    https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-tokens
    """

    name: str
    tenants: frozenset[str]
    audiences: frozenset[str]
    authority: str = "https://login.microsoftonline.com"
    v1_authority: str = "https://sts.windows.net"
    required_scopes: frozenset[str] = frozenset()
    allow_guests: bool = False
    allow_app_only: bool = False

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
    subject_claim: str = "sub"


@dataclass(frozen=True, slots=True)
class LocalIssuer:
    """The embedded issuer. ``keys`` answers its JWK set; nothing is fetched."""

    issuer: str
    tenant: str
    audiences: frozenset[str]
    keys: Callable[[], Mapping[str, Any]]
    name: str = "local"
    required_scopes: frozenset[str] = frozenset()


Issuer = EntraIssuer | OidcIssuer | LocalIssuer


@dataclass(frozen=True, slots=True)
class IssuerMatch:
    """The issuer a token claims to be of. ``version`` and ``tenant`` follow from ``iss`` for Entra ID."""

    issuer: Issuer
    iss: str
    jwks_url: str | None
    discovery_url: str | None = None
    version: str | None = None
    tenant: str | None = None


class TrustedIssuers:
    """Finds the issuer by the exact text of ``iss``. Refuses two issuers of one name or one ``iss``."""

    def __init__(self, issuers: Iterable[Issuer]) -> None:
        self._by_iss: dict[str, IssuerMatch] = {}
        self.names: set[str] = set()
        for issuer in issuers:
            if issuer.name in self.names:
                raise ValueError(f"two trusted issuers are named {issuer.name}")
            self.names.add(issuer.name)
            for match in _matches(issuer):
                if match.iss in self._by_iss:
                    raise ValueError(f"two trusted issuers have the issuer {match.iss}")
                self._by_iss[match.iss] = match

    def __iter__(self) -> Iterator[IssuerMatch]:
        return iter(self._by_iss.values())

    def find(self, iss: object) -> IssuerMatch | None:
        return self._by_iss.get(iss) if isinstance(iss, str) else None


def _matches(issuer: Issuer) -> Iterable[IssuerMatch]:
    if isinstance(issuer, LocalIssuer):
        yield IssuerMatch(issuer, issuer.issuer, None, version="2.0", tenant=issuer.tenant)
    elif isinstance(issuer, OidcIssuer):
        discovery = f"{issuer.issuer.rstrip('/')}/.well-known/openid-configuration"
        yield IssuerMatch(issuer, issuer.issuer, issuer.jwks_uri, discovery)
    else:
        for tenant in sorted(issuer.tenants):
            authority = f"{issuer.authority.rstrip('/')}/{tenant}"
            # One key set signs both versions.
            keys = f"{authority}/discovery/v2.0/keys"
            yield IssuerMatch(issuer, f"{authority}/v2.0", keys, version="2.0", tenant=tenant)
            v1 = f"{issuer.v1_authority.rstrip('/')}/{tenant}/"
            yield IssuerMatch(issuer, v1, keys, version="1.0", tenant=tenant)
