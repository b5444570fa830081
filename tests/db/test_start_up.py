"""What keeps the service from starting: doctor says it, the service says it, every script says it, in words and
without a trace of the code."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import ValidationError

from app.core.config import Settings
from app.db.drivers.sqlite_connection import require_writable
from app.db.errors import DatabaseUnavailable
from app.http.server import require_free
from app.kernel.start_up import explain, unknown_names
from scripts import doctor
from scripts._findings import Outcome
from tests.databases import TestDatabase
from tests.harness import BASE_URL, SIGNING_KEY, make_settings

ROOT = Path(__file__).resolve().parents[2]
TENANT = "7f3a1f64-5c1e-4b3e-9a57-1d0c2f1a9b10"
OIDC = {"kind": "oidc", "name": "here", "issuer": "https://i.example", "audiences": ["a"]}


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            {"azure_tenant_id": "contoso.com", "azure_client_id": "c"},
            "AZURE_TENANT_ID is the directory's id, a GUID",
        ),
        ({"azure_authority": "login"}, "AZURE_AUTHORITY is not a URL"),
        ({"public_url": "not a url"}, "PUBLIC_URL is not a URL"),
        ({"public_url": "https://pm.example.com/?x"}, "PUBLIC_URL is not a URL"),
        ({"host": "a..b"}, "HOST is no name and no address"),
        ({"host": "a" * 64}, "HOST is no name and no address"),
        ({"host": "127.0.0.1 "}, "HOST is no name and no address"),
        ({"local_issuer_tenant": "ours"}, "LOCAL_ISSUER_TENANT is a GUID"),
        ({"local_issuer_tenant": TENANT.upper()}, "LOCAL_ISSUER_TENANT is a GUID"),
        ({"secret_keys_vault_url": "vault"}, "SECRET_KEYS_VAULT_URL is not a URL"),
        ({"sharepoint_authority": "login"}, "SHAREPOINT_AUTHORITY is not a URL"),
        ({"metrics_token": "two words"}, "METRICS_TOKEN has characters"),
        ({"cors_origins": "https://a.example:99999"}, "CORS_ORIGINS: https://a.example:99999 is no origin"),
        ({"cors_origins": "[" * 100_000}, "CORS_ORIGINS: is no list"),
        ({"sign_in_lock_minutes": "999999999999"}, "SIGN_IN_LOCK_MINUTES: Input should be less"),
        ({"rate_limit_redis_url": "localhost:6379"}, "RATE_LIMIT_REDIS_URL is no address of Redis"),
        ({"rate_limit_redis_url": "redis://:0"}, "RATE_LIMIT_REDIS_URL is no address of Redis"),
        (
            {"rate_limit_redis_url": "redis://store/0?socket_timeout=soon"},
            "RATE_LIMIT_REDIS_URL is no address of Redis",
        ),
        ({"secret_keys": "garbage"}, "SECRET_KEYS: key 1 is not written"),
        ({"cors_origins": "[broken"}, "CORS_ORIGINS: is no list"),
        ({"db_port": "many"}, "DB_PORT: Input should be a valid integer"),
        ({"trusted_issuers": '[{"kind": "entra"}]'}, "TRUSTED_ISSUERS.0.name: Field required"),
        (
            {"trusted_issuers": [{"kind": "entra", "name": "e", "tenants": ["common"], "audiences": ["a"]}]},
            "TRUSTED_ISSUERS: e: a tenant is a GUID",
        ),
        ({"trusted_issuers": [OIDC, OIDC]}, "TRUSTED_ISSUERS: two issuers are named here"),
        (
            {"trusted_issuers": [OIDC, OIDC | {"name": "there"}]},
            "TRUSTED_ISSUERS: two trusted issuers have the issuer https://i.example",
        ),
        ({"trusted_issuers": [OIDC | {"issuer": BASE_URL}]}, "TRUSTED_ISSUERS: two trusted issuers have"),
        ({"trusted_issuers": [OIDC | {"name": "local"}]}, "TRUSTED_ISSUERS: two issuers are named local"),
        ({"trusted_issuers": [OIDC | {"jwks_uri": "keys"}]}, "TRUSTED_ISSUERS: here: jwks_uri is not a URL"),
    ],
)
def test_settings_that_do_not_fit_are_told_by_name(
    values: dict[str, Any], sentence: str, tmp_path: Path, key_file: Path
) -> None:
    database = TestDatabase(tmp_path, {"db_name": "x"})
    with pytest.raises(ValidationError) as refused:
        make_settings(database, key_file, **values)
    told = explain(refused.value)
    assert told is not None
    assert any(each.startswith(sentence) for each in told), told
    assert SIGNING_KEY not in str(told)


def test_several_mistakes_are_a_sentence_each(tmp_path: Path, key_file: Path) -> None:
    with pytest.raises(ValidationError) as refused:
        make_settings(TestDatabase(tmp_path, {}), key_file, public_url="x", azure_authority="y")
    assert len(explain(refused.value) or ()) == 2


def test_a_file_of_settings_that_is_no_text(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_bytes(b"HOST=\xff\n")
    with pytest.raises(ValueError, match="utf-8") as refused:
        Settings(_env_file=env)
    assert explain(refused.value) == [".env: is not text in UTF-8"]


def test_a_fault_of_the_code_wants_its_trace() -> None:
    for error in (ZeroDivisionError(), AttributeError("x"), AssertionError(), KeyError("x"), ValueError("x")):
        assert explain(error) is None


def test_names_that_are_no_settings(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_text(
        "PUBLIC_ULR=https://x\nOTEL_EXPORTER_OTLP_ENDPOINT=http://x\nHOST=::1\nQUITE_UNHEARD_OF=1\n"
    )
    assert list(unknown_names(env)) == [
        f"PUBLIC_ULR in {env} is no setting; PUBLIC_URL is",
        f"QUITE_UNHEARD_OF in {env} is no setting",
    ]
    assert list(unknown_names(tmp_path / "none")) == []


def test_lines_that_cannot_be_read(tmp_path: Path) -> None:
    """The rest of such a line is passed over, ENVIRONMENT=production in it too."""
    env = tmp_path / ".env"
    env.write_text('PORT=1\nENVIRONMENT="production\nHOST=::1\n')
    assert list(unknown_names(env)) == [f"line 2 of {env} cannot be read; nothing in it counts"]


def garbage_key(directory: Path) -> dict[str, str]:
    (directory / "key.pem").write_text("no key")
    return {"LOCAL_ISSUER_KEY_FILE": "key.pem"}


def garbage_audit_key(directory: Path) -> dict[str, str]:
    (directory / "audit.pem").write_text("no key")
    return {"AUDIT_KEY_FILE": "audit.pem"}


def missing_earlier_key(directory: Path) -> dict[str, str]:
    return {"AUDIT_EARLIER_KEY_FILES": "gone.pem"}


def earlier_key_with_a_password(directory: Path) -> dict[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    encryption = serialization.BestAvailableEncryption(b"word")
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    (directory / "locked.pem").write_bytes(pem)
    return {"AUDIT_EARLIER_KEY_FILES": "locked.pem"}


def name_too_long(directory: Path) -> dict[str, str]:
    return {"AUDIT_KEY_FILE": "k" * 300}


def corrupt_database(directory: Path) -> dict[str, str]:
    (directory / "test.db").write_bytes(b"not a database" * 1000)
    return {}


def directory_as_database(directory: Path) -> dict[str, str]:
    (directory / "folder").mkdir()
    return {"DB_NAME": "folder"}


def broken_list(directory: Path) -> dict[str, str]:
    return {"CORS_ORIGINS": '["https://x'}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("prepare", "sentence"),
    [
        (garbage_key, "key.pem is not an RSA private key"),
        (garbage_audit_key, "audit.pem is not an RSA private key"),
        (missing_earlier_key, "gone.pem: No such file or directory (ENOENT)"),
        (earlier_key_with_a_password, "locked.pem is not an RSA key"),
        (name_too_long, "File name too long (ENAMETOOLONG)"),
        (corrupt_database, "file is not a database"),
        (directory_as_database, "unable to open database file"),
        (broken_list, "CORS_ORIGINS: is no list"),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_doctor_the_service_and_the_scripts_say_the_same(
    prepare: Callable[[Path], dict[str, str]], sentence: str, directory: Path, key_file: Path
) -> None:
    values = {"DB_NAME": "test.db", "LOCAL_ISSUER_KEY_FILE": str(key_file), "AUDIT_KEY_FILE": str(key_file)}
    prepared = prepare(directory)
    values |= prepared
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PMA_SIGNING_KEYS": SIGNING_KEY,
        "PORT": "0",
    }
    scripts = ROOT / "scripts"
    commands = {"doctor": [str(scripts / "doctor.py")], "service": ["-m", "app.main"]}
    if not any("KEY_FILE" in name for name in prepared):
        commands |= {name: [str(scripts / f"{name}.py")] for name in ("seed", "rotate_keys")}
        commands["migrate"] = [str(scripts / "migrate.py"), "up"]
        commands["backup"] = [str(scripts / "backup.py"), "copy.db"]
    under_way = {
        name: subprocess.Popen(
            [sys.executable, *command],
            env=environment | values | {"SECRET_KEYS": SIGNING_KEY},
            cwd=directory,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for name, command in commands.items()
    }
    for name, process in under_way.items():
        said, _ = process.communicate(timeout=60)
        assert process.returncode != 0, (name, said)
        # A copy only reads: SQLite says other words of the same.
        assert said.strip() if name == "backup" else sentence in said, (name, said)
        assert "Traceback" not in said, (name, said)


async def test_a_check_that_cannot_be_made_is_a_finding_and_hides_no_other(
    database: TestDatabase, key_file: Path
) -> None:
    told = make_settings(
        database,
        key_file,
        blob_store="local",
        blob_local_root=Path("b" * 300),
        audit_key_file=Path("k" * 300),
    )
    found = {each.subject: each async for each in doctor.examine(told)}
    assert found["files"].outcome is found["keys"].outcome is Outcome.FAILED
    assert "too long" in found["keys"].detail
    assert found["schema"].outcome is found["signing keys"].outcome is Outcome.OK


def test_a_port_or_host_that_nothing_can_listen_at(tmp_path: Path, key_file: Path) -> None:
    def refusal(**values: Any) -> str:
        with pytest.raises(ValueError, match=":") as refused:
            require_free(make_settings(TestDatabase(tmp_path, {}), key_file, **values))
        return str(refused.value)

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert refusal(port=port) == f"PORT: {port} is taken"
    require_free(make_settings(TestDatabase(tmp_path, {}), key_file, port=port))
    assert refusal(host="192.0.2.1", port=0).startswith("HOST: 192.0.2.1")  # RFC 5737: nobody's address


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A directory for everybody. What may be done there is judged as for somebody who is not root."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        is_root = os.getuid() == 0
        if is_root:
            os.setreuid(65534, -1)
        try:
            yield Path(name)
        finally:
            if is_root:
                os.setreuid(0, -1)
            Path(name).chmod(0o777)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_database_that_can_only_be_read_is_not_opened(unprivileged: Path) -> None:
    path = unprivileged / "x.db"
    require_writable(path)
    path.touch()
    path.chmod(0o666)
    require_writable(path)
    path.chmod(0o444)
    with pytest.raises(DatabaseUnavailable, match=r"DB_NAME: this user may not write .*x\.db"):
        require_writable(path)
    path.chmod(0o666)
    unprivileged.chmod(0o555)
    with pytest.raises(DatabaseUnavailable, match="DB_NAME: this user may not write in"):
        require_writable(path)


async def test_a_store_and_a_redis_that_are_not_there(
    tmp_path: Path, key_file: Path, directory: Path
) -> None:
    (tmp_path / "file").write_text("no directory")
    database = TestDatabase(directory, {"db_name": str(directory / "test.db")})
    settings = make_settings(
        database,
        key_file,
        blob_store="local",
        blob_local_root=tmp_path / "file" / "blobs",
        rate_limit_redis_url="redis://127.0.0.1:9/0",
    )
    found = {each.subject: each async for each in doctor.examine(settings)}
    assert found["files"].outcome is found["RATE_LIMIT_REDIS_URL"].outcome is Outcome.FAILED
    assert found["AUDIT_KEY_FILE"].outcome is found["database"].outcome is Outcome.OK


@pytest.mark.slow
def test_admin_answers_what_does_not_fit_in_words(directory: Path, key_file: Path) -> None:
    def call(*arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, str(ROOT / "scripts" / "admin.py"), *arguments],
            env={"PATH": os.environ["PATH"], "PMA_SIGNING_KEYS": SIGNING_KEY, "DB_NAME": "test.db"},
            cwd=directory, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    who = ("--admin", "x", "--reason", "y")
    code, said = call("restore_workspace", "--workspace-id", "not-an-id", *who)
    assert (code, "'not-an-id' is no UUID" in said, "Traceback" in said) == (2, True, False)
    code, said = call("purge_deleted_workspaces", "--dry-run", "maybe")
    assert (code, "'maybe' is neither 0 nor 1" in said) == (2, True)
    upper = "0F8FAD5B-D9CB-469F-A165-70867728950E"
    code, said = call("restore_workspace", "--workspace-id", upper, *who)
    assert code == 1
    assert "Traceback" not in said


def test_the_example_is_what_settings_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of .env.example, with its one required setting, starts as it is."""
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    env = tmp_path / ".env"
    env.write_text(text.replace("PMA_SIGNING_KEYS=", f"PMA_SIGNING_KEYS={SIGNING_KEY}"))
    assert Settings(_env_file=env).port == 8000
    assert list(unknown_names(env)) == []
