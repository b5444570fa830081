"""Two at once on projects, in two processes."""

from __future__ import annotations

import asyncio

import pytest

from tests.harness import Person, Service, code

Twins = tuple[Service, Service]


async def scene(twins: Twins) -> tuple[Person, Person, str, str]:
    """ada, who owns a workspace, and on the other process bob, a MEMBER; its path, and bob's membership's."""
    ada, bob = await twins[0].person("ada"), await twins[1].person("bob")
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    member = await ada.add(path.rpartition("/")[2], bob, "MEMBER")
    return ada, bob, path, f"{path}/members/{member['id']}"


@pytest.mark.parametrize("attempt", range(4))
async def test_a_key_that_two_take_at_once_is_one_s(twins: Twins, attempt: int) -> None:
    ada, bob, path, _ = await scene(twins)
    sent = [{"key": "road", "name": "Road"}, {"key": "ROAD", "name": "Way"}]
    answers = await asyncio.gather(
        *(person.post(f"{path}/projects", body) for person, body in zip((ada, bob), sent, strict=True))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert code(max(answers, key=lambda answer: answer.status_code)) == (409, "PROJECT_KEY_TAKEN")
    made = min(answers, key=lambda answer: answer.status_code).json()
    assert (await bob.get(f"{path}/projects/ROAD")).json() == made
    assert len((await bob.get(f"{path}/projects")).json()["items"]) == 1


@pytest.mark.parametrize("attempt", range(4))
async def test_a_key_that_two_are_renamed_to_at_once_is_one_s(twins: Twins, attempt: int) -> None:
    ada, bob, path, _ = await scene(twins)
    made = [
        (await ada.post(f"{path}/projects", {"key": key, "name": key})).json() for key in ("ROAD", "RAIL")
    ]
    answers = await asyncio.gather(
        *(
            person.patch(f"{path}/projects/{each['id']}", {"key": "WAY"})
            for person, each in zip((ada, bob), made, strict=True)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    winner = next(answer.json() for answer in answers if answer.status_code == 200)
    assert (await bob.get(f"{path}/projects/WAY")).json() == winner
    rows = twins[0].rows("SELECT project_key FROM ProjectKey ORDER BY project_key")
    assert rows == [("RAIL",), ("ROAD",), ("WAY",)]


@pytest.mark.parametrize("attempt", range(6))
async def test_somebody_who_is_removed_while_they_are_let_in(twins: Twins, attempt: int) -> None:
    ada, bob, path, membership = await scene(twins)
    sent = {"key": "ROAD", "name": "Road", "visibility": "members"}
    project = (await ada.post(f"{path}/projects", sent)).json()["id"]
    eve = await twins[1].person("eve")
    await ada.add(path.rpartition("/")[2], eve, "ADMIN")
    added, removed = await asyncio.gather(
        eve.post(f"{path}/projects/{project}/members", {"user_id": bob.user_id}), ada.delete(membership)
    )
    assert removed.status_code == 204
    assert added.status_code in (201, 404)
    listed = (await ada.get(f"{path}/projects/{project}/members")).json()["items"]
    assert [each["user_id"] for each in listed] == [ada.user_id]
    assert bob.user_id not in {user for (user,) in twins[0].rows("SELECT user_id FROM ProjectMember")}


@pytest.mark.parametrize("attempt", range(6))
async def test_somebody_who_is_removed_while_they_take_something_up(twins: Twins, attempt: int) -> None:
    ada, bob, path, membership = await scene(twins)
    project = (await ada.post(f"{path}/projects", {"key": "ROAD", "name": "Road"})).json()["id"]
    task = (await ada.post(f"{path}/tasks", {"project_id": project, "title": "Dig"})).json()["id"]
    made, picked, removed = await asyncio.gather(
        bob.post(f"{path}/projects", {"key": "RAIL", "name": "Rail", "visibility": "members"}),
        bob.post(f"{path}/tasks/{task}/pick"),
        ada.delete(membership),
    )
    assert removed.status_code == 204
    assert {made.status_code, picked.status_code} <= {201, 200, 403}
    assert twins[0].rows("SELECT assignee_id FROM Task") == [(None,)]
    assert twins[0].rows("SELECT COUNT(*) FROM ProjectMember") == [(0,)]


@pytest.mark.parametrize("attempt", range(4))
async def test_a_project_that_is_changed_while_it_is_archived(twins: Twins, attempt: int) -> None:
    ada, bob, path, _ = await scene(twins)
    place = f"{path}/projects/{(await ada.post(f'{path}/projects', {'key': 'ROAD', 'name': 'Road'})).json()['id']}"
    archived, changed = await asyncio.gather(ada.post(f"{place}/archive"), bob.patch(place, {"name": "Way"}))
    assert (archived.status_code, archived.json()["status"]) == (200, "ARCHIVED")
    # Either it came first, or it came too late.
    assert changed.status_code in (200, 409)
    name = "Way" if changed.status_code == 200 else "Road"
    found = (await bob.get(place)).json()
    assert (found["name"], found["status"]) == (name, "ARCHIVED")
    assert (archived.json()["name"], archived.json()["version"]) == (name, found["version"])


async def test_a_project_is_archived_and_deleted_once(twins: Twins) -> None:
    ada, _, path, _ = await scene(twins)
    again = Person(twins[1], ada.name, ada.user_id, ada.access_token, ada.pma_token)
    place = f"{path}/projects/{(await ada.post(f'{path}/projects', {'key': 'ROAD', 'name': 'Road'})).json()['id']}"
    answers = await asyncio.gather(*(person.post(f"{place}/archive") for person in (ada, again) * 3))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 5
    answers = await asyncio.gather(*(person.delete(place) for person in (ada, again) * 3))
    assert sorted(answer.status_code for answer in answers) == [204] + [404] * 5
    answers = await asyncio.gather(*(person.post(f"{place}/restore") for person in (ada, again) * 3))
    # Once from deleted, and once from archived.
    assert sorted(answer.status_code for answer in answers) == [200] * 2 + [400] * 4
    assert (await ada.get(place)).json()["version"] == 5
