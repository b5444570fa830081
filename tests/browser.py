"""A browser as far as sign-in goes: it keeps cookies by their attributes and follows redirects one by one, over
whatever the client speaks."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

from app.core.caller import Origin
from app.core.oauth import Grant
from app.core.opaque_tokens import token_digest
from app.db.handles.accounts import lock_account
from app.db.handles.browser_sessions import insert_browser_session
from tests.harness import Person, Service
from tests.http_client import httpx

HEADER = {"X-PMA-Browser": "1"}
_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass
class Browser:
    """``visited`` are the addresses it was sent to, in order."""

    client: httpx.AsyncClient
    base_url: str
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)
    """By host, as the tests' hosts have no path of their own."""
    set_cookies: list[str] = field(default_factory=list)
    visited: list[str] = field(default_factory=list)
    stops_at: str | None = None
    """A path that it is sent to and does not go to."""

    @property
    def kept(self) -> dict[str, str]:
        """The cookies of the service."""
        return self.cookies.setdefault(urlsplit(self.base_url).netloc, {})

    async def send(self, method: str, url: str, **options: Any) -> httpx.Response:
        url = urljoin(self.base_url, url)
        host = urlsplit(url).netloc
        kept = self.cookies.setdefault(host, {})
        headers = {"User-Agent": _AGENT, **options.pop("headers", {})}
        if kept:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in kept.items())
        response = await self.client.request(method, url, headers=headers, **options)
        self.client.cookies.clear()  # the client is everybody's
        for line in response.headers.get_list("set-cookie"):
            self.set_cookies.append(line)
            name, _, value = line.partition(";")[0].partition("=")
            if "max-age=0" in line.lower() or "expires=Thu, 01 Jan 1970" in line:
                kept.pop(name, None)
            else:
                kept[name] = value
        return response

    async def go(self, url: str) -> httpx.Response:
        """Follows redirects as long as there are any."""
        return await self._follow(await self.send("GET", url, headers={"Accept": "text/html"}), url)

    async def submit(self, page: httpx.Response, **values: str) -> httpx.Response:
        """Sends the page's form, with its hidden fields."""
        action = re.search(r'<form[^>]* action="([^"]*)"', page.text)
        assert action, page.text
        hidden = {
            unescape(name): unescape(value)
            for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page.text)
        }
        url = urljoin(str(page.request.url), unescape(action[1]))
        response = await self.send("POST", url, data=hidden | values, headers={"Accept": "text/html"})
        return await self._follow(response, url)

    async def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """As a script of the portal does."""
        return await self.send(method, path, **{"headers": HEADER, **options})

    async def _follow(self, response: httpx.Response, url: str) -> httpx.Response:
        for _ in range(10):
            if response.status_code not in (302, 303):
                return response
            url = urljoin(urljoin(self.base_url, url), response.headers["location"])
            self.visited.append(url)
            path = urlsplit(url).path
            if path.startswith("/portal") or (self.stops_at and path.startswith(self.stops_at)):
                return response
            response = await self.send("GET", url, headers={"Accept": "text/html"})
        raise AssertionError(f"it never ends: {self.visited}")


async def session_of(service: Service, person: Person) -> str:
    """The cookie of a session that stands for the person's own tokens, as if they had signed in by a browser."""
    browsers = service.edge.parts.browsers
    assert browsers is not None
    minted = await browsers.tokens.mint(
        Origin("as by a browser", None), Grant(person.access_token), id_token=None
    )
    cookie, session_id = secrets.token_urlsafe(32), service.edge.tools.new_id()
    sealed = browsers.tokens.seal(minted.held, session_id)
    async with service.edge.parts.database.write() as tx:
        lock_account(tx, account_id=person.user_id)
        insert_browser_session(
            tx,
            session_id=session_id,
            token_hash=token_digest(cookie),
            user_id=person.user_id,
            provider="local",
            subject=person.user_id,
            sid=None,
            sealed=sealed.text,
            key_id=sealed.key_id,
            session_version=minted.claims.session_version,
            user_agent="",
            now=service.clock(),
            expires_at=service.clock() + browsers.lifetime,
            renew_at=minted.renew_at,
        )
    return cookie


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
