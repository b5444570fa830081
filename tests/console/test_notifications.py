"""What somebody is told, as it happens, and how they want to be."""

from __future__ import annotations

import pytest

from tests.chromium import needs_chromium
from tests.console.house import House, Reader, session

pytestmark = [pytest.mark.slow, needs_chromium]
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
