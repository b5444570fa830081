"""Key sets over real HTTP: how often they are fetched, and what happens when they cannot be."""

import asyncio
import json

import pytest

from app.core.azure_jwt_validator import AzureJwtValidator
from app.core.errors import IdentityProviderUnavailable, InvalidAzureToken
from app.core.issuers import TrustedIssuers
from app.core.jwks import JwksCache, KeySetUnavailable, usable_keys
from app.integrations.jwks_http import HttpJwksSource
from tests.core.conftest import trusted, validator_for
from tests.harness import Clock
from tests.keyserver import KeyServer, Signer


def long_lived(signer: Signer, **changes: object) -> str:
    claims = signer.v2(**changes)
    return signer.token(claims | {"exp": claims["exp"] + 7 * 86_400})


async def test_fifty_first_requests_at_once_make_one_fetch(
    validator: AzureJwtValidator, signer: Signer, keys: KeyServer
) -> None:
    keys.delay = 0.2
    tokens = [signer.token(signer.v2()) for _ in range(50)]
    await asyncio.gather(*(validator.validate(token) for token in tokens))
    assert keys.fetches == 1


async def test_two_hundred_unknown_kids_make_one_fetch(
    validator: AzureJwtValidator, signer: Signer, keys: KeyServer, clock: Clock
) -> None:
    await validator.validate(signer.token(signer.v2()))
    clock.advance(minutes=6)
    tokens = [signer.token(signer.v2(), {"kid": f"made-up-{number}"}) for number in range(200)]
    answers = await asyncio.gather(*(validator.validate(token) for token in tokens), return_exceptions=True)
    assert {type(answer) for answer in answers} == {InvalidAzureToken}
    assert keys.fetches == 2
    for token in tokens:
        with pytest.raises(InvalidAzureToken):
            await validator.validate(token)
    assert keys.fetches == 2


async def test_a_rollover_needs_no_restart_and_fails_nobody(
    validator: AzureJwtValidator, signer: Signer, keys: KeyServer, clock: Clock
) -> None:
    await validator.validate(signer.token(signer.v2()))
    clock.advance(minutes=6)
    keys.rotate()
    keys.delay = 0.1
    tokens = [signer.token(signer.v2()) for _ in range(20)]
    await asyncio.gather(*(validator.validate(token) for token in tokens))
    assert keys.fetches == 2


@pytest.mark.parametrize("status", [500, 503, 404, 302])
async def test_an_outage_with_a_known_key_keeps_working(
    validator: AzureJwtValidator, signer: Signer, keys: KeyServer, clock: Clock, status: int
) -> None:
    await validator.validate(long_lived(signer))
    keys.status = status
    for hours in (1, 20, 30, 48):
        clock.advance(hours=hours)
        await validator.validate(long_lived(signer))


async def test_a_cold_outage_is_unavailable_and_does_not_hammer(
    validator: AzureJwtValidator, signer: Signer, keys: KeyServer, clock: Clock
) -> None:
    keys.status = 503
    token = signer.token(signer.v2())
    for _ in range(20):
        with pytest.raises(IdentityProviderUnavailable) as refused:
            await validator.validate(token)
        assert refused.value.retry_after == 5
    assert keys.fetches == 1
    keys.status = 200
    clock.advance(seconds=6)
    await validator.validate(token)


async def test_a_server_that_is_not_there(
    signer: Signer, keys: KeyServer, jwks: JwksCache, clock: Clock
) -> None:
    token = signer.token(signer.v2())
    validator = validator_for(trusted(keys), jwks, clock)
    keys.stop()
    with pytest.raises(IdentityProviderUnavailable):
        await validator.validate(token)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"null",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": [1, null, "x", []]}',
        b'{"keys": [{"kty": "RSA", "kid": "key-1"}]}',
        b"\xff" * 100,
        b"[" * 5000,
        b'{"keys": [' + b" " * 300_000 + b"]}",
    ],
)
async def test_an_answer_that_is_no_key_set_is_an_outage(
    validator: AzureJwtValidator, signer: Signer, keys: KeyServer, clock: Clock, body: bytes
) -> None:
    keys.body = body
    with pytest.raises(IdentityProviderUnavailable):
        await validator.validate(signer.token(signer.v2()))
    keys.body = None
    clock.advance(seconds=6)
    await validator.validate(signer.token(signer.v2()))
    keys.body = body
    clock.advance(hours=25)
    await validator.validate(long_lived(signer))


@pytest.mark.slow
async def test_a_server_that_hangs_is_given_up(keys: KeyServer, signer: Signer, clock: Clock) -> None:
    keys.delay = 30
    source = HttpJwksSource(timeout=0.3)
    cache = JwksCache(source, clock)
    with pytest.raises(IdentityProviderUnavailable):
        await validator_for(trusted(keys), cache, clock).validate(signer.token(signer.v2()))
    await cache.aclose()
    await source.aclose()


async def test_who_gives_up_waiting_does_not_end_the_fetch_for_others(
    validator: AzureJwtValidator, signer: Signer, keys: KeyServer
) -> None:
    keys.delay = 0.3
    first = asyncio.create_task(validator.validate(signer.token(signer.v2())))
    await asyncio.sleep(0.05)
    others = [asyncio.create_task(validator.validate(signer.token(signer.v2()))) for _ in range(49)]
    await asyncio.sleep(0.05)
    first.cancel()
    await asyncio.gather(*others)
    with pytest.raises(asyncio.CancelledError):
        await first
    assert keys.fetches == 1


async def test_renewal_happens_behind_the_callers_back(
    validator: AzureJwtValidator, signer: Signer, keys: KeyServer, clock: Clock
) -> None:
    await validator.validate(long_lived(signer))
    clock.advance(hours=21)
    keys.delay = 0.2
    started = asyncio.get_running_loop().time()
    await validator.validate(long_lived(signer))
    assert asyncio.get_running_loop().time() - started < 0.2
    await asyncio.sleep(0.4)
    assert keys.fetches == 2


async def test_discovery_must_be_of_the_same_issuer(
    validator: AzureJwtValidator, signer: Signer, keys: KeyServer, clock: Clock
) -> None:
    for metadata in ({"issuer": "https://evil.example"}, {"jwks_uri": 7}, {"jwks_uri": "ftp://x/keys"}):
        keys.metadata = metadata
        with pytest.raises(IdentityProviderUnavailable):
            await validator.validate(signer.token(signer.oidc()))
        clock.advance(seconds=6)
    keys.metadata = {}
    assert (await validator.validate(signer.token(signer.oidc()))).tid == "keycloak"


async def test_plain_http_is_for_loopback_only() -> None:
    source = HttpJwksSource()
    for url in ("http://example.com/keys", "file:///etc/passwd", "keys", "http://127.0.0.1.example.com/k"):
        with pytest.raises(KeySetUnavailable, match="https"):
            await source.fetch(url)
    await source.aclose()


def test_a_private_member_never_gets_into_a_key(keys: KeyServer) -> None:
    document = json.loads(json.dumps(keys.keys()))
    document["keys"][0]["d"] = "secret"
    assert set(usable_keys(document)["key-1"].jwk) == {"kty", "alg", "n", "e"}


def test_issuers_that_cannot_be_told_apart_are_refused(keys: KeyServer) -> None:
    (entra,) = {match.issuer for match in trusted(keys)._by_iss.values() if match.version}
    with pytest.raises(ValueError, match="named entra"):
        TrustedIssuers([entra, entra])
