"""A person is erased: what is left of them is an id, in every table, log line and export."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from app.core.caller import Caller, Origin
from app.core.identity import Identity
from app.core.tenants import Tenants
from app.db.handles.erasure import TracesRow
from app.services.account_closing import _batch
from app.services.erasure import _addresses
from app.services.erasure_steps import without
from tests.api.test_auth import PASSWORD
from tests.api.test_user_status import organization, platform_admin
from tests.harness import Person, Service, add_org_member, code, make_outbox
from tests.http_client import httpx

NAME, CHOSEN, EMAIL = "Evelyn Boyd Granville", 'Evie "Double" Gee', "evelyn.granville@example.com"
NAMES = ("evelyn", "granville", "evie", "double")


@pytest.fixture
async def eve(service: Service) -> Person:
    """Somebody of the local issuer's, who leaves traces wherever one can."""
    made = await service.client.post(
        "/auth/register", json={"email": EMAIL, "password": PASSWORD, "display_name": NAME}
    )
    form = {"username": EMAIL, "password": PASSWORD}
    tokens = (await service.client.post("/auth/token", data=form)).json()
    person = Person(service, "eve", made.json()["user_id"], tokens["access_token"])
    await person.validate()
    await person.patch(f"/users/{person.user_id}/profile", {"name": CHOSEN, "bio": "I am Evelyn."})
    return person


async def keyed(person: Person, path: str, body: Any, key: str) -> httpx.Response:
    headers = person.headers() | {"Idempotency-Key": key}
    return await person.service.client.post(path, json=body, headers=headers)


async def erase(
    person: Person, whose: Person | None = None, password: str | None = PASSWORD
) -> httpx.Response:
    body = {"current_password": password} if password else {}
    return await person.post(f"/users/{(whose or person).user_id}/erasure", body)


async def work(service: Service) -> None:
    """What was put off is done."""
    service.clock.advance(minutes=2)
    await make_outbox(service.edge).run_due()
    assert service.rows("SELECT 1 FROM AccountClosing") == []


def dump(service: Service) -> str:
    with closing(sqlite3.connect(service.settings.db_name)) as connection:
        # What the tables are called, and may hold, is of nobody.
        return "\n".join(text for text in connection.iterdump() if text.startswith("INSERT"))


async def test_nothing_is_left_but_the_id(
    service: Service, eve: Person, caplog: pytest.LogCaptureFixture
) -> None:
    if service.settings.db_type != "sqlite":
        pytest.skip("it is SQLite's dump that is searched")
    caplog.set_level(logging.DEBUG, logger="app")
    ada = await service.person("ada")
    mine = (await eve.create_workspace("Mine"))["id"]
    theirs = (await ada.create_workspace("Theirs"))["id"]
    left = (await ada.create_workspace("Left"))["id"]
    org = await organization(ada, (eve, "ADMIN"))
    added = await keyed(ada, f"/workspaces/{theirs}/members", {"user_id": eve.user_id, "role": "ADMIN"}, "1")
    assert CHOSEN in added.text.replace("\\", "")
    gone = await ada.add(left, eve, "MEMBER")
    for place in (mine, theirs, left):
        await eve.request("POST", f"/workspaces/{place}/files", files={"file": ("a.txt", b"x", "text/plain")})
    await eve.patch(f"/organizations/{org}", {"name": "Motors"})
    await ada.patch(f"/organizations/{org}", {"name": "Engines"})
    await eve.post(f"/workspaces/{theirs}/suspend", {})
    assert (await ada.delete(f"/workspaces/{left}/members/{gone['id']}")).status_code == 204
    invited = await keyed(
        ada, f"/organizations/{org}/invitations", {"email": EMAIL.upper(), "role": "MEMBER"}, "2"
    )
    assert invited.status_code == 201, invited.text
    await ada.post(f"/workspaces/{left}/invitations", {"email": EMAIL, "role": "VIEWER"})
    jira = {"base_url": "https://example.atlassian.net", "account": EMAIL.title(), "secret": "s"}
    kept = jira | {"account": "ada@example.com"}
    for place, body in ((left, jira), (theirs, kept)):
        await ada.post(f"/workspaces/{place}/activate", {})
        set_ = await ada.request("PUT", f"/workspaces/{place}/integration-connections/jira", json=body)
        assert set_.status_code == 200, set_.text
    await eve.post(f"/workspaces/{theirs}/suspend", {})
    root = await platform_admin(service)
    for step in ("suspend", "activate"):
        assert (await root.post(f"/users/{eve.user_id}/{step}", {"reason": "Evelyn left"})).status_code == 200
    form = {"username": EMAIL, "password": PASSWORD}
    eve.access_token = (await service.client.post("/auth/token", data=form)).json()["access_token"]
    await eve.validate()
    hash_ = service.rows("SELECT password_hash FROM UserPassword")[0][0]
    before = dump(service)
    assert hash_ in before
    assert all(name in before.lower() for name in NAMES)

    # An administrator vouches for the address.
    erased = await erase(root, eve, None)
    assert erased.status_code == 202, erased.text
    assert (erased.json()["status"], erased.json()["id"]) == ("ERASED", eve.user_id)
    await work(service)

    after = dump(service)
    assert [
        name for name in (*NAMES, hash_.lower(), "127.0.0.1") if name in strip(after, ada, root).lower()
    ] == []
    assert eve.user_id in after
    told = "SELECT action, ip, details FROM {} WHERE redacted = 0 AND (actor_id = '{}' OR target_id IN ({}))"
    about = f"'{eve.user_id}', " + ", ".join(
        f"'{member}'"
        for (member,) in service.rows(f"SELECT id FROM WorkspaceMember WHERE user_id = '{eve.user_id}'")
    )
    for log in ("AuditLog", "PlatformAuditLog"):
        left_over = service.rows(told.format(log, eve.user_id, about))
        # But for what the job itself tells: that the workspace has no OWNER.
        assert [row for row in left_over if row[0] != "workspace.without_owner"] == []
    assert service.rows("SELECT DISTINCT reason FROM UserStatusEvent") == [(None,)]
    assert service.rows("SELECT account FROM IntegrationConnection") == [("ada@example.com",)]
    for place in (mine, theirs, left):
        if place != mine:
            export = (await ada.get(f"/workspaces/{place}/audit/export", format="csv")).text
            assert not any(name in export.lower() for name in NAMES)
            verified = (await ada.get(f"/workspaces/{place}/audit/verify")).json()
            assert (verified["valid"], verified["findings"]) == (True, [])
    assert (await ada.get(f"/organizations/{org}/audit/verify")).json()["valid"] is True
    members = (await ada.get(f"/workspaces/{theirs}/members")).json()["items"]
    assert [each["display_name"] for each in members] == [None, "Ada"]
    seen = (await ada.get(f"/users/{eve.user_id}")).json()
    assert [seen[key] for key in ("display_name", "name", "bio", "email", "status")] == [
        None, None, None, None, "ERASED",
    ]  # fmt: skip
    # A retry of somebody else's is still answered, without the person.
    again = await keyed(ada, f"/workspaces/{theirs}/members", {"user_id": eve.user_id, "role": "ADMIN"}, "1")
    assert (again.headers["idempotency-replayed"], again.json()["display_name"]) == ("true", None)
    logged = "\n".join(record.getMessage() + str(record.__dict__) for record in caplog.records)
    ours = [line for line in logged.splitlines() if "httpx" not in line]
    assert not any(name in line.lower() for line in ours for name in ("evelyn", "granville", PASSWORD))


def strip(text: str, *people: Person) -> str:
    """Without the entries of somebody else's requests about something else: their address is theirs."""
    ids = [person.user_id for person in people]
    return "\n".join(
        line for line in text.splitlines() if "AuditLog" not in line or not any(each in line for each in ids)
    )


async def test_what_they_had_taken_up_is_nobody_s(service: Service, eve: Person) -> None:
    ada = await service.person("ada")
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    await ada.add(path.rpartition("/")[2], eve, "MEMBER")
    sent = {"key": "ROAD", "name": "Road", "visibility": "members"}
    project = (await eve.post(f"{path}/projects", sent)).json()["id"]
    task = (await eve.post(f"{path}/tasks", {"project_id": project, "title": "Dig"})).json()["id"]
    assert (await eve.post(f"{path}/tasks/{task}/pick")).json()["assignee_id"] == eve.user_id
    assert (await erase(eve)).status_code == 202
    await work(service)
    assert (await ada.get(f"{path}/tasks/{task}")).json()["assignee_id"] is None
    assert (await ada.get(f"{path}/projects/{project}/members")).json()["items"] == []
    # They are in the workspace without a name, and the project is whose maker they were: an id.
    assert (await ada.get(f"{path}/projects/{project}")).json()["created_by"] == eve.user_id
    names = [each["display_name"] for each in (await ada.get(f"{path}/members")).json()["items"]]
    assert names == [None, "Ada"]


async def test_by_an_address_that_nobody_vouches_for_nothing_of_others_goes(
    service: Service, eve: Person
) -> None:
    """Whoever registers with another's address, and erases themselves, takes nothing of the other's along."""
    ada = await service.person("ada")
    place = f"/workspaces/{(await ada.create_workspace('Hers'))['id']}"
    assert (await ada.post(f"{place}/invitations", {"email": EMAIL, "role": "VIEWER"})).status_code == 201
    jira = {"base_url": "https://example.atlassian.net", "account": EMAIL, "secret": "s"}
    await ada.request("PUT", f"{place}/integration-connections/jira", json=jira)
    assert (await erase(eve)).status_code == 202
    await work(service)
    assert service.rows("SELECT email, state FROM Invitation") == [(EMAIL, "PENDING")]
    assert service.rows("SELECT account FROM IntegrationConnection") == [(EMAIL,)]
    account = "SELECT email, display_name FROM UserAccount WHERE id = ?"
    assert service.rows(account, eve.user_id) == [(None, None)]


@pytest.mark.parametrize(
    ("tid", "counts", "about"),
    [
        ("own", True, {}),
        ("own", False, {"is_guest": True}),
        ("own", True, {"is_guest": True, "has_verified_email": True}),
        ("elsewhere", False, {}),
        ("elsewhere", True, {"has_verified_email": True}),
        ("own", False, {"email": "another@example.com"}),
    ],
)
def test_whose_address_it_is(tid: str, counts: bool, about: dict[str, Any]) -> None:
    now = datetime.now(UTC)
    known: dict[str, Any] = {"email": EMAIL.title()} | about
    identity = Identity("u", tid, "entra", None, known.pop("email"), now, now, **known)
    row = TracesRow(email=EMAIL, display_name=None, directory_name=None, name=None, email_key=None, version=1)
    found = _addresses(row, Caller(identity, None, Origin("r", None)), Tenants("AZURE", frozenset({"own"})))
    assert found == ([EMAIL] if counts else [])


async def test_that_id_never_signs_in_again(service: Service, eve: Person) -> None:
    root = await platform_admin(service)
    assert (await erase(eve)).status_code == 202
    for answer in (await eve.get("/auth/me"), await eve.validate()):
        assert code(answer) == (403, "USER_NOT_AUTHORIZED")
    form = {"username": EMAIL, "password": PASSWORD}
    assert code(await service.client.post("/auth/token", data=form)) == (401, "INVALID_CREDENTIALS")
    for step in ("activate", "deactivate", "suspend"):
        assert code(await root.post(f"/users/{eve.user_id}/{step}", {})) == (400, "INVALID_STATUS")
    assert code(await erase(root, eve, None)) == (400, "INVALID_STATUS")
    workspace = (await root.create_workspace())["id"]
    added = await root.post(f"/workspaces/{workspace}/members", {"user_id": eve.user_id, "role": "VIEWER"})
    assert code(added) == (404, "USER_NOT_FOUND")
    await work(service)
    assert code(await eve.validate()) == (403, "USER_NOT_AUTHORIZED")
    # The address is free: whoever has it now is somebody else.
    anew = await service.client.post(
        "/auth/register", json={"email": EMAIL, "password": PASSWORD, "display_name": "Another"}
    )
    assert anew.status_code == 201
    assert anew.json()["user_id"] != eve.user_id


async def test_it_is_proved_by_the_password_or_a_fresh_token(service: Service, eve: Person) -> None:
    for wrong in ("not the password", None):
        assert code(await erase(eve, password=wrong)) == (400, "WRONG_PASSWORD")
    ada = await service.person("ada")
    assert code(await erase(ada, eve)) == (404, "USER_NOT_FOUND")
    workspace = (await ada.create_workspace())["id"]
    await ada.add(workspace, eve, "VIEWER")
    assert code(await erase(ada, eve)) == (403, "USER_NOT_AUTHORIZED")
    service.clock.advance(minutes=6)
    old = await erase(ada, password=None)
    assert (code(old), old.json()["details"]) == (
        (403, "USER_NOT_AUTHORIZED"),
        {"required": "fresh sign-in"},
    )
    ada.access_token = service.access_token(ada.user_id, "ada")
    await ada.validate()
    assert (await erase(ada, password=None)).status_code == 202


async def test_who_has_not_signed_in_is_forgotten_and_not_locked_out(service: Service) -> None:
    root, ada = await platform_admin(service), await service.person("ada")
    late = await service.person("late", signed_in=False)
    workspace = (await ada.create_workspace())["id"]
    body = {"user_id": late.user_id, "role": "VIEWER", "display_name": "Latecomer"}
    await ada.post(f"/workspaces/{workspace}/members", body)
    erased = await erase(root, late, None)
    assert erased.json()["status"] == "ACTIVE"
    await work(service)
    names = "SELECT display_name FROM {} WHERE {} = '" + late.user_id + "'"
    assert service.rows(names.format("UserAccount", "id")) == [(None,)]
    assert service.rows(names.format("WorkspaceMember", "user_id")) == [(None,)]
    assert (await late.validate()).status_code == 200
    members = (await ada.get(f"/workspaces/{workspace}/members")).json()["items"]
    assert "Late" in [each["display_name"] for each in members]


async def test_it_goes_on_after_a_kill_wherever_it_was(
    service: Service, eve: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each batch ends with a commit; the job comes back after the one that was the last."""
    monkeypatch.setattr("app.services.erasure_steps._BATCH", 2)
    monkeypatch.setattr("app.services.erasure_steps._PAGE", 1)
    ada = await service.person("ada")
    places = [(await ada.create_workspace(f"Number {number}"))["id"] for number in range(3)]
    for place in places:
        await ada.add(place, eve, "MEMBER")
        await eve.request("POST", f"/workspaces/{place}/files", files={"file": ("a.txt", b"x", "text/plain")})
        await ada.post(f"/workspaces/{place}/invitations", {"email": EMAIL, "role": "VIEWER"})
        await keyed(ada, f"/workspaces/{place}/members/leave", None, place)
    await erase(await platform_admin(service), eve, None)
    database, tools = service.edge.parts.database, service.edge.tools
    ((closing_id,),) = service.rows("SELECT id FROM AccountClosing")
    batches = 0
    while not await database.transact(lambda tx: _batch(tx, tools=tools, closing_id=closing_id)):
        batches += 1
        if batches % 3 == 0:  # killed in the middle of the next
            with pytest.raises(ZeroDivisionError):
                await database.transact(lambda tx: killed(tx, tools, closing_id))
        assert batches < 100
    assert batches >= 15
    assert service.rows("SELECT 1 FROM AuditLog WHERE redacted = 0 AND actor_id = ?", eve.user_id) == []
    assert service.rows("SELECT 1 FROM WorkspaceMember WHERE display_name LIKE '%Double%'") == []
    assert service.rows("SELECT 1 FROM Invitation") == []
    for place in places:
        assert (await ada.get(f"/workspaces/{place}/audit/verify")).json()["valid"] is True
    await work(service)


async def killed(tx: Any, tools: Any, closing_id: str) -> None:
    await _batch(tx, tools=tools, closing_id=closing_id)
    raise ZeroDivisionError


@pytest.mark.parametrize("attempt", range(3))
async def test_of_two_erasures_at_once_one_counts(service: Service, eve: Person, attempt: int) -> None:
    root = await platform_admin(service)
    answers = await asyncio.gather(erase(root, eve, None), erase(root, eve, None), erase(eve))
    assert [answer.status_code for answer in answers].count(202) == 1
    assert service.rows("SELECT COUNT(*) FROM UserStatusEvent") == [(1,)]
    assert service.rows("SELECT COUNT(*) FROM AccountClosing") == [(1,)]
    await work(service)


@pytest.mark.parametrize("attempt", range(3))
async def test_an_owner_who_is_erased_while_the_other_steps_down_is_told(
    service: Service, eve: Person, attempt: int
) -> None:
    ada = await service.person("ada")
    workspace = await ada.create_workspace()
    path = f"/workspaces/{workspace['id']}"
    await ada.add(workspace["id"], eve, "OWNER")
    mine = next(
        each["id"]
        for each in (await ada.get(f"{path}/members")).json()["items"]
        if each["user_id"] == ada.user_id
    )
    demoted, erased = await asyncio.gather(ada.patch(f"{path}/members/{mine}", {"role": "ADMIN"}), erase(eve))
    assert erased.status_code == 202
    await work(service)
    told = service.rows("SELECT 1 FROM AuditLog WHERE action = 'workspace.without_owner'")
    assert len(told) == (demoted.status_code == 200)
    assert demoted.status_code == 200 or code(demoted) == (409, "LAST_OWNER")


async def test_a_directory_does_not_bring_the_person_back(service: Service) -> None:
    ada = await service.person("ada")
    org = await organization(await service.person("bob"))
    await add_org_member(service, org, ada, "MEMBER")
    assert (await erase(ada, password=None)).status_code == 202
    ada.access_token = service.access_token(ada.user_id, "augusta")
    assert (await ada.validate()).status_code in (401, 403)
    await work(service)
    assert service.rows("SELECT email, display_name, tid FROM UserAccount WHERE status = 'ERASED'") == [
        (None, None, "erased")
    ]
    assert (None,) in service.rows("SELECT display_name FROM OrganizationMember")


def test_an_answer_without_the_person_is_the_same_answer() -> None:
    body = '{"items":[{"id":"a","name":"Evie \\"D\\""},{"name":"Evie"}],"n":1.5}'
    assert without(body, ['Evie "D"']) == '{"items":[{"id":"a","name":null},{"name":"Evie"}],"n":1.5}'
    assert without(body, ["Eve"]) == body
    # An address is written as whoever wrote it did.
    assert without('{"email":"EVE@Example.com"}', ["eve@example.com"]) == '{"email":null}'
