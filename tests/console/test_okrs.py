"""An objective on the page: written, measured, submitted; approved by somebody else; checked in, and the score seen; what
it is measured by changed and fed; its files; brought back after it was deleted."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.services.late_check_ins import tell_of_late_check_ins
from tests.browser import HEADER
from tests.chromium import needs_chromium
from tests.console.house import ADA, House, session
from tests.console.test_together import GRACE, KATHERINE, add, make_board

pytestmark = [pytest.mark.slow, needs_chromium, session]
LOOM = {"name": "loom.txt", "mimeType": "text/plain", "buffer": b"warp and weft"}
STAGES = [{"key": "owners", "name": "Owners", "deciders": {"roles": ["OWNER"]}}]


async def test_an_objective_is_approved_and_checked_in(house: House) -> None:
    async with house.reader(ADA) as ada, house.reader(GRACE) as grace:
        place, _ = await make_board(ada)
        await add(ada, place, grace, "MEMBER")
        path = f"{house.url}{place.replace('/w/', '/workspaces/')}"
        answer = await ada.context.request.put(
            f"{path}/approval-flows/objective", headers=HEADER, data={"stages": STAGES}
        )
        assert answer.ok
        page = ada.page
        await ada.open(f"{place}/okrs?dialog=cycle")
        for name, value in (("name", "Spring"), ("starts_on", "2026-11-01"), ("ends_on", "2027-01-31")):
            await page.fill(f"dialog [name={name}]", value)
        await page.keyboard.press("Enter")
        await page.wait_for_selector("main .choice >> text=Cycle")
        await page.goto(f"{house.url}/console{place}/okrs?view=cycles")
        await page.locator("tbody .menu summary").click()
        await page.get_by_role("button", name="Begin", exact=True).click()
        await page.wait_for_selector("tbody >> text=Active")

        hers = grace.page
        await grace.open(f"{place}/okrs?dialog=objective")
        await hers.fill("dialog [name=title]", "Weave more")
        await hers.keyboard.press("Enter")
        await hers.wait_for_selector("h1 >> text=Weave more")
        await hers.get_by_role("button", name="Add a figure").click()
        await hers.fill("dialog [name=title]", "Cloths")
        await hers.fill("dialog [name=target]", "80")
        await hers.keyboard.press("Enter")
        await hers.wait_for_selector(".key-results >> text=Cloths")
        await hers.get_by_role("button", name="Submit for approval").click()
        await hers.wait_for_selector(".badge >> text=In approval")

        await ada.open(f"{place}/approvals")
        await page.get_by_role("link", name="Weave more").click()
        await page.wait_for_selector("text=You may decide.")
        await page.get_by_role("button", name="Approve", exact=True).click()
        await page.locator("dialog button[type=submit]").click()
        await page.wait_for_selector("header.page .badge >> text=Approved")

        # She sees it in force without asking again, and says how far it is.
        await hers.get_by_role("button", name="Check in: Cloths").click()
        await hers.fill("dialog [name=value]", "40")
        await hers.fill("dialog [name=confidence]", "8")
        await hers.keyboard.press("Enter")
        await hers.wait_for_selector(".key-results >> text=40 of 80")
        await hers.wait_for_selector(".key-results .score >> text=0.50")
        # Once it is late, she is told, and led to where she checks in.
        await hers.locator("summary[aria-label='Actions: Cloths']").click()
        await hers.get_by_role("button", name="Edit", exact=True).click()
        await hers.fill("dialog [name=stale_hours]", "1")
        await hers.keyboard.press("Enter")
        await hers.wait_for_selector(".key-results >> text=Stale in")
        # Beside the loop, in which the service may be about to end a change that holds the database.
        late = "UPDATE KeyResult SET remind_at = created_at WHERE title = 'Cloths'"
        await asyncio.to_thread(house.service.tamper, late)
        parts: Any = house.service.edge.parts
        await tell_of_late_check_ins(parts.database, parts.teller)
        await grace.open("/notifications")
        await hers.locator("tbody tr", has_text="waits for a check-in").get_by_role("link").first.click()
        await hers.locator("dialog h2", has_text="Check in: Cloths").wait_for()
        # Whoever wrote it is told why they do not decide.
        request = (await grace.call("GET", f"{place.replace('/w/', '/workspaces/')}/approvals"))["items"][0]
        await grace.open(f"{place}/approvals/{request['id']}")
        await hers.wait_for_selector(".timeline >> text=approved")
        assert await hers.get_by_role("button", name="Approve", exact=True).count() == 0


async def test_all_of_an_objective_is_changed_on_the_page(house: House) -> None:
    async with (
        house.reader(ADA) as ada,
        house.reader(GRACE) as grace,
        house.reader(KATHERINE) as katherine,
    ):
        place, _ = await make_board(ada)
        await add(ada, place, grace, "ADMIN")
        await add(ada, place, katherine, "ADMIN")
        path = place.replace("/w/", "/workspaces/")
        okr = f"{path}/okr"
        days = {"name": "Spring", "starts_on": "2026-11-01", "ends_on": "2027-01-31"}
        cycle = await ada.call("POST", f"{okr}/cycles", days)
        await ada.call("POST", f"{okr}/cycles/{cycle['id']}/activate")
        one, _ = [
            await ada.call("POST", f"{okr}/objectives", {"cycle_id": cycle["id"], "title": title})
            for title in ("Weave more", "Sell more")
        ]
        metric = {"direction": "INCREASE", "baseline": "0", "target": "80"}
        address = f"{okr}/objectives/{one['id']}"
        result = await ada.call("POST", f"{address}/key-results", {"title": "Cloths done", "metric": metric})
        page, send = ada.page, ada.page.locator("dialog button[type=submit]")

        async def act(menu: str, name: str) -> None:
            await page.locator(f"summary[aria-label='{menu}']").click()
            await page.get_by_role("button", name=name, exact=True).click()

        await ada.open(f"{place}/okrs/{one['id']}")
        await act("Actions", "Edit")
        await ada.choose("owner_id", "Grace Hopper")
        await send.click()
        await page.locator(".facts .person", has_text="Grace Hopper").wait_for()
        # Somebody else was faster at what it is measured by.
        await act("Actions: Cloths done", "Edit")
        await page.fill("dialog [name=target]", "100")
        await page.fill("dialog [name=stale_hours]", "48")
        await ada.call("PATCH", f"{okr}/key-results/{result['id']}", {"weight": 7})
        ada.expected = ("412",)
        await send.click()
        await page.locator("dialog .conflict tr", has_text="Weight").wait_for()
        await page.get_by_role("button", name="Save mine over it").click()
        await page.wait_for_selector(".key-results >> text=0 of 100")
        await page.get_by_role("button", name="Add zones in words").click()
        await page.fill("dialog [name=title]", "Patterns")
        await page.fill("dialog [name=target]", "All are drawn")
        await send.click()
        await act("Actions: Patterns", "Check-ins")
        await page.locator("dialog", has_text="Nobody has checked in yet").wait_for()
        await page.keyboard.press("Escape")
        await act("Actions: Patterns", "Take away")
        await page.locator("dialog button.danger").click()
        await page.locator(".key-results", has_text="Patterns").wait_for(state="detached")
        # A file that is brought is attached; taken off, it can be chosen.
        await page.set_input_files("input[type=file]", files=[LOOM])
        await act("Actions: loom.txt", "Take it off")
        await page.get_by_role("button", name="Attach a file").click()
        await send.click()
        await page.get_by_role("button", name="loom.txt", exact=True).wait_for()
        await page.get_by_role("button", name="Add to another").click()
        await send.click()
        await page.get_by_role("button", name="Add to “Sell more” no more").click()
        await page.wait_for_selector("text=It adds to no other objective.")
        await page.fill("[name=body]", "Wool is dear")
        await page.get_by_role("button", name="Comment", exact=True).click()
        await act("Actions: Comment", "Edit")
        await page.fill("dialog [name=body]", "Wool is cheap")
        await send.click()
        await page.locator(".comments li", has_text="Wool is cheap").get_by_text("edited").wait_for()
        await act("Actions: Comment", "Delete the comment")
        await ada.fill()
        await page.get_by_text("Nothing is said of it yet.").wait_for()
        await page.get_by_role("button", name="Give a role").click()
        await ada.choose("user_id", "Grace Hopper")
        await page.select_option("dialog [name=role]", "MANAGER")
        await send.click()
        await act("Actions: Manager", "Take the role back")
        await page.get_by_text("Nobody has a role on it").wait_for()
        # Tasks feed it, and then people do again.
        await act("Actions: Cloths done", "How it is fed")
        await page.select_option("dialog [name=measure]", "percent")
        await send.click()
        await page.get_by_role("button", name="Fed by tasks: Cloths done").click()
        await page.locator("dialog dd", has_text="in percent of all").wait_for()
        await page.get_by_role("button", name="Feed it no more").click()
        await page.wait_for_selector(".key-results >> text=People check in")
        await act("Actions", "Delete the objective")
        await page.locator("dialog button.danger").click()
        await page.get_by_role("link", name="Deleted").click()
        await page.locator("tr", has_text="Weave more").get_by_role("button", name="Restore").click()
        await page.wait_for_selector("h1 >> text=Weave more")

        # Ada wrote it, and Grace submits it: it takes a third who approves.
        stages = [{**STAGES[0], "deciders": {"roles": ["ADMIN"]}}]
        await ada.call("PUT", f"{path}/approval-flows/objective", {"stages": stages})
        submission = {"object_type": "objective", "object_id": one["id"]}
        request = await grace.call("POST", f"{path}/approvals", submission)
        await katherine.call("POST", f"{path}/approvals/{request['id']}/approve")
        await page.get_by_role("button", name="Finish").click()
        await page.select_option("dialog [name=outcome]", "NOT_SUCCESSFUL")
        await send.click()
        await page.locator(".facts .badge", has_text="Not successful").wait_for()
        await act("Actions", "Reopen as a draft")
        await page.locator(".facts .badge", has_text="Draft").wait_for()
        await ada.open(f"{place}/okrs?view=cycles")
        await act("Actions: Spring", "Edit")
        await page.fill("dialog [name=name]", "Early spring")
        await ada.call("PATCH", f"{okr}/cycles/{cycle['id']}", {"ends_on": "2027-02-28"})
        await send.click()
        await page.locator("dialog .conflict tr", has_text="2027-02-28").wait_for()
        await page.get_by_role("button", name="Take what is there").click()
        await page.fill("dialog [name=name]", "Spring ")
        await send.click()
        await page.locator("tr", has_text="Feb 28, 2027").wait_for()
        await act("Actions: Spring", "Clone")
        for name, value in {**days, "name": "Summer"}.items():
            await page.fill(f"dialog [name={name}]", value)
        await send.click()
        await page.locator("tr", has_text="Summer").get_by_text("In preparation").wait_for()
        await ada.call("POST", f"{okr}/cycles", {**days, "name": "Nothing"})
        await act("Actions: Nothing", "Delete the cycle")
        await page.locator("dialog button.danger").click()
        await page.locator("tr", has_text="Nothing").wait_for(state="detached")
        await act("Actions: Spring", "Close")
        await page.locator("dialog button.danger").click()
        await page.locator("tr", has_text="Spring").get_by_text("Closed").wait_for()
