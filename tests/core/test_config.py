"""Settings: what they refuse, all at once, and without printing a value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.core.config import Settings
from tests.harness import SIGNING_KEY

TENANT = "7f3a1f64-5c1e-4b3e-9a57-1d0c2f1a9b10"
ENTRA = {"azure_tenant_id": TENANT, "azure_client_id": "client"}


def settings(**values: Any) -> Settings:
    return Settings(_env_file=None, **({"pma_signing_keys": SIGNING_KEY} | values))


def production(**values: Any) -> Settings:
    return settings(environment="production", **(ENTRA | values))


def test_development_needs_a_key_and_nothing_else() -> None:
    given = settings()
    assert given.is_local_issuer_enabled
    assert given.are_docs_enabled
    assert given.base_url == "http://127.0.0.1:8000"
    with pytest.raises(ValidationError, match="pma_signing_keys"):
        Settings(_env_file=None)


def test_production_is_closed_by_default() -> None:
    given = production()
    assert not given.is_local_issuer_enabled
    assert not given.are_docs_enabled
    assert production(docs_enabled=True).are_docs_enabled
    assert production(
        local_issuer_enabled=True, allow_local_issuer_in_production=True
    ).is_local_issuer_enabled


WEAK = "k1:" + "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE"


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"pma_signing_keys": WEAK}, "k1 is weak"),
        ({"secret_keys": "k2:" + "A" * 43}, "SECRET_KEYS: key k2 is weak"),
        ({"secret_keys": "garbage"}, "SECRET_KEYS: "),
        ({"metrics_token": "x"}, "METRICS_TOKEN is weak"),
        ({"local_issuer_enabled": True}, "ALLOW_LOCAL_ISSUER_IN_PRODUCTION"),
        ({"azure_tenant_id": None, "azure_client_id": None}, "nobody can sign in"),
        ({"azure_client_id": None}, "go together"),
        ({"db_type": "mssql", "db_trust_server_certificate": True}, "DB_TRUST_SERVER_CERTIFICATE"),
        ({"public_url": "http://pm.example.com"}, "must be https"),
        ({"db_pool_min": 20}, "DB_POOL_MIN"),
        ({"platform_admins": ["keycloak:x", "ada@example.com"]}, "PLATFORM_ADMINS: entry 2 is no user id"),
        ({"jira_base_url": "https://a", "jira_api_token": "schlüssel"}, "JIRA_API_TOKEN has characters"),
        ({"sharepoint_access_token": "two words"}, "SHAREPOINT_ACCESS_TOKEN has characters"),
        ({"snow_base_url": "https://a:99999", "snow_api_token": "x"}, "SNOW_BASE_URL is not a URL"),
        ({"ado_org_url": "https://[a", "ado_pat_token": "x"}, "ADO_ORG_URL is not a URL"),
        ({"sharepoint_base_url": "https://"}, "SHAREPOINT_BASE_URL is not a URL"),
        ({"smtp_host": "mail.example.com"}, "SMTP_HOST needs MAIL_FROM"),
        ({"smtp_host": "mail example", "mail_from": "a@b.example"}, "SMTP_HOST is no name"),
        ({"mail_from": "PM Assist <a@b.example>"}, "MAIL_FROM is no address"),
        (
            {"smtp_host": "a.example", "mail_from": "a@b.example", "smtp_user": "x"},
            "SMTP_PASSWORD go together",
        ),
        (
            {"smtp_host": "a.example", "mail_from": "a@b.example", "smtp_security": "none"},
            "SMTP_SECURITY=none is for a server on this machine",
        ),
        ({"portal_url": "http://pm.example.com/"}, "PORTAL_URL must be https in production"),
        ({"portal_url": "https://pm.example.com/#/"}, "PORTAL_URL is not a URL"),
        ({"vapid_private_key": "x"}, "VAPID_PRIVATE_KEY and VAPID_CONTACT go together"),
        ({"vapid_contact": "ops@example.com"}, "vapid_contact"),
    ],
)
def test_what_production_refuses(values: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem) as refused:
        production(**values)
    assert WEAK[3:] not in str(refused.value)


PROVIDER = {
    "name": "entra",
    "issuer": f"https://login.microsoftonline.com/{TENANT}/v2.0",
    "client_id": "c",
    "client_secret": "hidden word",
}
SEALED = "s1:" + "WYMOvDpBhBEFZr8aKQ0IRz39y9SSzkmLFM0aXi-i5EE"


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"oauth_providers": [PROVIDER], "secret_keys": None}, "OAUTH_PROVIDERS needs SECRET_KEYS"),
        ({"oauth_providers": [PROVIDER], "public_url": None}, "needs PUBLIC_URL with https"),
        ({"oauth_providers": [PROVIDER, PROVIDER]}, "two providers are named entra"),
        ({"oauth_providers": [PROVIDER | {"name": "local"}]}, "local is the local issuer"),
        (
            {"oauth_providers": [PROVIDER | {"issuer": "https://evil.example.com"}]},
            "no issuer with keys is trusted",
        ),
        ({"oauth_providers": [PROVIDER | {"issuer": "http://login.example.com"}]}, "issuer is no https URL"),
        (
            {"oauth_providers": [PROVIDER | {"certificate_file": "/x.pem"}]},
            "either client_secret or certificate_file",
        ),
        (
            {"oauth_providers": [PROVIDER | {"client_secret": None}]},
            "either client_secret or certificate_file",
        ),
        ({"oauth_providers": [PROVIDER | {"client_secret": ""}]}, "client_secret is empty"),
        ({"oauth_providers": [PROVIDER | {"scopes": ["profile"]}]}, "scopes have openid among them"),
        ({"oauth_providers": [PROVIDER | {"parameters": {"state": "x"}}]}, "state is this service's to say"),
        ({"oauth_return_to": ["//evil.example.com"]}, "entry 1 is neither a URL nor a path"),
        ({"oauth_return_to": ["/console/", "javascript:alert(1)"]}, "entry 2 is neither a URL nor a path"),
        ({"oauth_return_to": ["/\\evil.example.com"]}, "entry 1 is neither a URL nor a path"),
        ({"oauth_return_to": ["http://portal.example.com/"]}, "OAUTH_RETURN_TO: entry 1 must be https"),
        ({"portal_origins": ["*"]}, "PORTAL_ORIGINS: [*] is no origin"),
        ({"portal_origins": ["https://portal.example.com/"]}, "is no origin"),
        ({"portal_origins": ["http://portal.example.com"]}, "is no origin, or not one for production"),
    ],
)
def test_sign_in_for_browsers_that_would_not_be_safe(values: dict[str, Any], problem: str) -> None:
    right = {"public_url": "https://pm.example.com", "secret_keys": SEALED}
    assert production(**right, oauth_providers=[PROVIDER], oauth_return_to=["https://a.example.com/x?y=z"])
    with pytest.raises(ValidationError, match=problem) as refused:
        production(**right | values)
    assert "hidden word" not in str(refused.value)


def test_everything_wrong_is_said_at_once_and_no_value_is() -> None:
    secret = "k1:c2hvcnQ"
    with pytest.raises(ValidationError) as refused:
        settings(pma_signing_keys=secret, azure_tenant_id=TENANT, db_pool_min=99)
    text = str(refused.value)
    for part in ("shorter than 32", "go together", "DB_POOL_MIN"):
        assert part in text
    assert "c2hvcnQ" not in text


@pytest.mark.parametrize(
    "issuer",
    [
        {"kind": "entra", "name": "e", "audiences": ["a"]},
        {"kind": "oidc", "name": "o", "audiences": ["a"]},
        {"kind": "oidc", "name": "o", "audiences": [], "issuer": "https://x"},
        {"kind": "oidc", "name": "Bad Name", "audiences": ["a"], "issuer": "https://x"},
        {"kind": "saml", "name": "s", "audiences": ["a"]},
        {"kind": "oidc", "name": "o", "audiences": ["a"], "issuer": "https://x", "jwks_url": "typo"},
    ],
)
def test_issuers_that_are_not_complete(issuer: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(trusted_issuers=[issuer])


def test_issuers_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PMA_SIGNING_KEYS", SIGNING_KEY)
    monkeypatch.setenv(
        "TRUSTED_ISSUERS",
        '[{"kind":"oidc","name":"kc","issuer":"https://sso.example.com","audiences":["pm"]}]',
    )
    assert Settings(_env_file=None).trusted_issuers[0].name == "kc"


def test_secrets_do_not_show_in_a_repr() -> None:
    given = settings(db_password="hunter2-hunter2")
    assert "hunter2" not in repr(given)
    assert SIGNING_KEY.partition(":")[2] not in repr(given)


@pytest.mark.parametrize(
    "text", ["https://a.example, https://b.example,", '["https://a.example", "https://b.example"]']
)
def test_a_list_is_written_with_commas_or_as_json(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", text)
    assert settings().cors_origins == ["https://a.example", "https://b.example"]


@pytest.mark.parametrize("name", ["CORS_ORIGINS", "FILE_TYPES", "TRUSTED_ISSUERS"])
@pytest.mark.parametrize("text", ['["s3cret', "{s3cret}"])
def test_what_is_no_list_is_said_without_its_value(
    name: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(ValidationError, match=f"{name.lower()}\n.*is no list") as caught:
        settings()
    assert "s3cret" not in str(caught.value)


def test_an_optional_setting_left_empty_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    optional = [name for name, field in Settings.model_fields.items() if field.default is None]
    for name in optional:
        monkeypatch.setenv(name.upper(), "")
    given = settings()
    assert {getattr(given, name) for name in optional} == {None}


TEXTS = [
    name
    for name, field in Settings.model_fields.items()
    if field.annotation in (str, Path) and not field.metadata
]


@pytest.mark.parametrize("left", ["", "  "])
def test_a_text_left_empty_is_not_set(left: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """HOST= was every address of the machine, and BLOB_LOCAL_ROOT= the directory with .env in it."""
    assert {"host", "db_name", "blob_local_root", "audit_key_file"} < {*TEXTS}
    for name in TEXTS:
        monkeypatch.setenv(name.upper(), left)
    given, usual = settings(), Settings.model_fields
    assert {name: getattr(given, name) for name in TEXTS} == {name: usual[name].default for name in TEXTS}


def test_what_an_empty_choice_would_be_is_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "")
    with pytest.raises(ValidationError, match="environment"):
        settings()


def test_hosts_that_are_listened_at() -> None:
    for host in ("0.0.0.0", "::", "::1", "localhost", "fe80::1%eth0", "pm-1.example.com"):
        assert settings(host=host).host == host
