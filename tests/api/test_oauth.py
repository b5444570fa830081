"""Sign-in for browsers with a real provider that enforces PKCE and takes each refresh token once."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives import serialization

from app.core.errors import IdentityProviderUnavailable
from app.core.oauth import Grant
from tests.browser import Browser, query_of
from tests.databases import TestDatabase, execute
from tests.harness import BASE_URL, Clock, Service, code, make_settings, running
from tests.http_client import httpx
from tests.keyserver import certificate, rsa_key
from tests.oidc_provider import CLIENT, SECRET, OidcServer

pytestmark = pytest.mark.slow
PORTAL = "https://portal.example.com/portal"
SESSION = "/auth/oauth/session"
EVENT: dict[str, Any] = {"http://schemas.openid.net/event/backchannel-logout": {}}


@pytest.fixture
def op(oidc_server: OidcServer) -> Iterator[OidcServer]:
    yield oidc_server
    oidc_server.control(away="")


@pytest.fixture
async def service(database: TestDatabase, key_file: Path, op: OidcServer) -> AsyncIterator[Service]:
    async with running(make_settings(database, key_file, **op.settings(oauth_return_to=[PORTAL]))) as service:
        yield service


@pytest.fixture
async def browser(service: Service) -> AsyncIterator[Browser]:
    async with a_browser(service) as browser:
        yield browser


@asynccontextmanager
async def a_browser(service: Service) -> AsyncIterator[Browser]:
    """To the service as the tests have it, to the provider over the network."""
    here = httpx.ASGITransport(service.app, raise_app_exceptions=True, client=("127.0.0.1", 50000))
    async with httpx.AsyncClient(mounts={"all://testserver": here}, timeout=20) as client:
        yield Browser(client, BASE_URL)


async def at_the_provider(browser: Browser, person: str = "ada", start: str = "/auth/oauth/authorize") -> str:
    """Signs in there; answers the address that the browser is sent back to, and has not gone to."""
    browser.stops_at = "/auth/oauth/callback"
    page = await browser.go(start)
    if page.status_code == 200:  # nobody is signed in there so far
        await browser.submit(page, login=person, password="any")
    browser.stops_at = None
    return browser.visited[-1]


async def sign_in(browser: Browser, person: str = "ada") -> None:
    done = await browser.go(await at_the_provider(browser, person))
    assert (done.status_code, browser.visited[-1]) == (303, PORTAL), (done.text, browser.visited[-1])


def failed(browser: Browser) -> dict[str, str]:
    """With what error it came back to the portal, to which it was going."""
    assert browser.visited[-1].startswith(f"{PORTAL}?"), browser.visited
    return query_of(browser.visited[-1])


async def test_a_browser_signs_in_with_the_directory_and_out_of_it(
    service: Service, browser: Browser, op: OidcServer
) -> None:
    listed = await browser.send("GET", "/auth/oauth/providers")
    assert [each["name"] for each in listed.json()["items"]] == ["op", "local"]
    await sign_in(browser)
    who = await browser.call("GET", SESSION)
    assert (who.json()["user_id"], who.json()["provider"]) == ("op:ada", "op")
    assert who.json()["display_name"] == "ada"
    out = await browser.call("POST", "/auth/oauth/logout", json={"return_to": "/"})
    url = out.json()["end_session_url"]
    assert url.startswith(f"{op.url}/session/end?")
    assert query_of(url).keys() == {"client_id", "id_token_hint", "post_logout_redirect_uri"}
    assert code(await browser.call("GET", SESSION)) == (401, "BROWSER_SESSION_REQUIRED")
    # The directory takes the hint, and sends the browser home.
    page = await browser.go(url)
    browser.stops_at = "/"
    await browser.submit(page, logout="yes")
    assert browser.visited[-1] == f"{BASE_URL}/"


async def test_a_certificate_does_for_a_secret(
    database: TestDatabase, key_file: Path, op: OidcServer, tmp_path: Path
) -> None:
    pem = tmp_path / "client.pem"
    key = rsa_key("client").private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    from cryptography import x509

    pem.write_bytes(
        key + x509.load_der_x509_certificate(certificate("client")).public_bytes(serialization.Encoding.PEM)
    )
    provider = {"name": "op", "issuer": op.url, "client_id": "by-certificate", "certificate_file": str(pem)}
    given = op.settings(oauth_return_to=[PORTAL]) | {"oauth_providers": [provider]}
    async with running(make_settings(database, key_file, **given)) as service, a_browser(service) as browser:
        await sign_in(browser)


async def test_stolen_codes_and_answers_of_others_are_not_taken(
    service: Service, browser: Browser, op: OidcServer
) -> None:
    victim = query_of(await at_the_provider(browser, "ada"))
    async with a_browser(service) as mallory:
        own = query_of(await at_the_provider(mallory, "mallory"))
        # The victim's state in another browser: not theirs to spend.
        stolen = await mallory.send("GET", f"/auth/oauth/callback?{urlencode(victim)}")
        assert (*code(stolen), stolen.json()["details"]) == (400, "SIGN_IN_FAILED", {"reason": "state"})
        # The victim's code in a sign-in of one's own: PKCE.
        injected = own | {"code": victim["code"]}
        await mallory.go(f"/auth/oauth/callback?{urlencode(injected)}")
        assert failed(mallory) == {"error": "SIGN_IN_FAILED", "reason": "code"}
        # Without the issuer's name, where it gives it always; with another's.
        for iss in ({}, {"iss": "https://evil.example.com"}):
            answer = query_of(await at_the_provider(mallory, "mallory"))
            del answer["iss"]
            await mallory.go(f"/auth/oauth/callback?{urlencode(answer | iss)}")
            assert failed(mallory) == {"error": "SIGN_IN_FAILED", "reason": "issuer"}
        assert not mallory.kept.get("pma-session")


async def test_of_several_directories_each_has_its_own_way_back(
    database: TestDatabase, key_file: Path, op: OidcServer
) -> None:
    given = op.settings(oauth_return_to=[PORTAL])
    other = {"kind": "oidc", "name": "mallory", "issuer": "http://127.0.0.1:9", "audiences": ["pm-assist"]}
    given["trusted_issuers"].append(other)
    client = {"client_id": CLIENT, "client_secret": SECRET, "issuer": "http://127.0.0.1:9"}
    given["oauth_providers"].append(client | {"name": "mallory"})
    async with running(make_settings(database, key_file, **given)) as service, a_browser(service) as browser:
        url = await at_the_provider(browser, "ada", "/auth/oauth/authorize?provider=op")
        assert url.startswith(f"{BASE_URL}/auth/oauth/callback/op?")
        for path in ("", "/mallory"):
            await browser.go(f"/auth/oauth/callback{path}?{url.partition('?')[2]}")
            assert failed(browser)["reason"] == "issuer"
            url = await at_the_provider(browser, "ada", "/auth/oauth/authorize?provider=op")
        assert (await browser.go(url)).status_code == 303 and browser.visited[-1] == PORTAL
        away = await browser.send("GET", "/auth/oauth/authorize?provider=mallory")
        assert code(away) == (503, "IDENTITY_PROVIDER_UNAVAILABLE")


async def test_what_is_sealed_for_one_sign_in_opens_in_no_other(service: Service, browser: Browser) -> None:
    """A wrong verifier and nonce: of another row."""
    first = await at_the_provider(browser)
    second = await at_the_provider(browser)
    execute(
        service.settings,
        "UPDATE OAuthState SET sealed = (SELECT MAX(o.sealed) FROM OAuthState AS o), "
        "key_id = (SELECT MAX(o.key_id) FROM OAuthState AS o)",
    )
    answers = [await browser.send("GET", url) for url in (first, second)]
    assert sorted(each.status_code for each in answers) == [303, 400]


async def test_both_tokens_are_of_one_person(service: Service, browser: Browser, op: OidcServer) -> None:
    parts = service.edge.parts
    assert parts.browsers is not None
    provider: Any = parts.browsers.find("op")
    redeem, begun = provider.redeem, await browser.send("GET", "/auth/oauth/authorize")
    asked, now = query_of(begun.headers["location"]), int(time.time())
    named = {"iss": op.url, "aud": CLIENT, "nonce": asked["nonce"], "iat": now, "exp": now + 300}

    async def mixed(*args: Any, **values: Any) -> Grant:
        grant: Grant = await redeem(*args, **values)
        return Grant(grant.access_token, grant.refresh_token, op.sign(named | {"sub": "mallory"}))

    provider.redeem = mixed
    await browser.go(await at_the_provider(browser, "ada", begun.headers["location"]))
    assert failed(browser) == {"error": "SIGN_IN_FAILED", "reason": "access_token"}
    assert not service.rows("SELECT id FROM BrowserSession")


async def test_whoever_says_no_at_the_directory_comes_back_with_an_error(
    service: Service, browser: Browser
) -> None:
    state = query_of((await browser.send("GET", "/auth/oauth/authorize")).headers["location"])["state"]
    told = {"state": state, "error": "access_denied", "error_description": "<script>", "iss": "x"}
    iss = service.settings.oauth_providers[0].issuer
    await browser.go(f"/auth/oauth/callback?{urlencode(told | {'iss': iss})}")
    assert failed(browser) == {"error": "SIGN_IN_FAILED", "reason": "refused"}


async def test_a_directory_that_is_away_at_the_callback_is_a_clear_error(
    service: Service, browser: Browser, op: OidcServer
) -> None:
    url = await at_the_provider(browser)
    op.control(away="503")
    await browser.go(url)
    assert failed(browser) == {"error": "IDENTITY_PROVIDER_UNAVAILABLE"}


async def test_a_client_that_the_directory_does_not_know_is_nobodys_fault_but_ours(
    database: TestDatabase, key_file: Path, op: OidcServer, caplog: pytest.LogCaptureFixture
) -> None:
    given = op.settings(oauth_return_to=[PORTAL])
    given["oauth_providers"][0]["client_secret"] = "another secret altogether"
    async with running(make_settings(database, key_file, **given)) as service, a_browser(service) as browser:
        await browser.go(await at_the_provider(browser))
        assert failed(browser) == {"error": "IDENTITY_PROVIDER_UNAVAILABLE"}
    assert "invalid_client" in str([vars(record).get("error") for record in caplog.records])
    assert "another secret" not in caplog.text


# --- renewal -------------------------------------------------------------------------------------


async def expire(service: Service) -> None:
    """Until the access token, of five minutes, has ended."""
    service.clock.advance(minutes=5, seconds=5)


def refreshed(op: OidcServer) -> int:
    return op.control().get("refresh_token", 0)


async def test_tokens_are_renewed_here_and_once_for_all_tabs(
    service: Service, browser: Browser, op: OidcServer
) -> None:
    await sign_in(browser)
    before = refreshed(op)
    await expire(service)
    answers = await asyncio.gather(*(browser.call("GET", "/auth/me") for _ in range(8)))
    assert [each.status_code for each in answers] == [200] * 8
    assert refreshed(op) == before + 1
    # And again: the token that came with the last is the one that is used.
    service.clock.advance(minutes=54)
    assert (await browser.call("GET", "/auth/me")).status_code == 200
    assert refreshed(op) == before + 2


async def test_tokens_are_renewed_once_for_all_processes(
    database: TestDatabase, key_file: Path, op: OidcServer
) -> None:
    settings, clock = make_settings(database, key_file, **op.settings(oauth_return_to=[PORTAL])), Clock()
    async with (
        running(settings, clock) as first,
        running(settings, clock) as second,
        a_browser(first) as browser,
        a_browser(second) as other,
    ):
        await sign_in(browser)
        other.cookies = browser.cookies
        before = refreshed(op)
        await expire(first)
        calls = [each.call("GET", "/auth/me") for each in (browser, other) for _ in range(3)]
        assert [each.status_code for each in await asyncio.gather(*calls)] == [200] * 6
        assert refreshed(op) == before + 1


async def test_a_directory_that_is_away_ends_no_session(
    service: Service, browser: Browser, op: OidcServer
) -> None:
    await sign_in(browser)
    op.control(away="503")
    # It is to be renewed, and what there is still counts.
    service.clock.advance(minutes=4, seconds=30)
    assert (await browser.call("GET", "/auth/me")).status_code == 200
    service.clock.advance(seconds=20)
    for away in ("503", "closed", "429"):
        op.control(away=away)
        service.clock.advance(seconds=20)
        refused = await browser.call("GET", "/auth/me")
        assert code(refused) == (503, "IDENTITY_PROVIDER_UNAVAILABLE"), away
        assert int(refused.headers["retry-after"]) > 0
    # Whoever asks again at once does not have it asked again.
    before = refreshed(op)
    op.control(away="")
    assert code(await browser.call("GET", "/auth/me")) == (503, "IDENTITY_PROVIDER_UNAVAILABLE")
    assert refreshed(op) == before
    service.clock.advance(seconds=11)
    assert (await browser.call("GET", "/auth/me")).status_code == 200


async def test_a_session_ends_when_the_directory_gives_no_more(
    service: Service, browser: Browser, op: OidcServer
) -> None:
    await sign_in(browser)
    parts = service.edge.parts
    assert parts.browsers is not None
    async with parts.database.read() as tx:
        from app.core.opaque_tokens import token_digest
        from app.db.handles.browser_sessions import find_browser_session

        row = await find_browser_session(tx, token_hash=token_digest(browser.kept["pma-session"]))
    assert row is not None
    held = parts.browsers.tokens.open(row)
    await parts.browsers.find("op").revoke(refresh_token=held.refresh_token or "")
    await expire(service)
    assert code(await browser.call("GET", "/auth/me")) == (401, "BROWSER_SESSION_REQUIRED")
    assert service.rows("SELECT id FROM BrowserSession") == []
    told = service.rows("SELECT action, outcome FROM PlatformAuditLog WHERE action = 'browser_session.ended'")
    assert told == [("browser_session.ended", "DENIED")]


async def test_renewal_does_not_bring_back_what_was_ended(
    service: Service, browser: Browser, op: OidcServer
) -> None:
    await sign_in(browser)
    before = refreshed(op)
    execute(service.settings, "UPDATE UserAccount SET session_version = session_version + 1")
    await expire(service)
    assert code(await browser.call("GET", "/auth/me")) == (401, "BROWSER_SESSION_REQUIRED")
    assert refreshed(op) == before


async def test_a_sign_out_while_tokens_are_renewed_counts(
    service: Service, browser: Browser, op: OidcServer
) -> None:
    await sign_in(browser)
    await expire(service)
    parts = service.edge.parts
    assert parts.browsers is not None
    provider: Any = parts.browsers.find("op")
    renew = provider.renew

    async def slow(*args: Any, **values: Any) -> Any:
        grant = await renew(*args, **values)
        execute(service.settings, "DELETE FROM BrowserSession")
        return grant

    provider.renew = slow
    assert code(await browser.call("GET", "/auth/me")) == (401, "BROWSER_SESSION_REQUIRED")
    assert service.rows("SELECT id FROM BrowserSession") == []


async def test_what_the_directory_has_given_is_kept_where_it_cannot_be_checked_now(
    service: Service, browser: Browser, op: OidcServer
) -> None:
    """Its refresh token is taken once: lost, the next renewal would end the session."""
    await sign_in(browser)
    await expire(service)
    parts = service.edge.parts
    assert parts.browsers is not None
    validator: Any = parts.validator
    validate = validator.validate
    keys_away = 1

    async def checked(token: str) -> Any:
        nonlocal keys_away
        if refreshed(op) > before and keys_away:
            keys_away -= 1
            raise IdentityProviderUnavailable(retry_after=5)
        return await validate(token)

    before = refreshed(op)
    validator.validate = checked
    assert code(await browser.call("GET", "/auth/me")) == (503, "IDENTITY_PROVIDER_UNAVAILABLE")
    service.clock.advance(seconds=11)
    assert (await browser.call("GET", "/auth/me")).status_code == 200
    assert refreshed(op) == before + 2


# --- the directory's own sign-out ----------------------------------------------------------------


async def test_the_directory_ends_what_came_of_its_session(
    service: Service, browser: Browser, op: OidcServer
) -> None:
    place = "/auth/oauth/backchannel-logout/op"
    now = int(time.time())
    async with a_browser(service) as second, a_browser(service) as other:
        for each, person in ((browser, "ada"), (second, "ada"), (other, "grace")):
            await sign_in(each, person)
        sids = {str(row[0]) for row in service.rows("SELECT sid FROM BrowserSession WHERE sid IS NOT NULL")}
        (sid,) = service.rows("SELECT sid FROM BrowserSession ORDER BY created_at")[0]
        assert len(sids) == 3
        right = {"iat": now, "exp": now + 120, "jti": str(uuid.uuid4()), "events": EVENT, "sid": sid}
        wrong: tuple[dict[str, Any], ...] = (
            {"nonce": "x"}, {"events": {}}, {"events": None}, {"aud": "other"}, {"iss": "https://evil.example.com"},
            {"jti": None}, {"sid": None}, {"iat": now - 600}, {"exp": now - 600}, {"exp": now + 10**6}, {"exp": None},
        )  # fmt: skip
        for change in wrong:
            token = op.logout_token(**right | change)
            refused = await service.client.post(place, data={"logout_token": token})
            assert code(refused) == (400, "INVALID_LOGOUT_TOKEN"), change
        forged = op.logout_token(**right)[:-8] + "AAAAAAAA"
        assert code(await service.client.post(place, data={"logout_token": forged}))[0] == 400
        unknown = await service.client.post(f"{place}x", data={"logout_token": "x"})
        assert code(unknown) == (404, "OAUTH_PROVIDER_NOT_FOUND")
        for claims, signed_in in (
            ({"sub": "grace"}, [True, True, True]),  # a session of somebody else
            ({}, [False, True, True]),
            ({"sid": None, "sub": "ada"}, [False, False, True]),
        ):
            ended = await service.client.post(place, data={"logout_token": op.logout_token(**right | claims)})
            assert (ended.status_code, ended.headers["cache-control"]) == (200, "no-store")
            found = [
                (await each.call("GET", SESSION)).status_code == 200 for each in (browser, second, other)
            ]
            assert found == signed_in, claims


# --- ID tokens -----------------------------------------------------------------------------------


async def test_an_id_token_is_the_issuers_for_this_client_and_this_sign_in(
    service: Service, op: OidcServer
) -> None:
    from app.core.browser_errors import SignInFailed

    parts = service.edge.parts
    assert parts.browsers is not None
    now = int(time.time())
    right: dict[str, Any] = {
        "iss": op.url, "aud": CLIENT, "sub": "ada", "nonce": "n", "iat": now, "exp": now + 300,
    }  # fmt: skip

    async def is_taken(change: dict[str, Any], **sign: Any) -> bool:
        token = op.sign(right | change, **sign)
        try:
            named = await parts.browsers.id_tokens.id_token(  # type: ignore[union-attr]
                token, issuer=op.url, client_id=CLIENT, nonce="n"
            )
        except SignInFailed as error:
            assert error.reason == "id_token"
            return False
        return named.subject == "ada"

    for change in ({}, {"aud": [CLIENT]}, {"aud": [CLIENT, "x"], "azp": CLIENT}, {"azp": CLIENT}):
        assert await is_taken(change), change
    refused: list[dict[str, Any]] = [
        {"iss": "https://evil.example.com"}, {"iss": parts.settings.base_url}, {"aud": "pm-assist-api"}, {"aud": []},
        {"aud": [CLIENT, "x"]}, {"aud": [CLIENT, "x"], "azp": "x"}, {"azp": "x"}, {"nonce": "m"}, {"nonce": None},
        {"nonce": 1}, {"nonce": "é"}, {"sub": None}, {"sub": ""}, {"sub": "x" * 300}, {"exp": now - 61}, {"exp": None},
        {"iat": now + 61}, {"iat": None}, {"exp": now + 10**6},
    ]  # fmt: skip
    for change in refused:
        assert not await is_taken(change), change
    assert not await is_taken({}, typ="logout+jwt")
    assert not await is_taken({}, typ="at+jwt")
