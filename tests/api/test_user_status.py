"""Accounts that are stopped and put back: by whom, and what ends with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.test_auth import PASSWORD
from tests.api.test_changes import end_of, following
from tests.api.test_statement_counts import counted
from tests.databases import TestDatabase
from tests.harness import (
    Clock,
    Person,
    Service,
    add_org_member,
    code,
    make_outbox,
    make_settings,
    running,
    serving,
)

WHY = {"reason": "Contract ended"}


@pytest.fixture
async def twins(database: TestDatabase, key_file: Path) -> AsyncIterator[tuple[Service, Service]]:
    settings, clock = make_settings(database, key_file), Clock()
    async with running(settings, clock) as first, running(settings, clock) as second:
        yield first, second


async def organization(owner: Person, *members: tuple[Person, str], source: str = "invitation") -> str:
    org_id = str((await owner.post("/organizations", {"name": "Engines"})).json()["id"])
    for person, role in members:
        await add_org_member(owner.service, org_id, person, role, source=source)
    return org_id


async def platform_admin(service: Service, name: str = "root") -> Person:
    person = await service.person(name)
    service.tamper(f"UPDATE UserAccount SET is_platform_admin = 1 WHERE id = '{person.user_id}'")
    return person


def path(person: Person, tail: str = "") -> str:
    return f"/users/{person.user_id}{tail}"


async def test_every_session_ends_in_every_process_and_none_comes_back(
    twins: tuple[Service, Service],
) -> None:
    first, second = twins
    ada, bob = await first.person("ada"), await second.person("bob")
    await organization(ada, (bob, "MEMBER"))
    assert (await bob.get("/auth/me")).status_code == 200
    stopped = await ada.post(path(bob, "/suspend"), WHY)
    assert stopped.status_code == 200, stopped.text
    assert (stopped.json()["status"], stopped.json()["held_by"]) == ("SUSPENDED", "organization")
    for answer in (await bob.get("/auth/me"), await bob.get("/workspaces"), await bob.validate()):
        assert code(answer) == (403, "USER_NOT_AUTHORIZED")
    back = await ada.post(path(bob, "/activate"), {})
    assert (back.json()["status"], back.json()["held_by"]) == ("ACTIVE", None)
    # What was minted before stays ended: the PMA token, and the local issuer's access token.
    assert code(await bob.get("/auth/me")) == (401, "INVALID_AZURE_TOKEN")
    assert code(await bob.validate()) == (401, "INVALID_AZURE_TOKEN")
    history = (await ada.get(path(bob, "/history"))).json()["items"]
    assert [(each["from_status"], each["to_status"], each["reason"]) for each in history] == [
        ("SUSPENDED", "ACTIVE", None),
        ("ACTIVE", "SUSPENDED", "Contract ended"),
    ]
    page = (await ada.get(path(bob, "/history"), limit=1)).json()
    rest = (await ada.get(path(bob, "/history"), limit=1, cursor=page["next_cursor"])).json()
    assert page["items"] + rest["items"] == history
    logs = "SELECT scope_type FROM PlatformAuditLog WHERE action = 'account.suspended' ORDER BY scope_type"
    assert first.rows(logs) == [("org",), ("user",)]
    for sql in ("UPDATE UserStatusEvent SET reason = 'x'", "DELETE FROM UserStatusEvent"):
        with pytest.raises(Exception, match="append-only"):
            first.rows(sql)


@pytest.mark.parametrize("step", ["deactivate", "suspend"])
async def test_passwords_and_refresh_tokens_end_too(service: Service, step: str) -> None:
    root = await platform_admin(service)
    made = await service.client.post(
        "/auth/register", json={"email": "eve@example.com", "password": PASSWORD, "display_name": "Eve"}
    )
    form = {"username": "eve@example.com", "password": PASSWORD}
    tokens = (await service.client.post("/auth/token", data=form)).json()
    eve = made.json()["user_id"]
    assert (await root.post(f"/users/{eve}/{step}", WHY)).status_code == 200
    assert code(await service.client.post("/auth/token", data=form)) == (403, "USER_NOT_AUTHORIZED")
    spent = {"refresh_token": tokens["refresh_token"]}
    assert code(await service.client.post("/auth/refresh", json=spent)) == (401, "INVALID_REFRESH_TOKEN")
    assert (await root.post(f"/users/{eve}/activate", {})).status_code == 200
    assert code(await service.client.post("/auth/refresh", json=spent)) == (401, "INVALID_REFRESH_TOKEN")
    assert (await service.client.post("/auth/token", data=form)).status_code == 200


async def test_a_stream_that_is_open_ends(
    database: TestDatabase, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.api.changes._HEARTBEAT_SECONDS", 0.1)
    async with serving(make_settings(database, key_file)) as server:
        root, bob = await platform_admin(server), await server.person("bob")
        place = f"/workspaces/{(await bob.create_workspace())['id']}"
        async with following(bob, place) as stream:
            await anext(stream)
            assert (await root.post(path(bob, "/suspend"), WHY)).status_code == 200
            last = await end_of(stream)
    assert (last.event, last.data) == ("closed", {"error_code": "USER_NOT_AUTHORIZED"})


async def test_who_administers_some_of_their_organisations_only_stops_nobody(service: Service) -> None:
    ada, cyd, bob = [await service.person(name) for name in ("ada", "cyd", "bob")]
    await organization(ada, (bob, "MEMBER"))
    await organization(cyd, (bob, "MEMBER"))
    for step in ("suspend", "deactivate", "activate"):
        assert code(await ada.post(path(bob, f"/{step}"), {})) == (403, "USER_NOT_AUTHORIZED")
    assert code(await ada.get(path(bob, "/history"))) == (403, "USER_NOT_AUTHORIZED")
    assert (await bob.get("/auth/me")).status_code == 200
    denied = service.rows(
        "SELECT scope_id, actor_id FROM PlatformAuditLog WHERE action = 'access.denied' AND scope_type = 'user'"
    )
    assert set(denied) == {(bob.user_id, ada.user_id)}
    eve = await service.person("eve")
    for tail in ("/suspend", "/deactivate", "/activate"):
        assert code(await eve.post(path(bob, tail), {})) == (404, "USER_NOT_FOUND")
    assert code(await eve.get(path(bob, "/history"))) == (404, "USER_NOT_FOUND")


async def test_whoever_adds_a_stranger_cannot_lock_them_out(service: Service) -> None:
    """Neither one who has signed in, nor one who has not yet."""
    mallory, ada = await service.person("mallory"), await service.person("ada")
    late = await service.person("late", signed_in=False)
    org = await organization(mallory, (ada, "MEMBER"), source="manual")
    workspace = (await mallory.create_workspace())["id"]
    await mallory.add(workspace, late, "VIEWER")
    await add_org_member(service, org, late, "MEMBER", source="directory")
    for person in (ada, late):
        for step in ("suspend", "deactivate"):
            refused = await mallory.post(path(person, f"/{step}"), {})
            assert refused.status_code in (400, 403), refused.text
        assert (await person.validate()).status_code == 200
    # Not even the platform stops who has not signed in.
    root = await platform_admin(service)
    nobody = await service.person("nobody", signed_in=False)
    await mallory.add(workspace, nobody, "VIEWER")
    refused = await root.post(path(nobody, "/suspend"), {})
    assert (code(refused), refused.json()["details"]["status"]) == ((400, "INVALID_STATUS"), "EXPECTED")


async def test_owners_and_administrators_and_oneself_are_the_platforms_to_stop(service: Service) -> None:
    ada, bob, cyd = [await service.person(name) for name in ("ada", "bob", "cyd")]
    await organization(ada, (bob, "ADMIN"), (cyd, "ADMIN"))
    assert code(await bob.post(path(ada, "/suspend"), {})) == (403, "USER_NOT_AUTHORIZED")
    assert code(await bob.post(path(bob, "/suspend"), {})) == (403, "USER_NOT_AUTHORIZED")
    root = await platform_admin(service)
    assert code(await root.post(path(root, "/suspend"), {})) == (403, "USER_NOT_AUTHORIZED")
    service.tamper(f"UPDATE UserAccount SET is_platform_admin = 1 WHERE id = '{cyd.user_id}'")
    assert code(await bob.post(path(cyd, "/suspend"), {})) == (403, "USER_NOT_AUTHORIZED")
    assert (await root.post(path(cyd, "/suspend"), {})).json()["held_by"] == "platform"
    # What the platform stopped, its organisation does not put back.
    service.tamper(f"UPDATE UserAccount SET is_platform_admin = 0 WHERE id = '{cyd.user_id}'")
    assert code(await bob.post(path(cyd, "/activate"), {})) == (403, "USER_NOT_AUTHORIZED")
    assert (await root.post(path(cyd, "/activate"), {})).status_code == 200
    on_platform = service.rows(
        "SELECT action FROM PlatformAuditLog WHERE scope_type = 'platform' ORDER BY seq"
    )
    assert on_platform == [("account.suspended",), ("account.activated",)]
    service.app.state.edge.parts.settings.platform_admins.append(cyd.user_id)
    assert code(await bob.post(path(cyd, "/suspend"), {})) == (403, "USER_NOT_AUTHORIZED")
    wrong = await root.post(path(cyd, "/activate"), {})
    assert (code(wrong), wrong.json()["details"]["allowed"]) == (
        (400, "INVALID_STATUS"),
        ["DEACTIVATED", "SUSPENDED"],
    )


@pytest.mark.parametrize("attempt", range(3))
async def test_of_two_who_stop_each_other_at_once_one_comes_too_late(
    twins: tuple[Service, Service], attempt: int
) -> None:
    first, second = twins
    owner, ada, bob = await first.person("owner"), await first.person("ada"), await second.person("bob")
    await organization(owner, (ada, "ADMIN"), (bob, "ADMIN"))
    answers = await asyncio.gather(ada.post(path(bob, "/suspend"), WHY), bob.post(path(ada, "/suspend"), WHY))
    assert sorted(answer.status_code for answer in answers) == [200, 403]


@pytest.mark.parametrize("attempt", range(3))
async def test_who_signs_in_while_they_are_stopped_has_no_session_afterwards(
    twins: tuple[Service, Service], attempt: int
) -> None:
    first, second = twins
    root = await platform_admin(first)
    made = await first.client.post(
        "/auth/register", json={"email": "eve@example.com", "password": PASSWORD, "display_name": "Eve"}
    )
    form = {"username": "eve@example.com", "password": PASSWORD}
    eve = made.json()["user_id"]

    async def stop() -> None:
        # About when the password has been hashed.
        await asyncio.sleep(0.02 + 0.03 * attempt)
        assert (await root.post(f"/users/{eve}/suspend", WHY)).status_code == 200

    signed_in, _ = await asyncio.gather(second.client.post("/auth/token", data=form), stop())
    assert (await root.post(f"/users/{eve}/activate", {})).status_code == 200
    if signed_in.status_code == 200:
        spent = {"refresh_token": signed_in.json()["refresh_token"]}
        assert code(await first.client.post("/auth/refresh", json=spent)) == (401, "INVALID_REFRESH_TOKEN")
        headers = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
        assert (await first.client.post("/auth/validate", headers=headers)).status_code == 401
    live = "SELECT COUNT(*) FROM RefreshToken WHERE revoked_at IS NULL"
    assert first.rows(live) == [(0,)]


async def test_a_place_without_an_owner_who_may_act_is_told(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    root, ada, bob = await platform_admin(service), await service.person("ada"), await service.person("bob")
    alone, shared = await ada.create_workspace("Alone"), await ada.create_workspace("Shared")
    await ada.add(alone["id"], bob, "ADMIN")
    await ada.add(shared["id"], bob, "OWNER")
    org = await organization(ada)
    assert (await root.post(path(ada, "/suspend"), WHY)).status_code == 200
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        await make_outbox(service.edge).run_due()
    told = [record for record in caplog.records if "OWNER" in record.getMessage()]
    assert {getattr(record, "workspace_id", None) or getattr(record, "org_id", None) for record in told} == {
        alone["id"],
        org,
    }
    entries = (await bob.get(f"/workspaces/{alone['id']}/audit", action="workspace.without_owner")).json()
    assert [entry["details"] for entry in entries["items"]] == [{"user_id": ada.user_id}]
    assert service.rows("SELECT workspace_id FROM AuditLog WHERE action = 'workspace.without_owner'") == [
        (alone["id"],)
    ]
    of_org = "SELECT scope_id FROM PlatformAuditLog WHERE action = 'organization.without_owner'"
    assert service.rows(of_org) == [(org,)]
    assert service.rows("SELECT 1 FROM AccountClosing") == []
    verified = await bob.get(f"/workspaces/{alone['id']}/audit/verify")
    assert verified.json()["valid"] is True
    # Bob is the last who may act there, and stays.
    mine = (await bob.get(f"/workspaces/{shared['id']}/members", name="Bob")).json()["items"][0]["id"]
    refused = await bob.patch(f"/workspaces/{shared['id']}/members/{mine}", {"role": "VIEWER"})
    assert code(refused) == (409, "LAST_OWNER")


async def test_who_was_put_back_meanwhile_is_told_of_nowhere(service: Service) -> None:
    root, ada = await platform_admin(service), await service.person("ada")
    await ada.create_workspace()
    for step in ("suspend", "activate"):
        await root.post(path(ada, f"/{step}"), {})
    await make_outbox(service.edge).run_due()
    assert service.rows("SELECT 1 FROM AuditLog WHERE action = 'workspace.without_owner'") == []
    assert service.rows("SELECT 1 FROM AccountClosing") == []


async def test_what_is_decided_about_is_locked_before_it_is_read(service: Service) -> None:
    """What a single writer cannot show: on SQL Server others write meanwhile."""
    if service.settings.db_type != "sqlite":
        pytest.skip("SQLite's driver counts its commits")
    root, ada = await platform_admin(service), await service.person("ada")
    for number in range(3):
        await ada.create_workspace(f"Number {number}")
    before = counted(service)
    assert (await root.post(path(ada, "/suspend"), {})).status_code == 200
    assert (counted(service) - before)["lock_account"] == 2
    before = counted(service)
    await make_outbox(service.edge).run_due()
    ran = counted(service) - before
    assert (ran["lock_workspace"], ran["is_without_owner"]) == (3, 3)
    assert ran["lock_closing"] == ran["read_closing"]
