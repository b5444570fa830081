"""scripts/doctor.py: what it says of a sound installation and of broken ones."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.core.config import Settings
from scripts import doctor
from scripts._findings import Finding, Outcome
from tests import odbc
from tests.databases import TestDatabase, execute
from tests.harness import SIGNING_KEY, make_settings
from tests.keyserver import KeyServer

ROOT = Path(__file__).resolve().parents[2]


async def findings(settings: Settings) -> dict[str, Finding]:
    return {each.subject: each async for each in doctor.examine(settings)}


def outcomes(found: dict[str, Finding]) -> dict[str, Outcome]:
    return {subject: each.outcome for subject, each in found.items()}


async def test_a_sound_installation(database: TestDatabase, key_file: Path) -> None:
    told = await findings(make_settings(database, key_file))
    found = outcomes(told)
    assert found["schema"] is found["signing keys"] is Outcome.OK
    proven = re.match(r"(?:0 of )?\d+", told["queries"].detail)
    assert proven is not None
    # Where a server describes nothing, nothing is said to be proved.
    assert (found["queries"] is Outcome.OK) is not proven[0].startswith("0 of ")
    assert found["queries"] is Outcome.OK or "connection" in found
    assert found["settings"] is Outcome.WARNING  # development
    if "journal mode" in found:
        assert Outcome.FAILED not in found.values()
        assert found["journal mode"] is Outcome.OK
    else:
        assert found["connection"] is found["clock"] is found["collation"] is Outcome.OK


async def test_administrators_who_are_none(database: TestDatabase, key_file: Path) -> None:
    plain = make_settings(database, key_file)
    assert "PLATFORM_ADMINS" not in await findings(plain)
    ids = [f"00000000-0000-4000-8000-00000000000{number}" for number in range(3)]
    settings = make_settings(database, key_file, platform_admins=ids)
    rows = ", ".join(
        f"('{user_id}', 't', '{status}', '2026-01-01', '2026-01-01', '2026-01-01')"
        for user_id, status in zip(ids, ("ACTIVE", "SUSPENDED"), strict=False)
    )
    columns = "id, tid, status, created_at, updated_at, verified_at"
    execute(settings, f"INSERT INTO UserAccount ({columns}) VALUES {rows}")
    told = [each async for each in doctor.examine(settings) if each.subject == "PLATFORM_ADMINS"]
    assert [(each.outcome, each.detail) for each in told] == [
        (Outcome.OK, ids[0]),
        (Outcome.WARNING, f"{ids[1]}: this account is SUSPENDED"),
        (Outcome.WARNING, f"{ids[2]}: nobody has signed in with this id"),
    ]


async def test_a_database_that_is_not_there(tmp_path: Path, key_file: Path) -> None:
    nowhere = TestDatabase(tmp_path, {"db_name": str(tmp_path / "nowhere.db")})
    found = await findings(make_settings(nowhere, key_file))
    assert found["database"].outcome is Outcome.FAILED
    assert "scripts/migrate.py up" in found["database"].detail
    assert "schema" not in found
    assert not (tmp_path / "nowhere.db").exists()


async def test_a_schema_that_is_not_this_code_s(database: TestDatabase, key_file: Path) -> None:
    settings = make_settings(database, key_file)
    execute(settings, "DELETE FROM SchemaMigration")
    assert (await findings(settings))["schema"].outcome is Outcome.FAILED


@odbc.needed
async def test_a_driver_that_is_not_installed(tmp_path: Path, key_file: Path) -> None:
    values = {
        "db_type": "mssql",
        "db_name": "pma",
        "db_user": "u",
        "db_password": "p",
        "db_driver": "None such",
    }
    found = await findings(make_settings(TestDatabase(tmp_path, values), key_file))
    assert found["ODBC driver"].outcome is Outcome.FAILED
    assert "None such is not installed" in found["ODBC driver"].detail


@odbc.needed
@pytest.mark.parametrize(
    ("server", "told"), [("127.0.0.1,9", "nobody listens at"), ("nowhere.invalid", "there is no host")]
)
async def test_a_server_that_is_not_reached(tmp_path: Path, key_file: Path, server: str, told: str) -> None:
    values = {
        "db_type": "mssql",
        "db_name": "pma",
        "db_connection_string": f"DRIVER=any;SERVER={server};UID=u;PWD={{hidden;word}}",
    }
    found = await findings(make_settings(TestDatabase(tmp_path, values), key_file))
    assert found["connection"].outcome is Outcome.FAILED
    assert told in found["connection"].detail
    assert "hidden" not in str(found)


async def test_production_that_is_not_ready(database: TestDatabase, key_file: Path) -> None:
    def production(**more: Any) -> Settings:
        values = {
            "environment": "production", "azure_tenant_id": "11111111-2222-4333-8444-555555555555",
            "azure_client_id": "c", "public_url": None, "blob_store": "local",
        }  # fmt: skip
        return make_settings(database, key_file, **(values | more))

    found = {each.subject: each.outcome for each in doctor.check_settings(production())}
    assert found["PUBLIC_URL"] is Outcome.FAILED
    assert found["ENABLE_REGISTRATION"] is Outcome.WARNING
    ready = production(public_url="https://pm.example.com", enable_registration=False)
    found = {each.subject: each.outcome for each in doctor.check_settings(ready)}
    assert Outcome.FAILED not in found.values()


def test_who_may_nothing_before_a_setting_says_who(database: TestDatabase, key_file: Path) -> None:
    issuer = {"kind": "oidc", "audiences": ["a"]}
    two = [issuer | {"name": name, "issuer": f"https://{name}.example.com"} for name in ("one", "two")]

    def told(**more: Any) -> list[str]:
        given = make_settings(database, key_file, trusted_issuers=two, local_issuer_enabled=False, **more)
        found = [each for each in doctor.check_settings(given) if each.subject == "tenants"]
        assert {each.outcome for each in found} <= {Outcome.WARNING}
        return [each.detail.split(" until ")[1].split()[0] for each in found]

    assert told() == ["WORKSPACE_TENANTS", "INTEGRATION_TENANTS", "INVITATION_TENANTS"]
    assert told(workspace_tenants="one, two", integration_tenants="*", invitation_tenants="*") == []


async def test_an_issuer_s_keys_are_fetched(database: TestDatabase, key_file: Path) -> None:
    with KeyServer() as server:
        issuer = {"kind": "oidc", "name": "here", "issuer": f"{server.url}/oidc", "audiences": ["a"]}
        reachable = issuer | {"jwks_uri": f"{server.url}/oidc/keys"}
        settings = make_settings(database, key_file, trusted_issuers=[reachable], local_issuer_enabled=False)
        assert [each.outcome async for each in doctor.check_issuers(settings)] == [Outcome.OK]
    away = issuer | {"jwks_uri": "http://127.0.0.1:9/keys"}
    settings = make_settings(database, key_file, trusted_issuers=[away], local_issuer_enabled=False)
    assert [each.outcome async for each in doctor.check_issuers(settings)] == [Outcome.FAILED]
    settings = make_settings(database, key_file, local_issuer_enabled=False)
    assert [each.outcome async for each in doctor.check_issuers(settings)] == [Outcome.FAILED]


async def test_with_whom_browsers_sign_in(database: TestDatabase, key_file: Path) -> None:
    with KeyServer() as keys:
        issuer = {"kind": "oidc", "name": "sso", "issuer": f"{keys.url}/oidc", "audiences": ["pm-assist"]}
        provider = {"name": "sso", "issuer": f"{keys.url}/oidc", "client_id": "c", "client_secret": "s"}
        given = {"trusted_issuers": [issuer], "oauth_providers": [provider]}
        settings = make_settings(database, key_file, **given)
        assert (await findings(settings))["OAUTH_PROVIDERS"].outcome is Outcome.FAILED  # it says no endpoints
        place = f"{keys.url}/oidc"
        keys.metadata = {"authorization_endpoint": f"{place}/authorize", "token_endpoint": f"{place}/token"}
        told = [each async for each in doctor.examine(settings) if each.subject == "OAUTH_PROVIDERS"]
        assert [each.outcome for each in told] == [Outcome.OK, Outcome.WARNING]
        assert "http://testserver/auth/oauth/callback" in told[0].detail
        for wrong in (
            {"issuer": "https://evil.example.com"},
            {"code_challenge_methods_supported": ["plain"]},
            {"token_endpoint": "http://sso.example.com/token"},
        ):
            right = keys.metadata
            keys.metadata = right | wrong
            assert (await findings(settings))["OAUTH_PROVIDERS"].outcome is Outcome.FAILED, wrong
            keys.metadata = right


async def test_where_it_cannot_listen_and_keys_it_cannot_have(database: TestDatabase, key_file: Path) -> None:
    found = await findings(make_settings(database, key_file))
    assert found["SECRET_KEYS"].outcome is Outcome.OK
    assert "HOST" not in found
    away = {"host": "192.0.2.1", "secret_keys_vault_url": "http://127.0.0.1:9"}
    found = await findings(make_settings(database, key_file, **away))
    assert found["HOST"] == Finding(Outcome.FAILED, "HOST", "192.0.2.1 is no address of this machine")
    assert found["SECRET_KEYS"].outcome is Outcome.FAILED
    assert found["SECRET_KEYS"].detail.startswith("Key Vault: ")


def test_the_command(directory: Path, key_file: Path) -> None:
    def call(**values: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, str(ROOT / "scripts" / "doctor.py")],
            env={"PATH": os.environ["PATH"], "LOCAL_ISSUER_KEY_FILE": str(key_file)} | values,
            cwd=directory,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    code, text = call(PMA_SIGNING_KEYS=SIGNING_KEY, DB_NAME=str(directory / "test.db"))
    assert (code, "failed" in text) == (0, False)
    code, text = call(DB_NAME=str(directory / "test.db"))
    assert (code, "PMA_SIGNING_KEYS" in text) == (1, True)
