"""What this service keeps is for its user alone, from the first moment on."""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.core.config import Settings
from app.core.private_files import create_private, lax_paths, make_private_directory, tighten
from app.core.rsa_key import load_or_create_key, load_public_key
from app.db.backends import make_migration_target
from app.db.migrations import load_migrations, upgrade
from tests.databases import sqlite_database
from tests.harness import SIGNING_KEY, make_settings, running

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")


@pytest.fixture(autouse=True)
def generous() -> Iterator[None]:
    """The umask of an account that shares everything."""
    before = os.umask(0)
    yield
    os.umask(before)


def settings_in(directory: Path) -> Settings:
    return Settings(
        _env_file=None,
        pma_signing_keys=SIGNING_KEY,
        db_name=str(directory / "pm.db"),
        audit_key_file=directory / "audit.pem",
        local_issuer_key_file=directory / "local.pem",
        blob_local_root=directory / "blobs",
    )


def modes(directory: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in (directory, *directory.rglob("*"))}


def test_nothing_is_made_for_others_to_read(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "new" / ".data")
    load_or_create_key(settings.audit_key_file)
    upgrade(make_migration_target(settings), load_migrations("sqlite"))
    with closing(sqlite3.connect(settings.db_name)) as connection:
        connection.execute("PRAGMA user_version = 1")
        connection.commit()
        found = modes(tmp_path / "new")
    assert {"new", ".data", "pm.db", "pm.db-wal", "pm.db-shm", "audit.pem"} <= set(found)
    assert [name for name, mode in found.items() if mode & 0o077] == []
    assert lax_paths(settings) == []


def test_what_was_made_by_an_older_version_is_tightened_and_nothing_else(tmp_path: Path) -> None:
    data = tmp_path / ".data"
    settings = settings_in(data)
    make_private_directory(data / "blobs")
    for name in ("pm.db", "pm.db-wal", "audit.pem", "of somebody else"):
        create_private(data / name).close()
        (data / name).chmod(0o644)
    for directory in (data, data / "blobs", tmp_path):
        directory.chmod(0o755)
    expected = {data, data / "blobs", data / "pm.db", data / "pm.db-wal", data / "audit.pem"}
    assert set(lax_paths(settings)) == expected
    assert set(tighten(settings)) == expected
    assert lax_paths(settings) == []
    assert modes(tmp_path) | {"of somebody else": 0o644} == modes(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_what_a_setting_names_and_holds_more_is_nobodys_to_close(tmp_path: Path) -> None:
    """As root, ``BLOB_LOCAL_ROOT=/`` or ``DB_NAME=/`` would have closed the machine to everybody else."""
    shared = tmp_path / "shared"
    (shared / "workspaces").mkdir(parents=True)
    (shared / "etc").mkdir()
    shared.chmod(0o755)
    values = {"local_issuer_key_file": tmp_path / "etc", "audit_key_file": shared / "etc"}
    settings = settings_in(tmp_path).model_copy(
        update={"db_name": str(shared), "blob_local_root": shared} | values
    )
    assert lax_paths(settings) == tighten(settings) == []
    (shared / "etc").rmdir()
    assert tighten(settings) == [shared]


def test_a_database_in_anybodys_directory_leaves_that_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    create_private(tmp_path / "pm.db").close()
    assert lax_paths(settings_in(tmp_path)) == []


def test_a_key_that_is_there_is_read_and_nothing_else(tmp_path: Path) -> None:
    """As Kubernetes mounts secrets: a link to a link in a directory that nobody writes to."""
    volume = tmp_path / "..2026_11_26"
    load_or_create_key(volume / "audit.pem")
    (volume / "audit.pem.lock").unlink(missing_ok=True)
    (volume / "audit.pem").chmod(0o400)
    (tmp_path / "..data").symlink_to(volume.name)
    link = tmp_path / "audit.pem"
    link.symlink_to("..data/audit.pem")
    volume.chmod(0o500)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path, volume)}
    assert load_or_create_key(link).key_size == 2048
    assert sorted(path.name for path in volume.iterdir()) == ["audit.pem"]
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_key_that_cannot_be_had_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "other.pem").write_bytes(b"garbage")
    with pytest.raises(ValueError, match=r"the key .*/file/a\.pem cannot be read: ENOTDIR$"):
        load_or_create_key(tmp_path / "file" / "a.pem")
    with pytest.raises(ValueError, match=r"the key .* cannot be read: EISDIR$"):
        load_or_create_key(tmp_path)
    (tmp_path / "key.pem.lock").mkdir()
    with pytest.raises(ValueError, match=r"the key .*/key\.pem is not there and cannot be made: EISDIR$"):
        load_or_create_key(tmp_path / "key.pem")
    with pytest.raises(ValueError, match=r"other\.pem is not an RSA private key$"):
        load_or_create_key(tmp_path / "other.pem")


@pytest.mark.parametrize("load", [load_or_create_key, load_public_key])
def test_a_weak_key_is_refused(load: Callable[[Path], object], tmp_path: Path) -> None:
    """Whoever factors it signs tokens, and heads of audit logs, in this service's name."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    path = tmp_path / "weak.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(ValueError, match=r"weak\.pem holds a weak key of 1024 bits: 2048 at least$"):
        load(path)


@pytest.mark.parametrize("load", [load_or_create_key, load_public_key])
def test_what_has_no_end_is_no_key(load: Callable[[Path], object]) -> None:
    with pytest.raises(ValueError, match=r"^/dev/zero is not an RSA (private )?key$"):
        load(Path("/dev/zero"))


def test_processes_that_make_the_key_at_once_have_the_same_one(tmp_path: Path) -> None:
    path = tmp_path / "new" / "key.pem"
    code = "import sys; from pathlib import Path; from app.core.rsa_key import RsaKey, load_or_create_key; print(RsaKey(load_or_create_key(Path(sys.argv[1]))).kid)"
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    kids = {process.communicate()[0].strip() for process in started}
    assert len(kids) == 1
    assert kids != {""}


async def test_the_service_says_what_it_tightened(
    migrated: Path, tmp_path: Path, key_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = sqlite_database(migrated, tmp_path)
    path = tmp_path / "test.db"
    path.chmod(0o664)
    with caplog.at_level(logging.WARNING):
        async with running(make_settings(database, key_file)):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [record.path for record in caplog.records if hasattr(record, "path")] == [str(path)]
