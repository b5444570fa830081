"""Several browsers at once: what one does, the other sees; whoever may less sees less; who signs out is out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chromium import needs_chromium
from tests.console.house import ADA, House, Reader, session

pytestmark = [pytest.mark.slow, needs_chromium, session]
GRACE, KATHERINE = "grace@example.com", "katherine@example.com"


async def make_board(ada: Reader, *cards: str) -> tuple[str, str]:
    """A workspace of Ada's with a board; answers the paths of both in the console."""
    workspace = (await ada.call("POST", "/workspaces", {"name": "Looms"}))["id"]
    path = f"/workspaces/{workspace}"
    project = await ada.call(
        "POST",
        f"{path}/projects",
        {"key": "LOOM", "name": "Cards", "kind": "project", "visibility": "workspace"},
    )
    board = await ada.call("POST", f"{path}/projects/{project['id']}/boards", {"name": "Weaving"})
    columns = [
        await ada.call("POST", f"{path}/boards/{board['id']}/columns", {"name": name, "maps_to_state": state})
        for name, state in (("Raw", "TODO"), ("Woven", "IN_PROGRESS"))
    ]
    for title in cards:
        await ada.call("POST", f"{path}/columns/{columns[0]['id']}/tasks", {"title": title})
    return f"/w/{workspace}", f"/w/{workspace}/boards/{board['id']}"


async def add(ada: Reader, place: str, other: Reader, role: str) -> str:
    user = (await other.call("GET", "/auth/me"))["user"]["user_id"]
    member = await ada.call(
        "POST", f"{place.replace('/w/', '/workspaces/')}/members", {"user_id": user, "role": role}
    )
    identity: str = member["id"]
    return identity


def card(page: Any, lane: str, title: str) -> Any:
    return page.locator(f"section.lane[aria-label^='{lane}'] li.card-task", has_text=title)


async def test_a_card_is_where_others_put_it(house: House) -> None:
    async with house.reader(ADA) as ada, house.reader(GRACE) as grace:
        place, board = await make_board(ada, "First", "Second", "Third")
        await add(ada, place, grace, "MEMBER")
        for reader in (ada, grace):
            await reader.open(board)
            await card(reader.page, "Raw", "Third").wait_for()
            await reader.page.wait_for_selector(".connection.live")
        # By the mouse: to another column, then to another place in it.
        await card(ada.page, "Raw", "First").drag_to(ada.page.locator("section.lane[aria-label^='Woven'] ol"))
        await card(ada.page, "Woven", "First").wait_for()
        await card(grace.page, "Woven", "First").wait_for()
        await card(ada.page, "Raw", "Third").drag_to(
            card(ada.page, "Raw", "Second"), target_position={"x": 20, "y": 4}
        )
        await grace.page.wait_for_function(
            "() => document.querySelector('section.lane li.card-task p')?.textContent === 'Third'"
        )
        # By the keyboard: the menu of a card.
        await grace.page.focus("li.card-task:has-text('Second') summary")
        await grace.page.keyboard.press("Enter")
        await grace.page.get_by_role("button", name="Move to Woven").wait_for()
        await grace.page.keyboard.press("Tab")
        await grace.page.keyboard.press("Tab")
        assert await grace.page.evaluate("document.activeElement.textContent") == "Move to Woven"
        await grace.page.keyboard.press("Enter")
        await card(ada.page, "Woven", "Second").wait_for()
        # What the state is now, is on the task's page too.
        await card(grace.page, "Woven", "Second").get_by_role("link").click()
        await grace.page.wait_for_selector("main dd >> text=In progress")
        await grace.page.go_back()
        await card(grace.page, "Woven", "Second").wait_for()


async def test_a_demotion_takes_the_buttons_away_and_a_removal_the_rest(house: House) -> None:
    async with house.reader(ADA) as ada, house.reader(GRACE) as grace:
        place, _ = await make_board(ada)
        member = await add(ada, place, grace, "ADMIN")
        await grace.open(f"{place}/members")
        page = grace.page
        await page.get_by_role("button", name="Add a member").wait_for()
        await page.get_by_role("link", name="Audit log").wait_for()
        await page.wait_for_selector(".connection.live")
        path = f"{place.replace('/w/', '/workspaces/')}/members/{member}"
        await ada.call("PATCH", path, {"role": "VIEWER"})
        for role, name in (("button", "Add a member"), ("link", "Audit log"), ("link", "Invitations")):
            await page.get_by_role(role, name=name).wait_for(state="detached")
        grace.expected = ("404", "403")
        await ada.call("DELETE", path)
        await page.wait_for_selector("main .state.failure")
        await page.wait_for_selector(".connection.ended")


async def test_who_signs_out_in_one_tab_is_out_in_all(house: House) -> None:
    async with house.reader(KATHERINE) as reader:
        reader.expected = ("401",)
        await reader.open("/")
        other = await reader.context.new_page()
        await other.goto(f"{house.url}/console/")
        await other.wait_for_selector("main >> text=Orbital mechanics")
        await reader.page.locator("summary[aria-label='Your account']").click()
        await reader.page.get_by_role("button", name="Sign out").click()
        await reader.page.wait_for_selector(".sign-in [role=button]")
        await other.wait_for_selector(".sign-in [role=button]")
    house.forget(KATHERINE)


async def test_a_connection_that_was_lost_is_taken_up_where_it_was(house: House) -> None:
    async with house.reader(ADA) as ada:
        place, _ = await make_board(ada)
        sockets: list[Any] = []
        await ada.page.route_web_socket(
            "**/ws?*", lambda socket: sockets.append((socket, socket.connect_to_server()))
        )
        await ada.open(place)
        await ada.page.wait_for_selector(".connection.live")
        client, server = sockets[-1]
        await server.close()
        await client.close(code=1013)
        await ada.page.wait_for_selector(".notice >> text=The connection is lost")
        await ada.call("PATCH", place.replace("/w/", "/workspaces/"), {"name": "Looms of Lyon"})
        await ada.page.wait_for_selector(".connection.live")
        await ada.page.wait_for_selector("h1 >> text=Looms of Lyon")
        assert len(sockets) == 2
        assert "since=" in sockets[-1][0].url
