"""Issuers that sign otherwise than Entra ID: each key with its own algorithm, and none in another's place."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from pydantic import ValidationError

from app.core.azure_jwt_validator import AzureJwtValidator
from app.core.config_fields import IssuerSettings
from app.core.errors import InvalidAzureToken, NotAuthorized
from app.core.issuers import Issuer, IssuerMatch, OidcIssuer, SharedSecretIssuer, TrustedIssuers
from app.core.jwks import JwksCache
from app.core.trusted_issuers import issuer_of
from app.core.verification_keys import NoUsableKey, usable_keys
from tests.core.conftest import trusted, validator_for
from tests.harness import Clock
from tests.keyserver import KeyServer, Signer, b64, encode, public_jwk, rs256, rsa_key

SECRET = "kJ8vQ2mX0pL7wR5tY9bN3cZ6dF1gH4sAkJ8vQ2mX0pL7wR5tY9bN3cZ6dF1gH4sA"
SUBJECT = "0b7f9a52-6a3c-4a53-8d7a-3f0a2c1d9e55"
Sign = Callable[[bytes], bytes]


@cache
def ec_key(name: str = "ours", curve: type[ec.EllipticCurve] = ec.SECP256R1) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(curve())


@cache
def ed_key(name: str = "ours") -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


def raw_ecdsa(key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
    size = (key.curve.key_size + 7) // 8
    return r.to_bytes(size) + s.to_bytes(size)


def pss(key: Any, data: bytes) -> bytes:
    return bytes(key.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()))


def hs256(secret: bytes) -> Sign:
    return lambda data: hmac.new(secret, data, hashlib.sha256).digest()


def ec_jwk(key: ec.EllipticCurvePrivateKey, kid: str, **more: Any) -> dict[str, Any]:
    numbers, size = key.public_key().public_numbers(), (key.curve.key_size + 7) // 8
    crv = {256: "P-256", 384: "P-384"}[key.curve.key_size]
    x, y = (b64(number.to_bytes(size)) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": crv, "kid": kid, "use": "sig", "x": x, "y": y, **more}


def ed_jwk(key: ed25519.Ed25519PrivateKey, kid: str, **more: Any) -> dict[str, Any]:
    return {"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": b64(key.public_key().public_bytes_raw()), **more}


SIGN: dict[str, Sign] = {
    "RS256": lambda data: rs256(rsa_key("key-1"))(data),  # noqa: PLW0108 - the key is made when it is used
    "PS256": lambda data: pss(rsa_key("standby"), data),
    "ES256": lambda data: raw_ecdsa(ec_key(), data),
    "EdDSA": lambda data: ed_key().sign(data),
    "HS256": hs256(SECRET.encode()),
}


@pytest.fixture
def every(keys: KeyServer) -> KeyServer:
    """A key of each kind, as one issuer might have them; the RSA key that is there says RS256."""
    keys.extra_keys = [
        public_jwk(rsa_key("standby"), "PS256", alg="PS256"),
        public_jwk(rsa_key("key-1"), "RS256", alg="RS256"),
        ec_jwk(ec_key(), "ES256", alg="ES256"),
        ed_jwk(ed_key(), "EdDSA", alg="EdDSA"),
    ]
    return keys


def oidc(keys: KeyServer, *algorithms: str) -> OidcIssuer:
    return OidcIssuer(
        "supabase", f"{keys.url}/oidc", frozenset({"authenticated"}), algorithms=frozenset(algorithms)
    )


def shared(keys: KeyServer, secret: str = SECRET) -> SharedSecretIssuer:
    return SharedSecretIssuer("legacy", f"{keys.url}/legacy", frozenset({"authenticated"}), secret.encode())


def claims(keys: KeyServer, path: str = "oidc", **changes: Any) -> dict[str, Any]:
    """As Supabase's Auth server makes them: no name, no scope, no nbf."""
    now = Signer(keys).v2()["iat"]
    base = {
        "iss": f"{keys.url}/{path}", "sub": SUBJECT, "aud": "authenticated", "exp": now + 3600, "iat": now,
        "email": "ada@example.com", "phone": "", "app_metadata": {"provider": "email", "providers": ["email"]},
        "user_metadata": {}, "role": "authenticated", "aal": "aal1", "is_anonymous": False,
        "amr": [{"method": "password", "timestamp": now}], "session_id": "6a3c4a53-8d7a-4f0a-9c1d-9e550b7f9a52",
    }  # fmt: skip
    return {name: value for name, value in {**base, **changes}.items() if value is not None}


def token(body: dict[str, Any], alg: str, sign: Sign, kid: str | None = None, **header: Any) -> str:
    head = {"alg": alg, "typ": "JWT"} | ({"kid": kid} if kid else {}) | header
    return encode(head, body, sign)


def validate_with(jwks: JwksCache, clock: Clock, *issuers: Issuer) -> AzureJwtValidator:
    return validator_for(TrustedIssuers(issuers), jwks, clock)


async def reason(validator: AzureJwtValidator, text: str) -> str:
    with pytest.raises(InvalidAzureToken) as refused:
        await validator.validate(text)
    assert refused.value.details is not None
    return str(refused.value.details["reason"])


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
async def test_each_algorithm_where_it_is_allowed(
    every: KeyServer, jwks: JwksCache, clock: Clock, alg: str
) -> None:
    validator = validate_with(jwks, clock, oidc(every, alg))
    good = token(claims(every), alg, SIGN[alg], alg)
    for _ in range(2):
        identity = await validator.validate(good)
        assert (identity.user_id, identity.tid) == (f"supabase:{SUBJECT}", "supabase")
    for other in {"RS256", "PS256", "ES256", "EdDSA", "HS256"} - {alg}:
        assert await reason(validator, token(claims(every), other, SIGN[other], other)) == "algorithm"


async def test_a_key_is_used_with_its_own_algorithm_alone(
    every: KeyServer, jwks: JwksCache, clock: Clock
) -> None:
    """With all of them allowed, by every pair of key and algorithm."""
    algorithms = ("RS256", "PS256", "ES256", "EdDSA")
    validator = validate_with(jwks, clock, oidc(every, *algorithms))
    signing: dict[tuple[str, str], Sign] = {
        ("RS256", "PS256"): lambda data: pss(rsa_key("key-1"), data),
        ("PS256", "RS256"): rs256(rsa_key("standby")),
    }
    for kid in algorithms:
        for alg in algorithms:
            text = token(claims(every), alg, signing.get((kid, alg), SIGN[alg]), kid)
            if kid == alg:
                assert await validator.validate(text)
            else:
                assert await reason(validator, text) == "algorithm"


def test_which_keys_of_a_set_are_usable() -> None:
    document = {
        "keys": [
            public_jwk(rsa_key("standby"), "rsa"),
            ec_jwk(ec_key(), "ec"),
            ed_jwk(ed_key(), "ed"),
            ec_jwk(ec_key("p384", ec.SECP384R1), "p384"),
            ec_jwk(ec_key(), "ec for another", alg="ES384"),
            ec_jwk(ec_key(), "ec off the curve") | {"x": b64(b"\x01" * 32)},
            ec_jwk(ec_key(), "ec for signing", key_ops=["sign"]),
            ec_jwk(ec_key(), "ec encryption") | {"use": "enc"},
            ed_jwk(ed_key(), "ed short") | {"x": b64(b"\x01" * 31)},
            {"kty": "oct", "kid": "oct", "k": b64(b"x" * 32), "alg": "HS256"},
            {"kty": ["EC"], "kid": "odd"},
            public_jwk(rsa_key("weak", 2040), "weak"),
            public_jwk(rsa_key("standby"), "without exponent") | {"e": 65537},
            ec_jwk(ec_key(), ""),
            ec_jwk(ec_key(), "operations that are no list", key_ops="verify"),
            ec_jwk(ec_key(), "for whatever", use="sig enc"),
            None,
            "odd",
        ]
    }
    usable = {
        allowed: {kid: key.algorithm for kid, key in usable_keys(document, frozenset(allowed)).items()}
        for allowed in (("RS256",), ("ES256", "EdDSA"), ("RS256", "PS256", "ES256"))
    }
    assert usable == {
        ("RS256",): {"rsa": "RS256"},
        ("ES256", "EdDSA"): {"ec": "ES256", "ed": "EdDSA"},
        # The RSA key does not say which of the two it is for.
        ("RS256", "PS256", "ES256"): {"ec": "ES256"},
    }
    with pytest.raises(NoUsableKey):
        usable_keys({"keys": document["keys"][:1]}, frozenset({"ES256"}))
    without_id = {name: value for name, value in ec_jwk(ec_key(), "ec").items() if name != "kid"}
    for odd in (5, [without_id]):
        with pytest.raises(NoUsableKey):
            usable_keys({"keys": odd}, frozenset({"ES256"}))


def test_an_issuer_without_tenants_has_no_restrictions_of_entra_s_and_a_key_without_any_is_for_all() -> None:
    named = ec_jwk(ec_key(), "named", issuer="https://elsewhere.example", cloud_instance_name="elsewhere")
    keys = usable_keys({"keys": [named, ec_jwk(ec_key(), "bare")]}, frozenset({"ES256"}))
    issuer = OidcIssuer("oidc", "https://sso.example.com", frozenset({"a"}))
    with_tenants = IssuerMatch(issuer, "iss", tenant="t", other_clouds=frozenset({"elsewhere"}))
    assert [key.fits(IssuerMatch(issuer, "iss")) for key in keys.values()] == [True, True]
    assert [key.fits(with_tenants) for key in keys.values()] == [False, True]


async def test_signatures_of_elliptic_curves_that_are_none(
    every: KeyServer, jwks: JwksCache, clock: Clock
) -> None:
    validator = validate_with(jwks, clock, oidc(every, "ES256", "EdDSA"))
    body = claims(every)
    curve = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    forged: dict[str, Sign] = {
        "of zeros": lambda data: b"\x00" * 64,  # CVE-2022-21449
        "r and s the order": lambda data: curve.to_bytes(32) * 2,
        "in DER": lambda data: ec_key().sign(data, ec.ECDSA(hashes.SHA256())),
        "too short": lambda data: raw_ecdsa(ec_key(), data)[:-1],
        "too long": lambda data: raw_ecdsa(ec_key(), data) + b"\x00",
        "of another hash": lambda data: ec_key().sign(data, ec.ECDSA(hashes.SHA384()))[:64],
        "of another key": lambda data: raw_ecdsa(ec_key("attacker"), data),
    }
    for sign in forged.values():
        assert await reason(validator, token(body, "ES256", sign, "ES256")) == "signature"
    for sign in (lambda data: b"\x00" * 64, ed_key("attacker").sign, lambda data: ed_key().sign(data)[:-1]):
        assert await reason(validator, token(body, "EdDSA", sign, "EdDSA")) == "signature"


CONFUSED: dict[str, Callable[[Any], bytes]] = {
    "PEM": lambda key: key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ),
    "DER": lambda key: key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    ),
    "nothing": lambda key: b"",
}


@pytest.mark.parametrize("form", CONFUSED)
@pytest.mark.parametrize("kid", ["RS256", "PS256", "ES256", "EdDSA"])
async def test_a_public_key_is_never_a_secret(
    every: KeyServer, jwks: JwksCache, clock: Clock, kid: str, form: str
) -> None:
    """Even where HS256 is allowed, for another issuer."""
    private: dict[str, Any] = {
        "RS256": rsa_key("key-1"), "PS256": rsa_key("standby"), "ES256": ec_key(), "EdDSA": ed_key(),
    }  # fmt: skip
    validator = validate_with(jwks, clock, oidc(every, "RS256", "PS256", "ES256", "EdDSA"), shared(every))
    text = token(claims(every), "HS256", hs256(CONFUSED[form](private[kid].public_key())), kid)
    assert await reason(validator, text) == "algorithm"


async def test_no_header_brings_a_key_along(every: KeyServer, jwks: JwksCache, clock: Clock) -> None:
    validator = validate_with(jwks, clock, oidc(every, "ES256"), shared(every))
    attacker = ec_key("attacker")
    for name, value in (
        ("jwk", ec_jwk(attacker, "a")), ("jku", f"{every.url}/attacker/keys"), ("x5u", every.url), ("x5c", ["AA"]),
        ("cty", "JWT"), ("crit", ["b64"]),
    ):  # fmt: skip
        for alg, sign, kid in (
            ("ES256", lambda d: raw_ecdsa(attacker, d), "ES256"),
            ("HS256", SIGN["HS256"], None),
        ):
            assert await reason(validator, token(claims(every), alg, sign, kid, **{name: value})) == "header"
    for kid in ("../../dev/null", "x' UNION SELECT 'k", "ES256\x00", "es256"):
        assert await reason(validator, token(claims(every), "ES256", SIGN["ES256"], kid)) == "key"
    assert await reason(validator, token(claims(every), "ES256", SIGN["ES256"])) == "key"


async def test_a_shared_secret(every: KeyServer, jwks: JwksCache, clock: Clock) -> None:
    validator = validate_with(jwks, clock, shared(every), oidc(every, "ES256"), *_entra(every))
    body = claims(every, "legacy")
    for kid in (None, "whatever it says"):
        for _ in range(2):
            assert (await validator.validate(token(body, "HS256", SIGN["HS256"], kid))).tid == "legacy"
    assert await reason(validator, token(body, "HS256", hs256(b"another" * 8))) == "signature"
    assert await reason(validator, token(body, "HS256", hs256(b""))) == "signature"
    assert await reason(validator, token(body, "ES256", SIGN["ES256"], "ES256")) == "algorithm"
    for alg in ("none", "None", "HS384", "HS512", "hs256"):
        assert await reason(validator, token(body, alg, SIGN["HS256"])) == "algorithm"
    # Who knows the secret speaks for that issuer, and for no other.
    for iss in (f"{every.url}/oidc", Signer(every).v2()["iss"]):
        assert await reason(validator, token(body | {"iss": iss}, "HS256", SIGN["HS256"])) == "algorithm"
    assert every.fetches == 0


def _entra(keys: KeyServer) -> list[Issuer]:
    return [match.issuer for match in trusted(keys) if match.version == "2.0"]


async def test_claims_of_an_oidc_issuer(every: KeyServer, jwks: JwksCache, clock: Clock) -> None:
    validator = validate_with(jwks, clock, oidc(every, "ES256"))

    def signed(**changes: Any) -> str:
        return token(claims(every, **changes), "ES256", SIGN["ES256"], "ES256")

    assert await reason(validator, signed(sub=None)) == "claims"
    assert await reason(validator, signed(exp=253_402_300_799)) == "lifetime"
    assert await reason(validator, signed(aud="anon")) == "audience"
    with pytest.raises(NotAuthorized):
        await validator.validate(signed(is_anonymous=True))
    narrow = OidcIssuer(
        "supabase", f"{every.url}/oidc", frozenset({"authenticated"}), algorithms=frozenset({"ES256"}),
        allowed_clients=frozenset({"portal"}), required_scopes=frozenset({"pm"}),
    )  # fmt: skip
    validator = validate_with(jwks, clock, narrow)
    assert await validator.validate(signed(azp="portal", scope="openid pm"))
    assert await validator.validate(signed(client_id="portal", scp="pm"))
    assert await reason(validator, signed(scope="pm")) == "client"
    assert await reason(validator, signed(azp="else", client_id="portal", scope="pm")) == "client"
    assert await reason(validator, signed(azp="portal", scope="openid")) == "scope"


BASE = {"kind": "oidc", "name": "n", "issuer": "https://i.example", "audiences": ["a"]}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"algorithms": []}, "at least 1"),
        ({"algorithms": ["HS256"]}, "RS256"),
        ({"algorithms": ["none"]}, "RS256"),
        ({"secret": SECRET}, "shared-secret"),
        ({"kind": "shared-secret"}, "secret"),
        ({"kind": "shared-secret", "secret": "x" * 40}, "weak"),
        ({"kind": "shared-secret", "secret": "short"}, "weak"),
        ({"kind": "shared-secret", "secret": SECRET, "jwks_uri": "https://i.example/keys"}, "jwks_uri"),
        ({"kind": "shared-secret", "secret": SECRET, "algorithms": ["RS256"]}, "algorithms"),
        ({"kind": "shared-secret", "secret": SECRET, "issuer": None}, "issuer"),
        ({"kind": "entra", "tenants": ["x"], "algorithms": ["ES256"]}, "algorithms"),
    ],
)
def test_settings_that_do_not_fit(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem) as refused:
        IssuerSettings.model_validate(BASE | changes)
    assert SECRET not in str(refused.value)


def test_settings_become_issuers() -> None:
    made = issuer_of(IssuerSettings.model_validate(BASE | {"algorithms": ["ES256", "EdDSA"]}))
    assert made.algorithms == {"ES256", "EdDSA"}
    made = issuer_of(
        IssuerSettings.model_validate(
            BASE | {"kind": "shared-secret", "secret": SECRET, "allowed_clients": ["portal"]}
        )
    )
    assert isinstance(made, SharedSecretIssuer)
    assert made.secret == SECRET.encode()
    assert (made.algorithms, made.allowed_clients) == (frozenset({"HS256"}), frozenset({"portal"}))
    assert SECRET not in repr(made)
    assert json.dumps(SECRET)[1:-1] not in str(made)
