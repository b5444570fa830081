"""Who is in a workspace, who is asked in, whom a comment speaks to, and what was deleted, by the page."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from tests.chromium import needs_chromium
from tests.console.house import House, Reader, session
from tests.console.test_together import add, make_board

pytestmark = [pytest.mark.slow, needs_chromium, session]
GRACE, ALAN = "grace@example.com", "alan@example.com"


async def test_people_are_added_changed_asked_and_taken_out(house: House) -> None:
    async with house.reader() as ada, house.reader(GRACE) as grace:
        page = ada.page
        user_id = (await grace.call("GET", "/auth/me"))["user"]["user_id"]
        workspace = (await ada.call("POST", "/workspaces", {"name": "Spinning"}))["id"]
        place, path = f"/w/{workspace}", f"/workspaces/{workspace}"
        await ada.open(f"{place}/members?dialog=add")
        await ada.fill({"user_id": user_id, "role": "Viewer"})
        await ada.told("The member was added")
        await ada.act("Grace Hopper", "Change")
        await ada.fill({"role": "Admin"})
        await ada.told("The member was changed")
        assert (await grace.call("GET", path))["role"] == "ADMIN"
        await ada.act("Grace Hopper", "Hand the workspace over")
        await ada.fill()
        await ada.told("They are asked to take it over")
        await ada.go(place)
        await page.click("main .notice >> text=Take it back")
        await ada.told("Done")
        await ada.go(f"{place}/members")
        await ada.act("Grace Hopper", "Remove")
        await ada.fill()
        await ada.told("The member was removed")

        await ada.go(f"{place}/invitations?dialog=invite")
        await ada.fill({"email": "spinner@example.com", "role": "Member"})
        first = await page.input_value("dialog input.code")
        await page.click("dialog footer >> text=Close")
        await ada.act("spinner@example.com", "Send anew")
        await page.wait_for_selector("dialog input.code")
        assert await page.input_value("dialog input.code") != first
        await page.click("dialog footer >> text=Close")
        await ada.act("spinner@example.com", "Take back")
        await ada.fill()
        await page.wait_for_selector("main >> text=Nobody waits for an answer")
        await ada.go(f"{place}/invitations?dialog=link")
        await ada.fill({"role": "Viewer", "usage_limit": "2"})
        await page.wait_for_selector("dialog input.code")
        await page.click("dialog footer >> text=Close")
        await page.click("main tbody tr:has-text('0 of 2') >> button")
        await ada.fill()
        await page.wait_for_selector("main tbody tr:has-text('0 of 2')", state="detached")


async def test_a_comment_speaks_to_whom_is_found_by_typing_and_a_deleted_board_comes_back(
    house: House,
) -> None:
    async with house.reader() as ada, house.reader(GRACE) as grace, house.reader(ALAN) as alan:
        page = ada.page
        place, board = await make_board(ada, "Thread")
        await add(ada, place, grace, "MEMBER")
        await add(ada, place, alan, "MEMBER")
        path = place.replace("/w/", "/workspaces/")
        (task,) = (await ada.call("GET", f"{path}/tasks"))["items"]
        await ada.open(f"{place}/tasks/{task['id']}")
        await page.click("main textarea")
        await page.keyboard.type("a@b.example, @")
        await page.wait_for_selector("main [role=combobox]:focus")
        await answer_in_the_wrong_order(ada)
        await page.wait_for_selector("[role=listbox] [role=option]:only-child >> text=Grace Hopper")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("main textarea:focus")
        await page.keyboard.type("and @")
        await page.wait_for_selector("[role=option] >> nth=2")
        combobox = page.locator("main [role=combobox]")
        for key, place_in_list in (("ArrowUp", 3), ("ArrowDown", 1)):
            await page.keyboard.press(key)
            active = await combobox.get_attribute("aria-activedescendant")
            assert active == await page.locator(f"[role=option]:nth-child({place_in_list})").get_attribute(
                "id"
            )
        await page.keyboard.press("Escape")
        await page.keyboard.press("Escape")
        await page.wait_for_selector("main textarea:focus")
        await page.keyboard.type("nobody")
        await page.keyboard.press("Control+Enter")
        await page.wait_for_selector(".comments >> text=a@b.example, @Grace Hopper and @nobody")
        assert await page.text_content(".spoken-to") == "Mentions: Grace Hopper"
        (said,) = (await ada.call("GET", f"{path}/tasks/{task['id']}/comments"))["items"]
        assert said["mentions"] == [(await grace.call("GET", "/auth/me"))["user"]["user_id"]]

        await page.click("main .comments summary")
        await page.click("main .comments details[open] button")
        await ada.fill()
        await page.wait_for_selector("main >> text=Nobody has said anything")

        await ada.call("DELETE", board.replace("/w/", "/workspaces/"))
        await ada.go(f"{place}/projects/{task['project_id']}")
        await page.click("main >> text=Deleted boards")
        await page.click("dialog >> text=Restore")
        await ada.told("The board is back")
        await page.wait_for_selector("main .card-task >> text=Thread")


async def answer_in_the_wrong_order(reader: Reader) -> None:
    """What was listed for another text is not chosen, whichever answer comes first and whether one comes at all."""
    page = reader.page
    options = page.locator("[role=option]")
    await options.nth(2).wait_for()
    late = asyncio.Event()

    async def answer(route: Any) -> None:
        if route.request.url.endswith("name=gx&limit=10"):
            await route.fulfill(status=500)
            return
        if "name=a&" in route.request.url:
            await late.wait()
        await route.continue_()

    first, second = re.compile(r"/viewers\?name=a&"), re.compile(r"/viewers\?name=g&")
    await page.route(re.compile("/viewers"), answer)
    async with page.expect_request(first):
        await page.keyboard.type("a")
    # Three are listed still, and the first of them is not who is meant.
    await page.keyboard.press("Enter")
    await page.keyboard.press("Backspace")
    async with page.expect_response(second):
        await page.keyboard.type("g")
    only = page.locator("[role=listbox]:not([aria-busy=true]) [role=option]:only-child")
    await only.wait_for()
    async with page.expect_response(first):
        late.set()
    assert await options.all_inner_texts() == ["Grace Hopper"]
    reader.expected = ("500",)
    await page.keyboard.type("x")
    await options.first.wait_for(state="detached")
    await page.unroute_all()
    await page.keyboard.press("Backspace")
