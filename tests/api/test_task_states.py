"""What becomes of a task: who does it, how far it is, who may, and what is told of it."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

import pytest

from tests.databases import execute
from tests.harness import Person, Service, code
from tests.resource import UNKNOWN
from tests.work import Place, make_place

STATES = ("TODO", "IN_PROGRESS", "BLOCKED", "DONE")
ALLOWED = {
    ("TODO", None): ["IN_PROGRESS"],
    ("IN_PROGRESS", None): ["BLOCKED", "DONE"],
    ("BLOCKED", "MANUAL"): ["IN_PROGRESS"],
    ("BLOCKED", "DEPENDENCY"): [],
    ("DONE", None): [],
}
"""As the design has it: where a person may move a task to, by where it is."""


@pytest.fixture
async def place(service: Service) -> Place:
    return await make_place(service)


async def told(person: Person, place: Place) -> list[dict[str, Any]]:
    """The events of tasks that somebody is told."""
    items = (await person.get(f"{place.path}/changes", limit=500)).json()["items"]
    return [each for each in items if each["object_type"] == "task"]


def entries(place: Place, task_id: str) -> list[tuple[str, str]]:
    """Actions and actors of a task's entries in the audit log, in order."""
    return place.service.rows(
        "SELECT action, actor_id FROM AuditLog WHERE target_id = ? ORDER BY seq", task_id
    )


async def test_a_task_goes_where_the_table_says_and_nowhere_else(place: Place) -> None:
    bob = await place.member("bob")
    for (state, blocked_by), to in itertools.product(ALLOWED, STATES):
        task = await place.task(f"{state} to {to}")
        path = f"{place.tasks}/{task['id']}"
        place.put(task["id"], state, blocked_by)
        answer = await bob.post(f"{path}/transition", {"to": to, "reason": "because"})
        allowed = ALLOWED[state, blocked_by]
        now = (await bob.get(path)).json()
        if to in allowed:
            assert answer.status_code == 200, answer.text
            assert (now["state"], now["version"]) == (to, 2)
            assert now["blocked_by"] == ("MANUAL" if to == "BLOCKED" else None)
            continue
        assert code(answer) == (400, "INVALID_TRANSITION")
        reason = "final" if state == "DONE" else "dependency" if blocked_by == "DEPENDENCY" else "not_next"
        expected = {"state": state, "blocked_by": blocked_by, "allowed": allowed, "reason": reason}
        assert answer.json()["details"] == expected
        assert (now["state"], now["blocked_by"], now["version"]) == (state, blocked_by, 1)


async def test_a_task_is_taken_done_and_told_of(place: Place) -> None:
    bob = await place.member("bob")
    task = await place.task()
    path = f"{place.tasks}/{task['id']}"
    picked = await bob.post(f"{path}/pick")
    assert picked.status_code == 200, picked.text
    assert (picked.json()["assignee_id"], picked.json()["version"]) == (bob.user_id, 2)
    assert picked.headers["etag"] == (await bob.get(path)).headers["etag"]
    for to, reason in (
        ("IN_PROGRESS", "begun"),
        ("BLOCKED", "no key"),
        ("IN_PROGRESS", "a key"),
        ("DONE", "fits"),
    ):
        answer = await bob.post(f"{path}/transition", {"to": to, "reason": reason})
        assert answer.status_code == 200, answer.text
    history = (await bob.get(f"{path}/transitions")).json()["items"]
    assert [(each["version"], each["from_state"], each["to_state"], each["reason"]) for each in history] == [
        (6, "IN_PROGRESS", "DONE", "fits"),
        (5, "BLOCKED", "IN_PROGRESS", "a key"),
        (4, "IN_PROGRESS", "BLOCKED", "no key"),
        (3, "TODO", "IN_PROGRESS", "begun"),
    ]
    assert {each["actor_id"] for each in history} == {bob.user_id}
    assert [action for action, _ in entries(place, task["id"])] == [
        "task.created", "task.assigned", *["task.transitioned"] * 4,
    ]  # fmt: skip
    events = await told(bob, place)
    assert [(each["type"], each["data"]) for each in events[1:3]] == [
        ("task.assigned", {"key": "ABC-1", "state": "TODO", "assignee_id": bob.user_id}),
        ("task.transitioned", {"key": "ABC-1", "state": "IN_PROGRESS", "from": "TODO", "to": "IN_PROGRESS"}),
    ]
    assert "begun" not in str(events)
    details = place.service.rows(
        "SELECT details FROM AuditLog WHERE action = 'task.transitioned' ORDER BY seq"
    )
    assert '"reason":"begun"' in details[0][0].replace(" ", "")


async def test_the_history_comes_in_pages(place: Place) -> None:
    task = await place.task()
    path = f"{place.tasks}/{task['id']}"
    for to in ("IN_PROGRESS", "BLOCKED", "IN_PROGRESS", "BLOCKED", "IN_PROGRESS"):
        await place.owner.post(f"{path}/transition", {"to": to, "reason": "r"})
    seen: list[int] = []
    more: dict[str, Any] = {}
    while True:
        page = (await place.owner.get(f"{path}/transitions", limit=2, **more)).json()
        seen += [each["version"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        more = {"cursor": page["next_cursor"]}
    assert seen == [6, 5, 4, 3, 2]


async def test_a_task_of_somebody_is_not_picked_but_assigned(place: Place) -> None:
    ada, bob, cat = place.owner, await place.member("bob"), await place.member("cat")
    path = f"{place.tasks}/{(await place.task())['id']}"
    await bob.post(f"{path}/pick")
    for person in (cat, bob):
        answer = await person.post(f"{path}/pick")
        assert code(answer) == (409, "TASK_ALREADY_ASSIGNED")
        assert answer.json()["details"] == {"assignee_id": bob.user_id}
    assigned = await ada.post(f"{path}/assign", {"user_id": cat.user_id})
    assert (assigned.json()["assignee_id"], assigned.json()["version"]) == (cat.user_id, 3)
    again = await ada.post(f"{path}/assign", {"user_id": cat.user_id})
    assert (again.json(), again.headers["etag"]) == (assigned.json(), assigned.headers["etag"])
    freed = await cat.post(f"{path}/unassign")
    assert (freed.json()["assignee_id"], freed.json()["version"]) == (None, 4)
    again = await cat.post(f"{path}/unassign")
    assert again.json() == freed.json()
    types = [each["type"] for each in await told(bob, place)]
    assert types == ["task.created", "task.assigned", "task.assigned", "task.unassigned"]
    assert (await told(bob, place))[-1]["data"]["assignee_id"] == cat.user_id


async def test_a_retry_of_a_pick_is_answered_what_the_first_was(place: Place) -> None:
    bob = await place.member("bob")
    path = f"{place.tasks}/{(await place.task())['id']}"
    headers = bob.headers() | {"Idempotency-Key": "pick-1"}
    first, again = [await bob.service.client.post(f"{path}/pick", headers=headers) for _ in range(2)]
    assert (again.status_code, again.content, again.headers["etag"]) == (
        200,
        first.content,
        first.headers["etag"],
    )
    assert again.headers["idempotency-replayed"] == "true"
    assert code(await bob.post(f"{path}/pick")) == (409, "TASK_ALREADY_ASSIGNED")


async def test_only_the_version_that_was_seen_is_changed(place: Place) -> None:
    ada, bob = place.owner, await place.member("bob")
    path = f"{place.tasks}/{(await place.task())['id']}"
    bodies = {
        "pick": None,
        "assign": {"user_id": bob.user_id},
        "transition": {"to": "IN_PROGRESS", "reason": "r"},
        "unassign": None,
    }
    client = ada.service.client
    for version, (act, body) in enumerate(bodies.items(), 1):
        for tag, expected in ((f'"{version + 1}"', 412), (f'"{version + 7}", "{version}"', 200)):
            answer = await client.post(f"{path}/{act}", json=body, headers=ada.headers() | {"If-Match": tag})
            assert answer.status_code == expected, (act, tag, answer.text)
    assert (await ada.get(path)).json()["version"] == 5


async def test_a_task_that_is_done_stays_with_whoever_did_it(place: Place) -> None:
    ada, bob = place.owner, await place.member("bob")
    free, taken = await place.task(), await place.task()
    await bob.post(f"{place.tasks}/{taken['id']}/pick")
    for task in (free, taken):
        place.put(task["id"], "DONE")
        path = f"{place.tasks}/{task['id']}"
        assert code(await ada.post(f"{path}/pick")) == (409, "TASK_DONE")
        assert code(await ada.post(f"{path}/assign", {"user_id": ada.user_id})) == (409, "TASK_DONE")
        assert code(await ada.post(f"{path}/unassign")) == (409, "TASK_DONE")
    assert (await ada.get(f"{place.tasks}/{taken['id']}")).json()["assignee_id"] == bob.user_id


async def test_nothing_moves_in_an_archived_project(place: Place) -> None:
    ada, bob = place.owner, await place.member("bob")
    path = f"{place.tasks}/{(await place.task())['id']}"
    assert (await ada.post(f"{place.path}/projects/{place.project_id}/archive")).status_code == 200
    for act, body in acts(bob).items():
        assert code(await ada.post(f"{path}/{act}", body)) == (409, "PROJECT_ARCHIVED"), act
    assert (await bob.get(f"{path}/transitions")).status_code == 200


def acts(person: Person) -> dict[str, dict[str, str] | None]:
    return {
        "pick": None,
        "assign": {"user_id": person.user_id},
        "unassign": None,
        "transition": {"to": "IN_PROGRESS", "reason": "r"},
    }


NEEDED = {"pick": "take", "assign": "assign", "unassign": "assign", "transition": "move_state"}


@pytest.mark.parametrize("act", NEEDED)
async def test_whoever_sees_a_task_and_may_not_is_told_what_it_needs(place: Place, act: str) -> None:
    bob = await place.member("bob")
    place.user_type(1, bob, granted={"view", "take", "move_state", "assign"} - {NEEDED[act]})
    task = await place.task()
    path = f"{place.tasks}/{task['id']}"
    answer = await bob.post(f"{path}/{act}", acts(bob)[act])
    assert code(answer) == (403, "USER_NOT_AUTHORIZED")
    assert answer.json()["details"]["required"] == NEEDED[act]
    assert (await bob.get(path)).json() == task


@pytest.mark.parametrize("act", NEEDED)
async def test_what_somebody_may_not_see_is_not_there(place: Place, act: str) -> None:
    """Each way to be hidden: by state, by type, by project, by deletion, and because it never was."""
    ada, bob = place.owner, await place.member("bob")
    other = place.user_type(2)
    place.user_type(1, bob, hidden={"BLOCKED"})
    body = {"name": "Closed", "key": "XYZ", "visibility": "members"}
    closed = (await ada.post(f"{place.path}/projects", body)).json()["id"]
    blocked, deleted = await place.task(), await place.task()
    place.put(blocked["id"], "BLOCKED", "MANUAL")
    await ada.delete(f"{place.tasks}/{deleted['id']}")
    typed = await place.task(task_type_id=place.task_type(1, other))
    elsewhere = (await ada.post(place.tasks, {"project_id": closed, "title": "T"})).json()
    for id_ in (blocked["id"], deleted["id"], typed["id"], elsewhere["id"], UNKNOWN):
        for tag in ({}, {"If-Match": '"77"'}):
            answer = await bob.service.client.post(
                f"{place.tasks}/{id_}/{act}", json=acts(bob)[act], headers=bob.headers() | tag
            )
            assert code(answer) == (404, "TASK_NOT_FOUND")
        for what in ("transitions", "eligibility"):
            assert code(await bob.get(f"{place.tasks}/{id_}/{what}")) == (404, "TASK_NOT_FOUND")


async def test_a_task_is_given_back_by_whoever_has_it_and_taken_by_whoever_may_assign(place: Place) -> None:
    bob, cat, dan = [await place.member(name) for name in ("bob", "cat", "dan")]
    place.user_type(1, bob, cat, granted={"view", "take"})
    place.user_type(2, dan, granted={"view", "assign"})
    path = f"{place.tasks}/{(await place.task())['id']}"
    await bob.post(f"{path}/pick")
    answer = await cat.post(f"{path}/unassign")
    assert (code(answer)[0], answer.json()["details"]["required"]) == (403, "assign")
    assert (await bob.post(f"{path}/unassign")).json()["assignee_id"] is None
    await bob.post(f"{path}/pick")
    assert (await dan.post(f"{path}/unassign")).json()["assignee_id"] is None


async def test_nobody_is_assigned_who_may_not_take_the_task_up(place: Place) -> None:
    ada, bob, cat = place.owner, await place.member("bob"), await place.member("cat", "VIEWER")
    place.user_type(1, bob, granted={"view", "move_state", "assign"})
    task = await place.task()
    path, stranger = f"{place.tasks}/{task['id']}", await place.service.person("dan")
    for person, reason in ((bob, "permission"), (cat, "permission"), (stranger, "not_a_member")):
        answer = await ada.post(f"{path}/assign", {"user_id": person.user_id})
        assert code(answer) == (400, "ASSIGNEE_NOT_ELIGIBLE")
        assert answer.json()["details"] == {"reason": reason}
    assert (await ada.get(path)).json() == task


async def test_a_transition_with_an_id_happens_once(place: Place) -> None:
    ada, bob = place.owner, await place.member("bob")
    task, other = await place.task(), await place.task()
    path, id_ = f"{place.tasks}/{task['id']}/transition", str(uuid.uuid4())
    body = {"to": "IN_PROGRESS", "reason": "begun", "transition_id": id_}
    first = await bob.post(path, body)
    assert first.status_code == 200
    await bob.post(path, {"to": "BLOCKED", "reason": "no key"})
    again = await bob.post(path, body)
    assert (again.status_code, again.content) == (200, first.content)
    for more in ({"to": "DONE"}, {"reason": "begun!"}):
        assert code(await bob.post(path, body | more)) == (409, "TRANSITION_ID_USED")
    assert code(await ada.post(path, body)) == (409, "TRANSITION_ID_USED")
    assert (await bob.get(f"{place.tasks}/{task['id']}")).json()["version"] == 3
    # It is an id of this task's transitions.
    assert (await bob.post(f"{place.tasks}/{other['id']}/transition", body)).status_code == 200


async def test_whoever_moves_a_task_out_of_their_sight_is_answered_again(place: Place) -> None:
    bob = await place.member("bob")
    place.user_type(1, bob, hidden={"DONE"})
    task = await place.task()
    place.put(task["id"], "IN_PROGRESS")
    path = f"{place.tasks}/{task['id']}"
    body = {"to": "DONE", "reason": "fits", "transition_id": str(uuid.uuid4())}
    first = await bob.post(f"{path}/transition", body)
    assert first.status_code == 200, first.text
    assert code(await bob.get(path)) == (404, "TASK_NOT_FOUND")
    assert (await bob.post(f"{path}/transition", body)).content == first.content
    event = (await told(bob, place))[-1]
    assert (event["type"], event["data"]["to"]) == ("task.transitioned", "DONE")


async def test_the_history_tells_nothing_of_states_that_are_hidden(place: Place) -> None:
    ada, bob = place.owner, await place.member("bob")
    place.user_type(1, bob, hidden={"BLOCKED"})
    task = await place.task()
    path = f"{place.tasks}/{task['id']}"
    for to, reason in (
        ("IN_PROGRESS", "begun"),
        ("BLOCKED", "unpaid"),
        ("IN_PROGRESS", "paid"),
        ("DONE", "fits"),
    ):
        await ada.post(f"{path}/transition", {"to": to, "reason": reason})
    shown = [each["reason"] for each in (await bob.get(f"{path}/transitions")).json()["items"]]
    assert shown == ["fits", "begun"]


@pytest.mark.parametrize("body", [
    {}, {"to": "DONE"}, {"reason": "r"}, {"to": "DONE", "reason": " "}, {"to": "OPEN", "reason": "r"},
    {"to": "DONE", "reason": "r", "transition_id": "x"}, {"to": "DONE", "reason": "r" * 1001},
])  # fmt: skip
async def test_a_transition_needs_a_state_and_a_reason(place: Place, body: dict[str, str]) -> None:
    path = f"{place.tasks}/{(await place.task())['id']}"
    assert code(await place.owner.post(f"{path}/transition", body)) == (422, "VALIDATION_FAILED")


async def test_the_verdict_is_explained_rule_by_rule(place: Place) -> None:
    ada, bob = place.owner, await place.member("bob")
    user_type = place.user_type(1, bob, granted={"view", "take"}, hidden={"DONE"})
    task_type = place.task_type(1, user_type)
    task = await place.task(task_type_id=task_type)
    path = f"{place.tasks}/{task['id']}/eligibility"

    def unmet(answer: Any) -> dict[str, list[str]]:
        assert answer.status_code == 200, answer.text
        found = {}
        for each in answer.json()["verdicts"]:
            found[each["permission"]] = [rule["rule"] for rule in each["rules"] if not rule["is_met"]]
            assert each["is_allowed"] == (not found[each["permission"]])
        return found

    mine = await bob.get(path)
    assert unmet(mine) == {"view": [], "take": [], "move_state": ["permission"], "assign": ["permission"]}
    assert mine.json()["user_type_id"] == user_type
    assert (await ada.get(path, user_id=bob.user_id)).json() == mine.json()
    assert unmet(await ada.get(path)) == {"view": [], "take": [], "move_state": [], "assign": []}
    settings = place.service.settings
    for change, rule in (
        ("UPDATE UserType SET read_only = 1", "read_only"),
        ("UPDATE Task SET state = 'DONE'", "hidden_state"),
        ("DELETE FROM EligibilityMapping", "task_type"),
        ("UPDATE Project SET visibility = 'members'", "scope"),
        ("DELETE FROM UserTypePermission WHERE permission = 'view'", "user_type"),
        (f"UPDATE WorkspaceMember SET role = 'VIEWER' WHERE user_id = '{bob.user_id}'", "role"),
    ):
        assert rule not in unmet(await ada.get(path, user_id=bob.user_id))["take"]
        execute(settings, change)
        assert rule in unmet(await ada.get(path, user_id=bob.user_id))["take"]
    assert code(await bob.get(path)) == (404, "TASK_NOT_FOUND")


async def test_of_others_only_an_admin_asks(place: Place) -> None:
    ada, bob = place.owner, await place.member("bob")
    path = f"{place.tasks}/{(await place.task())['id']}/eligibility"
    answer = await bob.get(path, user_id=ada.user_id)
    assert (code(answer)[0], answer.json()["details"]["required"]) == (403, "ADMIN")
    assert (await bob.get(path, user_id=bob.user_id)).status_code == 200
    stranger = await place.service.person("dan")
    assert code(await ada.get(path, user_id=stranger.user_id)) == (404, "MEMBER_NOT_FOUND")
