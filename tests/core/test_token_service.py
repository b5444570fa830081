"""The PMA token: what is minted, and everything that is not accepted as one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.core.clock import new_uuid7
from app.core.config import Settings
from app.core.errors import InvalidPmaToken
from app.core.identity import Identity
from app.core.token_service import KeyRing, SigningKey, TokenService, is_weak, is_weak_text
from tests.harness import Clock
from tests.keyserver import b64, encode, rs256, rsa_key

NEW, OLD = SigningKey("new", bytes(range(32))), SigningKey("old", bytes(range(100, 132)))


def service(clock: Clock, *keys: SigningKey, **names: str) -> TokenService:
    return TokenService(
        KeyRing(keys or (NEW, OLD)),
        clock,
        new_uuid7,
        issuer=names.get("issuer", "pm-assist"),
        audience=names.get("audience", "pm-assist"),
        lifetime=timedelta(hours=1),
        leeway=timedelta(seconds=60),
        cache_size=100,
    )


def identity(clock: Clock, user_id: str = "ada", tid: str = "t", **life: float) -> Identity:
    now = clock()
    return Identity(user_id, tid, "entra", None, None, now, now + timedelta(**(life or {"hours": 2})))


def minted(tokens: TokenService, who: Identity) -> str:
    return tokens.mint(who, session_version=1, roles={"w": "OWNER"}, workspace_id=None, truncated=False)[0]


def good_claims(clock: Clock, **changes: Any) -> dict[str, Any]:
    now = int(clock().timestamp())
    claims = {
        "iss": "pm-assist", "aud": "pm-assist", "sub": "ada", "tid": "t", "jti": "j", "iat": now,
        "exp": now + 600, "azv": 1, "roles": {}, "ws": None, "cut": False,
    }  # fmt: skip
    return {key: value for key, value in {**claims, **changes}.items() if value != "absent"}


def hs256(secret: bytes, name: str = "sha256") -> Callable[[bytes], bytes]:
    return lambda data: hmac.new(secret, data, name).digest()


def forged(
    clock: Clock, header: dict[str, Any] | None = None, secret: bytes = NEW.secret, **claims: Any
) -> str:
    head = {"alg": "HS256", "typ": "pma+jwt", "kid": "new", **(header or {})}
    head = {key: value for key, value in head.items() if value is not None}
    return encode(head, good_claims(clock, **claims), hs256(secret))


Make = Callable[[Clock], str]
HOSTILE: dict[str, tuple[Make, str]] = {
    "empty": (lambda c: "", "structure"),
    "two segments": (lambda c: forged(c).rsplit(".", 1)[0], "structure"),
    "white space": (lambda c: forged(c) + " ", "structure"),
    "too large": (lambda c: forged(c, roles={str(n): "OWNER" for n in range(2000)}), "too_large"),
    "none": (lambda c: forged(c, {"alg": "none"}), "algorithm"),
    "alg missing": (lambda c: forged(c, {"alg": None}), "algorithm"),
    "HS512": (
        lambda c: encode(
            {"alg": "HS512", "typ": "pma+jwt", "kid": "new"}, good_claims(c), hs256(NEW.secret, "sha512")
        ),
        "algorithm",
    ),
    "RS256": (
        lambda c: encode(
            {"alg": "RS256", "typ": "pma+jwt", "kid": "new"}, good_claims(c), rs256(rsa_key("attacker"))
        ),
        "algorithm",
    ),
    "HS256 that is HS512 inside": (
        lambda c: encode(
            {"alg": "HS256", "typ": "pma+jwt", "kid": "new"}, good_claims(c), hs256(NEW.secret, "sha512")
        ),
        "signature",
    ),
    "another secret": (lambda c: forged(c, secret=os.urandom(32)), "signature"),
    "empty secret": (lambda c: forged(c, secret=b""), "signature"),
    "secret of another kid": (lambda c: forged(c, {"kid": "old"}), "signature"),
    "secret as base64": (lambda c: forged(c, secret=base64.b64encode(NEW.secret)), "signature"),
    "signature cut": (lambda c: forged(c).rsplit(".", 1)[0] + "." + b64(b"\1" * 31), "signature"),
    "signature of zeros": (lambda c: forged(c).rsplit(".", 1)[0] + "." + b64(b"\0" * 32), "signature"),
    "kid unknown": (lambda c: forged(c, {"kid": "next"}), "key"),
    "kid missing": (lambda c: forged(c, {"kid": None}), "key"),
    "kid a path": (lambda c: forged(c, {"kid": "/dev/null"}, secret=b""), "key"),
    "kid a list": (lambda c: forged(c, {"kid": ["new"]}), "key"),
    "typ JWT": (lambda c: forged(c, {"typ": "JWT"}), "type"),
    "typ missing": (lambda c: forged(c, {"typ": None}), "type"),
    "typ at+jwt": (lambda c: forged(c, {"typ": "at+jwt"}), "type"),
    "own key in the header": (lambda c: forged(c, {"jwk": {"kty": "oct", "k": b64(NEW.secret)}}), "header"),
    "jku": (lambda c: forged(c, {"jku": "http://127.0.0.1/keys"}), "header"),
    "crit": (lambda c: forged(c, {"crit": ["x"]}), "header"),
    "iss another": (lambda c: forged(c, iss="pm-assist-staging"), "issuer"),
    "iss missing": (lambda c: forged(c, iss="absent"), "issuer"),
    "aud another": (lambda c: forged(c, aud="billing"), "audience"),
    "aud a list": (lambda c: forged(c, aud=["pm-assist"]), "audience"),
    "expired": (lambda c: forged(c, exp=int(c().timestamp()) - 61), "expired"),
    "exp missing": (lambda c: forged(c, exp="absent"), "claims"),
    "exp a string": (lambda c: forged(c, exp="9999999999"), "claims"),
    "exp true": (lambda c: forged(c, exp=True), "claims"),
    "exp huge": (lambda c: forged(c, exp=10**30), "claims"),
    "iat in the future": (lambda c: forged(c, iat=int(c().timestamp()) + 120), "not_yet_valid"),
    "iat missing": (lambda c: forged(c, iat="absent"), "claims"),
    "sub another": (lambda c: forged(c, sub="bob"), "subject"),
    "sub missing": (lambda c: forged(c, sub="absent"), "claims"),
    "sub a list": (lambda c: forged(c, sub=["ada"]), "subject"),
    "tid another": (lambda c: forged(c, tid="other"), "subject"),
    "tid null": (lambda c: forged(c, tid=None), "subject"),
    "jti missing": (lambda c: forged(c, jti="absent"), "claims"),
    "version missing": (lambda c: forged(c, azv="absent"), "claims"),
    "scope missing": (lambda c: forged(c, ws="absent"), "claims"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_token(name: str) -> None:
    clock = Clock()
    tokens, (make, reason) = service(clock), HOSTILE[name]
    token = make(clock)
    for _ in range(2):
        with pytest.raises(InvalidPmaToken) as refused:
            tokens.verify(token, identity(clock))
        assert refused.value.details == {"reason": reason}


def test_the_forger_of_these_tests_can_make_a_good_one() -> None:
    clock = Clock()
    assert service(clock).verify(forged(clock), identity(clock)).user_id == "ada"


def test_minted_is_verified_and_says_what_was_put_in() -> None:
    clock = Clock()
    tokens = service(clock)
    token, given = tokens.mint(
        identity(clock), session_version=3, roles={"w": "ADMIN"}, workspace_id="w", truncated=True
    )
    found = tokens.verify(token, identity(clock))
    assert found == given
    assert (found.session_version, found.roles, found.workspace_id, found.truncated) == (
        3,
        {"w": "ADMIN"},
        "w",
        True,
    )


def test_it_never_outlives_the_access_token() -> None:
    clock = Clock()
    tokens = service(clock)
    _, short = tokens.mint(
        identity(clock, minutes=5), session_version=1, roles={}, workspace_id=None, truncated=False
    )
    assert short.expires_at <= clock() + timedelta(minutes=5)
    _, long = tokens.mint(
        identity(clock, days=5), session_version=1, roles={}, workspace_id=None, truncated=False
    )
    assert long.expires_at <= clock() + timedelta(hours=1)


def test_a_remembered_token_is_still_checked_for_time_and_owner() -> None:
    clock = Clock()
    tokens, who = service(clock), identity(clock)
    token = minted(tokens, who)
    tokens.verify(token, who)
    for other in (identity(clock, "bob"), identity(clock, "ada", "other")):
        with pytest.raises(InvalidPmaToken):
            tokens.verify(token, other)
    clock.advance(hours=1, seconds=61)
    with pytest.raises(InvalidPmaToken):
        tokens.verify(token, who)


def test_rotation_keeps_old_tokens_until_the_old_key_goes() -> None:
    clock = Clock()
    who = identity(clock)
    token = minted(service(clock, OLD), who)
    assert service(clock, NEW, OLD).verify(token, who)
    with pytest.raises(InvalidPmaToken):
        service(clock, NEW).verify(token, who)


def test_a_token_of_another_installation_is_not_ours() -> None:
    clock = Clock()
    who = identity(clock)
    token = minted(service(clock, NEW, issuer="staging", audience="staging"), who)
    with pytest.raises(InvalidPmaToken):
        service(clock, NEW).verify(token, who)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "key 1 is not written"),
        ("k1", "key 1 is not written"),
        ("k1:", "key 1 is not written"),
        (f"k 1:{b64(NEW.secret)}", "key 1 is not written"),
        ("k1:@@@@", "not base64url"),
        (f"k1:{b64(b'short')}", "shorter than 32"),
        (f"k1:{b64(NEW.secret)},k1:{b64(OLD.secret)}", "share"),
        (f"k1:{b64(NEW.secret)},k2:{b64(NEW.secret)}", "share"),
        (f"k1:{b64(NEW.secret)},", "key 2 is not written"),
    ],
)
def test_key_rings_that_do_not_do(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as refused:
        KeyRing.parse(text)
    for entry in text.split(","):
        secret = entry.partition(":")[2]
        assert not secret or secret not in str(refused.value)


def test_secrets_do_not_show_in_a_repr() -> None:
    assert "\\x" not in repr(KeyRing.parse(f"k1:{b64(NEW.secret)}"))
    assert hashlib.sha256(NEW.secret).hexdigest() not in repr(NEW)


@pytest.mark.parametrize(
    "secret", [b"a" * 40, b"changeme" * 5, b"correct horse battery staple and more", b"\0" * 64]
)
def test_weak_secrets_are_told_from_drawn_ones(secret: bytes) -> None:
    assert is_weak(secret)
    assert not any(is_weak(os.urandom(32)) for _ in range(2000))


@pytest.mark.parametrize(
    ("secret", "weak"),
    [
        ("super-secret-jwt-token-with-at-least-32-characters-long", True),
        ("Password1" * 10, True),
        ("Ab1" * 40, True),
        ("00" * 32, True),
        (b64(bytes(range(20)))[:31], True),
        (bytes(range(7, 40)).hex(), False),
        ("kJ8vQ2mX0pL7wR5tY9bN3cZ6dF1gH4sA" * 2, False),
    ],
)
def test_weak_texts(secret: str, weak: bool) -> None:
    assert is_weak_text(secret) is weak


def test_the_largest_token_that_can_be_configured_is_accepted() -> None:
    clock = Clock()
    tokens = service(clock)
    most = next(
        each for each in Settings.model_fields["pma_max_workspaces"].metadata if hasattr(each, "le")
    ).le
    who = identity(clock, "i" * 40 + ":" + "s" * 159, "i" * 40)
    roles = {new_uuid7(): "MEMBER" for _ in range(most)}
    token, _ = tokens.mint(who, session_version=2**31, roles=roles, workspace_id=None, truncated=True)
    assert tokens.verify(token, who).roles == roles
    hundred, _ = tokens.mint(
        identity(clock),
        session_version=1,
        roles=dict(list(roles.items())[:100]),
        workspace_id=None,
        truncated=True,
    )
    assert len(f"X-PMA-Token: {hundred}\r\n") < 8190


def test_times_are_aware() -> None:
    clock = Clock()
    _, claims = service(clock).mint(
        identity(clock), session_version=1, roles={}, workspace_id=None, truncated=False
    )
    assert claims.issued_at.tzinfo is UTC
    assert claims.expires_at > datetime.now(UTC)
