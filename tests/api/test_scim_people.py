"""Whose account somebody is whom a directory tells of, and what its saying so, or saying no more, comes to."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from app.core.caller import Origin
from app.core.local_issuer import LocalUser
from app.db.connection import WriteTransaction
from app.db.statements import Statement
from app.kernel.scim_access import acting
from app.services import scim_users
from tests.databases import execute
from tests.directory import Directory, connect
from tests.harness import Person, Service, add_org_member, code, make_outbox, move_workspace_into
from tests.lock_order import Watched

NOTICES = "/users/me/notifications"
OTHER_TENANT = "11111111-1111-4111-8111-111111111111"


def of_another_tenant(service: Service, person: Person) -> None:
    """As if they had signed in from there."""
    execute(service.settings, f"UPDATE UserAccount SET tid = '{OTHER_TENANT}' WHERE id = '{person.user_id}'")


def move_connection(service: Service, directory: Directory) -> None:
    """As if somebody of another tenant had made it."""
    execute(
        service.settings,
        f"UPDATE ScimConnection SET tid = '{OTHER_TENANT}' WHERE id = '{directory.connection_id}'",
    )


async def sign_in_again(service: Service, person: Person) -> None:
    """After every session of theirs was ended."""
    [(version,)] = service.rows("SELECT session_version FROM UserAccount WHERE id = ?", person.user_id)
    user = LocalUser(person.user_id, person.name.title(), f"{person.name}@example.com", version)
    person.access_token = service.issuer.mint(user)
    assert (await person.validate()).status_code == 200


async def workspace_of(service: Service, owner: Person, org_id: str) -> str:
    workspace_id: str = (await owner.create_workspace("Of an organisation"))["id"]
    await move_workspace_into(service, workspace_id, org_id)
    return workspace_id


async def test_the_account_waits_for_the_sign_in_with_its_object_id(service: Service) -> None:
    directory = await connect(await service.person("ada"))
    bob = await service.person("bob", signed_in=False)
    await directory.add_user("bob", bob.user_id.upper())
    found = service.rows("SELECT tid, display_name, verified_at FROM UserAccount WHERE id = ?", bob.user_id)
    assert found == [(service.settings.local_issuer_tenant, "Bob", None)]
    assert (await bob.validate()).status_code == 200
    assert (await bob.get("/organizations")).json()["items"][0]["id"] == directory.org_id
    member = (await bob.get(f"/organizations/{directory.org_id}/members/{bob.user_id}")).json()
    assert (member["role"], member["source"]) == ("MEMBER", "directory")


async def test_neither_name_nor_address_makes_somebody_of_an_account(service: Service) -> None:
    directory = await connect(await service.person("ada"))
    bob = await service.person("bob")
    for number, external_id in enumerate(("bob@example.com", "bob", str(uuid.uuid4()))):
        await directory.add_user(
            f"bob{number}", external_id, emails=[{"type": "work", "value": "bob@example.com"}]
        )
    assert (await bob.get("/organizations")).json()["items"] == []
    path = f"/organizations/{directory.org_id}/scim-connections"
    told = (await (await service.person("ada")).get(path)).json()["items"][0]
    # The third is somebody's object id, who is not Bob.
    assert (told["users"], told["linked_users"]) == (3, 1)


async def test_an_account_of_another_tenant_is_not_touched(service: Service) -> None:
    bob = await service.person("bob")
    directory = await connect(await service.person("eve"))
    move_connection(service, directory)
    made = await directory.add_user("bob", bob.user_id)
    assert service.rows("SELECT account_id FROM ScimUser") == [(None,)]
    await directory.set_active(made["id"], False)
    assert (await directory.request("DELETE", f"/Users/{made['id']}")).status_code == 204
    assert (await bob.get("/auth/me")).status_code == 200
    assert service.rows("SELECT * FROM OrganizationStop") == []
    assert (await bob.get("/organizations")).json()["items"] == []


async def test_an_account_that_turns_out_to_be_of_another_tenant_is_let_go_of(service: Service) -> None:
    eve = await service.person("eve")
    directory = await connect(eve)
    workspace_id = await workspace_of(service, eve, directory.org_id)
    bob = await service.person("bob", signed_in=False)
    made = await directory.add_user("bob", bob.user_id)
    group = await directory.add_group("Staff", made["id"])
    body = {"group_id": group["id"], "workspace_id": workspace_id, "role": "MEMBER"}
    assert (
        await eve.request("PUT", f"/organizations/{directory.org_id}/scim-group-mappings", json=body)
    ).status_code == 200
    await make_outbox(service.edge).run_due()
    move_connection(service, directory)
    await bob.validate()
    await make_outbox(service.edge).run_due()
    assert (await bob.get("/organizations")).json()["items"] == []
    assert (await bob.get("/workspaces")).json()["items"] == []
    assert service.rows("SELECT account_id FROM ScimUser") == [(None,)]


async def test_two_directories_of_the_same_people_do_not_touch_each_others(service: Service) -> None:
    """The same names, addresses and external ids, of one tenant and of another."""
    ada, eve, mallory = [await service.person(name) for name in ("ada", "eve", "mallory")]
    first, second, third = [await connect(each) for each in (ada, eve, mallory)]
    bob = await service.person("bob")
    execute(service.settings, f"UPDATE UserAccount SET tid = '{OTHER_TENANT}' WHERE id = '{mallory.user_id}'")
    move_connection(service, third)
    made = [await each.add_user("bob", bob.user_id) for each in (first, second, third)]
    groups = [
        await each.add_group("Staff", one["id"])
        for each, one in zip((first, second, third), made, strict=True)
    ]
    for own, other in ((first, 1), (second, 0), (third, 0)):
        for path in (f"/Users/{made[other]['id']}", f"/Groups/{groups[other]['id']}"):
            for method in ("GET", "DELETE"):
                assert (await own.request(method, path)).status_code == 404
        stolen = {"op": "add", "path": "members", "value": [{"value": made[other]["id"]}]}
        own_group = groups[(first, second, third).index(own)]
        assert (await own.patch(f"/Groups/{own_group['id']}", stolen)).status_code == 400
        found = await own.request("GET", '/Users?filter=userName eq "bob@contoso.local"')
        assert found.json()["totalResults"] == 1
    organizations = [each["id"] for each in (await bob.get("/organizations")).json()["items"]]
    assert sorted(organizations) == sorted([first.org_id, second.org_id])
    await third.set_active(made[2]["id"], False)
    assert (await bob.get("/auth/me")).status_code == 200
    await first.set_active(made[0]["id"], False)
    await sign_in_again(service, bob)
    # He is out of the one, and in the other.
    assert [each["id"] for each in (await bob.get("/organizations")).json()["items"]] == [second.org_id]
    assert code(await bob.get(f"/organizations/{first.org_id}")) == (404, "ORGANIZATION_NOT_FOUND")
    assert (await bob.get(f"/organizations/{second.org_id}")).status_code == 200


@pytest.mark.parametrize("way", ["active", "delete"])
async def test_whom_a_directory_stops_is_out_at_once_and_put_back_with_all_they_had(
    service: Service, way: str
) -> None:
    ada, bob = await service.person("ada"), await service.person("bob")
    directory = await connect(ada)
    org_id = directory.org_id
    workspace_id = await workspace_of(service, ada, org_id)
    own = (await bob.create_workspace("Elsewhere"))["id"]
    await ada.add(workspace_id, bob, "ADMIN")
    made = await directory.add_user("bob", bob.user_id)
    for path in (f"/workspaces/{workspace_id}", f"/organizations/{org_id}"):
        sender = bob if path.startswith("/w") else ada
        sent = await sender.post(f"{path}/invitations", {"email": "bob@contoso.local", "role": "MEMBER"})
        assert sent.status_code == 201, sent.text
    sent = await bob.post(f"/workspaces/{own}/invitations", {"email": "x@example.com", "role": "MEMBER"})
    before = bob.pma_token
    if way == "active":
        await directory.set_active(made["id"], "False")
    else:
        assert (await directory.request("DELETE", f"/Users/{made['id']}")).status_code == 204
    # Every session has ended; whoever signs in again is in what is not the organisation's, and in that alone.
    assert code(await bob.get("/auth/me")) == (401, "INVALID_AZURE_TOKEN")
    await sign_in_again(service, bob)
    assert bob.pma_token != before
    assert code(await bob.get(f"/workspaces/{workspace_id}")) == (403, "USER_NOT_AUTHORIZED")
    assert code(await bob.get(f"/organizations/{org_id}")) == (404, "ORGANIZATION_NOT_FOUND")
    assert [each["id"] for each in (await bob.get("/workspaces")).json()["items"]] == [own]
    assert code(await bob.get(f"/users/{ada.user_id}")) == (404, "USER_NOT_FOUND")
    states = service.rows("SELECT state FROM Invitation ORDER BY state")
    assert states == [("PENDING",), ("REVOKED",), ("REVOKED",)]
    # Nothing that is given to them by hand meanwhile is theirs to use.
    another = await workspace_of(service, ada, org_id)
    await ada.add(another, bob, "MEMBER")
    assert code(await bob.get(f"/workspaces/{another}")) == (403, "USER_NOT_AUTHORIZED")
    if way == "active":
        await directory.set_active(made["id"], True)
    else:
        await directory.add_user("bob", bob.user_id)
    for place in (workspace_id, another):
        assert (await bob.get(f"/workspaces/{place}")).status_code == 200
    assert (await bob.get(f"/workspaces/{workspace_id}")).json()["role"] == "ADMIN"
    actions = [
        row[0]
        for row in service.rows(
            "SELECT action FROM PlatformAuditLog WHERE scope_type = 'user' AND scope_id = ? ORDER BY seq",
            bob.user_id,
        )
    ]
    assert actions[-2:] == ["account.stopped_in_organization", "account.restored_in_organization"]


async def test_a_directory_that_nobody_of_the_platform_connected_signs_nobody_out(service: Service) -> None:
    """Anybody may found an organisation, and name whom they like in it."""
    eve, bob = await service.person("eve"), await service.person("bob")
    directory = await connect(eve, ends_sessions=False)
    workspace_id = await workspace_of(service, eve, directory.org_id)
    await eve.add(workspace_id, bob, "MEMBER")
    await eve.post(f"/workspaces/{workspace_id}/projects", {"name": "Launch", "key": "ABC"})
    await service.edge.parts.consumers().run_due()
    assert [each["reason"] for each in (await bob.get(NOTICES)).json()["items"]] == ["added"]
    made = await directory.add_user("bob", bob.user_id)
    assert (await bob.get(f"/users/{eve.user_id}")).json()["email"] == "eve@example.com", (
        "the founder chose to"
    )
    assert (await eve.get(f"/users/{bob.user_id}")).json()["email"] is None, "he was named, and chose nothing"
    await directory.set_active(made["id"], False)
    assert (await bob.get("/auth/me")).status_code == 200
    assert code(await bob.get(f"/workspaces/{workspace_id}")) == (403, "USER_NOT_AUTHORIZED")
    assert (await bob.get(NOTICES)).json()["items"] == [], "nor is he told of anything there"
    assert (await bob.get(f"{NOTICES}/unread-count")).json()["unread"] == 0
    await directory.set_active(made["id"], True)
    assert [each["reason"] for each in (await bob.get(NOTICES)).json()["items"]] == ["added"]


async def test_only_the_owner_connects_a_directory(service: Service) -> None:
    """It stops whoever it names, the OWNER too."""
    ada, eve = await service.person("ada"), await service.person("eve")
    org_id = str((await ada.post("/organizations", {"name": "Engines"})).json()["id"])
    await add_org_member(service, org_id, eve, "ADMIN")
    refused = await eve.post(f"/organizations/{org_id}/scim-connections", {"name": "Mine"})
    assert code(refused) == (403, "USER_NOT_AUTHORIZED")
    directory = await connect(ada, org_id)
    path = f"/organizations/{org_id}/scim-connections/{directory.connection_id}"
    assert (await eve.get(path)).json()["ends_sessions"] is True
    for refused in (
        await eve.post(f"{path}/rotate", {"overlap_hours": 1}),
        await eve.patch(path, {"name": "A"}),
    ):
        assert code(refused) == (403, "USER_NOT_AUTHORIZED")


async def test_refresh_tokens_end_with_the_sessions(service: Service) -> None:
    directory = await connect(await service.person("ada"))
    sent = {"email": "zoe@example.com", "password": "a password of hers", "display_name": "Zoe"}
    user_id = (await service.client.post("/auth/register", json=sent)).json()["user_id"]
    form = {"username": "zoe@example.com", "password": "a password of hers"}
    tokens = (await service.client.post("/auth/token", data=form)).json()
    made = await directory.add_user("zoe", user_id)
    await directory.set_active(made["id"], False)
    spent = await service.client.post("/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert code(spent) == (401, "INVALID_REFRESH_TOKEN")


async def test_the_last_owner_is_stopped_and_that_is_told_and_mended(service: Service) -> None:
    ada, bob = await service.person("ada"), await service.person("bob")
    directory = await connect(ada)
    workspace_id = await workspace_of(service, bob, directory.org_id)
    await bob.add(workspace_id, ada, "ADMIN")
    shared = await workspace_of(service, bob, directory.org_id)
    await bob.add(shared, ada, "OWNER")
    bobs = await directory.add_user("bob", bob.user_id)
    adas = await directory.add_user("ada", ada.user_id)
    await directory.set_active(bobs["id"], False)
    await make_outbox(service.edge).run_due()
    told = service.rows("SELECT workspace_id FROM AuditLog WHERE action = 'workspace.without_owner'")
    assert [row[0].lower() for row in told] == [workspace_id]
    # Its OWNER is the one still, and does nothing; nobody else is made one by that.
    assert code(await bob.get(f"/workspaces/{workspace_id}")) == (401, "INVALID_AZURE_TOKEN")
    # The OWNER of the organisation, too, is stopped without a word.
    await directory.set_active(adas["id"], False)
    await make_outbox(service.edge).run_due()
    alarms = service.rows(
        "SELECT action, target_id FROM PlatformAuditLog WHERE action = 'organization.without_owner'"
    )
    assert alarms == [("organization.without_owner", ada.user_id)]
    assert len(service.rows("SELECT 1 FROM AuditLog WHERE action = 'workspace.without_owner'")) == 2
    await directory.set_active(adas["id"], True)
    await sign_in_again(service, ada)
    assert (await ada.get(f"/workspaces/{shared}")).json()["role"] == "OWNER"


async def test_an_owner_who_is_stopped_is_not_counted_as_one(service: Service) -> None:
    ada, bob = await service.person("ada"), await service.person("bob")
    directory = await connect(ada)
    workspace_id = await workspace_of(service, ada, directory.org_id)
    member = await ada.add(workspace_id, bob, "OWNER")
    bobs = await directory.add_user("bob", bob.user_id)
    await directory.set_active(bobs["id"], False)
    assert code(await ada.post(f"/workspaces/{workspace_id}/members/leave")) == (409, "LAST_OWNER")
    assert (await ada.delete(f"/workspaces/{workspace_id}/members/{member['id']}")).status_code == 204


async def test_another_object_id_is_another_person(service: Service) -> None:
    directory = await connect(await service.person("ada"))
    bob, zoe = await service.person("bob"), await service.person("zoe")
    made = await directory.add_user("bob", bob.user_id)
    moved = await directory.patch(
        f"/Users/{made['id']}", {"op": "Replace", "path": "externalId", "value": zoe.user_id}
    )
    assert moved.status_code == 204
    await sign_in_again(service, bob)
    assert code(await bob.get(f"/organizations/{directory.org_id}")) == (404, "ORGANIZATION_NOT_FOUND")
    assert (await zoe.get(f"/organizations/{directory.org_id}")).status_code == 200


async def test_a_directory_does_not_let_organisations_stop_whole_accounts(service: Service) -> None:
    """Anybody who may found an organisation can connect their directory to it and tell of a colleague."""
    eve, bob = await service.person("eve"), await service.person("bob")
    directory = await connect(eve)
    await directory.add_user("bob", bob.user_id)
    assert code(await eve.post(f"/users/{bob.user_id}/deactivate", {})) == (403, "USER_NOT_AUTHORIZED")


async def test_no_seat_is_no_user(service: Service) -> None:
    directory = await connect(await service.person("ada"))
    execute(service.settings, "UPDATE OrganizationUsage SET max_seats = 1")
    body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "bob"}
    refused = await directory.request("POST", "/Users", body | {"externalId": str(uuid.uuid4())})
    assert refused.status_code == 409 and refused.json()["detail"]
    assert service.rows("SELECT * FROM ScimUser") == []
    assert (await directory.request("POST", "/Users", body)).status_code == 201


async def test_the_log_has_what_was_sent_and_no_secret_and_an_erasure_blanks_it(service: Service) -> None:
    ada, bob = await service.person("ada"), await service.person("bob")
    directory = await connect(ada)
    made = await directory.add_user("bob", bob.user_id, password="correct horse battery")
    await directory.patch(f"/Users/{made['id']}", {"op": "Replace", "path": "title", "value": "Baron Bob"})
    await directory.add_user("unlinked", "not-an-id", title="Baron Nobody")
    stored = str(service.rows("SELECT attributes FROM ScimUser"))
    logs = str(service.rows("SELECT details FROM PlatformAuditLog"))
    assert "correct horse" not in stored + logs and "correct horse" not in str(made)
    assert "Baron Bob" in logs and "Baron Nobody" not in logs
    entry = service.rows(
        "SELECT target_type, target_id, details FROM PlatformAuditLog WHERE action = 'scim.user_changed'"
    )
    assert entry[0][:2] == ("user", bob.user_id) and '"changed":["title"]' in entry[0][2]
    service.clock.advance(seconds=1)
    assert (await bob.post(f"/users/{bob.user_id}/erasure", {})).status_code == 202
    service.clock.advance(minutes=2)
    for _ in range(20):
        await make_outbox(service.edge).run_due()
    assert "Baron Bob" not in str(service.rows("SELECT details FROM PlatformAuditLog"))
    assert [row[0] for row in service.rows("SELECT user_name FROM ScimUser")] == ["unlinked@contoso.local"]
    verified = await ada.get(f"/organizations/{directory.org_id}/audit/verify")
    assert verified.json()["findings"] == [], verified.text


async def test_an_organisation_that_is_held_still_stops_people(service: Service) -> None:
    ada, bob = await service.person("ada"), await service.person("bob")
    directory = await connect(ada)
    made = await directory.add_user("bob", bob.user_id)
    assert (
        await ada.post(f"/organizations/{directory.org_id}/suspend", {"reason": "a pause"})
    ).status_code == 200
    await directory.set_active(made["id"], False)
    assert code(await bob.get("/auth/me")) == (401, "INVALID_AZURE_TOKEN")


async def test_a_stop_is_lifted_by_the_directory_that_made_it_and_no_other(service: Service) -> None:
    ada, bob = await service.person("ada"), await service.person("bob", signed_in=False)
    other = await connect(ada, ends_sessions=False)
    move_connection(service, other)
    own = await connect(ada, other.org_id, "Own", ends_sessions=False)
    stops = "SELECT tid FROM OrganizationStop WHERE user_id = ? ORDER BY tid"
    tenants = sorted([OTHER_TENANT, service.settings.local_issuer_tenant])
    ids = {each.connection_id: (await each.add_user("bob", bob.user_id))["id"] for each in (own, other)}
    for directory in (own, other):
        await directory.set_active(ids[directory.connection_id], False)
    assert [row[0] for row in service.rows(stops, bob.user_id)] == tenants
    restored = "SELECT COUNT(*) FROM PlatformAuditLog WHERE action = 'account.restored_in_organization'"
    await other.set_active(ids[other.connection_id], True)
    assert service.rows(stops, bob.user_id) == [(service.settings.local_issuer_tenant,)]
    assert service.rows(restored) == [(0,)]
    # Cut, it lifts nothing; the same directory, connected again, does.
    assert (await bob.validate()).status_code == 200
    path = f"/organizations/{own.org_id}"
    for connection in (own, other):
        await ada.request("DELETE", f"{path}/scim-connections/{connection.connection_id}")
    assert code(await bob.get(path)) == (404, "ORGANIZATION_NOT_FOUND")
    await (await connect(ada, own.org_id, "Again")).add_user("bob", bob.user_id)
    assert (await bob.get(path)).status_code == 200
    assert service.rows(restored) == [(1,)]


async def test_a_stop_is_lifted_by_hand_by_whoever_lets_people_in(service: Service) -> None:
    ada, bob, zoe, kim = [await service.person(name) for name in ("ada", "bob", "zoe", "kim")]
    directory = await connect(ada, ends_sessions=False)
    path, org_id = f"/organizations/{directory.org_id}", directory.org_id
    await add_org_member(service, org_id, kim, "ADMIN")
    await add_org_member(service, org_id, zoe, "ADMIN")
    told = {each.name: (await directory.add_user(each.name, each.user_id))["id"] for each in (ada, bob, zoe)}
    for person in (bob, zoe):
        await directory.set_active(told[person.name], False)
    listed = (await kim.get(f"{path}/stops?limit=1")).json()
    rest = (await kim.get(f"{path}/stops?limit=1&cursor={listed['next_cursor']}")).json()
    seen = {each["user_id"]: (each["role"], each["directories"]) for each in listed["items"] + rest["items"]}
    assert seen == {bob.user_id: ("MEMBER", 1), zoe.user_id: ("ADMIN", 1)}
    mistake = {"reason": "Wrong Bob"}

    async def lift(by: Person, of: Person, body: object = mistake) -> tuple[int, str]:
        done = await by.post(f"{path}/stops/{of.user_id}/lift", body)
        return (204, "") if done.status_code == 204 else code(done)

    assert await lift(bob, bob) == (404, "ORGANIZATION_NOT_FOUND")
    assert await lift(ada, kim) == (404, "STOP_NOT_FOUND")
    assert await lift(kim, bob, {}) == (422, "VALIDATION_FAILED")
    assert await lift(kim, zoe) == (403, "USER_NOT_AUTHORIZED")
    assert await lift(kim, bob) == (204, "")
    assert await lift(kim, bob) == (404, "STOP_NOT_FOUND")
    assert (await bob.get(path)).json()["role"] == "MEMBER"
    assert code(await zoe.get(path)) == (404, "ORGANIZATION_NOT_FOUND")
    assert await lift(ada, zoe) == (204, "")
    told_of = service.rows(
        "SELECT target_id, actor_id, details FROM PlatformAuditLog WHERE action = 'organization.stop_lifted' "
        "ORDER BY seq"
    )
    assert [row[:2] for row in told_of] == [(bob.user_id, kim.user_id), (zoe.user_id, ada.user_id)]
    assert '"reason":"Wrong Bob"' in told_of[0][2]
    # What the directory says again changes nothing, and what it says anew counts.
    await directory.set_active(told["bob"], True)
    await directory.set_active(told["bob"], False)
    assert code(await bob.get(path)) == (404, "ORGANIZATION_NOT_FOUND")
    assert (await ada.post(f"{path}/suspend", {"reason": "x"})).status_code == 200
    assert await lift(ada, bob) == (409, "ORGANIZATION_SUSPENDED")
    # Nobody of the organisation puts its OWNER back: there is none who may act, and another is appointed.
    assert (await ada.post(f"{path}/activate", {"reason": "x"})).status_code == 200
    await directory.set_active(told["ada"], False)
    assert await lift(kim, ada) == (403, "USER_NOT_AUTHORIZED")


async def test_no_account_is_taken_after_the_organisation(service: Service) -> None:
    """By whoever turns out to be somebody's at a change that does not name it (``tests.lock_order`` watches)."""
    bob = await service.person("bob")
    directory = await connect(await service.person("eve"))
    home = service.settings.local_issuer_tenant
    of_another_tenant(service, bob)
    made = await directory.add_user("bob", bob.user_id)
    assert service.rows("SELECT account_id FROM ScimUser") == [(None,)]
    execute(service.settings, f"UPDATE UserAccount SET tid = '{home}' WHERE id = '{bob.user_id}'")
    title = {"op": "replace", "path": "title", "value": "Baron"}
    assert (await directory.patch(f"/Users/{made['id']}", title)).status_code == 204
    assert service.rows("SELECT account_id FROM ScimUser") == [(bob.user_id,)]


async def test_who_is_another_by_the_time_of_the_lock_is_looked_at_anew(service: Service) -> None:
    bob, zoe = await service.person("bob"), await service.person("zoe")
    directory = await connect(await service.person("ada"))
    made = await directory.add_user("bob", bob.user_id)
    change = f"UPDATE ScimUser SET account_id = '{zoe.user_id}', external_id = '{zoe.user_id}'"
    own = acting(
        org_id=directory.org_id,
        connection_id=directory.connection_id,
        tid=service.settings.local_issuer_tenant,
        origin=Origin("x", None),
        now=service.clock(),
    )
    lock = service.edge.parts.database.registry["lock_organization"]
    becoming_zoe = replace(lock, name="change", sql=change, positional_sql=change, params=(), order=())
    locked: list[set[str]] = []

    class Overtaken(Watched):
        """Another request commits while this one waits for the organisation, which on SQLite none can."""

        def queue(self, statement: Statement, values: Mapping[str, Any]) -> None:
            if statement.name == "lock_account":
                locked[-1].add(values["account_id"])
            super().queue(statement, values)
            if statement.name == "lock_organization" and len(locked) == 1:
                super().queue(becoming_zoe, {})

    async def work(tx: WriteTransaction) -> None:
        locked.append(set())
        seen = Overtaken(tx)
        if len(locked) == 2:
            seen.queue(becoming_zoe, {})
        await scim_users.hold(seen, own, made["id"], [])

    await service.edge.parts.database.transact(work)
    assert locked == [{bob.user_id}, {zoe.user_id}]
