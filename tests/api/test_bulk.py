"""Many changes of tasks in one request."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.api.test_tasks import Office, make, office
from tests.databases import rows
from tests.harness import Person, Service, code
from tests.resource import UNKNOWN

__all__ = ["office"]


async def send(office: Office, mode: str, *items: Any, who: Person | None = None, **options: Any) -> Any:
    person = who or office.ada
    headers = person.headers() | options.pop("headers", {})
    body = {"mode": mode, "items": items}
    return await person.service.client.post(f"{office.path}/tasks/bulk", json=body, headers=headers)


def create(office: Office, title: str, **more: Any) -> dict[str, Any]:
    return {"op": "create", "body": {"project_id": office.project_id, "title": title, **more}}


def rename(task: Any, title: str, **more: Any) -> dict[str, Any]:
    return {"op": "update", "task_id": task["id"], "body": {"title": title}, **more}


def told(service: Service, office: Office) -> list[tuple[str, str]]:
    """Entries and events of tasks, each in its order."""
    workspace_id = office.path.split("/")[2]
    query = "SELECT {} FROM {} WHERE workspace_id = ? AND {} = 'task' ORDER BY seq"
    entries = rows(service.settings, query.format("action", "AuditLog", "target_type"), workspace_id)
    events = rows(service.settings, query.format("type", "Event", "object_type"), workspace_id)
    return [("entry", each) for (each,) in entries] + [("event", each) for (each,) in events]


async def titles(office: Office) -> dict[str, int]:
    listed = (await office.ada.get(f"{office.path}/tasks")).json()["items"]
    return {task["title"]: task["version"] for task in listed}


async def test_each_item_is_what_its_route_would_have_been(service: Service, office: Office) -> None:
    first, second = await make(office, "One"), await make(office, "Two")
    before = told(service, office)
    answer = await send(
        office,
        "atomic",
        create(office, "Three", priority="high"),
        rename(first, "Uno", version=1),
        rename(first, "Eins", version=2),
        {"op": "delete", "task_id": second["id"]},
    )
    assert answer.status_code == 200
    body = answer.json()
    assert (body["succeeded"], body["failed"]) == (4, 0)
    assert [(each["index"], each["op"], each["status"]) for each in body["results"]] == [
        (0, "create", 201),
        (1, "update", 200),
        (2, "update", 200),
        (3, "delete", 204),
    ]
    assert [each["task"] and each["task"]["title"] for each in body["results"]] == [
        "Three",
        "Uno",
        "Eins",
        None,
    ]
    assert body["results"][0]["task"]["key"] == "ABC-3"
    assert await titles(office) == {"Three": 1, "Eins": 3}
    new = ["task.created", "task.updated", "task.updated", "task.deleted"]
    assert [each for each in told(service, office) if each[0] == "entry"][2:] == [("entry", a) for a in new]
    assert [each for each in told(service, office) if each[0] == "event"][2:] == [("event", a) for a in new]
    assert len(told(service, office)) == len(before) + 2 * len(new)
    assert (await office.ada.get(f"{office.path}/audit/verify")).json()["valid"]


async def test_partial_leaves_nothing_of_what_fails_and_does_the_rest(
    service: Service, office: Office
) -> None:
    task = await make(office, "One")
    answer = await send(
        office,
        "partial",
        rename(task, "Stale", version=7),
        rename({"id": UNKNOWN}, "Nobody's"),
        rename(task, "Uno"),
        {"op": "create", "body": {"project_id": UNKNOWN, "title": "Nowhere"}},
        create(office, "Typed", task_type_id=UNKNOWN),
        create(office, "Two"),
    )
    assert answer.status_code == 200
    body = answer.json()
    assert (body["succeeded"], body["failed"]) == (2, 4)
    errors = [each["error"] and each["error"]["error_code"] for each in body["results"]]
    assert errors == [
        "VERSION_MISMATCH",
        "TASK_NOT_FOUND",
        None,
        "PROJECT_NOT_FOUND",
        "TASK_TYPE_NOT_FOUND",
        None,
    ]
    assert [each["status"] for each in body["results"]] == [412, 404, 200, 404, 404, 201]
    # No number was used up by the one that took it before it failed.
    assert body["results"][5]["task"]["key"] == "ABC-2"
    assert await titles(office) == {"Uno": 2, "Two": 1}
    assert [kind for where, kind in told(service, office) if where == "event"] == [
        "task.created",
        "task.updated",
        "task.created",
    ]


async def test_atomic_is_all_or_nothing_and_says_which_failed(service: Service, office: Office) -> None:
    task = await make(office, "One")
    before = told(service, office)
    answer = await send(office, "atomic", create(office, "Two"), rename(task, "Uno", version=9))
    assert code(answer) == (412, "VERSION_MISMATCH")
    assert answer.json()["details"] == {"version": 1, "index": 1}
    assert await titles(office) == {"One": 1}
    assert told(service, office) == before


@pytest.mark.parametrize("mode", ["atomic", "partial"])
async def test_what_one_may_not_see_is_not_there_and_a_refusal_is_audited(
    service: Service, office: Office, mode: str
) -> None:
    hidden = await make(office, "Hidden from customers")
    answer = await send(office, mode, rename(hidden, "Mine"), who=office.cus)
    error = answer.json() if mode == "atomic" else answer.json()["results"][0]["error"]
    assert error["error_code"] == "TASK_NOT_FOUND"
    refused = await send(office, mode, {"op": "delete", "task_id": hidden["id"]}, who=office.bob)
    error = refused.json() if mode == "atomic" else refused.json()["results"][0]["error"]
    assert error["error_code"] == "USER_NOT_AUTHORIZED"
    entries = (await office.ada.get(f"{office.path}/audit", outcome="DENIED")).json()["items"]
    assert [(each["actor_id"], each["details"]["operation"]) for each in entries] == [
        (office.bob.user_id, "task.delete")
    ]
    assert (await send(office, mode, rename(hidden, "Mine"), who=office.vic)).status_code == 403


@pytest.mark.parametrize("mode", ["atomic", "partial"])
async def test_a_retry_is_answered_what_the_first_was(service: Service, office: Office, mode: str) -> None:
    key = {"Idempotency-Key": f"bulk-{mode}"}
    items = [create(office, "Once")]
    if mode == "partial":
        items.append(rename({"id": UNKNOWN}, "Nobody's"))
    first = await send(office, mode, *items, headers=key)
    again = await send(office, mode, *items, headers=key)
    assert first.status_code == again.status_code == 200
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.content == again.content
    assert await titles(office) == {"Once": 1}
    other = await send(office, mode, create(office, "Twice"), headers=key)
    assert code(other)[1] == "IDEMPOTENCY_KEY_REUSED"


async def test_what_does_not_fit_is_refused_as_a_whole(office: Office) -> None:
    task = await make(office, "One")
    bad: list[Any] = [
        [],
        [create(office, "x")] * 201,
        [{"op": "burn", "task_id": task["id"]}],
        [{"op": "update", "task_id": task["id"], "body": {}}],
        [{"op": "delete"}],
        [{"op": "delete", "task_id": task["id"], "body": {}}],
        [create(office, "x") | {"task_id": task["id"]}],
        [create(office, "Fine"), create(office, "")],
        [rename(task, "x", version=0)],
    ]
    for items in bad:
        answer = await send(office, "partial", *items)
        assert code(answer) == (422, "VALIDATION_FAILED"), items
    problems = (await send(office, "partial", create(office, "Fine"), create(office, ""))).json()["details"]
    assert problems["problems"][0]["field"] == "body.items.1.create.body.title"
    assert (await send(office, "maybe", create(office, "x"))).status_code == 422
    assert await titles(office) == {"One": 1}


async def test_two_hundred_go_at_once_and_others_beside_them(office: Office) -> None:
    many, single, other = await asyncio.gather(
        send(office, "partial", *(create(office, f"Task {number}") for number in range(200))),
        make(office, "By itself"),
        send(office, "atomic", *(create(office, f"Other {number}") for number in range(5)), who=office.bob),
    )
    keys = [each["task"]["number"] for each in many.json()["results"]]
    assert keys == list(range(keys[0], keys[0] + 200))
    rest = [single["number"], *(each["task"]["number"] for each in other.json()["results"])]
    assert sorted(keys + rest) == list(range(1, 207))


async def test_rows_are_taken_in_one_order_whatever_the_order_of_the_items(
    service: Service, office: Office
) -> None:
    tasks = [await make(office, f"Task {number}") for number in range(4)]
    there = [rename(task, "There") for task in tasks]
    back = [rename(task, "Back") for task in reversed(tasks)]
    first, second = await asyncio.gather(send(office, "atomic", *there), send(office, "atomic", *back))
    assert (first.status_code, second.status_code) == (200, 200)
    assert set((await titles(office)).values()) == {3}


async def test_tasks_are_taken_up_given_back_and_moved_through_their_states(
    service: Service, office: Office
) -> None:
    task = await make(office, "One")
    named = {"task_id": task["id"]}
    answer = await send(
        office,
        "partial",
        {"op": "pick", **named},
        {"op": "pick", **named},
        {"op": "assign", **named, "body": {"user_id": office.vic.user_id}},
        {"op": "assign", **named, "body": {"user_id": office.bob.user_id}},
        {"op": "unassign", **named},
        {"op": "transition", **named, "body": {"to": "IN_PROGRESS", "reason": "Begun"}},
        {"op": "transition", **named, "body": {"to": "TODO", "reason": "Back"}},
        {"op": "transition", **named, "body": {"to": "DONE", "reason": "Done"}, "version": 5},
        {"op": "pick", **named},
    )
    results = answer.json()["results"]
    assert [each["error"] and each["error"]["error_code"] for each in results] == [
        None,
        "TASK_ALREADY_ASSIGNED",
        "ASSIGNEE_NOT_ELIGIBLE",
        None,
        None,
        None,
        "INVALID_TRANSITION",
        None,
        "TASK_DONE",
    ]
    assert [each["task"]["version"] for each in results if each["task"]] == [2, 3, 4, 5, 6]
    assert results[7]["task"]["state"] == "DONE"
    assert [kind for where, kind in told(service, office) if where == "event"] == [
        "task.created",
        "task.assigned",
        "task.assigned",
        "task.unassigned",
        "task.transitioned",
        "task.transitioned",
    ]


async def test_tasks_are_moved_into_columns_and_between_them(office: Office) -> None:
    board = (
        await office.ada.post(f"{office.path}/projects/{office.project_id}/boards", {"name": "B"})
    ).json()
    first, second = [
        (await office.ada.post(f"{office.path}/boards/{board['id']}/columns", {"name": name})).json()["id"]
        for name in "XY"
    ]
    tasks = [await make(office, f"Task {number}") for number in range(3)]

    def into(column_id: str | None, *ordered: Any, **more: Any) -> list[dict[str, Any]]:
        body = {"column_id": column_id, **more}
        return [{"op": "move", "task_id": task["id"], "body": body} for task in ordered]

    moved = await send(office, "atomic", *into(first, *tasks), *into(first, tasks[2], after=None))
    assert moved.status_code == 200, moved.text

    async def order(column_id: str) -> list[str]:
        listed = (await office.ada.get(f"{office.path}/columns/{column_id}/tasks")).json()["items"]
        return [task["title"] for task in listed]

    assert await order(first) == ["Task 2", "Task 0", "Task 1"]
    both = await asyncio.gather(
        send(office, "atomic", *into(second, *tasks[:2])),
        send(office, "atomic", *into(None, tasks[2]), *into(second, tasks[1])),
    )
    assert [each.status_code for each in both] == [200, 200]
    assert (await order(first), sorted(await order(second))) == ([], ["Task 0", "Task 1"])


async def test_what_waits_for_what_is_done_is_let_go(office: Office) -> None:
    """Rows are watched as they are taken: those that wait come before the log's head too."""
    tasks = [await make(office, f"Task {number}") for number in range(4)]
    for child in tasks[2:]:
        for parent in tasks[:2]:
            path = f"{office.path}/tasks/{child['id']}/dependencies"
            assert (await office.ada.post(path, {"parent_id": parent["id"]})).status_code in (200, 201)
    done = {"op": "transition", "task_id": tasks[0]["id"]}
    answer = await send(
        office,
        "atomic",
        {**done, "body": {"to": "IN_PROGRESS", "reason": "Begun"}},
        {**done, "body": {"to": "DONE", "reason": "Done"}},
        {"op": "delete", "task_id": tasks[1]["id"]},
    )
    assert answer.status_code == 200, answer.text
    listed = (await office.ada.get(f"{office.path}/tasks")).json()["items"]
    assert {task["title"]: task["state"] for task in listed} == {
        "Task 0": "DONE",
        "Task 2": "TODO",
        "Task 3": "TODO",
    }
