"""What is special about tasks; what they have in common with other resources is in test_resources.py."""

from __future__ import annotations

import asyncio
from itertools import chain
from typing import Any, NamedTuple

import pytest

from tests.databases import execute
from tests.harness import Person, Service, code
from tests.resource import UNKNOWN

Twins = tuple[Service, Service]


class Office(NamedTuple):
    """A project, whose workspace has an OWNER, and somebody else of each kind."""

    path: str
    project_id: str
    ada: Person
    bob: Person
    """A MEMBER."""
    vic: Person
    """A VIEWER."""
    cus: Person
    """A customer: sees no task in TODO, and changes none."""


def make_type(service: Service, workspace_id: str, permissions: str, hidden: str = "") -> str:
    """A user type, straight into the database."""
    type_id = service.edge.tools.new_id()
    at = "2026-01-01T00:00:00.000000Z"
    statements = [
        "INSERT INTO UserType (id, workspace_id, name, name_key, list_key, access_level, created_at, updated_at) "
        f"VALUES ('{type_id}', '{workspace_id}', 'T', '{type_id}', '{type_id}', 'regular', '{at}', '{at}')"
    ]
    for table, column, values in (
        ("UserTypePermission", "permission", permissions),
        ("UserTypeHiddenState", "state", hidden),
    ):
        statements += [
            f"INSERT INTO {table} (workspace_id, user_type_id, {column}) "
            f"VALUES ('{workspace_id}', '{type_id}', '{value}')"
            for value in values.split()
        ]
    execute(service.settings, *statements)
    return type_id


def give_type(service: Service, workspace_id: str, person: Person, type_id: str) -> None:
    execute(
        service.settings,
        f"UPDATE WorkspaceMember SET user_type_id = '{type_id}' "
        f"WHERE workspace_id = '{workspace_id}' AND user_id = '{person.user_id}'",
    )


def set_state(service: Service, task_id: str, state: str) -> None:
    execute(service.settings, f"UPDATE Task SET state = '{state}' WHERE id = '{task_id}'")


@pytest.fixture
async def office(service: Service) -> Office:
    ada = await service.person("ada")
    workspace_id = (await ada.create_workspace())["id"]
    people = [await service.person(name) for name in ("bob", "vic", "cus")]
    for person, role in zip(people, ("MEMBER", "VIEWER", "MEMBER"), strict=True):
        await ada.add(workspace_id, person, role)
    give_type(service, workspace_id, people[2], make_type(service, workspace_id, "view", "TODO"))
    path = f"/workspaces/{workspace_id}"
    project = await ada.post(f"{path}/projects", {"key": "ABC", "name": "Launch"})
    return Office(path, project.json()["id"], ada, *people)


async def make(office: Office, title: str = "A task", who: Person | None = None, **more: Any) -> Any:
    body = {"project_id": office.project_id, "title": title, **more}
    made = await (who or office.ada).post(f"{office.path}/tasks", body)
    assert made.status_code == 201, made.text
    return made.json()


async def test_numbers_and_keys(office: Office) -> None:
    tasks = [await make(office, f"Number {number}") for number in range(3)]
    assert [(task["number"], task["key"]) for task in tasks] == [(1, "ABC-1"), (2, "ABC-2"), (3, "ABC-3")]
    for key in ("ABC-2", "abc-2", tasks[1]["id"], tasks[1]["id"].upper()):
        assert (await office.bob.get(f"{office.path}/tasks/{key}")).json() == tasks[1]
    await office.ada.patch(f"{office.path}/projects/{office.project_id}", {"key": "NEW"})
    for key in ("ABC-2", "NEW-2"):
        assert (await office.bob.get(f"{office.path}/tasks/{key}")).json()["key"] == "NEW-2"
    for key in ("ABC-4", "XYZ-1", "NEW-999999999"):
        assert code(await office.bob.get(f"{office.path}/tasks/{key}")) == (404, "TASK_NOT_FOUND")
    for key in ("ABC-0", "ABC-01", "-1", "ABC_1", "ABC-9999999999", "A-1"):
        assert code(await office.bob.get(f"{office.path}/tasks/{key}")) == (422, "VALIDATION_FAILED")


async def test_a_number_is_taken_by_no_refused_or_deleted_task(office: Office) -> None:
    first = await make(office)
    await office.ada.delete(f"{office.path}/tasks/{first['id']}")
    refused = {"project_id": office.project_id, "title": "x", "task_type_id": UNKNOWN}
    assert code(await office.ada.post(f"{office.path}/tasks", refused)) == (404, "TASK_TYPE_NOT_FOUND")
    assert (await make(office))["number"] == 2


async def test_what_is_written(office: Office) -> None:
    sent: dict[str, Any] = {
        "description": "Line one\nline two",
        "priority": "urgent",
        "due_at": "2027-01-02T10:00:00+02:00",
    }
    task = await make(office, "  The   title ", **sent)
    assert (task["description"], task["priority"]) == (sent["description"], "urgent")
    assert (task["due_at"], task["state"]) == ("2027-01-02T08:00:00Z", "TODO")
    assert (task["assignee_id"], task["task_type_id"], task["blocked_by"]) == (None, None, None)
    path = f"{office.path}/tasks/{task['id']}"
    changed = (await office.bob.patch(path, {"due_at": None, "priority": "low"})).json()
    assert (changed["due_at"], changed["priority"], changed["title"]) == (None, "low", task["title"])
    again = (await office.bob.patch(path, {"due_at": None, "priority": "low"})).json()
    assert again == changed
    for body in ({}, {"title": None}, {"title": " "}, {"priority": None}, {"state": "DONE"}, {"priority": 1}):
        assert code(await office.bob.patch(path, body)) == (422, "VALIDATION_FAILED"), body


async def test_who_may_make_and_change(office: Office, service: Service) -> None:
    task = await make(office, who=office.bob)
    path, new = f"{office.path}/tasks/{task['id']}", {"project_id": office.project_id, "title": "x"}
    assert code(await office.vic.post(f"{office.path}/tasks", new)) == (403, "USER_NOT_AUTHORIZED")
    denied = await office.cus.post(f"{office.path}/tasks", new)
    assert code(denied) == (403, "USER_NOT_AUTHORIZED")
    assert denied.json()["details"]["required"] == "take"
    set_state(service, task["id"], "IN_PROGRESS")
    denied = await office.cus.patch(path, {"title": "y"})
    assert (code(denied), denied.json()["details"]["required"]) == (
        (403, "USER_NOT_AUTHORIZED"),
        "move_state",
    )
    other = await make(office)
    # Others' tasks are for an ADMIN to delete; their own for whoever made them.
    assert code(await office.bob.delete(f"{office.path}/tasks/{other['id']}")) == (403, "USER_NOT_AUTHORIZED")
    assert (await office.bob.delete(path)).status_code == 204
    assert (await office.bob.post(f"{path}/restore")).status_code == 200
    assert (await office.ada.delete(path)).status_code == 204


async def test_what_is_hidden_is_not_there(office: Office, service: Service) -> None:
    hidden, shown = await make(office, "hidden"), await make(office, "shown")
    set_state(service, shown["id"], "IN_PROGRESS")
    path = f"{office.path}/tasks"
    for key in (hidden["id"], hidden["key"]):
        there = await office.cus.get(f"{path}/{key}")
        nowhere = await office.cus.get(f"{path}/{UNKNOWN if len(key) > 9 else 'ABC-99'}")
        assert code(there) == code(nowhere) == (404, "TASK_NOT_FOUND")
        assert there.json() | {"request_id": ""} == nowhere.json() | {"request_id": ""}
    for filters in ({}, {"project_id": office.project_id}):
        listed = (await office.cus.get(path, **filters)).json()["items"]
        assert [task["id"] for task in listed] == [shown["id"]]
    assert (await office.cus.get(path, state="TODO")).json()["items"] == []
    for method, where, body in (
        ("PATCH", hidden["id"], {"title": "x"}),
        ("DELETE", hidden["id"], None),
        ("POST", f"{hidden['id']}/restore", None),
        ("POST", f"{hidden['id']}/dependencies", {"parent_id": shown["id"]}),
        ("POST", f"{shown['id']}/dependencies", {"parent_id": hidden["id"]}),
        ("GET", f"{hidden['id']}/dependencies", None),
    ):
        answer = await office.cus.request(method, f"{path}/{where}", json=body)
        assert code(answer) == (404, "TASK_NOT_FOUND"), (method, where)
    told = [event["object_id"] for event in (await office.cus.get(f"{office.path}/changes")).json()["items"]]
    assert hidden["id"] not in told


async def test_an_event_tells_small_facts_to_whoever_may_see(office: Office) -> None:
    task = await make(office, "A secret title")
    await office.bob.patch(f"{office.path}/tasks/{task['id']}", {"title": "Another secret"})
    events = (await office.bob.get(f"{office.path}/changes")).json()["items"][-2:]
    assert [event["type"] for event in events] == ["task.created", "task.updated"]
    assert {event["project_id"] for event in events} == {office.project_id}
    assert events[1]["data"] == {"key": "ABC-1", "state": "TODO", "changed": ["title"]}
    assert "secret" not in str(events)


async def test_a_list_goes_on_where_a_walk_shows_too_little(
    office: Office, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With fewer tasks that may be looked at: what one sees is the same, whichever way it is found."""
    monkeypatch.setattr("app.services.tasks.LOOKED_AT", 4)
    made = [await make(office, f"Number {number}") for number in range(14)]
    seen = [task["id"] for task in made[::5]]
    for task_id in seen:
        set_state(service, task_id, "DONE")
    for person, expected in ((office.ada, [task["id"] for task in made]), (office.cus, seen)):
        for limit in (1, 3, 50):
            pages = await pages_of(person, f"{office.path}/tasks", limit=limit)
            assert list(chain.from_iterable(pages)) == expected[::-1]
            assert all(pages), "an empty page that goes on"


async def pages_of(person: Person, path: str, **query: Any) -> list[list[str]]:
    pages, cursor = [], None
    while True:
        page = await person.get(path, **query, **({"cursor": cursor} if cursor else {}))
        assert page.status_code == 200, page.text
        pages.append([item["id"] for item in page.json()["items"]])
        cursor = page.json()["next_cursor"]
        if cursor is None:
            return pages


async def test_whose_tasks_are_walked(
    office: Office, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.tasks.LOOKED_AT", 3)
    made = [await make(office, f"Number {number}") for number in range(8)]
    execute(
        service.settings,
        f"UPDATE Task SET assignee_id = '{office.bob.user_id}' WHERE number <> 2",
        "UPDATE Task SET state = 'DONE' WHERE number IN (1, 8)",
    )
    path, whose = f"{office.path}/tasks", {"assignee_id": office.bob.user_id}
    mine = [task["id"] for task in made[::-1] if task["number"] != 2]
    found = await pages_of(office.ada, path, limit=2, **whose)
    assert list(chain.from_iterable(found)) == mine
    found = await pages_of(office.cus, path, limit=50, **whose)
    assert list(chain.from_iterable(found)) == [made[7]["id"], made[0]["id"]]
    found = await pages_of(office.ada, path, state="DONE", project_id=office.project_id, **whose)
    assert list(chain.from_iterable(found)) == [made[7]["id"], made[0]["id"]]
    nobody = await office.ada.get(path, assignee_id=office.vic.user_id)
    assert nobody.json() == {"items": [], "next_cursor": None}


async def test_what_is_deleted_can_be_restored(office: Office) -> None:
    task, kept = await make(office, "gone"), await make(office, "kept")
    path = f"{office.path}/tasks/{task['id']}"
    assert code(await office.ada.post(f"{path}/restore")) == (409, "TASK_NOT_DELETED")
    assert (await office.ada.delete(path)).status_code == 204
    trash = (await office.ada.get(f"{office.path}/trash")).json()["items"]
    assert [item["id"] for item in trash] == [task["id"]]
    assert code(await office.bob.post(f"{path}/restore")) == (403, "USER_NOT_AUTHORIZED")
    restored = (await office.ada.post(f"{path}/restore")).json()
    assert restored | {"version": 0, "updated_at": ""} == task | {"version": 0, "updated_at": ""}
    assert (await office.ada.get(f"{office.path}/trash")).json()["items"] == []
    listed = (await office.ada.get(f"{office.path}/tasks")).json()["items"]
    assert {item["id"] for item in listed} == {task["id"], kept["id"]}


async def test_an_archived_project_is_read_only(office: Office) -> None:
    task = await make(office)
    project, path = f"{office.path}/projects/{office.project_id}", f"{office.path}/tasks"
    assert (await office.ada.post(f"{project}/archive")).status_code == 200
    new = {"project_id": office.project_id, "title": "x"}
    for method, where, body in (
        ("POST", path, new),
        ("PATCH", f"{path}/{task['id']}", {"title": "x"}),
        ("DELETE", f"{path}/{task['id']}", None),
        ("POST", f"{path}/{task['id']}/dependencies", {"parent_id": task["id"]}),
        ("PUT", f"{path}/by-external/jira/1", new),
    ):
        answer = await office.ada.request(method, where, json=body)
        assert code(answer) == (409, "PROJECT_ARCHIVED"), (method, where)
    assert (await office.bob.get(f"{path}/{task['id']}")).json() == task


async def test_another_type_lets_others_in(office: Office, service: Service) -> None:
    workspace_id = office.path.rpartition("/")[2]
    type_id, at = service.edge.tools.new_id(), "2026-01-01T00:00:00.000000Z"
    execute(
        service.settings,
        "INSERT INTO TaskType (id, workspace_id, name, name_key, list_key, is_restricted, created_at, updated_at) "
        f"VALUES ('{type_id}', '{workspace_id}', 'Legal', 'legal', 'legal', 1, '{at}', '{at}')",
    )
    task = await make(office)
    path = f"{office.path}/tasks/{task['id']}"
    # A member without a user type sees no task of a restricted type, and so there is none to them.
    assert code(await office.bob.patch(path, {"task_type_id": type_id})) == (404, "TASK_TYPE_NOT_FOUND")
    new = {"project_id": office.project_id, "title": "x", "task_type_id": type_id}
    assert code(await office.bob.post(f"{office.path}/tasks", new)) == (404, "TASK_TYPE_NOT_FOUND")
    assert (await office.ada.patch(path, {"task_type_id": type_id})).json()["task_type_id"] == type_id
    assert code(await office.bob.get(path)) == (404, "TASK_NOT_FOUND")
    by_type = (await office.ada.get(f"{office.path}/tasks", task_type_id=type_id)).json()["items"]
    assert [item["id"] for item in by_type] == [task["id"]]
    # Who may move it but not assign may not pass it on to others.
    give_type(service, workspace_id, office.bob, make_type(service, workspace_id, "view take move_state"))
    own = await make(office, who=office.bob)
    denied = await office.bob.patch(f"{office.path}/tasks/{own['id']}", {"task_type_id": type_id})
    assert (code(denied), denied.json()["details"]["required"]) == ((403, "USER_NOT_AUTHORIZED"), "assign")


async def test_an_item_of_another_system(office: Office) -> None:
    path = f"{office.path}/tasks/by-external/jira/PROJ-7"
    body = {"project_id": office.project_id, "title": "From Jira"}
    assert code(await office.bob.request("PUT", path, json=body)) == (403, "USER_NOT_AUTHORIZED")
    made = await office.ada.request("PUT", path, json=body)
    assert made.status_code == 201
    assert (made.json()["external_source"], made.json()["external_id"]) == ("jira", "PROJ-7")
    again = await office.ada.request("PUT", path, json=body)
    assert (again.status_code, again.json()) == (200, made.json())
    changed = await office.ada.request("PUT", path, json=body | {"title": "Renamed", "priority": "high"})
    assert (changed.status_code, changed.json()["id"]) == (200, made.json()["id"])
    assert (changed.json()["title"], changed.json()["version"]) == ("Renamed", 2)
    # Deleted, it makes way for another; then it cannot come back.
    task = f"{office.path}/tasks/{made.json()['id']}"
    await office.ada.delete(task)
    assert (await office.ada.request("PUT", path, json=body)).status_code == 201
    assert code(await office.ada.post(f"{task}/restore")) == (409, "EXTERNAL_TASK_EXISTS")


async def test_an_item_put_by_many_at_once_is_one_task(twins: Twins) -> None:
    ada = await twins[0].person("ada")
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    project_id = (await ada.post(f"{path}/projects", {"key": "ABC", "name": "x"})).json()["id"]
    again = Person(twins[1], ada.name, ada.user_id, ada.access_token, ada.pma_token)
    body = {"project_id": project_id, "title": "x"}
    answers = await asyncio.gather(
        *(who.request("PUT", f"{path}/tasks/by-external/jira/1", json=body) for who in [ada, again] * 4)
    )
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_numbers_have_no_gap_and_no_repeat_when_many_write(twins: Twins) -> None:
    ada = await twins[0].person("ada")
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    project_id = (await ada.post(f"{path}/projects", {"key": "ABC", "name": "x"})).json()["id"]
    again = Person(twins[1], ada.name, ada.user_id, ada.access_token, ada.pma_token)

    async def write(who: Person, count: int) -> list[int]:
        numbers = []
        for turn in range(count):
            # One of four is refused after its number was taken: that is nobody's then.
            type_id = UNKNOWN if turn % 4 == 3 else None
            body = {"project_id": project_id, "title": "x", "task_type_id": type_id}
            answer = await who.post(f"{path}/tasks", body)
            numbers += [answer.json()["number"]] if answer.status_code == 201 else []
        return numbers

    found = list(chain.from_iterable(await asyncio.gather(*(write(who, 20) for who in [ada, again] * 4))))
    assert sorted(found) == list(range(1, 121))


async def test_whoever_does_not_see_what_is_new_gives_another_type_to_what_they_see(
    service: Service, office: Office
) -> None:
    workspace_id = office.path.rpartition("/")[2]
    type_id = make_type(service, workspace_id, "view take move_state assign", "TODO")
    give_type(service, workspace_id, office.bob, type_id)
    kinds = [
        (
            await office.ada.post(f"{office.path}/task-types", {"name": name, "is_restricted": name == "b"})
        ).json()
        for name in "ab"
    ]
    new = {"project_id": office.project_id, "title": "T"}
    task = (await office.ada.post(f"{office.path}/tasks", new)).json()
    set_state(service, task["id"], "IN_PROGRESS")
    path = f"{office.path}/tasks/{task['id']}"
    changed = await office.bob.patch(path, {"task_type_id": kinds[0]["id"]})
    assert (changed.status_code, changed.json()["task_type_id"]) == (200, kinds[0]["id"]), changed.text
    refused = await office.bob.patch(path, {"task_type_id": kinds[1]["id"]})
    assert code(refused) == (404, "TASK_TYPE_NOT_FOUND")


async def test_a_task_is_restored_also_by_whoever_then_sees_it_no_more(
    service: Service, office: Office
) -> None:
    tasks = f"{office.path}/tasks"
    new = {"project_id": office.project_id, "title": "T"}
    parent = (await office.ada.post(tasks, new)).json()["id"]
    child = (await office.bob.post(tasks, new)).json()["id"]
    await office.bob.post(f"{tasks}/{child}/dependencies", {"parent_id": parent})
    assert (await office.bob.delete(f"{tasks}/{child}")).status_code == 204
    assert (await office.ada.delete(f"{tasks}/{parent}")).status_code == 204
    workspace_id = office.path.rpartition("/")[2]
    type_id = make_type(service, workspace_id, "view take move_state assign", "TODO")
    give_type(service, workspace_id, office.bob, type_id)
    restored = await office.bob.post(f"{tasks}/{child}/restore")
    assert (restored.status_code, restored.json()["state"]) == (200, "BLOCKED"), restored.text
    assert code(await office.bob.get(f"{tasks}/{child}")) == (404, "TASK_NOT_FOUND")
    assert (await office.ada.get(f"{tasks}/{child}")).json()["state"] == "TODO"
