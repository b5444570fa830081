"""Lists of tasks by filters, and filters that are kept; that a list is what a filter asks is in
tests/kernel/test_task_walks.py."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.test_tasks import Office, make, office, set_state
from tests.databases import execute, rows
from tests.harness import Person, Service, code
from tests.resource import UNKNOWN

__all__ = ["office"]


async def titles(who: Person, office: Office, **params: Any) -> list[str]:
    answer = await who.get(f"{office.path}/tasks", **params)
    assert answer.status_code == 200, answer.text
    return [task["title"] for task in answer.json()["items"]]


async def keep(who: Person, office: Office, asked: Any, *, is_shared: bool = False) -> Any:
    body = {"name": "Mine", "filter": asked, "is_shared": is_shared}
    answer = await who.post(f"{office.path}/filters", body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_what_is_asked_is_joined_by_and_its_values_by_or(service: Service, office: Office) -> None:
    one = await make(office, "One", priority="urgent", due_at="2026-12-24T12:00:00Z")
    await make(office, "Two", priority="urgent")
    three = await make(office, "Three", priority="low", due_at="2026-12-26T12:00:00Z")
    set_state(service, three["id"], "DONE")
    execute(
        service.settings, f"UPDATE Task SET assignee_id = '{office.bob.user_id}' WHERE id = '{one['id']}'"
    )
    ada = office.ada
    assert await titles(ada, office, priority=["urgent", "low"]) == ["Three", "Two", "One"]
    assert await titles(ada, office, priority="urgent", due_before="2026-12-25T00:00:00Z") == ["One"]
    assert await titles(ada, office, due_after="2026-12-24T12:00:00Z") == ["Three", "One"]
    assert await titles(ada, office, no_due=True) == ["Two"]
    assert await titles(ada, office, state=["TODO", "DONE"], assignee_id="none") == ["Three", "Two"]
    assert await titles(office.bob, office, assignee_id=["me", "none"], priority="urgent") == ["Two", "One"]
    assert await titles(office.bob, office, assignee_id="me") == ["One"]
    assert await titles(office.bob, office, created_by="me") == []
    assert await titles(ada, office, created_by="me", task_type_id="none", project_id=office.project_id) == [
        "Three",
        "Two",
        "One",
    ]
    # A customer sees no task in TODO.
    assert await titles(office.cus, office, priority=["urgent", "low"]) == ["Three"]


async def test_labels_and_what_one_watches(service: Service, office: Office) -> None:
    workspace_id = office.path.split("/")[2]
    tasks = [await make(office, f"Task {number}") for number in range(3)]
    label, at = service.edge.tools.new_id(), "2026-01-01T00:00:00.000000Z"
    execute(
        service.settings,
        "INSERT INTO Label (id, workspace_id, name, name_key, list_key, created_by, created_at, updated_at)"
        f" VALUES ('{label}', '{workspace_id}', 'L', 'l', 'l', 'u', '{at}', '{at}')",
        "INSERT INTO TaskLabel (workspace_id, label_id, doc_no)"
        f" SELECT workspace_id, '{label}', doc_no FROM Task WHERE id IN ('{tasks[0]['id']}', '{tasks[2]['id']}')",
        "INSERT INTO TaskWatcher (workspace_id, task_id, user_id, added_at)"
        f" VALUES ('{workspace_id}', '{tasks[2]['id']}', '{office.bob.user_id}', '{at}')",
    )
    assert await titles(office.bob, office, label_id=label) == ["Task 2", "Task 0"]
    assert await titles(office.bob, office, label_id=[label, UNKNOWN], watched=True) == ["Task 2"]
    assert await titles(office.ada, office, label_id=label, watched=True) == []
    assert await titles(office.cus, office, label_id=label) == []


@pytest.mark.parametrize(
    "asked",
    [
        {"state": "BURNT"},
        {"state": ["TODO"] * 5},
        {"priority": "1"},
        {"label_id": "x"},
        {"label_id": [UNKNOWN] * 21},
        {"assignee_id": "' OR 1=1 --"},
        {"created_by": "none"},
        {"due_before": "tomorrow"},
        {"due_before": "2026-12-24T12:00:00"},
        {"no_due": "perhaps"},
        {"filter_id": UNKNOWN, "priority": "low"},
    ],
)
async def test_what_the_grammar_is_not_is_refused(office: Office, asked: dict[str, Any]) -> None:
    answer = await office.ada.get(f"{office.path}/tasks", **asked)
    assert code(answer) == (422, "VALIDATION_FAILED")


async def test_pages_go_on_while_others_work(office: Office) -> None:
    for number in range(5):
        await make(office, f"Task {number}")
    asked = {"priority": "normal", "limit": 2}
    first = (await office.ada.get(f"{office.path}/tasks", **asked)).json()
    assert [task["title"] for task in first["items"]] == ["Task 4", "Task 3"]
    changed = first["items"][1]["id"]
    assert (await office.ada.patch(f"{office.path}/tasks/{changed}", {"title": "Changed"})).status_code == 200
    await make(office, "New")
    found = await titles(office.ada, office, **asked, cursor=first["next_cursor"])
    assert found == ["Task 2", "Task 1"]
    stolen = await office.ada.get(
        f"{office.path}/tasks", priority="low", limit=2, cursor=first["next_cursor"]
    )
    assert code(stolen) == (400, "INVALID_CURSOR")


async def test_a_filter_is_asked_as_whoever_uses_it(service: Service, office: Office) -> None:
    one, two = await make(office, "One"), await make(office, "Two")
    for task, person in ((one, office.ada), (two, office.bob)):
        execute(
            service.settings,
            f"UPDATE Task SET assignee_id = '{person.user_id}' WHERE id = '{task['id']}'",
        )
    mine = await keep(office.bob, office, {"assignee_id": ["me"], "state": ["TODO"]}, is_shared=True)
    assert mine["filter"]["assignee_id"] == ["me"]
    assert await titles(office.ada, office, filter_id=mine["id"]) == ["One"]
    assert await titles(office.bob, office, filter_id=mine["id"]) == ["Two"]
    assert await titles(office.cus, office, filter_id=mine["id"]) == []


async def test_one_s_own_is_nobody_else_s(service: Service, office: Office) -> None:
    own = await keep(office.bob, office, {})
    path = f"{office.path}/filters/{own['id']}"
    for other in (office.ada, office.vic):
        assert code(await other.get(path)) == (404, "FILTER_NOT_FOUND")
        assert (await other.get(f"{office.path}/filters")).json()["items"] == []
        used = await other.get(f"{office.path}/tasks", filter_id=own["id"])
        assert code(used) == (404, "FILTER_NOT_FOUND")
    assert code(await office.ada.patch(path, {"name": "Hers"})) == (404, "FILTER_NOT_FOUND")
    assert code(await office.ada.delete(path)) == (404, "FILTER_NOT_FOUND")
    # An entry, and no event: that there is one is nobody's business.
    asked = "SELECT COUNT(*) FROM {} WHERE {} = 'filter'"
    assert rows(service.settings, asked.format("AuditLog", "target_type")) == [(1,)]
    assert rows(service.settings, asked.format("Event", "object_type")) == [(0,)]


async def test_who_changes_what_is_shared(service: Service, office: Office) -> None:
    shared = await keep(office.bob, office, {}, is_shared=True)
    path = f"{office.path}/filters/{shared['id']}"
    listed = [each["id"] for each in (await office.vic.get(f"{office.path}/filters")).json()["items"]]
    assert listed == [shared["id"]]
    for other in (office.cus, office.vic):
        assert code(await other.patch(path, {"name": "Theirs"})) == (403, "USER_NOT_AUTHORIZED")
        assert code(await other.delete(path)) == (403, "USER_NOT_AUTHORIZED")
    assert (await office.ada.patch(path, {"name": "Renamed"})).json()["name"] == "Renamed"
    assert code(await office.ada.patch(path, {"is_shared": False})) == (403, "USER_NOT_AUTHORIZED")
    assert (await office.bob.patch(path, {"is_shared": False})).json()["is_shared"] is False
    assert code(await office.ada.get(path)) == (404, "FILTER_NOT_FOUND")
    events = rows(service.settings, "SELECT type FROM Event WHERE object_type = 'filter' ORDER BY seq")
    assert events == [("filter.created",), ("filter.updated",), ("filter.updated",)]


async def test_own_and_shared_ones_are_one_list_by_name(office: Office) -> None:
    for number in range(6):
        who = office.bob if number % 3 else office.ada
        body = {"name": f"Filter {number}", "filter": {}, "is_shared": number % 2 == 0}
        assert (await who.post(f"{office.path}/filters", body)).status_code == 201
    found: list[str] = []
    cursor = None
    while True:
        page = (
            await office.bob.get(f"{office.path}/filters", limit=2, **({"cursor": cursor} if cursor else {}))
        ).json()
        found += [each["name"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    # Ada's are 0 and 3, of which she shares 0.
    assert found == ["Filter 0", "Filter 1", "Filter 2", "Filter 4", "Filter 5"]


async def test_what_is_not_known_any_more_says_so(service: Service, office: Office) -> None:
    kept = await keep(office.bob, office, {"state": ["TODO"]})
    execute(
        service.settings,
        f"""UPDATE SavedFilter SET definition = '{{"state": ["WAITING"]}}' WHERE id = '{kept["id"]}'""",
    )
    answer = await office.bob.get(f"{office.path}/tasks", filter_id=kept["id"])
    assert code(answer) == (400, "FILTER_OUTDATED")


async def test_what_one_kept_for_oneself_goes_with_the_membership(service: Service, office: Office) -> None:
    await keep(office.bob, office, {})
    shared = await keep(office.bob, office, {}, is_shared=True)
    members = (await office.ada.get(f"{office.path}/members")).json()["items"]
    (bob,) = (each["id"] for each in members if each["user_id"] == office.bob.user_id)
    assert (await office.ada.delete(f"{office.path}/members/{bob}")).status_code == 204
    assert rows(service.settings, "SELECT LOWER(id) FROM SavedFilter") == [(shared["id"],)]


async def test_guests_keep_none_and_see_none(office: Office, service: Service) -> None:
    shared = await keep(office.ada, office, {}, is_shared=True)
    workspace_id = office.path.split("/")[2]
    execute(
        service.settings,
        f"UPDATE WorkspaceMember SET is_guest = 1 WHERE workspace_id = '{workspace_id}' "
        f"AND user_id = '{office.bob.user_id}'",
    )
    assert code(await office.bob.get(f"{office.path}/filters")) == (403, "USER_NOT_AUTHORIZED")
    used = await office.bob.get(f"{office.path}/tasks", filter_id=shared["id"])
    assert code(used) == (404, "FILTER_NOT_FOUND")
    assert await titles(office.bob, office, priority="normal") == []
