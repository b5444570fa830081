"""The embedded issuer: signs access tokens for accounts of this service's own, for development.

Its tokens have the shape of Entra ID's v2 access tokens and go through the same validator; there is no
development bypass. The key lives in a file, shared by all processes of the host.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from filelock import FileLock
from jose import jwk, jws

from app.core.clock import Clock, IdFactory

_KEY_BITS = 2048
_LOCK_TIMEOUT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class LocalUser:
    user_id: str
    display_name: str | None
    email: str | None
    session_version: int


class LocalTokenIssuer:
    """Signs RS256 with one key. ``lifetime`` is that of an access token."""

    def __init__(
        self,
        key: rsa.RSAPrivateKey,
        clock: Clock,
        new_id: IdFactory,
        *,
        issuer: str,
        tenant: str,
        audience: str,
        lifetime: timedelta,
    ) -> None:
        public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self._kid = _digest(public)[:16]
        self._signing_key = jwk.construct(key, "RS256")  # type: ignore[arg-type]
        self._clock = clock
        self._new_id = new_id
        self.issuer = issuer
        self.tenant = tenant
        self.audience = audience
        self.lifetime = lifetime

    def jwks(self) -> dict[str, Any]:
        """The public key as a JWK set (RFC 7517 section 5)."""
        members = self._signing_key.public_key().to_dict()
        public = {name: members[name] for name in ("kty", "n", "e")}
        return {"keys": [{**public, "use": "sig", "alg": "RS256", "kid": self._kid}]}

    def mint(self, user: LocalUser) -> str:
        """An access token for a user who has just proved who they are."""
        now = int(self._clock().timestamp())
        claims: Mapping[str, Any] = {
            "iss": self.issuer,
            "aud": self.audience,
            "tid": self.tenant,
            "oid": user.user_id,
            "sub": user.user_id,
            "ver": "2.0",
            "scp": "access_as_user",
            "azv": user.session_version,
            "iat": now,
            "nbf": now,
            "exp": now + int(self.lifetime.total_seconds()),
            "jti": self._new_id(),
            **({"name": user.display_name} if user.display_name else {}),
            **({"email": user.email} if user.email else {}),
        }
        return str(jws.sign(claims, self._signing_key, headers={"kid": self._kid}, algorithm="RS256"))

    def metadata(self) -> dict[str, Any]:
        """OpenID Provider metadata (OpenID Connect Discovery 1.0 section 3), as far as it applies."""
        return {
            "issuer": self.issuer,
            "token_endpoint": f"{self.issuer}/auth/token",
            "jwks_uri": f"{self.issuer}/.well-known/jwks.json",
            "grant_types_supported": ["password", "refresh_token"],
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }


def load_or_create_key(path: Path) -> rsa.RSAPrivateKey:
    """The issuer's key; made on first use, once, also when several processes start together.

    The file is readable by its owner only. Raises ``ValueError`` for a file that is not an RSA key.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{path}.lock", timeout=_LOCK_TIMEOUT_SECONDS):
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


@lru_cache(maxsize=8)
def _parsed(pem: bytes) -> PrivateKeyTypes:
    """Parsing proves the key's primes, which takes longer than the rest of start-up's parts."""
    return serialization.load_pem_private_key(pem, password=None)


def _digest(data: bytes) -> str:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(data)
    return digest.finalize().hex()
