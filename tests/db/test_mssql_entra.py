"""Signing in to SQL Server with Entra ID: real msal against token endpoints on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
from pydantic import ValidationError

from app.core.config import Settings
from app.core.entra_tokens import EntraTokenUnavailable
from app.db.drivers.mssql_entra import entra_token
from app.db.drivers.mssql_options import mssql_options
from app.db.errors import DatabaseUnavailable
from tests.entra_endpoint import TENANT, TokenEndpoint
from tests.harness import SIGNING_KEY


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
    endpoint.error = {"error": "invalid_client", "error_description": "the secret s3cret is wrong"}
    with requests.Session() as session:
        session.verify, session.trust_env = str(certificate), False
        token = entra_token(chosen, session)
        assert token is not None
        with pytest.raises(EntraTokenUnavailable, match=r"^invalid_client$"):
            token()
        endpoint.error = None
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
