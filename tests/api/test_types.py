"""Types of people and of tasks, and what maps the one to the other."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.services.user_types import TEMPLATE
from tests.databases import execute
from tests.harness import Person, Service, code

Twins = tuple[Service, Service]
UNKNOWN = "00000000-0000-7000-8000-000000000000"
NO_TYPE = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


async def place(owner: Person) -> str:
    return f"/workspaces/{(await owner.create_workspace())['id']}"


async def made(owner: Person, path: str, **body: Any) -> dict[str, Any]:
    answer = await owner.post(path, body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def items(person: Person, path: str, **params: Any) -> list[dict[str, Any]]:
    answer = await person.get(path, **params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_a_type_says_what_it_grants_and_hides_in_one_order(ada: Person) -> None:
    path = await place(ada)
    body = {"permissions": ["assign", "view", "view"], "hidden_states": ["DONE", "TODO", "DONE"]}
    answer = await made(ada, f"{path}/user-types", name=" Crew ", description=None, **body)
    assert (answer["name"], answer["access_level"], answer["read_only"]) == ("Crew", "regular", False)
    assert (answer["permissions"], answer["hidden_states"]) == (["view", "assign"], ["TODO", "DONE"])
    own = f"{path}/user-types/{answer['id']}"
    changed = await ada.patch(own, {"permissions": ["take"], "read_only": True})
    assert changed.json() == answer | {
        "permissions": ["take"],
        "read_only": True,
        "version": 2,
        "updated_at": changed.json()["updated_at"],
    }
    assert (await ada.get(own)).json() == changed.json()
    cleared = await ada.patch(own, {"permissions": [], "hidden_states": []})
    assert (await ada.get(own)).json() == cleared.json()
    assert (cleared.json()["permissions"], cleared.json()["hidden_states"]) == ([], [])


async def test_each_type_in_a_list_has_what_is_its_own(ada: Person) -> None:
    """Also where pages end between them, and names differ in what keys fold."""
    path = await place(ada)
    types = [
        await made(ada, f"{path}/user-types", name=name, permissions=permissions, hidden_states=hidden)
        for name, permissions, hidden in (
            ("a", ["view"], ["TODO"]),
            ("\u00c4", ["take"], []),
            ("b", [], ["DONE", "BLOCKED"]),
            ("B c", ["move_state", "assign"], ["IN_PROGRESS"]),
        )
    ]
    ids = {each["id"]: each for each in types}
    for limit in (1, 2, 3, 200):
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            more: dict[str, str] = {"cursor": cursor} if cursor else {}
            page = (await ada.get(f"{path}/user-types", limit=limit, **more)).json()
            found += page["items"]
            if (cursor := page["next_cursor"]) is None:
                break
        assert {each["id"]: each for each in found} == ids
        assert len(found) == len(ids)


@pytest.mark.parametrize("kind", ["user-types", "task-types"])
async def test_a_name_is_one_type_s_whatever_its_case(ada: Person, kind: str) -> None:
    path = f"{await place(ada)}/{kind}"
    exists = "USER_TYPE_EXISTS" if kind == "user-types" else "TASK_TYPE_EXISTS"
    await made(ada, path, name="Vendor")
    other = await made(ada, path, name="Crew")
    assert code(await ada.post(path, {"name": " VENDOR "})) == (409, exists)
    assert code(await ada.patch(f"{path}/{other['id']}", {"name": "vendor"})) == (409, exists)
    assert (await ada.patch(f"{path}/{other['id']}", {"name": "CREW"})).json()["name"] == "CREW"
    # In another workspace it is free; and what folds into more letters than it has still fits its key.
    elsewhere = f"{await place(ada)}/{kind}"
    await made(ada, elsewhere, name="Vendor")
    await made(ada, elsewhere, name="\ufb03" * 66)
    for name in ("", " ", "\ufb03" * 67, "x" * 201):
        assert code(await ada.post(elsewhere, {"name": name})) == (422, "VALIDATION_FAILED")


async def test_an_admin_type_hides_nothing(ada: Person) -> None:
    path = f"{await place(ada)}/user-types"
    hiding = {"name": "x", "access_level": "admin", "hidden_states": ["TODO"]}
    assert code(await ada.post(path, hiding)) == (400, "ADMIN_HIDES_NOTHING")
    admin = await made(ada, path, name="admin", access_level="admin")
    customer = await made(ada, path, name="customer", hidden_states=["TODO"])
    for each, change in ((admin, {"hidden_states": ["TODO"]}), (customer, {"access_level": "admin"})):
        assert code(await ada.patch(f"{path}/{each['id']}", change)) == (400, "ADMIN_HIDES_NOTHING")
    both = {"access_level": "admin", "hidden_states": []}
    assert (await ada.patch(f"{path}/{customer['id']}", both)).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"permissions": ["fly"]},
        {"hidden_states": ["todo"]},
        {"access_level": "root"},
        {"permissions": None},
        {"name": None},
        {"read_only": None},
        {},
    ],
)
async def test_what_a_type_cannot_be_is_refused(ada: Person, body: dict[str, Any]) -> None:
    path = f"{await place(ada)}/user-types"
    own = await made(ada, path, name="x", permissions=["view"])
    assert code(await ada.patch(f"{path}/{own['id']}", body)) == (422, "VALIDATION_FAILED")
    assert (await ada.get(f"{path}/{own['id']}")).json() == own


async def test_the_type_of_no_type_is_never_shown_changed_or_deleted(service: Service, ada: Person) -> None:
    path = await place(ada)
    own = f"{path}/task-types/{NO_TYPE}"
    missing = (404, "TASK_TYPE_NOT_FOUND")
    assert await items(ada, f"{path}/task-types") == []
    assert code(await ada.get(own)) == missing
    assert code(await ada.patch(own, {"is_restricted": True})) == missing
    assert code(await ada.delete(own)) == missing
    user_type = await made(ada, f"{path}/user-types", name="x")
    mapping = f"{path}/eligibility-mappings/{user_type['id']}/{NO_TYPE}"
    assert code(await ada.request("PUT", mapping)) == missing
    assert service.rows("SELECT COUNT(*) FROM TaskType WHERE id = ?", NO_TYPE) == [(1,)]


async def test_a_type_that_somebody_or_something_has_is_not_deleted(service: Service, ada: Person) -> None:
    workspace = await ada.create_workspace()
    path = f"/workspaces/{workspace['id']}"
    user_type = await made(ada, f"{path}/user-types", name="x", permissions=["view"], hidden_states=["TODO"])
    task_type = await made(ada, f"{path}/task-types", name="x", is_restricted=True)
    mapping = f"{path}/eligibility-mappings/{user_type['id']}/{task_type['id']}"
    assert (await ada.request("PUT", mapping)).status_code == 200
    await give(ada, path, ada, user_type["id"])
    give_to_task(service, workspace["id"], ada.user_id, task_type["id"])
    before = [
        await items(ada, f"{path}/{kind}") for kind in ("user-types", "task-types", "eligibility-mappings")
    ]
    for kind, id_, refused in (
        ("user-types", user_type["id"], "USER_TYPE_IN_USE"),
        ("task-types", task_type["id"], "TASK_TYPE_IN_USE"),
    ):
        assert code(await ada.delete(f"{path}/{kind}/{id_}")) == (409, refused)
    assert before == [
        await items(ada, f"{path}/{kind}") for kind in ("user-types", "task-types", "eligibility-mappings")
    ]
    await give(ada, path, ada, None)
    execute(service.settings, f"UPDATE Task SET task_type_id = '{NO_TYPE}'")
    assert (await ada.delete(f"{path}/user-types/{user_type['id']}")).status_code == 204
    # Its mapping went with it, and a task type's goes with that.
    assert await items(ada, f"{path}/eligibility-mappings") == []
    other = await made(ada, f"{path}/user-types", name="y")
    await ada.request("PUT", f"{path}/eligibility-mappings/{other['id']}/{task_type['id']}")
    assert (await ada.delete(f"{path}/task-types/{task_type['id']}")).status_code == 204
    assert await items(ada, f"{path}/eligibility-mappings") == []


async def give(
    owner: Person, path: str, person: Person, user_type_id: str | None, **more: Any
) -> dict[str, Any]:
    """Gives somebody who is in the workspace a type."""
    everybody = await items(owner, f"{path}/members")
    member = next(each for each in everybody if each["user_id"] == person.user_id)
    answer = await owner.patch(f"{path}/members/{member['id']}", {"user_type_id": user_type_id, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found == member | found
    return found


def give_to_task(service: Service, workspace_id: str, user_id: str, task_type_id: str) -> None:
    project, task = "00000000-0000-7000-8000-0000000000a1", "00000000-0000-7000-8000-0000000000a2"
    at = "2026-01-01T00:00:00.000000Z" if service.settings.db_type == "sqlite" else "2026-01-01"
    execute(
        service.settings,
        "INSERT INTO Project (id, workspace_id, kind, project_key, name, list_key, visibility, created_by, "
        f"created_at, updated_at) VALUES ('{project}', '{workspace_id}', 'project', 'AB', 'a', 'a', 'workspace', "
        f"'{user_id}', '{at}', '{at}')",
        "INSERT INTO Task (id, workspace_id, project_id, number, title, task_type_id, priority, created_by, "
        f"created_at, updated_at, updated_key, deleted_at) VALUES ('{task}', '{workspace_id}', '{project}', 1, 'a', "
        f"'{task_type_id}', 2, '{user_id}', '{at}', '{at}', 'a', '{at}')",
    )


async def test_a_mapping_is_set_once_and_taken_back_once(service: Service, ada: Person) -> None:
    path = await place(ada)
    people = [(await made(ada, f"{path}/user-types", name=name))["id"] for name in "abc"]
    tasks = [(await made(ada, f"{path}/task-types", name=name, is_restricted=True))["id"] for name in "abc"]
    mappings = f"{path}/eligibility-mappings"
    first = await ada.request("PUT", f"{mappings}/{people[0]}/{tasks[0]}")
    assert first.json() == {
        "user_type_id": people[0],
        "task_type_id": tasks[0],
        "created_at": first.json()["created_at"],
        "created_by": ada.user_id,
    }
    log = "SELECT COUNT(*) FROM AuditLog WHERE action = 'user_type.mapped'"
    service.clock.advance(seconds=1)
    assert (await ada.request("PUT", f"{mappings}/{people[0]}/{tasks[0]}")).json() == first.json()
    assert service.rows(log) == [(1,)]
    pairs = {(people[0], tasks[0])}
    for person, task in ((0, 1), (0, 2), (1, 2), (2, 0), (2, 2)):
        assert (await ada.request("PUT", f"{mappings}/{people[person]}/{tasks[task]}")).status_code == 200
        pairs.add((people[person], tasks[task]))

    async def listed(limit: int, **filters: str) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        more: dict[str, str] = {}
        while True:
            page = (await ada.get(mappings, limit=limit, **filters, **more)).json()
            found += [(each["user_type_id"], each["task_type_id"]) for each in page["items"]]
            if page["next_cursor"] is None:
                return found
            more = {"cursor": page["next_cursor"]}

    for limit in (1, 2, 200):
        found = await listed(limit)
        assert (set(found), len(found)) == (pairs, len(pairs))
        for one in people:
            assert sorted(await listed(limit, user_type_id=one)) == sorted(p for p in pairs if p[0] == one)
        for one in tasks:
            assert sorted(await listed(limit, task_type_id=one)) == sorted(p for p in pairs if p[1] == one)
    assert await listed(50, user_type_id=people[1], task_type_id=tasks[2]) == [(people[1], tasks[2])]
    assert await listed(50, user_type_id=people[1], task_type_id=tasks[0]) == []
    assert (await ada.delete(f"{mappings}/{people[1]}/{tasks[2]}")).status_code == 204
    assert code(await ada.delete(f"{mappings}/{people[1]}/{tasks[2]}")) == (404, "MAPPING_NOT_FOUND")
    assert sorted(await listed(50)) == sorted(pairs - {(people[1], tasks[2])})
    for one, other, refused in (
        (UNKNOWN, tasks[0], "USER_TYPE_NOT_FOUND"),
        (people[0], UNKNOWN, "TASK_TYPE_NOT_FOUND"),
    ):
        assert code(await ada.request("PUT", f"{mappings}/{one}/{other}")) == (404, refused)


async def test_types_of_another_workspace_are_mapped_to_nothing(ada: Person) -> None:
    path, other = await place(ada), await place(ada)
    user_type = (await made(ada, f"{path}/user-types", name="a"))["id"]
    theirs = (await made(ada, f"{other}/task-types", name="a"))["id"]
    mapping = f"/eligibility-mappings/{user_type}/{theirs}"
    assert code(await ada.request("PUT", path + mapping)) == (404, "TASK_TYPE_NOT_FOUND")
    assert code(await ada.request("PUT", other + mapping)) == (404, "USER_TYPE_NOT_FOUND")


async def test_the_template_is_the_five_of_eventflow_and_changes_nothing_that_is_there(ada: Person) -> None:
    path = f"{await place(ada)}/user-types"
    mine = await made(ada, path, name="VENDOR", permissions=["view"])
    first = (await ada.post(f"{path}/from-template")).json()
    assert [each["name"] for each in first["items"]] == [
        "SystemAdmin", "EventManager", "VENDOR", "Customer", "Coordinator"
    ]  # fmt: skip
    assert first["items"][2] == mine
    assert first["created"] == [each["id"] for each in first["items"] if each != mine]
    customer = first["items"][3]
    assert (customer["permissions"], customer["read_only"], customer["hidden_states"]) == (
        ["view"],
        True,
        ["TODO"],
    )
    again = (await ada.post(f"{path}/from-template")).json()
    assert (again["items"], again["created"]) == (first["items"], [])
    assert sorted(each["name"] for each in await items(ada, path)) == sorted(
        each["name"] for each in first["items"]
    )


async def test_what_a_type_decides_is_in_the_log_as_it_was_and_is(ada: Person) -> None:
    path = await place(ada)
    own = await made(ada, f"{path}/user-types", name="x", permissions=["view"])
    change = {"name": "secret name", "permissions": ["view", "take"], "read_only": False}
    await ada.patch(f"{path}/user-types/{own['id']}", change)
    entry = (await ada.get(f"{path}/audit", action="user_type.updated")).json()["items"][0]
    assert entry["details"] == {
        "changed": ["name", "permissions"],
        "permissions": {"from": ["view"], "to": ["view", "take"]},
    }


async def test_a_member_has_one_type_or_none(service: Service, ada: Person) -> None:
    workspace = (await ada.create_workspace())["id"]
    path = f"/workspaces/{workspace}"
    bob, eve = await service.person("bob"), await service.person("eve")
    for each, role in ((bob, "MEMBER"), (eve, "ADMIN")):
        assert (await ada.add(workspace, each, role))["user_type_id"] is None
    one, other = [(await made(ada, f"{path}/user-types", name=name))["id"] for name in "ab"]
    assert (await give(eve, path, bob, one))["user_type_id"] == one
    changed = await give(ada, path, bob, other, role="VIEWER")
    assert (changed["user_type_id"], changed["role"]) == (other, "VIEWER")
    assert (await give(ada, path, bob, other)) == changed, "what is so already changes nothing"
    assert [each["user_id"] for each in await items(bob, f"{path}/members", user_type_id=other)] == [
        bob.user_id
    ]
    for filters in ({"user_type_id": one}, {"user_type_id": other, "role": "ADMIN"}):
        assert await items(bob, f"{path}/members", **filters) == []
    member = f"{path}/members/{changed['id']}"
    missing = (404, "USER_TYPE_NOT_FOUND")
    elsewhere = (await made(ada, f"{await place(ada)}/user-types", name="a"))["id"]
    for unknown in (UNKNOWN, elsewhere):
        assert code(await ada.patch(member, {"user_type_id": unknown})) == missing
    assert (await ada.get(member)).json() == changed
    owner = next(each for each in await items(ada, f"{path}/members") if each["user_id"] == ada.user_id)
    higher = await eve.patch(f"{path}/members/{owner['id']}", {"user_type_id": one})
    assert code(higher) == (403, "USER_NOT_AUTHORIZED")
    assert code(await bob.patch(member, {"user_type_id": None})) == (403, "USER_NOT_AUTHORIZED")
    log = await items(ada, f"{path}/audit", target_type="member", target_id=changed["id"])
    assert [(each["action"], each["details"]) for each in log[:2]] == [
        (
            "member.role_changed",
            {
                "user_id": bob.user_id,
                "from": "MEMBER",
                "to": "VIEWER",
                "user_type_id": {"from": one, "to": other},
            },
        ),
        ("member.type_changed", {"user_id": bob.user_id, "user_type_id": {"from": None, "to": one}}),
    ]


async def test_what_a_type_grants_and_hides_bites_on_the_next_request(service: Service, ada: Person) -> None:
    """Told by the database each time: neither the type nor the mapping is remembered where it decides."""
    workspace = (await ada.create_workspace())["id"]
    path = f"/workspaces/{workspace}"
    bob = await service.person("bob")
    await ada.add(workspace, bob, "MEMBER")
    project = (await made(ada, f"{path}/projects", key="AB", name="Fair"))["id"]
    kind = (await made(ada, f"{path}/task-types", name="Catering"))["id"]
    task = await made(ada, f"{path}/tasks", project_id=project, title="Menu", task_type_id=kind)
    template = (await ada.post(f"{path}/user-types/from-template")).json()["items"]
    types = {each["name"]: each["id"] for each in template}

    async def sees() -> bool:
        listed = [each["id"] for each in await items(bob, f"{path}/tasks")]
        found = await bob.get(f"{path}/tasks/{task['id']}")
        assert (found.status_code == 200) is (listed == [task["id"]])
        return found.status_code == 200

    assert await sees()
    await give(ada, path, bob, types["Customer"])
    assert not await sees(), "TODO is hidden from customers"
    await ada.patch(f"{path}/user-types/{types['Customer']}", {"hidden_states": []})
    assert await sees()
    await ada.patch(f"{path}/task-types/{kind}", {"is_restricted": True})
    assert not await sees(), "nothing maps customers to it"
    mapping = f"{path}/eligibility-mappings/{types['Customer']}/{kind}"
    await ada.request("PUT", mapping)
    assert await sees()
    await ada.delete(mapping)
    assert not await sees()
    await give(ada, path, bob, types["SystemAdmin"])
    assert await sees(), "the access level admin reaches every type"
    await give(ada, path, bob, None)
    assert not await sees(), "who has no type is mapped to nothing"


async def test_the_roles_are_published_with_what_they_may(service: Service, ada: Person) -> None:
    workspace = (await ada.create_workspace())["id"]
    bob = await service.person("bob")
    await ada.add(workspace, bob, "VIEWER")
    answer = (await ada.get(f"/workspaces/{workspace}/roles")).json()
    everything = ["view", "take", "move_state", "assign"]
    assert (answer["own"], answer["permissions"]) == ("OWNER", everything)
    told = {
        each["role"]: (each["grants"], each["manages"], each["permissions"], each["is_narrowed"])
        for each in answer["roles"]
    }
    below = ["ADMIN", "MEMBER", "VIEWER"]
    assert told == {
        "OWNER": (["OWNER", *below], ["OWNER", *below], everything, False),
        "ADMIN": (below, below, everything, False),
        "MEMBER": ([], [], everything, True),
        "VIEWER": ([], [], ["view"], True),
    }
    operations = {each.pop("name"): each for each in answer["operations"]}
    assert operations["workspace.delete"] == {
        "minimum": "OWNER",
        "for_guests": False,
        "permission": None,
        "allowed_by": [],
    }
    picked = operations["task.pick"]
    assert (picked["minimum"], picked["for_guests"], picked["permission"]) == ("MEMBER", True, "take")
    assert [each["rule"] for each in operations["file.delete"]["allowed_by"]] == [
        "administrator",
        "owner",
        "unit_lead",
    ]
    assert [each["rule"] for each in answer["denials"]][:2] == ["no_member", "role_too_low"]
    assert answer["object_roles"] == {
        "project": ["MANAGER", "OVERRIDE"],
        "user_type": ["LEAD"],
        "objective": ["MANAGER", "APPROVER", "OVERRIDE"],
        "workflow_template": ["APPROVER", "OVERRIDE"],
    }
    theirs = (await bob.get(f"/workspaces/{workspace}/roles")).json()
    for each in theirs["operations"]:
        each.pop("name")
    assert theirs == answer | {"own": "VIEWER"}


# --- two processes


async def on(service: Service, person: Person) -> Person:
    """The same person, calling that process."""
    return Person(service, person.name, person.user_id, person.access_token, person.pma_token)


async def test_the_template_twice_at_once_makes_each_type_once(twins: Twins) -> None:
    ada = await twins[0].person("ada")
    path = f"{await place(ada)}/user-types"
    again = await on(twins[1], ada)
    answers = await asyncio.gather(*(each.post(f"{path}/from-template") for each in (ada, again) * 3))
    assert {each.status_code for each in answers} == {200}
    assert sorted(len(each.json()["created"]) for each in answers) == [0] * 5 + [len(TEMPLATE)]
    assert len({str(each.json()["items"]) for each in answers}) == 1
    assert len(await items(again, path)) == len(TEMPLATE)


async def test_one_name_at_once_is_one_type_s(twins: Twins) -> None:
    ada = await twins[0].person("ada")
    path = await place(ada)
    again = await on(twins[1], ada)
    for kind in ("user-types", "task-types"):
        answers = await asyncio.gather(
            *(each.post(f"{path}/{kind}", {"name": "x"}) for each in (ada, again) * 3)
        )
        assert sorted(each.status_code for each in answers) == [201] + [409] * 5


@pytest.mark.parametrize("attempt", range(3))
async def test_a_type_that_goes_while_it_is_given_to_a_member(twins: Twins, attempt: int) -> None:
    ada = await twins[0].person("ada")
    path = await place(ada)
    again = await on(twins[1], ada)
    user_type = (await made(ada, f"{path}/user-types", name="x", permissions=["view"]))["id"]
    member = (await items(ada, f"{path}/members"))[0]["id"]
    given, gone = await asyncio.gather(
        ada.patch(f"{path}/members/{member}", {"user_type_id": user_type}),
        again.delete(f"{path}/user-types/{user_type}"),
    )
    assert (given.status_code, gone.status_code) in {(200, 409), (404, 204)}
    left = (await ada.get(f"{path}/members/{member}")).json()["user_type_id"]
    assert left == (user_type if given.status_code == 200 else None)


@pytest.mark.parametrize("attempt", range(3))
async def test_a_type_that_goes_while_a_task_is_made_of_it(twins: Twins, attempt: int) -> None:
    ada = await twins[0].person("ada")
    path = await place(ada)
    again = await on(twins[1], ada)
    project = (await made(ada, f"{path}/projects", key="AB", name="Fair"))["id"]
    kind = (await made(ada, f"{path}/task-types", name="x"))["id"]
    task, gone = await asyncio.gather(
        ada.post(f"{path}/tasks", {"project_id": project, "title": "Menu", "task_type_id": kind}),
        again.delete(f"{path}/task-types/{kind}"),
    )
    assert (task.status_code, gone.status_code) in {(201, 409), (404, 204)}


@pytest.mark.parametrize("attempt", range(3))
async def test_a_type_that_goes_while_it_is_mapped(twins: Twins, attempt: int) -> None:
    ada = await twins[0].person("ada")
    path = await place(ada)
    again = await on(twins[1], ada)
    user_type = (await made(ada, f"{path}/user-types", name="x"))["id"]
    task_type = (await made(ada, f"{path}/task-types", name="x"))["id"]
    mapping, gone = await asyncio.gather(
        ada.request("PUT", f"{path}/eligibility-mappings/{user_type}/{task_type}"),
        again.delete(f"{path}/user-types/{user_type}"),
    )
    assert (mapping.status_code, gone.status_code) in {(200, 204), (404, 204)}
    assert await items(ada, f"{path}/eligibility-mappings") == []
