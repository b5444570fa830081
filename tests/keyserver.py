"""A key server on loopback, over real HTTP, and a signer whose public keys it serves.

What it publishes for a tenant is what Entra ID does: several keys with ``x5t`` and ``x5c``, each with the cloud
and the issuer it is for, in the form of v2 whatever the version of the tokens; and a key of another cloud
among them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

TENANT = "7f3a1f64-5c1e-4b3e-9a57-1d0c2f1a9b10"
OTHER_TENANT = "1111aaaa-2222-4333-8444-5555bbbbcccc"
CLIENT = "5d2c1f0a-90a1-4b51-8f0e-6f1f2a3b4c5d"
OID = "0f8fad5b-d9cb-469f-a165-70867728950e"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@cache
def rsa_key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """A key by name, made once a process: they are slow to make."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def public_jwk(key: rsa.RSAPrivateKey, kid: str, **more: Any) -> dict[str, Any]:
    numbers = key.public_key().public_numbers()
    modulus = numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8)
    return {
        "kty": "RSA",
        "use": "sig",
        "kid": kid,
        "n": b64(modulus),
        "e": b64(numbers.e.to_bytes(3)),
        **more,
    }


@cache
def certificate(name: str) -> bytes:
    """Of the key by name, in DER, as Entra ID signs its own."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "accounts.accesscontrol.windows.net")])
    begins, ends = datetime(2026, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(subject, subject, rsa_key(name).public_key(), 1, begins, ends)
    return builder.sign(rsa_key(name), hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def entra_jwk(name: str, issuer: str, cloud: str = "microsoftonline.com") -> dict[str, Any]:
    """A key as a key set of Entra ID has it; it names no ``alg``."""
    der = certificate(name)
    thumbprint = b64(hashlib.sha1(der, usedforsecurity=False).digest())
    chain = [base64.b64encode(der).decode()]
    return public_jwk(
        rsa_key(name), name, x5t=thumbprint, x5c=chain, cloud_instance_name=cloud, issuer=issuer
    )


def encode(header: Any, payload: Any, sign: Any) -> str:
    """A compact JWS of anything at all; ``sign`` makes the signature from the signing input."""
    parts = [
        b64(part if isinstance(part, bytes) else json.dumps(part).encode()) for part in (header, payload)
    ]
    signing_input = ".".join(parts)
    return f"{signing_input}.{b64(sign(signing_input.encode()))}"


def rs256(key: rsa.RSAPrivateKey) -> Any:
    return lambda data: key.sign(data, padding.PKCS1v15(), hashes.SHA256())


class KeyServer:
    """Serves the key set of every tenant and of one OIDC issuer; can rotate, fail, hang and lie."""

    def __init__(self) -> None:
        self.kid = "key-1"
        self.fetches = 0
        self.status = 200
        self.body: bytes | None = None
        self.delay = 0.0
        self.extra_keys: list[dict[str, Any]] = []
        self.metadata: dict[str, Any] = {}
        self._released = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends the server; a second time does nothing."""
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def keys(self, tenant: str | None = None) -> dict[str, Any]:
        """An OIDC issuer's, or a tenant's of Entra ID, of which "common" is every one."""
        if tenant is None:
            return {"keys": [public_jwk(rsa_key(self.kid), self.kid), *self.extra_keys]}
        issuer = f"{self.url}/{'{tenantid}' if tenant == 'common' else tenant}/v2.0"
        elsewhere = entra_jwk("us-government", issuer, "microsoftonline.us")
        return {
            "keys": [entra_jwk("standby", issuer), elsewhere, entra_jwk(self.kid, issuer), *self.extra_keys]
        }

    def rotate(self) -> None:
        self.kid = f"key-{int(self.kid.removeprefix('key-')) + 1}"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        if request.path.endswith("/.well-known/openid-configuration"):
            document = {"issuer": f"{self.url}/oidc", "jwks_uri": f"{self.url}/oidc/keys"} | self.metadata
            body = json.dumps(document).encode()
        else:
            self.fetches += 1
            if self.delay:
                self._released.wait(self.delay)
            tenant = request.path.split("/")[1] if request.path.endswith("/discovery/v2.0/keys") else None
            body = json.dumps(self.keys(tenant)).encode() if self.body is None else self.body
        try:
            request.send_response(self.status)
            if 300 <= self.status < 400:
                request.send_header("Location", f"{self.url}/elsewhere/keys")
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)
        except ConnectionError:
            pass  # whoever asked has given up waiting, which is what some tests are about


class Signer:
    """Makes access tokens as the issuers would; any claim or header can be replaced or, with None, left out."""

    def __init__(self, server: KeyServer) -> None:
        self.server = server

    def token(
        self, claims: Mapping[str, Any], header: Mapping[str, Any] | None = None, key: str | None = None
    ) -> str:
        base = {"typ": "JWT", "alg": "RS256", "kid": self.server.kid}
        return encode(_merged(base, header or {}), claims, rs256(rsa_key(key or self.server.kid)))

    def v2(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": f"{self.server.url}/{TENANT}/v2.0",
            "aud": CLIENT,
            "tid": TENANT,
            "oid": OID,
            "sub": "pairwise-subject",
            "ver": "2.0",
            "scp": "access_as_user",
            "azp": CLIENT,
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
            "name": "Ada Lovelace",
            "preferred_username": "ada@example.com",
            "uti": uuid.uuid4().hex,
        }
        return _merged(claims, changes)

    def v1(self, **changes: Any) -> dict[str, Any]:
        claims = self.v2(
            iss=f"https://sts.windows.net/{TENANT}/", ver="1.0", aud=f"api://{CLIENT}", azp=None, appid=CLIENT
        )
        return _merged(claims, changes)

    def oidc(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": f"{self.server.url}/oidc",
            "aud": ["account", "pm-assist"],
            "sub": "f1c5",
            "typ": "Bearer",
            "scope": "openid email",
            "iat": now,
            "exp": now + 3600,
            "name": "Grace Hopper",
            "email": "grace@example.com",
        }
        return _merged(claims, changes)


def _merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The base with changes; None leaves a member out."""
    return {name: value for name, value in {**base, **changes}.items() if value is not None}
