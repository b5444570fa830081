"""A certified OpenID provider (npm: oidc-provider), started by the tests: it enforces what it should."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from scripts import _node
from tests.harness import BASE_URL
from tests.keyserver import b64, encode, public_jwk, rs256, rsa_key
from tests.local_server import LocalServer, free_port

CLIENT, SECRET = "pm-assist", "a secret: with %, + and &"
KID = "op-key"
_SCRIPT = Path(__file__).parent / "node" / "oidc-provider.mjs"


class OidcServer(LocalServer):
    """``browser_port``: where a service may listen that a real browser signs in to."""

    def __init__(self, modules: Path) -> None:
        super().__init__()
        self.browser_port = free_port()
        self._modules = modules

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> tuple[list[str], dict[str, str]]:
        # Modules are found from where the script lies.
        script = self._modules / _SCRIPT.name
        script.write_bytes(_SCRIPT.read_bytes())
        hosts = (BASE_URL, f"http://127.0.0.1:{self.browser_port}")
        client = {
            "redirect_uris": [
                f"{host}/auth/oauth/callback{tail}" for host in hosts for tail in ("", "/op", "/mallory")
            ],
            "post_logout_redirect_uris": [f"{host}/" for host in hosts],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "backchannel_logout_uri": "http://127.0.0.1:9/",
            "backchannel_logout_session_required": True,
        }
        by_secret = client | {"client_id": CLIENT, "client_secret": SECRET}
        by_certificate = client | {
            "client_id": "by-certificate",
            "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_signing_alg": "PS256",
            "jwks": {"keys": [public_jwk(rsa_key("client"), "client")]},
        }
        given = {
            "PORT": str(self.port),
            "JWKS": json.dumps({"keys": [_private_jwk(rsa_key(KID), KID)]}),
            "CLIENTS": json.dumps([by_secret, by_certificate]),
        }
        return [_node.node(), str(script)], os.environ | given

    def settings(self, **more: Any) -> dict[str, Any]:
        """Of a service that signs in with it."""
        provider = {"name": "op", "label": "The provider", "issuer": self.url, "client_id": CLIENT}
        return {
            "trusted_issuers": [
                {"kind": "oidc", "name": "op", "issuer": self.url, "audiences": ["pm-assist"]}
            ],
            "oauth_providers": [provider | {"client_secret": SECRET}],
            **more,
        }

    def control(self, away: str | None = None) -> dict[str, int]:
        """How often tokens were given, by grant. ``away``: from now on it answers this status, ``closed`` for
        no answer at all, empty for its own."""
        asked = "" if away is None else f"?away={away}"
        with urlopen(f"{self.url}/control{asked}") as answer:
            found: dict[str, int] = json.loads(answer.read())
        return found

    def logout_token(self, **claims: Any) -> str:
        """As the provider would sign it."""
        return self.sign({"iss": self.url, "aud": CLIENT} | claims, typ="logout+jwt")

    def sign(self, claims: dict[str, Any], *, typ: str = "JWT") -> str:
        kept = {name: value for name, value in claims.items() if value is not None}
        return encode({"typ": typ, "alg": "RS256", "kid": KID}, kept, rs256(rsa_key(KID)))


def _private_jwk(key: rsa.RSAPrivateKey, kid: str) -> dict[str, Any]:
    numbers = key.private_numbers()
    names = {"d": numbers.d, "p": numbers.p, "q": numbers.q}
    names |= {"dp": numbers.dmp1, "dq": numbers.dmq1, "qi": numbers.iqmp}
    secret = {name: b64(value.to_bytes((value.bit_length() + 7) // 8)) for name, value in names.items()}
    return public_jwk(key, kid, alg="RS256", **secret)


@pytest.fixture(scope="session")
def oidc_server() -> Iterator[OidcServer]:
    modules = _node.installed()
    if not modules.exists():
        pytest.skip("npm could not install oidc-provider")
    server = OidcServer(modules)
    server.start()
    yield server
    server.kill()
