"""Signing in to SQL Server with Entra ID: real msal against token endpoints on loopback."""

from __future__ import annotations

import datetime
import ipaddress
import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import ValidationError

from app.core.config import Settings
from app.core.entra_tokens import EntraTokenUnavailable
from app.db.drivers.mssql_entra import entra_token
from app.db.drivers.mssql_options import mssql_options
from app.db.errors import DatabaseUnavailable
from tests.harness import SIGNING_KEY

TENANT = "11111111-2222-4333-8444-555555555555"


class TokenEndpoint:
    """Entra's token endpoint and App Service's identity endpoint; counts and keeps what it was asked."""

    def __init__(self, server: HTTPServer, scheme: str) -> None:
        self.url = f"{scheme}://127.0.0.1:{server.server_port}"
        self.asked: list[dict[str, Any]] = []
        self.refuse = False

    def answer(self, path: str, form: dict[str, str], headers: Any) -> tuple[int, dict[str, Any]]:
        if path.endswith("/.well-known/openid-configuration"):
            base = f"{self.url}/{TENANT}"
            return 200, {
                "issuer": f"{base}/v2.0",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            }
        self.asked.append({"path": path, **form, "identity_header": headers.get("X-IDENTITY-HEADER")})
        if self.refuse:
            return 401, {"error": "invalid_client", "error_description": "the secret s3cret is wrong"}
        number = len(self.asked)
        return 200, {
            "access_token": f"token-{number}", "token_type": "Bearer", "expires_in": 3600,
            "expires_on": str(int(datetime.datetime.now(datetime.UTC).timestamp()) + 3600),
            "resource": "https://database.windows.net",
        }  # fmt: skip


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "loopback.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture(params=["http", "https"])
def endpoint(request: pytest.FixtureRequest, certificate: Path) -> Iterator[TokenEndpoint]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer({name: values[0] for name, values in parse_qs(body).items()})

        def _answer(self, form: dict[str, str]) -> None:
            status, document = made.answer(urlsplit(self.path).path, form, self.headers)
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    if request.param == "https":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    made = TokenEndpoint(server, request.param)
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def settings(**values: Any) -> Settings:
    return Settings(
        _env_file=None, pma_signing_keys=SIGNING_KEY, db_type="mssql", db_name="pma", db_server="s", **values
    )


@pytest.mark.parametrize("endpoint", ["https"], indirect=True)
def test_an_application_gets_a_token_once_and_keeps_it(endpoint: TokenEndpoint, certificate: Path) -> None:
    chosen = settings(
        db_authentication="client-secret",
        db_entra_tenant_id=TENANT,
        db_entra_client_id="app",
        db_entra_client_secret="s3cret",
        db_entra_authority=endpoint.url,
    )
    with requests.Session() as session:
        session.verify, session.trust_env = str(certificate), False
        token = entra_token(chosen, session)
        assert token is not None
        assert endpoint.asked == []  # nothing before the first connection
        assert [token(), token()] == ["token-1", "token-1"]
    (asked,) = endpoint.asked
    assert asked["path"] == f"/{TENANT}/oauth2/v2.0/token"
    assert (asked["grant_type"], asked["scope"]) == (
        "client_credentials", "https://database.windows.net/.default",
    )  # fmt: skip
    assert "s3cret" not in repr(mssql_options(chosen))


@pytest.mark.parametrize("endpoint", ["https"], indirect=True)
def test_a_refusal_says_why_and_no_secret(endpoint: TokenEndpoint, certificate: Path) -> None:
    chosen = settings(
        db_authentication="client-secret",
        db_entra_tenant_id=TENANT,
        db_entra_client_id="app",
        db_entra_client_secret="s3cret",
        db_entra_authority=endpoint.url,
    )
    endpoint.refuse = True
    with requests.Session() as session:
        session.verify, session.trust_env = str(certificate), False
        token = entra_token(chosen, session)
        assert token is not None
        with pytest.raises(EntraTokenUnavailable, match=r"^invalid_client$"):
            token()
        endpoint.refuse = False
        assert token() == "token-2"


@pytest.mark.parametrize("endpoint", ["http"], indirect=True)
@pytest.mark.parametrize("client_id", [None, "99999999-2222-4333-8444-555555555555"])
def test_a_machine_s_identity_gets_a_token(
    endpoint: TokenEndpoint, client_id: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # App Service's endpoint: the one of Azure's identity endpoints that is named by the environment.
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{endpoint.url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "header")
    with requests.Session() as session:
        token = entra_token(
            settings(db_authentication="managed-identity", db_entra_client_id=client_id), session
        )
        assert token is not None
        assert token() == "token-1"
    (asked,) = endpoint.asked
    assert asked["resource"] == "https://database.windows.net"
    assert asked.get("client_id") == client_id
    assert asked["identity_header"] == "header"


def test_an_authority_that_is_away_is_a_database_that_is_away() -> None:
    chosen = settings(
        db_authentication="client-secret",
        db_entra_tenant_id=TENANT,
        db_entra_client_id="app",
        db_entra_client_secret="s3cret",
        db_entra_authority="https://127.0.0.1:9",
    )
    options = mssql_options(chosen)
    with pytest.raises(DatabaseUnavailable, match="no Entra ID token"):
        options.connect()
    assert "Trusted_Connection" not in options.connection_string()
    assert "UID" not in options.connection_string()


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({}, "needs DB_USER and DB_PASSWORD"),
        ({"db_user": "u"}, "needs DB_USER and DB_PASSWORD"),
        ({"db_authentication": "managed-identity", "db_user": "u"}, "takes no DB_USER"),
        ({"db_authentication": "windows", "db_password": "p"}, "takes no DB_USER"),
        ({"db_authentication": "client-secret", "db_entra_client_id": "a"}, "needs DB_ENTRA_TENANT_ID"),
        ({"db_user": "u", "db_password": "p", "db_name": ".data/pm-assist.db"}, "DB_NAME names the database"),
        (
            {"db_user": "u", "db_password": "p", "db_encrypt": "no", "environment": "production"},
            "DB_ENCRYPT=no in production",
        ),
    ],
)
def test_settings_that_do_not_fit_together(values: dict[str, Any], what: str) -> None:
    given = {"db_name": "pma"} | values
    with pytest.raises(ValidationError, match=what):
        Settings(_env_file=None, pma_signing_keys=SIGNING_KEY, db_type="mssql", **given)
