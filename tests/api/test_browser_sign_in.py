"""Sign-in for browsers with the local issuer: what a laptop has on the first run."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.browser import Browser
from tests.databases import TestDatabase
from tests.harness import BASE_URL, Service, code, make_settings, running

pytestmark = pytest.mark.passwords("cheapest")
PASSWORD = "correct horse battery staple"
EMAIL = "ada@example.org"
PORTAL = "https://portal.example.com/portal"


@pytest.fixture
async def service(database: TestDatabase, key_file: object) -> AsyncIterator[Service]:
    settings = make_settings(database, key_file, oauth_return_to=[PORTAL])  # type: ignore[arg-type]
    async with running(settings) as service:
        body = {"email": EMAIL, "password": PASSWORD, "display_name": "Ada"}
        response = await service.client.post("/auth/register", json=body)
        assert response.status_code == 201, response.text
        yield service


def browser_of(service: Service) -> Browser:
    return Browser(service.client, BASE_URL)


async def sign_in(browser: Browser, *, email: str = EMAIL, password: str = PASSWORD) -> None:
    page = await browser.go("/auth/oauth/authorize")
    assert page.status_code == 200, page.text
    done = await browser.submit(page, username=email, password=password)
    assert done.status_code == 303 and browser.visited[-1] == PORTAL, done.text


async def test_a_browser_signs_in_calls_and_signs_out(service: Service) -> None:
    browser = browser_of(service)
    await sign_in(browser)
    who = await browser.call("GET", "/auth/oauth/session")
    assert who.status_code == 200, who.text
    assert (who.json()["email"], who.json()["provider"]) == (EMAIL, "local")
    created = await browser.call("POST", "/workspaces", json={"name": "By cookie"})
    assert created.status_code == 201, created.text
    assert (await browser.call("GET", f"/workspaces/{created.json()['id']}")).status_code == 200
    out = await browser.call("POST", "/auth/oauth/logout")
    assert (out.status_code, out.json()) == (200, {"end_session_url": None})
    assert "pma-session" not in browser.cookies["testserver"]
    assert code(await browser.call("GET", "/auth/oauth/session")) == (401, "BROWSER_SESSION_REQUIRED")
