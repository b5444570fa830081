"""Limits admit what they promise, no more and no less, also across processes."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.browser import HEADER, session_of
from tests.databases import TestDatabase
from tests.harness import Clock, Service, asked_of_the_database, code, make_settings, running
from tests.http_client import httpx
from tests.redis_server import RedisServer

pytestmark = pytest.mark.passwords("cheapest")
LIMIT = re.compile(r'"(\S+)";r=(\d+);t=(\d+)')


async def test_a_caller_may_do_so_much_and_is_told_how_much(database: TestDatabase, key_file: Path) -> None:
    settings = make_settings(database, key_file, rate_limit_read="5/hour", rate_limit_write="2/hour")
    async with running(settings) as service:
        ada, bob = await service.person("ada"), await service.person("bob")
        for left in (4, 3, 2, 1, 0):
            answer = await ada.get("/workspaces")
            assert answer.status_code == 200
            assert answer.headers["ratelimit-policy"] == '"read";q=5;w=3600'
            match = LIMIT.fullmatch(answer.headers["ratelimit"])
            assert match is not None
            assert (match[1], int(match[2])) == ("read", left)
            assert 0 < int(match[3]) <= 3600
        refused = await ada.get("/workspaces")
        assert code(refused) == (429, "RATE_LIMITED")
        assert 0 < int(refused.headers["retry-after"]) <= 3600
        assert refused.headers["ratelimit"].startswith('"read";r=0;t=')
        # Another class, another caller.
        assert (await ada.post("/workspaces", {"name": "n"})).status_code == 201
        assert (await bob.get("/workspaces")).status_code == 200
        assert (await service.client.get("/livez")).headers.get("ratelimit") is None


async def test_a_window_passes(database: TestDatabase, key_file: Path) -> None:
    async with running(make_settings(database, key_file, rate_limit_read="2/second")) as service:
        ada = await service.person("ada")
        answers = [await ada.get("/workspaces") for _ in range(3)]
        assert Counter(answer.status_code for answer in answers)[200] >= 2
        service.clock.advance(seconds=1.1)
        assert (await ada.get("/workspaces")).status_code == 200


async def test_a_clock_that_is_set_ends_no_window_and_makes_none_longer(
    database: TestDatabase, key_file: Path
) -> None:
    async with running(make_settings(database, key_file, rate_limit_sign_in="1/hour")) as service:
        form = {"username": "nobody@example.com", "password": "wrong password"}
        for days, status in ((0, 401), (27_000, 429), (-27_000, 429)):
            service.clock.jump(days=days)
            answer = await service.client.post("/auth/token", data=form)
            assert answer.status_code == status
        assert answer.headers["retry-after"] == "3600"
        service.clock.jump(days=27_000)
        service.clock.advance(hours=1, seconds=1)
        assert (await service.client.post("/auth/token", data=form)).status_code == 401


async def test_signing_in_goes_by_address(database: TestDatabase, key_file: Path) -> None:
    async with running(make_settings(database, key_file, rate_limit_sign_in="3/hour")) as service:
        form = {"username": "nobody@example.com", "password": "wrong password"}
        answers = [await service.client.post("/auth/token", data=form) for _ in range(5)]
        assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]
        # Other ways to sign in count with it; what is not signing in does not.
        assert code(await service.client.post("/auth/refresh", json={"refresh_token": "x" * 40}))[0] == 429
        assert (await service.client.get("/livez")).status_code == 200


async def test_who_is_not_let_in_is_not_counted(database: TestDatabase, key_file: Path) -> None:
    async with running(make_settings(database, key_file, rate_limit_read="2/hour")) as service:
        ada = await service.person("ada")
        for _ in range(5):
            assert (await service.client.get("/workspaces")).status_code == 401
        assert (await ada.get("/workspaces")).status_code == 200


async def test_exactly_so_many_get_in_when_many_ask_at_once(database: TestDatabase, key_file: Path) -> None:
    async with running(make_settings(database, key_file, rate_limit_read="37/hour")) as service:
        ada = await service.person("ada")
        answers = await asyncio.gather(*(ada.get("/workspaces") for _ in range(100)))
        assert Counter(answer.status_code for answer in answers) == {200: 37, 429: 63}


async def test_processes_count_together_in_redis(
    database: TestDatabase, key_file: Path, redis_server: RedisServer
) -> None:
    settings = make_settings(
        database, key_file, rate_limit_read="37/hour", rate_limit_redis_url=redis_server.url
    )
    clock = Clock()
    async with running(settings, clock) as first, running(settings, clock) as second:
        people = [await first.person("ada"), await second.person("ada")]
        answers: list[httpx.Response] = []
        for _ in range(10):
            # A few at a time: on a busy machine a hundred wait longer for Redis than anybody may.
            answers += await asyncio.gather(*(people[n % 2].get("/workspaces") for n in range(10)))
        assert Counter(answer.status_code for answer in answers) == {200: 37, 429: 63}
        assert all("ratelimit" in answer.headers for answer in answers)
        # What was counted by one is given back by the other.
        ours, theirs = [each.edge.rate_limits._windows for each in (first, second)]
        for _ in range(3):
            await ours.count("given", 3600)
        await theirs.give_back("given", 3600)
        assert (await ours.count("given", 3600))[0] == 3
    async with running(settings, clock) as third:  # and after a restart
        assert code(await (await third.person("ada")).get("/workspaces")) == (429, "RATE_LIMITED")


async def test_while_redis_is_away_nobody_is_refused(
    database: TestDatabase, key_file: Path, redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    settings = make_settings(
        database, key_file, rate_limit_read="2/hour", rate_limit_redis_url=redis_server.url
    )
    async with running(settings) as service:
        ada = await service.person("ada")
        assert (await ada.get("/workspaces")).status_code == 200
        redis_server.kill()
        with caplog.at_level(logging.WARNING):
            for _ in range(4):
                assert (await ada.get("/workspaces")).status_code == 200
        told = [record for record in caplog.records if record.message == "rate limits not counted"]
        assert len(told) == 1
        assert str(redis_server.port) not in caplog.text
        redis_server.start()
        answers = [await ada.get("/workspaces") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]


async def by_cookie(service: Service, cookie: str) -> tuple[int, str]:
    headers = HEADER | {"Cookie": f"pma-session={cookie}"}
    answer = await service.client.get("/auth/me", headers=headers)
    return answer.status_code, answer.json().get("error_code", "")


async def test_a_cookie_that_is_nobodys_is_bounded_by_address_before_it_is_read(
    database: TestDatabase, key_file: Path
) -> None:
    async with running(make_settings(database, key_file, rate_limit_guesses="3/minute")) as service:
        ada = await service.person("ada")
        known, late = [await session_of(service, ada) for _ in range(2)]
        assert (await by_cookie(service, known))[0] == 200
        asked = asked_of_the_database(service)
        for form in ("", "x", "x" * 42, "x" * 44, "x" * 42 + "="):
            assert await by_cookie(service, form) == (401, "BROWSER_SESSION_REQUIRED")
        assert asked == [], "what cannot be one is not read"
        answers = await asyncio.gather(*(by_cookie(service, f"{n:043}") for n in range(20)))
        assert Counter(answers) == {(401, "BROWSER_SESSION_REQUIRED"): 3, (429, "RATE_LIMITED"): 17}
        assert asked == ["find_browser_session"] * 3
        assert (await by_cookie(service, known))[0] == 200
        refused = await service.client.get("/auth/me", headers=HEADER | {"Cookie": f"pma-session={late}"})
        assert code(refused) == (429, "RATE_LIMITED")
        assert int(refused.headers["retry-after"]) <= 60 and "nobody's" in refused.json()["message"]
        service.clock.advance(minutes=1, seconds=1)
        # What is right is not counted, and what was right until now is, when it is found to be nobody's.
        assert [(await by_cookie(service, late))[0] for _ in range(5)] == [200] * 5
        service.tamper("DELETE FROM BrowserSession")
        answers = [await by_cookie(service, late) for _ in range(5)]
        assert [status for status, _ in answers] == [401] * 3 + [429] * 2


@pytest.mark.parametrize("value", ["fast", "0/minute", "5", "5/fortnight", "-1/second"])
def test_what_is_no_limit(database: TestDatabase, key_file: Path, value: str) -> None:
    with pytest.raises(ValueError, match="rate_limit_read"):
        make_settings(database, key_file, rate_limit_read=value)


async def preflight(service: Service, origin: str) -> httpx.Response:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization,x-pma-token,if-match,idempotency-key,traceparent,tracestate,baggage",
    }
    return await service.client.options("/workspaces", headers=headers)


async def test_pages_of_known_origins_may_call(database: TestDatabase, key_file: Path) -> None:
    origin = "https://portal.example.com"
    async with running(make_settings(database, key_file, cors_origins=[origin])) as service:
        allowed = await preflight(service, origin)
        assert allowed.status_code == 200
        assert allowed.headers["access-control-allow-origin"] == origin
        other = await preflight(service, "https://evil.example.com")
        assert "access-control-allow-origin" not in other.headers
        assert code(other) == (400, "ORIGIN_NOT_ALLOWED")
        assert other.headers["x-request-id"] == other.json()["request_id"]
        ada = await service.person("ada")
        answer = await service.client.get("/workspaces", headers=ada.headers() | {"Origin": origin})
        assert answer.headers["access-control-allow-origin"] == origin
        assert "ETag" in answer.headers["access-control-expose-headers"]
        # A page must be able to read why it was refused.
        refused = await service.client.get("/workspaces", headers={"Origin": origin})
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, origin)
    async with running(make_settings(database, key_file)) as service:
        assert (await preflight(service, origin)).status_code == 401


@pytest.mark.parametrize("origin", ["*", "http://portal.example.com", "https://a.example.com/path", "portal"])
def test_origins_that_production_refuses(database: TestDatabase, key_file: Path, origin: str) -> None:
    with pytest.raises(ValueError, match="CORS_ORIGINS"):
        make_settings(
            database, key_file, environment="production", azure_tenant_id="t", azure_client_id="c",
            public_url="https://pm.example.com", blob_store="local", cors_origins=[origin],
        )  # fmt: skip


async def test_every_answer_has_the_security_headers(database: TestDatabase, key_file: Path) -> None:
    production = {
        "environment": "production", "azure_tenant_id": "7f3a1f64-5c1e-4b3e-9a57-1d0c2f1a9b10",
        "azure_client_id": "c", "public_url": "https://pm.example.com", "blob_store": "local",
    }  # fmt: skip
    async with running(make_settings(database, key_file, **production)) as service:
        for path in ("/livez", "/workspaces", "/nothing", "/metrics"):
            answer = await service.client.get(path)
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["x-frame-options"] == "DENY"
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
            assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    async with running(make_settings(database, key_file)) as service:
        ada = await service.person("ada")
        answer = await ada.get(f"/workspaces/{(await ada.create_workspace())['id']}")
        assert answer.headers.get_list("cache-control") == ["private, no-cache"]
        assert "strict-transport-security" not in answer.headers
