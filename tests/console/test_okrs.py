"""An objective on the page: written, measured, submitted; approved by somebody else; checked in, and the score seen."""

from __future__ import annotations

import pytest

from tests.browser import HEADER
from tests.chromium import needs_chromium
from tests.console.house import ADA, House, session
from tests.console.test_together import GRACE, add, make_board

pytestmark = [pytest.mark.slow, needs_chromium, session]
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
        # Whoever wrote it is told why they do not decide.
        request = (await grace.call("GET", f"{place.replace('/w/', '/workspaces/')}/approvals"))["items"][0]
        await grace.open(f"{place}/approvals/{request['id']}")
        await hers.wait_for_selector(".timeline >> text=approved")
        assert await hers.get_by_role("button", name="Approve", exact=True).count() == 0
