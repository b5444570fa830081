"""sql/admin, at night: who is this, what is that organisation, and what a DBA does when nobody else can."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.core.caller import Caller, Origin
from app.kernel.platform_audit import Chain
from app.services.platform_audit_log import PlatformLog
from scripts import admin
from tests.databases import execute
from tests.harness import Person, Service, add_org_member, code, make_outbox, move_workspace_into

HASHES = pytest.mark.needs_sql_server("HASHBYTES as hexadecimal of UTF-8, CRYPT_GEN_RANDOM")
BY = {"admin": 'dba "Grace"', "reason": "ticket 4/2 \\ äöü"}


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


@pytest.fixture
async def org_id(ada: Person) -> str:
    return str((await ada.post("/organizations", {"name": "Engines"})).json()["id"])


def run(service: Service, name: str, **values: Any) -> list[admin.ResultSet]:
    return admin.run(service.settings, admin.load(service.settings.db_type)[name], values)


def named(found: admin.ResultSet) -> list[dict[str, Any]]:
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


async def is_whole(person: Person, chain: Chain, *chain_id: str) -> bool:
    """The service recomputes what a script wrote."""
    edge = person.service.edge
    identity = await edge.parts.validator.validate(person.access_token)
    caller = Caller(identity, None, Origin("a-request", None))
    return (await edge.parts.audit.verify(caller, PlatformLog(chain, *chain_id))).valid


def told(service: Service, action: str) -> list[tuple[Any, ...]]:
    return service.rows(
        "SELECT scope_type, actor_id, target_id, details, auth_method FROM PlatformAuditLog WHERE action = ? "
        "ORDER BY scope_type",
        action,
    )


async def test_somebody_is_found_by_id_address_or_name(service: Service, ada: Person, org_id: str) -> None:
    await service.person("adam")
    await service.person("bob")
    workspace = (await ada.create_workspace())["id"]
    (row,) = named(run(service, "find_user", user_id=ada.user_id)[0])
    assert (row["display_name"], row["email"], row["status"]) == ("Ada", "ada@example.com", "ACTIVE")
    assert (row["organizations"], row["workspaces"]) == (1, 1)
    assert workspace
    assert [each["id"] for each in named(run(service, "find_user", email=" ADA@Example.com")[0])] == [
        ada.user_id
    ]
    for name, found in (("ada", ["Ada", "Adam"]), ("ADAM", ["Adam"]), ("b", ["Bob"]), ("x", [])):
        assert [
            each["display_name"] for each in named(run(service, "find_user", name_prefix=name)[0])
        ] == found
    assert run(service, "find_user", name_prefix="ada", email="bob@example.com")[0].rows == []
    assert len(run(service, "find_user")[0].rows) == 3


async def test_an_organisation_is_shown_with_its_people_and_workspaces(
    service: Service, ada: Person, org_id: str
) -> None:
    zoe, bob = await service.person("zoe"), await service.person("bob")
    await add_org_member(service, org_id, bob, "MEMBER")
    await add_org_member(service, org_id, zoe, "ADMIN")
    workspace = (await ada.create_workspace("Of it"))["id"]
    await move_workspace_into(service, workspace, org_id)
    await ada.create_workspace("Of none")
    organization, members, workspaces = map(named, run(service, "show_organization", org_id=org_id))
    assert [(each["name"], each["status"]) for each in organization] == [("Engines", "ACTIVE")]
    assert [(each["role"], each["user_id"]) for each in members] == [
        ("OWNER", ada.user_id), ("ADMIN", zoe.user_id), ("MEMBER", bob.user_id),
    ]  # fmt: skip
    assert [(each["name"], each["members"], each["owners"]) for each in workspaces] == [("Of it", 1, 1)]


@HASHES
async def test_a_suspended_user_has_no_session_left_and_only_the_platform_puts_them_back(
    service: Service, ada: Person, org_id: str
) -> None:
    workspace = (await ada.create_workspace())["id"]
    run(service, "suspend_user", user_id=ada.user_id, **BY)
    assert code(await ada.get("/auth/me")) == (403, "USER_NOT_AUTHORIZED")
    assert code(await ada.validate()) == (403, "USER_NOT_AUTHORIZED")
    entry = (
        BY["admin"],
        ada.user_id,
        json.dumps({"reason": BY["reason"]}, ensure_ascii=False),
        "break-glass",
    )
    found = [(row[0], row[1], row[2], json.dumps(json.loads(row[3]), ensure_ascii=False), row[4])
             for row in told(service, "account.suspended")]  # fmt: skip
    assert found == [("platform", *entry), ("user", *entry)]
    root = await service.person("root")
    execute(service.settings, f"UPDATE UserAccount SET is_platform_admin = 1 WHERE id = '{root.user_id}'")
    service.clock.now = datetime.now(UTC) + timedelta(seconds=5)
    # What nobody else can do any more is told, as after a suspension by the service.
    await make_outbox(service.edge).run_due()
    log = service.rows("SELECT workspace_id, action FROM AuditLog WHERE action = 'workspace.without_owner'")
    assert [(str(row[0]).lower(), row[1]) for row in log] == [(workspace, "workspace.without_owner")]
    assert service.rows("SELECT 1 FROM AccountClosing") == []
    path = f"/platform/users/{ada.user_id}"
    assert (await root.post(f"{path}/activate", {"reason": "cleared"})).json()["status"] == "ACTIVE"
    history = (await root.get(f"/users/{ada.user_id}/history")).json()["items"]
    assert [(each["to_status"], each["reason"], each["actor_id"]) for each in history][1:] == [
        ("SUSPENDED", BY["reason"], BY["admin"])
    ]
    assert await is_whole(root, Chain.USER, ada.user_id)
    assert await is_whole(root, Chain.PLATFORM)
    run(service, "suspend_user", user_id=ada.user_id, **BY)
    for user_id in (ada.user_id, "nobody"):
        with pytest.raises(Exception, match="there is no account of this id"):
            run(service, "suspend_user", user_id=user_id, **BY)


@HASHES
async def test_a_suspended_organisation_is_put_back_by_the_platform_alone(
    service: Service, ada: Person, org_id: str
) -> None:
    own = f"/organizations/{org_id}"
    run(service, "suspend_organization", org_id=org_id, **BY)
    assert code(await ada.patch(own, {"name": "Other"})) == (409, "ORGANIZATION_SUSPENDED")
    assert (await ada.post(f"{own}/activate", {})).json()["details"]["required"] == "platform"
    newest = (await ada.get(f"{own}/history")).json()["items"][0]
    assert (newest["to_status"], newest["reason"]) == ("SUSPENDED", BY["reason"])
    entries = (await ada.get(f"{own}/audit", action="organization.suspended")).json()["items"]
    assert [(each["actor_id"], each["details"]) for each in entries] == [
        (BY["admin"], {"reason": BY["reason"]})
    ]
    assert (await ada.get(f"{own}/audit/verify")).json()["valid"] is True
    assert [row[0] for row in told(service, "organization.suspended")] == ["org", "platform"]
    assert await is_whole(ada, Chain.PLATFORM)
    for other in (org_id, str(uuid4())):
        with pytest.raises(Exception, match="there is no organisation of this id"):
            run(service, "suspend_organization", org_id=other, **BY)


@HASHES
@pytest.mark.parametrize("was_member", [False, True])
async def test_an_organisation_gets_another_owner_and_keeps_one(
    service: Service, ada: Person, org_id: str, was_member: bool
) -> None:
    own, bob = f"/organizations/{org_id}", await service.person("bob")
    if was_member:
        await add_org_member(service, org_id, bob, "MEMBER")
    (found,) = run(service, "grant_org_owner", org_id=org_id, user_id=bob.user_id, **BY)
    assert [tuple(row[:2]) for row in found.rows] == [(bob.user_id, "OWNER"), (ada.user_id, "ADMIN")]
    assert (await bob.get(own)).json()["role"] == "OWNER"
    assert (await ada.get(own)).json()["role"] == "ADMIN"
    assert [each["id"] for each in (await bob.get("/organizations")).json()["items"]] == [org_id]
    assert [each["user_id"] for each in (await bob.get(f"{own}/members")).json()["items"]] == [
        ada.user_id, bob.user_id,
    ]  # fmt: skip
    newest = (await bob.get(f"{own}/audit")).json()["items"][0]
    assert (newest["action"], newest["actor_id"]) == ("organization.ownership_transferred", BY["admin"])
    assert newest["details"] == {"from": ada.user_id, "to": bob.user_id, "reason": BY["reason"]}
    assert (await bob.get(f"{own}/usage")).json()["seats"]["used"] == 2
    await bob.patch(own, {"name": "Bob's"})
    assert (await bob.get(f"{own}/audit/verify")).json()["valid"] is True
    assert await is_whole(bob, Chain.PLATFORM)
    carol = await service.person("carol", signed_in=False)
    workspace = (await bob.create_workspace())["id"]
    await bob.add(workspace, carol, "VIEWER")
    for values, problem in (
        ({"org_id": org_id, "user_id": bob.user_id}, "the OWNER already"),
        ({"org_id": org_id, "user_id": carol.user_id}, "there is no active account"),
        ({"org_id": str(uuid4()), "user_id": bob.user_id}, "there is no organisation"),
    ):
        with pytest.raises(Exception, match=problem):
            run(service, "grant_org_owner", **values, **BY)
    assert len(service.rows("SELECT 1 FROM OrganizationMember WHERE role = 'OWNER'")) == 1


@HASHES
async def test_what_a_script_adds_counts_as_the_service_counts_it(
    service: Service, ada: Person, org_id: str
) -> None:
    """Otherwise an organisation would have more than it is charged for, or fewer than none when they go."""
    own, bob = f"/organizations/{org_id}", await service.person("bob")
    workspace = (await ada.post(f"{own}/workspaces", {"name": "Of it"})).json()["id"]
    path = f"/workspaces/{workspace}"
    file = await ada.request("POST", f"{path}/files", files={"file": ("a.txt", b"text", "text/plain")})
    assert file.status_code == 201, file.text

    async def used() -> list[int]:
        usage = (await ada.get(f"{own}/usage")).json()
        return [usage[name]["used"] for name in ("seats", "workspaces", "file_bytes")]

    assert await used() == [1, 1, 4]
    run(service, "grant_owner", workspace_id=workspace, user_id=bob.user_id, **BY)
    assert await used() == [2, 1, 4]
    assert (await ada.delete(path)).status_code == 204
    assert await used() == [1, 0, 0]
    run(service, "restore_workspace", workspace_id=workspace, **BY)
    assert await used() == [2, 1, 4]
    assert (await bob.post(f"{path}/members/leave")).status_code == 204
    assert await used() == [1, 1, 4]
    assert (await ada.get(f"{path}/audit/verify")).json()["valid"] is True


@HASHES
async def test_what_a_suspended_user_was_given_stays_ended(service: Service) -> None:
    form = {"username": "eve@example.com", "password": "a-long-password-1906"}
    account = {"email": form["username"], "password": form["password"], "display_name": "Eve"}
    user_id = (await service.client.post("/auth/register", json=account)).json()["user_id"]
    given = (await service.client.post("/auth/token", data=form)).json()
    run(service, "suspend_user", user_id=user_id, **BY)
    execute(service.settings, "UPDATE UserAccount SET status = 'ACTIVE', held_by = NULL")
    answer = await service.client.post("/auth/refresh", json={"refresh_token": given["refresh_token"]})
    assert code(answer) == (401, "INVALID_REFRESH_TOKEN")


async def test_a_job_of_anybody_is_retried_or_cancelled(service: Service, ada: Person) -> None:
    await ada.create_workspace()
    ((job_id,),) = service.rows("SELECT id FROM Job")
    execute(service.settings, "UPDATE Job SET state = 'DEAD', attempts = 4, last_error = 'Gone'")
    (found,) = named(run(service, "list_jobs", state="DEAD")[0])
    assert (found["id"], found["last_error"]) == (str(job_id).lower(), "Gone")
    run(service, "retry_job", job_id=found["id"], **BY)
    assert service.rows("SELECT state, attempts FROM Job") == [("READY", 0)]
    execute(service.settings, f"UPDATE Job SET state = 'RUNNING', holder = '{found['id']}'")
    with pytest.raises(Exception, match="is being worked at"):
        run(service, "retry_job", job_id=found["id"], **BY)
    run(service, "cancel_job", job_id=found["id"], **BY)
    assert service.rows("SELECT id FROM Job") == []
    with pytest.raises(Exception, match="there is no job of this id"):
        run(service, "cancel_job", job_id=found["id"], **BY)
    for action in ("job.retried", "job.cancelled"):
        ((_, admin, target, details, _),) = told(service, action)
        assert (admin, target) == (BY["admin"], found["id"])
        assert json.loads(details)["reason"] == BY["reason"]
        assert json.loads(details)["kind"] == "folder"
    root = await service.person("root")
    execute(service.settings, f"UPDATE UserAccount SET is_platform_admin = 1 WHERE id = '{root.user_id}'")
    assert await is_whole(root, Chain.PLATFORM)
