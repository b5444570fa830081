"""A password of one's own is changed: this session goes on, all others end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.api.test_auth import PASSWORD
from tests.harness import Person, Service, code
from tests.http_client import httpx

pytestmark = pytest.mark.passwords("cheapest")
NEW = "a better battery staple"


@pytest.fixture
async def eve(service: Service) -> Person:
    """Somebody of the local issuer's, signed in with a password."""
    made = await service.client.post(
        "/auth/register", json={"email": "eve@example.com", "password": PASSWORD, "display_name": "Eve"}
    )
    person = Person(service, "eve", made.json()["user_id"], (await sign_in(service)).json()["access_token"])
    await person.validate()
    return person


async def sign_in(service: Service, password: str = PASSWORD) -> httpx.Response:
    form = {"username": "eve@example.com", "password": password}
    return await service.client.post("/auth/token", data=form)


async def change(person: Person, *, whose: str | None = None, current: str = PASSWORD) -> httpx.Response:
    body = {"current_password": current, "new_password": NEW}
    return await person.patch(f"/users/{whose or person.user_id}/password", body)


async def renew(service: Service, tokens: dict[str, Any]) -> httpx.Response:
    return await service.client.post("/auth/refresh", json={"refresh_token": tokens["refresh_token"]})


async def test_this_session_goes_on_and_the_others_end(service: Service, eve: Person) -> None:
    elsewhere = (await sign_in(service)).json()
    other = Person(service, "eve", eve.user_id, elsewhere["access_token"])
    await other.validate()
    changed = await change(eve)
    assert changed.status_code == 200, changed.text
    assert changed.headers["cache-control"] == "no-store"
    for ended in (eve, other):
        assert code(await ended.get("/auth/me")) == (401, "INVALID_AZURE_TOKEN")
    assert code(await renew(service, elsewhere)) == (401, "INVALID_REFRESH_TOKEN")
    new = changed.json()
    going_on = Person(service, "eve", eve.user_id, new["access_token"], new["pma_token"])
    me = (await going_on.get("/auth/me")).json()
    assert me["pma_token_expires_at"] == new["pma_token_expires_at"]
    assert (await renew(service, new)).status_code == 200
    assert code(await sign_in(service)) == (401, "INVALID_CREDENTIALS")
    assert (await sign_in(service, NEW)).status_code == 200
    log = service.rows("SELECT action FROM PlatformAuditLog WHERE action LIKE 'password.%'")
    assert log == [("password.changed",)]


async def test_guesses_are_counted_as_at_a_sign_in(service: Service, eve: Person) -> None:
    most = service.settings.sign_in_max_failures_account
    for _ in range(most):
        assert code(await change(eve, current="a wrong password")) == (400, "WRONG_PASSWORD")
    assert code(await change(eve)) == (429, "TOO_MANY_ATTEMPTS")
    assert code(await sign_in(service)) == (429, "TOO_MANY_ATTEMPTS")
    # Wrong guesses end nothing.
    assert (await eve.get("/auth/me")).status_code == 200
    failed = service.rows("SELECT outcome FROM PlatformAuditLog WHERE action = 'password.refused'")
    assert failed == [("FAILED",)] * most


async def test_it_is_the_persons_alone(service: Service, eve: Person) -> None:
    ada = await service.person("ada")
    assert code(await change(ada, whose=eve.user_id)) == (404, "USER_NOT_FOUND")
    workspace = (await ada.create_workspace())["id"]
    await ada.add(workspace, eve, "VIEWER")
    assert code(await change(ada, whose=eve.user_id)) == (403, "USER_NOT_AUTHORIZED")
    assert code(await change(ada)) == (400, "RULE_VIOLATED")
    short = {"current_password": PASSWORD, "new_password": "short"}
    assert code(await eve.patch(f"/users/{eve.user_id}/password", short)) == (422, "VALIDATION_FAILED")
    assert (await sign_in(service)).status_code == 200


@pytest.mark.passwords("real")
async def test_of_changes_at_once_one_counts_and_no_session_of_another_lives(
    service: Service, eve: Person
) -> None:
    answers = await asyncio.gather(*(change(eve) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers).count(200) == 1
    assert {code(answer)[0] for answer in answers if answer.status_code != 200} <= {400, 401}
    live = service.rows("SELECT COUNT(*) FROM RefreshToken WHERE revoked_at IS NULL")
    assert live == [(1,)]


@pytest.mark.passwords("real")
async def test_who_signs_in_with_the_old_password_while_it_changes_has_no_session(
    service: Service, eve: Person
) -> None:
    changed, old = await asyncio.gather(change(eve), sign_in(service))
    assert changed.status_code == 200
    if old.status_code == 200:
        assert code(await renew(service, old.json())) == (401, "INVALID_REFRESH_TOKEN")
    assert (await renew(service, changed.json())).status_code == 200


async def test_a_password_that_changed_after_it_was_looked_at_lets_nobody_in(
    service: Service, eve: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proving it takes a while; here the change comes exactly then."""
    sign_in_ = service.edge.parts.sign_in
    assert sign_in_ is not None
    verify, changes = sign_in_.passwords.verify, iter([change(eve)])

    async def and_then_change(stored: str | None, password: str) -> bool:
        is_right = await verify(stored, password)
        for changing in changes:
            assert (await changing).status_code == 200
        return is_right

    monkeypatch.setattr(sign_in_.passwords, "verify", and_then_change)
    assert code(await sign_in(service)) == (401, "INVALID_CREDENTIALS")
