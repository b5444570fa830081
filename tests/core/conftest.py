"""A key server and a validator that trusts what it signs for."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from app.core.azure_jwt_validator import AzureJwtValidator
from app.core.issuers import EntraIssuer, OidcIssuer, TrustedIssuers
from app.core.jwks import JwksCache
from app.integrations.jwks_http import HttpJwksSource
from tests.harness import Clock
from tests.keyserver import CLIENT, TENANT, KeyServer, Signer


@pytest.fixture
def keys() -> Iterator[KeyServer]:
    with KeyServer() as server:
        yield server


@pytest.fixture
def signer(keys: KeyServer) -> Signer:
    return Signer(keys)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def jwks(clock: Clock) -> AsyncIterator[JwksCache]:
    source = HttpJwksSource(timeout=2)
    cache = JwksCache(source, clock.monotonic)
    yield cache
    await cache.aclose()
    await source.aclose()


def trusted(keys: KeyServer, **options: bool) -> TrustedIssuers:
    return TrustedIssuers(
        [
            EntraIssuer(
                "entra",
                frozenset({TENANT}),
                frozenset({CLIENT, f"api://{CLIENT}"}),
                authority=keys.url,
                **options,  # type: ignore[arg-type]
            ),
            OidcIssuer("keycloak", f"{keys.url}/oidc", frozenset({"pm-assist"})),
        ]
    )


def validator_for(issuers: TrustedIssuers, jwks: JwksCache, clock: Clock) -> AzureJwtValidator:
    return AzureJwtValidator(issuers, jwks, clock, leeway=timedelta(seconds=60), cache_size=100)


@pytest.fixture
def validator(keys: KeyServer, jwks: JwksCache, clock: Clock) -> AzureJwtValidator:
    return validator_for(trusted(keys), jwks, clock)
