"""An OpenID provider as browsers sign in with it: its endpoints from its discovery document, its token
endpoint asked as a confidential client, with a secret or with a certificate.

OpenID Connect Discovery 1.0, RFC 6749, RFC 7636, RFC 7523 and RFC 9207.
"""

from __future__ import annotations

import asyncio
import json
import logging
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from app.core.caller import Origin, Tools
from app.core.errors import IdentityProviderUnavailable
from app.core.jwks import KeySetUnavailable
from app.core.oauth import Asked, Grant, GrantRefused
from app.core.oauth_settings import OAuthProviderSettings
from app.core.slots import Slots
from app.integrations.bodies import BodyTooLarge, BodyUnreadable
from app.integrations.http_client import AsyncClient, HTTPError, InvalidURL, make_client, read_bounded
from app.integrations.jwks_http import HttpJwksSource
from app.integrations.short_cache import ShortCache

log = logging.getLogger(__name__)

_DISCOVERY_KEPT = timedelta(hours=1)
_SECONDS, _DISCOVERY_SECONDS = 10.0, 5.0
_MAX_BYTES = 262_144
_AT_ONCE = 50
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_OUR_FAULT = frozenset(
    {"invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_request", "invalid_scope"}
)
"""Errors of RFC 6749 section 5.2 that say nothing about the person: a secret has run out, or a setting is
wrong. Nobody is signed out for them."""
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_SECONDS = 300


class Certificate:
    """What a client proves with who it is (RFC 7523 section 2.2), as Entra ID wants it: PS256, with the
    certificate's thumbprint.

    https://learn.microsoft.com/entra/identity-platform/certificate-credentials
    """

    def __init__(self, path: Path) -> None:
        """Raises ``OSError``, and ``ValueError`` for a file without an RSA key and its certificate."""
        pem = path.read_bytes()
        try:
            key = serialization.load_pem_private_key(pem, password=None)
            certificate = x509.load_pem_x509_certificate(pem)
        except (TypeError, ValueError):
            raise ValueError(f"{path} holds no private key with its certificate, both PEM") from None
        if not isinstance(key, rsa.RSAPrivateKey) or key.public_key() != certificate.public_key():
            raise ValueError(f"{path}: the certificate is not that of the RSA key")
        self._key = key
        thumbprint = certificate.fingerprint(hashes.SHA256())
        self._thumbprint = urlsafe_b64encode(thumbprint).rstrip(b"=").decode()

    def assertion(self, client_id: str, audience: str, tools: Tools) -> str:
        import jwt

        now = int(tools.clock().timestamp())
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": audience,
            "jti": tools.new_id(),
            "iat": now,
            "nbf": now,
            "exp": now + _ASSERTION_SECONDS,
        }
        return jwt.encode(claims, self._key, "PS256", headers={"x5t#S256": self._thumbprint})


class OidcProvider:
    """Belongs to one event loop; ``aclose`` when done."""

    def __init__(self, given: OAuthProviderSettings, source: HttpJwksSource, tools: Tools) -> None:
        """Raises ``OSError`` and ``ValueError`` for a certificate that cannot be used."""
        self._given = given
        self._source = source
        self._tools = tools
        self._certificate = Certificate(given.certificate_file) if given.certificate_file else None
        self._metadata: ShortCache[Mapping[str, Any]] = ShortCache(_DISCOVERY_KEPT, tools.monotonic)
        self._last: Mapping[str, Any] | None = None
        self._slots = Slots("token requests", _AT_ONCE + 1, _AT_ONCE)
        self.name = given.name
        self.label = given.label or given.name
        self.issuer = given.issuer
        self.client_id = given.client_id

    @cached_property
    def _client(self) -> AsyncClient:
        # Made when it is first needed: the authorities take a while to read.
        return make_client(_SECONDS)

    async def aclose(self) -> None:
        await self._metadata.aclose()
        if "_client" in vars(self):
            await self._client.aclose()

    async def says_iss(self) -> bool:
        return (await self.metadata()).get("authorization_response_iss_parameter_supported") is True

    async def authorization_url(self, asked: Asked) -> str:
        metadata = await self.metadata()
        query = {
            **self._given.parameters,
            "client_id": self.client_id,
            "response_type": "code",
            "redirect_uri": asked.redirect_uri,
            "scope": " ".join(self._given.scopes),
            "state": asked.state,
            "nonce": asked.nonce,
            "code_challenge": asked.challenge,
            "code_challenge_method": "S256",
        }
        return _with_query(metadata["authorization_endpoint"], query)

    async def redeem(self, origin: Origin, *, code: str, verifier: str, redirect_uri: str) -> Grant:
        return await self._grant(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": redirect_uri,
                "code_verifier": verifier,
            }
        )

    async def renew(self, origin: Origin, *, refresh_token: str) -> Grant:
        return await self._grant({"grant_type": "refresh_token", "refresh_token": refresh_token})

    async def revoke(self, *, refresh_token: str) -> None:
        endpoint = (await self.metadata()).get("revocation_endpoint")
        if isinstance(endpoint, str) and _may_be_asked(endpoint):
            await self._post(endpoint, {"token": refresh_token, "token_type_hint": "refresh_token"})

    async def end_session_url(self, *, id_token: str | None, return_to: str) -> str | None:
        endpoint = (await self.metadata()).get("end_session_endpoint")
        if not isinstance(endpoint, str) or not _may_be_asked(endpoint):
            return None
        query = {"client_id": self.client_id, "post_logout_redirect_uri": return_to}
        return _with_query(endpoint, query | ({"id_token_hint": id_token} if id_token else {}))

    async def metadata(self) -> Mapping[str, Any]:
        """Its discovery document, an hour old at most while it answers. Raises
        ``IdentityProviderUnavailable``."""
        try:
            async with asyncio.timeout(_DISCOVERY_SECONDS):
                self._last = await self._metadata.get(self.issuer, self._discover)
        except (KeySetUnavailable, TimeoutError) as error:
            log.warning("discovery failed", extra={"provider": self.name, "reason": _words(error)})
            if self._last is None:
                raise IdentityProviderUnavailable(retry_after=5) from None
        return self._last

    async def _discover(self) -> Mapping[str, Any]:
        url = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        metadata = await self._source.fetch(url)
        if metadata.get("issuer") != self.issuer:
            raise KeySetUnavailable("the discovery document is of another issuer")
        for name in ("authorization_endpoint", "token_endpoint"):
            if not isinstance(endpoint := metadata.get(name), str) or not _may_be_asked(endpoint):
                raise KeySetUnavailable(f"{name} is no https address")
        methods = metadata.get("code_challenge_methods_supported", ["S256"])  # Entra ID does not say
        if not isinstance(methods, list) or "S256" not in methods:
            raise KeySetUnavailable("the issuer has no PKCE with S256")
        return metadata

    async def _grant(self, form: dict[str, str]) -> Grant:
        endpoint = (await self.metadata())["token_endpoint"]
        status, body = await self._post(endpoint, form)
        code = body.get("error")
        if status == 200 and code is None:
            access, refresh, identity = (
                value if isinstance(value := body.get(name), str) and value else None
                for name in ("access_token", "refresh_token", "id_token")
            )
            if access is not None:
                return Grant(access, refresh, identity)
            code = "no access token"
        elif status in (400, 401, 403) and isinstance(code, str) and code not in _OUR_FAULT:
            raise GrantRefused(code)
        log.error(
            "the token endpoint refused this service",
            extra={"provider": self.name, "status": status, "error": str(code)[:80]},
        )
        raise IdentityProviderUnavailable(retry_after=30)

    async def _post(self, endpoint: str, form: dict[str, str]) -> tuple[int, Mapping[str, Any]]:
        """Status and body of what is an answer. Raises ``IdentityProviderUnavailable`` and ``Busy``."""
        headers = await self._prove(endpoint, form)
        try:
            with self._slots.take(self.name):
                async with asyncio.timeout(_SECONDS):
                    request = self._client.stream("POST", endpoint, data=form, headers=headers)
                    async with request as response:
                        body = await read_bounded(response, _MAX_BYTES)
        except (HTTPError, InvalidURL, BodyTooLarge, BodyUnreadable, TimeoutError) as error:
            log.warning("no answer", extra={"provider": self.name, "reason": _words(error)})
            raise IdentityProviderUnavailable(retry_after=5) from None
        if response.status_code == 429 or response.status_code >= 500:
            log.warning("no answer", extra={"provider": self.name, "status": response.status_code})
            raise IdentityProviderUnavailable(retry_after=5)
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            document = None
        return response.status_code, document if isinstance(document, dict) else {}

    async def _prove(self, endpoint: str, form: dict[str, str]) -> dict[str, str]:
        """Adds to the form, or to the headers, who is asking."""
        form["client_id"] = self.client_id
        if self._certificate is not None:
            form["client_assertion_type"] = _ASSERTION_TYPE
            form["client_assertion"] = self._certificate.assertion(self.client_id, endpoint, self._tools)
            return {}
        secret = self._given.client_secret.get_secret_value() if self._given.client_secret else ""
        methods = (await self.metadata()).get("token_endpoint_auth_methods_supported")
        if isinstance(methods, list) and "client_secret_post" in methods:
            form["client_secret"] = secret
            return {}
        # RFC 6749 section 2.3.1: both parts are encoded as in a form.
        pair = f"{quote_plus(self.client_id)}:{quote_plus(secret)}"
        return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def _may_be_asked(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _with_query(url: str, query: Mapping[str, str]) -> str:
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(query)}"


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, KeySetUnavailable) else type(error).__name__
