"""Hostile access tokens, one line each, and the honest ones that must pass beside them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import time
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding

from app.core.azure_jwt_validator import AzureJwtValidator
from app.core.errors import InvalidAzureToken, NotAuthorized
from app.core.issuers import EntraIssuer, TrustedIssuers
from app.core.jwks import JwksCache
from app.core.verification_keys import usable_keys
from tests.core.conftest import trusted, validator_for
from tests.harness import Clock
from tests.keyserver import (
    CLIENT,
    OID,
    OTHER_TENANT,
    TENANT,
    KeyServer,
    Signer,
    b64,
    encode,
    entra_jwk,
    public_jwk,
    rs256,
    rsa_key,
)

Make = Callable[[Signer], str]
NOW = int(time.time())
_DER, _PEM = serialization.Encoding.DER, serialization.Encoding.PEM
_SPKI, _PKCS1 = serialization.PublicFormat.SubjectPublicKeyInfo, serialization.PublicFormat.PKCS1


def claims(**changes: Any) -> Make:
    return lambda signer: signer.token(signer.v2(**changes))


def v1(**changes: Any) -> Make:
    return lambda signer: signer.token(signer.v1(**changes))


def oidc(**changes: Any) -> Make:
    return lambda signer: signer.token(signer.oidc(**changes))


def header(**changes: Any) -> Make:
    return lambda signer: signer.token(signer.v2(), changes)


def edited(edit: Callable[[str], str]) -> Make:
    return lambda signer: edit(signer.token(signer.v2()))


def raw(head: bytes | None = None, body: bytes | None = None) -> Make:
    """Signed properly, over bytes that are not what a JSON library would write."""

    def make(signer: Signer) -> str:
        good_head = json.dumps({"alg": "RS256", "kid": signer.server.kid}).encode()
        good_body = json.dumps(signer.v2()).encode()
        return encode(head or good_head, body or good_body, rs256(rsa_key(signer.server.kid)))

    return make


def hs256(secret: Callable[[Any], bytes]) -> Make:
    """The classic: HMAC with the public key, in whatever form a careless verifier would hold it."""

    def make(signer: Signer) -> str:
        key = secret(rsa_key(signer.server.kid).public_key())
        head = {"alg": "HS256", "typ": "JWT", "kid": signer.server.kid}
        return encode(head, signer.v2(), lambda data: hmac.new(key, data, hashlib.sha256).digest())

    return make


def other_algorithm(name: str, sign: Callable[[Any, bytes], bytes]) -> Make:
    def make(signer: Signer) -> str:
        key = rsa_key(signer.server.kid)
        return encode({"alg": name, "kid": signer.server.kid}, signer.v2(), lambda data: sign(key, data))

    return make


def pss(key: Any, data: bytes) -> bytes:
    return bytes(key.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()))


def ecdsa(key: Any, data: bytes) -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).sign(data, ec.ECDSA(hashes.SHA256()))


def unsigned(alg: str) -> Make:
    return lambda signer: encode({"alg": alg, "kid": signer.server.kid}, signer.v2(), lambda data: b"\x00")


def embedded(member: str, value: Callable[[Signer], Any]) -> Make:
    """Signed with the attacker's key, which the header brings along."""
    return lambda signer: signer.token(signer.v2(), {member: value(signer)}, key="attacker")


def replace_part(index: int, text: str) -> Make:
    def make(signer: Signer) -> str:
        parts = signer.token(signer.v2()).split(".")
        parts[index] = text
        return ".".join(parts)

    return make


def resigned_last_character(signer: Signer) -> str:
    """The same signature bytes in another base64url text: the unused bits of the last character set."""
    token = signer.token(signer.v2())
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]


def no_iss(signer: Signer) -> str:
    return signer.token(signer.v2(iss=None))


HOSTILE: dict[str, tuple[Make, str]] = {
    # structure
    "empty": (lambda s: "", "structure"),
    "one dot": (edited(lambda t: t.rsplit(".", 1)[0]), "structure"),
    "four segments": (edited(lambda t: t + ".AAAA"), "structure"),
    "five segments": (edited(lambda t: t + ".AAAA.AAAA"), "structure"),
    "dots only": (lambda s: "..", "structure"),
    "padding": (edited(lambda t: t + "="), "structure"),
    "white space": (edited(lambda t: t.replace(".", " .", 1)), "structure"),
    "new line at the end": (edited(lambda t: t + "\n"), "structure"),
    "standard base64": (replace_part(2, "ab+/"), "structure"),
    "not ASCII": (replace_part(2, "é" * 20), "structure"),
    "full-width letters": (replace_part(2, "ＡＢＣＤ"), "structure"),
    "impossible base64 length": (replace_part(2, "A"), "structure"),
    "too large": (edited(lambda t: t + "A" * 20_000), "too_large"),
    "a megabyte": (claims(name="x" * 1_000_000), "too_large"),
    "header no JSON": (replace_part(0, b64(b"{")), "structure"),
    "header a list": (replace_part(0, b64(b"[]")), "structure"),
    "header a string": (replace_part(0, b64(b'"RS256"')), "structure"),
    "header null": (replace_part(0, b64(b"null")), "structure"),
    "header not UTF-8": (replace_part(0, b64(b"\xff\xfe")), "structure"),
    "header with a BOM": (replace_part(0, b64(b"\xef\xbb\xbf{}")), "structure"),
    "payload no JSON": (raw(body=b"hello"), "structure"),
    "payload a list": (raw(body=b"[1]"), "structure"),
    "payload empty": (raw(body=b" "), "structure"),
    "payload NaN": (raw(body=b'{"exp": NaN}'), "structure"),
    "payload Infinity": (raw(body=b'{"exp": Infinity}'), "structure"),
    "payload deep": (raw(body=b'{"a":' * 1500 + b"1" + b"}" * 1500), "structure"),
    "header deep": (raw(head=b'{"a":' + b"[" * 4000 + b"]" * 4000 + b"}"), "structure"),
    "payload duplicate member": (raw(body=b'{"iss": "a", "iss": "b"}'), "structure"),
    "header duplicate alg": (raw(head=b'{"alg": "none", "alg": "RS256", "kid": "key-1"}'), "structure"),
    "payload huge number": (raw(body=b'{"exp": 1' + b"0" * 5000 + b"}"), "structure"),
    # algorithm
    "none": (unsigned("none"), "algorithm"),
    "None": (unsigned("None"), "algorithm"),
    "NONE": (unsigned("NONE"), "algorithm"),
    "nOnE": (unsigned("nOnE"), "algorithm"),
    "none without a signature": (edited(lambda t: t.rsplit(".", 1)[0] + "."), "structure"),
    "alg empty": (header(alg=""), "algorithm"),
    "alg missing": (header(alg=None), "algorithm"),
    "alg lower case": (header(alg="rs256"), "algorithm"),
    "alg with a blank": (header(alg="RS256 "), "algorithm"),
    "alg a list": (header(alg=["RS256"]), "algorithm"),
    "alg a number": (header(alg=256), "algorithm"),
    "alg an object": (header(alg={"name": "RS256"}), "algorithm"),
    "HS256 with the key as PEM": (hs256(lambda k: k.public_bytes(_PEM, _SPKI)), "algorithm"),
    "HS256 with the key as PEM, trimmed": (hs256(lambda k: k.public_bytes(_PEM, _SPKI).strip()), "algorithm"),
    "HS256 with the key as PKCS1 PEM": (hs256(lambda k: k.public_bytes(_PEM, _PKCS1)), "algorithm"),
    "HS256 with the key as DER": (hs256(lambda k: k.public_bytes(_DER, _SPKI)), "algorithm"),
    "HS256 with the key as PKCS1 DER": (hs256(lambda k: k.public_bytes(_DER, _PKCS1)), "algorithm"),
    "HS256 with the key as JWK": (
        hs256(lambda k: json.dumps(public_jwk(rsa_key("key-1"), "key-1")).encode()),
        "algorithm",
    ),
    "HS256 with the modulus": (hs256(lambda k: b64(k.public_numbers().n.to_bytes(256)).encode()), "algorithm"),
    "HS256 with nothing": (hs256(lambda k: b""), "algorithm"),
    "RS384": (
        other_algorithm("RS384", lambda k, d: k.sign(d, padding.PKCS1v15(), hashes.SHA384())),
        "algorithm",
    ),
    "RS512": (
        other_algorithm("RS512", lambda k, d: k.sign(d, padding.PKCS1v15(), hashes.SHA512())),
        "algorithm",
    ),
    "RS1": (other_algorithm("RS1", lambda k, d: k.sign(d, padding.PKCS1v15(), hashes.SHA256())), "algorithm"),
    "PS256": (other_algorithm("PS256", pss), "algorithm"),
    "ES256": (other_algorithm("ES256", ecdsa), "algorithm"),
    "EdDSA": (other_algorithm("EdDSA", lambda k, d: b"\x01" * 64), "algorithm"),
    "RS256 that is SHA-384 inside": (
        other_algorithm("RS256", lambda k, d: k.sign(d, padding.PKCS1v15(), hashes.SHA384())),
        "signature",
    ),
    "RS256 that is PSS inside": (other_algorithm("RS256", pss), "signature"),
    # headers that ask for something
    "embedded jwk": (embedded("jwk", lambda s: public_jwk(rsa_key("attacker"), "a")), "header"),
    "jku": (embedded("jku", lambda s: f"{s.server.url}/attacker/keys"), "header"),
    "x5u": (embedded("x5u", lambda s: f"{s.server.url}/attacker/cert"), "header"),
    "x5c": (embedded("x5c", lambda s: ["AAAA"]), "header"),
    "crit": (header(crit=["exp"]), "header"),
    "crit empty": (header(crit=[]), "header"),
    "zip": (header(zip="DEF"), "header"),
    "b64 false": (header(b64=False), "header"),
    "enc": (header(enc="A128GCM"), "header"),
    "cty": (header(cty="JWT"), "header"),
    "cty empty": (header(cty=""), "header"),
    "typ of our own token": (header(typ="pma+jwt"), "type"),
    "typ of a logout token": (header(typ="logout+jwt"), "type"),
    "typ a list": (header(typ=["JWT"]), "type"),
    # key selection
    "kid unknown": (header(kid="key-99"), "key"),
    "kid missing": (header(kid=None), "key"),
    "kid empty": (header(kid=""), "key"),
    "kid a number": (header(kid=1), "key"),
    "kid a list": (header(kid=["key-1"]), "key"),
    "kid an object": (header(kid={"$ne": ""}), "key"),
    "kid a path": (header(kid="../../../../dev/null"), "key"),
    "kid like SQL": (header(kid="x' UNION SELECT 'key"), "key"),
    "kid with NUL": (header(kid="key-1\x00"), "key"),
    "kid in other case": (header(kid="KEY-1"), "key"),
    "kid huge": (header(kid="k" * 5000), "key"),
    "kid a URL": (header(kid="http://127.0.0.1/keys"), "key"),
    # signature
    "another key's": (lambda s: s.token(s.v2(), key="attacker"), "signature"),
    "stripped": (replace_part(2, ""), "structure"),
    "of zeros": (replace_part(2, b64(b"\x00" * 256)), "signature"),
    "cut short": (edited(lambda t: t.rsplit(".", 1)[0] + "." + b64(b"\x01" * 255)), "signature"),
    "a byte too long": (edited(lambda t: t.rsplit(".", 1)[0] + "." + b64(b"\x01" * 257)), "signature"),
    "first bit flipped": (
        edited(lambda t: t.rsplit(".", 1)[0] + "." + ("B" if t.rsplit(".", 1)[1][0] != "B" else "C") + t.rsplit(".", 1)[1][1:]),
        "signature",
    ),
    "same bytes, other text": (resigned_last_character, "structure"),
    "payload exchanged": (lambda s: _exchange(s, 1), "signature"),
    "header exchanged": (lambda s: _exchange(s, 0), "signature"),
    # time
    "expired": (claims(exp=NOW - 3600), "expired"),
    "expired just past the leeway": (claims(exp=NOW - 120), "expired"),
    "exp missing": (claims(exp=None), "claims"),
    "exp a string": (claims(exp=str(NOW + 3600)), "claims"),
    "exp true": (claims(exp=True), "claims"),
    "exp a list": (claims(exp=[NOW + 3600]), "claims"),
    "exp in the year 9999": (claims(exp=253_402_300_799), "lifetime"),
    "exp in two months": (claims(exp=NOW + 60 * 86_400), "lifetime"),
    "iat long ago": (claims(iat=NOW - 40 * 86_400), "lifetime"),
    "exp negative": (claims(exp=-1), "claims"),
    "exp 1e300": (claims(exp=1e300), "claims"),
    "exp beyond year 9999": (claims(exp=253_402_300_800), "claims"),
    "exp a huge integer": (claims(exp=10**30), "claims"),
    "exp overflows to infinity": (raw(body=b'{"exp": 1e400, "iss": "x"}'), "issuer"),
    "nbf in the future": (claims(nbf=NOW + 3600), "not_yet_valid"),
    "nbf missing": (claims(nbf=None), "claims"),
    "nbf a string": (claims(nbf="now"), "claims"),
    "iat in the future": (claims(iat=NOW + 3600), "not_yet_valid"),
    "iat missing": (claims(iat=None), "claims"),
    "iat false": (claims(iat=False), "claims"),
    # audience
    "aud another": (claims(aud="00000003-0000-0000-c000-000000000000"), "audience"),
    "aud missing": (claims(aud=None), "audience"),
    "aud a list": (claims(aud=[CLIENT]), "audience"),
    "aud a prefix": (claims(aud=CLIENT[:-1]), "audience"),
    "aud longer": (claims(aud=CLIENT + "0"), "audience"),
    "aud upper case": (claims(aud=CLIENT.upper()), "audience"),
    "aud an object": (claims(aud={"aud": CLIENT}), "audience"),
    "aud empty": (claims(aud=""), "audience"),
    "aud for OIDC is another": (oidc(aud=["account"]), "audience"),
    "aud for OIDC holds no text": (oidc(aud=[["pm-assist"]]), "audience"),
    # issuer and tenant
    "iss missing": (no_iss, "issuer"),
    "iss a list": (lambda s: s.token(s.v2(iss=[s.v2()["iss"]])), "issuer"),
    "iss unknown": (claims(iss="https://evil.example/v2.0"), "issuer"),
    "iss with a slash more": (lambda s: s.token(s.v2(iss=s.v2()["iss"] + "/")), "issuer"),
    "iss in upper case": (lambda s: s.token(s.v2(iss=s.v2()["iss"].upper())), "issuer"),
    "iss of another tenant": (lambda s: s.token(s.v2(iss=f"{s.server.url}/{OTHER_TENANT}/v2.0")), "issuer"),
    "iss of another tenant, tid too": (
        lambda s: s.token(s.v2(iss=f"{s.server.url}/{OTHER_TENANT}/v2.0", tid=OTHER_TENANT)),
        "issuer",
    ),
    "iss with ours inside": (lambda s: s.token(s.v2(iss=f"https://evil.example/?{s.v2()['iss']}")), "issuer"),
    "iss common": (lambda s: s.token(s.v2(iss=f"{s.server.url}/common/v2.0")), "issuer"),
    "v2 issuer, ver 1.0": (claims(ver="1.0"), "issuer"),
    "v1 issuer, ver 2.0": (v1(ver="2.0"), "issuer"),
    "ver missing": (claims(ver=None), "issuer"),
    "ver a number": (claims(ver=2.0), "issuer"),
    "v1 issuer without its slash": (v1(iss=f"https://sts.windows.net/{TENANT}"), "issuer"),
    "tid of another tenant": (claims(tid=OTHER_TENANT), "tenant"),
    "tid missing": (claims(tid=None), "claims"),
    "tid a list": (claims(tid=[TENANT]), "claims"),
    "tid no GUID": (claims(tid="contoso.com"), "claims"),
    # subject
    "sub missing": (claims(sub=None), "claims"),
    "sub a number": (claims(sub=1), "claims"),
    "sub empty": (claims(sub=""), "claims"),
    "oid missing": (claims(oid=None), "claims"),
    "oid a number": (claims(oid=7), "claims"),
    "oid a list": (claims(oid=[OID]), "claims"),
    "oid no GUID": (claims(oid="admin"), "claims"),
    "oid with a new line": (claims(oid=OID + "\n"), "claims"),
    "oid in Arabic digits": (claims(oid=OID.replace("0", "٠")), "claims"),
    "OIDC sub missing": (oidc(sub=None), "claims"),
    "OIDC sub a number": (oidc(sub=5), "claims"),
    "OIDC sub with a blank": (oidc(sub="a b"), "claims"),
    "OIDC sub huge": (oidc(sub="s" * 300), "claims"),
    # what kind of token
    "an ID token": (claims(scp=None, azp=None, nonce="n"), "id_token"),
    "an ID token with roles": (claims(scp=None, azp=None, roles=["Admin"]), "id_token"),
    "scp empty": (claims(scp=" "), "scope"),
    "scp a list": (claims(scp=["access_as_user"]), "scope"),
    "scp and idtyp app": (claims(idtyp="app"), "claims"),
    "neither scp nor roles": (claims(scp=None), "scope"),
    "roles empty": (claims(scp=None, roles=[]), "scope"),
    "roles not a list": (claims(scp=None, roles="Admin"), "scope"),
    "an OIDC ID token by typ": (oidc(typ="ID"), "id_token"),
    "an OIDC ID token by at_hash": (oidc(at_hash="x"), "id_token"),
    "an OIDC ID token by nonce": (oidc(nonce="x", scope=None), "id_token"),
}  # fmt: skip


def _exchange(signer: Signer, index: int) -> str:
    """One part of another honestly signed token."""
    one = signer.token(signer.v2()).split(".")
    other = signer.token(signer.v2(oid=OTHER_TENANT), {"typ": "at+jwt"}).split(".")
    one[index] = other[index]
    return ".".join(one)


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_token(validator: AzureJwtValidator, signer: Signer, name: str) -> None:
    make, reason = HOSTILE[name]
    token = make(signer)
    for _ in range(2):  # the second time it must not come out of the cache
        with pytest.raises(InvalidAzureToken) as refused:
            await validator.validate(token)
        assert refused.value.details == {"reason": reason}


def test_there_are_enough_of_them() -> None:
    assert len(HOSTILE) >= 100


FORBIDDEN: dict[str, Make] = {
    "guest by acct": claims(acct=1),
    "guest by acct as text": claims(acct="1"),
    "guest by idp": claims(idp=f"https://sts.windows.net/{OTHER_TENANT}/"),
    "guest by name": claims(preferred_username="ada_x.com#EXT#@contoso.onmicrosoft.com"),
    "guest by upn": claims(upn="ada_x.com#ext#@contoso.onmicrosoft.com"),
    "application by idtyp": claims(scp=None, roles=["Read.All"], idtyp="app", azp=None),
    "application by roles": claims(scp=None, roles=["Read.All"]),
    "application, v1": v1(scp=None, roles=["Read.All"]),
}


@pytest.mark.parametrize("name", FORBIDDEN)
async def test_guests_and_applications_are_known_and_not_let_in(
    validator: AzureJwtValidator, signer: Signer, name: str
) -> None:
    with pytest.raises(NotAuthorized):
        await validator.validate(FORBIDDEN[name](signer))


@pytest.mark.parametrize("name", FORBIDDEN)
async def test_guests_and_applications_may_be_let_in(
    keys: KeyServer, jwks: JwksCache, clock: Clock, signer: Signer, name: str
) -> None:
    lenient = validator_for(trusted(keys, allow_guests=True, allow_app_only=True), jwks, clock)
    identity = await lenient.validate(FORBIDDEN[name](signer))
    assert identity.is_app == name.startswith("application")


HONEST: dict[str, tuple[Make, str, str]] = {
    "v2": (claims(), OID, TENANT),
    "v2 for the app id URI": (claims(aud=f"api://{CLIENT}"), OID, TENANT),
    "v2 in upper case": (claims(oid=OID.upper(), tid=TENANT.upper()), OID, TENANT),
    "v2, several scopes": (claims(scp="openid access_as_user"), OID, TENANT),
    "v2 with app roles": (claims(roles=["Reader"]), OID, TENANT),
    "v2 of a member of the home tenant": (
        claims(idp=f"https://sts.windows.net/{TENANT}/", acct=0),
        OID,
        TENANT,
    ),
    "v2 within the leeway": (lambda s: s.token(s.v2(exp=s.v2()["iat"] - 20)), OID, TENANT),
    "v2 with a fraction": (claims(exp=NOW + 3600.5), OID, TENANT),
    "v2 without typ": (header(typ=None), OID, TENANT),
    "v2 as at+jwt": (header(typ="at+jwt"), OID, TENANT),
    "v1": (v1(), OID, TENANT),
    "OIDC": (oidc(), "keycloak:f1c5", "keycloak"),
    "OIDC with one audience": (oidc(aud="pm-assist"), "keycloak:f1c5", "keycloak"),
    "OIDC that would like to be ours": (oidc(oid=OID, tid=TENANT, sub=OID), f"keycloak:{OID}", "keycloak"),
}


@pytest.mark.parametrize("name", HONEST)
async def test_honest_token(validator: AzureJwtValidator, signer: Signer, name: str) -> None:
    make, user_id, tid = HONEST[name]
    token = make(signer)
    for _ in range(2):
        identity = await validator.validate(token)
        assert (identity.user_id, identity.tid) == (user_id, tid)
        assert identity.session_version is None


async def test_descriptive_claims_never_decide_and_are_made_fit(
    validator: AzureJwtValidator, signer: Signer
) -> None:
    token = signer.token(signer.v2(name="A\x00da\x1f \ud800x", preferred_username=7, email=["x"], azv=9))
    identity = await validator.validate(token)
    assert (identity.display_name, identity.email, identity.session_version) == ("Ada x", None, None)


async def test_a_remembered_token_still_expires(
    validator: AzureJwtValidator, signer: Signer, clock: Clock
) -> None:
    token = signer.token(signer.v2())
    await validator.validate(token)
    clock.advance(hours=1, minutes=2)
    with pytest.raises(InvalidAzureToken, match="not valid"):
        await validator.validate(token)


async def test_a_remembered_token_dies_with_its_key(
    validator: AzureJwtValidator, signer: Signer, keys: KeyServer, clock: Clock
) -> None:
    token = signer.token(signer.v2(exp=NOW + 40 * 3600))
    await validator.validate(token)
    keys.rotate()
    clock.advance(minutes=6)
    await validator.validate(signer.token(signer.v2(exp=NOW + 40 * 3600)))
    with pytest.raises(InvalidAzureToken):
        await validator.validate(token)


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_keys_as_entra_id_publishes_them(
    validator: AzureJwtValidator, signer: Signer, keys: KeyServer, version: str
) -> None:
    """Each names its issuer in the form of v2, its cloud, and no algorithm."""
    make = getattr(signer, version)
    assert {"issuer", "x5c", "x5t", "cloud_instance_name"} <= keys.keys(TENANT)["keys"][-1].keys()
    for kid in ("standby", keys.kid):
        assert (await validator.validate(signer.token(make(), {"kid": kid}, key=kid))).tid == TENANT
    keys.extra_keys = [
        entra_jwk("attacker", f"{keys.url}/{{tenantid}}/v2.0") | {"kid": "template"},
        entra_jwk("attacker", f"{keys.url}/{OTHER_TENANT}/v2.0") | {"kid": "other tenant"},
        entra_jwk("attacker", f"https://sts.windows.net/{TENANT}/") | {"kid": "v1"},
        entra_jwk("attacker", f"https://login.microsoftonline.com/{TENANT}/v2.0") | {"kid": "global"},
        entra_jwk("attacker", f"https://evil.example/{TENANT}/v2.0") | {"kid": "other host"},
        entra_jwk("attacker", "") | {"kid": "empty issuer"},
        entra_jwk("attacker", "") | {"kid": "odd issuer", "issuer": ["x"]},
        entra_jwk("attacker", f"{keys.url}/{TENANT}/v2.0") | {"kid": "odd cloud", "cloud_instance_name": 7},
    ]
    for kid in ("template", "v1", "global"):
        assert await validator.validate(signer.token(make(), {"kid": kid}, key="attacker"))
    for kid in ("other tenant", "other host", "empty issuer", "odd issuer", "odd cloud"):
        with pytest.raises(InvalidAzureToken):
            await validator.validate(signer.token(make(), {"kid": kid}, key="attacker"))


@pytest.mark.parametrize(
    ("authority", "v1_authority", "own_cloud"),
    [
        ("https://login.microsoftonline.com", "https://sts.windows.net", "microsoftonline.com"),
        ("https://login.microsoftonline.us/", "https://sts.windows.net", "microsoftonline.us"),
        (
            "https://login.partner.microsoftonline.cn",
            "https://sts.chinacloudapi.cn",
            "partner.microsoftonline.cn",
        ),
    ],
)
def test_clouds(authority: str, v1_authority: str, own_cloud: str) -> None:
    issuers = TrustedIssuers(
        [EntraIssuer("entra", frozenset({TENANT, OTHER_TENANT}), frozenset({CLIENT}), authority=authority)]
    )
    v2 = issuers.find(f"{authority.rstrip('/')}/{TENANT}/v2.0")
    v1 = issuers.find(f"{v1_authority}/{TENANT}/")
    assert v1 is not None
    assert v2 is not None
    assert v1.jwks_url == v2.jwks_url == f"{authority.rstrip('/')}/{TENANT}/discovery/v2.0/keys"
    clouds = ("microsoftonline.com", "microsoftonline.us", "partner.microsoftonline.cn")
    for match in (v1, v2):
        for cloud in clouds:
            (key,) = usable_keys(
                {"keys": [entra_jwk("standby", f"{authority.rstrip('/')}/{{tenantid}}/v2.0", cloud)]}
            ).values()
            assert key.fits(match) is (cloud == own_cloud)
        (foreign,) = usable_keys(
            {"keys": [entra_jwk("standby", f"{authority}/{OTHER_TENANT}/v2.0", own_cloud)]}
        ).values()
        assert not foreign.fits(match)


async def test_several_tenants_do_not_share_keys(keys: KeyServer, jwks: JwksCache, clock: Clock) -> None:
    issuer = EntraIssuer("entra", frozenset({TENANT, OTHER_TENANT}), frozenset({CLIENT}), authority=keys.url)
    validator, signer = validator_for(TrustedIssuers([issuer]), jwks, clock), Signer(keys)
    other = {"iss": f"{keys.url}/{OTHER_TENANT}/v2.0", "tid": OTHER_TENANT}
    assert (await validator.validate(signer.token(signer.v2(**other)))).tid == OTHER_TENANT
    assert (await validator.validate(signer.token(signer.v2()))).tid == TENANT
    with pytest.raises(InvalidAzureToken):
        await validator.validate(signer.token(signer.v2(**other | {"tid": TENANT})))
    assert keys.fetches == 2


@pytest.mark.parametrize(
    ("changes", "is_let_in"),
    [
        ({"azp": CLIENT}, True),
        ({"azp": "another"}, False),
        ({"azp": None}, False),
        ({"azp": [CLIENT]}, False),
        ({"azp": "another", "appid": CLIENT, "client_id": CLIENT}, False),
        ({"azp": CLIENT, "scp": "openid access_as_user"}, True),
        ({"azp": CLIENT, "scp": "openid"}, False),
    ],
)
async def test_only_some_clients_and_scopes(
    keys: KeyServer, jwks: JwksCache, clock: Clock, signer: Signer, changes: dict[str, Any], is_let_in: bool
) -> None:
    issuer = EntraIssuer(
        "entra",
        frozenset({TENANT}),
        frozenset({CLIENT, f"api://{CLIENT}"}),
        authority=keys.url,
        allowed_clients=frozenset({CLIENT}),
        required_scopes=frozenset({"access_as_user"}),
    )
    validator = validator_for(TrustedIssuers([issuer]), jwks, clock)
    tokens = [signer.token(signer.v2(**changes))]
    if "client_id" not in changes:
        v1_changes = {"appid" if name == "azp" else name: value for name, value in changes.items()}
        tokens.append(signer.token(signer.v1(**v1_changes)))
    for token in tokens:
        if is_let_in:
            assert await validator.validate(token)
            continue
        with pytest.raises(InvalidAzureToken) as refused:
            await validator.validate(token)
        assert refused.value.details["reason"] in ("client", "scope")  # type: ignore[index]


async def test_a_key_for_another_issuer_is_not_used(
    validator: AzureJwtValidator, signer: Signer, keys: KeyServer
) -> None:
    keys.extra_keys = [
        public_jwk(rsa_key("attacker"), "foreign", issuer=f"{keys.url}/{OTHER_TENANT}/v2.0"),
        public_jwk(rsa_key("attacker"), "any", issuer=f"{keys.url}/{{tenantid}}/v2.0"),
        public_jwk(rsa_key("attacker"), "twice"),
        public_jwk(rsa_key("key-1"), "twice"),
        public_jwk(rsa_key("attacker"), "encryption") | {"use": "enc"},
        public_jwk(rsa_key("attacker"), "other algorithm", alg="RS512"),
        {"kty": "oct", "kid": "symmetric", "k": b64(b"x" * 32)},
        {"kty": "EC", "kid": "ec"},
        {"kty": "RSA", "kid": "no modulus", "e": "AQAB"},
        {"kty": "RSA", "kid": "bad modulus", "n": "@@@", "e": "AQAB"},
    ]
    assert await validator.validate(signer.token(signer.v2(), {"kid": "any"}, key="attacker"))
    for kid in ("foreign", "twice", "encryption", "other algorithm", "symmetric", "ec", "no modulus"):
        with pytest.raises(InvalidAzureToken) as refused:
            await validator.validate(signer.token(signer.v2(), {"kid": kid}, key="attacker"))
        assert refused.value.details == {"reason": "key"}


@pytest.mark.slow
async def test_mutated_tokens_end_in_one_error(validator: AzureJwtValidator, signer: Signer) -> None:
    """Three thousand random edits of honest tokens: nothing but InvalidAzureToken ever comes out."""
    chance = random.Random(20261121)
    honest = [signer.token(signer.v2()), signer.token(signer.v1()), signer.token(signer.oidc())]
    for _ in range(3000):
        token = chance.choice(honest)
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(token))
            edit = chance.choice(("drop", "change", "insert", "double"))
            piece = chance.choice((chance.choice("Aa0-_.=+/ \x00é"), token[at : at + 9]))
            token = {
                "drop": token[:at] + token[at + 1 :],
                "change": token[:at] + piece + token[at + 1 :],
                "insert": token[:at] + piece + token[at:],
                "double": token[:at] + token[at:] * 2,
            }[edit]
        if token in honest:
            continue
        with pytest.raises(InvalidAzureToken):
            await validator.validate(token)


@pytest.mark.slow
async def test_mutated_claims_end_in_one_error_or_an_identity(
    validator: AzureJwtValidator, signer: Signer
) -> None:
    """Honestly signed, with claims of every odd type: an identity or a refusal, never a crash."""
    chance = random.Random(42)
    odd = [0, -1, 10**40, 1e308, True, "", "\ud800", "x" * 3000, [], [[]], {}, {"a": {}}, 0.5, "1", [None]]
    for _ in range(300):
        base = chance.choice((signer.v2, signer.v1, signer.oidc))()
        for name in chance.sample(sorted(base), chance.randint(1, 3)):
            base[name] = chance.choice(odd)
        try:
            identity = await validator.validate(signer.token(base))
        except (InvalidAzureToken, NotAuthorized):
            continue
        assert identity.user_id in (OID, "keycloak:f1c5") or identity.tid == "keycloak"


def test_base64_of_the_standard_library_is_as_lenient_as_feared() -> None:
    """Why the parser re-encodes: two texts, the same bytes."""
    assert base64.urlsafe_b64decode("QUJDRB==") == base64.urlsafe_b64decode("QUJDRA==")


@pytest.mark.parametrize(
    ("claims", "is_verified"),
    [
        ({}, False),
        ({"email": "ada@example.com"}, False),
        ({"email": "ada@example.com", "xms_edov": False}, False),
        ({"email": "ada@example.com", "xms_edov": "0"}, False),
        ({"email": "ada@example.com", "xms_edov": [True]}, False),
        ({"email": "ada@example.com", "email_verified": True}, False),
        # It is about email: preferred_username is nobody's word.
        ({"preferred_username": "ada@example.com", "xms_edov": True}, False),
        ({"email": 7, "preferred_username": "ada@example.com", "xms_edov": True}, False),
        ({"email": "ada@example.com", "xms_edov": True}, True),
        ({"email": "ada@example.com", "xms_edov": 1}, True),
        ({"email": "ada@example.com", "xms_edov": "1"}, True),
    ],
)
async def test_an_address_of_entra_is_verified_only_by_its_domain_s_owner(
    validator: AzureJwtValidator, signer: Signer, claims: dict[str, Any], is_verified: bool
) -> None:
    for token in (signer.v2(**claims), signer.v1(**claims)):
        assert (await validator.validate(signer.token(token))).has_verified_email is is_verified


@pytest.mark.parametrize(
    ("claims", "is_verified"),
    [
        ({}, False),
        ({"email_verified": False}, False),
        ({"email_verified": "true"}, False),
        ({"xms_edov": True}, False),
        ({"email": None, "email_verified": True}, False),
        ({"email_verified": True}, True),
    ],
)
async def test_an_address_of_another_issuer_is_verified_where_it_says_so(
    validator: AzureJwtValidator, signer: Signer, claims: dict[str, Any], is_verified: bool
) -> None:
    token = signer.token(signer.oidc(**({"email_verified": None} | claims)))
    assert (await validator.validate(token)).has_verified_email is is_verified
