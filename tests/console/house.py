"""What tests of the console have in common: who signs in, where things of the demo are, and what a page did wrong."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.browser import HEADER
from tests.console.furniture import decided, furnish, furnish_directory
from tests.harness import Clock, Service

session = pytest.mark.asyncio(loop_scope="session")
_WATCH = """
addEventListener("securitypolicyviolation", (e) =>
  console.error(`policy: ${e.violatedDirective} ${e.blockedURI} ${e.sample} ${e.sourceFile}:${e.lineNumber}`));
"""
ADA = "ada@example.com"
GO = (
    """(address) => { history.pushState(null, "", address); dispatchEvent(new PopStateEvent("popstate")); }"""
)
_HEARD = """async ({ seq, pause }) => {
  const main = document.querySelector("script[type=module]").src;
  const { position } = await import(main.replace("main.js", "core/live.js"));
  while (position.value < seq) await new Promise((resolve) => requestAnimationFrame(resolve));
  await new Promise((resolve) => setTimeout(resolve, pause));
}"""
SETTLED = """() => !document.querySelector("main .loading, dialog .loading, main [aria-busy=true]")"""


class Now(Clock):
    """Time as it passes: browsers know no other."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


@dataclass
class Reader:
    """Somebody at a browser of their own. ``wrong`` is what the page did that it must not."""

    house: House
    context: Any
    page: Any
    wrong: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()
    """Statuses that a test provokes: the browser tells of each in its console."""
    _asking: set[Any] = field(default_factory=set)
    _is_idle: asyncio.Event = field(default_factory=asyncio.Event)

    def watch(self) -> None:
        """From now on what the page does is heard of."""
        self.page.on("console", lambda message: self._heard(message.type, message.text))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", self._asked)
        self.page.on("requestfinished", self._answered)
        self.page.on("requestfailed", self._answered)

    def _asked(self, request: Any) -> None:
        self._asking.add(request)
        self._is_idle.clear()

    def _answered(self, request: Any) -> None:
        self._asking.discard(request)
        if not self._asking:
            self._is_idle.set()

    async def settled(self) -> None:
        """When the page shows all that it asked for, and asks for nothing."""
        await self.page.wait_for_function(SETTLED)
        await self._is_idle.wait()

    async def open(self, path: str) -> None:
        """An address of the console, as from a link."""
        await self.page.goto(f"{self.house.url}/console{path}")

    async def go(self, path: str) -> None:
        """As by a link on the page, which is not loaded anew."""
        await self.page.evaluate(GO, f"/console{path}")

    async def act(self, whose: str, what: str) -> None:
        """Of the menu that is somebody's, or something's."""
        await self.page.click(f"main summary[aria-label='Actions: {whose}']")
        await self.page.click(f"main details[open] .items >> text='{what}'")

    async def fill(self, values: dict[str, str] | None = None) -> None:
        """Fills in the dialog that is open, as far as is said, and sends it."""
        for name, value in (values or {}).items():
            field = self.page.locator(f"dialog [name={name}]")
            is_select = await field.evaluate("(each) => each.tagName === 'SELECT'")
            await (field.select_option(label=value) if is_select else field.fill(value))
        await self.page.locator("dialog footer button").last.click()

    async def choose(self, name: str, text: str) -> None:
        """Somebody, found by typing, in the field of the dialog that is open."""
        await self.page.fill(f"dialog [name={name}]", text[:3])
        await self.page.locator("dialog [role=option]", has_text=text).click()

    async def told(self, text: str) -> None:
        """That something is done; what was said of it is then put away."""
        toast = self.page.locator(".toast", has_text=text)
        await toast.first.wait_for()
        await toast.first.locator("button").click()

    async def heard_after(self, milliseconds: int, path: str) -> None:
        """When the page knows of all that happened in a workspace, and what it does so long after is done."""
        newest = (await self.call("GET", f"{path}/changes?limit=500"))["items"][-1]
        await self.page.evaluate(_HEARD, {"seq": newest["seq"], "pause": milliseconds})

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """The API as the page calls it; what is answered."""
        headers = {**HEADER, "Idempotency-Key": uuid.uuid4().hex} if method == "POST" else HEADER
        options = {"data": body} if body is not None else {}
        answer = await self.context.request.fetch(
            f"{self.house.url}{path}", method=method, headers=headers, **options
        )
        assert answer.status < 400, f"{method} {path}: {answer.status} {await answer.text()}"
        return await answer.json() if answer.status != 204 else None

    def _heard(self, kind: str, text: str) -> None:
        is_expected = any(f"status of {status}" in text for status in self.expected)
        if kind in ("error", "warning") and not is_expected:
            self.wrong.append(text)


@dataclass
class House:
    service: Service
    browser: Any
    hooks: str
    """Where webhooks may send to."""
    _states: dict[str, Any] = field(default_factory=dict)
    _ids: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.service.settings.base_url

    @asynccontextmanager
    async def reader(self, email: str | None = ADA, **options: Any) -> AsyncIterator[Reader]:
        """A browser window, signed in as one of the demo's people by the page that lists them."""
        context = await self.browser.new_context(
            viewport={"width": 1280, "height": 800},
            storage_state=self._states.get(email or ""),
            **options,
        )
        try:
            context.set_default_timeout(20_000)
            await context.add_init_script(_WATCH)
            page = await context.new_page()
            reader = Reader(self, context, page)
            reader.watch()
            if email is not None and email not in self._states:
                await self._sign_in(context, email)
            yield reader
            assert reader.wrong == [], reader.wrong
        finally:
            await context.close()

    async def _sign_in(self, context: Any, email: str) -> None:
        page = await context.new_page()
        await page.goto(f"{self.url}/auth/oauth/authorize?return_to=/docs")
        await page.route("**/docs*", lambda route: route.fulfill(body="signed in"))
        await page.click(f"button[value='{email}']")
        await page.wait_for_url(f"{self.url}/docs")
        await page.close()
        self._states[email] = await context.storage_state()

    def forget(self, email: str) -> None:
        """Their session has ended: next time they sign in anew."""
        self._states.pop(email, None)

    async def ids(self, reader: Reader) -> dict[str, str]:
        """Things of the demo by name: what the addresses of screens are made with."""
        if not self._ids:
            found = self._ids
            workspaces = (await reader.call("GET", "/workspaces"))["items"]
            found["workspace"] = next(
                each["id"] for each in workspaces if each["name"] == "Analytical Engine"
            )
            path = f"/workspaces/{found['workspace']}"
            project = (await reader.call("GET", f"{path}/projects"))["items"][0]
            found["project"] = project["id"]
            found["board"] = (await reader.call("GET", f"{path}/projects/{project['id']}/boards"))["items"][
                0
            ]["id"]
            found["task"] = (await reader.call("GET", f"{path}/tasks?state=IN_PROGRESS"))["items"][0]["id"]
            # The first of a platform's administrators is made by a script, beside the service.
            own = (await reader.call("GET", "/auth/me"))["user"]["user_id"]
            found["ada"] = own
            self.service.tamper(f"UPDATE UserAccount SET is_platform_admin = 1 WHERE id = '{own}'")
            organizations = (await reader.call("GET", "/organizations"))["items"]
            found["org"] = next(each["id"] for each in organizations if each["role"] == "OWNER")
            found |= await furnish_directory(reader.context, self.url, found["org"])
            found |= await furnish(reader.context, self.url, path, self.hooks, project["id"])
            async with self.reader("grace@example.com") as grace:
                found["grace"] = (await grace.call("GET", "/auth/me"))["user"]["user_id"]
                found |= await decided(grace.context, reader.context, self.url, path, project["id"])
        return self._ids
