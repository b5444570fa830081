"""What each route costs the database, exactly: statements, hops to a connection's thread (on SQL Server these are the
round trips) and commits. A query too many in a loop shows here, not in a benchmark."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from tests.boards import Board
from tests.harness import Person, Service
from tests.work import make_place

Expected = tuple[int, int, int]
"""Statements, hops, commits. What is queued goes with the next statement that answers; a commit is a hop."""


def counted(service: Service) -> Counter[str]:
    text = service.app.state.edge.parts.metrics.text().decode()
    pattern = r'pma_db_query_duration_seconds_count\{query="(\w+)"\} ([\d.]+)'
    return Counter({name: int(float(count)) for name, count in re.findall(pattern, text)})


def driven(service: Service) -> tuple[int, int]:
    """Hops and commits so far."""
    driver: Any = service.edge.parts.database.driver
    return sum(connection.hops for connection in driver._connections), driver._writer.commits


@pytest.fixture
async def ada(service: Service) -> Person:
    if service.settings.db_type != "sqlite":
        pytest.skip("SQLite's driver counts its commits")
    return await service.person("ada")


async def test_every_route_costs_what_it_should(service: Service, ada: Person) -> None:
    workspace = (await ada.create_workspace())["id"]
    path = f"/workspaces/{workspace}"
    bob = await service.person("bob")
    member = (await ada.add(workspace, bob, "VIEWER"))["id"]
    for number in range(20):
        await ada.post(f"{path}/links/jira", {"external_id": str(number), "verify": False})
    link = (await ada.get(f"{path}/links")).json()["items"][0]["id"]
    file = await ada.request("POST", f"{path}/files", files={"file": ("a.txt", b"x", "text/plain")})
    file_path = f"{path}/files/{file.json()['id']}"
    connection = {"base_url": "https://example.atlassian.net", "secret": "s"}
    form = {"file": ("b.txt", b"y", "text/plain")}
    project = (await ada.post(f"{path}/projects", {"key": "ABC", "name": "x"})).json()["id"]
    types = {"name": "A", "permissions": ["view"]}
    user_type = (await ada.post(f"{path}/user-types", types)).json()["id"]
    task_type = (await ada.post(f"{path}/task-types", {"name": "A"})).json()["id"]
    new_task = {"project_id": project, "title": "New"}
    task, parent = [(await ada.post(f"{path}/tasks", new_task)).json()["id"] for _ in range(2)]
    cases: list[tuple[str, str, dict[str, Any], Expected]] = [
        # Tasks: reads as any; a list is one walk, of a project one merge; who makes one takes its number first.
        ("GET", f"{path}/tasks/{task}", {}, (2, 2, 0)),
        ("GET", f"{path}/tasks/ABC-1", {}, (2, 2, 0)),
        ("GET", f"{path}/tasks?limit=50", {}, (2, 2, 0)),
        ("GET", f"{path}/tasks?limit=50&project_id={project}", {}, (2, 2, 0)),
        # By a filter: a walk for each field that has an index, and a look at what the best of them found.
        ("GET", f"{path}/tasks?limit=50&priority=normal", {}, (3, 3, 0)),
        ("GET", f"{path}/tasks?limit=50&priority=normal&project_id={project}", {}, (4, 4, 0)),
        ("POST", f"{path}/tasks", {"json": new_task}, (12, 6, 1)),
        ("PATCH", f"{path}/tasks/{task}", {"json": {"title": "Other"}}, (13, 6, 1)),
        ("POST", f"{path}/tasks/{task}/dependencies", {"json": {"parent_id": parent}}, (17, 9, 1)),
        # Projects: reads as any, also by a key. Their own guard row comes before the look at the role.
        ("GET", f"{path}/projects?limit=50", {}, (2, 2, 0)),
        ("GET", f"{path}/projects?limit=50&mine=true", {}, (2, 2, 0)),
        ("GET", f"{path}/events?limit=50", {}, (2, 2, 0)),
        ("GET", f"{path}/projects/{project}", {}, (2, 2, 0)),
        ("GET", f"{path}/projects/ABC", {}, (2, 2, 0)),
        ("GET", f"{path}/projects/{project}/members", {}, (3, 3, 0)),
        ("POST", f"{path}/projects", {"json": {"key": "NEW", "name": "x"}}, (11, 4, 1)),
        (
            "POST",
            f"{path}/projects",
            {"json": {"key": "OWN", "name": "x", "visibility": "members"}},
            (13, 5, 1),
        ),
        ("PATCH", f"{path}/projects/{project}", {"json": {"key": "OTHER"}}, (14, 6, 1)),
        ("POST", f"{path}/projects/{project}/members", {"json": {"user_id": bob.user_id}}, (12, 6, 1)),
        ("DELETE", f"{path}/projects/{project}/members/{bob.user_id}", {}, (13, 6, 1)),
        # Types are read once in a generation, and then cost the role in force alone; a change begins the next.
        ("GET", f"{path}/user-types", {}, (3, 3, 0)),
        ("GET", f"{path}/user-types", {}, (1, 1, 0)),
        ("GET", f"{path}/task-types", {}, (2, 2, 0)),
        ("GET", f"{path}/task-types", {}, (1, 1, 0)),
        ("GET", f"{path}/eligibility-mappings", {}, (2, 2, 0)),
        ("GET", f"{path}/eligibility-mappings", {}, (1, 1, 0)),
        ("PUT", f"{path}/eligibility-mappings/{user_type}/{task_type}", {}, (12, 7, 1)),
        ("GET", f"{path}/user-types", {}, (3, 3, 0)),
        ("DELETE", f"{path}/tasks/{parent}", {}, (15, 6, 1)),
        # Reads: the role in force and what is asked for, and no commit.
        ("GET", path, {}, (1, 1, 0)),
        ("GET", "/workspaces?limit=50", {}, (2, 2, 0)),
        ("GET", f"{path}/members?limit=50", {}, (2, 2, 0)),
        ("GET", f"{path}/members/{member}", {}, (2, 2, 0)),
        ("GET", f"{path}/links?limit=50", {}, (2, 2, 0)),
        ("GET", f"{path}/links/{link}", {}, (2, 2, 0)),
        ("GET", f"{path}/audit?limit=50", {}, (2, 2, 0)),
        ("GET", f"{path}/changes", {}, (3, 3, 0)),
        ("GET", f"{path}/files", {}, (2, 2, 0)),
        ("GET", file_path, {}, (2, 2, 0)),
        ("GET", f"{file_path}/download", {}, (2, 2, 0)),
        ("GET", "/auth/me", {}, (3, 3, 0)),
        # Changes: guard row, role, change, then number taken and read, entry, head and event; one commit.
        ("PATCH", path, {"json": {"name": "Other"}}, (10, 4, 1)),
        ("PATCH", path, {"json": {"name": "Other"}}, (2, 2, 1)),
        ("POST", "/workspaces", {"json": {"name": "New"}}, (12, 5, 1)),
        (
            "POST",
            f"{path}/members",
            {"json": {"user_id": "00000000-0000-4000-8000-00000000beef", "role": "VIEWER"}},
            (13, 6, 1),
        ),
        ("PATCH", f"{path}/members/{member}", {"json": {"role": "MEMBER"}}, (11, 6, 1)),
        ("PATCH", f"{path}/links/{link}", {"json": {"display_name": "Other"}}, (10, 5, 1)),
        ("PUT", f"{path}/integration-connections/jira", {"json": connection}, (10, 5, 1)),
        # An upload announces, stores and finishes: two transactions, and the bytes in between.
        ("POST", f"{path}/files", {"files": form}, (16, 12, 2)),
        ("DELETE", file_path, {}, (12, 5, 1)),
        ("DELETE", f"{path}/members/{member}", {}, (18, 7, 1)),
        ("DELETE", path, {}, (10, 4, 1)),
    ]
    found = []
    for method, where, options, _ in cases:
        before, (hops, commits) = counted(service), driven(service)
        response = await ada.request(method, where, **options)
        assert response.status_code < 300, (method, where, response.text)
        ran = counted(service) - before
        now_hops, now_commits = driven(service)
        found.append((method, where, (ran.total(), now_hops - hops, now_commits - commits), dict(ran)))
    wrong = [
        (case[:2], "expected", expected, "found", numbers, ran)
        for case, (_, _, _, expected), (_, _, numbers, ran) in zip(cases, cases, found, strict=True)
        if numbers != expected
    ]
    assert not wrong, "\n".join(map(str, wrong))


async def test_taking_up_a_task_costs_what_it_should(service: Service, ada: Person) -> None:
    """One look at the role, the change, the task as it is, and the five statements of the logs."""
    place = await make_place(service)
    path = f"{place.tasks}/{(await place.task())['id']}"
    cases: list[tuple[str, Any, int, Expected]] = [
        ("pick", None, 200, (8, 6, 1)),
        # Refused: why not is asked after, with the task's row held; taking it back is a hop.
        ("pick", None, 409, (4, 5, 0)),
        ("assign", {"user_id": ada.user_id}, 200, (5, 5, 1)),
        ("unassign", None, 200, (12, 8, 1)),
        ("transition", {"to": "IN_PROGRESS", "reason": "r"}, 200, (10, 6, 1)),
        ("transition", {"to": "TODO", "reason": "r"}, 400, (3, 4, 0)),
        # What waits for it is asked for.
        ("transition", {"to": "DONE", "reason": "r"}, 200, (13, 7, 1)),
    ]
    for act, body, status, expected in cases:
        before, (hops, commits) = counted(service), driven(service)
        response = await ada.post(f"{path}/{act}", body)
        assert response.status_code == status, response.text
        ran = counted(service) - before
        now_hops, now_commits = driven(service)
        found = (ran.total(), now_hops - hops, now_commits - commits)
        assert found == expected, (act, found, dict(ran))


async def test_boards_cost_what_they_should(service: Service, ada: Person) -> None:
    board = await Board.of(service, {}, {}, {"wip_limit": 9})
    tasks = await board.add_tasks(0, "abcdef")
    bob = await board.member("bob")
    move = f"{board.workspace}/tasks/{tasks['a']}/move"
    here, there, limited = board.columns
    cases: list[tuple[Person, str, str, Any, Expected]] = [
        # The role, the board, its columns with their counts, however many there are.
        (ada, "GET", board.path, None, (3, 3, 0)),
        (ada, "GET", f"{board.path}/columns", None, (3, 3, 0)),
        (ada, "GET", board.column(0), None, (3, 3, 0)),
        # The role, the column with how far to look, its tasks; of a short column there is nothing to merge.
        (ada, "GET", f"{board.column(0)}/tasks", None, (3, 3, 0)),
        (bob, "GET", f"{board.column(0)}/tasks", None, (3, 3, 0)),
        (bob, "GET", f"{board.column(1)}/tasks", None, (2, 2, 0)),
        # The role, the task as it is seen, two columns and the task held, the room there, the place, the task as
        # it is then, and what is told.
        (ada, "POST", move, {"column_id": there}, (14, 8, 1)),
        # Nothing to change: no place is given, and nothing told.
        (ada, "POST", move, {"column_id": there}, (7, 6, 1)),
        # A limit is counted.
        (ada, "POST", move, {"column_id": limited}, (15, 9, 1)),
        (ada, "POST", move, {"column_id": here, "after": tasks["c"]}, (14, 8, 1)),
        (ada, "POST", f"{board.column(0)}/tasks", {"title": "g"}, (16, 8, 1)),
    ]
    found = []
    for person, method, path, body, _ in cases:
        before, (hops, commits) = counted(service), driven(service)
        answer = await person.request(method, path, json=body)
        assert answer.status_code < 300, (method, path, answer.text)
        ran, (now_hops, now_commits) = counted(service) - before, driven(service)
        found.append(((ran.total(), now_hops - hops, now_commits - commits), dict(ran)))
    wrong = [
        (case[1:3], "expected", case[4], "found", numbers, ran)
        for case, (numbers, ran) in zip(cases, found, strict=True)
        if numbers != case[4]
    ]
    assert not wrong, "\n".join(map(str, wrong))


async def test_failures_to_sign_in_are_counted_under_their_guard_rows(service: Service, ada: Person) -> None:
    """On SQLite the one writer hides a lock that nobody takes; on SQL Server nothing would."""
    form = {"username": "nobody@example.com", "password": "wrong-password-1"}
    before = counted(service)
    assert (await service.client.post("/auth/token", data=form)).status_code == 401
    ran = counted(service) - before
    assert (ran["lock_throttle"], ran["find_throttle"]) == (2, 2)


async def test_who_sees_few_projects_does_not_walk_them_all(service: Service, ada: Person) -> None:
    place = await make_place(service)
    eve = await service.person("eve")
    await place.owner.add(place.workspace_id, eve, "MEMBER", is_guest=True)
    for person, mine, query in (
        (eve, False, "list_joined_projects"),
        (place.owner, True, "list_joined_projects"),
        (place.owner, False, "list_projects"),
    ):
        before = counted(service)
        assert (await person.get(f"{place.path}/projects", mine=mine)).status_code == 200
        assert {name for name in counted(service) - before if "projects" in name} == {query}
