"""What holds on every screen: back works, a stale edit shows both versions, texts are texts, the keyboard suffices."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from app.core import task_states
from scripts._environment import ROOT
from tests.chromium import needs_chromium
from tests.console.house import House, session
from tests.console.test_together import GRACE, make_board

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'>${7*7}{{7*7}}"


@pytest.mark.slow
@needs_chromium
@session
async def test_a_newcomer_goes_from_signing_in_to_a_verified_log_by_the_keyboard(house: House) -> None:
    async with house.reader(None) as reader, house.reader(GRACE) as grace:
        reader.expected = ("401",)
        page, keys = reader.page, reader.page.keyboard

        async def press(name: str, role: str = "button") -> None:
            await pressed(page, name, role)

        async def fill(**values: str) -> None:
            await filled(page, **values)

        await reader.open("/w/wanted")  # kept over the sign-in
        await page.locator(".sign-in [role=button]").press("Enter")
        await page.locator("button[value='alan@example.com']").press("Enter")
        await page.wait_for_url(f"{house.url}/console/w/wanted")
        reader.expected = ("401", "404", "422")
        await page.wait_for_selector("main h1:focus >> text=That did not work")
        await page.get_by_role("link", name="PM Assist", exact=True).press("Enter")
        await press("New workspace")
        await fill(name="Bombes")
        await page.wait_for_selector("h1 >> text=Bombes")
        await press("Invitations", "link")
        await page.locator("header.page").get_by_role("button", name="Invite somebody").press("Enter")
        await fill(email=GRACE)
        await page.wait_for_selector("dialog >> text=This is told once")
        link = await page.locator("dialog input.code").input_value()
        await keys.press("Escape")
        await page.wait_for_selector(f"table >> text={GRACE}")
        await press("Projects", "link")
        await page.locator("header.page").get_by_role("button", name="New project").press("Enter")
        await fill(name="Menus", key="MENU")
        await page.wait_for_selector("h1 >> text=Menus")
        await press("New board")
        await fill(name="Today")
        await page.wait_for_selector("h1 >> text=Today")
        for name in ("Waiting", "Running"):
            await page.locator("header.page").get_by_role("button", name="Add a column").press("Enter")
            await fill(name=name)
            await page.get_by_role("heading", name=name).wait_for()
        await press("Add a task to Waiting")
        await fill(title="Find a crib")
        await press("Find a crib", "link")
        await press("Change its state")
        await fill(reason="Begun")
        await page.wait_for_selector(".timeline >> text=Begun")
        await run_a_workflow(page)
        await approve_an_objective(page, grace.page, link)
        await press("Audit log", "link")
        await press("Verify")
        await page.wait_for_selector("dialog .badge.good")
        await keys.press("Escape")
        await page.wait_for_selector("dialog[open]", state="detached")
        # "/" leads to the box for everything from anywhere.
        await page.focus("h1")
        await keys.press("/")
        await keys.type("crib")
        await page.get_by_role("option", name="Find a crib").wait_for()
        await keys.press("Enter")
        await page.wait_for_selector("h1 >> text=Find a crib")
        for heading in ("Audit log", "Read every message", "OKRs"):
            await page.go_back()
            await page.wait_for_selector(f"h1 >> text={heading}")
    house.forget("alan@example.com")


async def pressed(page: Any, name: str, role: str = "button") -> None:
    await page.get_by_role(role, name=name, exact=True).press("Enter")
    if role == "link":  # which leads to another page, and the focus to what that is about
        await page.wait_for_selector("h1:focus")


async def filled(page: Any, **values: str) -> None:
    """Dialogs begin in their first field."""
    await page.wait_for_selector("dialog[open]")
    for name, value in values.items():
        await page.focus(f"dialog[open] [name={name}]")
        await page.keyboard.type(value)
    await page.keyboard.press("Control+Enter")
    await page.wait_for_selector(f"dialog[open] [name={name}]", state="detached")


async def run_a_workflow(page: Any) -> None:
    """Of two steps, of which one waits for the other."""
    await pressed(page, "Workflows", "link")
    await page.get_by_role("link", name="Templates", exact=True).press("Enter")
    await page.locator("header.page").get_by_role("button", name="New template").press("Enter")
    await filled(page, name="A run")
    await page.wait_for_selector("h1 >> text=A run")
    await pressed(page, "Add a step")
    await filled(page, title="Plug the menu")
    await pressed(page, "Add a step")
    await page.get_by_role("checkbox", name="Plug the menu").press("Space")
    await filled(page, title="Turn the drums")
    await pressed(page, "Save the draft")
    await pressed(page, "Publish the draft")
    await page.locator("dialog[open] footer button.danger").press("Enter")
    await page.wait_for_selector(".choice >> text=1: Published", state="attached")

    await pressed(page, "Workflows", "link")
    await page.locator("header.page").get_by_role("button", name="Begin a workflow").press("Enter")
    await filled(page, name="The first run")
    await page.locator(".graph .node.BLOCKED", has_text="Turn the drums").wait_for()
    await page.locator("main .rows").get_by_role("link", name="Plug the menu").press("Enter")
    for state in ("In progress", "Done"):
        await pressed(page, "Change its state")
        await filled(page, to=state, reason="In its turn")
        await page.locator("main .facts .badge", has_text=state).wait_for()
    await pressed(page, "Workflows", "link")
    await pressed(page, "The first run", "link")
    await page.locator(".graph .node.DONE", has_text="Plug the menu").wait_for()
    await page.locator(".graph .node.TODO", has_text="Turn the drums").wait_for()


async def approve_an_objective(page: Any, hers: Any, link: str) -> None:
    """Whoever leads a workspace alone has nobody above them, so those whom they invite are to approve: that is said
    first. ``hers`` is the page of whom ``link`` invites."""
    await pressed(page, "Approvals", "link")
    await pressed(page, "How things are approved")
    # The default is shown until there is another; it asks an owner other than who writes.
    objectives = page.locator("section.card", has_text="Objective")
    await objectives.get_by_text("Executive approval").wait_for()
    for stage in ("Alignment review", "Executive approval"):
        await objectives.locator(".stages li", has_text=stage).locator("summary").press("Enter")
        await pressed(page, "Take the stage away")
    await pressed(page, "Save")
    await page.wait_for_selector("main >> text=Version 1")

    await pressed(page, "OKRs", "link")
    await page.locator("header.page").get_by_role("button", name="New cycle").press("Enter")
    await filled(page, name="Autumn", starts_on="10012026", ends_on="03312027")
    await page.locator("header.page").get_by_role("button", name="New objective").press("Enter")
    await filled(page, title="Read every message")
    await page.wait_for_selector("h1 >> text=Read every message")
    await pressed(page, "Submit for approval")
    await page.wait_for_selector("main .badge >> text=In approval")

    await hers.goto(link)
    await pressed(hers, "Accept")
    await hers.wait_for_selector("h1:focus >> text=Bombes")
    await pressed(hers, "Approvals", "link")
    await pressed(hers, "Read every message", "link")
    await pressed(hers, "Approve")
    await hers.wait_for_selector("dialog[open] [name=reason]")
    await hers.keyboard.press("Control+Enter")
    await hers.wait_for_selector("header.page .badge >> text=Approved")
    # Who wrote it sees it in force as it is approved.
    await page.locator("main .facts .badge", has_text="Active").wait_for()


@pytest.mark.slow
@needs_chromium
@session
async def test_a_stale_edit_shows_both_versions(house: House) -> None:
    async with house.reader() as reader:
        reader.expected = ("412",)
        place, _ = await make_board(reader)
        path = place.replace("/w/", "/workspaces/")
        page = reader.page
        await reader.open(f"{place}?dialog=edit")
        await page.fill("dialog [name=name]", "Mine")
        await reader.call("PATCH", path, {"name": "Theirs"})
        await page.get_by_role("button", name="Save", exact=True).click()
        table = page.locator("dialog .conflict table")
        assert (await table.locator("tbody tr").first.inner_text()).split("\t") == ["Name", "Mine", "Theirs"]
        await page.get_by_role("button", name="Save mine over it").click()
        await page.wait_for_selector("h1 >> text=Mine")
        assert (await reader.call("GET", path))["name"] == "Mine"


def test_the_console_knows_which_state_follows_which() -> None:
    text = (ROOT / "app/console/parts/work.js").read_text(encoding="utf-8")
    told = re.findall(r"export const NEXT = (\{.*?\});", text)[0]
    known = json.loads(re.sub(r"(\w+):", r'"\1":', told))
    assert known == {state: list(task_states.allowed(state, None)) for state in task_states.TaskState}
    for state in task_states.TaskState:
        assert task_states.allowed(state, "DEPENDENCY") == ()


@pytest.mark.slow
@needs_chromium
@session
async def test_what_people_write_is_text_everywhere(house: House) -> None:
    async with house.reader() as reader:
        place, board = await make_board(reader, HOSTILE)
        path = place.replace("/w/", "/workspaces/")
        asked: list[str] = []
        reader.page.on("dialog", lambda dialog: asked.append(dialog.message))
        await reader.call("PATCH", path, {"name": HOSTILE, "description": HOSTILE})
        (task,) = (await reader.call("GET", f"{path}/tasks"))["items"]
        project = f"{path}/projects/{task['project_id']}"
        await reader.call("PATCH", project, {"name": HOSTILE[:60], "description": HOSTILE})
        await reader.call("PATCH", board.replace("/w/", "/workspaces/"), {"name": HOSTILE})
        column = (await reader.call("GET", board.replace("/w/", "/workspaces/")))["columns"][0]
        await reader.call("PATCH", f"{path}/columns/{column['id']}", {"name": HOSTILE})
        label = await reader.call("POST", f"{path}/labels", {"name": HOSTILE[:40]})
        await reader.call("PUT", f"{path}/tasks/{task['id']}/labels/{label['id']}")
        await reader.call("POST", f"{path}/tasks/{task['id']}/comments", {"body": HOSTILE})
        await reader.call(
            "POST", f"{path}/tasks/{task['id']}/transition", {"to": "IN_PROGRESS", "reason": HOSTILE}
        )
        for address in (
            "/", place, f"{place}/projects", f"{place}/projects/{task['project_id']}", board, f"{place}/tasks",
            f"{place}/tasks/{task['id']}", f"{place}/audit", f"{place}/nothing/{HOSTILE}?dialog={HOSTILE}&show={HOSTILE}",
        ):  # fmt: skip
            await reader.open(address)
            await reader.page.wait_for_selector("main h1, main .state .title")
            await reader.page.wait_for_function("() => !document.querySelector('main .loading')")
            assert (
                await reader.page.evaluate(
                    "document.querySelectorAll('img[src=\"x\"], script:not([src])').length"
                )
                == 0
            )
        assert asked == []
        await reader.open(f"{place}/tasks/{task['id']}")
        for place in (".comments .written", ".label-chip", ".timeline .what"):
            await reader.page.locator(place, has_text=HOSTILE[:40]).first.wait_for()


@pytest.mark.slow
@needs_chromium
@session
async def test_a_fault_says_what_happened_and_which_request_it_was(house: House) -> None:
    async with house.reader() as reader:
        reader.expected = ("422",)
        await reader.open("/?dialog=new")
        await reader.page.fill("dialog [name=name]", "   ")
        await reader.page.get_by_role("button", name="Create", exact=True).click()
        await reader.page.wait_for_selector("dialog small.wrong >> text=must not be blank")
        await reader.page.wait_for_selector("dialog .request code")
        assert await reader.page.evaluate("document.activeElement.name") == "name"


@pytest.mark.slow
@needs_chromium
@session
async def test_an_organisation_s_look_is_worn_in_its_workspaces_and_at_its_door(house: House) -> None:
    async with house.reader() as reader:
        orgs = (await reader.call("GET", "/organizations"))["items"]
        org = next(each for each in orgs if each["slug"] == "analytical-engines")
        path = f"/organizations/{org['id']}"
        (workspace, *_) = (await reader.call("GET", f"{path}/workspaces"))["items"]
        look = {"product_name": HOSTILE[:90], "accent_color": "#7a1f5c", "text_color": "#ffffff"}
        await reader.call("PUT", f"{path}/branding", look)
        try:
            await reader.open(f"/w/{workspace['id']}")
            brand = reader.page.locator(".brand", has_text=HOSTILE[:90])
            await brand.wait_for()
            color = "getComputedStyle(document.documentElement).getPropertyValue('--brand')"
            assert await reader.page.evaluate(color) == "#7a1f5c"
            await brand.click()
            await reader.page.locator(".brand", has_text="PM Assist").wait_for()
            async with house.reader(None) as stranger:
                stranger.expected = ("401",)
                await stranger.open("/?org=analytical-engines")
                await stranger.page.locator("h1", has_text=HOSTILE[:90]).wait_for()
        finally:
            nothing = dict.fromkeys(look)
            await reader.call("PUT", f"{path}/branding", nothing)


@pytest.mark.slow
@needs_chromium
@session
async def test_what_was_deleted_is_brought_back_on_the_page(house: House) -> None:
    """Whoever looks at it is told that it is gone, and their page asks for it no more: nothing is "not found"."""
    async with house.reader() as reader, house.reader() as other:
        place, board = await make_board(reader, "Set up the loom")
        path = place.replace("/w/", "/workspaces/")
        (task,) = (await reader.call("GET", f"{path}/tasks"))["items"]
        page = reader.page
        for what, address, title in (
            (f"tasks/{task['id']}", "tasks?show=deleted", "Set up the loom"),
            (board.removeprefix(f"{place}/"), "", "Weaving"),
            (f"projects/{task['project_id']}", "projects?status=deleted", "Cards"),
        ):
            await other.open(f"{place}/{what}")
            await other.page.wait_for_selector(f"h1 >> text={title}")
            await other.page.wait_for_selector(".connection.live")
            if address:
                await reader.open(f"{place}/{address}")
                await page.wait_for_selector(".connection.live")
            await other.settled()
            await reader.call("DELETE", f"{path}/{what}")
            await other.page.wait_for_selector("main h1:focus >> text=This was deleted meanwhile")
            if what.startswith("boards"):
                # What happens beside it does not make it asked for.
                beside = await reader.call(
                    "POST", f"{path}/projects/{task['project_id']}/boards", {"name": "Beside"}
                )
                column = {"name": "Raw", "maps_to_state": "TODO"}
                await reader.call("POST", f"{path}/boards/{beside['id']}/columns", column)
                await other.heard_after(120, path)
            if not address:
                await reader.call("POST", f"{path}/{what}/restore")
            else:
                await page.locator("main tr", has_text=title).get_by_role("button", name="Restore").click()
                await page.wait_for_selector(f"h1 >> text={title}")
                assert page.url == f"{house.url}/console{place}/{what}"
            await other.page.wait_for_selector(f"h1 >> text={title}")


@pytest.mark.slow
@needs_chromium
@session
async def test_the_focus_is_where_one_is(house: House) -> None:
    """By keys alone: to a page's heading, into a menu and out of it, into a dialog and back to what opened it."""
    async with house.reader() as reader:
        place, _ = await make_board(reader, "Set up the loom")
        page, keys = reader.page, reader.page.keyboard

        async def focused(selector: str) -> None:
            await page.wait_for_function("(wanted) => document.activeElement?.matches(wanted)", arg=selector)

        await reader.open(f"{place}/tasks")
        await page.get_by_role("link", name="Set up the loom").press("Enter")
        await focused("h1")
        await page.go_back()
        await focused("h1")
        await page.go_forward()
        await focused("h1")
        # A menu ends by Escape, by going on, and by what is chosen.
        menu = "header.page details.menu"
        await page.focus(f"{menu} > summary")
        await keys.press("Enter")
        await page.wait_for_selector(f"{menu} .items")
        await keys.press("Tab")
        await focused(f"{menu} .items button:first-of-type")
        await keys.press("Escape")
        await focused(f"{menu} > summary")
        await keys.press("Enter")
        await page.wait_for_selector(f"{menu} .items")
        await keys.press("Shift+Tab")
        await page.wait_for_selector(f"{menu} .items", state="detached")
        await page.focus(f"{menu} > summary")
        for end in ("Escape", "back"):
            await keys.press("Enter")
            await page.wait_for_selector(f"{menu} .items")
            await keys.press("Tab")
            await keys.press("Enter")
            await focused("dialog[open] input")
            if end == "back":
                await page.go_back()
            else:
                await keys.press("Escape")
            await page.wait_for_selector("dialog", state="detached")
            await focused(f"{menu} > summary")
        await page.focus("button:text-is('Change its state')")
        await keys.press("Enter")
        await focused("dialog[open] select")
        await page.fill("dialog textarea", "Begun")
        await keys.press("Control+Enter")
        await page.wait_for_selector("dialog", state="detached")
        await focused("header.page button")
        # What is said is said where it is listened to from the first.
        await page.wait_for_selector(".toasts[aria-live=polite] >> text=The task has another state")
        # Nothing opened it: what is left is the page.
        await page.goto(f"{page.url}?dialog=edit")
        await focused("dialog[open] input")
        await keys.press("Escape")
        await focused("h1")
