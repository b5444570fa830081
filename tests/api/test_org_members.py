"""Members of an organisation, its ADMINs and its OWNER."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import Person, Service, add_org_member, code

NOBODY_YET = "00000000-0000-4000-8000-00000000beef"


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


@pytest.fixture
async def org(ada: Person) -> str:
    """The path of an organisation of ada's."""
    made: dict[str, Any] = (await ada.post("/organizations", {"name": "Engines"})).json()
    return f"/organizations/{made['id']}"


async def joined(service: Service, org: str, name: str, role: str = "MEMBER") -> Person:
    person = await service.person(name)
    await add_org_member(service, org.rpartition("/")[2], person, role)
    return person


async def roles(person: Person, org: str) -> dict[str, str]:
    items = (await person.get(f"{org}/members")).json()["items"]
    return {each["user_id"]: each["role"] for each in items}


def actions(service: Service) -> list[tuple[Any, ...]]:
    return service.rows(
        "SELECT action, actor_id, target_type, target_id FROM PlatformAuditLog "
        "WHERE scope_type = 'org' AND outcome = 'SUCCESS' ORDER BY seq"
    )[1:]


async def test_a_member_is_added_by_id_before_they_sign_in(service: Service, ada: Person, org: str) -> None:
    bob = await service.person("bob", signed_in=False)
    body = {"user_id": bob.user_id, "display_name": "Somebody"}
    added = await ada.post(f"{org}/members", body)
    assert (added.status_code, added.json()["role"], added.json()["source"]) == (201, "MEMBER", "manual")
    assert added.headers["etag"].startswith('"1')
    assert code(await ada.post(f"{org}/members", body)) == (409, "MEMBER_EXISTS")
    await bob.validate()
    listed = (await bob.get(f"{org}/members")).json()["items"]
    # The directory's name has taken the place of the one that was written down, and the order goes by it.
    assert [each["display_name"] for each in listed] == ["Ada", "Bob"]
    assert [each["id"] for each in (await bob.get("/organizations")).json()["items"]] == [
        org.rpartition("/")[2]
    ]
    assert actions(service) == [("organization.member_added", ada.user_id, "user", bob.user_id)]
    stranger = await ada.post(f"{org}/members", {"user_id": "other:somebody"})
    assert code(stranger) == (403, "USER_NOT_AUTHORIZED")


async def test_a_new_name_reaches_the_list_of_the_organisation(
    service: Service, ada: Person, org: str
) -> None:
    bob = await joined(service, org, "bob")
    bob.access_token = service.access_token(bob.user_id, "zoe")
    await bob.validate()
    names = [each["display_name"] for each in (await ada.get(f"{org}/members")).json()["items"]]
    assert names == ["Ada", "Zoe"]
    found = (await ada.get(f"{org}/members", name="zo")).json()["items"]
    assert [each["user_id"] for each in found] == [bob.user_id]


async def test_admins_are_granted_and_revoked_by_the_owner(service: Service, ada: Person, org: str) -> None:
    bob, eve = await joined(service, org, "bob"), await joined(service, org, "eve")
    choice = {"user_id": bob.user_id}
    granted = await ada.post(f"{org}/admins", choice)
    assert (granted.status_code, granted.json()["role"], granted.json()["version"]) == (200, "ADMIN", 2)
    assert (await ada.post(f"{org}/admins", choice)).json()["version"] == 2
    assert [each["user_id"] for each in (await eve.get(f"{org}/admins")).json()["items"]] == [bob.user_id]
    refused = await bob.post(f"{org}/admins", {"user_id": eve.user_id})
    assert (code(refused), refused.json()["details"]) == (
        (403, "USER_NOT_AUTHORIZED"),
        {"required": "OWNER", "role": "ADMIN"},
    )
    assert (await bob.patch(org, {"name": "Bob may"})).status_code == 200
    assert (await ada.delete(f"{org}/admins/{bob.user_id}")).status_code == 204
    # On the next request.
    assert code(await bob.patch(org, {"name": "Bob may not"})) == (403, "USER_NOT_AUTHORIZED")
    assert code(await ada.delete(f"{org}/admins/{bob.user_id}")) == (404, "MEMBER_NOT_FOUND")
    assert code(await ada.post(f"{org}/admins", {"user_id": NOBODY_YET})) == (404, "MEMBER_NOT_FOUND")
    for way in ("POST", "DELETE"):
        path = f"{org}/admins" + (f"/{ada.user_id}" if way == "DELETE" else "")
        body = {"user_id": ada.user_id} if way == "POST" else None
        assert code(await ada.request(way, path, json=body)) == (409, "LAST_OWNER"), way
    assert [action for action, *_ in actions(service)] == [
        "organization.admin_granted",
        "organization.updated",
        "organization.admin_revoked",
    ]


async def test_who_removes_whom(service: Service, ada: Person, org: str) -> None:
    bob, carl = await joined(service, org, "bob", "ADMIN"), await joined(service, org, "carl", "ADMIN")
    eve = await joined(service, org, "eve")
    refused = await bob.delete(f"{org}/members/{carl.user_id}")
    assert (refused.status_code, refused.json()["details"]["required"]) == (403, "OWNER")
    assert code(await bob.delete(f"{org}/members/{ada.user_id}")) == (409, "LAST_OWNER")
    assert (await bob.delete(f"{org}/members/{eve.user_id}")).status_code == 204
    assert code(await eve.get(org)) == (404, "ORGANIZATION_NOT_FOUND")
    assert (await ada.delete(f"{org}/members/{carl.user_id}")).status_code == 204
    assert (await bob.post(f"{org}/members/leave")).status_code == 204
    assert code(await ada.post(f"{org}/members/leave")) == (409, "LAST_OWNER")
    assert await roles(ada, org) == {ada.user_id: "OWNER"}
    assert [(action, target) for action, _, _, target in actions(service)] == [
        ("organization.member_removed", eve.user_id),
        ("organization.member_removed", carl.user_id),
        ("organization.member_left", bob.user_id),
    ]


async def test_whoever_leaves_stays_in_the_workspaces(service: Service, ada: Person, org: str) -> None:
    bob = await joined(service, org, "bob")
    workspace = await ada.create_workspace()
    await ada.add(workspace["id"], bob, "VIEWER")
    assert (await bob.post(f"{org}/members/leave")).status_code == 204
    assert (await bob.get(f"/workspaces/{workspace['id']}")).status_code == 200


async def test_the_ownership_is_transferred_at_once(service: Service, ada: Person, org: str) -> None:
    bob = await joined(service, org, "bob")
    moved = await ada.post(f"{org}/transfer-ownership", {"user_id": bob.user_id})
    assert (moved.status_code, moved.json()["user_id"], moved.json()["role"]) == (200, bob.user_id, "OWNER")
    assert await roles(ada, org) == {ada.user_id: "ADMIN", bob.user_id: "OWNER"}
    assert (await ada.get(f"{org}/owner")).json() == moved.json()
    again = await ada.post(f"{org}/transfer-ownership", {"user_id": bob.user_id})
    assert code(again) == (403, "USER_NOT_AUTHORIZED")
    own = await bob.post(f"{org}/transfer-ownership", {"user_id": bob.user_id})
    assert own.json() == moved.json()
    told = service.rows(
        "SELECT details FROM PlatformAuditLog WHERE action = 'organization.ownership_transferred'"
    )
    assert told == [(f'{{"from":"{ada.user_id}","to":"{bob.user_id}"}}',)]
    assert (await ada.get(f"{org}/audit/verify")).json()["valid"]


async def test_nobody_becomes_owner_who_could_not_act(service: Service, ada: Person, org: str) -> None:
    eve = await joined(service, org, "eve")
    await ada.post(f"{org}/members", {"user_id": NOBODY_YET})
    service.tamper(f"UPDATE UserAccount SET status = 'SUSPENDED' WHERE id = '{eve.user_id}'")
    for user_id in (NOBODY_YET, eve.user_id):
        refused = await ada.post(f"{org}/transfer-ownership", {"user_id": user_id})
        assert code(refused) == (400, "RULE_VIOLATED")
    stranger = await service.person("stranger")
    refused = await ada.post(f"{org}/transfer-ownership", {"user_id": stranger.user_id})
    assert code(refused) == (404, "MEMBER_NOT_FOUND")
    assert (await ada.get(f"{org}/owner")).json()["user_id"] == ada.user_id


@pytest.mark.parametrize("step", ["suspend", "archive"])
async def test_out_of_work_nobody_is_let_in_or_put_out_and_everybody_may_leave(
    service: Service, ada: Person, org: str, step: str
) -> None:
    bob = await joined(service, org, "bob", "ADMIN")
    await ada.post(f"{org}/{step}", {})
    error = "ORGANIZATION_SUSPENDED" if step == "suspend" else "ORGANIZATION_ARCHIVED"
    for method, tail, body in (
        ("POST", "/members", {"user_id": NOBODY_YET}),
        ("DELETE", f"/members/{bob.user_id}", None),
        ("POST", "/admins", {"user_id": bob.user_id}),
        ("DELETE", f"/admins/{bob.user_id}", None),
        ("POST", "/transfer-ownership", {"user_id": bob.user_id}),
    ):
        assert code(await ada.request(method, org + tail, json=body)) == (409, error), tail
    assert code(await ada.post(f"{org}/members/leave")) == (409, "LAST_OWNER")
    assert (await bob.post(f"{org}/members/leave")).status_code == 204
    for tail in ("/members", "/admins", "/owner", "/audit", "/audit/verify"):
        assert (await ada.get(org + tail)).status_code == 200, tail
