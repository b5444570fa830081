"""Two at once on one task. Two applications on one database stand for two processes."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from tests.harness import Person, Service
from tests.work import Place, make_place


async def crowd(twins: tuple[Service, Service], *names: str) -> tuple[Place, dict[str, list[Person]]]:
    """A place of the first application, and its members as each of the two knows them."""
    place = await make_place(twins[0])
    people = {}
    for name in names:
        first = await place.member(name)
        people[name] = [first, await twins[1].person(name)]
    return place, people


async def test_of_fifty_who_pick_at_once_one_does(twins: tuple[Service, Service]) -> None:
    place, people = await crowd(twins, "bob", "cat", "dan", "eve", "fay")
    task = await place.task()
    path = f"{place.tasks}/{task['id']}"
    pickers = [person for both in people.values() for person in both] * 5
    answers = await asyncio.gather(*(person.post(f"{path}/pick") for person in pickers))
    refused = [answer.json() for answer in answers if answer.status_code != 200]
    assert len(refused) == 49
    winner = next(answer.json() for answer in answers if answer.status_code == 200)
    assert {each["error_code"] for each in refused} == {"TASK_ALREADY_ASSIGNED"}
    assert {each["details"]["assignee_id"] for each in refused} == {winner["assignee_id"]}
    assert (winner["version"], (await place.owner.get(path)).json()["version"]) == (2, 2)
    assert place.service.rows("SELECT COUNT(*) FROM Event WHERE type = 'task.assigned'") == [(1,)]


@pytest.mark.parametrize("how", ["pick", "assign"])
async def test_nobody_who_left_is_assigned(twins: tuple[Service, Service], how: str) -> None:
    place, people = await crowd(twins, "bob", "cat", "dan")
    ada, tasks = place.owner, [await place.task() for _ in range(6)]
    for name, (here, there) in people.items():
        mine = tasks[:2] if name == "bob" else tasks[2:4] if name == "cat" else tasks[4:]
        if how == "pick":
            calls = [there.post(f"{place.tasks}/{task['id']}/pick") for task in mine]
        else:
            body = {"user_id": there.user_id}
            calls = [ada.post(f"{place.tasks}/{task['id']}/assign", body) for task in mine]
        leave = here.post(f"{place.path}/members/leave")
        first, left, second = await asyncio.gather(calls[0], leave, calls[1])
        assert left.status_code == 204, left.text
        for answer in (first, second):
            # Who is let in and has left when the task is read sees none: only a server with several writers.
            assert answer.status_code in ((200, 403, 404) if how == "pick" else (200, 400)), answer.text
    assert place.service.rows("SELECT COUNT(*) FROM Task WHERE assignee_id IS NOT NULL") == [(0,)]


async def test_a_transition_that_is_sent_twice_at_once_happens_once(twins: tuple[Service, Service]) -> None:
    place, people = await crowd(twins, "bob")
    for _ in range(5):
        path = f"{place.tasks}/{(await place.task())['id']}"
        body = {"to": "IN_PROGRESS", "reason": "begun", "transition_id": str(uuid.uuid4())}
        calls = (person.post(f"{path}/transition", body) for person in people["bob"] * 2)
        answers = await asyncio.gather(*calls)
        assert [answer.status_code for answer in answers] == [200] * 4
        assert len({answer.content for answer in answers}) == 1
        assert (await place.owner.get(path)).json()["version"] == 2


async def test_of_two_ways_to_go_on_a_task_goes_one(twins: tuple[Service, Service]) -> None:
    place, people = await crowd(twins, "bob")
    for _ in range(5):
        task = await place.task()
        place.put(task["id"], "IN_PROGRESS")
        path = f"{place.tasks}/{task['id']}"
        first, second = people["bob"]
        answers = await asyncio.gather(
            first.post(f"{path}/transition", {"to": "DONE", "reason": "fits"}),
            second.post(f"{path}/transition", {"to": "BLOCKED", "reason": "no key"}),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 400]
        moved = next(answer.json() for answer in answers if answer.status_code == 200)
        assert (await first.get(path)).json()["state"] == moved["to_state"]


async def test_who_is_assigned_while_another_picks_has_it(twins: tuple[Service, Service]) -> None:
    place, people = await crowd(twins, "bob", "cat")
    for _ in range(5):
        path = f"{place.tasks}/{(await place.task())['id']}"
        cat = people["cat"][0]
        picked, assigned = await asyncio.gather(
            people["bob"][1].post(f"{path}/pick"),
            place.owner.post(f"{path}/assign", {"user_id": cat.user_id}),
        )
        assert (picked.status_code in (200, 409), assigned.status_code) == (True, 200)
        now = (await cat.get(path)).json()
        assert (now["assignee_id"], now["version"]) == (cat.user_id, 3 if picked.status_code == 200 else 2)


async def test_a_task_is_let_go_by_the_last_of_two_that_are_done_at_once(
    twins: tuple[Service, Service],
) -> None:
    place, people = await crowd(twins, "bob")
    for _ in range(3):
        parents, child = [await place.task(), await place.task()], await place.task("Child")
        for parent in parents:
            place.put(parent["id"], "IN_PROGRESS")
            body = {"parent_id": parent["id"]}
            made = await place.owner.post(f"{place.tasks}/{child['id']}/dependencies", body)
            assert made.status_code < 300, made.text
        done = {"to": "DONE", "reason": "fits"}
        pairs = zip(people["bob"], parents, strict=True)
        calls = (person.post(f"{place.tasks}/{parent['id']}/transition", done) for person, parent in pairs)
        assert [answer.status_code for answer in await asyncio.gather(*calls)] == [200, 200]
        now = (await place.owner.get(f"{place.tasks}/{child['id']}")).json()
        assert (now["state"], now["blocked_by"]) == ("TODO", None)
