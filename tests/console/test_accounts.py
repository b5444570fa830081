"""One's own account, an organisation and the platform by the page, as far as each reader's role reaches."""

from __future__ import annotations

import base64

import pytest

from tests.chromium import needs_chromium
from tests.console.furniture import HOSTILE_NAME
from tests.console.house import House, session

pytestmark = [pytest.mark.slow, needs_chromium]
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)
PERSON = "katherine@example.com"


@session
async def test_somebody_has_a_name_a_picture_a_file_of_their_data_and_signs_out_everywhere(
    house: House,
) -> None:
    async with house.reader(PERSON) as reader:
        page, reader.expected = reader.page, ("401",)
        await reader.open("/me")
        await page.fill("main input[name=name]", HOSTILE_NAME)
        await page.click("main form button[type=submit]")
        await page.wait_for_selector(".toast >> text=Saved")
        assert (await reader.call("GET", "/auth/me"))["user"]["display_name"] == HOSTILE_NAME
        picture = {"name": "me.png", "mimeType": "image/png", "buffer": PIXEL}
        await page.set_input_files("main input[type=file]", picture)
        shown = page.locator(".portrait img")
        await shown.wait_for()
        assert await shown.evaluate("(each) => each.decode().then(() => each.naturalWidth)") > 0
        await page.click("main >> text=Make a file")
        await page.wait_for_selector("main td:has-text('Being made'), main td:has-text('Ready')")

        own = (await reader.call("GET", "/auth/me"))["user"]["user_id"]
        await reader.call("PATCH", f"/users/{own}/profile", {"name": None})
        await page.click("text=Sign out everywhere")
        await page.click("dialog button.danger")
        await page.wait_for_selector("text=Sign in to PM Assist")
    house.forget(PERSON)


@session
async def test_a_member_of_an_organisation_sees_it_and_none_of_what_its_administrators_do(
    house: House,
) -> None:
    async with house.reader() as owner:
        ids = await house.ids(owner)
        page, owner.expected = owner.page, ("412",)
        await owner.open(f"/organizations/{ids['org']}?dialog=edit")
        await page.wait_for_selector("dialog input[name=name]")
        was = (await owner.call("GET", f"/organizations/{ids['org']}"))["name"]
        await owner.call("PATCH", f"/organizations/{ids['org']}", {"name": "Meanwhile"})
        await page.fill("dialog input[name=name]", "Mine")
        await page.click("dialog button[type=submit]")
        await page.click("dialog .conflict >> text=Take what is there")
        await page.fill("dialog input[name=name]", was)
        await page.click("dialog button[type=submit]")
        await page.wait_for_selector(f"main h1:text-is('{was}')")
        await owner.open(f"/organizations/{ids['org']}?view=look")
        await page.fill("main input[name=product_name]", HOSTILE_NAME)
        assert await page.text_content(".preview strong") == HOSTILE_NAME
        await page.fill("main input[name=accent_color]", "#224466")
        await page.fill("main input[name=text_color]", "#ffffff")
        colour = "(each) => getComputedStyle(each).backgroundColor"
        assert await page.eval_on_selector(".preview .badge", colour) == "rgb(34, 68, 102)"
        await page.goto(f"{house.url}/console/organizations/{ids['org']}?view=directory")
        await page.click("text=Map a group")
        await page.click("dialog >> text=Next")
        await page.click("dialog >> text=Show what changes")
        await page.wait_for_selector("dialog >> text=Nobody's role changes.")
    async with house.reader("alan@example.com") as member:
        page = member.page
        await member.open(f"/organizations/{ids['org']}?view=directory")
        await page.wait_for_selector(".room")
        tabs = await page.locator(".tabs a").all_text_contents()
        assert tabs == ["Overview", "People", "Workspaces", "Look"]
        assert not await page.query_selector("main header.page >> text=Edit")
        assert not await page.query_selector("#navigation >> text=Platform")
        await member.open("/platform")
        await page.wait_for_selector("main .state.empty")
        refused = await page.inner_text("main")
        await member.open("/no-such-screen")
        await page.wait_for_selector("main .state.empty")
        assert await page.inner_text("main") == refused, "as where nothing is"


@session
async def test_somebody_hides_changes_their_password_and_ends_their_account(house: House) -> None:
    email, password, new = "mary@example.com", "correct horse battery staple", "a better battery staple"
    async with house.reader(None) as reader:
        page, reader.expected = reader.page, ("400", "401")
        account = {"email": email, "password": password, "display_name": "Mary"}
        made = await reader.call("POST", "/auth/register", account)

        async def sign_in(given: str) -> None:
            await page.click("main >> text=Sign in with")
            await page.fill("[name=username]", email)
            await page.fill("[name=password]", given)
            await page.keyboard.press("Enter")
            await page.wait_for_selector("main >> text=End of the account")

        await reader.open("/me")
        await sign_in(password)
        await page.click("main >> text=Hide from others that I am there")
        await reader.told("Saved")
        path = f"/users/{made['user_id']}"
        assert (await reader.call("GET", f"{path}/presence"))["is_hidden"] is True
        await page.click("main >> text=Change the password")
        await reader.fill({"current_password": "guessed", "new_password": new, "again": "another"})
        await page.wait_for_selector("dialog [name=again][aria-invalid=true]")
        await reader.fill({"again": new})
        await page.wait_for_selector("dialog [role=alert] >> text=WRONG_PASSWORD")
        await reader.fill({"current_password": password})
        await page.wait_for_selector("text=Sign in to PM Assist")
        await sign_in(new)
        await page.click("main >> text=Erase my account")
        await page.check("dialog [name=is_sure]")
        await reader.fill({"current_password": new})
        await page.wait_for_selector("text=Sign in to PM Assist")
        (status,) = house.service.rows("SELECT status FROM UserAccount WHERE id = ?", made["user_id"])
        assert status == ("ERASED",)
