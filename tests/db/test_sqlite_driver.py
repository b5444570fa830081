"""The SQLite driver: what a commit promises, what a cancelled call leaves behind, how it ends."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.core.clock import utc_text
from app.db import errors
from app.db.connection import WriteTransaction
from app.db.drivers.sqlite import SqliteDriver
from app.db.drivers.sqlite_connection import SqliteOptions
from app.db.handles.accounts import find_account, insert_account
from app.db.handles.sign_in import insert_password
from app.db.handles.workspaces import insert_workspace
from tests.databases import queries

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)


@pytest.fixture
async def driver(directory: Path) -> AsyncIterator[SqliteDriver]:
    options = SqliteOptions(directory / "test.db", readers=2, busy_timeout=0.3, acquire_timeout=1.0)
    driver = SqliteDriver(options, queries("sqlite"))
    await driver.open()
    yield driver
    await driver.close()


async def account(tx: WriteTransaction, name: str, **more: Any) -> None:
    """Queued, and run."""
    values: dict[str, Any] = {"tid": "t", "email": None, "display_name": None, "now": NOW} | more
    insert_account(tx, account_id=name, **values)
    assert await find_account(tx, account_id=name) is not None


async def exists(driver: SqliteDriver, name: str) -> bool:
    async with driver.read() as tx:
        return await find_account(tx, account_id=name) is not None


async def test_every_connection_has_its_settings(driver: SqliteDriver) -> None:
    for connection in driver._connections:
        found = [
            next(iter(await connection.execute_fetchall(f"PRAGMA {name}")))[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "query_only")
        ]
        assert found[:3] == ["wal", 2, 1]
    assert len(driver._connections) == 4


def test_times_have_a_fixed_width_and_sort_as_text() -> None:
    moments = [NOW.replace(microsecond=0), NOW, NOW + timedelta(days=3650)]
    texts = [utc_text(moment) for moment in moments]
    assert texts == sorted(texts)
    assert {len(text) for text in texts} == {27}


async def test_a_reader_cannot_write(driver: SqliteDriver) -> None:
    values = {"account_id": "x", "tid": "t", "email": None, "display_name": None, "now": NOW}
    with pytest.raises(errors.DatabaseUnavailable, match="READONLY"):
        async with driver.read() as tx:
            await tx.rows(driver.registry["insert_account"], values)
    assert not await exists(driver, "x")


async def test_constraints_have_their_names(driver: SqliteDriver) -> None:
    async with driver.write() as tx:
        await account(tx, "ada")
        insert_password(tx, account_id="ada", email_key="a@x", password_hash="h", now=NOW)
    with pytest.raises(errors.UniqueViolation) as unique:
        async with driver.write() as tx:
            await account(tx, "bob")
            insert_password(tx, account_id="bob", email_key="a@x", password_hash="h", now=NOW)
    assert unique.value.constraint == "UQ_UserPassword_email"
    assert "a@x" not in str(unique.value)
    with pytest.raises(errors.UniqueViolation) as primary:
        async with driver.write() as tx:
            await account(tx, "ada")
    assert primary.value.constraint == "PK_UserAccount"
    assert not await exists(driver, "bob")
    with pytest.raises(errors.ForeignKeyViolation):
        async with driver.write() as tx:
            insert_workspace(
                tx,
                workspace_id="w",
                org_id=None,
                name="n",
                description=None,
                created_by="nobody",
                now=NOW,
                list_key="k",
            )


async def test_a_write_lock_of_another_process_is_waited_for_and_then_told(
    driver: SqliteDriver, directory: Path
) -> None:
    other = sqlite3.connect(directory / "test.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(errors.StatementTimeout):
        async with driver.write() as tx:
            await find_account(tx, account_id="ada")
            pytest.fail("nothing runs before the lock is had")
    other.execute("ROLLBACK")
    other.close()
    async with driver.write() as tx:
        await account(tx, "ada")
    assert await exists(driver, "ada")


async def test_who_waits_too_long_for_the_writer_is_told(driver: SqliteDriver) -> None:
    async with driver.write():
        with pytest.raises(errors.DatabaseUnavailable):
            async with driver.write():
                raise AssertionError
    async with driver.read(), driver.read():
        with pytest.raises(errors.DatabaseUnavailable):
            async with driver.read():
                raise AssertionError


async def all_ended(threads: set[threading.Thread]) -> None:
    """A thread that has answered for the last time may still be on its way out."""
    for thread in threads:
        await asyncio.to_thread(thread.join, 5)
        assert not thread.is_alive()


async def test_closing_ends_every_thread_and_waits_for_the_writer(directory: Path) -> None:
    before = set(threading.enumerate())
    driver = SqliteDriver(SqliteOptions(directory / "test.db"), queries("sqlite"))
    await driver.open()
    assert len(set(threading.enumerate()) - before) == 6

    async def write(name: str) -> None:
        async with driver.write() as tx:
            await account(tx, name)
            await asyncio.sleep(0.1)

    task, late = asyncio.create_task(write("ada")), asyncio.create_task(write("bob"))
    await asyncio.sleep(0.05)
    async with asyncio.timeout(5):
        await driver.close()
    await task
    with pytest.raises(errors.DatabaseUnavailable, match="is closed"):
        await late
    await driver.close()
    await all_ended(set(threading.enumerate()) - before)
    with pytest.raises(errors.DatabaseUnavailable):
        async with driver.read():
            raise AssertionError
    for _ in range(2):
        with pytest.raises(errors.DatabaseUnavailable, match="is closed"):
            async with driver.write():
                raise AssertionError
    connection = sqlite3.connect(directory / "test.db")
    assert connection.execute("SELECT id FROM UserAccount").fetchall() == [("ada",)]
    connection.close()


async def test_opening_what_cannot_be_opened_leaves_no_thread(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    driver = SqliteDriver(SqliteOptions(tmp_path / "no" / "such" / "place.db"), queries("sqlite"))
    with pytest.raises(errors.DatabaseUnavailable):
        await driver.open()
    await all_ended(set(threading.enumerate()) - before)


async def test_a_statement_that_does_not_fit_is_told_after_others_were_proven(driver: SqliteDriver) -> None:
    """What was proven once is not compiled again; what is another statement is."""
    statements = list(driver.registry)
    assert await driver.prove(statements) == await driver.prove(statements) == len(statements)
    statements[-1] = replace(statements[-1], positional_sql="SELECT 1 FROM Nowhere")
    with pytest.raises(errors.SchemaMismatch, match="no such table: Nowhere"):
        await driver.prove(statements)
