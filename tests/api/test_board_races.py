"""Several on one board at once, in two processes."""

from __future__ import annotations

import asyncio
from itertools import cycle

import pytest

from tests.boards import Board
from tests.harness import Person, Service, code

Twins = tuple[Service, Service]


async def people(twins: Twins, board: Board) -> list[Person]:
    """ada on the one process, bob on the other."""
    return [board.ada, await twins[1].person("bob")]


async def begin(twins: Twins, *columns: dict[str, int]) -> Board:
    board = await Board.of(twins[0], *columns)
    bob = await twins[1].person("bob")
    await board.ada.add(board.workspace.rpartition("/")[2], bob, "MEMBER")
    return board


def require_order(board: Board) -> None:
    """No place is two tasks', and none is in a column that is no more."""
    sql = "SELECT column_id, position FROM Task WHERE column_id IS NOT NULL"
    places = board.ada.service.rows(sql)
    assert len(places) == len(set(places))
    lost = (
        "SELECT t.id FROM Task AS t JOIN BoardColumn AS c ON c.id = t.column_id "
        "WHERE c.deleted_at IS NOT NULL AND t.deleted_at IS NULL"
    )
    assert not board.ada.service.rows(lost)


@pytest.mark.parametrize("attempt", range(4))
async def test_two_move_one_card(twins: Twins, attempt: int) -> None:
    board = await begin(twins, {}, {}, {})
    task = await board.add_task(0)
    ada, bob = await people(twins, board)
    answers = await asyncio.gather(board.move(task, 1, ada), board.move(task, 2, bob))
    assert [answer.status_code for answer in answers] == [200, 200]
    # Whoever came second had the last word, and saw what the first had done.
    last = max(answers, key=lambda answer: answer.json()["version"]).json()
    assert last["version"] == 3
    assert (await ada.get(f"{board.workspace}/columns/{last['column_id']}/tasks")).json()["items"] == [
        {name: value for name, value in last.items() if name != "description"}
    ]
    assert sorted(await board.counts()) == [0, 0, 1]
    told = (await ada.get(f"{board.workspace}/changes")).json()["items"][-2:]
    assert told[1]["data"]["from_column_id"] == told[0]["data"]["column_id"] != board.columns[0]


@pytest.mark.parametrize("attempt", range(2))
async def test_two_move_one_card_as_both_had_seen_it(twins: Twins, attempt: int) -> None:
    board = await begin(twins, {}, {}, {})
    task = await board.add_task(0)
    path = f"{board.workspace}/tasks/{task}/move"
    answers = await asyncio.gather(
        *(
            person.service.client.post(
                path, json={"column_id": column}, headers=person.headers() | {"If-Match": '"1"'}
            )
            for person, column in zip(await people(twins, board), board.columns[1:], strict=True)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]


async def test_eight_put_tasks_in_one_place(twins: Twins) -> None:
    board = await begin(twins, {})
    first = await board.add_task(0, "a")
    await board.add_task(0, "z")
    persons = cycle(await people(twins, board))
    body = {"title": "n", "after": first}
    for _ in range(5):
        answers = await asyncio.gather(
            *(next(persons).post(f"{board.column(0)}/tasks", body) for _ in range(8))
        )
        assert {answer.status_code for answer in answers} == {201}
    assert await board.titles(0) == "a" + "n" * 40 + "z"
    numbers = twins[0].rows("SELECT number FROM Task ORDER BY number")
    assert numbers == [(number,) for number in range(1, 43)]
    require_order(board)


async def test_eight_move_behind_one_that_has_no_room_behind_it(twins: Twins) -> None:
    board = await begin(twins, {}, {})
    tasks = await board.add_tasks(0, "abcdefghijklmnop")
    board.crowd(0, but_last=2)
    persons = cycle(await people(twins, board))
    moved = [tasks[title] for title in "hijklmno"]
    answers = await asyncio.gather(*(board.move(task, 0, next(persons), after=tasks["a"]) for task in moved))
    assert {answer.status_code for answer in answers} == {200}
    titles = await board.titles(0)
    assert titles[0] == "a"
    assert sorted(titles[1:9]) == list("hijklmno")
    assert titles[9:] == "bcdefgp"
    require_order(board)


async def test_fifty_go_into_a_column_that_takes_five(twins: Twins) -> None:
    board = await begin(twins, {}, {"wip_limit": 5})
    tasks = [await board.add_task(0) for _ in range(50)]
    persons = cycle(await people(twins, board))
    answers = await asyncio.gather(*(board.move(task, 1, next(persons)) for task in tasks))
    refused = [answer for answer in answers if answer.status_code != 200]
    assert [code(answer) for answer in refused] == [(409, "WIP_LIMIT")] * 45
    assert await board.counts() == [45, 5]


async def test_creations_and_moves_share_a_limit(twins: Twins) -> None:
    board = await begin(twins, {}, {"wip_limit": 3})
    tasks = [await board.add_task(0) for _ in range(5)]
    ada, bob = await people(twins, board)
    answers = await asyncio.gather(
        *(board.move(task, 1, ada) for task in tasks),
        *(bob.post(f"{board.column(1)}/tasks", {"title": "new"}) for _ in range(5)),
    )
    assert sum(answer.status_code < 300 for answer in answers) == 3
    assert (await board.counts())[1] == 3


async def test_moves_that_cross(twins: Twins) -> None:
    board = await begin(twins, {}, {})
    here, there = await board.add_tasks(0, "abcdef"), await board.add_tasks(1, "uvwxyz")
    persons = cycle(await people(twins, board))
    answers = await asyncio.gather(
        *(board.move(task, 1, next(persons), after=None) for task in here.values()),
        *(board.move(task, 0, next(persons), after=None) for task in there.values()),
    )
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(await board.titles(0)) == list("uvwxyz")
    assert sorted(await board.titles(1)) == list("abcdef")
    require_order(board)


@pytest.mark.parametrize("attempt", range(3))
async def test_a_column_ends_while_others_come_into_it(twins: Twins, attempt: int) -> None:
    board = await begin(twins, {}, {}, {})
    tasks = [await board.add_task(0) for _ in range(4)]
    await board.add_task(1)
    ada, bob = await people(twins, board)
    ended, *moves = await asyncio.gather(
        ada.delete(f"{board.column(1)}?move_to={board.columns[2]}"),
        *(board.move(task, 1, bob) for task in tasks),
        bob.post(f"{board.column(1)}/tasks", {"title": "new"}),
    )
    assert ended.status_code == 204
    assert {answer.status_code for answer in moves} <= {200, 201, 404}
    came = sum(answer.status_code < 300 for answer in moves)
    assert (await board.counts())[1] == 1 + came
    require_order(board)


@pytest.mark.parametrize("attempt", range(3))
async def test_a_column_ends_while_a_task_of_it_is_restored(twins: Twins, attempt: int) -> None:
    board = await begin(twins, {}, {})
    task = await board.add_task(0)
    ada, _ = await people(twins, board)
    again = Person(twins[1], ada.name, ada.user_id, ada.access_token, ada.pma_token)
    path = f"{board.workspace}/tasks/{task}"
    await ada.delete(path)
    restored, ended = await asyncio.gather(
        again.post(f"{path}/restore"), ada.delete(f"{board.column(0)}?move_to={board.columns[1]}")
    )
    assert (restored.status_code, ended.status_code) == (200, 204)
    assert (await ada.get(path)).json()["column_id"] in (None, board.columns[1])
    require_order(board)


async def test_columns_are_put_in_order_by_several(twins: Twins) -> None:
    board = await begin(twins, *([{}] * 6))
    persons = cycle(await people(twins, board))
    answers = await asyncio.gather(
        *(
            next(persons).patch(board.column(index), {"after": board.columns[0]})
            for index in [1, 2, 3, 4, 5] * 2
        )
    )
    assert {answer.status_code for answer in answers} == {200}
    places = twins[0].rows("SELECT position FROM BoardColumn")
    assert len(set(places)) == 6
