"""Several browsers at once: what one does, the other sees; whoever may less sees less; who signs out is out."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
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
    """Nothing is polled for here, so it is one socket that brings what the other does."""
    async with house.reader(ADA) as ada, house.reader(GRACE) as grace:
        sockets: list[Any] = []
        for reader in (ada, grace):
            await reader.context.add_init_script("window.setInterval = () => 0")
            reader.page.on("websocket", lambda each: sockets.append(each.url))
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
        assert len(sockets) == 2, "and none was taken up again"
        await grace.page.go_back()
        await card(grace.page, "Woven", "Second").wait_for()


async def test_who_is_invited_comes_in_by_the_link_that_is_told_once(house: House) -> None:
    async with house.reader(ADA) as ada, house.reader(GRACE) as grace:
        place, _ = await make_board(ada)
        await ada.open(f"{place}/invitations?dialog=invite")
        await ada.page.fill("dialog [name=email]", GRACE)
        await ada.page.locator("dialog footer button").last.click()
        link = await ada.page.locator("dialog input.code").input_value()
        await grace.page.goto(link)
        await grace.page.wait_for_selector("main >> text=Ada Lovelace invites you to Looms as Member.")
        assert grace.page.url == f"{house.url}/console/join"
        await grace.page.get_by_role("button", name="Accept").click()
        await grace.page.wait_for_selector("h1 >> text=Looms")
        await ada.page.keyboard.press("Escape")
        await ada.page.wait_for_selector("main >> text=Nobody waits for an answer")


FRAMES = """() => {
  let last = performance.now();
  window.longest = 0;
  const look = (now) => {
    window.longest = Math.max(window.longest, now - last);
    last = now;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""


async def test_a_board_of_a_thousand_cards_is_dragged_on_smoothly(house: House) -> None:
    async with house.reader(ADA) as ada:
        place, board = await make_board(ada, "The first")
        (task,) = (await ada.call("GET", f"{place.replace('/w/', '/workspaces/')}/tasks"))["items"]
        # Beside the loop, in which the service may be about to end a change that holds the database.
        await asyncio.to_thread(multiply, house, task["id"], 999)
        page = ada.page
        await ada.open(board)
        while await page.locator("li.card-task").count() < 1000:
            await page.get_by_role("button", name="Show more").click()
            await page.wait_for_function("() => !document.querySelector('.lane button[disabled]')")
        await page.evaluate(FRAMES)
        await card(page, "Raw", "The first").hover()
        await page.mouse.down()
        for step in range(30):
            await page.mouse.move(320 + 10 * step, 200 + 5 * (step % 9))
        await page.mouse.up()
        await card(page, "Woven", "The first").wait_for()
        longest = await page.evaluate("window.longest")
        assert longest < 1000, f"nothing moved for {longest:.0f} ms"


def multiply(house: House, task_id: str, count: int) -> None:
    """As many copies of a task, behind it in its column."""
    names = "workspace_id, project_id, column_id, title, task_type_id, state, priority, created_by, created_at, updated_at"
    unique = "lower(hex(randomblob(4)) || '-0000-7000-8000-' || printf('%012d', n))"
    statement = f"""WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})
        INSERT INTO Task (doc_no, id, number, position, updated_key, {names})
        SELECT (SELECT MAX(doc_no) FROM Task) + n, {unique}, number + n, position + 1000 * n, updated_at || '/' || n,
            {names.replace("title", "'Card ' || n")}
        FROM Task, numbers WHERE id = '{task_id}'"""
    with closing(sqlite3.connect(house.service.settings.db_name)) as connection:
        connection.execute(statement)
        connection.commit()


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


async def test_a_workspace_is_handed_over_on_the_page(house: House) -> None:
    async with house.reader(ADA) as ada, house.reader(GRACE) as grace:
        place, _ = await make_board(ada)
        await add(ada, place, grace, "MEMBER")
        await grace.open(place)
        await grace.page.wait_for_selector(".connection.live")
        await ada.open(f"{place}/members")
        await ada.page.locator("summary[aria-label='Actions: Grace Hopper']").click()
        await ada.page.get_by_role("button", name="Hand the workspace over").click()
        await ada.page.locator("dialog footer button.danger").click()
        await grace.page.get_by_role("button", name="Accept").click()
        await grace.page.wait_for_selector("dl.facts >> text=Owner")
        await ada.page.wait_for_selector("tr:has-text('Grace Hopper') >> text=Owner")
        await grace.page.get_by_role("link", name="Audit log").wait_for()


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
