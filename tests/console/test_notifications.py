"""What somebody is told, as it happens, and how they want to be."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.chromium import needs_chromium
from tests.console.house import House, Reader, session
from tests.core.test_web_push import Browser
from tests.receivers import answers, receiving

pytestmark = [pytest.mark.slow, needs_chromium]
AWAY = """() => {
  const inTime = window.setTimeout;
  // Quicker by as much as no test has to wait; what was to come first still does.
  window.setTimeout = (work, pause) => inTime(work, pause / 20);
  window.away = true;
  Object.defineProperty(document, "hidden", { get: () => window.away });
}"""
KATHERINE = "katherine@example.com"


@session
async def test_the_bell_rings_where_one_is_and_what_is_followed_is_read(house: House) -> None:
    async with house.reader() as ada, house.reader(KATHERINE) as katherine:
        ids = await house.ids(ada)
        await katherine.call("POST", "/users/me/notifications/read", {"up_to": await newest(katherine)})
        path = f"/workspaces/{ids['workspace']}"
        me = (await katherine.call("GET", "/auth/me"))["user"]["user_id"]
        projects = {"project_id": ids["project"], "title": "<i>Look</i> here"}
        task = await ada.call("POST", f"{path}/tasks", projects)
        await katherine.open(f"/w/{ids['workspace']}/files")
        await katherine.page.wait_for_selector(".connection.live")
        assert not await katherine.page.query_selector(".bell .count")
        await ada.call("POST", f"{path}/tasks/{task['id']}/assign", {"user_id": me})
        await katherine.page.wait_for_selector(".bell .count:text-is('1')")
        await katherine.page.click(".bell")
        await katherine.page.click("tbody a:has-text('assigned you'):has-text('<i>Look</i> here')")
        await katherine.page.wait_for_selector("h1:has-text('<i>Look</i> here')")
        await katherine.page.wait_for_selector(".bell .count", state="detached")
        # A page that nobody looks at asks nothing; when somebody does again, it has missed nothing.
        await katherine.settled()
        await katherine.page.evaluate(AWAY)
        asked: list[str] = []
        katherine.page.on("request", lambda request: asked.append(request.url))
        await ada.call("POST", f"{path}/tasks/{task['id']}/unassign", {"user_id": me})
        await ada.call("POST", f"{path}/tasks/{task['id']}/assign", {"user_id": me})
        await katherine.heard_after(800, path)
        assert [each for each in asked if "/notifications" in each] == []
        async with katherine.page.expect_request("**/notifications/**"):
            await katherine.page.evaluate(
                "away = false; document.dispatchEvent(new Event('visibilitychange'))"
            )


async def newest(reader: Reader) -> str:
    found = await reader.call("GET", "/users/me/notifications?limit=1")
    return str(found["items"][0]["id"])


@session
async def test_preferences_are_kept_and_a_stale_page_changes_nothing(house: House) -> None:
    watching = "input[aria-label='Watching: Mail']"
    async with house.reader(KATHERINE) as katherine:
        katherine.expected = ("412",)
        page = katherine.page
        await katherine.open("/notifications/preferences")
        await page.check(watching)
        await page.wait_for_selector(f"{watching}:enabled")
        await page.reload()
        await page.wait_for_selector(f"{watching}:checked")
        address = "/users/me/notification-preferences"
        await katherine.call("PUT", address, {"digest": "daily"})
        await page.click("input[aria-label='Due: Mail']")
        await page.wait_for_selector(".toast.bad >> text=Somebody else changed this meanwhile")
        await page.wait_for_selector(f"{watching}:not(:checked)")
        assert await page.is_checked("input[aria-label='Due: Mail']")
        await page.select_option("select[name=digest]", "weekly")
        await katherine.call("PUT", address, {"digest": "off"})
        await page.click("form button[type=submit]")
        await page.wait_for_selector(".conflict tr:has-text('Mail is')")
        async with page.expect_response(lambda answer: answer.request.method == "PUT") as saved:
            await page.click("text=Save mine over it")
        assert (await saved.value).ok
        assert (await katherine.call("GET", address))["digest"] == "weekly"
        await page.click("button[aria-label='Mute: Orbital mechanics']")
        await page.click("button[aria-label='Hear of it again: Orbital mechanics']")
        await page.wait_for_selector("button[aria-label='Mute: Orbital mechanics']")
        await katherine.call("PUT", address, {})


SUBSCRIBING = """(told) => {
  // No headless browser has a push service: this is what one would answer. All else of it is real.
  let own = null;
  PushManager.prototype.getSubscription = async () => own;
  PushManager.prototype.subscribe = async (options) => {
    window.subscribedWith = options;
    own = { endpoint: told.endpoint, toJSON: () => told, unsubscribe: async () => { own = null; return true; } };
    return own;
  };
}"""
# Somebody else was told here, and signs in no more.
FOREIGN = """async () => {
  const { getSubscription: before } = PushManager.prototype;
  PushManager.prototype.getSubscription = async () => ({ endpoint: "https://push.example.com/else", unsubscribe: async () => true });
  const { load } = await import(new URL("core/session.js", document.querySelector("script[type=module]").src).href);
  await load();
  return () => (PushManager.prototype.getSubscription = before);
}"""
UNTOLD = """async () => {
  const left = () => navigator.serviceWorker.getRegistrations().then((all) => all.length);
  while (await left()) await new Promise((resolve) => setTimeout(resolve, 20));
}"""
SHOWN = """navigator.serviceWorker.ready.then((each) => each.getNotifications())
  .then(([each]) => [each.title, each.data])"""


@session
async def test_a_browser_is_told_while_it_shows_something_else_and_is_led_there(house: House) -> None:
    """From the service to a push service, and from there, as DevTools delivers it, to the worker."""
    browser = Browser()
    async with receiving(answers(201)) as pushes, house.reader() as ada, house.reader(KATHERINE) as katherine:
        ids = await house.ids(ada)
        page = katherine.page
        await katherine.context.grant_permissions(["notifications"], origin=house.url)
        told = json.dumps({"endpoint": pushes.url("/katherine"), "keys": browser.keys})
        await katherine.context.add_init_script(f"({SUBSCRIBING})({told})")
        # Nothing is polled for: it is the worker that has the bell ring.
        await katherine.context.add_init_script("window.setInterval = () => 0")
        await katherine.call("POST", "/users/me/notifications/read", {"up_to": await newest(katherine)})
        workers = await katherine.context.new_cdp_session(page)
        registrations: list[str] = []
        workers.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda event: registrations.extend(each["registrationId"] for each in event["registrations"]),
        )
        await workers.send("ServiceWorker.enable")
        await katherine.open("/notifications/preferences")
        await page.get_by_role("button", name="Tell me in this browser").press("Enter")
        await page.wait_for_selector("li:has-text('This one')")
        assert await page.evaluate("subscribedWith.userVisibleOnly")

        path = f"/workspaces/{ids['workspace']}"
        task = await ada.call(
            "POST", f"{path}/tasks", {"project_id": ids["project"], "title": "<b>Wake up</b>"}
        )
        me = (await katherine.call("GET", "/auth/me"))["user"]["user_id"]
        await ada.call("POST", f"{path}/tasks/{task['id']}/assign", {"user_id": me})
        await asyncio.wait_for(pushes.arrived.wait(), 20)
        data = browser.read(pushes.received[0].body).decode()
        assert not await page.query_selector(".bell .count")
        message = {"origin": f"{house.url}/", "registrationId": registrations[-1], "data": data}
        await workers.send("ServiceWorker.deliverPushMessage", message)
        await page.wait_for_selector(".bell .count:text-is('1')")
        title, address = await page.evaluate(SHOWN)
        assert "<b>Wake up</b>" in title
        assert address == f"{house.url}/console/w/{ids['workspace']}/tasks/{task['id']}"
        (worker,) = katherine.context.service_workers
        # Shown last, and no page of the console.
        other = await katherine.context.new_page()
        await other.goto(f"{house.url}/health/live")
        await worker.evaluate(
            """async () => {
              const [notification] = await registration.getNotifications();
              dispatchEvent(new NotificationEvent("notificationclick", { notification }));
            }"""
        )
        await page.wait_for_selector("h1:has-text('<b>Wake up</b>')")
        await other.close()
        for kind, place in (("approval", "approvals"), ("key_result", "key-results")):
            about = json.dumps(
                {"workspace_id": "1", "task_id": None, "object_type": kind, "object_id": "2/3"}
            )
            assert await worker.evaluate(f"place({about})") == f"w/1/{place}/2%2F3"
        await page.go_back()
        await page.get_by_role("button", name="Not there any more").press("Enter")
        await page.wait_for_selector("text=This one", state="detached")
        assert (await katherine.call("GET", "/users/me/push-subscriptions"))["items"] == []
        as_before = await page.evaluate_handle(FOREIGN)
        await asyncio.wait_for(page.evaluate(UNTOLD), 20)
        await as_before.evaluate("(each) => each()")
        await page.get_by_role("button", name="Tell me in this browser").press("Enter")
        await page.wait_for_selector("li:has-text('This one')")
        # Whoever signs in here next is told nothing that was for this one, also where the session ended elsewhere.
        katherine.expected = ("401",)
        await katherine.call("POST", "/auth/oauth/logout", {"return_to": "/console/"})
        await page.click("main .tabs a, nav a >> nth=0")
        await page.wait_for_selector(".sign-in")
        await asyncio.wait_for(page.evaluate(UNTOLD), 20)
    house.forget(KATHERINE)
