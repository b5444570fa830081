"""Projects and events: who sees which, and what becomes of keys, of what is archived and of what is deleted.
What all resources promise is in test_resources.py."""

from __future__ import annotations

from typing import Any

import pytest

from app.db.errors import ForeignKeyViolation
from app.db.handles import memberships
from app.db.handles.members import delete_member
from tests.databases import execute
from tests.guards import do, run
from tests.harness import Person, Service, code

TASK = "10000000-0000-4000-8000-{:012}"


class House:
    """A workspace with one of each role, and its path."""

    def __init__(self, service: Service, path: str, people: dict[str, Person]) -> None:
        self.service, self.path = service, path
        self.ada, self.bob, self.eve, self.vic = (people[name] for name in ("ada", "bob", "eve", "vic"))
        self.members: dict[str, str] = {}

    async def project(self, by: Person, key: str = "ROAD", **more: Any) -> dict[str, Any]:
        made = await by.post(f"{self.path}/projects", {"key": key, "name": key.title(), **more})
        assert made.status_code == 201, made.text
        body: dict[str, Any] = made.json()
        return body

    def at(self, project: dict[str, Any]) -> str:
        return f"{self.path}/projects/{project['id']}"

    async def change(self, who: str, **body: Any) -> None:
        """ada changes the membership of somebody."""
        place = f"{self.path}/members/{self.members[who]}"
        assert (await self.ada.patch(place, body)).status_code == 200

    def task(self, number: int, project: dict[str, Any], assignee: Person, *, deleted: bool = False) -> str:
        """One that is assigned, straight into the database."""
        when = "'2026-01-01T00:00:00.000000Z'"
        execute(
            self.service.settings,
            "INSERT INTO Task (id, workspace_id, project_id, number, title, task_type_id, assignee_id, priority,"
            " created_by, created_at, updated_at, updated_key, deleted_at) VALUES"
            f" ('{TASK.format(number)}', '{project['workspace_id']}', '{project['id']}', {number}, 'T',"
            f" '00000000-0000-0000-0000-000000000000', '{assignee.user_id}', 2, 'x', {when}, {when},"
            f" '{number}', {when if deleted else 'NULL'})",
            "INSERT INTO TaskWatcher (workspace_id, task_id, user_id, added_at) VALUES"
            f" ('{project['workspace_id']}', '{TASK.format(number)}', '{assignee.user_id}', {when})",
        )
        return TASK.format(number)

    def held(self) -> dict[str, str | None]:
        """Who has which task."""
        return dict(self.service.rows("SELECT id, assignee_id FROM Task ORDER BY id"))


@pytest.fixture
async def house(service: Service) -> House:
    """ada owns it, bob and eve are MEMBERs, vic a VIEWER."""
    people = {name: await service.person(name) for name in ("ada", "bob", "eve", "vic")}
    workspace = await people["ada"].create_workspace()
    found = House(service, f"/workspaces/{workspace['id']}", people)
    for name, role in (("bob", "MEMBER"), ("eve", "MEMBER"), ("vic", "VIEWER")):
        found.members[name] = (await people["ada"].add(workspace["id"], people[name], role))["id"]
    return found


async def names(person: Person, path: str, **params: Any) -> list[str]:
    answer = await person.get(path, **params)
    assert answer.status_code == 200, answer.text
    return [each["name"] for each in answer.json()["items"]]


async def test_what_only_members_see_is_not_there_for_others(house: House) -> None:
    made = await house.project(house.bob, visibility="members")
    place, listing = house.at(made), f"{house.path}/projects"
    for person in (house.bob, house.ada):
        assert (await person.get(place)).json() == made
        assert await names(person, listing) == ["Road"]
    for person in (house.eve, house.vic):
        unknown = await person.get(f"{house.path}/projects/00000000-0000-7000-8000-000000000000")
        for path in (place, f"{house.path}/projects/ROAD"):
            hidden = await person.get(path)
            assert code(hidden) == (404, "PROJECT_NOT_FOUND")
            assert hidden.json() == unknown.json() | {"request_id": hidden.json()["request_id"]}
        assert code(await person.get(f"{place}/members")) == (404, "PROJECT_NOT_FOUND")
        assert await names(person, listing) == []
    assert code(await house.eve.patch(place, {"name": "Mine"})) == (404, "PROJECT_NOT_FOUND")
    assert code(await house.eve.post(f"{place}/members", {"user_id": house.eve.user_id})) == (
        404,
        "PROJECT_NOT_FOUND",
    )
    # A key of what one may not see is taken all the same: that much is told.
    again = await house.eve.post(listing, {"key": "road", "name": "Mine"})
    assert code(again) == (409, "PROJECT_KEY_TAKEN")
    assert again.json()["details"] is None


async def test_whoever_sees_a_project_is_told_of_it(house: House) -> None:
    made = await house.project(house.bob, visibility="members")
    place = house.at(made)
    assert (await house.bob.post(f"{place}/members", {"user_id": house.vic.user_id})).status_code == 201
    assert (await house.ada.post(f"{place}/archive")).status_code == 200
    assert (await house.ada.delete(place)).status_code == 204

    async def told(person: Person) -> list[str]:
        items = (await person.get(f"{house.path}/changes")).json()["items"]
        return [each["type"] for each in items if each["object_type"].startswith("project")]

    # Nobody sees a deleted project but ADMINs, who may restore it.
    assert [await told(person) for person in (house.ada, house.bob, house.vic, house.eve)] == [
        ["project.deleted"], [], [], [],
    ]  # fmt: skip
    assert (await house.ada.post(f"{place}/restore")).status_code == 200
    of_project = ["project.created", "project_member.added", "project.archived", "project.restored"]
    assert await told(house.ada) == [*of_project[:3], "project.deleted", of_project[3]]
    assert [await told(person) for person in (house.bob, house.vic, house.eve)] == [
        of_project,
        of_project,
        [],
    ]


async def test_a_key_is_a_project_s_for_ever(house: House) -> None:
    road = await house.project(house.bob, "ROAD")
    rail = await house.project(house.bob, "rail")
    assert rail["key"] == "RAIL"
    renamed = await house.eve.patch(house.at(road), {"key": "way"})
    assert (renamed.status_code, renamed.json()["key"]) == (200, "WAY")
    for key in ("ROAD", "road", "WAY", "wAy"):
        assert (await house.vic.get(f"{house.path}/projects/{key}")).json() == renamed.json()
    for key in ("ROAD", "way", "Rail"):
        taken = await house.bob.post(f"{house.path}/projects", {"key": key, "name": "Other"})
        assert code(taken) == (409, "PROJECT_KEY_TAKEN")
    assert code(await house.bob.patch(house.at(rail), {"key": "road"})) == (409, "PROJECT_KEY_TAKEN")
    # Its own it may have back, and a deleted project keeps its own too.
    assert (await house.bob.patch(house.at(road), {"key": "ROAD"})).json()["key"] == "ROAD"
    assert (await house.ada.delete(house.at(road))).status_code == 204
    assert code(await house.bob.patch(house.at(rail), {"key": "way"})) == (409, "PROJECT_KEY_TAKEN")
    assert code(await house.bob.get(f"{house.path}/projects/ROAD")) == (404, "PROJECT_NOT_FOUND")
    # Other workspaces have keys of their own.
    other = await house.bob.create_workspace("Other")
    assert (
        await house.bob.post(f"/workspaces/{other['id']}/projects", {"key": "ROAD", "name": "Road"})
    ).status_code == 201


@pytest.mark.parametrize("key", ["A", "1A", "ABCDEFGHIJK", "A-B", "A B", "\u00c4B", "", None, "AB\n"])
async def test_what_is_no_key(house: House, key: str | None) -> None:
    body = {"key": key, "name": "Road"}
    assert code(await house.bob.post(f"{house.path}/projects", body)) == (422, "VALIDATION_FAILED")


async def test_a_list_is_of_one_kind_and_status(house: House) -> None:
    await house.project(house.bob, "ROAD")
    await house.project(house.bob, "RAIL", visibility="members")
    await house.project(house.bob, "FAIR", kind="event")
    old = await house.project(house.bob, "OLD")
    gone = await house.project(house.bob, "GONE")
    assert (await house.ada.post(f"{house.at(old)}/archive")).json()["status"] == "ARCHIVED"
    assert (await house.ada.delete(house.at(gone))).status_code == 204
    path = f"{house.path}/projects"
    assert await names(house.bob, path) == ["Rail", "Road"]
    assert await names(house.bob, path, name="rO") == ["Road"]
    assert await names(house.bob, path, mine=True) == ["Rail"]
    assert await names(house.bob, path, mine=True, name="o") == []
    assert await names(house.bob, path, kind="event") == ["Fair"]
    assert await names(house.bob, f"{house.path}/events") == ["Fair"]
    assert await names(house.bob, path, status="ARCHIVED") == ["Old"]
    assert await names(house.ada, path, deleted=True) == ["Gone"]
    assert await names(house.ada, path, deleted=True, kind="event") == []
    assert code(await house.bob.get(path, deleted=True)) == (403, "USER_NOT_AUTHORIZED")


async def test_an_event_is_a_project_of_that_kind(house: House) -> None:
    fair = (await house.bob.post(f"{house.path}/events", {"key": "FAIR", "name": "Fair"})).json()
    road = await house.project(house.bob)
    assert fair["kind"] == "event"
    assert (await house.vic.get(house.at(fair))).json() == fair
    assert (await house.vic.get(f"{house.path}/events/fair")).json() == fair
    assert (await house.vic.get(f"{house.path}/events/{fair['id']}/members")).json()["items"] == []
    for tail in ("", "/members"):
        hidden = await house.vic.get(f"{house.path}/events/{road['id']}{tail}")
        assert code(hidden) == (404, "PROJECT_NOT_FOUND")
    assert code(await house.vic.get(f"{house.path}/events/road")) == (404, "PROJECT_NOT_FOUND")
    body = {"key": "OTHER", "name": "Other", "kind": "project"}
    assert code(await house.bob.post(f"{house.path}/events", body)) == (422, "VALIDATION_FAILED")


async def test_what_is_archived_is_read_and_not_changed(house: House) -> None:
    made = await house.project(house.bob)
    place = house.at(made)
    archived = (await house.ada.post(f"{place}/archive")).json()
    assert (archived["status"], archived["version"]) == ("ARCHIVED", 2)
    assert (await house.vic.get(place)).json() == archived
    refused = {
        "change": await house.bob.patch(place, {"name": "Other"}),
        "member": await house.bob.post(f"{place}/members", {"user_id": house.eve.user_id}),
        "removal": await house.bob.delete(f"{place}/members/{house.eve.user_id}"),
    }
    assert {name: code(answer) for name, answer in refused.items()} == dict.fromkeys(
        refused, (409, "PROJECT_ARCHIVED")
    )
    again = await house.ada.post(f"{place}/archive")
    assert code(again) == (400, "INVALID_STATUS")
    assert again.json()["details"] == {"status": "ARCHIVED", "allowed": ["ACTIVE"]}
    # Deleted and restored it is what it was, and so is restored once more.
    assert (await house.ada.delete(place)).status_code == 204
    assert (await house.ada.post(f"{place}/restore")).json()["status"] == "ARCHIVED"
    assert (await house.ada.post(f"{place}/restore")).json()["status"] == "ACTIVE"
    assert code(await house.ada.post(f"{place}/restore")) == (400, "INVALID_STATUS")


async def test_who_sees_a_project_is_said_by_an_admin_or_its_maker(house: House) -> None:
    made = await house.project(house.bob)
    place = house.at(made)
    assert code(await house.eve.patch(place, {"visibility": "members"})) == (403, "USER_NOT_AUTHORIZED")
    assert code(await house.eve.post(f"{place}/members", {"user_id": house.vic.user_id})) == (
        403,
        "USER_NOT_AUTHORIZED",
    )
    assert (await house.eve.patch(place, {"name": "Road", "visibility": "workspace"})).status_code == 200
    hidden = await house.bob.patch(place, {"visibility": "members"})
    assert hidden.json()["visibility"] == "members"
    assert (await house.bob.get(place)).json() == hidden.json()
    assert code(await house.eve.get(place)) == (404, "PROJECT_NOT_FOUND")
    # Hidden anew by an ADMIN, it is seen by its members, of whom the ADMIN is one now.
    assert (await house.ada.patch(place, {"visibility": "workspace"})).status_code == 200
    assert (await house.ada.patch(place, {"visibility": "members"})).status_code == 200
    assert sorted(each["user_id"] for each in (await house.bob.get(f"{place}/members")).json()["items"]) == (
        sorted([house.ada.user_id, house.bob.user_id])
    )


async def test_members_of_a_project_are_of_the_workspace(house: House) -> None:
    made = await house.project(house.bob, visibility="members")
    members = f"{house.at(made)}/members"
    added = await house.bob.post(members, {"user_id": house.vic.user_id})
    assert added.status_code == 201
    assert (added.json()["display_name"], added.json()["role"]) == ("Vic", "VIEWER")
    assert added.json()["member_id"] == house.members["vic"]
    assert code(await house.bob.post(members, {"user_id": house.vic.user_id})) == (409, "MEMBER_EXISTS")
    stranger = await house.service.person("sid")
    for user_id in (stranger.user_id, "00000000-0000-4000-8000-00000000beef"):
        assert code(await house.bob.post(members, {"user_id": user_id})) == (404, "MEMBER_NOT_FOUND")
        assert code(await house.bob.delete(f"{members}/{user_id}")) == (404, "MEMBER_NOT_FOUND")
    listed = (await house.vic.get(members)).json()["items"]
    assert [each["display_name"] for each in listed] == ["Bob", "Vic"]
    assert listed[1] == added.json()
    assert [each["display_name"] for each in (await house.vic.get(members, name="v")).json()["items"]] == [
        "Vic"
    ]
    assert (await house.bob.delete(f"{members}/{house.vic.user_id}")).status_code == 204
    assert code(await house.vic.get(members)) == (404, "PROJECT_NOT_FOUND")


async def test_another_name_is_another_place_among_members(house: House) -> None:
    made = await house.project(house.bob, visibility="members")
    members = f"{house.at(made)}/members"
    await house.bob.post(members, {"user_id": house.eve.user_id})
    renamed = await house.bob.patch(f"/users/{house.bob.user_id}/profile", {"name": "Zoe"})
    assert renamed.status_code == 200
    first = (await house.eve.get(members, limit=1)).json()
    rest = (await house.eve.get(members, limit=1, cursor=first["next_cursor"])).json()
    shown = [each["display_name"] for page in (first, rest) for each in page["items"]]
    assert (shown, rest["next_cursor"]) == (["Eve", "Zoe"], None)


@pytest.mark.parametrize("how", ["removed", "left"])
async def test_whoever_is_in_the_workspace_no_more_has_nothing_in_it(house: House, how: str) -> None:
    open_one, closed = (
        await house.project(house.bob),
        await house.project(house.bob, "RAIL", visibility="members"),
    )
    await house.bob.post(f"{house.at(closed)}/members", {"user_id": house.eve.user_id})
    theirs = [house.task(1, open_one, house.eve), house.task(2, closed, house.eve, deleted=True)]
    other = house.task(3, open_one, house.bob)
    if how == "left":
        assert (await house.eve.post(f"{house.path}/members/leave")).status_code == 204
    else:
        assert (await house.ada.delete(f"{house.path}/members/{house.members['eve']}")).status_code == 204
    assert house.held() == {**dict.fromkeys(theirs), other: house.bob.user_id}
    rows = house.service.rows("SELECT id, version, updated_at, updated_key FROM Task ORDER BY id")
    for id_, version, updated_at, updated_key in rows[:2]:
        assert (version, updated_key) == (2, f"{updated_at}/{id_}")
    assert rows[2][1] == 1
    assert {user for (user,) in house.service.rows("SELECT user_id FROM TaskWatcher")} == {house.bob.user_id}
    members = (await house.bob.get(f"{house.at(closed)}/members")).json()["items"]
    assert [each["user_id"] for each in members] == [house.bob.user_id]


@pytest.mark.parametrize("kept", ["ProjectMember", "TaskWatcher", "Task"])
async def test_a_membership_does_not_end_before_what_hangs_on_it(house: House, kept: str) -> None:
    """The schema holds it, for whoever forgets."""
    made = await house.project(house.bob, visibility="members")
    await house.bob.post(f"{house.at(made)}/members", {"user_id": house.eve.user_id})
    house.task(1, made, house.eve)
    place = {"workspace_id": made["workspace_id"], "account_id": house.eve.user_id}
    ends = {
        "ProjectMember": do(memberships.delete_project_memberships, **place),
        "TaskWatcher": do(memberships.delete_watches, **place),
        "Task": do(memberships.unassign_tasks, now=house.service.clock(), now_text="now", **place),
    }
    gone = do(delete_member, workspace_id=made["workspace_id"], member_id=house.members["eve"])
    with pytest.raises(ForeignKeyViolation):
        await run(house.service, *(end for table, end in ends.items() if table != kept), gone)
    await run(house.service, *ends.values(), gone)


async def test_whoever_sees_a_project_no_more_has_none_of_its_tasks(house: House) -> None:
    closed, open_one = (
        await house.project(house.bob, visibility="members"),
        await house.project(house.bob, "RAIL"),
    )
    for project in (closed, open_one):
        await house.bob.post(f"{house.at(project)}/members", {"user_id": house.eve.user_id})
    hidden, seen = house.task(1, closed, house.eve), house.task(2, open_one, house.eve)
    for project in (closed, open_one):
        gone = await house.bob.delete(f"{house.at(project)}/members/{house.eve.user_id}")
        assert gone.status_code == 204
    assert house.held() == {hidden: None, seen: house.eve.user_id}


async def test_a_guest_sees_the_projects_they_are_in(house: House) -> None:
    mine, other = await house.project(house.bob), await house.project(house.bob, "RAIL")
    await house.change("eve", is_guest=True)
    assert (
        await house.bob.post(f"{house.at(mine)}/members", {"user_id": house.eve.user_id})
    ).status_code == 201
    assert await names(house.eve, f"{house.path}/projects") == ["Road"]
    assert (await house.eve.get(house.at(mine))).json() == mine
    assert code(await house.eve.get(house.at(other))) == (404, "PROJECT_NOT_FOUND")
    body = {"key": "NEW", "name": "New"}
    for answer in (
        await house.eve.post(f"{house.path}/projects", body),
        await house.eve.post(f"{house.path}/events", body),
        await house.eve.patch(house.at(mine), {"name": "Mine"}),
        await house.eve.post(f"{house.at(mine)}/members", {"user_id": house.vic.user_id}),
    ):
        assert code(answer) == (403, "USER_NOT_AUTHORIZED")
    assert (await house.bob.delete(f"{house.at(mine)}/members/{house.eve.user_id}")).status_code == 204
    assert await names(house.eve, f"{house.path}/projects") == []


async def test_a_guest_is_told_of_nothing_but_their_projects(house: House) -> None:
    mine, other = await house.project(house.bob), await house.project(house.bob, "RAIL")
    await house.change("eve", is_guest=True)
    await house.bob.post(f"{house.at(mine)}/members", {"user_id": house.eve.user_id})
    for project in (mine, other):
        assert (await house.bob.patch(house.at(project), {"description": "New"})).status_code == 200
    page = (await house.eve.get(f"{house.path}/changes")).json()
    assert [(each["type"], each["project_id"]) for each in page["items"]] == [
        (name, mine["id"]) for name in ("project.created", "project_member.added", "project.updated")
    ]


async def test_who_sees_a_hidden_project_no_more_has_no_task_there(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.kernel.batches.BATCH", 1)
    one, other = await house.project(house.bob), await house.project(house.bob, "RAIL")
    added = await house.bob.post(f"{house.at(one)}/members", {"user_id": house.eve.user_id})
    assert added.status_code == 201
    holders = (house.eve, house.ada, house.vic, house.vic)
    tasks = [house.task(number, one, each) for number, each in enumerate(holders, 1)]
    tasks.append(house.task(5, other, house.vic))
    assert (await house.bob.patch(house.at(one), {"visibility": "members"})).status_code == 200
    # Members of it, and who sees all, keep theirs.
    left = (house.eve.user_id, house.ada.user_id, None, None, house.vic.user_id)
    assert house.held() == dict(zip(tasks, left, strict=True))


async def test_whoever_comes_to_see_less_has_no_task_there(house: House) -> None:
    """As a guest, and in a lower role; what is deleted is nobody's to see, and stays as it is."""
    open_one, closed, gone = (
        await house.project(house.bob),
        await house.project(house.bob, "RAIL", visibility="members"),
        await house.project(house.bob, "GONE"),
    )
    await house.change("eve", role="ADMIN")
    tasks = [house.task(number, each, house.eve) for number, each in enumerate((open_one, closed, gone), 1)]
    assert (await house.ada.delete(house.at(gone))).status_code == 204
    eve = house.eve.user_id
    await house.change("eve", role="MEMBER")
    assert house.held() == dict(zip(tasks, (eve, None, eve), strict=True))
    await house.change("eve", is_guest=True)
    assert house.held() == dict(zip(tasks, (None, None, eve), strict=True))
