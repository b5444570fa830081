"""Sign-in for browsers with the local issuer, as a laptop has it on the first run: what the browser holds, what it
may do with it, and what everybody else tries with it."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from app.core.demo_accounts import DEMO_PASSWORD
from app.core.middleware import NOT_BY_COOKIE
from app.core.oauth import challenge_of
from app.kernel.housekeeping import Housekeeping
from app.services.authorization_codes import LocalProvider
from app.services.browser_sessions import MOST, family
from tests.browser import HEADER, Browser, query_of
from tests.databases import TestDatabase, execute
from tests.harness import BASE_URL, Service, code, make_settings, running

pytestmark = pytest.mark.passwords("cheapest")
PASSWORD = "correct horse battery staple"
EMAIL, OTHER = "ada@example.org", "mallory@example.org"
PORTAL = "https://portal.example.com/portal?from=here"
AUTHORIZE, SESSION = "/auth/oauth/authorize", "/auth/oauth/session"
UNKNOWN = "0" * 43


@pytest.fixture
async def service(database: TestDatabase, key_file: Path) -> AsyncIterator[Service]:
    more = {"oauth_return_to": [PORTAL, "/console/"], "portal_origins": ["https://portal.example.com"]}
    async with running(make_settings(database, key_file, **more)) as service:
        for email in (EMAIL, OTHER):
            body = {"email": email, "password": PASSWORD, "display_name": email.partition("@")[0]}
            response = await service.client.post("/auth/register", json=body)
            assert response.status_code == 201, response.text
        yield service


@pytest.fixture
def browser(service: Service) -> Browser:
    return browser_of(service)


def browser_of(service: Service) -> Browser:
    return Browser(service.client, BASE_URL)


async def sign_in(browser: Browser, email: str = EMAIL) -> str:
    """Answers the cookie of the session."""
    page = await browser.go(AUTHORIZE)
    assert page.status_code == 200, page.text
    done = await browser.submit(page, username=email, password=PASSWORD)
    assert (done.status_code, browser.visited[-1]) == (303, PORTAL), (done.text, browser.visited)
    return browser.kept["pma-session"]


async def at_the_door(browser: Browser, email: str = EMAIL, start: str = AUTHORIZE) -> str:
    """Signs in at the issuer; answers where the browser is sent then, and has not gone."""
    browser.stops_at = "/auth/oauth/callback"
    await browser.submit(await browser.go(start), username=email, password=PASSWORD)
    browser.stops_at = None
    return browser.visited[-1]


async def is_signed_in(browser: Browser) -> bool:
    return (await browser.call("GET", SESSION)).status_code == 200


def failed(browser: Browser) -> dict[str, str]:
    """With what error it came back to the portal, to which it was going."""
    assert browser.visited[-1].startswith(f"{PORTAL}&"), browser.visited
    told = query_of(browser.visited[-1])
    del told["from"]
    return told


async def test_a_browser_signs_in_calls_and_signs_out(service: Service, browser: Browser) -> None:
    await sign_in(browser)
    (flow, session) = browser.set_cookies
    assert re.fullmatch(r"pma-flow=[\w-]{43}; Max-Age=600; Path=/; HttpOnly; SameSite=Lax", flow)
    assert re.fullmatch(r"pma-session=[\w-]{43}; Path=/; HttpOnly; SameSite=Strict", session)
    who = await browser.call("GET", SESSION)
    assert who.status_code == 200, who.text
    assert (who.json()["email"], who.json()["provider"]) == (EMAIL, "local")
    created = await browser.call("POST", "/workspaces", json={"name": "By cookie"})
    assert created.status_code == 201, created.text
    assert (await browser.call("GET", f"/workspaces/{created.json()['id']}")).status_code == 200
    out = await browser.call("POST", "/auth/oauth/logout")
    assert (out.status_code, out.json()) == (200, {"end_session_url": None})
    assert "pma-session" not in browser.kept
    assert code(await browser.call("GET", SESSION)) == (401, "BROWSER_SESSION_REQUIRED")


async def test_over_https_the_cookies_are_of_this_host_alone(database: TestDatabase, key_file: Path) -> None:
    settings = make_settings(database, key_file, public_url="https://testserver")
    async with running(settings) as service:
        browser = Browser(service.client, "https://testserver")
        await browser.go(AUTHORIZE)
        attributes = "Max-Age=600; Path=/; Secure; HttpOnly; SameSite=Lax"
        assert re.fullmatch(rf"__Host-pma-flow=[\w-]{{43}}; {attributes}", browser.set_cookies[0])
        assert service.app.state.edge.parts.cookies.set_session("x") == (
            "__Host-pma-session=x; Path=/; Secure; HttpOnly; SameSite=Strict"
        )
        # One of the other name is nobody's.
        response = await service.client.get(SESSION, headers=HEADER | {"Cookie": "pma-session=x"})
        assert code(response) == (401, "BROWSER_SESSION_REQUIRED")


async def test_what_goes_with_a_cookie_and_what_does_not(service: Service, browser: Browser) -> None:
    cookie = {"Cookie": f"pma-session={await sign_in(browser)}"}
    ada = await service.person("ada")
    bearer = {"Authorization": f"Bearer {ada.access_token}"}
    refused = {
        "cookie without header": (cookie, (403, "BROWSER_HEADER_MISSING")),
        "cookie, header of another value": (
            cookie | {"X-PMA-Browser": "true"},
            (403, "BROWSER_HEADER_MISSING"),
        ),
        "header without cookie": (HEADER, (401, "BROWSER_SESSION_REQUIRED")),
        "cookie that is none": (
            HEADER | {"Cookie": f"pma-session={UNKNOWN}"},
            (401, "BROWSER_SESSION_REQUIRED"),
        ),
        "empty cookie": (HEADER | {"Cookie": "pma-session="}, (401, "BROWSER_SESSION_REQUIRED")),
        "two cookies": (
            HEADER | {"Cookie": f"{cookie['Cookie']}; pma-session=x"},
            (400, "CREDENTIALS_CONFLICT"),
        ),
        "cookie with bearer": (HEADER | cookie | bearer, (400, "CREDENTIALS_CONFLICT")),
        "cookie with both tokens": (HEADER | cookie | ada.headers(), (400, "CREDENTIALS_CONFLICT")),
        "cookie with PMA token": (
            HEADER | cookie | {"X-PMA-Token": ada.pma_token},
            (400, "CREDENTIALS_CONFLICT"),
        ),
        "cookie with bearer, no header": (cookie | bearer, (400, "CREDENTIALS_CONFLICT")),
        "a cookie's name in another": (
            HEADER | {"Cookie": f"x{cookie['Cookie']}"},
            (401, "BROWSER_SESSION_REQUIRED"),
        ),
    }
    for kind, (headers, expected) in refused.items():
        response = await service.client.get("/auth/me", headers=headers)
        assert code(response) == expected, kind
    among = HEADER | {"Cookie": f"theme=dark; {cookie['Cookie']}; lang=en"}
    assert (await service.client.get("/auth/me", headers=among)).status_code == 200
    # Tokens go on as ever, with the header and other cookies of the portal's host.
    more = ada.headers() | HEADER | {"Cookie": "theme=dark"}
    assert (await service.client.get("/auth/me", headers=more)).status_code == 200


async def test_a_page_of_somebody_else_does_nothing_by_any_method(service: Service, browser: Browser) -> None:
    """It can have the browser send the cookie (from a host of the same site), and neither the header nor a
    preflight that allows it."""
    cookie = {"Cookie": f"pma-session={await sign_in(browser)}", "Origin": "https://evil.example.com"}
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        for path in ("/workspaces", "/auth/oauth/logout", "/auth/oauth/sessions", "/auth/revoke-all"):
            response = await service.client.request(method, path, headers=cookie)
            assert response.status_code == 403, (method, path)
    asked = {"Origin": "https://evil.example.com", "Access-Control-Request-Method": "POST"}
    asked |= {"Access-Control-Request-Headers": "x-pma-browser"}
    preflight = await service.client.options("/workspaces", headers=asked)
    assert code(preflight) == (400, "ORIGIN_NOT_ALLOWED")
    portal = await service.client.options(
        "/workspaces", headers=asked | {"Origin": "https://portal.example.com"}
    )
    assert portal.status_code == 200
    assert portal.headers["access-control-allow-credentials"] == "true"
    assert portal.headers["access-control-allow-origin"] == "https://portal.example.com"
    assert await is_signed_in(browser)


async def test_other_origins_call_by_tokens_and_never_by_cookie(
    database: TestDatabase, key_file: Path
) -> None:
    more = {"cors_origins": ["*"], "portal_origins": ["https://portal.example.com"]}
    async with running(make_settings(database, key_file, **more)) as service:
        asked = {"Access-Control-Request-Method": "POST"}
        for headers, status, credentials in (
            ("x-pma-token", 200, None),
            ("x-pma-browser", 400, None),
            ("x-pma-browser", 200, "true"),
        ):
            origin = "https://portal.example.com" if credentials else "https://other.example.com"
            more_headers = {"Origin": origin, "Access-Control-Request-Headers": headers}
            answer = await service.client.options("/workspaces", headers=asked | more_headers)
            assert answer.status_code == status
            assert answer.headers.get("access-control-allow-credentials") == credentials
        got = await service.client.get("/livez", headers={"Origin": "https://other.example.com"})
        assert "access-control-allow-credentials" not in got.headers


async def test_what_is_about_tokens_is_not_for_cookies(service: Service, browser: Browser) -> None:
    await sign_in(browser)
    for path in NOT_BY_COOKIE:
        response = await browser.call("POST", path)
        assert code(response) == (400, "NOT_BY_COOKIE"), path


async def test_a_password_is_changed_by_a_browser_which_signs_in_anew(
    service: Service, browser: Browser
) -> None:
    elsewhere = browser_of(service)
    cookie, _ = await sign_in(browser), await sign_in(elsewhere)
    path = f"/users/{(await browser.call('GET', SESSION)).json()['user_id']}/password"
    new = "a better battery staple"
    guessed = await browser.call("PATCH", path, json={"current_password": "guessed", "new_password": new})
    assert code(guessed) == (400, "WRONG_PASSWORD")
    assert await is_signed_in(browser)
    changed = await browser.call("PATCH", path, json={"current_password": PASSWORD, "new_password": new})
    assert (changed.status_code, changed.content) == (204, b""), "a browser is given no tokens"
    assert "pma-session" not in browser.kept
    for kept, who in ((cookie, browser), (elsewhere.kept["pma-session"], elsewhere)):
        who.kept["pma-session"] = kept
        assert code(await who.call("GET", SESSION)) == (401, "BROWSER_SESSION_REQUIRED")
    again = browser_of(service)
    await again.submit(await again.go(AUTHORIZE), username=EMAIL, password=new)
    assert await is_signed_in(again)
    (told,) = service.rows("SELECT outcome FROM PlatformAuditLog WHERE action = 'password.changed'")
    assert told == ("SUCCESS",)


async def test_who_has_no_password_erases_themselves_after_a_fresh_sign_in_alone(
    service: Service, browser: Browser
) -> None:
    await sign_in(browser)
    path = f"/users/{(await browser.call('GET', SESSION)).json()['user_id']}/erasure"
    execute(service.settings, "DELETE FROM UserPassword")
    service.clock.advance(minutes=58)
    assert await is_signed_in(browser), "its tokens were renewed, without the person"
    refused = await browser.call("POST", path)
    assert refused.json()["details"] == {"required": "fresh sign-in"}
    execute(service.settings, f"UPDATE BrowserSession SET created_at = '{service.clock().isoformat()}'")
    assert (await browser.call("POST", path)).status_code == 202


async def test_who_signs_in_anew_goes_on_being_told_in_that_browser_and_nobody_else_is(
    service: Service, browser: Browser
) -> None:
    await sign_in(browser)
    execute(
        service.settings,
        "INSERT INTO PushSubscription (id, user_id, browser_session_id, endpoint, endpoint_hash, p256dh, auth,"
        f" pushed_key, created_at, list_key) SELECT '{uuid4()}', user_id, id, 'x', '{'a' * 64}', 'x', 'x', 'x',"
        " created_at, 'x' FROM BrowserSession",
    )
    for email, told in ((EMAIL, 1), (OTHER, 0)):
        await sign_in(browser, email)
        rows = service.rows(
            "SELECT s.id FROM PushSubscription AS s JOIN BrowserSession AS b ON b.id = s.browser_session_id"
        )
        assert len(rows) == told
        assert len(service.rows("SELECT id FROM BrowserSession")) == 1


RETURN_TO = (
    "//evil.example.com", "/\\evil.example.com", "\\\\evil.example.com", "https:evil.example.com",
    "https://portal.example.com@evil.example.com/portal?from=here", "https://evil.example.com/portal?from=here",
    "https://portal.example.com/portal", f"{PORTAL}#x", f"{PORTAL}&x=1", f" {PORTAL}", f"{PORTAL}\n",
    PORTAL.upper(), PORTAL.replace("https", "HTTPS"), PORTAL.replace("portal.", "PORTAL."),
    PORTAL.replace("https", "http"), PORTAL.replace(".com/", ".com:443/"), PORTAL.replace("portal.", "pоrtal."),
    PORTAL.replace("/portal?", "/./portal?"), PORTAL.replace("/portal?", "/%70ortal?"),
    PORTAL.replace("https://", "https:\t//"), "/console", "/console/../docs", "/console//evil.example.com",
    "console/", "javascript:alert(1)", "data:text/html,x", "", "%2F%2Fevil.example.com", "/auth/oauth/authorize",
)  # fmt: skip
"""None of them is an address of the settings, letter by letter. The o of one is Cyrillic."""


async def test_a_browser_is_sent_nowhere_but_where_the_settings_say(browser: Browser) -> None:
    for place in RETURN_TO:
        response = await browser.send("GET", f"{AUTHORIZE}?{urlencode({'return_to': place})}")
        assert code(response) == (400, "RETURN_TO_NOT_ALLOWED"), place
    for place in (PORTAL, "/console/", "/", "/docs"):
        response = await browser.send("GET", f"{AUTHORIZE}?{urlencode({'return_to': place})}")
        assert response.status_code == 303, place
    assert code(await browser.send("GET", f"{AUTHORIZE}?provider=none")) == (404, "OAUTH_PROVIDER_NOT_FOUND")


async def test_a_state_is_spent_once_by_the_browser_that_began(service: Service, browser: Browser) -> None:
    url = await at_the_door(browser)
    thief = browser_of(service)
    # Somebody to whom the address was leaked, with a browser of theirs and a sign-in of their own under way.
    for begun in (False, True):
        if begun:
            await thief.go(AUTHORIZE)
        stolen = await thief.send("GET", url)
        assert (*code(stolen), stolen.json()["details"]) == (400, "SIGN_IN_FAILED", {"reason": "state"})
    # Neither has spent it.
    assert (await browser.go(url)).status_code == 303
    assert await is_signed_in(browser)
    replayed = await browser.send("GET", url)
    assert code(replayed) == (400, "SIGN_IN_FAILED")
    for tail in ("", "?state=", f"?state={UNKNOWN}&code=x", "?code=x", f"?state={'x' * 4000}&code=x"):
        assert code(await browser.send("GET", f"/auth/oauth/callback{tail}")) == (400, "SIGN_IN_FAILED")


async def test_of_two_callbacks_at_once_one_signs_in(service: Service, browser: Browser) -> None:
    url = await at_the_door(browser)
    answers = await asyncio.gather(*(browser.send("GET", url) for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [303, 400, 400, 400]
    assert len(service.rows("SELECT id FROM BrowserSession")) == 1


async def test_two_tabs_sign_in_at_once(service: Service, browser: Browser) -> None:
    first = await browser.go(AUTHORIZE)
    second = await browser.go(f"{AUTHORIZE}?return_to=/console/")
    await browser.submit(first, username=EMAIL, password=PASSWORD)
    assert browser.visited[-1] == PORTAL
    await browser.submit(second, username=EMAIL, password=PASSWORD)
    assert browser.visited[-1] == f"{BASE_URL}/console/"


async def test_a_sign_in_takes_ten_minutes_at_most(service: Service, browser: Browser) -> None:
    page = await browser.go(AUTHORIZE)
    service.clock.advance(minutes=10)
    refused = await browser.submit(page, username=EMAIL, password=PASSWORD)
    assert refused.status_code == 400 and "Begin again" in refused.text


async def test_a_code_of_another_sign_in_is_not_taken(service: Service, browser: Browser) -> None:
    """Code injection: a code that somebody else's browser got, or one that was sniffed, in a sign-in of one's own.
    The verifier is not the one that its challenge was made of."""
    victim = await at_the_door(browser)
    mallory = browser_of(service)
    own = query_of(await at_the_door(mallory, OTHER))
    injected = {**own, "code": query_of(victim)["code"]}
    mallory.stops_at = None
    await mallory.go(f"/auth/oauth/callback?{urlencode(injected)}")
    assert failed(mallory) == {"error": "SIGN_IN_FAILED", "reason": "code"}
    assert not await is_signed_in(mallory)
    # The code has been used by that: whoever was to have it begins again, and what came of it has ended.
    await browser.go(victim)
    assert failed(browser) == {"error": "SIGN_IN_FAILED", "reason": "code"}


async def test_an_answer_of_another_issuer_is_not_taken(service: Service, browser: Browser) -> None:
    for change in ({"iss": "https://evil.example.com"}, {"iss": ""}, {"iss": None}):
        answer = query_of(await at_the_door(browser)) | change
        given = {name: value for name, value in answer.items() if value is not None}
        await browser.go(f"/auth/oauth/callback?{urlencode(given)}")
        assert failed(browser) == {"error": "SIGN_IN_FAILED", "reason": "issuer"}, change
    answer = query_of(await at_the_door(browser))
    await browser.go(f"/auth/oauth/callback/local?{urlencode(answer)}")
    assert failed(browser)["reason"] == "issuer"
    answer = query_of(await at_the_door(browser)) | {"error": "access_denied"}
    del answer["code"]
    await browser.go(f"/auth/oauth/callback?{urlencode(answer)}")
    assert failed(browser) == {"error": "SIGN_IN_FAILED", "reason": "refused"}


def local(service: Service) -> LocalProvider:
    provider = service.edge.parts.browsers.find("local")  # type: ignore[union-attr]
    assert isinstance(provider, LocalProvider)
    return provider


async def test_a_code_is_for_one_redirect_one_verifier_one_minute_and_once(service: Service) -> None:
    from app.core.caller import Origin
    from app.core.oauth import GrantRefused
    from app.services.authorization_codes import Asking

    provider, origin, verifier = local(service), Origin("request-1", None), "v" * 43
    here = f"{BASE_URL}/auth/oauth/callback"

    async def given() -> str:
        asking = Asking(here, UNKNOWN, UNKNOWN, challenge_of(verifier))
        return query_of(await provider.give_code(origin, asking, email=EMAIL, password=PASSWORD))["code"]

    async def refused(code: str, **changes: str) -> bool:
        right = {"verifier": verifier, "redirect_uri": here}
        try:
            await provider.redeem(origin, code=code, **(right | changes))
        except GrantRefused:
            return True
        return False

    assert await refused(await given(), verifier="w" * 43)
    assert await refused(await given(), verifier=challenge_of(verifier))
    assert await refused(await given(), redirect_uri=f"{here}/")
    assert await refused(UNKNOWN)
    late = await given()
    service.clock.advance(seconds=60)
    assert await refused(late)
    stopped = await given()
    execute(service.settings, "UPDATE UserAccount SET session_version = session_version + 1")
    assert await refused(stopped)
    code = await given()
    grant = await provider.redeem(origin, code=code, verifier=verifier, redirect_uri=here)
    assert await refused(code)
    # A code that is used twice was stolen by one of the two: what came of it ends.
    with pytest.raises(GrantRefused):
        await provider.renew(origin, refresh_token=grant.refresh_token or "")


async def test_the_form_is_for_what_this_service_asks(service: Service, browser: Browser) -> None:
    url = (await browser.send("GET", AUTHORIZE)).headers["location"]
    right = query_of(url)
    for change in (
        {"code_challenge_method": "plain"}, {"code_challenge_method": ""}, {"code_challenge": ""},
        {"code_challenge": "short"}, {"redirect_uri": "https://evil.example.com/auth/oauth/callback"},
        {"redirect_uri": f"{right['redirect_uri']}/x"}, {"response_type": "token"}, {"client_id": "other"},
        {"state": "<script>"}, {"state": ""}, {"nonce": ""},
    ):  # fmt: skip
        asked = right | change
        page = await browser.go(f"/auth/local/authorize?{urlencode(asked)}")
        assert page.status_code == 400 and "<script" not in page.text, change
        sent = {**asked, "username": EMAIL, "password": PASSWORD}
        response = await browser.send("POST", "/auth/local/authorize", data=sent)
        assert (*code(response), response.json()["details"]) == (400, "SIGN_IN_FAILED", {"reason": "request"})
    page = await browser.go(url)
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; base-uri 'none'; frame-ancestors 'none'")
    assert "form-action 'self' https://portal.example.com;" in policy
    assert "script" not in policy and "<script" not in page.text
    assert (page.headers["referrer-policy"], page.headers["cache-control"]) == ("no-referrer", "no-store")
    wrong = await browser.submit(page, username=EMAIL, password="wrong")
    assert wrong.status_code == 401 and "wrong" in wrong.text and PASSWORD not in wrong.text
    assert (await browser.submit(wrong, username=EMAIL, password=PASSWORD)).status_code == 303


async def test_people_of_the_demo_get_in_with_one_press_in_development_alone(
    database: TestDatabase, key_file: Path
) -> None:
    settings = make_settings(database, key_file)
    async with running(settings) as service:
        browser = browser_of(service)
        page = await browser.go(AUTHORIZE)
        assert "People of the demo" not in page.text  # there are none
        body = {"email": "ada@example.com", "password": DEMO_PASSWORD, "display_name": "Ada"}
        assert (await service.client.post("/auth/register", json=body)).status_code == 201
        page = await browser.go(f"{AUTHORIZE}?return_to=/docs")
        assert "Ada Lovelace (ada@example.com)" in page.text
        refused = await browser.submit(page, demo=EMAIL)
        assert refused.status_code == 400
        assert (await browser.submit(page, demo="ada@example.com")).status_code == 200
        assert browser.visited[-1] == f"{BASE_URL}/docs"
        assert await is_signed_in(browser)


async def test_a_session_is_another_with_each_sign_in(service: Service, browser: Browser) -> None:
    first = await sign_in(browser)
    second = await sign_in(browser, OTHER)
    assert first != second
    old = {"Cookie": f"pma-session={first}"} | HEADER
    assert code(await service.client.get(SESSION, headers=old)) == (401, "BROWSER_SESSION_REQUIRED")
    # A cookie that somebody planted is none, and becomes none by a sign-in.
    planted = browser_of(service)
    planted.kept["pma-session"] = UNKNOWN
    assert await sign_in(planted) != UNKNOWN
    fixed = {"Cookie": f"pma-session={UNKNOWN}"} | HEADER
    assert code(await service.client.get(SESSION, headers=fixed)) == (401, "BROWSER_SESSION_REQUIRED")


async def test_a_session_ends_when_it_is_idle_and_in_any_case(service: Service, browser: Browser) -> None:
    await sign_in(browser)
    for _ in range(16):  # 12 hours, by 45 minutes
        assert await is_signed_in(browser)
        service.clock.advance(minutes=45)
    assert not await is_signed_in(browser)
    await sign_in(browser)
    service.clock.advance(minutes=59)
    assert await is_signed_in(browser)
    service.clock.advance(minutes=60)
    assert not await is_signed_in(browser)
    service.clock.jump(minutes=-119)


async def test_a_session_ends_with_its_account_and_with_all_others(service: Service) -> None:
    first, second = browser_of(service), browser_of(service)
    await sign_in(first)
    await sign_in(second)
    assert (await first.call("POST", "/auth/revoke-all")).status_code == 204
    for each in (first, second):
        assert code(await each.call("GET", "/auth/me")) == (401, "BROWSER_SESSION_REQUIRED")
    await sign_in(first)
    execute(service.settings, "UPDATE UserAccount SET status = 'SUSPENDED'")
    assert code(await first.call("GET", "/auth/me")) == (401, "BROWSER_SESSION_REQUIRED")


async def test_my_sessions_are_listed_and_ended_and_nobody_elses(service: Service) -> None:
    first, second, other = browser_of(service), browser_of(service), browser_of(service)
    for each, email in ((first, EMAIL), (second, EMAIL), (other, OTHER)):
        await sign_in(each, email)
        service.clock.advance(seconds=1)
    listed = (await second.call("GET", "/auth/oauth/sessions")).json()["items"]
    assert [each["is_current"] for each in listed] == [True, False]
    assert {each["user_agent"] for each in listed} == {"Firefox on Linux"}
    place = f"/auth/oauth/sessions/{listed[1]['id']}"
    assert code(await other.call("DELETE", place)) == (404, "BROWSER_SESSION_NOT_FOUND")
    assert (await second.call("DELETE", place)).status_code == 204
    assert code(await second.call("DELETE", place)) == (404, "BROWSER_SESSION_NOT_FOUND")
    assert [await is_signed_in(each) for each in (first, second, other)] == [False, True, True]
    assert (await second.call("DELETE", "/auth/oauth/sessions")).status_code == 204
    assert [await is_signed_in(each) for each in (second, other)] == [False, True]
    actions = [row[0] for row in service.rows("SELECT action FROM PlatformAuditLog ORDER BY timestamp, seq")]
    for action in ("browser_session.started", "browser_session.ended", "browser_session.all_ended"):
        assert action in actions


async def test_whoever_signs_in_once_more_ends_the_oldest(service: Service, browser: Browser) -> None:
    await sign_in(browser)
    (row,) = service.rows("SELECT user_id, sealed, key_id FROM BrowserSession")
    moment = "2026-01-01T00:00:00.000000Z"
    execute(
        service.settings,
        *(
            "INSERT INTO BrowserSession (id, token_hash, user_id, provider, subject, sealed, key_id, session_version,"
            " user_agent, created_at, last_seen_at, expires_at, renew_at) VALUES"
            f" ('00000000-0000-4000-8000-{number:012}', '{number:064}', '{row[0]}', 'local', '', 'x', 's1', 1,"
            f" '', '{moment.replace('00.0', f'{number:02}.0')}', '{moment}', '{moment}', '{moment}')"
            for number in range(MOST)
        ),
    )
    await sign_in(browser_of(service))
    left = service.rows("SELECT MIN(created_at), COUNT(*) FROM BrowserSession")
    assert left[0][1] == MOST and "00:00:02" in str(left[0][0])


async def test_what_is_over_is_forgotten(service: Service, browser: Browser) -> None:
    await sign_in(browser)
    housekeeping = Housekeeping(service.edge.parts.database, service.edge.tools, timedelta(minutes=15))
    tables = ("OAuthState", "AuthorizationCode", "BrowserSession")
    assert all(service.rows(f"SELECT expires_at FROM {table}") for table in tables)
    for _ in range(6):
        await housekeeping.run()
        service.clock.advance(days=1)
    assert not any(service.rows(f"SELECT expires_at FROM {table}") for table in tables)


async def test_nothing_secret_is_told_anywhere(
    service: Service, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="app")
    url = await at_the_door(browser)
    await browser.go(url)
    cookie = browser.kept["pma-session"]
    refused = await browser.send("GET", url, headers={"Accept": "text/html"})
    who = await browser.call("GET", SESSION)
    listed = await browser.call("GET", "/auth/oauth/sessions")
    await browser.call("POST", "/auth/oauth/logout")
    answer = query_of(url)
    (held,) = service.rows("SELECT sealed FROM OAuthState")
    told = " ".join([refused.text, who.text, listed.text, caplog.text, *browser.visited[-1:]])
    for name in ("code", "state"):
        assert answer[name] not in told, name
    assert cookie not in told and "eyJ" not in told and str(held[0]) not in told
    everything = " ".join(
        str(row)
        for table in ("OAuthState", "BrowserSession", "AuthorizationCode", "RefreshToken", "PlatformAuditLog")
        for row in service.rows(f"SELECT * FROM {table}")
    )
    for secret in (answer["code"], answer["state"], cookie, "eyJ", browser.kept["pma-flow"]):
        assert secret not in everything
    assert all("#" not in each and "token" not in each for each in browser.visited)


async def test_a_person_reads_a_page_and_a_program_the_error(service: Service, browser: Browser) -> None:
    page = await browser.go("/auth/oauth/callback?state=%3Cscript%3E&error=%3Cscript%3E")
    assert page.status_code == 400 and page.headers["content-type"].startswith("text/html")
    assert "<script" not in page.text and "SIGN_IN_FAILED" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert code(await browser.send("GET", "/auth/oauth/callback")) == (400, "SIGN_IN_FAILED")


async def test_a_cookie_costs_one_read_and_headers_none(service: Service, browser: Browser) -> None:
    await sign_in(browser)
    ada = await service.person("ada")
    counted: list[str] = []
    registry = service.edge.parts.database.registry
    registry.observe = lambda name, seconds: counted.append(name)
    await ada.get("/auth/me")
    by_tokens = counted.copy()
    counted.clear()
    await browser.call("GET", "/auth/me")
    assert counted == ["find_browser_session", *by_tokens]


async def test_without_keys_or_an_issuer_there_is_no_such_sign_in(
    database: TestDatabase, key_file: Path
) -> None:
    async with running(make_settings(database, key_file, secret_keys=None)) as service:
        for path in ("/auth/oauth/providers", AUTHORIZE, "/auth/oauth/callback", "/auth/local/authorize"):
            assert code(await service.client.get(path)) == (404, "NOT_FOUND")
        response = await service.client.get(SESSION, headers=HEADER | {"Cookie": "pma-session=x"})
        assert code(response) == (401, "BROWSER_SESSION_REQUIRED")


async def test_a_session_sealed_with_a_key_that_has_gone_is_over(
    database: TestDatabase, key_file: Path
) -> None:
    settings = make_settings(database, key_file)
    async with running(settings) as service:
        body = {"email": EMAIL, "password": PASSWORD, "display_name": "Ada"}
        await service.client.post("/auth/register", json=body)
        browser = browser_of(service)
        page = await browser.go(AUTHORIZE)
        await browser.submit(page, username=EMAIL, password=PASSWORD)
        assert await is_signed_in(browser)
    other = {"secret_keys": "s2:" + "B7Jx0mWcN5cVf3bqYV1o2tH8dRk4sLzUeGpXaB6yMiA"}
    async with running(make_settings(database, key_file, **other)) as service:
        response = await service.client.get(
            SESSION, headers=HEADER | {"Cookie": f"pma-session={browser.kept['pma-session']}"}
        )
        assert code(response) == (401, "BROWSER_SESSION_REQUIRED")


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 Safari/604.1", "Safari on iOS"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.5.0", "unknown"),
        ("<script>" * 100, "unknown"),
    ],
)  # fmt: skip
def test_of_a_browser_its_family_is_kept(agent: str, expected: str) -> None:
    assert family(agent) == expected
