"""Fixtures: a migrated database to copy, a key made once, a running service."""

import asyncio
import importlib
import itertools
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import argon2.profiles
import pytest

from app.core.rsa_key import load_or_create_key
from app.db.drivers.sqlite_migrations import SqliteMigrationTarget
from app.db.migrations import load_migrations, upgrade
from app.services.sign_in import Passwords
from tests.databases import LANES, MssqlServer, TestDatabase, sqlite_database
from tests.harness import Clock, Service, make_settings, running

TEST_EVENT_LOOP = os.environ.get("TEST_EVENT_LOOP", "asyncio")

pytest_plugins = [
    "tests.azurite",
    "tests.s3_server",
    "tests.clamd_server",
    "tests.postgres_server",
    "tests.redis_server",
    "tests.rabbit_server",
    "tests.entra_endpoint",
    "tests.oidc_provider",
]


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """asyncio's own unless TEST_EVENT_LOOP=uvloop, which production runs on: its sockets are made where
    pytest-socket does not see them. Servers that tests start as processes have uvloop always."""
    return {TEST_EVENT_LOOP: importlib.import_module(TEST_EVENT_LOOP).new_event_loop}


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


@pytest.fixture(scope="session")
def mssql_server() -> Iterator[MssqlServer]:
    server = MssqlServer()
    yield server
    server.drop()


@pytest.fixture(params=LANES)
def make_database(
    request: pytest.FixtureRequest, tmp_path: Path, migrated: Path
) -> Callable[[], TestDatabase]:
    """Makes an empty migrated database, one at a time, on every lane there is."""
    if request.param == "sqlite":
        numbers = itertools.count(1)
        return lambda: sqlite_database(migrated, tmp_path / str(next(numbers)))
    server: MssqlServer = request.getfixturevalue("mssql_server")
    needs = request.node.get_closest_marker("needs_sql_server")
    if needs is not None and not server.is_sql_server:
        pytest.skip(f"this server is not SQL Server: {needs.args[0]}")
    return lambda: server.emptied(tmp_path)


@pytest.fixture
def database(make_database: Callable[[], TestDatabase]) -> TestDatabase:
    return make_database()


@pytest.fixture
def directory(migrated: Path, tmp_path: Path) -> Path:
    """A directory with an empty migrated SQLite database in it, test.db: for tests of SQLite alone."""
    return sqlite_database(migrated, tmp_path).directory


@pytest.fixture
async def service(database: TestDatabase, key_file: Path) -> AsyncIterator[Service]:
    async with running(make_settings(database, key_file)) as service:
        yield service


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, after the order was shuffled: nobody waits at the end for the one that
    began last."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(autouse=True)
def _password_cost(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What production takes, but where ``passwords("cheapest")`` is nearest to the test: a hash is a tenth of
    a second of CPU and is to be, and many tests have passwords only to get in."""
    mark = request.node.get_closest_marker("passwords")
    if mark is not None and mark.args == ("cheapest",):
        monkeypatch.setattr(Passwords, "cost", argon2.profiles.CHEAPEST)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if "mssql" not in LANES:
        terminalreporter.write_line("SQL Server lane: not run (TEST_MSSQL_DSN is not set)")


@pytest.fixture
async def twins(database: TestDatabase, key_file: Path) -> AsyncIterator[tuple[Service, Service]]:
    """Two applications on one database: they share nothing but that, as two processes do."""
    settings, clock = make_settings(database, key_file), Clock()
    async with running(settings, clock) as first, running(settings, clock) as second:
        yield first, second
