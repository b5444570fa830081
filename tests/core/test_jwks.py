"""Key sets over real HTTP: how often they are fetched, and what happens when they cannot be."""

import asyncio
import json

import pytest

from app.core.azure_jwt_validator import AzureJwtValidator
from app.core.errors import IdentityProviderUnavailable, InvalidAzureToken
from app.core.issuers import TrustedIssuers
from app.core.jwks import JwksCache, KeySetUnavailable
from app.core.verification_keys import usable_keys
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
    for hours in (1, 20, 2.9):
        clock.advance(hours=hours)
        await validator.validate(long_lived(signer))
    clock.advance(hours=0.2)
    for _ in range(20):
        with pytest.raises(IdentityProviderUnavailable):
            await validator.validate(long_lived(signer))
    assert keys.fetches == 5


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
    clock.advance(hours=23)
    await validator.validate(long_lived(signer))


@pytest.mark.slow
async def test_a_server_that_hangs_is_given_up(keys: KeyServer, signer: Signer, clock: Clock) -> None:
    keys.delay = 30
    source = HttpJwksSource(timeout=0.3)
    cache = JwksCache(source, clock.monotonic)
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
    clock.advance(minutes=20)
    keys.delay = 0.2
    started = asyncio.get_running_loop().time()
    await validator.validate(long_lived(signer))
    assert asyncio.get_running_loop().time() - started < 0.2
    await asyncio.sleep(0.4)
    assert keys.fetches == 2


async def test_a_key_that_was_taken_out_is_trusted_for_an_hour_at_most(
    validator: AzureJwtValidator, signer: Signer, keys: KeyServer, clock: Clock
) -> None:
    old = long_lived(signer)
    await validator.validate(old)
    keys.rotate()
    clock.advance(minutes=59)
    keys.delay = 0.05
    await validator.validate(old)  # which has it renewed behind its back
    await asyncio.sleep(0.3)
    with pytest.raises(InvalidAzureToken):
        await validator.validate(old)
    await validator.validate(long_lived(signer))
    old = long_lived(signer)
    keys.rotate()
    clock.advance(minutes=61)
    with pytest.raises(InvalidAzureToken):
        await validator.validate(old)


async def test_a_clock_that_jumps_makes_no_key_old(
    validator: AzureJwtValidator, signer: Signer, keys: KeyServer, clock: Clock
) -> None:
    await validator.validate(long_lived(signer))
    keys.status = 503
    clock.jump(days=3)
    await validator.validate(long_lived(signer))
    clock.jump(days=-3)
    await validator.validate(long_lived(signer))
    assert keys.fetches == 1


async def test_a_new_key_is_found_although_somebody_made_one_up(
    validator: AzureJwtValidator, signer: Signer, keys: KeyServer, clock: Clock
) -> None:
    await validator.validate(signer.token(signer.v2()))
    for name in ("made-up", "made-up", "another"):
        with pytest.raises(InvalidAzureToken):
            await validator.validate(signer.token(signer.v2(), {"kid": name}))
    assert keys.fetches == 3
    keys.rotate()
    await validator.validate(signer.token(signer.v2()))
    for number in range(100):
        with pytest.raises(InvalidAzureToken):
            await validator.validate(signer.token(signer.v2(), {"kid": f"made-up-{number}"}))
    assert keys.fetches == 6  # the first, and five in five minutes
    keys.rotate()
    with pytest.raises(InvalidAzureToken):
        await validator.validate(signer.token(signer.v2()))
    # While more are made up, the next look is half a minute away, and finds it whoever it is for.
    clock.advance(seconds=31)
    with pytest.raises(InvalidAzureToken):
        await validator.validate(signer.token(signer.v2(), {"kid": "one more"}))
    await validator.validate(signer.token(signer.v2()))
    assert keys.fetches == 7


async def test_a_failed_fetch_makes_no_kid_unknown(
    validator: AzureJwtValidator, signer: Signer, keys: KeyServer, clock: Clock
) -> None:
    await validator.validate(signer.token(signer.v2()))
    keys.rotate()
    keys.status = 503
    with pytest.raises(InvalidAzureToken):
        await validator.validate(signer.token(signer.v2()))
    keys.status = 200
    clock.advance(seconds=6)
    await validator.validate(signer.token(signer.v2()))


@pytest.mark.slow
async def test_while_a_key_set_hangs_one_caller_looks_and_the_others_are_told_at_once(
    keys: KeyServer, signer: Signer, clock: Clock
) -> None:
    source = HttpJwksSource(timeout=3)
    cache = JwksCache(source, clock.monotonic)
    validator = validator_for(trusted(keys), cache, clock)
    await validator.validate(long_lived(signer))
    keys.delay = 30
    # A known key goes on, though it waits for a moment once.
    clock.advance(hours=2)
    await asyncio.gather(*(validator.validate(long_lived(signer)) for _ in range(20)))
    loop = asyncio.get_running_loop()
    clock.advance(hours=30)
    key_set = next(iter(cache._sets.values()))
    await asyncio.gather(*([key_set.flight] if key_set.flight else []))
    clock.advance(minutes=2)

    async def refused() -> float:
        started = loop.time()
        with pytest.raises(IdentityProviderUnavailable):
            await validator.validate(long_lived(signer))
        return loop.time() - started

    waits = sorted(await asyncio.gather(*(refused() for _ in range(20))))
    assert waits[-1] > 0.9  # the one that looks
    assert waits[-2] < 0.9
    await cache.aclose()
    await source.aclose()


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
