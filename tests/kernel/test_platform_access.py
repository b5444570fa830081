"""Who administers the platform: by the account's mark, by the setting, and nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.azure_jwt_validator import AzureJwtValidator
from app.core.caller import Caller, Origin
from app.http.edge import Call
from app.kernel.access import AccessDenied
from app.kernel.platform_access import PlatformAccess, enter_platform
from scripts import admin
from tests.databases import TestDatabase
from tests.harness import Person, Service, make_settings, running

HASHES = pytest.mark.needs_sql_server("HASHBYTES as hexadecimal of UTF-8, CRYPT_GEN_RANDOM")


async def enters(person: Person) -> PlatformAccess:
    edge = person.service.edge
    validator: AzureJwtValidator = edge.parts.validator
    identity = await validator.validate(person.access_token)
    claims = edge.parts.tokens.verify(person.pma_token, identity)
    appointed = identity.user_id in edge.parts.settings.appointed_admins
    call = Call(edge, Caller(identity, claims, Origin("a-request", None), appointed))
    return await call.read(enter_platform, operation="platform.try")


def change(service: Service, verb: str, person: Person) -> list[Any]:
    script = admin.load(service.settings.db_type)[f"{verb}_platform_admin"]
    values = {"user_id": person.user_id, "admin": 'dba "Grace"', "reason": "ticket 4/2 \\ äöü"}
    return admin.run(service.settings, script, values)[0].rows


async def test_nobody_is_one_by_themselves_and_the_platform_hears_of_it(service: Service) -> None:
    ada = await service.person("ada")
    await ada.post("/organizations", {"name": "Ada owns this"})
    with pytest.raises(AccessDenied):
        await enters(ada)
    told = service.rows(
        "SELECT action, actor_id, target_type FROM PlatformAuditLog WHERE scope_type = 'platform' AND scope_id = 'platform'"
    )
    assert told == [("access.denied", ada.user_id, "platform")]


@HASHES
async def test_the_script_makes_one_and_takes_it_back_on_the_next_request(service: Service) -> None:
    ada = await service.person("ada")
    assert change(service, "grant", ada)[0][0] == ada.user_id
    assert (await enters(ada)).user_id == ada.user_id
    with pytest.raises(Exception, match="is none yet"):
        change(service, "grant", ada)
    # The service goes on where the script ended, and recomputes what it wrote.
    workspace = (await ada.create_workspace())["id"]
    await ada.post(f"/platform/workspaces/{workspace}/suspend", {"reason": "r"})
    verified = (await ada.get("/platform/audit/verify")).json()
    assert (verified["valid"], verified["entries"]) == (True, 2)
    change(service, "revoke", ada)
    with pytest.raises(AccessDenied):
        await enters(ada)
    with pytest.raises(Exception, match="there is no administrator"):
        change(service, "revoke", ada)
    entries = service.rows(
        "SELECT scope_type, action, actor_id, target_id FROM PlatformAuditLog "
        "WHERE action LIKE 'platform_admin.%' ORDER BY scope_type, seq"
    )
    assert entries == [
        (scope, f"platform_admin.{verb}", 'dba "Grace"', ada.user_id)
        for scope in ("platform", "user")
        for verb in ("granted", "revoked")
    ]


@HASHES
async def test_nobody_is_made_one_who_has_not_signed_in_or_may_not_act(service: Service) -> None:
    ada = await service.person("ada")
    bob = await service.person("bob", signed_in=False)
    workspace = await ada.create_workspace()
    await ada.add(workspace["id"], bob, "VIEWER")
    with pytest.raises(Exception, match="there is no active account"):
        change(service, "grant", bob)
    service.tamper("UPDATE UserAccount SET status = 'SUSPENDED'")
    with pytest.raises(Exception, match="there is no active account"):
        change(service, "grant", ada)
    assert service.rows("SELECT 1 FROM UserAccount WHERE is_platform_admin = 1") == []


async def test_the_setting_makes_one_while_it_says_so(database: TestDatabase, key_file: Any) -> None:
    async with running(make_settings(database, key_file)) as service:
        ada = await service.person("ada")
        user_id, token = ada.user_id, ada.access_token
        with pytest.raises(AccessDenied):
            await enters(ada)
    named = [user_id.upper(), "keycloak:somebody"]
    async with running(make_settings(database, key_file, platform_admins=named)) as service:
        ada, bob = Person(service, "ada", user_id, token), await service.person("bob")
        await ada.validate()
        assert (await enters(ada)).user_id == user_id
        with pytest.raises(AccessDenied):
            await enters(bob)
    async with running(make_settings(database, key_file)) as service:
        ada = Person(service, "ada", user_id, token)
        await ada.validate()
        with pytest.raises(AccessDenied):
            await enters(ada)


async def test_an_administrator_who_may_not_act_is_none(database: TestDatabase, key_file: Any) -> None:
    async with running(make_settings(database, key_file)) as service:
        user_id = (await service.person("ada")).user_id
    async with running(make_settings(database, key_file, platform_admins=[user_id])) as service:
        ada = await service.person("ada")
        assert await enters(ada)
        service.tamper("UPDATE UserAccount SET status = 'SUSPENDED'")
        with pytest.raises(Exception, match="not active"):
            await enters(ada)
