"""Fixtures: a migrated database to copy, a key made once, a running service."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.core.local_issuer import load_or_create_key
from app.db.drivers.sqlite_migrations import SqliteMigrationTarget
from app.db.migrations import load_migrations, upgrade
from tests.harness import Service, make_settings, running


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The local issuer's key: RSA keys are slow to make, so one serves the whole process."""
    path = tmp_path_factory.mktemp("keys") / "local-issuer.pem"
    load_or_create_key(path)
    return path


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that the real migrations made, to be copied."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    upgrade(SqliteMigrationTarget(path), load_migrations("sqlite"))
    return path


@pytest.fixture
def directory(tmp_path: Path, migrated: Path) -> Path:
    """A directory with a fresh migrated database in it."""
    shutil.copy(migrated, tmp_path / "test.db")
    return tmp_path


@pytest.fixture
async def service(directory: Path, key_file: Path) -> AsyncIterator[Service]:
    async with running(make_settings(directory, key_file)) as service:
        yield service
