"""What both drivers promise alike: commits, rollbacks, values, violations by name, cancellation, an orderly end."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest

from app.core.config import Settings
from app.db import errors
from app.db.backends import make_database
from app.db.connection import Database, WriteTransaction
from app.db.handles.accounts import find_account, insert_account, update_account
from app.db.handles.housekeeping import delete_expired_idempotency_records
from app.db.handles.idempotency import insert_idempotency_record
from app.db.handles.sign_in import find_throttle, insert_password, insert_throttle, lock_throttle
from app.db.handles.workspaces import insert_workspace, list_workspaces, lock_workspace, read_access
from tests.databases import TestDatabase, execute, rows
from tests.harness import SIGNING_KEY

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)


@pytest.fixture
def settings(database: TestDatabase) -> Settings:
    values = {"db_acquire_timeout_seconds": 20} | dict(database.settings)
    return Settings(_env_file=None, pma_signing_keys=SIGNING_KEY, **values)


@pytest.fixture
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    opened = make_database(settings)
    await opened.open()
    yield opened
    await opened.close()


async def account(tx: WriteTransaction, name: str, **more: Any) -> None:
    """Queued, and run."""
    values: dict[str, Any] = {"tid": "t", "email": None, "display_name": None, "now": NOW} | more
    insert_account(tx, account_id=name, **values)
    assert await find_account(tx, account_id=name) is not None


async def exists(database: Database, name: str) -> bool:
    async with database.read() as tx:
        return await find_account(tx, account_id=name) is not None


async def test_values_come_back_as_they_went_in(open_database: Database) -> None:
    key = "f" * 64
    async with open_database.write() as tx:
        await account(tx, "ada", display_name="Ünïcödé 😀", email=None)
        insert_throttle(tx, throttle_key=key, expires_at=NOW.astimezone(timezone(timedelta(hours=5))))
        lock_throttle(tx, throttle_key=key)
        found = await find_throttle(tx, throttle_key=key)
    assert found is not None
    assert (found.failures, found.expires_at) == (1, NOW)
    assert found.expires_at.tzinfo is UTC
    workspace_id = str(uuid4())
    async with open_database.write() as tx:
        insert_workspace(
            tx,
            workspace_id=workspace_id,
            org_id=None,
            name="O'Neill; -- N'x'",
            description="long " * 5000,
            created_by="ada",
            now=NOW,
            list_key="k",
        )
    async with open_database.read() as tx:
        row = await find_account(tx, account_id="ada")
        access = await read_access(tx, user_id="ada", jti=None, workspace_id=workspace_id)
        assert await find_account(tx, account_id="ADA") is None
    assert row is not None
    assert (row.display_name, row.email, row.created_at) == ("Ünïcödé 😀", None, NOW)
    assert access is not None
    assert (access.is_revoked, access.is_active, access.member_id) == (False, True, None)
    assert (access.id, access.name) == (workspace_id, "O'Neill; -- N'x'")
    assert (access.created_at, access.description) == (NOW, "long " * 5000)


async def test_what_a_savepoint_takes_back_is_gone_and_the_rest_is_kept(open_database: Database) -> None:
    """Whether it was run or only queued, and whatever was queued before."""
    new: dict[str, Any] = {"tid": "t", "email": None, "display_name": None, "now": NOW}
    async with open_database.write() as tx:
        await account(tx, "first")
        insert_account(tx, account_id="queued", **new)
        with pytest.raises(LookupError):
            async with tx.savepoint():
                insert_account(tx, account_id="never run", **new)
                raise LookupError
        with pytest.raises(LookupError):
            async with tx.savepoint():
                await account(tx, "run")
                insert_account(tx, account_id="run and queued", **new)
                raise LookupError
        async with tx.savepoint():
            insert_account(tx, account_id="kept", **new)
        async with tx.savepoint():
            await account(tx, "kept too")
        with pytest.raises(LookupError):
            async with tx.savepoint():
                await account(tx, "the last")
                raise LookupError
    names = ["first", "queued", "never run", "run", "run and queued", "kept", "kept too", "the last"]
    there = [name for name in names if await exists(open_database, name)]
    assert there == ["first", "queued", "kept", "kept too"]


async def test_an_error_of_the_database_in_a_savepoint_ends_the_transaction(open_database: Database) -> None:
    with pytest.raises(errors.UniqueViolation):
        async with open_database.write() as tx:
            await account(tx, "ada")
            async with tx.savepoint():
                await account(tx, "ada")
    assert not await exists(open_database, "ada")


async def test_a_count_of_what_changed(open_database: Database) -> None:
    async with open_database.write() as tx:
        await account(tx, "ada")
        for key, ends in (("old", NOW), ("older", NOW - timedelta(days=1)), ("new", NOW + timedelta(days=1))):
            record: dict[str, Any] = {"request_hash": "h", "body": "{}", "passages": "[]", "expires_at": ends}
            insert_idempotency_record(tx, user_id="ada", idempotency_key=key, **record)
        assert await delete_expired_idempotency_records(tx, before=NOW, batch=10) == 1
        assert await delete_expired_idempotency_records(tx, before=NOW, batch=10) == 0


async def test_what_is_queued_runs_in_its_order_before_what_is_awaited(open_database: Database) -> None:
    async with open_database.write() as tx:
        values: dict[str, Any] = {"tid": "t", "email": None, "now": NOW}
        insert_account(tx, account_id="ada", display_name="1", **values)
        for name in ("2", "3", "4"):
            update_account(tx, user_id="ada", email=None, directory_name=name, now=NOW)
        found = await find_account(tx, account_id="ada")
        assert found is not None
        assert found.display_name == "4"
        update_account(tx, user_id="ada", email=None, directory_name="5", now=NOW)
    async with open_database.read() as tx:
        kept = await find_account(tx, account_id="ada")
    assert kept is not None
    assert kept.display_name == "5", "what was queued last goes with the commit"


async def test_a_queued_lock_does_not_come_between_a_statement_and_its_answer(
    open_database: Database,
) -> None:
    async with open_database.write() as tx:
        await account(tx, "ada")
        lock_workspace(tx, workspace_id=str(uuid4()))
        update_account(tx, user_id="ada", email=None, directory_name="A", now=NOW)
        lock_workspace(tx, workspace_id=str(uuid4()))
        found = await find_account(tx, account_id="ada")
        assert found is not None
        assert found.display_name == "A"
        lock_workspace(tx, workspace_id=str(uuid4()))
        assert await delete_expired_idempotency_records(tx, before=NOW, batch=1) == 0


@pytest.mark.parametrize("place", ["before an awaited one", "before the commit", "with more behind it"])
async def test_an_error_in_what_is_queued_undoes_the_transaction(open_database: Database, place: str) -> None:
    values: dict[str, Any] = {"tid": "t", "email": None, "display_name": None, "now": NOW}
    with pytest.raises(errors.UniqueViolation) as error:
        async with open_database.write() as tx:
            await account(tx, "ada")
            insert_account(tx, account_id="bob", **values)
            insert_account(tx, account_id="ada", **values)
            if place == "with more behind it":
                insert_account(tx, account_id="cyd", **values)
            if place == "before an awaited one":
                await find_account(tx, account_id="ada")
                pytest.fail("the error comes before this")
    assert (error.value.constraint or "").lower() == "pk_useraccount"
    for name in ("ada", "bob", "cyd"):
        assert not await exists(open_database, name)


async def test_what_is_queued_is_dropped_with_its_transaction(open_database: Database) -> None:
    values: dict[str, Any] = {"tid": "t", "email": None, "display_name": None, "now": NOW}
    for error in (RuntimeError, asyncio.CancelledError):
        with pytest.raises(error):
            async with open_database.write() as tx:
                insert_account(tx, account_id="ada", **values)
                raise error
    async with open_database.write() as tx:
        pass
    assert not await exists(open_database, "ada")


async def test_an_exception_rolls_back(open_database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with open_database.write() as tx:
            await account(tx, "ada")
            raise RuntimeError
    assert not await exists(open_database, "ada")


async def test_a_refused_statement_leaves_nothing_of_its_transaction(open_database: Database) -> None:
    with pytest.raises(errors.UniqueViolation) as primary:
        async with open_database.write() as tx:
            await account(tx, "bob")
            await account(tx, "ada")
            await account(tx, "ada")
    assert (primary.value.constraint or "").lower() == "pk_useraccount"
    assert "ada" not in str(primary.value).replace("read", "")
    assert not await exists(open_database, "bob")
    with pytest.raises(errors.ForeignKeyViolation):
        async with open_database.write() as tx:
            values: dict[str, Any] = {"org_id": None, "name": "n", "description": None, "now": NOW}
            insert_workspace(tx, workspace_id=str(uuid4()), created_by="nobody", list_key="k", **values)


@pytest.mark.needs_sql_server("an error names the index as it was declared")
async def test_a_unique_index_is_named(open_database: Database) -> None:
    async with open_database.write() as tx:
        await account(tx, "ada")
        await account(tx, "bob")
        insert_password(tx, account_id="ada", email_key="a@x", password_hash="h", now=NOW)
    with pytest.raises(errors.UniqueViolation) as unique:
        async with open_database.write() as tx:
            insert_password(tx, account_id="bob", email_key="a@x", password_hash="h", now=NOW)
    assert unique.value.constraint == "UQ_UserPassword_email"
    assert "a@x" not in str(unique.value)


async def test_append_only_tables_refuse_change_and_removal(settings: Settings) -> None:
    entry = str(uuid4())
    execute(
        settings,
        "INSERT INTO PlatformHead (scope_type, scope_id, audit_seq, audit_hash) VALUES ('user', 'u', 1, 'e')",
        "INSERT INTO PlatformAuditLog (id, scope_type, scope_id, action, actor_id, details, timestamp, seq,"
        " prev_hash, entry_hash, details_salt, details_hash, target_type, target_id, outcome, request_id, ip,"
        f" auth_method) VALUES ('{entry}', 'user', 'u', 'a', 'u', '{{}}', '2026-01-01T00:00:00.000000', 1, 'p',"
        " 'e', 's', 'd', 'user', 'u', 'SUCCESS', 'r', '127.0.0.1', 'local')",
    )
    erase = "UPDATE PlatformAuditLog SET details = NULL, details_salt = NULL, ip = NULL, redacted = 1"
    for statement in (
        "UPDATE PlatformAuditLog SET action = 'other'",
        "UPDATE PlatformAuditLog SET details = NULL",
        f"{erase}, action = 'x'",
        "DELETE FROM PlatformAuditLog",
    ):
        with pytest.raises(Exception, match=r"append-only|[Cc]onstraint|CHECK"):
            execute(settings, statement)
    execute(settings, erase)
    with pytest.raises(Exception, match="append-only"):
        execute(settings, erase)


async def test_transactions_side_by_side_are_not_mixed(open_database: Database) -> None:
    async def write(number: int) -> None:
        async with open_database.write() as tx:
            await account(tx, f"user-{number}")
            await asyncio.sleep(0)
            if number % 3 == 0:
                raise RuntimeError

    answers = await asyncio.gather(*(write(number) for number in range(60)), return_exceptions=True)
    assert sum(isinstance(answer, RuntimeError) for answer in answers) == 20
    for number in range(60):
        assert await exists(open_database, f"user-{number}") is (number % 3 != 0)


@pytest.mark.slow
async def test_a_thousand_random_cancellations_leave_nothing_half_written(
    open_database: Database, settings: Settings
) -> None:
    """Pairs of rows are written in one transaction: afterwards no row stands without its pair."""
    chance = random.Random(11)
    done: list[int] = []
    cancelled = 0

    async def write(number: int) -> None:
        async with open_database.write() as tx:
            await account(tx, f"a-{number}")
            await account(tx, f"b-{number}")
        done.append(number)

    async def read() -> None:
        async with open_database.read() as tx:
            await list_workspaces(tx, archived=False, user_id="x", org_id=None, after_key="", page_size=10)

    number = 0
    while cancelled < 1000:
        tasks = [asyncio.create_task(write(number + each)) for each in range(10)]
        tasks += [asyncio.create_task(read()) for _ in range(10)]
        number += 10
        await asyncio.sleep(chance.random() * (0.004 if settings.db_type == "sqlite" else 0.08))
        for task in tasks:
            if chance.random() < 0.9:
                cancelled += task.cancel()
        for answer in await asyncio.gather(*tasks, return_exceptions=True):
            assert answer is None or isinstance(answer, asyncio.CancelledError), repr(answer)
    found = {name for (name,) in rows(settings, "SELECT id FROM UserAccount")}
    numbers = {name.partition("-")[2] for name in found}
    assert found == {f"{letter}-{each}" for letter in "ab" for each in numbers}
    assert {str(each) for each in done} <= numbers
    async with open_database.write() as tx:
        await account(tx, "after")
    assert await exists(open_database, "after")


async def test_closing_waits_for_the_writer_and_ends_every_thread(settings: Settings) -> None:
    before = set(threading.enumerate())
    database = make_database(settings)
    await database.open()

    async def write() -> None:
        async with database.write() as tx:
            await account(tx, "ada")
            await asyncio.sleep(0.1)

    task = asyncio.create_task(write())
    await asyncio.sleep(0.05)
    await database.close()
    await task
    await database.close()
    ours = [each for each in set(threading.enumerate()) - before if not each.name.startswith("asyncio")]
    for thread in ours:
        await asyncio.to_thread(thread.join, 5)
        assert not thread.is_alive()
    with pytest.raises(errors.DatabaseUnavailable):
        async with database.read():
            raise AssertionError
    assert rows(settings, "SELECT id FROM UserAccount") == [("ada",)]
