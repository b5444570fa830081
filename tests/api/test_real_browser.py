"""Sign-in in a real browser: what it keeps, what it sends along, and what it lets pages of others do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.chromium import launching, needs_chromium
from tests.databases import TestDatabase
from tests.harness import make_settings, serving
from tests.keyserver import KeyServer
from tests.oidc_provider import OidcServer

pytestmark = [pytest.mark.slow, pytest.mark.passwords("cheapest")]
PASSWORD = "correct horse battery staple"
CALL = """async ([url, method, headers]) => {
  const options = { method, headers, credentials: "include" };
  try {
    return (await fetch(url, options)).status;
  } catch {
    return "refused";
  }
}"""


@asynccontextmanager
async def chromium() -> AsyncIterator[Any]:
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**launching())
        try:
            yield await browser.new_context()
        finally:
            await browser.close()


async def sent(page: Any, form: str) -> int:
    """What the page's form was answered."""
    async with page.expect_navigation() as navigated:
        await page.evaluate(form)
    status: int = (await navigated.value).status
    return status


@needs_chromium
async def test_sign_in_in_a_real_browser(
    database: TestDatabase, key_file: Path, oidc_server: OidcServer
) -> None:
    url = f"http://127.0.0.1:{oidc_server.browser_port}"
    # A portal of the same site (a port makes no site) on an origin of its own; what it shows does not matter.
    portal = f"{oidc_server.url}/.well-known/openid-configuration"
    more = {"public_url": url, "portal_origins": [oidc_server.url], "oauth_return_to": [portal]}
    settings = make_settings(database, key_file, **oidc_server.settings(**more))
    async with AsyncExitStack() as stack:
        evil = stack.enter_context(KeyServer())
        service = await stack.enter_async_context(serving(settings, port=oidc_server.browser_port))
        context = await stack.enter_async_context(chromium())
        body = {"email": "ada@example.org", "password": PASSWORD, "display_name": "Ada"}
        assert (await service.client.post("/auth/register", json=body)).status_code == 201
        page = await context.new_page()
        referrers: list[str] = []
        page.on("request", lambda request: referrers.append(request.headers.get("referer", "")))

        async def call(path: str, method: str = "GET", **headers: str) -> Any:
            return await page.evaluate(CALL, [f"{url}{path}", method, headers])

        by_cookie = {"X-PMA-Browser": "1"}
        for provider in ("op", "local"):
            await page.goto(f"{url}/auth/oauth/authorize?provider={provider}")
            if provider == "op":
                await page.fill("input[name=login]", "ada")
            else:
                await page.fill("input[name=username]", "ada@example.org")
            await page.fill("input[name=password]", PASSWORD)
            await page.keyboard.press("Enter")
            await page.wait_for_url(portal)
            assert await page.evaluate("document.cookie") == ""
            assert await page.evaluate("document.referrer") == ""
            assert await call("/auth/oauth/session", **by_cookie) == 200
            assert await call("/auth/oauth/session") == 403
            assert (
                await call("/workspaces", "POST", **by_cookie, **{"Content-Type": "application/json"}) == 422
            )
        (session,) = [each for each in await context.cookies(url) if each["name"] == "pma-session"]
        assert (session["httpOnly"], session["sameSite"]) == (True, "Strict")
        assert not [each for each in referrers if "code=" in each or "state=" in each]

        # A page of the same site whose origin is another: the cookie goes along.
        await page.goto(f"{evil.url}/keys")
        assert await call("/auth/revoke-all", "POST") == "refused"  # it was 403, and may not be read
        assert await call("/auth/revoke-all", "POST", **by_cookie) == "refused"  # by the preflight
        form = f"""document.body.innerHTML = '<form method="post" action="{url}/auth/revoke-all"></form>';
            document.forms[0].submit()"""
        assert await sent(page, form) == 403
        # A page of another site: it does not.
        await page.goto(f"{evil.url}/keys".replace("127.0.0.1", "localhost"))
        assert await sent(page, form) == 401

        await page.goto(portal)
        assert await call("/auth/oauth/session", **by_cookie) == 200
        assert await call("/auth/oauth/logout", "POST", **by_cookie) == 200
        assert await call("/auth/oauth/session", **by_cookie) == 401
        assert "pma-session" not in {each["name"] for each in await context.cookies(url)}
