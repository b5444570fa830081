"""A webhook by the page: its secret is told once, what it is sent is seen with how each try ended."""

from __future__ import annotations

import pytest

from tests.chromium import needs_chromium
from tests.console.house import House, session

pytestmark = [pytest.mark.slow, needs_chromium]
SENT = "tbody tr:has-text('webhook.test')"


@session
async def test_a_webhook_is_made_tested_sent_again_switched_off_and_deleted(house: House) -> None:
    async with house.reader() as reader:
        page = reader.page
        reader.expected = ("400",)
        await reader.open("/w/{workspace}/webhooks?dialog=new".format(**await house.ids(reader)))
        await page.fill("dialog input[name=url]", f"{house.hooks}/flow")
        await page.fill("dialog textarea", "workspace.*, nothing.happened")
        await page.click("dialog button[type=submit]")
        assert "UNKNOWN_EVENT_TYPE" in await page.text_content("dialog [role=alert]")
        await page.fill("dialog textarea", "workspace.*")
        await page.click("dialog button[type=submit]")
        secret = await page.input_value("dialog input.code")
        assert secret.startswith("whsec_")
        await page.click("dialog footer >> text=Close")
        await page.click(f"main tbody a:text-is('{house.hooks}/flow')")

        await page.click("text=Send a test")
        await page.wait_for_selector(f"{SENT} >> text=Delivered")
        await page.click(f"{SENT} >> text=Send again")
        await page.wait_for_selector(f"{SENT}:has-text('Delivered') >> td.number:text-is('2')")
        await page.click(f"{SENT} >> button.link")
        await page.wait_for_selector("dialog ol.rows li:nth-child(2)")
        assert await page.locator("dialog ol.rows .badge.good").count() == 2
        await page.click("dialog header button")

        await page.click("main header summary")
        await page.click("text=New secret")
        await page.click("dialog button.danger")
        assert await page.input_value("dialog input.code") != secret
        await page.click("dialog footer >> text=Close")
        await page.click("main header summary")
        await page.click("text=Switch off")
        await page.wait_for_selector("text=Somebody switched it off.")
        assert not await page.query_selector("text=Send a test")
        assert not await page.query_selector(f"{SENT} >> text=Send again")
        await page.click("text=Switch on")
        await page.wait_for_selector("text=Send a test")
        await page.click("main header summary")
        await page.click("main header button.danger")
        await page.click("dialog button.danger")
        await page.wait_for_selector(f"main tbody a:text-is('{house.hooks}/walk')")
        assert not await page.query_selector(f"main tbody a:text-is('{house.hooks}/flow')")
