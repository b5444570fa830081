"""The platform's administrators: what they see, what they stop, and that it is told wherever it concerns."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from app.core.local_issuer import LocalUser
from tests.databases import TestDatabase, execute
from tests.harness import Clock, Person, Service, add_org_member, code, make_settings, running

WHY = {"reason": "Invoice 1843 unpaid"}


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


@pytest.fixture
async def root(service: Service) -> Person:
    return await administrator(service, "root")


async def administrator(service: Service, name: str) -> Person:
    person = await service.person(name)
    execute(service.settings, f"UPDATE UserAccount SET is_platform_admin = 1 WHERE id = '{person.user_id}'")
    return person


async def organization(person: Person, name: str, **more: Any) -> str:
    made = await person.post("/organizations", {"name": name, **more})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def found(person: Person, **filters: Any) -> list[str]:
    response = await person.get("/platform/organizations", **filters)
    assert response.status_code == 200, response.text
    return [each["name"] for each in response.json()["items"]]


async def test_every_organisation_is_found_whoever_s_it_is(
    service: Service, ada: Person, root: Person
) -> None:
    engines = await organization(ada, "Engines", slug="engines")
    bob = await service.person("bob")
    await organization(bob, "engines of another")
    await organization(bob, "Äpfel")
    await ada.post(f"/organizations/{engines}/archive", {})
    assert await found(root) == ["Engines", "engines of another", "Äpfel"]
    assert await found(root, name="ENGINES") == ["Engines", "engines of another"]
    assert await found(root, name="ä") == ["Äpfel"]
    assert await found(root, slug="engines") == await found(root, id=engines) == ["Engines"]
    assert (
        await found(root, status="ARCHIVED")
        == await found(root, status="ARCHIVED", name="eng")
        == ["Engines"]
    )
    for none in (
        {"id": engines, "status": "ACTIVE"},
        {"slug": "engines", "name": "Ä"},
        {"id": engines, "slug": "other"},
        {"status": "SUSPENDED"},
        {"id": service.edge.tools.new_id()},
    ):
        assert await found(root, **none) == [], none
    page = (await root.get("/platform/organizations", limit=2, name="e")).json()
    assert page["next_cursor"] is None
    page = (await root.get("/platform/organizations", limit=2)).json()
    assert await found(root, limit=2, cursor=page["next_cursor"]) == ["Äpfel"]
    stolen = await (await administrator(service, "other")).get(
        "/platform/organizations", cursor=page["next_cursor"]
    )
    assert code(stolen) == (400, "INVALID_CURSOR")
    assert code(await root.get("/platform/organizations", status="GONE")) == (422, "VALIDATION_FAILED")


async def test_every_workspace_is_found_and_nothing_of_what_is_in_it(
    service: Service, ada: Person, root: Person
) -> None:
    org_id = await organization(ada, "Engines")
    made = await ada.post(f"/organizations/{org_id}/workspaces", {"name": "Works", "description": "secret"})
    works = made.json()["id"]
    bob = await service.person("bob")
    for name in ("works of another", "Äpfel"):
        await bob.create_workspace(name)
    gone = (await bob.create_workspace("Worn out"))["id"]
    await bob.delete(f"/workspaces/{gone}")
    await ada.post(f"/workspaces/{works}/archive", {})

    async def listed(**filters: Any) -> list[str]:
        response = await root.get("/platform/workspaces", **filters)
        assert response.status_code == 200, response.text
        return [each["name"] for each in response.json()["items"]]

    assert await listed() == ["Works", "works of another", "Äpfel"]
    assert await listed(name="WORK") == ["Works", "works of another"]
    for one in (
        {"id": works},
        {"status": "ARCHIVED"},
        {"org_id": org_id},
        {"org_id": org_id, "status": "ARCHIVED", "name": "w", "id": works},
    ):
        assert await listed(**one) == ["Works"], one
    for none in (
        {"id": works, "status": "ACTIVE"},
        {"id": works, "org_id": service.edge.tools.new_id()},
        {"org_id": org_id, "status": "ACTIVE"},
        {"org_id": org_id, "name": "ä"},
        {"id": gone},
        {"status": "SUSPENDED"},
    ):
        assert await listed(**none) == [], none
    assert await listed(deleted=True) == await listed(deleted=True, id=gone) == ["Worn out"]
    page = (await root.get("/platform/workspaces", limit=2)).json()
    assert await listed(limit=2, cursor=page["next_cursor"]) == ["Äpfel"]
    assert "description" not in page["items"][0]
    assert code(await ada.get("/platform/workspaces")) == (403, "USER_NOT_AUTHORIZED")


async def test_what_the_platform_suspends_its_owner_cannot_put_back(ada: Person, root: Person) -> None:
    org_id = await organization(ada, "Engines")
    path, own = f"/platform/organizations/{org_id}", f"/organizations/{org_id}"
    assert code(await root.post(f"{path}/suspend", {})) == (422, "VALIDATION_FAILED")
    assert code(await root.post(f"{path}/activate", WHY)) == (400, "INVALID_STATUS")
    suspended = (await root.post(f"{path}/suspend", WHY)).json()
    assert (suspended["status"], suspended["held_by"], suspended["version"]) == ("SUSPENDED", "platform", 2)
    refused = await ada.post(f"{own}/activate", {})
    assert (refused.status_code, refused.json()["details"]["required"]) == (403, "platform")
    assert code(await ada.patch(own, {"name": "Other"})) == (409, "ORGANIZATION_SUSPENDED")
    assert code(await root.post(f"{path}/suspend", WHY)) == (400, "INVALID_STATUS")
    history = (await ada.get(f"{own}/history")).json()["items"]
    assert [(each["to_status"], each["reason"], each["actor_id"]) for each in history] == [
        ("SUSPENDED", WHY["reason"], root.user_id)
    ]
    active = (await root.post(f"{path}/activate", {"reason": "paid"})).json()
    assert (active["status"], active["held_by"]) == ("ACTIVE", None)
    assert (await ada.patch(own, {"name": "Other"})).status_code == 200


async def test_who_administers_the_platform_is_told_so(
    service: Service, ada: Person, root: Person, database: TestDatabase, key_file: Path
) -> None:
    told = [(await who.get("/auth/me")).json()["is_platform_admin"] for who in (ada, root)]
    assert told == [False, True]
    appointing = make_settings(database, key_file, platform_admins=[ada.user_id])
    async with running(appointing) as other:
        ada = await other.person("ada")
        assert (await ada.get("/auth/me")).json()["is_platform_admin"] is True


@pytest.mark.parametrize("step", ["suspend", "archive"])
async def test_the_platform_takes_over_what_others_hold(ada: Person, root: Person, step: str) -> None:
    org_id, workspace = await organization(ada, "Engines"), (await ada.create_workspace())["id"]
    for path, undo in (
        (f"/organizations/{org_id}", "restore" if step == "archive" else "activate"),
        (f"/workspaces/{workspace}", "activate"),
    ):
        assert (await ada.post(f"{path}/{step}", {})).status_code == 200
        held = (await root.post(f"/platform{path}/suspend", WHY)).json()
        assert (held["status"], held["held_by"]) == ("SUSPENDED", "platform")
        refused = await ada.post(f"{path}/{undo}", {})
        assert refused.status_code == (400 if undo == "restore" else 403)
        back = (await root.post(f"/platform{path}/activate", WHY)).json()
        kind = path.split("/")[1].removesuffix("s")
        # What was archived is archived again, and its own people's to put back.
        before = ("ARCHIVED", kind) if step == "archive" else ("ACTIVE", None)
        assert (back["status"], back["held_by"]) == before
        if step == "archive":
            assert (await ada.post(f"{path}/{undo}", {})).json()["status"] == "ACTIVE"
        # That is not remembered for another time.
        assert (await root.post(f"/platform{path}/suspend", WHY)).status_code == 200
        assert (await root.post(f"/platform{path}/activate", WHY)).json()["status"] == "ACTIVE"


async def test_an_administrator_puts_back_what_its_own_people_suspended(ada: Person, root: Person) -> None:
    org_id = await organization(ada, "Engines")
    await ada.post(f"/organizations/{org_id}/suspend", {})
    assert (await root.post(f"/platform/organizations/{org_id}/activate", WHY)).json()["status"] == "ACTIVE"
    await ada.post(f"/organizations/{org_id}/archive", {})
    refused = await root.post(f"/platform/organizations/{org_id}/activate", WHY)
    assert code(refused) == (400, "INVALID_STATUS")
    assert refused.json()["details"] == {"status": "ARCHIVED", "allowed": ["SUSPENDED"]}


async def test_a_workspace_is_suspended_and_its_own_log_and_events_say_so(ada: Person, root: Person) -> None:
    workspace = (await ada.create_workspace())["id"]
    path, own = f"/platform/workspaces/{workspace}", f"/workspaces/{workspace}"
    held = (await root.post(f"{path}/suspend", WHY)).json()
    assert (held["status"], held["held_by"], held["deleted_at"]) == ("SUSPENDED", "platform", None)
    assert code(await ada.patch(own, {"name": "Other"})) == (409, "WORKSPACE_SUSPENDED")
    refused = await ada.post(f"{own}/activate", {})
    assert (refused.status_code, refused.json()["details"]["required"]) == (403, "platform")
    newest = (await ada.get(f"{own}/audit")).json()["items"][1]
    assert (newest["action"], newest["actor_id"]) == ("workspace.suspended", root.user_id)
    assert newest["details"] == {
        "reason": WHY["reason"],
        "by": "platform",
        "from": {"status": "ACTIVE", "held_by": None},
    }
    assert (await ada.get(f"{own}/changes")).json()["items"][-1]["type"] == "workspace.suspended"
    assert (await root.post(f"{path}/activate", WHY)).json()["status"] == "ACTIVE"
    assert (await ada.get(f"{own}/audit/verify")).json()["valid"] is True
    assert (await ada.delete(own)).status_code == 204
    gone = (await root.post(f"{path}/suspend", WHY)).json()
    assert gone["deleted_at"] is not None
    assert code(await ada.post(f"{own}/restore")) == (409, "WORKSPACE_SUSPENDED")
    assert (await root.post(f"{path}/activate", WHY)).status_code == 200
    assert (await ada.post(f"{own}/restore")).status_code == 200


async def test_what_is_not_there_is_not_found(service: Service, root: Person) -> None:
    nothing = service.edge.tools.new_id()
    refused = await root.post(f"/platform/organizations/{nothing}/suspend", WHY)
    assert code(refused) == (404, "ORGANIZATION_NOT_FOUND")
    refused = await root.post(f"/platform/workspaces/{nothing}/suspend", WHY)
    assert code(refused) == (404, "WORKSPACE_NOT_FOUND")
    assert service.rows("SELECT 1 FROM PlatformAuditLog WHERE scope_type = 'platform'") == []


async def test_a_retry_under_a_key_suspends_once(service: Service, ada: Person, root: Person) -> None:
    org_id = await organization(ada, "Engines")
    headers = root.headers() | {"Idempotency-Key": "once"}
    path = f"/platform/organizations/{org_id}/suspend"
    first = await service.client.post(path, json=WHY, headers=headers)
    again = await service.client.post(path, json=WHY, headers=headers)
    assert (first.json(), again.headers["idempotency-replayed"]) == (again.json(), "true")
    assert len((await root.get("/platform/audit")).json()["items"]) == 1


async def test_every_act_is_on_the_platforms_chain_which_tells_what_was_changed(
    service: Service, ada: Person, root: Person
) -> None:
    assert (await root.get("/platform/audit/verify")).json()["entries"] == 0
    org_id, workspace = await organization(ada, "Engines"), (await ada.create_workspace())["id"]
    for path in (f"/organizations/{org_id}", f"/workspaces/{workspace}"):
        await root.post(f"/platform{path}/suspend", WHY)
    assert code(await ada.get("/platform/organizations")) == (403, "USER_NOT_AUTHORIZED")
    items = (await root.get("/platform/audit")).json()["items"]
    assert [(each["action"], each["target_id"], each["outcome"]) for each in items] == [
        ("access.denied", "platform", "DENIED"),
        ("workspace.suspended", workspace, "SUCCESS"),
        ("organization.suspended", org_id, "SUCCESS"),
    ]
    assert items[0]["details"]["operation"] == "platform.organization.list"
    by_root = await root.get("/platform/audit", actor_id=root.user_id, action="workspace.suspended")
    assert [each["seq"] for each in by_root.json()["items"]] == [2]
    whole = (await root.get("/platform/audit/verify")).json()
    assert (whole["valid"], whole["entries"]) == (True, 3)
    service.tamper(
        "UPDATE PlatformAuditLog SET target_id = 'other' WHERE scope_type = 'platform' AND seq = 2"
    )
    changed = (await root.get("/platform/audit/verify")).json()
    assert (changed["valid"], [each["seq"] for each in changed["findings"]]) == (False, [2])


async def test_an_administrator_reads_nothing_of_what_is_in_a_tenant(ada: Person, root: Person) -> None:
    org_id, workspace = await organization(ada, "Engines"), (await ada.create_workspace())["id"]
    assert code(await root.get(f"/organizations/{org_id}")) == (404, "ORGANIZATION_NOT_FOUND")
    assert code(await root.get(f"/workspaces/{workspace}")) == (403, "USER_NOT_AUTHORIZED")
    joined = await root.post(f"/workspaces/{workspace}/members", {"user_id": root.user_id, "role": "OWNER"})
    assert code(joined) == (403, "USER_NOT_AUTHORIZED")


async def people(person: Person, **filters: Any) -> list[str]:
    response = await person.get("/platform/users", **filters)
    assert response.status_code == 200, response.text
    return [each["display_name"] for each in response.json()["items"]]


async def test_everybody_is_found_who_shares_nothing_with_the_finder(
    service: Service, ada: Person, root: Person
) -> None:
    bob, zoe = await service.person("bob"), await service.person("äda")
    workspace = (await ada.create_workspace())["id"]
    expected = {"user_id": "00000000-0000-4000-8000-00000000beef", "role": "VIEWER", "display_name": "Carol"}
    assert (await ada.post(f"/workspaces/{workspace}/members", expected)).status_code == 201
    execute(service.settings, f"UPDATE UserAccount SET status = 'SUSPENDED' WHERE id = '{bob.user_id}'")
    assert await people(root) == ["Ada", "Bob", "Carol", "Root", "Äda"]
    assert await people(root, name="A") == ["Ada"]
    assert await people(root, name="Ä") == await people(root, id=zoe.user_id.upper()) == ["Äda"]
    assert await people(root, email="BOB@Example.COM ") == await people(root, status="SUSPENDED") == ["Bob"]
    assert await people(root, email="bob@example.com", status="ACTIVE") == []
    assert await people(root, id=ada.user_id, email="bob@example.com") == []
    assert await people(root, status="SUSPENDED", name="a") == []
    for bad in ({"status": "GONE"}, {"id": "ada@example.com"}, {"name": ""}):
        assert code(await root.get("/platform/users", **bad)) == (422, "VALIDATION_FAILED"), bad
    page = (await root.get("/platform/users", limit=3)).json()
    rest = (await root.get("/platform/users", limit=3, cursor=page["next_cursor"])).json()
    assert [each["display_name"] for each in page["items"] + rest["items"]] == await people(root)
    found = {each["display_name"]: each for each in page["items"] + rest["items"]}
    assert [name for name, each in found.items() if each["is_platform_admin"]] == ["Root"]
    assert [name for name, each in found.items() if each["is_expected"]] == ["Carol"]
    assert (found["Carol"]["email"], found["Carol"]["last_seen_at"]) == (None, None)
    assert found["Ada"]["email"] == "ada@example.com"


async def test_somebody_is_found_by_the_name_and_address_of_now(
    service: Service, ada: Person, root: Person
) -> None:
    profile = f"/users/{ada.user_id}/profile"
    assert (await ada.patch(profile, {"name": "Countess"})).status_code == 200
    assert (await people(root, name="ada"), await people(root, name="count")) == ([], ["Countess"])
    ada.access_token = service.issuer.mint(LocalUser(ada.user_id, "Augusta", "byron@example.com", 1))
    await ada.validate()
    assert await people(root, email="byron@example.com") == ["Countess"]
    assert await people(root, email="ada@example.com") == []
    assert (await ada.patch(profile, {"name": None})).status_code == 200
    assert await people(root, name="aug") == ["Augusta"]


async def test_an_account_from_before_the_index_is_passed_and_not_met_twice(
    service: Service, ada: Person, root: Person
) -> None:
    """SQL left its name unfolded, where it sorts after what folding makes of it."""
    old = "Strauß"
    sql = f"UPDATE UserAccount SET display_name = '{old}', list_key = 'strauß\x1f' || id WHERE id = '{ada.user_id}'"
    execute(service.settings, sql if service.settings.db_type == "sqlite" else sql.replace("||", "+"))
    await service.person("zoe")
    names, cursor = [], None
    for _ in range(4):
        page = (await root.get("/platform/users", limit=1, **({"cursor": cursor} if cursor else {}))).json()
        names += [each["display_name"] for each in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert names == ["Root", old, "Zoe"]


async def test_somebody_is_suspended_whom_no_organisation_puts_back(
    service: Service, ada: Person, root: Person
) -> None:
    bob = await service.person("bob")
    org_id = await organization(ada, "Engines")
    await add_org_member(service, org_id, bob, "MEMBER", source="invitation")
    assert (await ada.post(f"/users/{bob.user_id}/suspend", {})).json()["held_by"] == "organization"
    path = f"/platform/users/{bob.user_id}"
    assert code(await root.post(f"{path}/suspend", {})) == (422, "VALIDATION_FAILED")
    taken = (await root.post(f"{path}/suspend", WHY)).json()
    assert (taken["status"], taken["held_by"]) == ("SUSPENDED", "platform")
    assert code(await root.post(f"{path}/suspend", WHY)) == (400, "INVALID_STATUS")
    assert code(await ada.post(f"/users/{bob.user_id}/activate", {})) == (403, "USER_NOT_AUTHORIZED")
    assert code(await bob.get("/auth/me")) == (403, "USER_NOT_AUTHORIZED")
    assert (await root.post(f"{path}/activate", WHY)).json()["status"] == "ACTIVE"
    acts = (await root.get("/platform/audit", actor_id=root.user_id)).json()["items"]
    assert [(each["action"], each["target_id"]) for each in acts] == [
        ("account.activated", bob.user_id),
        ("account.suspended", bob.user_id),
    ]
    own = service.rows(
        "SELECT action, actor_id FROM PlatformAuditLog "
        "WHERE scope_type = 'user' AND scope_id = ? AND outcome = 'SUCCESS' "
        "ORDER BY seq",
        bob.user_id,
    )
    assert own[-2:] == [("account.suspended", root.user_id), ("account.activated", root.user_id)]
    nobody = await root.post(f"/platform/users/{service.edge.tools.new_id()}/suspend", WHY)
    assert code(nobody) == (404, "USER_NOT_FOUND")
    assert code(await ada.post(f"{path}/suspend", WHY)) == (403, "USER_NOT_AUTHORIZED")


async def test_of_the_platform_and_the_owner_at_once_the_platform_has_the_last_word(
    database: TestDatabase, key_file: Path
) -> None:
    settings, clock = make_settings(database, key_file), Clock()
    async with running(settings, clock) as first, running(settings, clock) as second:
        ada, root = await first.person("ada"), await administrator(second, "root")
        for number in range(5):
            own = f"/organizations/{await organization(ada, f'Engines {number}')}"
            await ada.post(f"{own}/suspend", {})
            woken, held, again = await asyncio.gather(
                ada.post(f"{own}/activate", {}),
                root.post(f"/platform{own}/suspend", WHY),
                root.post(f"/platform{own}/suspend", WHY),
            )
            assert sorted((held.status_code, again.status_code)) == [200, 400]
            assert woken.status_code in (200, 403)
            now = (await ada.get(own)).json()
            assert (now["status"], now["held_by"]) == ("SUSPENDED", "platform")
        assert (await root.get("/platform/audit/verify")).json()["valid"] is True
