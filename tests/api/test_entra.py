"""Entra ID and another OIDC issuer from end to end: settings, keys over HTTP, exchange, work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.databases import TestDatabase
from tests.harness import Clock, Person, Service, code, make_settings, running
from tests.keyserver import CLIENT, OID, OTHER_TENANT, TENANT, KeyServer, Signer


@pytest.fixture
def keys() -> Iterator[KeyServer]:
    with KeyServer() as server:
        yield server


def issuers(keys: KeyServer) -> list[dict[str, Any]]:
    entra = {"kind": "entra", "name": "entra", "tenants": [TENANT], "audiences": [CLIENT, f"api://{CLIENT}"]}
    oidc = {"kind": "oidc", "name": "keycloak", "issuer": f"{keys.url}/oidc", "audiences": ["pm-assist"]}
    return [entra | {"authority": keys.url}, oidc]


@pytest.fixture
async def service(database: TestDatabase, key_file: Path, keys: KeyServer) -> AsyncIterator[Service]:
    settings = make_settings(
        database,
        key_file,
        trusted_issuers=issuers(keys),
        workspace_tenants=[TENANT],
        local_issuer_enabled=False,
    )
    async with running(settings) as service:
        yield service


def person(service: Service, token: str, user_id: str) -> Person:
    return Person(service, user_id, user_id, token)


async def test_a_user_of_entra_works_with_v1_and_v2_tokens(service: Service, keys: KeyServer) -> None:
    signer = Signer(keys)
    ada = person(service, signer.token(signer.v2()), OID)
    session = (await ada.validate()).json()
    assert session["user"] == {
        "user_id": OID,
        "tenant_id": TENANT,
        "issuer": "entra",
        "display_name": "Ada Lovelace",
        "email": "ada@example.com",
    }
    workspace = await ada.create_workspace()
    same = person(service, signer.token(signer.v1()), OID)
    same.pma_token = ada.pma_token
    assert (await same.get(f"/workspaces/{workspace['id']}")).json()["role"] == "OWNER"
    entry = (await same.get(f"/workspaces/{workspace['id']}/audit")).json()["items"][0]
    assert (entry["actor_id"], entry["auth_method"]) == (OID, "entra")
    assert keys.fetches == 1


async def test_a_user_of_another_issuer_is_never_taken_for_one_of_entra(
    service: Service, keys: KeyServer
) -> None:
    signer = Signer(keys)
    ada = person(service, signer.token(signer.v2()), OID)
    await ada.validate()
    workspace = await ada.create_workspace()
    impostor = person(service, signer.token(signer.oidc(sub=OID, oid=OID, tid=TENANT)), f"keycloak:{OID}")
    session = (await impostor.validate()).json()
    assert session["user"]["user_id"] == f"keycloak:{OID}"
    assert session["workspaces"] == []
    assert code(await impostor.get(f"/workspaces/{workspace['id']}")) == (403, "USER_NOT_AUTHORIZED")
    assert (await ada.add(workspace["id"], impostor, "VIEWER"))["user_id"] == f"keycloak:{OID}"
    assert (await impostor.get(f"/workspaces/{workspace['id']}")).json()["role"] == "VIEWER"


async def test_nobody_is_kept_out_by_who_added_them_first(
    database: TestDatabase, key_file: Path, keys: KeyServer
) -> None:
    """An ADMIN of one directory adds an object id of another before its owner has ever signed in."""
    two = issuers(keys)
    two[0]["tenants"] = [TENANT, OTHER_TENANT]
    settings = make_settings(
        database, key_file, trusted_issuers=two, workspace_tenants=[TENANT], local_issuer_enabled=False
    )
    async with running(settings) as service:
        signer = Signer(keys)
        ada = person(service, signer.token(signer.v2()), OID)
        await ada.validate()
        workspace = await ada.create_workspace()
        stranger = "99999999-8888-4777-8666-555555555555"
        body = {"user_id": stranger, "role": "ADMIN", "display_name": "Whoever"}
        assert (await ada.post(f"/workspaces/{workspace['id']}/members", body)).status_code == 201
        theirs = {"oid": stranger, "tid": OTHER_TENANT, "iss": f"{keys.url}/{OTHER_TENANT}/v2.0"}
        bob = person(service, signer.token(signer.v2(**theirs, name="Bob")), stranger)
        session = (await bob.validate()).json()
        assert (session["user"]["tenant_id"], session["user"]["display_name"]) == (OTHER_TENANT, "Bob")
        assert service.rows(f"SELECT tid, display_name FROM UserAccount WHERE id = '{stranger}'") == [
            (OTHER_TENANT, "Bob")
        ]
        actions = f"SELECT action FROM PlatformAuditLog WHERE scope_id = '{stranger}' ORDER BY seq"
        assert service.rows(actions) == [("account.claimed",)]
        # Now it is known who that is, and the same id from another directory is somebody else.
        impostor = person(service, signer.token(signer.v2(oid=stranger)), stranger)
        assert code(await impostor.validate()) == (403, "USER_NOT_AUTHORIZED")
        assert (await bob.validate()).status_code == 200


async def test_two_first_sign_ins_at_once_take_an_account_once(service: Service, keys: KeyServer) -> None:
    signer = Signer(keys)
    ada = person(service, signer.token(signer.v2()), OID)
    await ada.validate()
    workspace = await ada.create_workspace()
    other = "99999999-8888-4777-8666-555555555555"
    await ada.post(f"/workspaces/{workspace['id']}/members", {"user_id": other, "role": "VIEWER"})
    tabs = [person(service, signer.token(signer.v2(oid=other)), other) for _ in range(5)]
    answers = await asyncio.gather(*(tab.validate() for tab in tabs))
    assert [answer.status_code for answer in answers] == [200] * 5
    actions = f"SELECT action FROM PlatformAuditLog WHERE scope_id = '{other}'"
    assert service.rows(actions) == [("account.claimed",)]


async def test_a_changed_name_is_taken_over_at_the_next_exchange(service: Service, keys: KeyServer) -> None:
    signer = Signer(keys)
    for name in ("Ada Byron", "Ada Lovelace"):
        await person(service, signer.token(signer.v2(name=name)), OID).validate()
        assert service.rows("SELECT display_name FROM UserAccount") == [(name,)]
    (version,) = service.rows("SELECT version FROM UserAccount")
    await person(service, signer.token(signer.v2()), OID).validate()
    assert service.rows("SELECT version FROM UserAccount") == [version]


async def test_when_the_keys_cannot_be_had_it_is_503_and_later_200(service: Service, keys: KeyServer) -> None:
    signer = Signer(keys)
    ada = person(service, signer.token(signer.v2()), OID)
    keys.status = 500
    response = await ada.validate()
    assert code(response) == (503, "IDENTITY_PROVIDER_UNAVAILABLE")
    assert response.headers["retry-after"] == "5"
    keys.status = 200
    service.clock.advance(seconds=6)
    assert (await ada.validate()).status_code == 200


async def test_an_expired_access_token_ends_a_live_pma_token(
    database: TestDatabase, key_file: Path, keys: KeyServer
) -> None:
    clock, signer = Clock(), Signer(keys)
    settings = make_settings(database, key_file, trusted_issuers=issuers(keys))
    async with running(settings, clock) as service:
        ada = person(service, signer.token(signer.v2()), OID)
        await ada.validate()
        short = person(service, signer.token(signer.v2(exp=signer.v2()["iat"] + 60)), OID)
        short.pma_token = ada.pma_token
        assert (await short.get("/workspaces")).status_code == 200
        clock.advance(minutes=3)
        assert code(await short.get("/workspaces")) == (401, "INVALID_AZURE_TOKEN")
        assert (await ada.get("/workspaces")).status_code == 200


async def test_guests_applications_and_other_tenants_stay_outside(service: Service, keys: KeyServer) -> None:
    signer = Signer(keys)
    for claims, expected in (
        (signer.v2(acct=1), (403, "USER_NOT_AUTHORIZED")),
        (signer.v2(scp=None, roles=["Read.All"], idtyp="app"), (403, "USER_NOT_AUTHORIZED")),
        (signer.v2(tid=OTHER_TENANT), (401, "INVALID_AZURE_TOKEN")),
    ):
        assert code(await person(service, signer.token(claims), OID).validate()) == expected
    assert service.rows("SELECT COUNT(*) FROM UserAccount") == [(0,)]
