"""How things are approved, on the page: stages are set, and both versions shown where somebody else was faster; who is
away has somebody else decide; and each way that a request may end."""

from __future__ import annotations

import pytest

from tests.chromium import needs_chromium
from tests.console.house import ADA, House, Reader, session
from tests.console.test_together import GRACE, KATHERINE, add, make_board

pytestmark = [pytest.mark.slow, needs_chromium, session]


async def test_stages_are_set_and_a_stale_draft_shows_both_versions(house: House) -> None:
    async with house.reader(ADA) as ada, house.reader(GRACE) as grace:
        place, _ = await make_board(ada)
        member = await add(ada, place, grace, "MEMBER")
        path = place.replace("/w/", "/workspaces/")
        page = ada.page
        await ada.open(f"{place}/approval-flows?dialog=stage-workflow_template:new")
        await page.fill("dialog [name=name]", "Second pair of eyes")
        await page.fill("dialog [name=deadline_hours]", "8")
        done = page.get_by_role("button", name="Done")
        await done.click()
        await page.wait_for_selector("dialog [role=alert] >> text=Choose who may decide.")
        by_name = page.get_by_role("group", name="By name")
        await by_name.first.get_by_role("combobox").fill("grace")
        await by_name.first.get_by_role("option", name="Grace Hopper").click()
        await done.click()
        await page.wait_for_selector("dialog [role=alert] >> text=give both, or neither")
        await page.click("dialog summary")
        await page.locator("dialog details").get_by_label("Owner").check()
        await done.click()
        section = page.locator("section.card", has=page.get_by_role("heading", name="Workflow template"))
        await section.get_by_text("After 8 hours these are asked too:").wait_for()

        theirs = {"key": "theirs", "name": "Theirs", "deciders": {"roles": ["ADMIN"]}}
        await ada.call("PUT", f"{path}/approval-flows/workflow_template", {"stages": [theirs]})
        ada.expected = ("412",)
        save = section.get_by_role("button", name="Save", exact=True)
        await save.click()
        _, mine, now = (await section.locator(".conflict tbody tr").inner_text()).split("\t")
        assert mine.startswith("Second pair of eyes: One of these approves: Grace Hopper;")
        assert now == "Theirs: One of these approves: Admin"
        await section.get_by_role("button", name="Save mine over it").click()
        await section.get_by_text("Version 2").wait_for()
        flow = await ada.call("GET", f"{path}/approval-flows/workflow_template")
        assert [(each["key"], each["deadline_hours"]) for each in flow["stages"]] == [
            ("second_pair_of_eyes", 8)
        ]
        # What the service refuses is said at the stage that it is of.
        await section.locator(".stages summary").click()
        await page.get_by_role("button", name="Edit", exact=True).click()
        await page.get_by_label("How many have to approve").fill("5")
        await page.locator("dialog details").get_by_label("Owner").uncheck()
        await by_name.last.get_by_role("combobox").fill("grace")
        await by_name.last.get_by_role("option", name="Grace Hopper").click()
        await done.click()
        ada.expected = ("400", "412")
        await save.click()
        await section.locator("li.marked .wrong", has_text="More have to approve").wait_for()
        await section.get_by_role("button", name="Discard the changes").click()
        await section.get_by_role("button", name="Use the default").click()
        await page.locator("dialog button.danger").click()
        await section.get_by_text("Nothing of it has to be approved.").wait_for()

        hers = grace.page
        await grace.open(f"{place}/approval-flows")
        await hers.get_by_text("Executive approval").wait_for()
        assert await hers.get_by_role("button", name="Add a stage").count() == 0
        await grace.open(f"{place}/approval-delegations?dialog=new")
        await grace.choose("user_id", "Ada Lovelace")
        await hers.fill("dialog [name=ends_at]", "2027-01-31T17:00")
        await hers.keyboard.press("Enter")
        await hers.locator("tr", has_text="Ada Lovelace").get_by_text("In force").wait_for()
        # Whoever is to decide for her sees it come, and go.
        await ada.open(f"{place}/approval-delegations")
        await page.locator("tr", has_text="Grace Hopper").wait_for()
        await hers.get_by_role("button", name="End it").click()
        await hers.locator("dialog button.danger").click()
        await hers.get_by_text("Nobody decides for you").wait_for()
        await page.get_by_text("You decide for nobody").wait_for()
        # Whoever is named and has left can still be taken out.
        her = (await grace.call("GET", "/auth/me"))["user"]["user_id"]
        stage = {**theirs, "deciders": {"roles": ["ADMIN"], "user_ids": [her]}}
        await ada.call("PUT", f"{path}/approval-flows/objective", {"stages": [stage]})
        await grace.open("/me")
        await ada.call("DELETE", f"{path}/members/{member}")
        await ada.open(f"{place}/approval-flows?dialog=stage-objective:0")
        gone = page.locator(f"dialog input[value='{her}']")
        await gone.click()
        await gone.wait_for(state="detached")


async def test_a_request_ends_in_each_way_that_there_is(house: House) -> None:
    async with (
        house.reader(ADA) as ada,
        house.reader(GRACE) as grace,
        house.reader(KATHERINE) as katherine,
    ):
        place, _ = await make_board(ada)
        await add(ada, place, grace, "ADMIN")
        await add(ada, place, katherine, "ADMIN")
        path = place.replace("/w/", "/workspaces/")
        stage = {"key": "owners", "name": "Owners", "deciders": {"roles": ["OWNER"]}}
        await ada.call("PUT", f"{path}/approval-flows/objective", {"stages": [stage]})
        days = {"name": "Spring", "starts_on": "2026-11-01", "ends_on": "2027-01-31"}
        cycle = await ada.call("POST", f"{path}/okr/cycles", days)
        draft = {"cycle_id": cycle["id"], "title": "Weave more"}
        objective = (await grace.call("POST", f"{path}/okr/objectives", draft))["id"]
        own = (await ada.call("GET", "/auth/me"))["user"]["user_id"]
        right = {"object_type": "objective", "object_id": objective, "user_id": own, "role": "OVERRIDE"}
        # Of somebody who did not write it: what an author gives decides nothing of theirs.
        await katherine.call("POST", f"{path}/object-roles", right)

        async def submitted(by: Reader) -> str:
            what = {"object_type": "objective", "object_id": objective}
            request: str = (await grace.call("POST", f"{path}/approvals", what))["id"]
            await by.open(f"{place}/approvals/{request}")
            return request

        async def ended(by: Reader, state: str) -> None:
            await by.page.locator("header.page .badge", has_text=state).wait_for()

        async def choose(by: Reader, name: str) -> None:
            await by.page.locator("header.page summary").click()
            await by.page.get_by_role("button", name=name, exact=True).click()

        page = ada.page
        request = await submitted(grace)
        # What one is told of leads to it.
        await ada.open("/notifications")
        await page.locator(f"tbody a[href$='/approvals/{request}']").click()
        await choose(ada, "Have somebody else decide")
        await ada.choose("user_id", "Katherine Johnson")
        await page.locator("dialog button[type=submit]").click()
        await page.get_by_text("or for them Katherine Johnson").wait_for()
        hers = katherine.page
        await katherine.open(f"{place}/approvals/{request}")
        await hers.get_by_text("You may decide for Ada Lovelace.").wait_for()
        await choose(katherine, "Request changes")
        await hers.fill("dialog [name=reason]", "Say how much")
        await hers.locator("dialog button[type=submit]").click()
        await ended(katherine, "Changes requested")
        await ended(ada, "Changes requested")

        await submitted(ada)
        await page.get_by_role("button", name="Reject", exact=True).click()
        await page.fill("dialog [name=reason]", "Not now")
        await page.locator("dialog button[type=submit]").click()
        await ended(ada, "Rejected")

        await submitted(grace)
        await choose(grace, "Withdraw")
        await grace.page.locator("dialog button.danger").click()
        await ended(grace, "Withdrawn")

        await submitted(ada)
        await choose(ada, "Override")
        await page.fill("dialog [name=reason]", "Nobody else is there — für alle")
        await page.locator("dialog button[type=submit]").click()
        await ended(ada, "Approved")
        await page.locator(".timeline li", has_text="overrode the stage").wait_for()
