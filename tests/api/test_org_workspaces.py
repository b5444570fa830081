"""Workspaces of an organisation: made, listed and governed by its ADMINs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import Person, Service, add_org_member, code


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


@pytest.fixture
async def org(ada: Person) -> str:
    """The path of an organisation of ada's."""
    made: dict[str, Any] = (await ada.post("/organizations", {"name": "Engines"})).json()
    return f"/organizations/{made['id']}"


async def joined(service: Service, org: str, name: str, role: str) -> Person:
    person = await service.person(name)
    await add_org_member(service, org.rpartition("/")[2], person, role)
    return person


async def made(person: Person, org: str, name: str) -> str:
    response = await person.post(f"{org}/workspaces", {"name": name})
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


async def names(person: Person, org: str, **filters: Any) -> list[tuple[str, str | None]]:
    response = await person.get(f"{org}/workspaces", **filters)
    return [(each["name"], each["role"]) for each in response.json()["items"]]


def told(service: Service, workspace: str) -> list[tuple[Any, ...]]:
    """The last entry of the workspace's log, and what the organisation's tells of it."""
    own = "SELECT action, actor_id FROM AuditLog WHERE workspace_id = ? ORDER BY seq"
    chain = (
        "SELECT action, actor_id FROM PlatformAuditLog "
        "WHERE scope_type = 'org' AND target_type = 'workspace' AND target_id = ? ORDER BY seq"
    )
    return [service.rows(own, workspace)[-1], service.rows(chain, workspace)[-1]]


async def test_an_admin_makes_workspaces_and_is_their_owner(service: Service, ada: Person, org: str) -> None:
    response = await ada.post(f"{org}/workspaces", {"name": "Gears", "description": "Brass"})
    body = response.json()
    assert (body["org_id"], body["role"]) == (org.rpartition("/")[2], "OWNER")
    assert response.headers["location"] == f"/workspaces/{body['id']}"
    ada.pma_token = body["pma_token"]
    assert (await ada.get(f"/workspaces/{body['id']}")).json()["org_id"] == body["org_id"]
    assert told(service, body["id"]) == [("workspace.created", ada.user_id)] * 2
    usage = (await ada.get(f"{org}/usage")).json()
    assert (usage["workspaces"]["used"], usage["seats"]["used"]) == (1, 1)
    bob = await joined(service, org, "bob", "MEMBER")
    assert code(await bob.post(f"{org}/workspaces", {"name": "Mine"})) == (403, "USER_NOT_AUTHORIZED")


async def test_an_admin_sees_all_and_a_member_their_own(service: Service, ada: Person, org: str) -> None:
    bob, eve = await joined(service, org, "bob", "ADMIN"), await joined(service, org, "eve", "MEMBER")
    shafts, gears = await made(ada, org, "Shafts"), await made(ada, org, "Gears")
    await made(ada, org, "Belts")
    await eve.create_workspace("Elsewhere")
    await ada.add(shafts, eve, "VIEWER")
    assert await names(bob, org) == [("Belts", None), ("Gears", None), ("Shafts", None)]
    assert await names(ada, org) == [("Belts", "OWNER"), ("Gears", "OWNER"), ("Shafts", "OWNER")]
    assert await names(eve, org) == [("Shafts", "VIEWER")]
    page = (await bob.get(f"{org}/workspaces", limit=2)).json()
    assert await names(bob, org, limit=2, cursor=page["next_cursor"]) == [("Shafts", None)]
    await ada.delete(f"/workspaces/{gears}")
    await bob.post(f"{org}/workspaces/{shafts}/archive", {})
    assert await names(bob, org) == [("Belts", None)]
    assert await names(bob, org, archived=True) == [("Belts", None), ("Shafts", None)]
    assert (await names(eve, org), await names(eve, org, archived=True)) == ([], [("Shafts", "VIEWER")])
    # Who governs it reads nothing of it.
    for tail in ("", "/members", "/files", "/audit", "/changes", "/links"):
        assert code(await bob.get(f"/workspaces/{shafts}{tail}")) == (403, "USER_NOT_AUTHORIZED")


async def test_what_the_organisation_holds_an_owner_does_not_put_back(
    service: Service, ada: Person, org: str
) -> None:
    bob, workspace = await joined(service, org, "bob", "ADMIN"), await made(ada, org, "Gears")
    path, own = f"{org}/workspaces/{workspace}", f"/workspaces/{workspace}"
    held = await bob.post(f"{path}/suspend", {"reason": "Audit"})
    assert (held.json()["status"], held.json()["held_by"]) == ("SUSPENDED", "organization")
    assert told(service, workspace) == [("workspace.suspended", bob.user_id)] * 2
    assert code(await ada.patch(own, {"name": "Other"})) == (409, "WORKSPACE_SUSPENDED")
    refused = await ada.post(f"{own}/activate", {})
    assert (refused.status_code, refused.json()["details"]["required"]) == (403, "organization")
    for step in ("suspend", "archive"):
        assert code(await bob.post(f"{path}/{step}", {})) == (400, "INVALID_STATUS"), step
    assert (await bob.post(f"{path}/activate", {})).json()["held_by"] is None
    assert told(service, workspace) == [("workspace.activated", bob.user_id)] * 2
    assert code(await bob.post(f"{path}/activate", {})) == (400, "INVALID_STATUS")
    # What its OWNER holds, the organisation takes over, and puts back.
    await ada.post(f"{own}/suspend", {})
    assert (await bob.post(f"{path}/archive", {})).json()["status"] == "ARCHIVED"
    assert (await ada.post(f"{own}/activate", {})).status_code == 403
    assert (await bob.post(f"{path}/activate", {})).json()["status"] == "ACTIVE"
    assert (await ada.patch(own, {"name": "Other"})).status_code == 200
    async with service.edge.parts.database.write() as tx:
        values = {"status": "SUSPENDED", "held_by": "platform", "now": service.clock()}
        await tx.execute(tx.registry["set_workspace_status"], {"workspace_id": workspace} | values)
    refused = await bob.post(f"{path}/activate", {})
    assert (refused.status_code, refused.json()["details"]["required"]) == (403, "platform")
    assert (await ada.get(f"{org}/audit/verify")).json()["valid"]
    assert (await ada.get(f"{own}/audit/verify")).json()["valid"]


async def test_people_are_put_into_a_workspace_in_any_role(service: Service, ada: Person, org: str) -> None:
    bob, workspace = await joined(service, org, "bob", "ADMIN"), await made(ada, org, "Gears")
    eve = await service.person("eve")
    path, own = f"{org}/workspaces/{workspace}", f"/workspaces/{workspace}"
    added = await bob.post(f"{path}/members", {"user_id": eve.user_id, "role": "VIEWER"})
    assert (added.status_code, added.json()["role"], added.json()["added_by"]) == (201, "VIEWER", bob.user_id)
    assert (await eve.get(own)).status_code == 200
    raised = await bob.post(f"{path}/members", {"user_id": eve.user_id, "role": "OWNER"})
    assert (raised.status_code, raised.json()["id"], raised.json()["role"]) == (
        201,
        added.json()["id"],
        "OWNER",
    )
    assert told(service, workspace) == [("member.role_changed", bob.user_id)] * 2
    again = await bob.post(f"{path}/members", {"user_id": eve.user_id, "role": "ADMIN"})
    assert (code(again), again.json()["details"]) == ((409, "MEMBER_EXISTS"), {"role": "OWNER"})
    assert code(await bob.get(own)) == (403, "USER_NOT_AUTHORIZED")
    await bob.post(f"{path}/members", {"user_id": bob.user_id, "role": "MEMBER"})
    assert (await bob.get(own)).json()["role"] == "MEMBER"
    entry = (await eve.get(f"{own}/audit")).json()["items"][0]
    assert (entry["action"], entry["actor_id"], entry["details"]) == (
        "member.added",
        bob.user_id,
        {"user_id": bob.user_id, "role": "MEMBER", "as_organization": org.rpartition("/")[2]},
    )
    await bob.post(f"{path}/suspend", {})
    refused = await bob.post(f"{path}/members", {"user_id": eve.user_id, "role": "OWNER"})
    assert code(refused) == (409, "WORKSPACE_SUSPENDED")


async def test_only_its_own_workspaces_are_governed(service: Service, ada: Person, org: str) -> None:
    eve = await service.person("eve")
    foreign = (await eve.create_workspace("Elsewhere"))["id"]
    theirs = (await eve.post("/organizations", {"name": "Theirs"})).json()["id"]
    of_theirs = await made(eve, f"/organizations/{theirs}", "Theirs")
    gone = await made(ada, org, "Gone")
    await ada.delete(f"/workspaces/{gone}")
    before = service.rows("SELECT id, status, version FROM Workspace ORDER BY id")
    for workspace in (foreign, of_theirs, gone, service.edge.tools.new_id()):
        for tail, body in (
            ("suspend", {}),
            ("archive", {}),
            ("activate", {}),
            ("members", {"user_id": ada.user_id, "role": "OWNER"}),
        ):
            refused = await ada.post(f"{org}/workspaces/{workspace}/{tail}", body)
            assert code(refused) == (404, "WORKSPACE_NOT_FOUND"), tail
    assert service.rows("SELECT id, status, version FROM Workspace ORDER BY id") == before


async def test_a_suspended_organisation_governs_nothing(service: Service, ada: Person, org: str) -> None:
    workspace = await made(ada, org, "Gears")
    await ada.post(f"{org}/suspend", {})
    for tail, body in (
        ("", {"name": "New"}),
        (f"/{workspace}/suspend", {}),
        (f"/{workspace}/members", {"user_id": ada.user_id, "role": "OWNER"}),
    ):
        refused = await ada.post(f"{org}/workspaces{tail}", body)
        assert code(refused) == (409, "ORGANIZATION_SUSPENDED")
    assert await names(ada, org) == [("Gears", "OWNER")]


async def test_the_limits_of_the_plan_hold(service: Service, ada: Person, org: str) -> None:
    async with service.edge.parts.database.write() as tx:
        limits = {
            "plan_name": "Team",
            "max_seats": 2,
            "max_workspaces": 1,
            "max_file_bytes": None,
            "max_requests_per_minute": None,
        }
        await tx.execute(tx.registry["set_limits"], {"org_id": org.rpartition("/")[2], **limits})
    workspace = await made(ada, org, "Gears")
    second = await ada.post(f"{org}/workspaces", {"name": "Shafts"})
    assert (code(second), second.json()["details"]["limit"]) == ((409, "LIMIT_EXCEEDED"), "workspaces")
    eve, bob = await service.person("eve"), await service.person("bob")
    assert (await ada.post(f"{org}/members", {"user_id": eve.user_id})).status_code == 201
    # One person, one seat.
    appointed = await ada.post(
        f"{org}/workspaces/{workspace}/members", {"user_id": eve.user_id, "role": "ADMIN"}
    )
    assert appointed.status_code == 201
    for tail, body in ((f"/workspaces/{workspace}/members", {"role": "VIEWER"}), ("/members", {})):
        refused = await ada.post(org + tail, {"user_id": bob.user_id, **body})
        assert code(refused) == (409, "LIMIT_EXCEEDED"), tail
    assert (await eve.post(f"{org}/members/leave")).status_code == 204
    assert code(await ada.post(f"{org}/members", {"user_id": bob.user_id})) == (409, "LIMIT_EXCEEDED")
    await eve.post(f"/workspaces/{workspace}/members/leave")
    assert (await ada.post(f"{org}/members", {"user_id": bob.user_id})).status_code == 201


async def test_a_guest_who_is_appointed_is_one_no_more(service: Service, ada: Person, org: str) -> None:
    workspace = await made(ada, org, "Gears")
    eve = await joined(service, org, "eve", "MEMBER")
    member = await ada.add(workspace, eve, "VIEWER", is_guest=True)
    path = f"{org}/workspaces/{workspace}/members"
    raised = await ada.post(path, {"user_id": eve.user_id, "role": "MEMBER"})
    assert (raised.status_code, raised.json()["is_guest"]) == (201, True)
    raised = await ada.post(path, {"user_id": eve.user_id, "role": "OWNER"})
    assert (raised.status_code, raised.json()["id"], raised.json()["is_guest"]) == (201, member["id"], False)
