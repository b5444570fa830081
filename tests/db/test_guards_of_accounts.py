"""As test_guards: accounts, sessions and what guards a sign-in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.db.handles import accounts, sign_in, workspaces
from tests.guards import Change, Made, changed_by, do, number, run
from tests.harness import Service


async def make_tokens(service: Service, user_id: str, family_id: str, of: int) -> Made:
    """Refresh tokens of one family, used ten minutes after the start."""
    now, used = service.clock(), service.clock() + timedelta(minutes=10)
    made: Made = {}
    for digit, state in enumerate(("fresh", "used", "ended", "used and ended")):
        made[state] = {"token_id": number(digit, of), "user_id": user_id}
        values = {"family_id": family_id, "token_hash": f"{digit}{of}", "expires_at": used, "now": now}
        await run(
            service,
            do(sign_in.insert_refresh_token, **made[state], **values),
            *([do(sign_in.use_refresh_token, now=used, **made[state])] if "used" in state else []),
        )
    ended = ", ".join(f"'{made[state]['token_id']}'" for state in made if "ended" in state)
    service.tamper(f"UPDATE RefreshToken SET revoked_at = issued_at WHERE id IN ({ended})")
    return made


async def test_a_refresh_token(service: Service) -> None:
    ada, bob = await service.person("ada"), await service.person("bob")
    mine, family = ada.user_id, number(1, 9)
    made = await make_tokens(service, mine, family, 1)
    again = await make_tokens(service, mine, number(2, 9), 2)
    others = await make_tokens(service, bob.user_id, number(3, 9), 3)
    now = service.clock() + timedelta(minutes=20)
    ids = {state: place["token_id"] for state, place in made.items()}

    async def effect(change: Change) -> set[Any]:
        return await changed_by(service, "RefreshToken", change)

    for state, place in made.items():
        stolen = place | {"user_id": bob.user_id}
        assert await effect(do(sign_in.use_refresh_token, now=now, **stolen)) == set()
        if state != "fresh":
            assert await effect(do(sign_in.use_refresh_token, now=now, **place)) == set(), state
    used = service.clock() + timedelta(minutes=10)
    exactly = {"since": used, "until": used, "most": 2}
    for state, place in made.items():
        for values in (
            exactly | {"since": used + timedelta(seconds=1), "until": now},
            exactly | {"since": service.clock(), "until": used - timedelta(seconds=1)},
        ):
            assert await effect(do(sign_in.forgive_reuse, **place, **values)) == set()
        for attempt in range(3):
            expected = {ids[state]} if state == "used" and attempt < 2 else set()
            assert await effect(do(sign_in.forgive_reuse, **place, **exactly)) == expected, state
    # When a token was ended stays as it was, and nobody else's end with it.
    assert await effect(do(sign_in.revoke_family, family_id=family, user_id=mine, now=now)) == {
        ids["fresh"],
        ids["used"],
    }
    assert await effect(do(sign_in.revoke_refresh_tokens, user_id=mine, now=now)) == {
        again["fresh"]["token_id"], again["used"]["token_id"]
    }  # fmt: skip
    assert await effect(do(sign_in.use_refresh_token, now=now, **others["fresh"])) == {
        others["fresh"]["token_id"]
    }


async def test_a_throttle(service: Service) -> None:
    now = service.clock()
    await run(
        service,
        do(sign_in.insert_throttle, throttle_key="now", expires_at=now),
        do(sign_in.insert_throttle, throttle_key="past", expires_at=now - timedelta(seconds=1)),
    )

    def failures() -> list[tuple[Any, ...]]:
        return service.rows("SELECT throttle_key, failures FROM SignInThrottle ORDER BY throttle_key")

    for _ in range(3):
        await run(service, do(sign_in.forgive_throttle, throttle_key="now"))
    assert failures() == [("now", 0), ("past", 1)]
    await run(service, do(sign_in.delete_expired_throttles, now=now))
    assert failures() == [("now", 0)]
    later = now + timedelta(minutes=1)
    await run(service, do(sign_in.set_throttle, throttle_key="now", failures=1, expires_at=later))
    await run(service, do(sign_in.delete_expired_throttles, now=now + timedelta(seconds=1)))
    assert failures() == [("now", 1)]


async def test_a_password_is_taken_by_who_knows_it(service: Service) -> None:
    ada = await service.person("ada")
    now, mine = service.clock(), ada.user_id
    await run(
        service,
        do(sign_in.insert_password, account_id=mine, email_key="a", password_hash="old", now=now),
        do(sign_in.update_password_hash, user_id=mine, password_hash="new"),
    )
    assert await run(service, do(sign_in.delete_password, user_id=mine, password_hash="old")) == [0]
    assert await run(service, do(sign_in.delete_password, user_id=mine, password_hash="new")) == [1]


async def test_an_account_made_on_somebody_s_behalf_is_claimed_once(service: Service) -> None:
    now = service.clock()
    for user_id in ("one", "two"):
        await run(
            service,
            do(
                accounts.expect_account,
                account_id=user_id,
                tid="t",
                display_name=None,
                expected_by="ada",
                now=now,
            ),
        )

    def claim(tid: str) -> Change:
        return do(accounts.claim_account, user_id="one", tid=tid, email=None, display_name="One", now=now)

    assert await changed_by(service, "UserAccount", claim("first")) == {"one"}
    assert await run(service, claim("second")) == [0]
    assert service.rows("SELECT tid FROM UserAccount WHERE id = 'one'") == [("first",)]


async def test_a_token_that_was_ended_is_its_owner_s(service: Service) -> None:
    ada, bob = await service.person("ada"), await service.person("bob")
    workspace = await ada.create_workspace()
    mine, theirs = number(1), number(2)
    now = service.clock()
    for token, person in ((mine, ada), (theirs, bob)):
        at = {"user_id": person.user_id, "expires_at": now, "now": now}
        await run(service, do(accounts.insert_revocation, jti=token, **at))
    cases: list[tuple[str | None, bool]] = [
        (mine, True), (theirs, False), (number(3), False), (None, False),
    ]  # fmt: skip
    async with service.edge.parts.database.read() as tx:
        for jti, is_revoked in cases:
            session = await accounts.read_session(tx, user_id=ada.user_id, jti=jti)
            access = await workspaces.read_access(
                tx, user_id=ada.user_id, jti=jti, workspace_id=workspace["id"]
            )
            assert session is not None
            assert access is not None
            assert (session.is_revoked, access.is_revoked) == (is_revoked, is_revoked), jti
