"""The embedded issuer: signs access tokens for accounts of this service's own, for development.

Its tokens have the shape of Entra ID's v2 access tokens and go through the same validator; there is no
development bypass. The key lives in a file, shared by all processes of the host.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from app.core.clock import Clock, IdFactory
from app.core.rsa_key import RsaKey


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
        self._key = RsaKey(key)
        self._clock = clock
        self._new_id = new_id
        self.issuer = issuer
        self.tenant = tenant
        self.audience = audience
        self.lifetime = lifetime

    def jwks(self) -> dict[str, Any]:
        """The public key as a JWK set (RFC 7517 section 5)."""
        return self._key.jwks()

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
        return self._key.sign(claims)

    def mint_id_token(self, user: LocalUser, *, client_id: str, nonce: str) -> str:
        """Who has signed in, for that client (OpenID Connect Core 1.0 section 2). No access token: it is for
        another audience."""
        now = int(self._clock().timestamp())
        claims: Mapping[str, Any] = {
            "iss": self.issuer,
            "aud": client_id,
            "tid": self.tenant,
            "oid": user.user_id,
            "sub": user.user_id,
            "ver": "2.0",
            "nonce": nonce,
            "iat": now,
            "exp": now + int(self.lifetime.total_seconds()),
        }
        return self._key.sign(claims)

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
