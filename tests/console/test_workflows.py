"""A workflow on the page: drafted step by step, checked, published, begun, and seen to go on as its tasks do."""

from __future__ import annotations

import pytest

from tests.chromium import needs_chromium
from tests.console.house import ADA, House, session
from tests.console.test_together import GRACE, add, make_board

pytestmark = [pytest.mark.slow, needs_chromium, session]


async def test_a_workflow_is_drawn_begun_and_watched(house: House) -> None:
    async with house.reader(ADA) as ada, house.reader(GRACE) as grace:
        place, _ = await make_board(ada)
        path = place.replace("/w/", "/workspaces/")
        await add(ada, place, grace, "MEMBER")
        page = ada.page
        await ada.open(f"{place}/workflows?view=templates&dialog=template")
        await page.fill("dialog [name=name]", "A pattern")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("h1 >> text=A pattern")
        for title, waits in (("Punch", ()), ("Lace", ("Punch",)), ("Weave", ("Lace",))):
            await page.get_by_role("button", name="Add a step").click()
            await page.fill("dialog [name=title]", title)
            for each in waits:
                await page.locator("dialog label", has_text=each).click()
            await page.locator("dialog button[type=submit]").click()
            await page.locator(".graph .node", has_text=title).wait_for()
        assert await page.locator(".graph path.edge").count() == 2
        await page.get_by_role("button", name="Check", exact=True).click()
        await page.wait_for_selector("text=Nothing is wrong with it")
        await page.get_by_role("button", name="Save the draft").click()
        await page.get_by_role("button", name="Publish the draft").click()
        await page.locator("dialog footer button.danger").click()
        await page.wait_for_selector(".choice >> text=1: Published", state="attached")
        await page.locator(".graph .node", has_text="Weave").click()
        await page.get_by_role("button", name="Take the step out").click()
        await page.get_by_role("button", name="Save the draft").click()
        await page.wait_for_selector(".choice >> text=2: Draft", state="attached")
        await page.locator("summary[aria-label=More]").click()
        await page.get_by_role("button", name="Discard the draft").click()
        await page.locator("dialog footer button.danger").click()
        await page.locator(".choice", has_text="2: Draft").wait_for(state="detached")
        await page.locator(".graph .node", has_text="Weave").wait_for()

        await ada.open(f"{place}/workflows?dialog=begin")
        await page.fill("dialog [name=name]", "For Lyon")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("h1 >> text=For Lyon")
        await page.wait_for_selector(".connection.live")
        first = page.locator(".graph .node.TODO", has_text="Punch")
        await first.wait_for()
        assert await page.locator(".graph .node.BLOCKED").count() == 2
        # Somebody else does what comes first; what waited for it is let go here as it happens.
        tasks = (await grace.call("GET", f"{path}/tasks?state=TODO"))["items"]
        task = next(each["id"] for each in tasks if each["title"] == "Punch")
        for state in ("IN_PROGRESS", "DONE"):
            await grace.call("POST", f"{path}/tasks/{task}/transition", {"to": state, "reason": "in order"})
        await page.locator(".graph .node.DONE", has_text="Punch").wait_for()
        await page.locator(".graph .node.TODO", has_text="Lace").wait_for()
        await page.get_by_role("button", name="Pause").click()
        await page.wait_for_selector("main >> text=Paused")
