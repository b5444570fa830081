"""People: who sees whom, and what they are called."""

from __future__ import annotations

import asyncio
import re
import uuid
from typing import Any
from urllib.parse import quote

import pytest

from tests.api.test_authorization_matrix import EXISTING
from tests.databases import execute
from tests.harness import Person, Service, add_org_member, code


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


async def organization(owner: Person, **more: Any) -> str:
    made = await owner.post("/organizations", {"name": "Engines", **more})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def path(person: Person, tail: str = "") -> str:
    return f"/users/{person.user_id}{tail}"


async def test_whoever_shares_nothing_with_them_sees_nobody(service: Service, ada: Person) -> None:
    bob = await service.person("bob")
    nobody = f"/users/{uuid.uuid4()}"
    for seen in (await ada.get(path(bob)), await ada.get(nobody)):
        assert code(seen) == (404, "USER_NOT_FOUND")
    refused = await ada.patch(path(bob, "/profile"), {"name": "Robert"})
    assert code(refused) == (404, "USER_NOT_FOUND")
    workspace = (await ada.create_workspace())["id"]
    await ada.add(workspace, bob, "VIEWER")
    for who, whom in ((ada, bob), (bob, ada)):
        found = await who.get(path(whom))
        assert found.status_code == 200
        # Somebody adds anybody to a workspace: that shows no address.
        assert (found.json()["email"], found.json()["is_expected"]) == (None, False)
    assert code(await ada.patch(path(bob, "/profile"), {"name": "Robert"})) == (403, "USER_NOT_AUTHORIZED")
    assert (await ada.get(path(ada))).json()["email"] == "ada@example.com"
    await ada.delete(f"/workspaces/{workspace}")
    assert code(await ada.get(path(bob))) == (404, "USER_NOT_FOUND")
    await add_org_member(service, await organization(ada), bob, "MEMBER")
    assert (await ada.get(path(bob))).json()["email"] == "bob@example.com"


async def test_whoever_adds_a_stranger_is_not_told_their_address(service: Service, ada: Person) -> None:
    bob, cat = await service.person("bob"), await service.person("cat")
    org = await organization(ada)
    workspace = (await ada.create_workspace())["id"]
    assert (await ada.post(f"/organizations/{org}/members", {"user_id": bob.user_id})).status_code == 201
    sent = {"email": "cat@example.com", "role": "MEMBER"}
    token = (await ada.post(f"/organizations/{org}/invitations", sent)).json()["token"]
    assert (await cat.post("/invitations/accept", {"token": token})).status_code == 200
    for person in (bob, cat):
        await ada.add(workspace, person, "VIEWER")
    for place in ({"org_id": org}, {"workspace_id": workspace}):
        page = (await ada.get("/users", **place)).json()["items"]
        assert [each["email"] for each in page] == ["ada@example.com", None, "cat@example.com"]
    assert [(await ada.get(path(each))).json()["email"] for each in (bob, cat)] == [None, "cat@example.com"]
    # Who founded it came by themselves, and everybody knows their own.
    page = (await bob.get("/users", org_id=org)).json()["items"]
    assert [each["email"] for each in page] == ["ada@example.com", "bob@example.com", "cat@example.com"]


async def test_the_people_of_one_workspace_or_organisation_are_listed(service: Service, ada: Person) -> None:
    workspace, org = (await ada.create_workspace())["id"], await organization(ada)
    for name in ("cyd", "bob", "bert"):
        person = await service.person(name)
        await ada.add(workspace, person, "MEMBER")
        if name == "bob":
            await add_org_member(service, org, person, "MEMBER")
    for wrong in ({}, {"workspace_id": workspace, "org_id": org}):
        assert code(await ada.get("/users", **wrong)) == (422, "VALIDATION_FAILED")
    names: list[tuple[str, str | None]] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await ada.get("/users", workspace_id=workspace, limit=3, **cursor)).json()
        names += [(each["display_name"], each["email"]) for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert names == [
        ("Ada", "ada@example.com"), ("Bert", None), ("Bob", "bob@example.com"), ("Cyd", None),
    ]  # fmt: skip
    few = (await ada.get("/users", workspace_id=workspace, name="B")).json()["items"]
    assert [each["display_name"] for each in few] == ["Bert", "Bob"]
    of_org = (await ada.get("/users", org_id=org)).json()["items"]
    assert sorted(each["display_name"].lower() for each in of_org) == ["ada", "bob"]
    eve = await service.person("eve")
    assert code(await eve.get("/users", workspace_id=workspace)) == (403, "USER_NOT_AUTHORIZED")
    assert code(await eve.get("/users", org_id=org)) == (404, "ORGANIZATION_NOT_FOUND")


async def test_a_name_that_was_chosen_reaches_every_list_until_it_is_taken_away(
    service: Service, ada: Person
) -> None:
    workspace, org = (await ada.create_workspace())["id"], await organization(ada)
    before = (await ada.get(path(ada))).json()
    changed = await ada.patch(path(ada, "/profile"), {"name": "Countess", "bio": "Counts.\nWrites."})
    assert changed.status_code == 200, changed.text
    assert {key: changed.json()[key] for key in ("display_name", "name", "bio", "version")} == {
        "display_name": "Countess",
        "name": "Countess",
        "bio": "Counts.\nWrites.",
        "version": before["version"] + 1,
    }

    async def shown() -> set[str]:
        members = (await ada.get(f"/workspaces/{workspace}/members")).json()["items"]
        found = {each["display_name"] for each in members}
        for place in ({"workspace_id": workspace}, {"org_id": org}):
            found |= {each["display_name"] for each in (await ada.get("/users", **place)).json()["items"]}
        found |= {name for (name,) in service.rows("SELECT display_name FROM OrganizationMember")}
        return found | {(await ada.get("/auth/me")).json()["user"]["display_name"]}

    assert await shown() == {"Countess"}
    # A directory that has another name meanwhile has no say, and is not forgotten.
    ada.access_token = service.access_token(ada.user_id, "augusta")
    assert (await ada.validate()).json()["user"]["display_name"] == "Countess"
    assert await shown() == {"Countess"}
    later = await ada.create_workspace("Later")
    listed = (await ada.get(f"/workspaces/{later['id']}/members")).json()["items"]
    assert [each["display_name"] for each in listed] == ["Countess"]
    away = await ada.patch(path(ada, "/profile"), {"name": None})
    assert (away.json()["display_name"], away.json()["name"], away.json()["bio"]) == (
        "Augusta",
        None,
        "Counts.\nWrites.",
    )
    assert await shown() == {"Augusta"}
    ada.access_token = service.access_token(ada.user_id, "ada")
    await ada.validate()
    assert await shown() == {"Ada"}


async def test_a_profile_is_changed_under_a_condition_and_written_only_when_it_changes(
    service: Service, ada: Person
) -> None:
    etag = (await ada.get(path(ada))).headers["etag"]
    first = await ada.patch(path(ada, "/profile"), {"bio": "One"})
    headers = ada.headers() | {"If-Match": etag}
    stale = await service.client.patch(path(ada, "/profile"), json={"bio": "Two"}, headers=headers)
    assert code(stale) == (412, "VERSION_MISMATCH")
    again = await ada.patch(path(ada, "/profile"), {"bio": "One"})
    assert again.json()["version"] == first.json()["version"]
    actions = service.rows("SELECT details FROM PlatformAuditLog WHERE action = 'profile.updated'")
    assert actions == [('{"changed":["bio"]}',)]
    for body in ({}, {"name": ""}, {"name": "a" * 201}, {"bio": "a" * 1001}, {"email": "a@example.com"}):
        assert code(await ada.patch(path(ada, "/profile"), body)) == (422, "VALIDATION_FAILED")


async def test_two_first_profiles_at_once_make_one(service: Service, ada: Person) -> None:
    answers = await asyncio.gather(
        *(ada.patch(path(ada, "/profile"), {"name": f"Name {number}"}) for number in range(8))
    )
    assert {answer.status_code for answer in answers} == {200}
    ((name, shown),) = service.rows(
        "SELECT p.name, u.display_name FROM UserProfile AS p JOIN UserAccount AS u ON u.id = p.user_id"
    )
    assert name == shown


async def test_whoever_wrote_an_account_down_has_decided_nothing(service: Service, ada: Person) -> None:
    """The row says for whom and by whom; its tenant, name and status are nobody's until somebody signs in."""
    bob = await service.person("bob", signed_in=False)
    workspace = (await ada.create_workspace())["id"]
    await ada.post(
        f"/workspaces/{workspace}/members",
        {"user_id": bob.user_id, "role": "VIEWER", "display_name": "Not Bob"},
    )
    seen = (await ada.get(path(bob))).json()
    assert (seen["display_name"], seen["is_expected"], seen["status"]) == ("Not Bob", True, "ACTIVE")
    service.tamper(
        f"UPDATE UserAccount SET status = 'SUSPENDED', held_by = 'platform', tid = 'another' WHERE id = '{bob.user_id}'"
    )
    assert (await bob.validate()).status_code == 200
    seen = (await ada.get(path(bob))).json()
    assert (seen["display_name"], seen["is_expected"], seen["status"]) == ("Bob", False, "ACTIVE")
    assert seen["held_by"] is None
    known = service.rows(f"SELECT expected_by, directory_name FROM UserAccount WHERE id = '{bob.user_id}'")
    assert known == [(ada.user_id, "Bob")]
    told = service.rows("SELECT details FROM PlatformAuditLog WHERE action = 'account.claimed'")
    assert told == [(f'{{"expected_by":"{ada.user_id}"}}',)]


async def test_an_id_with_a_slash_is_addressed_by_every_route(
    service: Service, ada: Person, subtests: pytest.Subtests
) -> None:
    bob = "auth0:auth0|x/y%2Fz"
    execute(
        service.settings,
        "INSERT INTO UserAccount (id, tid, display_name, created_at, updated_at, verified_at)"
        f" VALUES ('{bob}', 'auth0', 'Bob', '2026-01-01', '2026-01-01', '2026-01-01')",
    )
    named = f"/users/{quote(bob, safe='')}"
    workspace = (await ada.create_workspace())["id"]
    added = await ada.post(f"/workspaces/{workspace}/members", {"user_id": bob, "role": "VIEWER"})
    assert added.status_code == 201, added.text
    for spelled in (named, named.replace("%2F", "%2f")):
        assert (await ada.get(spelled)).json()["id"] == bob
    org = f"/organizations/{await organization(ada)}"
    assert (await ada.post(f"{org}/members", {"user_id": bob})).status_code == 201
    assert (await ada.get(f"{org}/members/{named[7:]}")).json()["user_id"] == bob
    assert (await ada.delete(f"{org}/members/{named[7:]}")).status_code == 204
    # Without the encoding they are two names in a path that no route has.
    assert code(await ada.get("/users/auth0:x/y")) == (404, "NOT_FOUND")
    for method, template in sorted(EXISTING):
        if "{user_id}" not in template:
            continue
        with subtests.test(f"{method} {template}"):
            place = template.replace("/users/{user_id}", named).replace("{user_id}", named[7:])
            place = re.sub(r"\{\w+\}", str(uuid.uuid4()), place)
            assert b'"NOT_FOUND"' not in (await ada.request(method, place)).content
