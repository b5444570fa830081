"""Tasks in columns: their order, and how they come there."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pytest

from app.core.gaps import LEAST
from tests.boards import Board, made
from tests.harness import Service, code
from tests.work import Place

UNKNOWN = "00000000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, "bcda"),
        ({"after": None}, "abcd"),
        ({"after": "b"}, "bacd"),
        ({"after": "c"}, "bcad"),
        ({"after": "d"}, "bcda"),
    ],
)
async def test_a_task_goes_where_it_is_put(service: Service, where: dict[str, Any], expected: str) -> None:
    board = await Board.of(service, {}, {})
    tasks = await board.add_tasks(0, "abcd")
    where = {name: tasks.get(value, value) for name, value in where.items()}
    answer = await board.move(tasks["a"], 0, **where)
    assert answer.status_code == 200, answer.text
    assert await board.titles(0) == expected
    assert answer.json()["version"] == (1 if expected == "abcd" else 2)


async def test_a_task_goes_to_another_column_and_out_of_any(service: Service) -> None:
    board = await Board.of(service, {}, {})
    tasks = await board.add_tasks(0, "abc") | await board.add_tasks(1, "xy")
    for title, where in (("a", {"after": tasks["x"]}), ("b", {"after": None}), ("c", {})):
        answer = await board.move(tasks[title], 1, **where)
        assert answer.json()["column_id"] == board.columns[1]
    assert (await board.titles(0), await board.titles(1)) == ("", "bxayc")
    assert await board.counts() == [0, 5]
    answer = await board.move(tasks["x"], None)
    assert (answer.status_code, answer.json()["column_id"]) == (200, None)
    assert await board.titles(1) == "bayc"
    again = await board.move(tasks["x"], None)
    assert again.json() == answer.json()


async def test_what_a_move_tells(service: Service) -> None:
    board = await Board.of(service, {}, {})
    task = await board.add_task(0)
    before = (await board.ada.get(f"{board.workspace}/changes")).json()["items"]
    etag = (await board.move(task, 1)).headers["etag"]
    assert etag.startswith('"2-')
    await board.move(task, 1)
    told = (await board.ada.get(f"{board.workspace}/changes")).json()["items"][len(before) :]
    assert [(each["type"], each["data"]) for each in told] == [
        (
            "task.moved",
            {
                "key": "ENG-1",
                "state": "TODO",
                "from_column_id": board.columns[0],
                "column_id": board.columns[1],
            },
        )
    ]


async def test_a_move_is_made_once_under_a_key_and_only_of_what_was_seen(service: Service) -> None:
    board = await Board.of(service, {}, {})
    tasks = await board.add_tasks(0, "ab")
    path, body = f"{board.workspace}/tasks/{tasks['a']}/move", {"column_id": board.columns[1]}
    headers = board.ada.headers() | {"Idempotency-Key": "one", "If-Match": '"1"'}
    first = await service.client.post(path, json=body, headers=headers)
    again = await service.client.post(path, json=body, headers=headers)
    assert (first.status_code, again.json()) == (200, first.json())
    other = await service.client.post(path, json=body, headers=board.ada.headers() | {"If-Match": '"1"'})
    assert code(other) == (412, "VERSION_MISMATCH")


async def test_where_a_task_cannot_go(service: Service) -> None:
    board = await Board.of(service, {}, {})
    other = await Board.within(board.ada, board.workspace, "OTH", {})
    tasks = await board.add_tasks(0, "ab") | await board.add_tasks(1, "x")
    theirs = await other.add_task(0)
    path = f"{board.workspace}/tasks/{tasks['a']}/move"
    first = board.columns[0]
    for body, expected in (
        ({"column_id": other.columns[0]}, (404, "COLUMN_NOT_FOUND")),
        ({"column_id": UNKNOWN}, (404, "COLUMN_NOT_FOUND")),
        ({"column_id": first, "after": UNKNOWN}, (409, "TASK_NOT_IN_COLUMN")),
        ({"column_id": first, "after": tasks["x"]}, (409, "TASK_NOT_IN_COLUMN")),
        ({"column_id": first, "after": theirs}, (409, "TASK_NOT_IN_COLUMN")),
        ({"column_id": first, "after": tasks["a"]}, (409, "TASK_NOT_IN_COLUMN")),
        ({"column_id": None, "after": None}, (422, "VALIDATION_FAILED")),
        ({"column_id": "first"}, (422, "VALIDATION_FAILED")),
        ({}, (422, "VALIDATION_FAILED")),
        ({"column_id": first, "position": 1}, (422, "VALIDATION_FAILED")),
    ):
        assert code(await board.ada.post(path, body)) == expected, body
    unknown = await board.ada.post(f"{board.workspace}/tasks/{UNKNOWN}/move", {"column_id": first})
    assert code(unknown) == (404, "TASK_NOT_FOUND")
    assert await board.titles(0) == "ab"
    service.tamper(f"UPDATE Task SET deleted_at = created_at WHERE id IN ('{tasks['a']}', '{tasks['b']}')")
    assert code(await board.ada.post(path, {"column_id": first})) == (404, "TASK_NOT_FOUND")
    answer = await board.move(tasks["x"], 0, after=tasks["b"])
    assert code(answer) == (409, "TASK_NOT_IN_COLUMN")


async def test_who_may_move(service: Service) -> None:
    board = await Board.of(service, {}, {})
    task = await board.add_task(0)
    viewer, member = await board.member("vera", "VIEWER"), await board.member("bob")
    assert code(await board.move(task, 1, viewer))[0] == 403
    assert (await board.move(task, 1, member)).status_code == 200
    # A user type that may look and not move.
    workspace = board.workspace.rpartition("/")[2]
    service.tamper(
        "INSERT INTO UserType (id, workspace_id, name, name_key, list_key, access_level, created_at, updated_at) "
        f"SELECT id, id, 'Customer', 'customer', 'customer', 'regular', created_at, created_at FROM Workspace "
        f"WHERE id = '{workspace}'",
        "INSERT INTO UserTypePermission (workspace_id, user_type_id, permission) "
        f"VALUES ('{workspace}', '{workspace}', 'view')",
        f"UPDATE WorkspaceMember SET user_type_id = '{workspace}' WHERE user_id = '{member.user_id}'",
    )
    denied = await board.move(task, 0, member)
    assert (code(denied)[0], denied.json()["details"]["required"]) == (403, "move_state")
    assert await board.titles(1, member) == "A task"


@pytest.mark.parametrize("seed", range(3))
async def test_any_moves_leave_the_order_that_they_say(service: Service, seed: int) -> None:
    """Against two lists, with somebody who does not see every task, and places that run out."""
    chance = random.Random(seed)
    board = await Board.of(service, {}, {})
    bob = await board.member("bob")
    tasks = await board.add_tasks(0, "abcdeHJ") | await board.add_tasks(1, "uvwxyK")
    board.hide(*(tasks[title] for title in "HJK"))
    columns = [list("abcdeHJ"), list("uvwxyK")]
    for _ in range(25):
        by = chance.choice([board.ada, bob])
        seen = [title for title in tasks if by is board.ada or title.islower()]
        title, index = chance.choice(seen), chance.randrange(2)
        column = columns[index]
        others = [each for each in column if each in seen and each != title]
        after = chance.choice(["last", None, *others])
        where = {} if after == "last" else {"after": after and tasks[after]}
        answer = await board.move(tasks[title], index, by, **where)
        assert answer.status_code == 200, answer.text
        next(each for each in columns if title in each).remove(title)
        place = len(column) if after == "last" else 0 if after is None else column.index(after) + 1
        column.insert(place, title)
        if not chance.randrange(4):
            board.crowd(index, but_last=chance.randrange(3))
        for each in range(2):
            assert await board.titles(each) == "".join(columns[each])
    assert await board.titles(0, bob) == "".join(filter(str.islower, columns[0]))


# --- what is hidden --------------------------------------------------------------------


async def test_a_move_steps_over_what_is_hidden_and_tells_nothing_of_it(service: Service) -> None:
    board = await Board.of(service, {}, {})
    tasks = await board.add_tasks(0, "aHbJc")
    board.hide(tasks["H"], tasks["J"])
    bob = await board.member("bob")
    assert await board.titles(0, bob) == "abc"
    assert await board.counts(bob) == [3, 0]
    assert (await board.move(tasks["c"], 0, bob, after=tasks["a"])).status_code == 200
    assert (await board.titles(0, bob), await board.titles(0)) == ("acb", "acHbJ")
    assert (await board.move(tasks["a"], 0, bob)).status_code == 200
    assert (await board.titles(0, bob), await board.titles(0)) == ("cba", "cHbJa")
    hidden = await board.move(tasks["a"], 0, bob, after=tasks["H"])
    unknown = await board.move(tasks["a"], 0, bob, after=UNKNOWN)
    assert code(hidden) == code(unknown) == (409, "TASK_NOT_IN_COLUMN")
    assert hidden.json()["message"] == unknown.json()["message"]
    assert hidden.json()["details"] == unknown.json()["details"]
    assert code(await board.move(tasks["H"], 1, bob)) == (404, "TASK_NOT_FOUND")


async def test_who_sees_few_of_many_gets_them_in_whole_pages(service: Service) -> None:
    board = await Board.of(service, {})
    first = await board.add_task(0, "a")
    hidden = await board.add_task(0, "H")
    last = await board.add_tasks(0, "bcd")
    board.hide(hidden)
    board.repeat(hidden, 700, "H", hidden=True)
    bob = await board.member("bob")
    answer = (await bob.get(f"{board.column(0)}/tasks", limit=2)).json()
    assert "".join(task["title"] for task in answer["items"]) == "ab"
    assert await board.titles(0, bob, limit=2, cursor=answer["next_cursor"]) == "cd"
    assert await board.titles(0, bob) == "abcd"
    assert await board.titles(0, limit=200) == "a" + "H" * 199
    assert await board.counts(bob) == [4]
    assert await board.counts() == [705]
    assert {first, *last.values()}.isdisjoint({hidden})


async def test_one_who_sees_most_walks_and_finds_the_same(service: Service) -> None:
    board = await Board.of(service, {})
    task = await board.add_task(0, "a")
    board.repeat(task, 520, "a")
    board.hide(task)
    bob = await board.member("bob")
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await bob.get(f"{board.column(0)}/tasks", limit=200, **cursor)).json()
        seen += [each["id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert len(seen) == len(set(seen)) == 520


# --- limits ----------------------------------------------------------------------------


async def test_a_column_takes_as_many_as_its_limit_says_hidden_ones_too(service: Service) -> None:
    board = await Board.of(service, {}, {"wip_limit": 2})
    tasks = await board.add_tasks(0, "abc")
    bob = await board.member("bob")
    assert (await board.move(tasks["a"], 1)).status_code == 200
    board.hide(tasks["a"])
    assert (await board.move(tasks["b"], 1, bob)).status_code == 200
    full = await board.move(tasks["c"], 1, bob)
    assert (code(full), full.json()["details"]) == ((409, "WIP_LIMIT"), {"limit": 2})
    created = await board.ada.post(f"{board.column(1)}/tasks", {"title": "d"})
    assert code(created) == (409, "WIP_LIMIT")
    # Within the column there is always room, and a lower limit puts nobody out.
    await board.ada.patch(board.column(1), {"wip_limit": 1})
    assert (await board.move(tasks["b"], 1, bob, after=None)).status_code == 200
    assert await board.titles(1) == "ba"
    # What was deleted takes no room.
    service.tamper(f"UPDATE Task SET deleted_at = created_at WHERE id = '{tasks['a']}'")
    await board.ada.patch(board.column(1), {"wip_limit": 2})
    assert (await board.move(tasks["c"], 1, bob)).status_code == 200


async def test_a_restored_task_is_where_it_was_unless_that_is_gone_or_full(service: Service) -> None:
    board = await Board.of(service, {}, {"wip_limit": 1}, {})
    kept, late, lost = [await board.add_task(index) for index in range(3)]
    await board.add_task(0, "b", after=None)
    path = f"{board.workspace}/tasks"
    for task in (kept, late, lost):
        assert (await board.ada.delete(f"{path}/{task}")).status_code == 204
    await board.add_task(1)
    assert (await board.ada.delete(board.column(2))).status_code == 204
    restored = [(await board.ada.post(f"{path}/{task}/restore")).json() for task in (kept, late, lost)]
    assert [task["column_id"] for task in restored] == [board.columns[0], None, None]
    assert await board.titles(0) == "bA task"
    for task in restored:
        assert (await board.ada.get(f"{path}/{task['id']}")).json() == task
    # Of a board that comes back itself, it is in its place again.
    await board.ada.delete(f"{path}/{kept}")
    await board.ada.delete(board.path)
    assert (await board.ada.post(f"{path}/{kept}/restore")).json()["column_id"] == board.columns[0]


# --- columns that stand for a state ----------------------------------------------------


async def test_a_move_is_a_transition_into_what_the_column_stands_for(service: Service) -> None:
    board = await Board.of(service, {}, {"name": "Doing", "maps_to_state": "IN_PROGRESS"})
    task = await board.add_task(0)
    before = (await board.ada.get(f"{board.workspace}/changes")).json()["items"]
    moved = (await board.move(task, 1)).json()
    assert (moved["state"], moved["column_id"], moved["version"]) == ("IN_PROGRESS", board.columns[1], 3)
    assert (await board.ada.get(f"{board.workspace}/tasks/{task}")).json() == moved
    history = (await board.ada.get(f"{board.workspace}/tasks/{task}/transitions")).json()["items"]
    assert [(each["from_state"], each["to_state"], each["reason"]) for each in history] == [
        ("TODO", "IN_PROGRESS", "moved to Doing")
    ]
    told = (await board.ada.get(f"{board.workspace}/changes")).json()["items"][len(before) :]
    assert [each["type"] for each in told] == ["task.transitioned", "task.moved"]
    assert told[1]["data"]["state"] == "IN_PROGRESS"
    # Within the column its state is its own, and out of it too.
    await board.ada.post(f"{board.workspace}/tasks/{task}/transition", {"to": "BLOCKED", "reason": "waits"})
    await board.add_task(0)
    other = await board.add_task(0)
    await board.move(other, 1)
    assert (await board.move(task, 1)).json()["state"] == "BLOCKED"
    assert (await board.move(task, 0)).json()["state"] == "BLOCKED"
    assert (await board.move(task, 1)).json()["state"] == "IN_PROGRESS"


async def test_where_there_is_no_such_transition_nothing_is_moved(service: Service) -> None:
    board = await Board.of(service, {}, {"maps_to_state": "DONE"})
    task = await board.add_task(0)
    before = (await board.ada.get(f"{board.workspace}/tasks/{task}")).json()
    refused = await board.move(task, 1)
    assert code(refused) == (400, "INVALID_TRANSITION")
    assert refused.json()["details"]["allowed"] == ["IN_PROGRESS"]
    assert (await board.ada.get(f"{board.workspace}/tasks/{task}")).json() == before
    assert await board.titles(1) == ""
    created = await board.ada.post(f"{board.column(1)}/tasks", {"title": "a"})
    assert code(created) == (400, "INVALID_TRANSITION")
    assert await board.counts() == [1, 0]


async def test_a_task_is_created_in_the_state_that_the_column_stands_for(service: Service) -> None:
    board = await Board.of(service, {"maps_to_state": "IN_PROGRESS"}, {"maps_to_state": "TODO"})
    created = await board.ada.post(f"{board.column(0)}/tasks", {"title": "a"})
    path = f"{board.workspace}/tasks/{made(created)}"
    assert created.json()["state"] == "IN_PROGRESS"
    assert (await board.ada.get(path)).json() == created.json()
    assert len((await board.ada.get(f"{path}/transitions")).json()["items"]) == 1
    todo = await board.ada.post(f"{board.column(1)}/tasks", {"title": "b"})
    assert (todo.json()["state"], todo.json()["version"]) == ("TODO", 1)


async def test_a_task_may_be_moved_out_of_ones_own_sight(service: Service) -> None:
    board = await Board.of(service, {}, {"maps_to_state": "IN_PROGRESS"})
    task = await board.add_task(0)
    bob = await board.member("bob")
    workspace = board.workspace.rpartition("/")[2]
    Place(service, board.ada, workspace, board.project_id).user_type(1, bob, hidden=["IN_PROGRESS"])
    assert await board.titles(0, bob) == "A task"
    moved = await board.move(task, 1, bob)
    assert (moved.status_code, moved.json()["state"]) == (200, "IN_PROGRESS")
    assert code(await bob.get(f"{board.workspace}/tasks/{task}")) == (404, "TASK_NOT_FOUND")
    assert await board.counts(bob) == [0, 0]
    # It was seen before, so that it is gone is told.
    told = (await bob.get(f"{board.workspace}/changes")).json()["items"]
    assert [each["type"] for each in told if each["object_id"] == task][-1] == "task.moved"
    hidden = await bob.post(f"{board.column(1)}/tasks", {"title": "b"})
    assert (hidden.status_code, hidden.json()["state"]) == (201, "IN_PROGRESS")


async def test_what_waits_is_let_go_by_a_move(service: Service) -> None:
    board = await Board.of(service, {}, {"maps_to_state": "DONE"})
    parent, child = await board.add_task(0), await board.add_task(0)
    path = f"{board.workspace}/tasks"
    waits = await board.ada.post(f"{path}/{child}/dependencies", {"parent_id": parent})
    assert waits.status_code in (200, 201), waits.text
    assert (await board.ada.get(f"{path}/{child}")).json()["state"] == "BLOCKED"
    await board.ada.post(f"{path}/{parent}/transition", {"to": "IN_PROGRESS", "reason": "r"})
    assert (await board.move(parent, 1)).json()["state"] == "DONE"
    assert (await board.ada.get(f"{path}/{child}")).json()["state"] == "TODO"
    final = await board.ada.patch(board.column(0), {"maps_to_state": "IN_PROGRESS"})
    assert final.status_code == 200
    assert code(await board.move(parent, 0)) == (400, "INVALID_TRANSITION")


# --- creating in a column --------------------------------------------------------------


async def test_a_task_is_created_where_it_is_put(service: Service) -> None:
    board = await Board.of(service, {}, {})
    tasks = await board.add_tasks(0, "ab")
    created = await board.ada.post(
        f"{board.column(0)}/tasks",
        {"title": "c", "after": tasks["a"], "priority": "high", "description": "More."},
    )
    made(created)
    body = created.json()
    assert (body["key"], body["column_id"], body["priority"]) == ("ENG-3", board.columns[0], "high")
    await board.add_task(0, "d", after=None)
    assert await board.titles(0) == "dacb"
    unknown = await board.ada.post(f"{board.workspace}/columns/{UNKNOWN}/tasks", {"title": "a"})
    assert code(unknown) == (404, "COLUMN_NOT_FOUND")
    for wrong in (
        {"title": ""},
        {"title": "a", "project_id": board.project_id},
        {"title": "a", "state": "DONE"},
    ):
        assert code(await board.ada.post(f"{board.column(0)}/tasks", wrong)) == (422, "VALIDATION_FAILED")


# --- places ----------------------------------------------------------------------------


async def test_where_there_is_no_room_a_few_are_spread_and_only_who_is_moved_has_changed(
    service: Service,
) -> None:
    board = await Board.of(service, {})
    order = "abcdefghijklmnop"
    tasks = await board.add_tasks(0, order)
    before = board.crowd(0, but_last=4)
    assert (await board.move(tasks["k"], 0, after=tasks["a"])).status_code == 200
    assert await board.titles(0) == "akbcdefghijlmnop"
    places = board.places(0)
    # A window of eight would lie too close still: it is one of sixteen, to the end, which has all the room.
    assert places[0] == before[0]
    assert min(after - first for first, after in pairwise(places)) >= LEAST
    versions = dict(service.rows("SELECT title, version FROM Task"))
    assert versions == dict.fromkeys(order, 1) | {"k": 2}


async def test_a_window_is_as_small_as_gives_room(service: Service) -> None:
    board = await Board.of(service, {})
    tasks = await board.add_tasks(0, "abcdefghijklmnopqrstuvwx")
    before = board.crowd(0, but_last=18)
    assert (await board.move(tasks["x"], 0, after=tasks["c"])).status_code == 200
    assert await board.titles(0) == "abcxdefghijklmnopqrstuvw"
    places = board.places(0)
    # c was third: d to k, eight, are spread over the room up to k's place.
    assert places[:3] == before[:3]
    assert places[12:] == before[11:-1]
    assert all(before[2] < place <= before[10] for place in places[3:12])
    steps = {after - first for first, after in pairwise(places[2:12])}
    assert len(steps) == 1


async def test_deleted_tasks_keep_their_places(service: Service) -> None:
    board = await Board.of(service, {})
    tasks = await board.add_tasks(0, "abc")
    board.crowd(0)
    service.tamper(f"UPDATE Task SET deleted_at = created_at WHERE id = '{tasks['b']}'")
    await board.move(tasks["c"], 0, after=tasks["a"])
    assert await board.titles(0) == "ac"
    service.tamper(f"UPDATE Task SET deleted_at = NULL WHERE id = '{tasks['b']}'")
    assert await board.titles(0) == "acb"
