"""Keys that verify tokens, each with the one algorithm it may be used with (RFC 8725 section 3.1).

PyJWT's algorithms do the arithmetic: python-jose, which signs this service's own tokens, knows neither PS256
nor EdDSA.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.core.issuers import IssuerMatch, SharedSecretIssuer

if TYPE_CHECKING:
    from jwt import PyJWK

_MINIMUM_MODULUS_BITS = 2048
_KINDS: Mapping[tuple[str, str | None], tuple[tuple[str, ...], tuple[str, ...]]] = {
    ("RSA", None): (("RS256", "PS256"), ("n", "e")),
    ("EC", "P-256"): (("ES256",), ("crv", "x", "y")),
    ("OKP", "Ed25519"): (("EdDSA",), ("crv", "x")),
}
"""By ``kty`` and ``crv``: the algorithms that such a key can be for, and its public members (RFC 7518
section 6, RFC 8037)."""


_RESTRICTIONS = ("issuer", "cloud_instance_name")


class NoUsableKey(ValueError):
    """A key set without one key that could verify anything."""


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """``issuer`` and ``cloud`` are Entra ID's restrictions, where the key set states them."""

    kid: str | None
    algorithm: str
    jwk: Mapping[str, str] = field(repr=False)
    issuer: str | None = None
    cloud: str | None = None
    prepared: PyJWK = field(repr=False, compare=False, kw_only=True)

    def fits(self, match: IssuerMatch) -> bool:
        """Whether it may sign for the tenant that the token names: Entra ID says per key for which issuer it
        is, '{tenantid}' standing for any tenant's, in the form of v2 even where it signs v1 tokens; and for
        which of its clouds.

        https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-the-signing-key-issuer
        """
        if match.tenant is None:
            return True
        if self.cloud in match.other_clouds:
            return False
        return self.issuer is None or self.issuer.replace("{tenantid}", match.tenant) in match.key_issuers

    def has_signed(self, token: str) -> bool:
        """Whether the signature of this compact JWS is the key's. The token is of canonical base64url."""
        signed, _, signature = token.rpartition(".")
        raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
        try:
            return bool(self.prepared.Algorithm.verify(signed.encode(), self.prepared.key, raw))
        except Exception:  # whatever the libraries raise: it was not confirmed
            return False


def usable_keys(
    document: Mapping[str, Any], algorithms: frozenset[str] = frozenset({"RS256"})
) -> Mapping[str, VerificationKey]:
    """The signature keys of a JWK set (RFC 7517) for one of the ``algorithms``, by ``kid``. Others are passed
    over, and so are keys that share a ``kid``, weak ones, any private member, and an RSA key that names no
    algorithm where both of RSA's are allowed. Raises ``NoUsableKey``."""
    found: dict[str, list[VerificationKey]] = {}
    entries = document.get("keys")
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and (key := _usable(entry, algorithms)) is not None:
            found.setdefault(str(key.kid), []).append(key)
    keys = {kid: same[0] for kid, same in found.items() if len(same) == 1}
    if not keys:
        raise NoUsableKey("the key set has no usable key")
    return keys


def shared_key(issuer: SharedSecretIssuer) -> VerificationKey:
    """The secret as a key for HS256, and for nothing else."""
    text = base64.urlsafe_b64encode(issuer.secret).rstrip(b"=").decode()
    return _prepared(None, "HS256", {"kty": "oct", "k": text})


def _usable(entry: Mapping[str, Any], algorithms: frozenset[str]) -> VerificationKey | None:
    kid, kty, crv = (_text(entry.get(name)) for name in ("kid", "kty", "crv"))
    possible, members = _KINDS.get((kty or "", crv), ((), ()))
    if kid is None or entry.get("use", "sig") != "sig" or not _may_verify(entry):
        return None
    named = entry.get("alg")
    fitting = [each for each in possible if each in algorithms and named in (None, each)]
    public = {member: text for member in ("kty", *members) if (text := _text(entry.get(member)))}
    if len(fitting) != 1:
        return None
    restrictions = [_text(entry.get(name)) for name in _RESTRICTIONS]
    if any(text is None and name in entry for name, text in zip(_RESTRICTIONS, restrictions, strict=True)):
        return None  # restricted, and nobody can say to what
    try:
        return _prepared(kid, fitting[0], public | {"alg": fitting[0]}, *restrictions)
    except Exception:  # numbers missing, or no key, in all the ways that two libraries say so
        return None


def _prepared(
    kid: str | None, algorithm: str, jwk: Mapping[str, str], *restrictions: str | None
) -> VerificationKey:
    from jwt import PyJWK

    prepared = PyJWK(dict(jwk), algorithm)
    if jwk["kty"] == "RSA" and prepared.key.key_size < _MINIMUM_MODULUS_BITS:
        raise ValueError("a weak key")
    return VerificationKey(kid, algorithm, jwk, *restrictions, prepared=prepared)


def _may_verify(entry: Mapping[str, Any]) -> bool:
    operations = entry.get("key_ops", ["verify"])
    return isinstance(operations, list) and "verify" in operations


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
