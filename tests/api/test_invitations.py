"""Invitations to workspaces and organisations: what they let in, whom, and what ends them."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.core.opaque_tokens import token_digest
from app.kernel.housekeeping import Housekeeping
from tests.databases import TestDatabase, look, tables
from tests.harness import Clock, Person, Service, add_org_member, code, make_settings, running
from tests.http_client import httpx


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


@pytest.fixture
async def bob(service: Service) -> Person:
    return await service.person("bob")


@pytest.fixture(params=["workspace", "organization"])
async def place(request: pytest.FixtureRequest, ada: Person) -> str:
    """The path of a workspace or organisation of Ada's."""
    if request.param == "workspace":
        return f"/workspaces/{(await ada.create_workspace())['id']}"
    return f"/organizations/{(await ada.post('/organizations', {'name': 'Engines'})).json()['id']}"


async def invite(by: Person, place: str, email: str = "bob@example.com", role: str = "MEMBER") -> Any:
    answer = await by.post(f"{place}/invitations", {"email": email, "role": role})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def accept(who: Person, token: str) -> httpx.Response:
    return await who.post("/invitations/accept", {"token": token})


async def join(service: Service, by: Person, place: str, other: Person, role: str) -> None:
    """As a member, however the place does that."""
    if place.startswith("/workspaces"):
        await by.add(place.rpartition("/")[2], other, role)
    else:
        await add_org_member(service, place.rpartition("/")[2], other, role)


def members(service: Service, place: str, person: Person) -> list[tuple[str, str]]:
    of_workspace = place.startswith("/workspaces")
    table, column = ("WorkspaceMember", "workspace_id") if of_workspace else ("OrganizationMember", "org_id")
    return [
        (str(role), str(source))
        for role, source in service.rows(
            f"SELECT role, source FROM {table} WHERE {column} = ? AND user_id = ?",
            place.rpartition("/")[2],
            person.user_id,
        )
    ]


def actions(service: Service, place: str) -> list[str]:
    of_workspace = place.startswith("/workspaces")
    table, column = ("AuditLog", "workspace_id") if of_workspace else ("PlatformAuditLog", "scope_id")
    return [
        str(action)
        for (action,) in service.rows(
            f"SELECT action FROM {table} WHERE {column} = ? ORDER BY seq",
            place.rpartition("/")[2],
        )
    ]


async def test_an_invitation_is_sent_seen_and_accepted_once(
    service: Service, ada: Person, bob: Person, place: str
) -> None:
    made = await invite(ada, place, "Bob@Example.com")
    assert (made["state"], made["role"], made["invited_by"]) == ("PENDING", "MEMBER", ada.user_id)
    seen = await bob.post("/invitations/preview", {"token": made["token"]})
    assert seen.status_code == 200
    assert (seen.json()["id"], seen.json()["role"], seen.json()["inviter_name"]) == (
        made["id"], "MEMBER", "Ada",
    )  # fmt: skip
    assert (await bob.get(place)).status_code in (403, 404)
    accepted = await accept(bob, made["token"])
    assert accepted.status_code == 200, accepted.text
    assert accepted.json()["name"] == seen.json()["name"]
    assert (await bob.get(place)).json()["role"] == "MEMBER"
    assert members(service, place, bob) == [("MEMBER", "invitation")]
    again = await accept(bob, made["token"])
    assert (code(again), again.json()["details"]) == ((409, "INVITATION_ENDED"), {"state": "ACCEPTED"})
    (listed,) = (await ada.get(f"{place}/invitations")).json()["items"]
    assert (listed["state"], listed["ended_by"], listed["email"]) == (
        "ACCEPTED", bob.user_id, "Bob@Example.com",
    )  # fmt: skip
    assert "token" not in listed
    told = [action for action in actions(service, place) if action != "access.denied"]
    added = "member.added" if place.startswith("/workspaces") else "organization.member_added"
    assert told[1:] == ["invitation.created", added, "invitation.accepted"]


async def test_only_the_digest_of_a_token_is_kept_and_nobody_is_told_it_twice(
    service: Service, ada: Person, bob: Person, place: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    headers = ada.headers() | {"Idempotency-Key": "once"}
    body = {"email": "bob@example.com", "role": "MEMBER"}
    first = await service.client.post(f"{place}/invitations", headers=headers, json=body)
    again = await service.client.post(f"{place}/invitations", headers=headers, json=body)
    token = first.json()["token"]
    assert len(token) == 43
    assert (again.json() | {"token": token}) == first.json()
    assert again.json()["token"] is None
    assert first.headers["cache-control"] == again.headers["cache-control"] == "no-store"
    resent = await ada.post(f"{place}/invitations/{first.json()['id']}/resend")
    assert (await accept(bob, resent.json()["token"])).status_code == 200
    everything = repr(
        look(service.settings, [(f"SELECT * FROM {name}", ()) for name in tables(service.settings)])
    )
    for each in (token, resent.json()["token"]):
        assert each not in everything
        assert each not in caplog.text
    assert token_digest(resent.json()["token"]) in everything
    assert "bob@example.com" not in caplog.text.lower()
    for log in ("AuditLog", "PlatformAuditLog"):
        for (details,) in service.rows(f"SELECT details FROM {log} WHERE action LIKE 'invitation.%'"):
            assert "@" not in (details or "")


async def test_it_is_for_the_address_it_was_sent_to(
    service: Service, ada: Person, bob: Person, place: str
) -> None:
    made = await invite(ada, place)
    eve = await service.person("eve")
    for action in ("preview", "accept", "decline"):
        refused = await eve.post(f"/invitations/{action}", {"token": made["token"]})
        assert code(refused) == (403, "INVITATION_FOR_ANOTHER"), action
        assert "Roadmap" not in refused.text
        assert "bob" not in refused.text.lower()
    assert members(service, place, eve) == []
    assert (await accept(bob, made["token"])).status_code == 200
    await service.edge.parts.audit.denials.flush()
    assert actions(service, place).count("access.denied") == 3


async def test_a_token_that_nothing_has_opens_nothing(ada: Person, bob: Person, place: str) -> None:
    made = await invite(ada, place)
    for token in ("x", "A" * 43, made["id"], token_digest(made["token"])):
        for action in ("preview", "accept", "decline"):
            answer = await bob.post(f"/invitations/{action}", {"token": token})
            assert code(answer) == (404, "INVITATION_NOT_FOUND"), token
    # An address that nobody has verified is no proof: the id alone is good for nothing.
    assert code(await bob.post("/invitations/accept", {"invitation_id": made["id"]})) == (
        404, "INVITATION_NOT_FOUND",
    )  # fmt: skip
    assert (await bob.get("/users/me/invitations")).json()["items"] == []
    for body in ({}, {"token": "x", "invitation_id": made["id"]}, {"token": ""}, {"token": "x" * 201}):
        assert code(await bob.post("/invitations/accept", body)) == (422, "VALIDATION_FAILED")


async def test_one_waits_for_an_address_and_another_after_it(
    service: Service, ada: Person, bob: Person, place: str
) -> None:
    first = await invite(ada, place)
    taken = await ada.post(f"{place}/invitations", {"email": "BOB@example.com", "role": "MEMBER"})
    assert code(taken) == (409, "INVITATION_EXISTS")
    assert (await ada.delete(f"{place}/invitations/{first['id']}")).status_code == 204
    second = await invite(ada, place)
    assert code(await accept(bob, first["token"])) == (409, "INVITATION_ENDED")
    assert (await bob.post("/invitations/decline", {"token": second["token"]})).status_code == 204
    third = await invite(ada, place)
    service.clock.advance(days=8)
    person = await again(service, "ada")
    # It has expired, and makes room.
    assert (await person.get(f"{place}/invitations", pending=True)).json()["items"] == []
    fourth = await invite(person, place)
    listed = (await person.get(f"{place}/invitations")).json()["items"]
    assert {each["id"]: each["state"] for each in listed} == {
        first["id"]: "REVOKED",
        second["id"]: "DECLINED",
        third["id"]: "EXPIRED",
        fourth["id"]: "PENDING",
    }
    (waiting,) = (await person.get(f"{place}/invitations", pending=True)).json()["items"]
    assert waiting["id"] == fourth["id"]


async def again(service: Service, name: str) -> Person:
    """The same one with tokens of now."""
    service.people.pop(name, None)
    return await service.person(name)


async def test_what_ended_stays_ended(service: Service, ada: Person, bob: Person, place: str) -> None:
    made = await invite(ada, place)
    path = f"{place}/invitations/{made['id']}"
    service.clock.advance(days=7)
    ada, bob = await again(service, "ada"), await again(service, "bob")
    for answer in (
        await accept(bob, made["token"]),
        await bob.post("/invitations/decline", {"token": made["token"]}),
        await ada.post(f"{path}/resend"),
        await ada.delete(path),
    ):
        assert (code(answer), answer.json()["details"]) == ((409, "INVITATION_ENDED"), {"state": "EXPIRED"})
    seen = await bob.post("/invitations/preview", {"token": made["token"]})
    assert seen.json()["state"] == "EXPIRED"
    assert members(service, place, bob) == []


async def test_resending_ends_the_token_before_and_begins_the_time_anew(
    service: Service, ada: Person, bob: Person, place: str
) -> None:
    made = await invite(ada, place)
    service.clock.advance(days=6)
    ada, bob = await again(service, "ada"), await again(service, "bob")
    resent = await ada.post(f"{place}/invitations/{made['id']}/resend")
    assert resent.status_code == 200
    assert (resent.json()["id"], resent.json()["token"] != made["token"]) == (made["id"], True)
    assert code(await accept(bob, made["token"])) == (404, "INVITATION_NOT_FOUND")
    service.clock.advance(days=6)
    bob = await again(service, "bob")
    assert (await accept(bob, resent.json()["token"])).status_code == 200


async def test_whoever_is_a_member_already_ends_it(
    service: Service, ada: Person, bob: Person, place: str
) -> None:
    made = await invite(ada, place, role="ADMIN")
    await join(service, ada, place, bob, "MEMBER")
    assert code(await accept(bob, made["token"])) == (409, "MEMBER_EXISTS")
    assert members(service, place, bob) == [("MEMBER", "manual")]
    assert code(await accept(bob, made["token"])) == (409, "INVITATION_ENDED")
    assert actions(service, place)[-1] == "invitation.accepted"


@pytest.mark.parametrize(
    ("kind", "mine", "role", "may"),
    [
        ("workspace", "ADMIN", "OWNER", False),
        ("workspace", "ADMIN", "ADMIN", True),
        ("workspace", "OWNER", "OWNER", True),
        ("organization", "ADMIN", "ADMIN", False),
        ("organization", "ADMIN", "MEMBER", True),
        ("organization", "OWNER", "ADMIN", True),
    ],
)
async def test_nobody_invites_to_a_role_that_they_may_not_give(
    service: Service, ada: Person, bob: Person, kind: str, mine: str, role: str, may: bool
) -> None:
    if kind == "workspace":
        place = f"/workspaces/{(await ada.create_workspace())['id']}"
    else:
        place = f"/organizations/{(await ada.post('/organizations', {'name': 'E'})).json()['id']}"
    inviter = ada
    if mine != "OWNER":
        inviter = await service.person("cat")
        await join(service, ada, place, inviter, mine)
    body = {"email": "bob@example.com", "role": role}
    answer = await inviter.post(f"{place}/invitations", body)
    assert answer.status_code == (201 if may else 403), answer.text
    if not may:
        made = await invite(ada, place, role=role)
        # Nor does resending give it to them to give.
        assert code(await inviter.post(f"{place}/invitations/{made['id']}/resend")) == (
            403, "USER_NOT_AUTHORIZED",
        )  # fmt: skip
        assert (await inviter.delete(f"{place}/invitations/{made['id']}")).status_code == 204


async def test_an_organisation_has_one_owner_and_nobody_is_invited_to_be(ada: Person) -> None:
    org = (await ada.post("/organizations", {"name": "E"})).json()["id"]
    body = {"email": "bob@example.com", "role": "OWNER"}
    answer = await ada.post(f"/organizations/{org}/invitations", body)
    assert code(answer) == (422, "VALIDATION_FAILED")


@pytest.mark.parametrize("fate", ["demoted", "removed", "account"])
async def test_the_inviter_must_still_be_one_who_may(
    service: Service, ada: Person, bob: Person, fate: str
) -> None:
    workspace = (await ada.create_workspace())["id"]
    place = f"/workspaces/{workspace}"
    cat = await service.person("cat")
    member = (await ada.add(workspace, cat, "ADMIN"))["id"]
    made = await invite(cat, place, role="ADMIN")
    if fate == "demoted":
        await ada.patch(f"{place}/members/{member}", {"role": "MEMBER"})
    elif fate == "removed":
        await ada.delete(f"{place}/members/{member}")
    else:
        service.tamper(f"UPDATE UserAccount SET status = 'SUSPENDED' WHERE id = '{cat.user_id}'")
    assert code(await accept(bob, made["token"])) == (409, "INVITER_MAY_NOT")
    assert members(service, place, bob) == []
    # It waits on: whoever may, answers for it by resending it.
    resent = (await ada.post(f"{place}/invitations/{made['id']}/resend")).json()
    assert resent["invited_by"] == ada.user_id
    assert (await accept(bob, resent["token"])).status_code == 200
    assert members(service, place, bob) == [("ADMIN", "invitation")]


async def test_what_is_not_in_work_lets_nobody_in(
    service: Service, ada: Person, bob: Person, place: str
) -> None:
    made = await invite(ada, place)
    assert (await ada.post(f"{place}/suspend", {})).status_code == 200
    error = "WORKSPACE_SUSPENDED" if place.startswith("/workspaces") else "ORGANIZATION_SUSPENDED"
    assert code(await accept(bob, made["token"])) == (409, error)
    assert code(await bob.post("/invitations/decline", {"token": made["token"]})) == (409, error)
    assert code(await ada.post(f"{place}/invitations/{made['id']}/resend")) == (409, error)
    refused = await ada.post(f"{place}/invitations", {"email": "c@example.com", "role": "MEMBER"})
    assert code(refused) == (409, error)
    assert members(service, place, bob) == []
    assert (await ada.post(f"{place}/activate", {})).status_code == 200
    assert (await accept(bob, made["token"])).status_code == 200


async def test_without_a_seat_left_it_waits(service: Service, ada: Person, bob: Person) -> None:
    org = (await ada.post("/organizations", {"name": "E"})).json()["id"]
    made = await invite(ada, f"/organizations/{org}")
    for seats in (1, 2):
        async with service.edge.parts.database.write() as tx:
            limits = {
                "max_seats": seats,
                "max_workspaces": None,
                "max_file_bytes": None,
                "max_requests_per_minute": None,
            }
            await tx.execute(tx.registry["set_limits"], {"org_id": org, "plan_name": "Team", **limits})
        accepted = await accept(bob, made["token"])
        if seats == 1:
            assert code(accepted) == (409, "LIMIT_EXCEEDED")
            assert members(service, f"/organizations/{org}", bob) == []
    assert accepted.status_code == 200
    assert (await ada.get(f"/organizations/{org}/usage")).json()["seats"]["used"] == 2


async def test_a_deleted_workspace_lets_nobody_in(service: Service, ada: Person, bob: Person) -> None:
    place = f"/workspaces/{(await ada.create_workspace())['id']}"
    made = await invite(ada, place)
    assert (await ada.delete(place)).status_code == 204
    for action in ("preview", "accept", "decline"):
        answer = await bob.post(f"/invitations/{action}", {"token": made["token"]})
        assert code(answer) == (404, "INVITATION_NOT_FOUND"), action


async def test_the_ids_of_one_place_open_nothing_in_another(ada: Person, place: str) -> None:
    made = await invite(ada, place)
    others = [
        f"/workspaces/{(await ada.create_workspace('Other'))['id']}",
        f"/organizations/{(await ada.post('/organizations', {'name': 'Other'})).json()['id']}",
    ]
    for other in others:
        path = f"{other}/invitations/{made['id']}"
        assert code(await ada.post(f"{path}/resend")) == (404, "INVITATION_NOT_FOUND")
        assert code(await ada.delete(path)) == (404, "INVITATION_NOT_FOUND")
        assert (await ada.get(f"{other}/invitations")).json()["items"] == []


async def test_the_list_is_in_pages_by_address(ada: Person, place: str) -> None:
    for name in ("cat", "ada", "bob", "dan"):
        await invite(ada, place, f"{name}@example.com")
    seen, cursor = [], None
    while True:
        more: dict[str, Any] = {"cursor": cursor} if cursor else {}
        page = (await ada.get(f"{place}/invitations", limit=2, **more)).json()
        seen += [each["email"] for each in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == [f"{name}@example.com" for name in ("ada", "bob", "cat", "dan")]


@pytest.mark.parametrize(
    "email", ["", "x", "a@b@c", "a b@example.com", "a@\u202eexample.com", "ä@example.com"]
)
async def test_an_address_that_is_none_is_refused(ada: Person, place: str, email: str) -> None:
    answer = await ada.post(f"{place}/invitations", {"email": email, "role": "MEMBER"})
    assert code(answer) == (422, "VALIDATION_FAILED")


# --- an address that is verified ------------------------------------------------------------


@pytest.fixture
async def closed(database: TestDatabase, key_file: Path) -> AsyncIterator[Service]:
    """Nobody registers by themselves, so the local issuer's addresses count."""
    async with running(make_settings(database, key_file, enable_registration=False)) as service:
        yield service


async def test_a_verified_address_finds_its_own_and_needs_no_token(closed: Service) -> None:
    ada, bob, eve = [await closed.person(name) for name in ("ada", "bob", "eve")]
    place = f"/workspaces/{(await ada.create_workspace('Roadmap'))['id']}"
    org = (await ada.post("/organizations", {"name": "Engines"})).json()["id"]
    first, second = await invite(ada, place), await invite(ada, f"/organizations/{org}")
    listed = (await bob.get("/users/me/invitations")).json()["items"]
    assert {(each["id"], each["name"], each["workspace_id"], each["org_id"]) for each in listed} == {
        (first["id"], "Roadmap", place.rpartition("/")[2], None),
        (second["id"], "Engines", None, org),
    }
    page = (await bob.get("/users/me/invitations", limit=1)).json()
    rest = (await bob.get("/users/me/invitations", limit=1, cursor=page["next_cursor"])).json()
    assert page["items"] + rest["items"] == listed
    assert (await eve.get("/users/me/invitations")).json()["items"] == []
    for action in ("accept", "decline"):
        stolen = await eve.post(f"/invitations/{action}", {"invitation_id": first["id"]})
        unknown = await eve.post(f"/invitations/{action}", {"invitation_id": org})
        assert code(stolen) == code(unknown) == (404, "INVITATION_NOT_FOUND")
    await ada.post(f"{place}/suspend", {})
    assert [each["id"] for each in (await bob.get("/users/me/invitations")).json()["items"]] == [second["id"]]
    await ada.post(f"{place}/activate", {})
    assert (await bob.post("/invitations/accept", {"invitation_id": first["id"]})).status_code == 200
    assert (await bob.post("/invitations/decline", {"invitation_id": second["id"]})).status_code == 204
    assert (await bob.get("/users/me/invitations")).json()["items"] == []
    assert members(closed, place, bob) == [("MEMBER", "invitation")]


async def test_what_waits_is_accepted_by_itself_where_a_setting_says_so(
    database: TestDatabase, key_file: Path
) -> None:
    more = {"enable_registration": False, "invitations_auto_accept": True}
    async with running(make_settings(database, key_file, **more)) as service:
        ada = await service.person("ada")
        place = f"/workspaces/{(await ada.create_workspace('Roadmap'))['id']}"
        org = f"/organizations/{(await ada.post('/organizations', {'name': 'Engines'})).json()['id']}"
        held = f"/workspaces/{(await ada.create_workspace('Held'))['id']}"
        for each in (place, org, held):
            await invite(ada, each)
        await ada.post(f"{held}/suspend", {})
        bob = await service.person("bob", signed_in=False)
        # The first sign-in, limited to where there was nobody of that name a moment ago.
        session = await bob.validate(place.rpartition("/")[2])
        assert [each["name"] for each in session.json()["workspaces"]] == ["Roadmap"]
        # They did not ask for it, so it is as if they had been added.
        for each in (place, org):
            assert members(service, each, bob) == [("MEMBER", "manual")]
        assert members(service, held, bob) == []
        (entry,) = (await ada.get(f"{place}/audit", action="invitation.accepted")).json()["items"]
        assert (entry["actor_id"], entry["details"]["by_itself"]) == (bob.user_id, True)
        # Known already, and invited again: at the next sign-in.
        later = f"/workspaces/{(await ada.create_workspace('Later'))['id']}"
        await invite(ada, later)
        session = await bob.validate()
        assert [each["name"] for each in session.json()["workspaces"]] == ["Later", "Roadmap"]
        assert service.rows("SELECT COUNT(*) FROM PlatformAuditLog WHERE action = 'account.created'") == [
            (2,)
        ]


async def test_what_cannot_be_accepted_is_not_in_the_way_of_the_rest(
    database: TestDatabase, key_file: Path
) -> None:
    more = {"enable_registration": False, "invitations_auto_accept": True}
    async with running(make_settings(database, key_file, **more)) as service:
        ada, eve = await service.person("ada"), await service.person("eve")
        # Their sender may let nobody in any more. They come first by their keys, and more than are tried at once.
        for _ in range(21):
            workspace = (await ada.create_workspace())["id"]
            await ada.add(workspace, eve, "ADMIN")
            await invite(eve, f"/workspaces/{workspace}")
        service.tamper(f"UPDATE WorkspaceMember SET role = 'VIEWER' WHERE user_id = '{eve.user_id}'")
        last = f"/workspaces/{(await ada.create_workspace('Last'))['id']}"
        await invite(ada, last)
        bob = await service.person("bob")
        for _ in range(100):  # in each 20 of 22 are tried
            if members(service, last, bob):
                break
            await bob.validate()
        assert members(service, last, bob) == [("MEMBER", "manual")]


async def test_a_database_that_has_no_time_for_it_keeps_nobody_from_signing_in(
    database: TestDatabase, key_file: Path
) -> None:
    more = {"enable_registration": False, "invitations_auto_accept": True}
    settings = make_settings(database, key_file, sqlite_busy_timeout_seconds=0.05, **more)
    if settings.db_type != "sqlite":
        pytest.skip("another connection takes SQLite's write lock")
    async with running(settings) as service:
        ada, bob = await service.person("ada"), await service.person("bob")
        place = f"/workspaces/{(await ada.create_workspace())['id']}"
        await invite(ada, place)
        with closing(sqlite3.connect(settings.db_name, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert (await bob.validate()).json()["workspaces"] == []
            other.execute("ROLLBACK")
        assert len((await bob.validate()).json()["workspaces"]) == 1


@pytest.mark.parametrize("more", [{"invitations_auto_accept": True}, {"enable_registration": False}])
async def test_nothing_is_accepted_by_itself_without_setting_and_verified_address(
    database: TestDatabase, key_file: Path, more: dict[str, bool]
) -> None:
    async with running(make_settings(database, key_file, **more)) as service:
        ada = await service.person("ada")
        place = f"/workspaces/{(await ada.create_workspace())['id']}"
        await invite(ada, place)
        bob = await service.person("bob")
        assert members(service, place, bob) == []
        assert (await bob.validate()).json()["workspaces"] == []


async def test_the_same_id_from_another_directory_accepts_nothing(
    database: TestDatabase, key_file: Path
) -> None:
    more = {"enable_registration": False, "invitations_auto_accept": True}
    async with running(make_settings(database, key_file, **more)) as service:
        ada, bob = await service.person("ada"), await service.person("bob")
        place = f"/workspaces/{(await ada.create_workspace())['id']}"
        await invite(ada, place)
        service.tamper(f"UPDATE UserAccount SET tid = 'another' WHERE id = '{bob.user_id}'")
        assert code(await bob.validate()) == (403, "USER_NOT_AUTHORIZED")
        assert members(service, place, bob) == []


# --- housekeeping ---------------------------------------------------------------------------


async def tidy(service: Service, *, days: int) -> None:
    lock = timedelta(minutes=15)
    for _ in range(days):
        service.clock.advance(days=1)
        await Housekeeping(service.edge.parts.database, service.edge.tools, lock).run()


async def test_what_ended_is_told_for_a_while_and_then_forgotten(
    service: Service, ada: Person, bob: Person, place: str
) -> None:
    await tidy(service, days=1)
    ada = await again(service, "ada")
    made = await invite(ada, place)
    await invite(ada, place, "cat@example.com")
    bob = await again(service, "bob")
    assert (await accept(bob, made["token"])).status_code == 200
    await tidy(service, days=9)
    states = "SELECT email_key, state FROM Invitation ORDER BY 1"
    assert service.rows(states) == [("bob@example.com", "ACCEPTED"), ("cat@example.com", "PENDING")]
    await tidy(service, days=3)
    assert service.rows(states) == [("bob@example.com", "ACCEPTED"), ("cat@example.com", "EXPIRED")]
    await tidy(service, days=86)
    assert len(service.rows(states)) == 2
    await tidy(service, days=4)
    assert service.rows(states) == []
    assert members(service, place, bob) == [("MEMBER", "invitation")]


async def test_what_a_clock_of_another_year_made_does_not_wait_for_decades(service: Service) -> None:
    await tidy(service, days=1)
    service.clock.jump(days=27_000)
    ada, bob, cat = [await service.person(name) for name in ("ada", "bob", "cat")]
    workspace = (await ada.create_workspace())["id"]
    place = f"/workspaces/{workspace}"
    await ada.add(workspace, cat, "MEMBER")
    made = await invite(ada, place)
    assert (await ada.post(f"{place}/join-links", {"usage_limit": 5})).status_code == 201
    assert (await ada.post(f"{place}/transfers", {"user_id": cat.user_id})).status_code == 201
    service.clock.jump(days=-27_000)
    await tidy(service, days=1)
    bob = await again(service, "bob")
    assert code(await accept(bob, made["token"])) == (409, "INVITATION_ENDED")
    assert service.rows("SELECT state FROM Invitation UNION ALL SELECT state FROM OwnershipTransfer") == [
        ("EXPIRED",), ("EXPIRED",),
    ]  # fmt: skip
    assert service.rows("SELECT id FROM JoinLink") == []


# --- many at once ---------------------------------------------------------------------------


@pytest.fixture
async def twins(database: TestDatabase, key_file: Path) -> AsyncIterator[tuple[Service, Service]]:
    settings, clock = make_settings(database, key_file), Clock()
    async with running(settings, clock) as first, running(settings, clock) as second:
        yield first, second


@pytest.mark.parametrize("kind", ["workspace", "organization"])
async def test_fifty_acceptances_at_once_make_one_membership(
    twins: tuple[Service, Service], kind: str
) -> None:
    first, second = twins
    ada = await first.person("ada")
    if kind == "workspace":
        place = f"/workspaces/{(await ada.create_workspace())['id']}"
    else:
        place = f"/organizations/{(await ada.post('/organizations', {'name': 'E'})).json()['id']}"
    token = (await invite(ada, place))["token"]
    people = [await first.person("bob"), await second.person("bob")]
    answers = await asyncio.gather(*(accept(people[number % 2], token) for number in range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 49
    assert members(first, place, people[0]) == [("MEMBER", "invitation")]
    assert actions(first, place).count("invitation.accepted") == 1


@pytest.mark.parametrize("attempt", range(3))
async def test_of_all_that_ends_it_at_once_one_thing_does(
    twins: tuple[Service, Service], attempt: int
) -> None:
    first, second = twins
    ada, bob = await first.person("ada"), await second.person("bob")
    place = f"/workspaces/{(await ada.create_workspace())['id']}"
    made = await invite(ada, place)
    path = f"{place}/invitations/{made['id']}"
    ways = [
        accept(bob, made["token"]),
        bob.post("/invitations/decline", {"token": made["token"]}),
        ada.delete(path),
    ]
    answers = await asyncio.gather(*(ways[attempt:] + ways[:attempt]))
    assert sorted(answer.status_code >= 400 for answer in answers) == [False, True, True]
    ((state,),) = first.rows("SELECT state FROM Invitation")
    assert (state == "ACCEPTED") is bool(members(first, place, bob))


async def test_an_inviter_who_is_demoted_at_once_brings_in_nobody_above_them(
    twins: tuple[Service, Service],
) -> None:
    first, second = twins
    ada, bob, cat = await first.person("ada"), await second.person("bob"), await first.person("cat")
    workspace = (await ada.create_workspace())["id"]
    place = f"/workspaces/{workspace}"
    member = (await ada.add(workspace, cat, "ADMIN"))["id"]
    token = (await invite(cat, place, role="ADMIN"))["token"]
    accepted, demoted = await asyncio.gather(
        accept(bob, token), ada.patch(f"{place}/members/{member}", {"role": "VIEWER"})
    )
    assert demoted.status_code == 200
    told = actions(first, place)
    if accepted.status_code == 200:
        assert told.index("invitation.accepted") < told.index("member.role_changed")
    else:
        assert code(accepted) == (409, "INVITER_MAY_NOT")
        assert members(first, place, bob) == []
