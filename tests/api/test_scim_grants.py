"""What groups of a directory make of people in workspaces, and what a request of a directory costs."""

from __future__ import annotations

from typing import Any

from tests.directory import PATCH, USER, Directory, connect
from tests.harness import Person, Service, code, make_outbox, move_workspace_into


class World:
    """An organisation with a workspace, its directory, and people whom the directory has told of."""

    def __init__(self, ada: Person, directory: Directory, workspace_id: str) -> None:
        self.ada, self.directory, self.workspace_id = ada, directory, workspace_id
        self.service = ada.service
        self.place = f"/organizations/{directory.org_id}"
        self.ids: dict[str, str] = {}

    @classmethod
    async def begin(cls, service: Service, *names: str) -> World:
        ada = await service.person("ada")
        directory = await connect(ada)
        workspace_id = (await ada.create_workspace("Engines"))["id"]
        await move_workspace_into(service, workspace_id, directory.org_id)
        world = cls(ada, directory, workspace_id)
        for name in names:
            person = await service.person(name)
            world.ids[name] = (await directory.add_user(name, person.user_id))["id"]
        return world

    async def map(self, group: dict[str, Any], role: str, user_type_id: str | None = None) -> str:
        body = {
            "group_id": group["id"],
            "workspace_id": self.workspace_id,
            "role": role,
            "user_type_id": user_type_id,
        }
        done = await self.ada.request("PUT", f"{self.place}/scim-group-mappings", json=body)
        assert done.status_code == 200, done.text
        await make_outbox(self.service.edge).run_due()
        mapping_id: str = done.json()["id"]
        return mapping_id

    async def roles(self) -> dict[str, str]:
        """Of everybody in the workspace but its OWNER."""
        listed = (await self.ada.get(f"/workspaces/{self.workspace_id}/members")).json()["items"]
        names = {each.user_id: each.name for each in self.service.people.values()}
        return {
            names[each["user_id"]]: each["role"] for each in listed if each["user_id"] != self.ada.user_id
        }

    async def add(self, group: dict[str, Any], *names: str) -> None:
        await self._move("add", group, names)

    async def remove(self, group: dict[str, Any], *names: str) -> None:
        await self._move("remove", group, names)

    async def _move(self, op: str, group: dict[str, Any], names: tuple[str, ...]) -> None:
        members = [{"value": self.ids[name]} for name in names]
        done = await self.directory.patch(
            f"/Groups/{group['id']}", {"op": op, "path": "members", "value": members}
        )
        assert done.status_code == 204, done.text


async def test_the_highest_group_counts_and_what_was_given_by_hand_stays(service: Service) -> None:
    world = await World.begin(service, "bob", "zoe", "kim")
    await world.ada.add(world.workspace_id, await service.person("zoe"), "VIEWER")
    await world.ada.add(world.workspace_id, await service.person("kim"), "ADMIN")
    staff = await world.directory.add_group("Staff", *world.ids.values())
    leads = await world.directory.add_group("Leads")
    await world.map(staff, "MEMBER")
    await world.map(leads, "ADMIN")
    assert await world.roles() == {"bob": "MEMBER", "zoe": "MEMBER", "kim": "ADMIN"}
    await world.add(leads, "bob", "zoe")
    assert await world.roles() == {"bob": "ADMIN", "zoe": "ADMIN", "kim": "ADMIN"}
    await world.remove(leads, "bob", "zoe")
    assert await world.roles() == {"bob": "MEMBER", "zoe": "MEMBER", "kim": "ADMIN"}
    await world.remove(staff, "bob", "zoe", "kim")
    assert await world.roles() == {"zoe": "VIEWER", "kim": "ADMIN"}


async def test_what_is_changed_by_hand_is_by_hand_from_then_on(service: Service) -> None:
    world = await World.begin(service, "bob")
    staff = await world.directory.add_group("Staff", world.ids["bob"])
    mapping_id = await world.map(staff, "MEMBER")
    members = (await world.ada.get(f"/workspaces/{world.workspace_id}/members")).json()["items"]
    bob = next(each for each in members if each["user_id"] != world.ada.user_id)
    path = f"/workspaces/{world.workspace_id}/members/{bob['id']}"
    assert (await world.ada.patch(path, {"role": "OWNER"})).status_code == 200
    assert (await world.ada.delete(f"{world.place}/scim-group-mappings/{mapping_id}")).status_code == 204
    await make_outbox(service.edge).run_due()
    assert await world.roles() == {"bob": "OWNER"}


async def test_a_group_gives_a_user_type_which_goes_with_it(service: Service) -> None:
    world = await World.begin(service, "bob")
    types = f"/workspaces/{world.workspace_id}/user-types"
    made = await world.ada.post(types, {"name": "Fitter", "access_level": "regular", "permissions": ["view"]})
    assert made.status_code == 201, made.text
    staff = await world.directory.add_group("Staff", world.ids["bob"])
    mapping_id = await world.map(staff, "MEMBER", made.json()["id"])
    listed = (await world.ada.get(f"/workspaces/{world.workspace_id}/members")).json()["items"]
    assert made.json()["id"] in [each["user_type_id"] for each in listed]
    assert (await world.ada.delete(f"{types}/{made.json()['id']}")).json()["error_code"] == "USER_TYPE_IN_USE"
    assert (await world.ada.delete(f"{world.place}/scim-group-mappings/{mapping_id}")).status_code == 204
    await make_outbox(service.edge).run_due()
    assert await world.roles() == {}
    assert (await world.ada.delete(f"{types}/{made.json()['id']}")).status_code == 204


async def test_what_groups_gave_ends_and_comes_back_with_the_person(service: Service) -> None:
    world = await World.begin(service, "bob", "zoe")
    staff = await world.directory.add_group("Staff", *world.ids.values())
    await world.map(staff, "MEMBER")
    await world.directory.set_active(world.ids["bob"], "False")
    assert await world.roles() == {"zoe": "MEMBER"}
    await world.directory.set_active(world.ids["bob"], "True")
    assert await world.roles() == {"bob": "MEMBER", "zoe": "MEMBER"}
    assert (await world.directory.request("DELETE", f"/Users/{world.ids['zoe']}")).status_code == 204
    assert await world.roles() == {"bob": "MEMBER"}
    assert (await world.directory.request("DELETE", f"/Groups/{staff['id']}")).status_code == 204
    await make_outbox(service.edge).run_due()
    assert await world.roles() == {}
    # The log of the workspace tells of each, and of who did it.
    told = service.rows(
        "SELECT action, actor_id FROM AuditLog WHERE actor_id LIKE 'service:scim:%' ORDER BY seq"
    )
    assert [row[0] for row in told] == ["member.added"] * 2 + ["member.removed", "member.added"] + [
        "member.removed"
    ] * 2
    assert {row[1] for row in told} == {f"service:scim:{world.directory.connection_id}"}


async def test_more_than_a_few_are_brought_in_line_by_a_job(service: Service) -> None:
    names = [f"p{number}" for number in range(30)]
    world = await World.begin(service)
    for name in names:
        world.ids[name] = (await world.directory.add_user(name))["id"]
    staff = await world.directory.add_group("Staff")
    await world.map(staff, "VIEWER")
    await world.add(staff, *names)
    count = "SELECT COUNT(*) FROM WorkspaceMember WHERE source = 'directory'"
    assert service.rows(count) == [(0,)]
    await make_outbox(service.edge).run_due()
    assert service.rows(count) == [(30,)]
    await world.remove(staff, *names[:25])
    await make_outbox(service.edge).run_due()
    assert service.rows(count) == [(5,)]
    seats = service.rows("SELECT SUM(memberships) FROM OrganizationSeat")
    assert seats == [(1 + 1 + 30 + 5,)]


async def test_a_directory_of_what_is_held_takes_away_and_gives_nothing(service: Service) -> None:
    world = await World.begin(service, "bob", "zoe", "kim", "tom")
    directory, service_rows = world.directory, service.rows
    world.ids["out"] = (await directory.add_user("out", active=False))["id"]
    staff, leads = [await directory.add_group(name) for name in ("Staff", "Leads")]
    await world.add(staff, "bob", "zoe", "kim")
    await world.add(leads, "kim")
    await world.map(staff, "MEMBER")
    await world.map(leads, "ADMIN")
    assert await world.roles() == {"bob": "MEMBER", "zoe": "MEMBER", "kim": "ADMIN"}
    bob, zoe, out = [f"/Users/{world.ids[name]}" for name in ("bob", "zoe", "out")]
    outsider = await service.person("eve")
    new = {"schemas": [USER], "userName": "new@contoso.local", "externalId": outsider.user_id}
    table: list[tuple[str, str, Any, int]] = [
        ("GET", bob, None, 200),
        ("GET", '/Groups?filter=displayName eq "Staff"', None, 200),
        # Nobody comes, and nobody comes back.
        ("POST", "/Users", new | {"active": True}, 403),
        ("PATCH", out, patched(("replace", "active", True)), 403),
        ("PATCH", out, patched(("replace", "active", "True"), ("replace", "title", "Back")), 403),
        ("PUT", out, new | {"active": True}, 403),
        ("PATCH", bob, patched(("replace", "externalId", outsider.user_id)), 403),
        # What gives nobody anything is kept.
        ("PATCH", bob, patched(("replace", "displayName", "Robert")), 204),
        ("POST", "/Users", new | {"active": False}, 201),
        ("PATCH", f"/Groups/{leads['id']}", patched(("add", "members", [{"value": world.ids["bob"]}])), 204),
        ("PATCH", f"/Groups/{staff['id']}", patched(("add", "members", [{"value": world.ids["tom"]}])), 204),
        # Whoever goes, goes.
        ("PATCH", zoe, patched(("replace", "active", False), ("replace", "title", "Ex")), 204),
        (
            "PATCH",
            f"/Groups/{leads['id']}",
            patched(("remove", "members", [{"value": world.ids["kim"]}])),
            204,
        ),
        ("DELETE", zoe, None, 204),
    ]
    hold = "UPDATE Organization SET status = '{}', held_by = {} WHERE id = '" + directory.org_id + "'"
    state = "SELECT (SELECT MAX(seq) FROM PlatformAuditLog), (SELECT COUNT(*) FROM OrganizationMember)"
    for number, (method, path, body, status) in enumerate(table):
        service.tamper(hold.format(("SUSPENDED", "ARCHIVED")[number % 2], "'platform'"))
        before = service_rows(state)
        done = await directory.request(method, path, body)
        assert done.status_code == status, (path, body, done.text)
        assert status != 403 or service_rows(state) == before, (path, body)
    await make_outbox(service.edge).run_due()
    assert await world.roles() == {"bob": "MEMBER", "kim": "MEMBER"}
    assert len(service_rows("SELECT * FROM OrganizationStop")) == 3
    service.tamper(hold.format("ACTIVE", "NULL"))
    service.clock.advance(minutes=6)
    await make_outbox(service.edge).run_due()
    assert await world.roles() == {"bob": "ADMIN", "kim": "MEMBER", "tom": "MEMBER"}


def patched(*operations: tuple[str, str, Any]) -> dict[str, Any]:
    return {
        "schemas": [PATCH],
        "Operations": [{"op": op, "path": path, "value": value} for op, path, value in operations],
    }


async def test_a_workspace_that_is_held_is_given_nothing_until_it_is_in_work(service: Service) -> None:
    world = await World.begin(service, "bob", "zoe")
    staff = await world.directory.add_group("Staff")
    await world.map(staff, "MEMBER")
    await world.add(staff, "zoe")
    path = f"{world.place}/workspaces/{world.workspace_id}"
    assert (await world.ada.post(f"{path}/suspend", {"reason": "x"})).status_code == 200
    for _ in range(2):
        await world.add(staff, "bob")
        await world.remove(staff, "bob")
    await world.add(staff, "bob")
    await world.remove(staff, "zoe")
    assert await world.roles() == {}
    jobs = "SELECT COUNT(*) FROM Job WHERE kind = 'scim_grants'"
    assert service.rows(jobs) == [(1,)], "one waits, however often it is asked for"
    assert (await world.ada.post(f"{path}/activate", {"reason": "x"})).status_code == 200
    service.clock.advance(minutes=6)
    await make_outbox(service.edge).run_due()
    assert await world.roles() == {"bob": "MEMBER"}


async def test_a_preview_says_what_would_come_and_changes_nothing(service: Service) -> None:
    world = await World.begin(service, "bob", "zoe", "kim")
    await world.ada.add(world.workspace_id, await service.person("zoe"), "VIEWER")
    await world.ada.add(world.workspace_id, await service.person("kim"), "ADMIN")
    staff = await world.directory.add_group("Staff", *world.ids.values())
    ask = {"group_id": staff["id"], "workspace_id": world.workspace_id, "role": "MEMBER"}
    path = f"{world.place}/scim-group-mappings/preview"
    seen = (await world.ada.post(path, ask)).json()
    assert (seen["looked_at"], seen["added"], seen["changed"], seen["removed"]) == (3, 1, 1, 0)
    names = {each.user_id: each.name for each in service.people.values()}
    told = {names[each["user_id"]]: (each["role"], each["new_role"]) for each in seen["people"]}
    assert told == {"bob": (None, "MEMBER"), "zoe": ("VIEWER", "MEMBER")}
    assert await world.roles() == {"zoe": "VIEWER", "kim": "ADMIN"}
    await world.map(staff, "MEMBER")
    assert await world.roles() == {"bob": "MEMBER", "zoe": "MEMBER", "kim": "ADMIN"}
    seen = (await world.ada.post(path, ask | {"role": None})).json()
    assert (seen["added"], seen["changed"], seen["removed"]) == (0, 1, 1)
    listed = (await world.ada.get(f"{world.place}/scim-groups")).json()["items"]
    assert [(each["display_name"], each["members"]) for each in listed] == [("Staff", 3)]


async def test_a_group_gives_nothing_in_what_is_not_the_organisations(service: Service) -> None:
    world = await World.begin(service, "bob")
    staff = await world.directory.add_group("Staff", world.ids["bob"])
    elsewhere = (await world.ada.create_workspace("Elsewhere"))["id"]
    body = {"group_id": staff["id"], "workspace_id": elsewhere, "role": "MEMBER"}
    refused = await world.ada.request("PUT", f"{world.place}/scim-group-mappings", json=body)
    assert code(refused) == (404, "WORKSPACE_NOT_FOUND")
    owner = await world.ada.request(
        "PUT", f"{world.place}/scim-group-mappings", json=body | {"role": "OWNER"}
    )
    assert code(owner) == (422, "VALIDATION_FAILED")


async def test_what_a_request_costs_does_not_grow_with_the_directory(service: Service) -> None:
    """Statements of each kind of request, with few people and groups and with many."""
    world = await World.begin(service, "bob")
    staff = await world.directory.add_group("Staff", world.ids["bob"])
    costs = [await cost(world, staff)]
    for number in range(40):
        world.ids[f"p{number}"] = (await world.directory.add_user(f"p{number}"))["id"]
    await world.add(staff, *(f"p{number}" for number in range(40)))
    costs.append(await cost(world, staff))
    assert costs[0] == costs[1], costs
    assert max(costs[0].values()) <= 40, costs


async def cost(world: World, group: dict[str, Any]) -> dict[str, int]:
    database = world.service.edge.parts.database
    seen: list[str] = []
    registry = database.driver.registry  # type: ignore[attr-defined]
    before, registry.observe = registry.observe, lambda name, seconds: seen.append(name)
    found = {}
    number = len(world.ids)
    try:
        for what, method, path, body in (
            ("find", "GET", '/Users?filter=userName eq "bob@contoso.local"', None),
            (
                "create",
                "POST",
                "/Users",
                {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": f"n{number}"},
            ),
            ("page", "GET", "/Users?count=1", None),
            (
                "rename",
                "PATCH",
                f"/Users/{world.ids['bob']}",
                {
                    "schemas": [PATCH],
                    "Operations": [{"op": "replace", "path": "title", "value": str(number)}],
                },
            ),
            (
                "member",
                "PATCH",
                f"/Groups/{group['id']}",
                {
                    "schemas": [PATCH],
                    "Operations": [{"op": "remove", "path": f'members[value eq "{world.ids["bob"]}"]'}],
                },
            ),
            (
                "member again",
                "PATCH",
                f"/Groups/{group['id']}",
                {
                    "schemas": [PATCH],
                    "Operations": [{"op": "add", "path": "members", "value": [{"value": world.ids["bob"]}]}],
                },
            ),
            ("group", "GET", f"/Groups/{group['id']}?excludedAttributes=members", None),
        ):
            seen.clear()
            response = await world.directory.request(method, path, body)
            assert response.status_code < 300, response.text
            found[what] = len(seen)
    finally:
        registry.observe = before
    return found
