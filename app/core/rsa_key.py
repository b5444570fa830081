"""RSA keys of this service's own, each in a file: whoever has the public half can check what they sign."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from filelock import FileLock
from jose import jwk, jws
from jose.exceptions import JOSEError

from app.core.jwt_structure import MalformedToken, take_apart
from app.core.private_files import make_private_directory

_KEY_BITS = 2048
_LOCK_TIMEOUT_SECONDS = 30


class RsaKey:
    """Signs RS256. ``kid`` is the beginning of the public key's SHA-256."""

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.kid = _digest(public)[:16]
        self._signing_key = jwk.construct(key, "RS256")  # type: ignore[arg-type]
        members = self._signing_key.public_key().to_dict()
        public_members = {name: members[name] for name in ("kty", "n", "e")}
        self._public: Mapping[str, Any] = {**public_members, "use": "sig", "alg": "RS256", "kid": self.kid}

    def jwks(self) -> dict[str, Any]:
        """The public key as a JWK set (RFC 7517 section 5)."""
        return {"keys": [dict(self._public)]}

    def sign(self, claims: Mapping[str, Any], *, typ: str | None = None) -> str:
        """A compact JWS (RFC 7515 section 7.1)."""
        headers = {"kid": self.kid} | ({"typ": typ} if typ else {})
        return str(jws.sign(dict(claims), self._signing_key, headers=headers, algorithm="RS256"))

    def verified(self, token: str, *, typ: str) -> Mapping[str, Any] | None:
        """The claims of a token of that type that this key signed; None for any other."""
        try:
            parts = take_apart(token, algorithm="RS256", types=frozenset({typ}))
            jws.verify(token, self._public, algorithms=["RS256"])
        except (MalformedToken, JOSEError):
            return None
        return parts.claims


def load_or_create_key(path: Path) -> rsa.RSAPrivateKey:
    """The key in that file; made on first use, once, also when several processes start together.

    The file is readable by its owner only. Raises ``ValueError`` for a file that is not an RSA key.
    """
    make_private_directory(path.parent)
    with FileLock(f"{path}.lock", timeout=_LOCK_TIMEOUT_SECONDS, mode=0o600):
        if not path.exists():
            made = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
            pem = made.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            part = path.with_suffix(".part")
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(pem)
            part.replace(path)
        pem = path.read_bytes()
    key = _parsed(pem)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError(f"{path.name} is not an RSA private key")
    return key


def _parsed(pem: bytes) -> PrivateKeyTypes:
    # A file of this service's own making, readable by it alone: its primes need no proof, which takes 50 ms.
    return serialization.load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)


def _digest(data: bytes) -> str:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(data)
    return digest.finalize().hex()
