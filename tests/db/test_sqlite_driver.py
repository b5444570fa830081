"""The SQLite driver: what a commit promises, what a cancelled call leaves behind, how it ends."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from app.db import errors
from app.db.connection import WriteTransaction
from app.db.drivers.sqlite import SqliteDriver, SqliteOptions, time_text
from app.db.handles.accounts import find_account, insert_account
from app.db.handles.sign_in import insert_password, insert_throttle, lock_throttle
from app.db.handles.workspaces import insert_workspace, list_workspaces, read_access
from app.db.queries import load_queries

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)


@pytest.fixture
async def driver(directory: Path) -> AsyncIterator[SqliteDriver]:
    options = SqliteOptions(directory / "test.db", readers=2, busy_timeout=0.3, acquire_timeout=1.0)
    driver = SqliteDriver(options, load_queries("sqlite"))
    await driver.open()
    yield driver
    await driver.close()


async def account(tx: WriteTransaction, name: str, **more: Any) -> int:
    values: dict[str, Any] = {"tid": "t", "email": None, "display_name": None, "now": NOW} | more
    return await insert_account(tx, account_id=name, **values)


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
    assert len(driver._connections) == 3


async def test_values_come_back_as_they_went_in(driver: SqliteDriver) -> None:
    async with driver.write() as tx:
        await account(tx, "ada", display_name="Ünïcödé 😀", email=None)
        eastern = NOW.astimezone(timezone(timedelta(hours=5)))
        await insert_throttle(tx, throttle_key="k", expires_at=eastern)
        found = await lock_throttle(tx, throttle_key="k")
    assert found is not None
    assert (found.failures, found.expires_at) == (1, NOW)
    assert found.expires_at.tzinfo is UTC
    async with driver.read() as tx:
        row = await find_account(tx, account_id="ada")
        access = await read_access(tx, user_id="ada", jti=None, workspace_id="w")
    assert row is not None
    assert (row.display_name, row.email, row.created_at) == ("Ünïcödé 😀", None, NOW)
    assert access is not None
    assert (access.is_revoked, access.is_active) == (False, None)


def test_times_have_a_fixed_width_and_sort_as_text() -> None:
    moments = [NOW.replace(microsecond=0), NOW, NOW + timedelta(days=3650)]
    texts = [time_text(moment) for moment in moments]
    assert texts == sorted(texts)
    assert {len(text) for text in texts} == {27}


async def test_an_exception_rolls_back(driver: SqliteDriver) -> None:
    with pytest.raises(RuntimeError):
        async with driver.write() as tx:
            await account(tx, "ada")
            raise RuntimeError
    assert not await exists(driver, "ada")


async def test_a_reader_cannot_write(driver: SqliteDriver) -> None:
    values = {"account_id": "x", "tid": "t", "email": None, "display_name": None, "now": NOW}
    with pytest.raises(errors.DatabaseUnavailable, match="READONLY"):
        async with driver.read() as tx:
            await tx.rows(driver.registry["insert_account"], values)
    assert not await exists(driver, "x")


async def test_constraints_have_their_names(driver: SqliteDriver) -> None:
    async with driver.write() as tx:
        await account(tx, "ada")
        await insert_password(tx, account_id="ada", email_key="a@x", password_hash="h", now=NOW)
    with pytest.raises(errors.UniqueViolation) as unique:
        async with driver.write() as tx:
            await account(tx, "bob")
            await insert_password(tx, account_id="bob", email_key="a@x", password_hash="h", now=NOW)
    assert unique.value.constraint == "UQ_UserPassword_email"
    assert "a@x" not in str(unique.value)
    with pytest.raises(errors.UniqueViolation) as primary:
        async with driver.write() as tx:
            await account(tx, "ada")
    assert primary.value.constraint == "PK_UserAccount"
    assert not await exists(driver, "bob")
    with pytest.raises(errors.ForeignKeyViolation):
        async with driver.write() as tx:
            await insert_workspace(
                tx, workspace_id="w", name="n", description=None, created_by="nobody", now=NOW, list_key="k"
            )


async def test_append_only_tables_refuse_change_and_removal(driver: SqliteDriver, directory: Path) -> None:
    connection = sqlite3.connect(directory / "test.db")
    insert = (
        "INSERT INTO PlatformAuditLog VALUES ('i', 'user', 'u', 'a', 'u', '{}', 't', 1, 'p', 'e', 's', 'd', 'user',"
        " 'u', 'SUCCESS', 'r', '127.0.0.1', 'local', NULL, 0)"
    )
    connection.execute("INSERT INTO PlatformHead VALUES ('user', 'u', 1, 'e')")
    connection.execute(insert)
    for statement in (
        "UPDATE PlatformAuditLog SET action = 'other'",
        "UPDATE PlatformAuditLog SET details = NULL",
        "UPDATE PlatformAuditLog SET details = NULL, details_salt = NULL, ip = NULL, redacted = 1, action = 'x'",
        "DELETE FROM PlatformAuditLog",
    ):
        with pytest.raises(sqlite3.IntegrityError, match=r"append-only|constraint"):
            connection.execute(statement)
    erase = "UPDATE PlatformAuditLog SET details = NULL, details_salt = NULL, ip = NULL, redacted = 1"
    connection.execute(erase)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(erase)
    connection.close()


async def test_a_write_lock_of_another_process_is_waited_for_and_then_told(
    driver: SqliteDriver, directory: Path
) -> None:
    other = sqlite3.connect(directory / "test.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(errors.StatementTimeout):
        async with driver.write():
            raise AssertionError
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


async def test_two_threads_per_loop_never_share_a_transaction(driver: SqliteDriver) -> None:
    async def write(number: int) -> None:
        async with driver.write() as tx:
            await account(tx, f"user-{number}")
            await asyncio.sleep(0)
            if number % 3 == 0:
                raise RuntimeError

    answers = await asyncio.gather(*(write(number) for number in range(60)), return_exceptions=True)
    assert sum(isinstance(answer, RuntimeError) for answer in answers) == 20
    for number in range(60):
        assert await exists(driver, f"user-{number}") is (number % 3 != 0)


@pytest.mark.slow
async def test_random_cancellations_leave_nothing_half_written(driver: SqliteDriver, directory: Path) -> None:
    """Pairs of rows are written in one transaction: afterwards no row stands without its pair."""
    chance = random.Random(11)
    done: list[int] = []

    async def write(number: int) -> None:
        async with driver.write() as tx:
            await account(tx, f"a-{number}")
            await account(tx, f"b-{number}")
        done.append(number)

    async def read() -> None:
        async with driver.read() as tx:
            await list_workspaces(tx, user_id="x", after_key="", page_size=10)

    for round_ in range(60):
        tasks = [asyncio.create_task(write(round_ * 10 + number)) for number in range(10)]
        tasks += [asyncio.create_task(read()) for _ in range(4)]
        await asyncio.sleep(chance.random() * 0.004)
        for task in tasks:
            if chance.random() < 0.6:
                task.cancel()
        for answer in await asyncio.gather(*tasks, return_exceptions=True):
            assert answer is None or isinstance(answer, asyncio.CancelledError), repr(answer)
    connection = sqlite3.connect(directory / "test.db")
    found = {name for (name,) in connection.execute("SELECT id FROM UserAccount")}
    connection.close()
    numbers = {name.partition("-")[2] for name in found}
    assert found == {f"{letter}-{number}" for letter in "ab" for number in numbers}
    assert {str(number) for number in done} <= numbers
    async with driver.write() as tx:
        await account(tx, "after")
    assert await exists(driver, "after")


async def all_ended(threads: set[threading.Thread]) -> None:
    """A thread that has answered for the last time may still be on its way out."""
    for thread in threads:
        await asyncio.to_thread(thread.join, 5)
        assert not thread.is_alive()


async def test_closing_ends_every_thread_and_waits_for_the_writer(directory: Path) -> None:
    before = set(threading.enumerate())
    driver = SqliteDriver(SqliteOptions(directory / "test.db"), load_queries("sqlite"))
    await driver.open()
    assert len(set(threading.enumerate()) - before) == 5

    async def write() -> None:
        async with driver.write() as tx:
            await account(tx, "ada")
            await asyncio.sleep(0.1)

    task = asyncio.create_task(write())
    await asyncio.sleep(0.05)
    await driver.close()
    await task
    await driver.close()
    await all_ended(set(threading.enumerate()) - before)
    with pytest.raises(errors.DatabaseUnavailable):
        async with driver.read():
            raise AssertionError
    connection = sqlite3.connect(directory / "test.db")
    assert connection.execute("SELECT id FROM UserAccount").fetchall() == [("ada",)]
    connection.close()


async def test_opening_what_cannot_be_opened_leaves_no_thread(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    driver = SqliteDriver(SqliteOptions(tmp_path / "no" / "such" / "place.db"), load_queries("sqlite"))
    with pytest.raises(errors.DatabaseUnavailable):
        await driver.open()
    await all_ended(set(threading.enumerate()) - before)
