"""A connector on the page: what is wrong with it is said where it was written, it is tried, made, and never tells its secret;
all of it is changed, and whoever may know no more sees its value."""

from __future__ import annotations

import pytest

from tests.chromium import needs_chromium
from tests.console.house import ADA, House, session
from tests.console.test_together import GRACE, add, make_board
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


async def test_a_connector_is_changed_whole_and_members_see_its_value(house: House) -> None:
    async with house.reader(ADA) as ada, house.reader(GRACE) as grace:
        page = ada.page
        place, _ = await make_board(ada)
        await add(ada, place, grace, "MEMBER")
        path = f"{place.replace('/w/', '/workspaces/')}/connectors"
        asked = {"host": "127.0.0.1", "port": free_port(), "database": "d", "user": "u", "query": "SELECT 1"}
        made = {"kind": "postgres_ro", "name": "Revenue", "config": {**asked, "tls": "disable"}}
        connector = (await ada.call("POST", path, {**made, "secret": SECRET}))["id"]
        await ada.open(f"{place}/connectors/{connector}?dialog=edit")
        await page.select_option("dialog [name=fallback]", "STATIC")
        await page.fill("dialog [name=static_value]", 'region,revenue\n"Lyon, south,12.5')
        send = page.locator("dialog button[type=submit]")
        await send.click()
        await page.wait_for_selector("dialog [name=static_value][aria-invalid=true]")
        await page.fill("dialog [name=static_value]", 'region,revenue\n"Lyon, south",12.5\n"7",true\n"0.10",')
        await page.fill("dialog [name=cron]", "0 6 * * 1-5")
        await page.select_option("dialog [name=time_zone]", "Europe/Paris")
        await page.fill("dialog [name=columns]", "a")
        # Somebody else was faster; theirs is shown, and mine is kept, whole.
        await ada.call("PATCH", f"{path}/{connector}", {"name": "Theirs"})
        ada.expected = ("412",)
        await send.click()
        await page.locator("dialog .conflict tr", has_text="Theirs").wait_for()
        await page.get_by_role("button", name="Save mine over it").click()
        await page.locator("tr", has_text="Lyon, south").get_by_text("12.5").wait_for()
        now = await ada.call("GET", f"{path}/{connector}")
        cron = {"every_minutes": None, "cron": "0 6 * * 1-5", "time_zone": "Europe/Paris"}
        assert (now["name"], now["schedule"], now["columns"]) == ("Revenue", cron, ["a"])
        assert now["static_value"]["rows"] == [["Lyon, south", "12.5"], ["7", True], ["0.10", None]]
        assert (now["config"]["host"], now["has_secret"]) == ("127.0.0.1", True)
        # What is not touched is kept as it is: 0.10 is text still, and no number.
        await ada.open(f"{place}/connectors/{connector}?dialog=edit")
        await page.fill("dialog [name=every_minutes]", "")
        await page.fill("dialog [name=cron]", "")
        await send.click()
        await page.locator(".facts", has_text="When somebody refreshes it").wait_for()
        assert (await ada.call("GET", f"{path}/{connector}"))["static_value"] == now["static_value"]

        hers = grace.page
        await grace.open(f"{place}/connectors")
        await hers.get_by_role("link", name="Revenue").click()
        await hers.wait_for_selector("h1 >> text=Revenue")
        await hers.locator("tr", has_text="Lyon, south").wait_for()
        assert await hers.locator("main button").count() == 0
        await page.locator("header.page summary").click()
        await page.get_by_role("button", name="Preview").click()
        await page.locator(".toast.bad", has_text="SOURCE_AWAY").wait_for()
        await page.locator("header.page summary").click()
        await page.get_by_role("button", name="Delete", exact=True).click()
        await page.locator("dialog button.danger").click()
        await page.get_by_text("No connector yet").wait_for()
        await page.locator("header.page").get_by_role("button", name="From Excel").click()
        ada.expected = ("400", "412")
        for name, value in {"name": "Sales", "drive_id": "b!d", "table": "Totals"}.items():
            await page.fill(f"dialog [name={name}]", value)
        await send.click()
        await page.wait_for_selector("dialog [name=drive_id][aria-invalid=true]")
        await page.fill("dialog [name=item_id]", "01AB")
        await page.check("dialog [name=is_headless]")
        await send.click()
        await page.wait_for_selector("h1 >> text=Sales")
        await page.locator("pre.data", has_text='"header": false').wait_for()
