"""What this service is as a client of OAuth 2.0: the authorisation code with PKCE (RFC 6749 section 4.1, RFC
7636, RFC 9700)."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Protocol

import msgspec

from app.core.caller import Origin


class Grant(msgspec.Struct, frozen=True):
    """What a token endpoint answered."""

    access_token: str
    refresh_token: str | None = None
    id_token: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the authorisation endpoint is asked with."""

    redirect_uri: str
    state: str
    nonce: str
    challenge: str


class GrantRefused(Exception):
    """The authorisation server said no, and would again. ``code`` is its word (RFC 6749 section 5.2)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class OAuthProvider(Protocol):
    """An authorisation server as browsers sign in with it. What calls it raises
    ``IdentityProviderUnavailable`` or ``Busy`` when it is away."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def issuer(self) -> str: ...
    @property
    def client_id(self) -> str: ...

    async def says_iss(self) -> bool:
        """Whether each of its answers names it (RFC 9207)."""

    async def authorization_url(self, asked: Asked) -> str: ...

    async def redeem(self, origin: Origin, *, code: str, verifier: str, redirect_uri: str) -> Grant:
        """Raises ``GrantRefused``."""

    async def renew(self, origin: Origin, *, refresh_token: str) -> Grant:
        """Raises ``GrantRefused``."""

    async def revoke(self, *, refresh_token: str) -> None:
        """As far as it can (RFC 7009)."""

    async def end_session_url(self, *, id_token: str | None, return_to: str) -> str | None:
        """Where the browser signs out of the directory as well (OpenID Connect RP-Initiated Logout 1.0); None
        where there is no such place."""


def challenge_of(verifier: str) -> str:
    """S256 (RFC 7636 section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
