"""What this service keeps is for its user alone, from the first moment on."""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.core.config import Settings
from app.core.private_files import create_private, lax_paths, make_private_directory, tighten
from app.core.rsa_key import load_or_create_key
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


def test_a_database_in_anybodys_directory_leaves_that_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    create_private(tmp_path / "pm.db").close()
    assert lax_paths(settings_in(tmp_path)) == []


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
