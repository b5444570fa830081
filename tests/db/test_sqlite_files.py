"""Files of SQLite that go, that are replaced, that grow, and disks that are full."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.core.clock import new_uuid7
from app.db import errors
from app.db.connection import WriteTransaction
from app.db.drivers import sqlite_wal
from app.db.drivers.sqlite import SqliteDriver
from app.db.drivers.sqlite_connection import SqliteOptions
from app.db.drivers.sqlite_errors import ConstraintNames, translate
from app.db.handles.accounts import insert_account
from tests.databases import TestDatabase, queries, sqlite_database
from tests.full_disk import full_beyond
from tests.harness import code, make_settings, running

unix_only = pytest.mark.skipif(os.name == "nt", reason="Windows keeps open files where they are")


async def account(tx: WriteTransaction, name: str) -> None:
    insert_account(tx, account_id=new_uuid7(), tid="t", email=None, display_name=name, now=datetime.now(UTC))


@pytest.fixture
def on_sqlite(migrated: Path, tmp_path: Path) -> TestDatabase:
    return sqlite_database(migrated, tmp_path)


def replace(path: Path) -> None:
    copy = path.with_suffix(".copy")
    shutil.copy(path, copy)
    copy.replace(path)


@unix_only
@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
@pytest.mark.parametrize("harm", [Path.unlink, replace], ids=["removed", "replaced"])
async def test_a_write_into_files_that_went_is_not_acknowledged(
    on_sqlite: TestDatabase, key_file: Path, caplog: pytest.LogCaptureFixture, suffix: str, harm: object
) -> None:
    settings = make_settings(on_sqlite, key_file)
    async with running(settings) as service:
        ada = await service.person("ada")
        workspace = await ada.create_workspace("before")
        assert callable(harm)
        harm(Path(f"{settings.db_name}{suffix}"))
        answers = await asyncio.gather(
            *(ada.post("/workspaces", {"name": f"after {number}"}) for number in range(5))
        )
        assert {code(each) for each in answers} == {(503, "SERVICE_UNAVAILABLE")}
        assert code(await ada.get(f"/workspaces/{workspace['id']}")) == (503, "SERVICE_UNAVAILABLE")
        assert code(await service.client.get("/readyz")) == (503, "SERVICE_UNAVAILABLE")
        assert (await service.client.get("/livez")).status_code == 200
    told = [record for record in caplog.records if record.levelno == logging.CRITICAL]
    assert len(told) == 1


@unix_only
async def test_readiness_finds_out_about_files_that_went_by_itself(
    on_sqlite: TestDatabase, key_file: Path
) -> None:
    settings = make_settings(on_sqlite, key_file)
    async with running(settings) as service:
        os.unlink(settings.db_name)  # noqa: PTH108
        assert code(await service.client.get("/readyz")) == (503, "SERVICE_UNAVAILABLE")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of files")
async def test_readiness_knows_of_a_full_disk_and_of_its_end(
    on_sqlite: TestDatabase, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.health._PAUSE_AFTER_FAILURE_SECONDS", 0)
    settings = make_settings(on_sqlite, key_file)
    async with running(settings) as service:
        ada = await service.person("ada")
        workspace = await ada.create_workspace()
        assert (await service.client.get("/readyz")).status_code == 200
        service.clock.advance(seconds=1)
        with full_beyond(os.stat(f"{settings.db_name}-wal").st_size):  # noqa: PTH116
            refused = await ada.post("/workspaces", {"name": "no room"})
            assert code(refused) == (503, "SERVICE_UNAVAILABLE")
            assert refused.headers["retry-after"] == "1"
            assert (await ada.get(f"/workspaces/{workspace['id']}")).status_code == 200
            assert code(await service.client.get("/readyz")) == (503, "SERVICE_UNAVAILABLE")
        assert (await service.client.get("/readyz")).status_code == 200
        assert (await ada.post("/workspaces", {"name": "room again"})).status_code == 201


async def test_however_many_ask_readiness_writes_once(on_sqlite: TestDatabase, key_file: Path) -> None:
    async with running(make_settings(on_sqlite, key_file)) as service:
        writer = service.edge.parts.database.driver._writer  # type: ignore[attr-defined]
        before = writer.commits
        for _ in range(3):
            await asyncio.gather(*(service.client.get("/readyz") for _ in range(20)))
        assert writer.commits == before + 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SQLITE_FULL", errors.DatabaseUnavailable),
        ("SQLITE_IOERR_WRITE", errors.DatabaseUnavailable),
        ("SQLITE_READONLY_DBMOVED", errors.DatabaseUnavailable),
        ("SQLITE_CANTOPEN", errors.DatabaseUnavailable),
        ("SQLITE_NOMEM", errors.DatabaseUnavailable),
        ("SQLITE_PROTOCOL", errors.DatabaseUnavailable),
        ("SQLITE_BUSY_SNAPSHOT", errors.StatementTimeout),
        ("SQLITE_CORRUPT_INDEX", errors.DatabaseError),
        ("SQLITE_NOTADB", errors.DatabaseError),
    ],
)
def test_which_errors_may_pass_by_themselves(name: str, expected: type[errors.DatabaseError]) -> None:
    error = sqlite3.OperationalError("m")
    error.sqlite_errorname = name
    assert type(translate(error, "q", ConstraintNames({}))) is expected


async def test_the_log_is_cut_once_an_outside_reader_has_gone(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_wal, "_PAUSE_SECONDS", 0.01)
    path, log = directory / "test.db", directory / "test.db-wal"
    driver = SqliteDriver(SqliteOptions(path), queries("sqlite"))
    await driver.open()
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT COUNT(*) FROM UserAccount").fetchall()
            while log.stat().st_size <= 2 * sqlite_wal.LIMIT_BYTES:
                async with driver.write() as tx:
                    for number in range(300):
                        await account(tx, f"{number} {'x' * 190}")
            reader.execute("COMMIT")
        for _ in range(500):
            if not log.stat().st_size:
                break
            await asyncio.sleep(0.01)
        assert log.stat().st_size == 0
    finally:
        await driver.close()


async def test_the_log_stays_small_while_several_write_without_a_pause(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_wal, "_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(sqlite_wal, "LIMIT_BYTES", 100_000)
    driver = SqliteDriver(SqliteOptions(directory / "test.db"), queries("sqlite"))
    await driver.open()
    log, largest = directory / "test.db-wal", 0

    async def write() -> None:
        nonlocal largest
        for _ in range(60):
            async with driver.write() as tx:
                for number in range(10):
                    await account(tx, f"{number} {'x' * 190}")
            largest = max(largest, log.stat().st_size)

    try:
        await asyncio.gather(*(write() for _ in range(20)))
    finally:
        await driver.close()
    assert largest < 2_000_000
