"""Links by the page: picked from another system, looked at again, and asked for with the workspace's own credential."""

from __future__ import annotations

import pytest

from tests.chromium import needs_chromium
from tests.console.house import House, session
from tests.integrations.upstreams import FakeJira

pytestmark = [pytest.mark.slow, needs_chromium]


@session
async def test_a_project_is_picked_from_jira_and_its_loss_is_seen(house: House, jira: FakeJira) -> None:
    async with house.reader() as reader:
        page = reader.page
        reader.expected = ("400",)
        address = "/w/{workspace}/links".format(**await house.ids(reader))
        await reader.open(f"{address}?dialog=add")
        await page.fill("dialog input[type=search]", "Project 0042")
        await page.wait_for_selector("dialog tbody tr:only-child")
        await page.click("dialog button:text-is('Link')")
        await page.click("main tbody a:text-is('Project 0042')")
        await page.get_by_role("button", name="Check now").click()
        await page.wait_for_selector("tbody .badge:text-is('There')")
        lost = [item for item in jira.items if item["key"] != "P0042"]
        kept, jira.items = jira.items, lost
        try:
            await page.get_by_role("button", name="Check now").click()
            await page.wait_for_selector("tbody .badge:text-is('Gone')")
        finally:
            jira.items = kept

        await reader.open(f"{address}?view=connections&dialog=connection:jira")
        await page.fill("dialog input[name=base_url]", "https://elsewhere.example.com")
        await page.fill("dialog input[name=secret]", "secret")
        await page.click("dialog button[type=submit]")
        assert "HOST_NOT_ALLOWED" in await page.text_content("dialog [role=alert]")
        await page.fill("dialog input[name=base_url]", "https://team.atlassian.net")
        await page.click("dialog button[type=submit]")
        await page.wait_for_selector("tbody tr:has-text('Its own') >> text=team.atlassian.net")
        await page.click("tbody tr:has-text('Its own') >> summary")
        await page.click("tbody button.danger")
        await page.click("dialog button.danger")
        await page.wait_for_selector("tbody tr:has-text('Its own')", state="detached")


@session
async def test_whoever_may_not_link_sees_links_and_no_more(house: House) -> None:
    async with house.reader() as ada:
        ids = await house.ids(ada)
    async with house.reader("katherine@example.com") as reader:
        await reader.open(f"/w/{ids['workspace']}/links?dialog=add&view=connections")
        await reader.page.wait_for_selector("main tbody tr a")
        assert not await reader.page.query_selector("main button, main .tabs, dialog")
