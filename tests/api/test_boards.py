"""Boards and their columns: what there is beyond what every resource promises."""

from __future__ import annotations

from typing import Any

import pytest

from tests.boards import Board
from tests.harness import Service, code

UNKNOWN = "00000000-0000-7000-8000-000000000000"


async def names(board: Board) -> list[str]:
    listed = (await board.ada.get(f"{board.path}/columns")).json()["items"]
    shown = (await board.ada.get(board.path)).json()["columns"]
    assert listed == shown
    return [column["name"] for column in shown]


async def test_columns_stand_where_they_are_put(service: Service) -> None:
    board = await Board.of(service)
    first = await board.add_column(name="a")
    await board.add_column(name="c")
    await board.add_column(name="b", after=first)
    await board.add_column(name="0", after=None)
    assert await names(board) == ["0", "a", "b", "c"]
    moved = await board.ada.patch(board.column(3), {"after": board.columns[1]})
    assert moved.json()["name"] == "0"
    assert await names(board) == ["a", "b", "c", "0"]
    await board.ada.patch(board.column(1), {"after": None, "name": "C"})
    assert await names(board) == ["C", "a", "b", "0"]


async def test_a_column_that_is_put_where_it_is_has_not_changed(service: Service) -> None:
    board = await Board.of(service, {}, {}, {})
    events = service.rows("SELECT COUNT(*) FROM Event")
    before = (await board.ada.get(board.column(1))).json()
    answer = await board.ada.patch(board.column(1), {"after": board.columns[0]})
    assert answer.json() == before
    assert service.rows("SELECT COUNT(*) FROM Event") == events
    for after in (board.columns[1], UNKNOWN):
        answer = await board.ada.patch(board.column(1), {"after": after})
        assert code(answer) == (404, "COLUMN_NOT_FOUND"), after


async def test_columns_that_stand_too_close_are_spread(service: Service) -> None:
    board = await Board.of(service, {}, {}, {})
    order = ["Column 0", "Column 1", "Column 2"]
    for number in range(35):
        taken = await board.ada.patch(board.column(1 + number % 2), {"after": board.columns[0]})
        assert taken.status_code == 200, taken.text
        order = ["Column 0", *([f"Column {1 + number % 2}", f"Column {2 - number % 2}"])]
        assert await names(board) == order
    await board.add_column(name="new", after=board.columns[0])
    assert await names(board) == ["Column 0", "new", *order[1:]]


async def test_a_board_has_so_many_columns_and_no_more(service: Service) -> None:
    board = await Board.of(service, *([{}] * 50))
    full = await board.ada.post(f"{board.path}/columns", {"name": "one more"})
    assert (code(full), full.json()["details"]) == ((409, "BOARD_FULL"), {"max": 50})
    assert (await board.ada.delete(board.column(7))).status_code == 204
    await board.add_column(name="one more")


@pytest.mark.parametrize(
    "column",
    [
        {"name": ""},
        {"name": "x" * 201},
        {"name": "a", "wip_limit": 0},
        {"name": "a", "wip_limit": 10_001},
        {"name": "a", "wip_limit": "3"},
        {"name": "a", "wip_limit": 2.5},
        {"name": "a", "maps_to_state": "GONE"},
        {"name": "a", "after": "first"},
        {"name": "a", "position": 1},
    ],
)
async def test_columns_that_cannot_be(service: Service, column: dict[str, Any]) -> None:
    board = await Board.of(service)
    assert code(await board.ada.post(f"{board.path}/columns", column)) == (422, "VALIDATION_FAILED")


async def test_a_deleted_board_comes_back_with_its_columns_and_their_tasks(service: Service) -> None:
    board = await Board.of(service, {}, {"wip_limit": 3})
    task = await board.add_task(0)
    before = (await board.ada.get(board.path)).json()
    assert (await board.ada.delete(board.path)).status_code == 204
    for path in (board.path, f"{board.path}/columns"):
        assert code(await board.ada.get(path)) == (404, "BOARD_NOT_FOUND")
    for path in (board.column(0), f"{board.column(0)}/tasks"):
        assert code(await board.ada.get(path)) == (404, "COLUMN_NOT_FOUND")
    assert code(await board.move(task, 1)) == (404, "COLUMN_NOT_FOUND")
    boards = f"{board.workspace}/projects/{board.project_id}/boards"
    listed = [(await board.ada.get(boards, deleted=asked)).json()["items"] for asked in (True, False)]
    assert [[each["id"] for each in items] for items in listed] == [[before["id"]], []]
    restored = await board.ada.post(f"{board.path}/restore")
    assert restored.status_code == 200
    assert restored.json()["columns"] == before["columns"]
    assert restored.json()["version"] == before["version"] + 2
    assert await board.titles(0) == "A task"
    assert code(await board.ada.post(f"{board.path}/restore")) == (409, "BOARD_NOT_DELETED")
    assert (await board.ada.get(boards, deleted=True)).json()["items"] == []
    answer = await board.ada.post(f"{board.workspace}/boards/{UNKNOWN}/restore")
    assert code(answer) == (404, "BOARD_NOT_FOUND")


async def test_a_board_of_a_project_that_is_hidden_is_not_there(service: Service) -> None:
    board = await Board.of(service, {})
    bob = await board.member("bob")
    assert (await bob.get(board.path)).status_code == 200
    await board.ada.patch(f"{board.workspace}/projects/{board.project_id}", {"visibility": "members"})
    paths = {board.path: "BOARD", f"{board.path}/columns": "BOARD", board.column(0): "COLUMN"}
    for path, what in paths.items():
        assert code(await bob.get(path)) == (404, f"{what}_NOT_FOUND"), path
        if not path.endswith("columns"):
            assert code(await bob.patch(path, {"name": "a"})) == (404, f"{what}_NOT_FOUND")
            assert code(await bob.delete(path)) == (404, f"{what}_NOT_FOUND")
    assert code(await bob.post(f"{board.path}/columns", {"name": "a"})) == (404, "BOARD_NOT_FOUND")
    assert code(await bob.get(f"{board.workspace}/projects/{board.project_id}/boards")) == (
        404,
        "PROJECT_NOT_FOUND",
    )
    events = (await bob.get(f"{board.workspace}/changes")).json()["items"]
    assert not [each for each in events if each["type"].startswith(("board.", "column."))]


async def test_a_guest_looks_and_arranges_nothing(service: Service) -> None:
    board = await Board.of(service, {}, {})
    bob = await board.member("bob")
    service.tamper(
        f"UPDATE WorkspaceMember SET is_guest = 1 WHERE user_id = '{bob.user_id}'",
        "INSERT INTO ProjectMember (workspace_id, project_id, user_id, member_key, added_by, added_at) "
        "SELECT workspace_id, id, "
        f"'{bob.user_id}', 'bob', created_by, created_at FROM Project WHERE id = '{board.project_id}'",
    )
    assert (await bob.get(board.path)).status_code == 200
    for answer in (
        await bob.post(f"{board.workspace}/projects/{board.project_id}/boards", {"name": "a"}),
        await bob.patch(board.path, {"name": "a"}),
        await bob.delete(board.path),
        await bob.get(f"{board.workspace}/projects/{board.project_id}/boards", deleted=True),
        await bob.post(f"{board.path}/columns", {"name": "a"}),
        await bob.patch(board.column(0), {"name": "a"}),
        await bob.delete(board.column(0)),
    ):
        assert code(answer)[0] == 403
    # Of a task that is open to them they may well move it.
    task = await board.add_task(0)
    assert (await board.move(task, 1, bob)).status_code == 200


async def test_of_an_archived_project_boards_are_read(service: Service) -> None:
    board = await Board.of(service, {}, {})
    task = await board.add_task(0)
    await board.ada.post(f"{board.workspace}/projects/{board.project_id}/archive")
    assert (await board.ada.get(board.path)).status_code == 200
    assert await board.titles(0) == "A task"
    for answer in (
        await board.ada.post(f"{board.workspace}/projects/{board.project_id}/boards", {"name": "a"}),
        await board.ada.patch(board.path, {"name": "a"}),
        await board.ada.delete(board.path),
        await board.ada.post(f"{board.path}/columns", {"name": "a"}),
        await board.ada.patch(board.column(0), {"name": "a"}),
        await board.ada.delete(board.column(1)),
        await board.ada.post(f"{board.column(0)}/tasks", {"title": "a"}),
        await board.move(task, 1),
    ):
        assert code(answer) == (409, "PROJECT_ARCHIVED")


# --- the end of a column ---------------------------------------------------------------


async def test_the_tasks_of_a_column_that_ends_go_where_they_are_sent_in_their_order(
    service: Service,
) -> None:
    board = await Board.of(service, {}, {})
    await board.add_tasks(0, "abc")
    await board.add_tasks(1, "xy")
    full = await board.ada.delete(board.column(0))
    assert (code(full), full.json()["details"]) == ((409, "COLUMN_NOT_EMPTY"), {"max": 1000})
    sent = await board.ada.delete(f"{board.column(0)}?move_to={board.columns[1]}")
    assert sent.status_code == 204
    assert await board.titles(1) == "xyabc"
    assert await board.counts() == [5]
    told = (await board.ada.get(f"{board.workspace}/changes")).json()["items"][-1]
    assert told["type"] == "column.deleted"
    assert told["data"]["move_to"] == board.columns[1]
    # Each of them has changed, for whoever has it already.
    versions = service.rows("SELECT title, version FROM Task ORDER BY title")
    assert versions == [("a", 2), ("b", 2), ("c", 2), ("x", 1), ("y", 1)]
    keys = service.rows("SELECT updated_key, updated_at, id FROM Task")
    assert all(key.endswith(f"/{id_}") and key.startswith(str(at)[:10]) for key, at, id_ in keys)


async def test_where_the_tasks_of_a_column_may_not_go(service: Service) -> None:
    board = await Board.of(service, {}, {"maps_to_state": "DONE"}, {"wip_limit": 2})
    other = await Board.within(board.ada, board.workspace, "OTH", {})
    await board.add_tasks(0, "ab")
    await board.add_task(2)
    for move_to, expected in (
        (board.columns[1], (409, "COLUMN_MAPS_ELSEWHERE")),
        (board.columns[2], (409, "WIP_LIMIT")),
        (other.columns[0], (404, "COLUMN_NOT_FOUND")),
        (board.columns[0], (404, "COLUMN_NOT_FOUND")),
        (UNKNOWN, (404, "COLUMN_NOT_FOUND")),
    ):
        answer = await board.ada.delete(f"{board.column(0)}?move_to={move_to}")
        assert code(answer) == expected, move_to
    assert await board.titles(0) == "ab"
    await board.ada.patch(board.column(0), {"maps_to_state": "DONE"})
    assert (await board.ada.delete(f"{board.column(0)}?move_to={board.columns[1]}")).status_code == 204


async def test_whoever_ends_a_column_is_not_told_of_what_is_hidden_in_it(service: Service) -> None:
    board = await Board.of(service, {}, {})
    tasks = await board.add_tasks(0, "abc")
    board.hide(*tasks.values())
    bob = await board.member("bob")
    assert await board.counts(bob) == [0, 0]
    assert (await bob.delete(board.column(0))).status_code == 204
    assert service.rows("SELECT DISTINCT column_id, position FROM Task") == [(None, None)]


async def test_more_than_a_request_moves_stays(service: Service) -> None:
    board = await Board.of(service, {}, {})
    task = await board.add_task(0)
    board.repeat(task, 1000)
    answer = await board.ada.delete(f"{board.column(0)}?move_to={board.columns[1]}")
    assert code(answer) == (409, "COLUMN_NOT_EMPTY")
    assert await board.counts() == [1000, 0]
