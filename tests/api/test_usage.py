"""What an organisation has and may have: counted where it changes, held to its plan."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.databases import TestDatabase
from tests.harness import Person, Service, code, make_settings, move_workspace_into, running


async def organization(service: Service, person: Person, **limits: int | None) -> str:
    made = await person.post("/organizations", {"name": "Engines"})
    await limit(service, made.json()["id"], **limits)
    return str(made.json()["id"])


async def limit(service: Service, org_id: str, **limits: int | None) -> None:
    names = ("max_seats", "max_workspaces", "max_file_bytes", "max_requests_per_minute")
    values = dict.fromkeys(names) | limits
    async with service.edge.parts.database.write() as tx:
        await tx.execute(tx.registry["set_limits"], {"org_id": org_id, "plan_name": "Team", **values})


async def workspace_of(service: Service, person: Person, org_id: str) -> str:
    """A workspace that is moved into the organisation, as an accepted move does it."""
    workspace = str((await person.create_workspace())["id"])
    await move_workspace_into(service, workspace, org_id)
    return workspace


async def used(person: Person, org_id: str) -> tuple[int, int, int]:
    found: dict[str, Any] = (await person.get(f"/organizations/{org_id}/usage")).json()
    return found["seats"]["used"], found["workspaces"]["used"], found["file_bytes"]["used"]


async def upload(person: Person, workspace: str, size: int) -> Any:
    files = {"file": ("a.txt", b"x" * size, "text/plain")}
    return await person.request("POST", f"/workspaces/{workspace}/files", files=files)


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


async def test_a_person_takes_one_seat_however_many_memberships(service: Service, ada: Person) -> None:
    org = await organization(service, ada)
    grace = await service.person("grace")
    assert await used(ada, org) == (1, 0, 0)
    one, two = await workspace_of(service, ada, org), await workspace_of(service, ada, org)
    assert await used(ada, org) == (1, 2, 0)
    first = await ada.add(one, grace, "MEMBER")
    second = await ada.add(two, grace, "VIEWER")
    assert await used(ada, org) == (2, 2, 0)
    await ada.delete(f"/workspaces/{one}/members/{first['id']}")
    assert await used(ada, org) == (2, 2, 0)
    await ada.delete(f"/workspaces/{two}/members/{second['id']}")
    assert await used(ada, org) == (1, 2, 0)
    await ada.add(one, grace, "MEMBER")
    await grace.post(f"/workspaces/{one}/members/leave")
    assert await used(ada, org) == (1, 2, 0)


async def test_a_workspace_takes_its_people_and_files_along(service: Service, ada: Person) -> None:
    org = await organization(service, ada)
    workspace = await workspace_of(service, ada, org)
    await ada.add(workspace, await service.person("grace"), "MEMBER")
    file = (await upload(ada, workspace, 100)).json()["id"]
    await upload(ada, workspace, 20)
    assert await used(ada, org) == (2, 1, 120)
    await ada.delete(f"/workspaces/{workspace}/files/{file}")
    assert await used(ada, org) == (2, 1, 20)
    await ada.delete(f"/workspaces/{workspace}")
    assert await used(ada, org) == (1, 0, 0)
    await ada.post(f"/workspaces/{workspace}/restore")
    assert await used(ada, org) == (2, 1, 20)


async def test_over_a_limit_says_which_and_how_many_and_changes_nothing(
    service: Service, ada: Person
) -> None:
    org = await organization(service, ada, max_seats=2, max_workspaces=1, max_file_bytes=100)
    workspace = await workspace_of(service, ada, org)
    grace, alan = await service.person("grace"), await service.person("alan")
    member = await ada.add(workspace, grace, "MEMBER")
    body = {"user_id": alan.user_id, "role": "VIEWER"}
    refused = await ada.post(f"/workspaces/{workspace}/members", body)
    assert code(refused) == (409, "LIMIT_EXCEEDED")
    assert refused.json()["details"] == {"limit": "seats", "max": 2, "used": 2}
    assert (await upload(ada, workspace, 100)).status_code == 201
    refused = await upload(ada, workspace, 1)
    assert code(refused) == (409, "LIMIT_EXCEEDED")
    assert refused.json()["details"] == {"limit": "file_bytes", "max": 100, "used": 100}
    assert await used(ada, org) == (2, 1, 100)
    assert len((await ada.get(f"/workspaces/{workspace}/members")).json()["items"]) == 2
    # Lower than what there is: all of it stays, and nothing more comes.
    await limit(service, org, max_seats=1, max_workspaces=0, max_file_bytes=0)
    assert (await grace.get(f"/workspaces/{workspace}")).status_code == 200
    assert (
        await ada.patch(f"/workspaces/{workspace}/members/{member['id']}", {"role": "ADMIN"})
    ).status_code == 200
    assert (await ada.delete(f"/workspaces/{workspace}")).status_code == 204
    restored = await ada.post(f"/workspaces/{workspace}/restore")
    assert restored.json()["details"] == {"limit": "workspaces", "max": 0, "used": 0}
    assert code(await ada.get(f"/workspaces/{workspace}")) == (404, "WORKSPACE_NOT_FOUND")
    await limit(service, org, max_seats=1)
    restored = await ada.post(f"/workspaces/{workspace}/restore")
    assert restored.json()["details"] == {"limit": "seats", "max": 1, "used": 1}
    await limit(service, org)
    assert (await ada.post(f"/workspaces/{workspace}/restore")).status_code == 200
    assert await used(ada, org) == (2, 1, 100)


async def test_an_upload_that_came_too_late_is_no_file(service: Service, ada: Person) -> None:
    """Room that was there when the bytes began to come, and was taken meanwhile."""
    org = await organization(service, ada, max_file_bytes=100)
    workspace = await workspace_of(service, ada, org)
    first, second = await asyncio.gather(upload(ada, workspace, 60), upload(ada, workspace, 60))
    assert sorted([first.status_code, second.status_code]) == [201, 409]
    assert await used(ada, org) == (1, 1, 60)
    assert len((await ada.get(f"/workspaces/{workspace}/files")).json()["items"]) == 1


async def test_the_last_seat_taken_by_fifty_at_once_goes_to_one(
    database: TestDatabase, key_file: Any
) -> None:
    settings = make_settings(database, key_file)
    async with running(settings) as one, running(settings) as two:
        ada = await one.person("ada")
        org = await organization(one, ada, max_seats=2)
        workspace = await workspace_of(one, ada, org)
        also_ada = await two.person("ada")
        ids = [f"00000000-0000-4000-8000-{number:012d}" for number in range(50)]
        answers = await asyncio.gather(
            *(
                (ada, also_ada)[number % 2].post(
                    f"/workspaces/{workspace}/members", {"user_id": user_id, "role": "VIEWER"}
                )
                for number, user_id in enumerate(ids)
            )
        )
        statuses = [answer.status_code for answer in answers]
        assert (statuses.count(201), statuses.count(409)) == (1, 49)
        assert await used(ada, org) == (2, 1, 0)
        assert one.rows("SELECT COUNT(*) FROM WorkspaceMember WHERE workspace_id = ?", workspace) == [(2,)]


async def test_a_workspace_of_no_organisation_has_no_limit(service: Service, ada: Person) -> None:
    workspace = (await ada.create_workspace())["id"]
    await ada.add(workspace, await service.person("grace"), "VIEWER")
    assert (await upload(ada, workspace, 100)).status_code == 201
    assert service.rows("SELECT COUNT(*) FROM OrganizationSeat") == [(0,)]


async def test_the_platform_sets_limits_and_it_is_in_both_logs(service: Service, ada: Person) -> None:
    org = await organization(service, ada)
    root = await service.person("root")
    service.tamper(f"UPDATE UserAccount SET is_platform_admin = 1 WHERE id = '{root.user_id}'")
    path = f"/platform/organizations/{org}/limits"
    assert code(await ada.request("PUT", path, json={"seats": 99})) == (403, "USER_NOT_AUTHORIZED")
    before = await root.get(path)
    body = {"plan": "Team", "seats": 5, "file_bytes": 1_000}
    made = await root.request("PUT", path, json=body)
    assert made.json() == (await ada.get(f"/organizations/{org}/usage")).json()
    assert made.json()["seats"] == {"used": 1, "limit": 5}
    assert (made.json()["plan"], made.json()["workspaces"]["limit"]) == ("Team", None)
    headers = root.headers() | {"If-Match": before.headers["etag"]}
    assert code(await service.client.put(path, json=body, headers=headers)) == (412, "VERSION_MISMATCH")
    unknown = f"/platform/organizations/{service.edge.tools.new_id()}/limits"
    assert code(await root.get(unknown)) == (404, "ORGANIZATION_NOT_FOUND")
    assert code(await root.request("PUT", unknown, json=body)) == (404, "ORGANIZATION_NOT_FOUND")
    for wrong in ({"seats": -1}, {"seats": 1.5}, {"seats": 2**63}, {"requests": 5}):
        assert code(await root.request("PUT", path, json=wrong)) == (422, "VALIDATION_FAILED"), wrong
    sql = "SELECT scope_type, actor_id FROM PlatformAuditLog WHERE action = 'organization.limits_set'"
    assert sorted(service.rows(sql)) == [("org", root.user_id), ("platform", root.user_id)]
