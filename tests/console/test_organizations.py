"""An organisation and the platform by the page: whoever governs them founds, lets in, moves, stops and puts back."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from tests.browser import HEADER
from tests.chromium import needs_chromium
from tests.console.house import House, Reader, session
from tests.console.test_accounts import PIXEL

pytestmark = [pytest.mark.slow, needs_chromium, session]
GRACE = "grace@example.com"


async def provision(reader: Reader, org: str, secret: str, user_id: str) -> None:
    """A directory tells of a group, and of somebody, whom it then stops."""
    bearer = {**HEADER, "Authorization": f"Bearer {secret}", "Content-Type": "application/scim+json"}
    schema = "urn:ietf:params:scim:schemas:core:2.0:"

    async def tell(what: str, **more: Any) -> None:
        body = json.dumps({"schemas": [f"{schema}{what}"], **more})
        address = f"{reader.house.url}/organizations/{org}/scim/v2/{what}s"
        answer = await reader.context.request.post(address, headers=bearer, data=body)
        assert answer.status == 201, await answer.text()

    await tell("Group", displayName="Weavers", externalId=str(uuid.uuid4()))
    await tell("User", userName="wendy", externalId=user_id, active=False)


async def test_an_organisation_is_founded_peopled_and_told_of_by_its_directory(house: House) -> None:
    async with house.reader() as ada:
        # An organisation without a look of its own.
        page, ada.expected = ada.page, ("404",)
        # What she does to an account as a whole is for the platform's administrators.
        await house.ids(ada)
        # Whom a directory stops that an administrator of the platform connected is signed out everywhere.
        account = {"email": "wendy@example.com", "password": "warp and weft 1843", "display_name": "Wendy"}
        user_id = (await ada.call("POST", "/auth/register", account))["user_id"]
        await ada.open("/organizations?dialog=found")
        await ada.fill({"name": "Guild of looms"})
        await page.wait_for_selector("h1:text-is('Guild of looms')")
        org = page.url.rpartition("/")[2]
        place = f"/organizations/{org}"

        await ada.go(f"{place}?view=people&dialog=add")
        await ada.fill({"user_id": user_id})
        await ada.told("They are in the organisation now")
        await ada.act("Wendy", "Make administrator")
        await page.wait_for_selector("tbody tr:has-text('Wendy') >> text='Admin'")
        await page.click("main >> text=Invite by mail")
        await ada.fill({"email": "new@example.com"})
        await page.click("dialog footer >> text=Close")
        await page.click("main button[aria-label*='new@example.com']")
        await ada.fill()
        await ada.told("The invitation is taken back")

        await ada.go(f"{place}?view=look")
        picture = {"name": "logo.png", "mimeType": "image/png", "buffer": PIXEL}
        await page.set_input_files("main input[type=file]", picture)
        await ada.told("Saved")
        await page.click("main >> text=Remove the logo")
        await ada.told("Saved")

        await ada.go(f"{place}?view=workspaces&dialog=new")
        await ada.fill({"name": "Loom house"})
        await page.wait_for_selector("h1:text-is('Loom house')")
        workspace = page.url.rpartition("/")[2]
        kind = {"name": "Visitor", "access_level": "regular", "permissions": ["view"]}
        kind = await ada.call("POST", f"/workspaces/{workspace}/user-types", kind)

        await ada.go(f"{place}?view=directory&dialog=connect")
        await ada.fill({"name": "Entra"})
        secret = await page.input_value("dialog input.code")
        await page.click("dialog footer >> text=Close")
        await provision(ada, org, secret, user_id)
        await ada.act("Entra", "Rename")
        await ada.fill({"name": "Directory"})
        await ada.act("Directory", "Another secret")
        await ada.fill({"overlap_hours": "0"})
        await page.wait_for_selector("dialog input.code")
        await page.click("dialog footer >> text=Close")
        await ada.go(f"{place}?view=overview")
        await ada.go(f"{place}?view=directory")
        await page.click("main button[aria-label='Put back: Wendy']")
        await ada.fill({"reason": "A mistake"})
        await page.wait_for_selector("main >> text=Nobody is stopped")
        await page.click("main >> text=Map a group")
        await ada.fill({"workspace_id": "Loom house"})
        await ada.fill({"role": "Viewer", "user_type_id": "Visitor"})
        await page.click("dialog >> text='Do so'")
        await page.click("main button[aria-label='Take back: Weavers']")
        (mapping,) = (await ada.call("GET", f"{place}/scim-group-mappings"))["items"]
        assert (mapping["role"], mapping["user_type_id"]) == ("VIEWER", kind["id"])
        await page.wait_for_selector("dialog >> text=Nobody's role changes.")
        await ada.fill()
        await page.wait_for_selector("main >> text=No group is mapped")
        await ada.act("Directory", "Disconnect")
        await ada.fill()
        await page.wait_for_selector("main >> text=No directory is connected")

        await ada.go(f"{place}?view=review")
        await ada.act("Wendy", "Stop the account")
        await ada.fill({"reason": "Lost her phone"})
        await page.wait_for_selector("tbody tr:has-text('Wendy') >> text=Deactivated")
        await ada.act("Wendy", "Put the account back")
        await ada.fill()
        await page.wait_for_selector("tbody tr:has-text('Deactivated')", state="detached")
        await ada.act("Wendy", "What the account was")
        await page.wait_for_selector("dialog tbody >> text=Lost her phone")
        await page.keyboard.press("Escape")

        await ada.go(f"{place}?view=people")
        await ada.act("Wendy", "Make member")
        await ada.act("Wendy", "Remove")
        await ada.fill()
        await ada.told("Changed")
        await page.wait_for_selector("tbody tr:has-text('Wendy')", state="detached")


async def test_workspaces_are_peopled_moved_and_limited_by_their_organisation(house: House) -> None:
    async with house.reader() as ada, house.reader(GRACE) as grace:
        # An organisation without a look of its own.
        page, ada.expected = ada.page, ("404",)
        user_id = (await grace.call("GET", "/auth/me"))["user"]["user_id"]
        org = (await ada.call("POST", "/organizations", {"name": "Mills"}))["id"]
        await ada.call("POST", f"/organizations/{org}/members", {"user_id": user_id})
        workspace = (await ada.call("POST", "/workspaces", {"name": "Water mill"}))["id"]
        settings, place = f"/w/{workspace}/settings", f"/organizations/{org}?view=workspaces"

        await ada.open(f"{settings}?dialog=move")
        await ada.fill({"org_id": "Mills"})
        await ada.told("The other side is asked")
        await page.wait_for_selector("main tr:has-text('Water mill into Mills') >> text=Waits")
        await ada.go(place)
        await page.click("main button[aria-label='Accept: Water mill into Mills']")
        await ada.fill()
        await ada.told("The workspace is moved")
        await ada.act("Water mill", "Put somebody in")
        await page.keyboard.type("gra")
        await page.wait_for_selector("dialog [role=option] >> text=Grace Hopper")
        await page.keyboard.press("Enter")
        assert await page.get_attribute("dialog [role=combobox]", "aria-expanded") == "false"
        await ada.fill({"role": "Viewer"})
        await ada.told("They are in the workspace")
        assert (await grace.call("GET", f"/workspaces/{workspace}"))["role"] == "VIEWER"
        await ada.act("Water mill", "Room for files")
        await page.wait_for_selector("dialog [name=files]:focus")
        await ada.fill({"files": "7"})
        await ada.told("Saved")
        await ada.act("Water mill", "Suspend")
        await ada.fill({"reason": "A pause"})
        await page.wait_for_selector("tbody >> text=Suspended")
        await ada.act("Water mill", "Put back to work")
        await ada.fill()
        await page.wait_for_selector("tbody >> text=Active")
        await ada.act("Water mill", "Ask it to leave the organisation")
        await ada.fill()
        await ada.told("The other side is asked")

        await ada.go(settings)
        await page.wait_for_selector("main >> text=0 of 7")
        await page.click("main button[aria-label='Decline: Water mill out of Mills']")
        await ada.told("The move is declined")

        await ada.go(f"/organizations/{org}?view=log")
        await page.click("main tbody button >> text=workspace.move_declined")
        await page.click("dialog >> text=All that they did")
        await page.wait_for_selector("main .chip >> text=Only by Ada Lovelace")
        await page.click("main button:has-text('Verify')")
        await page.wait_for_selector("dialog >> text=The log is whole")

        await ada.go(f"/organizations/{org}?view=people")
        await ada.act("Grace Hopper", "Make owner")
        await ada.fill()
        await page.wait_for_selector("tbody tr:has-text('Grace Hopper') >> text='Owner'")
        for step, sign in (("Suspend", ".notice"), ("Put back to work", "main:not(:has(.notice))")):
            await page.click("main header summary[aria-label=More]")
            await page.click(f"main details[open] .items >> text='{step}'")
            await ada.fill()
            await page.wait_for_selector(sign)
        await page.click("main header summary[aria-label=More]")
        await page.click("main details[open] .items >> text='Leave the organisation'")
        await ada.fill()
        await page.wait_for_selector("h1:text-is('Organisations')")
        assert (await grace.call("GET", f"/organizations/{org}/owner"))["user_id"] == user_id


async def test_the_platform_finds_stops_and_puts_back_what_is_anywhere(house: House) -> None:
    async with house.reader() as ada, house.reader(GRACE) as grace:
        page = ada.page
        await house.ids(ada)
        workspace = (await grace.call("POST", "/workspaces", {"name": "Windmill"}))["id"]
        await ada.open("/platform?view=workspaces&name=windm")
        await ada.act("Windmill", "Suspend")
        await ada.fill({"reason": "Unpaid"})
        await page.wait_for_selector("tbody >> text=Platform")
        assert (await grace.call("GET", f"/workspaces/{workspace}"))["status"] == "SUSPENDED"
        await ada.act("Windmill", "Put back")
        await ada.fill({"reason": "Paid"})
        await ada.told("Done")
        await ada.act("Windmill", "Room for files")
        await ada.fill({"file_bytes": "1000"})
        await ada.told("Saved")
        granted = (await grace.call("GET", f"/workspaces/{workspace}/file-usage"))["granted"]
        assert granted == {"files": None, "file_bytes": 1000}
        await grace.call("DELETE", f"/workspaces/{workspace}")
        await page.locator("main .filters select").last.select_option("deleted")
        await page.wait_for_selector("tbody tr:has-text('Windmill') >> text=Deleted")

        org = (await grace.call("POST", "/organizations", {"name": "Millers"}))["id"]
        await ada.go("/platform?name=millers")
        await ada.act("Millers", "Limits")
        await ada.fill({"seats": "9"})
        await ada.told("Saved")
        assert (await grace.call("GET", f"/organizations/{org}/usage"))["seats"]["limit"] == 9
        await ada.go("/platform?view=people&email=alan@example.com")
        await ada.act("Alan Turing", "What the account was")
        await page.wait_for_selector("dialog >> text=It has been active since it was made")
        await ada.go("/platform?view=log&action=workspace.suspended&dialog=verify")
        await page.wait_for_selector("dialog >> text=The log is whole")
