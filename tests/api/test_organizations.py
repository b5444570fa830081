"""Organisations, and the status of organisations and workspaces."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.kernel.jobs import JobKind, enqueue
from app.services import links
from tests.harness import Person, Service, add_org_member, code, move_workspace_into

REASON = {"reason": "Contract ended"}


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


async def organization(person: Person, **more: Any) -> dict[str, Any]:
    response = await person.post("/organizations", {"name": "Engines", **more})
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


async def of_organization(service: Service, person: Person, org_id: str) -> str:
    """A workspace of the organisation."""
    workspace = await person.create_workspace()
    await move_workspace_into(service, workspace["id"], org_id)
    return str(workspace["id"])


async def test_an_organisation_is_made_listed_by_name_and_changed_in_part(ada: Person) -> None:
    made = await organization(ada, slug="engines")
    assert (made["role"], made["status"], made["version"]) == ("OWNER", "ACTIVE", 1)
    other = await organization(ada, name="Abacus")
    listed = (await ada.get("/organizations")).json()["items"]
    assert [each["id"] for each in listed] == [other["id"], made["id"]]
    path = f"/organizations/{made['id']}"
    changed = await ada.request("PATCH", path, json={"name": "Zeta", "slug": None})
    assert (changed.json()["name"], changed.json()["slug"], changed.json()["version"]) == ("Zeta", None, 2)


async def test_a_slug_is_one_organisations_and_a_label(ada: Person) -> None:
    await organization(ada, slug="engines")
    taken = await ada.post("/organizations", {"name": "Other", "slug": "engines"})
    assert code(taken) == (409, "SLUG_TAKEN")
    assert len((await ada.get("/organizations")).json()["items"]) == 1
    for slug in ("Engines", "-a", "a-", "ä", "a b", "a" * 64, ""):
        bad = await ada.post("/organizations", {"name": "Other", "slug": slug})
        assert code(bad) == (422, "VALIDATION_FAILED"), slug


async def test_whoever_is_not_in_it_learns_nothing_of_it(service: Service, ada: Person) -> None:
    org = await organization(ada)
    grace = await service.person("grace")
    path = f"/organizations/{org['id']}"
    unknown = f"/organizations/{service.edge.tools.new_id()}"
    for method, tail, body in (
        ("GET", "", None),
        ("PATCH", "", {"name": "Mine"}),
        ("POST", "/suspend", {}),
        ("GET", "/history", None),
    ):
        seen = await grace.request(method, path + tail, json=body)
        nothing = await grace.request(method, unknown + tail, json=body)
        assert code(seen) == code(nothing) == (404, "ORGANIZATION_NOT_FOUND")
        assert seen.json()["message"] == nothing.json()["message"]
    assert service.rows("SELECT 1 FROM PlatformAuditLog WHERE outcome = 'DENIED'") == []


async def test_a_status_has_its_steps_and_a_history(service: Service, ada: Person) -> None:
    org = await organization(ada)
    path = f"/organizations/{org['id']}"
    suspended = await ada.post(f"{path}/suspend", REASON)
    assert (suspended.json()["status"], suspended.json()["held_by"]) == ("SUSPENDED", "organization")
    for step in ("suspend", "archive", "restore"):
        refused = await ada.post(f"{path}/{step}", {})
        assert code(refused) == (400, "INVALID_STATUS"), step
    assert (await ada.post(f"{path}/suspend", {})).json()["details"] == {
        "status": "SUSPENDED",
        "allowed": ["ACTIVE"],
    }
    assert code(await ada.patch(path, {"name": "Other"})) == (409, "ORGANIZATION_SUSPENDED")
    assert (await ada.get(path)).json()["name"] == "Engines"
    active = await ada.post(f"{path}/activate", {})
    assert (active.json()["status"], active.json()["held_by"]) == ("ACTIVE", None)
    assert (await ada.post(f"{path}/archive", {})).json()["status"] == "ARCHIVED"
    assert code(await ada.patch(path, {"name": "Other"})) == (409, "ORGANIZATION_ARCHIVED")
    assert (await ada.get("/organizations")).json()["items"] == []
    assert len((await ada.get("/organizations", archived=True)).json()["items"]) == 1
    assert (await ada.post(f"{path}/restore", {})).json()["status"] == "ACTIVE"
    history = (await ada.get(f"{path}/history")).json()["items"]
    assert [(each["from_status"], each["to_status"], each["reason"]) for each in history] == [
        ("ARCHIVED", "ACTIVE", None),
        ("ACTIVE", "ARCHIVED", None),
        ("SUSPENDED", "ACTIVE", None),
        ("ACTIVE", "SUSPENDED", "Contract ended"),
    ]
    page = (await ada.get(f"{path}/history", limit=3)).json()
    rest = (await ada.get(f"{path}/history", limit=3, cursor=page["next_cursor"])).json()
    assert page["items"] + rest["items"] == history
    actions = service.rows(
        "SELECT action FROM PlatformAuditLog WHERE scope_type = 'org' AND scope_id = ? ORDER BY seq",
        org["id"],
    )
    assert [action for (action,) in actions] == [
        "organization.created",
        "organization.suspended",
        "organization.activated",
        "organization.archived",
        "organization.restored",
    ]


async def test_a_history_is_never_rewritten(service: Service, ada: Person) -> None:
    org = await organization(ada)
    await ada.post(f"/organizations/{org['id']}/suspend", REASON)
    for sql in ("UPDATE OrganizationStatusEvent SET reason = NULL", "DELETE FROM OrganizationStatusEvent"):
        with pytest.raises(Exception, match="append-only"):
            service.rows(sql)


async def test_what_the_platform_holds_nobody_else_puts_back(service: Service, ada: Person) -> None:
    org = await organization(ada)
    workspace = await ada.create_workspace()
    async with service.edge.parts.database.write() as tx:
        for name, values in (
            ("set_org_status", {"org_id": org["id"]}),
            ("set_workspace_status", {"workspace_id": workspace["id"]}),
        ):
            held = {"status": "SUSPENDED", "held_by": "platform", "now": service.clock()}
            await tx.execute(tx.registry[name], values | held)
    refused = await ada.post(f"/organizations/{org['id']}/activate", {})
    assert (refused.status_code, refused.json()["details"]["required"]) == (403, "platform")
    refused = await ada.post(f"/workspaces/{workspace['id']}/activate", {})
    assert (refused.status_code, refused.json()["details"]["required"]) == (403, "platform")


@pytest.mark.parametrize("step", ["suspend", "archive"])
async def test_what_is_not_in_work_is_read_and_not_changed(service: Service, ada: Person, step: str) -> None:
    workspace = (await ada.create_workspace())["id"]
    path = f"/workspaces/{workspace}"
    link = (await ada.post(f"{path}/links/jira", {"external_id": "1", "verify": False})).json()["id"]
    assert (await ada.post(f"{path}/{step}", REASON)).status_code == 200
    error = "WORKSPACE_SUSPENDED" if step == "suspend" else "WORKSPACE_ARCHIVED"
    for method, tail, body in (
        ("PATCH", "", {"name": "Other"}),
        ("DELETE", "", None),
        ("POST", "/links/jira", {"external_id": "2", "verify": True}),
        ("POST", f"/links/{link}/check", None),
    ):
        assert code(await ada.request(method, path + tail, json=body)) == (409, error), tail
    for tail in ("", "/changes", "/audit", "/audit/export", "/audit/verify"):
        assert (await ada.get(path + tail)).status_code == 200, tail
    assert (await ada.post(f"{path}/audit/checkpoints")).status_code == 201
    in_list = {each["id"] for each in (await ada.get("/workspaces")).json()["items"]}
    assert (workspace in in_list) is (step == "suspend")
    every = {
        each["id"]: each["status"] for each in (await ada.get("/workspaces", archived=True)).json()["items"]
    }
    assert workspace in every
    assert (await ada.post(f"{path}/activate", {})).json()["status"] == "ACTIVE"
    assert (await ada.patch(path, {"name": "Other"})).status_code == 200


async def test_an_organisation_takes_its_workspaces_along(service: Service, ada: Person) -> None:
    org = await organization(ada)
    workspace = await of_organization(service, ada, org["id"])
    assert (await ada.get(f"/workspaces/{workspace}")).json()["org_id"] == org["id"]
    await ada.post(f"/organizations/{org['id']}/suspend", {})
    refused = await ada.patch(f"/workspaces/{workspace}", {"name": "Other"})
    assert code(refused) == (409, "ORGANIZATION_SUSPENDED")
    assert code(await ada.post(f"/workspaces/{workspace}/suspend", {})) == (409, "ORGANIZATION_SUSPENDED")
    assert (await ada.get(f"/workspaces/{workspace}")).status_code == 200
    await ada.post(f"/organizations/{org['id']}/activate", {})
    await ada.post(f"/organizations/{org['id']}/archive", {})
    assert code(await ada.patch(f"/workspaces/{workspace}", {"name": "O"})) == (409, "ORGANIZATION_ARCHIVED")
    assert (await ada.get("/workspaces")).json()["items"] == []
    assert len((await ada.get("/workspaces", archived=True)).json()["items"]) == 1
    await ada.post(f"/organizations/{org['id']}/restore", {})
    assert (await ada.patch(f"/workspaces/{workspace}", {"name": "Other"})).status_code == 200


async def test_jobs_and_checks_stand_still_and_go_on_afterwards(service: Service, ada: Person) -> None:
    workspace = (await ada.create_workspace())["id"]
    worker, edge = service.edge.parts.job_worker(), service.edge
    await ada.post(f"/workspaces/{workspace}/links/jira", {"external_id": "1", "verify": False})
    await ada.post(f"/workspaces/{workspace}/suspend", {})
    assert await worker.run_due() == 0
    assert service.rows("SELECT attempts FROM Job") == [(0,)]

    async def claim() -> list[Any]:
        return await edge.parts.database.transact(
            lambda tx: links.claim_due(tx, edge.tools, interval=timedelta(minutes=5), limit=10)
        )

    assert await claim() == []
    await ada.post(f"/workspaces/{workspace}/activate", {})
    service.clock.advance(minutes=6)
    assert await worker.run_due() == 1
    assert len(await claim()) == 1


async def test_a_job_of_a_workspace_that_is_gone_is_done(service: Service, ada: Person) -> None:
    edge, gone = service.edge, service.edge.tools.new_id()
    async with edge.parts.database.write() as tx:
        await enqueue(tx, edge.tools, JobKind.FOLDER, workspace_id=gone, target_id=gone)
    assert await edge.parts.job_worker().run_due() == 1


async def test_a_role_below_is_refused_and_told_in_the_organisations_log(
    service: Service, ada: Person
) -> None:
    org = await organization(ada)
    grace = await service.person("grace")
    await add_org_member(service, org["id"], grace, "MEMBER")
    refused = await grace.patch(f"/organizations/{org['id']}", {"name": "Mine"})
    assert code(refused) == (403, "USER_NOT_AUTHORIZED")
    assert refused.json()["details"] == {"required": "ADMIN", "role": "MEMBER"}
    told = service.rows("SELECT actor_id, action, scope_id FROM PlatformAuditLog WHERE outcome = 'DENIED'")
    assert told == [(grace.user_id, "access.denied", org["id"])]
