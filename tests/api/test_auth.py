"""Signing in and out over HTTP, with the local issuer and across processes."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.databases import TestDatabase
from tests.harness import Clock, Service, code, make_settings, running
from tests.http_client import httpx

pytestmark = pytest.mark.passwords("cheapest")
PASSWORD = "correct horse battery staple"


async def register(service: Service, email: str = "ada@example.com") -> httpx.Response:
    return await service.client.post(
        "/auth/register", json={"email": email, "password": PASSWORD, "display_name": "Ada"}
    )


async def sign_in(
    service: Service, email: str = "ada@example.com", password: str = PASSWORD
) -> httpx.Response:
    return await service.client.post("/auth/token", data={"username": email, "password": password})


async def test_register_sign_in_exchange_and_use(service: Service) -> None:
    registered = await register(service)
    assert registered.status_code == 201
    signed_in = await sign_in(service, " ADA@Example.com ".strip())
    assert signed_in.headers["cache-control"] == "no-store"
    tokens = signed_in.json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 1800)
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    session = (await service.client.post("/auth/validate", headers=bearer)).json()
    assert session["user"]["user_id"] == registered.json()["user_id"]
    both = bearer | {"X-PMA-Token": session["pma_token"]}
    me = (await service.client.get("/auth/me", headers=both)).json()
    assert (me["user"]["email"], me["user"]["display_name"]) == ("ada@example.com", "Ada")


async def test_one_account_an_address_whatever_its_case(service: Service) -> None:
    assert (await register(service)).status_code == 201
    assert code(await register(service, "ADA@example.com")) == (409, "ACCOUNT_EXISTS")
    assert service.rows("SELECT COUNT(*) FROM UserAccount") == [(1,)]


async def test_a_hash_of_another_cost_becomes_one_of_today_s(
    database: TestDatabase, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_settings(database, key_file)
    async with running(settings) as service:
        await register(service)
        ((stored,),) = service.rows("SELECT password_hash FROM UserPassword")
        assert stored.startswith("$argon2id$v=19$m=8,")
    monkeypatch.undo()  # what follows costs what it does in production
    async with running(settings) as service:
        for _ in range(2):
            assert (await sign_in(service)).status_code == 200
            ((stored,),) = service.rows("SELECT password_hash FROM UserPassword")
            # RFC 9106 section 4, the second recommended option.
            assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


@pytest.mark.passwords("real")
async def test_registering_one_address_twice_at_once_makes_one_account(service: Service) -> None:
    answers = await asyncio.gather(*(register(service) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert service.rows("SELECT COUNT(*) FROM UserAccount") == [(1,)]


@pytest.mark.parametrize(
    "change",
    [
        {"password": "short"},
        {"password": "x" * 257},
        {"password": None},
        {"email": "no-at-sign"},
        {"email": "a b@example.com"},
        {"email": "\u0430da@example.com"},
        {"display_name": "Ada\u202e"},
        {"email": "x" * 255 + "@example.com"},
        {"display_name": ""},
        {"display_name": "x" * 201},
        {"admin": True},
    ],
)
async def test_registrations_that_do_not_fit(service: Service, change: dict[str, Any]) -> None:
    body = {"email": "ada@example.com", "password": PASSWORD, "display_name": "Ada"} | change
    response = await service.client.post("/auth/register", json=body)
    assert code(response) == (422, "VALIDATION_FAILED")
    assert PASSWORD not in response.text


async def test_registration_has_a_switch(database: TestDatabase, key_file: Path) -> None:
    async with running(make_settings(database, key_file, enable_registration=False)) as service:
        assert code(await register(service)) == (403, "REGISTRATION_DISABLED")


async def test_without_the_local_issuer_its_routes_are_not_there(
    database: TestDatabase, key_file: Path
) -> None:
    settings = make_settings(database, key_file, local_issuer_enabled=False)
    async with running(settings) as service:
        ada = await service.person("ada", signed_in=False)
        for response in (
            await register(service),
            await sign_in(service),
            await service.client.post("/auth/refresh", json={"refresh_token": "x"}),
            await service.client.get("/.well-known/jwks.json"),
            await service.client.get("/.well-known/openid-configuration"),
        ):
            assert code(response) == (404, "NOT_FOUND")
        assert code(await ada.validate()) == (401, "INVALID_AZURE_TOKEN")


async def test_wrong_passwords_and_unknown_accounts_look_the_same(service: Service) -> None:
    await register(service)
    wrong = await sign_in(service, password="wrong password")
    unknown = await sign_in(service, email="nobody@example.com")
    assert code(wrong) == code(unknown) == (401, "INVALID_CREDENTIALS")
    assert wrong.json()["message"] == unknown.json()["message"]


async def test_an_account_locks_after_five_failures_and_opens_again(service: Service) -> None:
    await register(service)
    for _ in range(5):
        assert code(await sign_in(service, password="wrong password")) == (401, "INVALID_CREDENTIALS")
    locked = await sign_in(service)
    assert code(locked) == (429, "TOO_MANY_ATTEMPTS")
    assert 0 < int(locked.headers["retry-after"]) <= 900
    service.clock.advance(minutes=15, seconds=1)
    assert (await sign_in(service)).status_code == 200


async def test_a_lock_of_a_clock_that_was_wrong_ends_with_the_mistake(service: Service) -> None:
    await register(service)
    service.clock.jump(days=27_000)
    for _ in range(5):
        await sign_in(service, password="wrong password")
    assert code(await sign_in(service)) == (429, "TOO_MANY_ATTEMPTS")
    service.clock.jump(days=-27_000)
    # What counts from here on is counted in full.
    for _ in range(5):
        assert code(await sign_in(service, password="wrong password")) == (401, "INVALID_CREDENTIALS")
    locked = await sign_in(service)
    assert code(locked) == (429, "TOO_MANY_ATTEMPTS")
    assert 0 < int(locked.headers["retry-after"]) <= 900


@pytest.mark.passwords("real")
async def test_guesses_sent_at_once_are_all_counted(service: Service) -> None:
    await register(service)
    answers = await asyncio.gather(*(sign_in(service, password=f"guess {n} ........") for n in range(12)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [401] * 5 + [429] * 7


async def test_whoever_comes_in_a_crowd_is_told_so_and_not_locked_out(service: Service) -> None:
    await register(service)
    sign_in_ = service.edge.parts.sign_in
    assert sign_in_ is not None
    gate = threading.Event()
    # Two threads, and fifty who may wait for one.
    crowd = [asyncio.create_task(sign_in_.passwords._blocking.run(gate.wait)) for _ in range(52)]
    await asyncio.sleep(0)
    for _ in range(7):
        busy = await sign_in(service)
        assert code(busy) == (503, "SERVICE_UNAVAILABLE")
        assert busy.headers["retry-after"] == "1"
    gate.set()
    await asyncio.gather(*crowd)
    assert (await sign_in(service)).status_code == 200


async def test_a_success_clears_the_account_and_not_the_address(
    database: TestDatabase, key_file: Path
) -> None:
    settings = make_settings(database, key_file, sign_in_max_failures_address=6)
    async with running(settings) as service:
        await register(service)
        for _ in range(4):
            assert (await sign_in(service, password="wrong password")).status_code == 401
        assert (await sign_in(service)).status_code == 200
        for number in range(2):
            response = await sign_in(service, email=f"{number}@example.com")
            assert code(response) == (401, "INVALID_CREDENTIALS")
        assert code(await sign_in(service)) == (429, "TOO_MANY_ATTEMPTS")


async def test_a_lock_holds_in_another_process_and_after_a_restart(
    database: TestDatabase, key_file: Path
) -> None:
    settings, clock = make_settings(database, key_file), Clock()
    async with running(settings, clock) as first, running(settings, clock) as second:
        await register(first)
        for number in range(5):
            await sign_in((first, second)[number % 2], password="wrong password")
        assert code(await sign_in(second)) == (429, "TOO_MANY_ATTEMPTS")
    async with running(settings, clock) as third:
        assert code(await sign_in(third)) == (429, "TOO_MANY_ATTEMPTS")


async def test_refresh_rotates_and_reuse_ends_the_family(service: Service) -> None:
    await register(service)
    first = (await sign_in(service)).json()["refresh_token"]
    other = (await sign_in(service)).json()["refresh_token"]

    async def refresh(token: str) -> httpx.Response:
        return await service.client.post("/auth/refresh", json={"refresh_token": token})

    second = (await refresh(first)).json()["refresh_token"]
    assert second != first
    service.clock.advance(seconds=11)
    assert code(await refresh(first)) == (401, "INVALID_REFRESH_TOKEN")
    assert code(await refresh(second)) == (401, "INVALID_REFRESH_TOKEN")
    assert (await refresh(other)).status_code == 200
    actions = [row[0] for row in service.rows("SELECT action FROM PlatformAuditLog ORDER BY seq")]
    assert actions == ["account.registered", "sign_in.succeeded", "sign_in.succeeded", "refresh_token.reused"]


async def test_tabs_that_refresh_at_once_all_go_on_and_a_crowd_does_not(service: Service) -> None:
    await register(service)
    token = (await sign_in(service)).json()["refresh_token"]

    async def refresh(token: str) -> httpx.Response:
        return await service.client.post("/auth/refresh", json={"refresh_token": token})

    answers = await asyncio.gather(*(refresh(token) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    successors = {answer.json()["refresh_token"] for answer in answers}
    assert len(successors) == 4
    service.clock.advance(seconds=9)
    assert (await refresh(token)).status_code == 200
    actions = [row[0] for row in service.rows("SELECT action FROM PlatformAuditLog ORDER BY seq")]
    assert actions.count("refresh_token.used_twice") == 4
    # All are of one family, which a reuse after that ends.
    service.clock.advance(seconds=2)
    assert code(await refresh(token)) == (401, "INVALID_REFRESH_TOKEN")
    for successor in successors:
        assert code(await refresh(successor)) == (401, "INVALID_REFRESH_TOKEN")
    token = (await sign_in(service)).json()["refresh_token"]
    answers = await asyncio.gather(*(refresh(token) for _ in range(25)))
    # One, twenty that are forgiven, and whoever comes then ends them all.
    assert sorted(answer.status_code for answer in answers) == [200] * 21 + [401] * 4
    for answer in answers[:3]:
        if answer.status_code == 200:
            assert code(await refresh(answer.json()["refresh_token"])) == (401, "INVALID_REFRESH_TOKEN")


async def test_a_token_that_was_ended_is_not_forgiven(service: Service) -> None:
    await register(service)
    tokens = (await sign_in(service)).json()
    spent = tokens["refresh_token"]
    successor = await service.client.post("/auth/refresh", json={"refresh_token": spent})
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    pma = (await service.client.post("/auth/validate", headers=headers)).json()["pma_token"]
    body = {"refresh_token": successor.json()["refresh_token"]}
    out = await service.client.post("/auth/logout", headers=headers | {"X-PMA-Token": pma}, json=body)
    assert out.status_code == 204
    again = await service.client.post("/auth/refresh", json={"refresh_token": spent})
    assert code(again) == (401, "INVALID_REFRESH_TOKEN")


async def test_refresh_tokens_expire_and_are_kept_as_digests(service: Service) -> None:
    await register(service)
    token = (await sign_in(service)).json()["refresh_token"]
    assert token not in str(service.rows("SELECT * FROM RefreshToken"))
    service.clock.advance(days=7, seconds=1)
    response = await service.client.post("/auth/refresh", json={"refresh_token": token})
    assert code(response) == (401, "INVALID_REFRESH_TOKEN")
    for bad in ("", "x" * 201, "unknown"):
        answer = await service.client.post("/auth/refresh", json={"refresh_token": bad})
        assert answer.status_code in (401, 422)


async def test_logout_ends_this_token_everywhere(database: TestDatabase, key_file: Path) -> None:
    settings, clock = make_settings(database, key_file), Clock()
    async with running(settings, clock) as first, running(settings, clock) as second:
        ada = await first.person("ada")
        here, there = dict(ada.headers()), (await ada.validate()).json()["pma_token"]
        other = ada.headers() | {"X-PMA-Token": there}
        assert (await second.client.get("/auth/me", headers=here)).status_code == 200
        assert (await first.client.post("/auth/logout", headers=here)).status_code == 204
        for service in (first, second):
            assert code(await service.client.get("/auth/me", headers=here)) == (401, "INVALID_PMA_TOKEN")
            assert (await service.client.get("/auth/me", headers=other)).status_code == 200
    async with running(settings, clock) as third:
        assert code(await third.client.get("/workspaces", headers=here)) == (401, "INVALID_PMA_TOKEN")
        assert (await third.client.get("/workspaces", headers=other)).status_code == 200


async def test_logout_can_end_a_refresh_token_too(service: Service) -> None:
    await register(service)
    tokens = (await sign_in(service)).json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    session = (await service.client.post("/auth/validate", headers=bearer)).json()
    response = await service.client.post(
        "/auth/logout",
        headers=bearer | {"X-PMA-Token": session["pma_token"]},
        json={"refresh_token": tokens["refresh_token"]},
    )
    assert response.status_code == 204
    again = await service.client.post("/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert code(again) == (401, "INVALID_REFRESH_TOKEN")


async def test_revoke_all_ends_every_token_and_lets_one_sign_in_again(service: Service) -> None:
    await register(service)
    tokens = (await sign_in(service)).json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    session = (await service.client.post("/auth/validate", headers=bearer)).json()
    both = bearer | {"X-PMA-Token": session["pma_token"]}
    assert (await service.client.post("/auth/revoke-all", headers=both)).status_code == 204
    assert code(await service.client.get("/auth/me", headers=both)) == (401, "INVALID_AZURE_TOKEN")
    assert code(await service.client.post("/auth/validate", headers=bearer)) == (401, "INVALID_AZURE_TOKEN")
    again = await service.client.post("/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert code(again) == (401, "INVALID_REFRESH_TOKEN")

    fresh = (await sign_in(service)).json()["access_token"]
    bearer = {"Authorization": f"Bearer {fresh}"}
    session = (await service.client.post("/auth/validate", headers=bearer)).json()
    both = bearer | {"X-PMA-Token": session["pma_token"]}
    assert (await service.client.get("/auth/me", headers=both)).status_code == 200


async def test_a_token_for_one_workspace_opens_no_other(service: Service) -> None:
    ada = await service.person("ada")
    one, two = await ada.create_workspace("one"), await ada.create_workspace("two")
    session = (await ada.validate(one["id"])).json()
    assert [workspace["id"] for workspace in session["workspaces"]] == [one["id"]]
    assert (await ada.get(f"/workspaces/{one['id']}")).status_code == 200
    assert (await ada.get(f"/workspaces/{one['id'].upper()}")).status_code == 200
    assert (await ada.get("/auth/me")).json()["workspace_scope"] == one["id"]
    for response in (
        await ada.get(f"/workspaces/{two['id']}"),
        await ada.get("/workspaces"),
        await ada.post("/workspaces", {"name": "three"}),
    ):
        assert code(response) == (403, "USER_NOT_AUTHORIZED")


async def test_validate_for_a_workspace_one_is_not_in(service: Service) -> None:
    ada, bob = await service.person("ada"), await service.person("bob")
    workspace = await ada.create_workspace()
    assert code(await bob.validate(workspace["id"])) == (403, "USER_NOT_AUTHORIZED")
    assert code(await bob.validate("00000000-0000-7000-8000-000000000000")) == (404, "WORKSPACE_NOT_FOUND")
    response = await service.client.post(
        "/auth/validate",
        headers={"Authorization": f"Bearer {bob.access_token}"},
        json={"workspace_id": "x"},
    )
    assert code(response) == (422, "VALIDATION_FAILED")
    denials = service.rows("SELECT actor_id FROM AuditLog WHERE outcome = 'DENIED'")
    assert denials == [(bob.user_id,)]


async def test_more_workspaces_than_a_token_lists(database: TestDatabase, key_file: Path) -> None:
    async with running(make_settings(database, key_file, pma_max_workspaces=3)) as service:
        ada = await service.person("ada")
        created = [await ada.create_workspace(name) for name in "abcde"]
        session = (await ada.validate()).json()
        assert (len(session["workspaces"]), session["truncated"]) == (3, True)
        assert (await ada.get(f"/workspaces/{created[-1]['id']}")).status_code == 200


async def test_the_pma_token_never_outlives_the_access_token(database: TestDatabase, key_file: Path) -> None:
    settings = make_settings(database, key_file, access_token_expire_minutes=5)
    async with running(settings) as service:
        await register(service)
        tokens = (await sign_in(service)).json()
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        session = (await service.client.post("/auth/validate", headers=bearer)).json()
        me = bearer | {"X-PMA-Token": session["pma_token"]}
        body = (await service.client.get("/auth/me", headers=me)).json()
        assert body["pma_token_expires_at"] <= body["access_token_expires_at"]
        service.clock.advance(minutes=6, seconds=1)
        assert code(await service.client.get("/auth/me", headers=me)) == (401, "INVALID_AZURE_TOKEN")


async def test_two_first_exchanges_at_once_make_one_account(service: Service) -> None:
    ada = await service.person("ada", signed_in=False)
    answers = await asyncio.gather(*(ada.validate() for _ in range(6)))
    assert [answer.status_code for answer in answers] == [200] * 6
    assert service.rows("SELECT COUNT(*) FROM UserAccount") == [(1,)]


async def test_an_account_that_is_not_active_is_out_at_once(service: Service) -> None:
    ada = await service.person("ada")
    workspace = await ada.create_workspace()
    service.tamper("UPDATE UserAccount SET status = 'SUSPENDED'")
    for response in (
        await ada.get("/workspaces"),
        await ada.get(f"/workspaces/{workspace['id']}"),
        await ada.post("/workspaces", {"name": "x"}),
        await ada.validate(),
    ):
        assert code(response) == (403, "USER_NOT_AUTHORIZED")


async def test_the_same_id_in_another_tenant_is_somebody_else(service: Service) -> None:
    ada = await service.person("ada")
    service.tamper("UPDATE UserAccount SET tid = '11111111-1111-4111-8111-111111111111'")
    assert code(await ada.validate()) == (403, "USER_NOT_AUTHORIZED")
    assert service.rows("SELECT tid FROM UserAccount") == [("11111111-1111-4111-8111-111111111111",)]


async def test_metadata_and_keys_of_the_local_issuer(service: Service) -> None:
    metadata = (await service.client.get("/.well-known/openid-configuration")).json()
    assert metadata["jwks_uri"] == f"{metadata['issuer']}/.well-known/jwks.json"
    keys = (await service.client.get("/.well-known/jwks.json")).json()["keys"]
    assert [sorted(key) for key in keys] == [["alg", "e", "kid", "kty", "n", "use"]]


@pytest.mark.parametrize("grant", ["refresh_token", "client_credentials", "PASSWORD"])
async def test_only_the_password_grant(service: Service, grant: str) -> None:
    response = await service.client.post(
        "/auth/token", data={"username": "a@b", "password": "x", "grant_type": grant}
    )
    assert code(response) == (422, "VALIDATION_FAILED")


async def test_one_address_is_one_account_however_it_is_written(service: Service) -> None:
    assert (await register(service, "ada@b\u00fccher.example")).json()["email"] == "ada@xn--bcher-kva.example"
    for written in ("ADA@B\u00dcCHER.example", "\uff41da@xn--bcher-kva.example"):
        assert code(await register(service, written)) == (409, "ACCOUNT_EXISTS")
        assert (await sign_in(service, written)).status_code == 200
    assert code(await register(service, "\u0430da@xn--bcher-kva.example")) == (422, "VALIDATION_FAILED")
