"""A connector on the page: what is wrong with it is said where it was written, it is tried, made, and never tells its secret."""

from __future__ import annotations

import pytest

from tests.chromium import needs_chromium
from tests.console.house import ADA, House, session
from tests.local_server import free_port

pytestmark = [pytest.mark.slow, needs_chromium, session]
SECRET = "kept-from-everybody"


async def test_a_connector_is_tried_and_made(house: House) -> None:
    async with house.reader(ADA) as ada:
        page = ada.page
        workspace = (await ada.call("POST", "/workspaces", {"name": "Figures"}))["id"]
        await ada.open(f"/w/{workspace}/connectors?dialog=new:postgres_ro")
        config = {"name": "Revenue", "host": "no host", "database": "d", "user": "u", "secret": SECRET}
        for name, value in {**config, "query": "SELECT 1 AS a", "port": str(free_port())}.items():
            await page.fill(f"dialog [name={name}]", value)
        await page.select_option("dialog [name=tls]", "disable")
        send = page.locator("dialog button[type=submit]")
        ada.expected = ("400",)
        await send.click()
        await page.wait_for_selector("dialog [name=host][aria-invalid=true]")
        await page.fill("dialog [name=host]", "127.0.0.1")
        await page.check("dialog [name=is_trial]")
        await send.click()
        await page.wait_for_selector("dialog [role=status] >> text=SOURCE_AWAY")
        await page.uncheck("dialog [name=is_trial]")
        await send.click()
        await page.wait_for_selector("h1 >> text=Revenue")
        await page.wait_for_selector("text=There is no value.")
        await page.get_by_role("button", name="Refresh now").click()
        await page.locator("tbody tr", has_text="SOURCE_AWAY").wait_for()
        assert SECRET not in await page.content()
