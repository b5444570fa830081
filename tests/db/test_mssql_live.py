"""The SQL Server driver on a live server, through whatever ODBC driver TEST_MSSQL_DSN names: what SQLite's
stand-in cannot show. Skipped, and said to be, where there is none."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests import odbc

if not odbc.IS_HERE:
    pytest.skip(odbc.WHY, allow_module_level=True)

from app.core.config import Settings
from app.db import errors
from app.db.backends import migration_script
from app.db.connection import WriteTransaction
from app.db.drivers.mssql import MssqlDriver
from app.db.drivers.mssql_connection import PooledConnection
from app.db.drivers.mssql_migrations import MssqlMigrationTarget
from app.db.drivers.mssql_options import mssql_options
from app.db.drivers.mssql_pool import Pool
from app.db.drivers.mssql_scripts import batches
from app.db.handles.accounts import find_account, insert_account
from app.db.handles.workspaces import insert_workspace, lock_workspace, read_access
from app.db.migrations import load_migrations, require_current, upgrade
from tests.databases import MSSQL_DSN, MssqlServer, TestDatabase, mssql_connection, queries
from tests.harness import SIGNING_KEY

pytestmark = pytest.mark.skipif(MSSQL_DSN is None, reason="TEST_MSSQL_DSN is not set")
NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)
IDS = ("00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002")
SLOW = (
    "WITH n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 100000000)"
    " SELECT MAX(i) FROM n OPTION (MAXRECURSION 0)"
)


@pytest.fixture
def live(mssql_server: MssqlServer, request: pytest.FixtureRequest) -> TestDatabase:
    needs = request.node.get_closest_marker("needs_sql_server")
    if needs is not None and not mssql_server.is_sql_server:
        pytest.skip(f"this server is not SQL Server: {needs.args[0]}")
    return mssql_server.emptied(request.getfixturevalue("tmp_path"))


@pytest.fixture
async def open_driver(live: TestDatabase) -> AsyncIterator[Callable[..., Any]]:
    opened: list[MssqlDriver] = []

    async def open_(**overrides: Any) -> MssqlDriver:
        settings = Settings(_env_file=None, pma_signing_keys=SIGNING_KEY, **(dict(live.settings) | overrides))
        driver = MssqlDriver(mssql_options(settings), queries("mssql"))
        await driver.open()
        opened.append(driver)
        return driver

    yield open_
    for driver in opened:
        await driver.close()


def pool_of(driver: MssqlDriver) -> Pool:
    assert driver._pool is not None
    return driver._pool


async def ask(connection: PooledConnection, sql: str) -> Any:
    rows, _ = await connection.run(lambda raw: connection.execute(raw, sql))
    return rows[0][0] if rows else None


@pytest.mark.needs_sql_server("describes statements with parameters")
async def test_every_query_is_described_as_its_contract_says(open_driver: Callable[..., Any]) -> None:
    driver = await open_driver()
    assert driver._describes
    assert await driver.prove(driver.registry) == len(driver.registry)


async def test_nothing_of_a_session_reaches_the_next_borrower(open_driver: Callable[..., Any]) -> None:
    driver = await open_driver(db_pool_max=1)
    pool = pool_of(driver)
    async with pool.connection() as first:
        raw = first._raw
        await first.run(first.begin)
        await ask(first, "CREATE TABLE #left (a INT)")
        await ask(first, "EXEC sys.sp_set_session_context N'pma_workspace', N'somebody'")
        await ask(
            first,
            "INSERT INTO dbo.PlatformHead (scope_type, scope_id, audit_hash) VALUES (N'user', N'x', 'h')",
        )
        assert await ask(first, "SELECT @@TRANCOUNT") >= 1
    async with pool.connection() as second:
        assert second._raw is raw
        assert await ask(second, "SELECT @@TRANCOUNT") == 0
        assert await ask(second, "SELECT COUNT(*) FROM dbo.PlatformHead") == 0
        with pytest.raises(Exception, match="left"):
            await ask(second, "SELECT COUNT(*) FROM #left")


@pytest.mark.needs_sql_server("a reset clears the session context")
async def test_a_reset_clears_the_session_context(open_driver: Callable[..., Any]) -> None:
    pool = pool_of(await open_driver(db_pool_max=1))
    async with pool.connection() as first:
        await first.run(first.begin)
        await ask(first, "EXEC sys.sp_set_session_context N'pma_workspace', N'somebody'")
    async with pool.connection() as second:
        found = await ask(second, "SELECT CAST(SESSION_CONTEXT(N'pma_workspace') AS NVARCHAR(50))")
        assert found is None


async def test_statements_with_a_session_context_answer_as_without(open_driver: Callable[..., Any]) -> None:
    driver = await open_driver(db_session_context=True)
    values: dict[str, Any] = {"tid": "t", "email": None, "display_name": "A", "now": NOW}
    async with driver.write() as tx:
        insert_account(tx, account_id="ada", **values)
        insert_account(tx, account_id="bob", **values)
        more: dict[str, Any] = {"org_id": None, "name": "n", "description": None, "now": NOW, "list_key": "k"}
        insert_workspace(tx, workspace_id=IDS[0], created_by="ada", **more)
        lock_workspace(tx, workspace_id=IDS[0])
        access = await read_access(tx, user_id="ada", jti=None, workspace_id=IDS[0])
        assert access is not None
        assert access.id == IDS[0]
    async with driver.read() as tx:
        found = await find_account(tx, account_id="ada")
        assert found is not None
        assert found.created_at == NOW


async def test_a_statement_that_takes_too_long_is_given_up(open_driver: Callable[..., Any]) -> None:
    driver = await open_driver(db_statement_timeout_seconds=1, db_pool_max=1)
    pool = pool_of(driver)
    started = asyncio.get_running_loop().time()
    with pytest.raises(Exception, match="HYT00"):
        async with pool.connection() as connection:
            await ask(connection, SLOW)
    assert asyncio.get_running_loop().time() - started < 5
    async with pool.connection() as connection:
        assert await ask(connection, "SELECT 1") == 1


@pytest.mark.needs_sql_server("heeds a cancellation while it computes")
async def test_a_cancelled_statement_ends_at_the_server(open_driver: Callable[..., Any]) -> None:
    pool = pool_of(await open_driver(db_pool_max=1))

    async def slow() -> None:
        async with pool.connection() as connection:
            await ask(connection, SLOW)

    task = asyncio.create_task(slow())
    await asyncio.sleep(0.5)
    started = asyncio.get_running_loop().time()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.get_running_loop().time() - started < 5
    async with pool.connection() as connection:
        assert await ask(connection, "SELECT 1") == 1


async def lock(tx: WriteTransaction, workspace_id: str) -> None:
    lock_workspace(tx, workspace_id=workspace_id)
    await read_access(tx, user_id="ada", jti=None, workspace_id=workspace_id)


async def _two_workspaces(driver: MssqlDriver) -> None:
    values: dict[str, Any] = {"tid": "t", "email": None, "display_name": None, "now": NOW}
    async with driver.write() as tx:
        insert_account(tx, account_id="ada", **values)
        for workspace_id in IDS:
            more: dict[str, Any] = {
                "org_id": None,
                "name": "n",
                "description": None,
                "now": NOW,
                "list_key": workspace_id,
            }
            insert_workspace(tx, workspace_id=workspace_id, created_by="ada", **more)


async def test_of_two_that_wait_for_each_other_one_is_told(open_driver: Callable[..., Any]) -> None:
    driver = await open_driver()
    await _two_workspaces(driver)
    both = asyncio.Barrier(2)

    async def cross(first: str, second: str) -> None:
        async with driver.write() as tx:
            await lock(tx, first)
            await both.wait()
            await lock(tx, second)

    answers = await asyncio.gather(cross(*IDS), cross(*reversed(IDS)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Deadlock", "NoneType"]


async def test_a_lock_is_not_waited_for_without_end(open_driver: Callable[..., Any]) -> None:
    driver = await open_driver(db_statement_timeout_seconds=3)
    await _two_workspaces(driver)
    async with driver.write() as tx:
        await lock(tx, IDS[0])
        with pytest.raises(errors.StatementTimeout):
            async with driver.write() as other:
                await lock(other, IDS[0])


@pytest.mark.slow
async def test_two_hundred_killed_sessions_leave_the_pool_whole(
    open_driver: Callable[..., Any], live: TestDatabase
) -> None:
    driver = await open_driver(db_pool_max=8, db_acquire_timeout_seconds=60)
    chance = random.Random(5)
    killed, kept, stop = 0, set[str](), False

    async def write(worker: int) -> None:
        number = 0
        while not stop:
            number += 1
            name = f"{worker}-{number}"
            values: dict[str, Any] = {"tid": "t", "email": None, "display_name": None, "now": NOW}
            try:
                async with driver.write() as tx:
                    insert_account(tx, account_id=f"a-{name}", **values)
                    await find_account(tx, account_id=f"a-{name}")
                    insert_account(tx, account_id=f"b-{name}", **values)
            except errors.DatabaseError:
                continue
            kept.add(name)

    workers = [asyncio.create_task(write(worker)) for worker in range(8)]
    with mssql_connection(str(live.settings["db_name"])) as admin:
        own = admin.execute("SELECT @@SPID").fetchval()
        while killed < 200:
            # sys.dm_exec_sessions names the database of each session.
            found = admin.execute(
                "SELECT session_id FROM sys.dm_exec_sessions WHERE database_id = DB_ID() AND session_id <> ?",
                own,
            ).fetchall()
            if found:
                try:
                    admin.execute(f"KILL {int(chance.choice(found)[0])}")
                    killed += 1
                except Exception:  # it has ended by itself
                    await asyncio.sleep(0)
            await asyncio.sleep(0.01)
        stop = True
        await asyncio.gather(*workers)
        names = {row[0] for row in admin.execute("SELECT id FROM dbo.UserAccount").fetchall()}
        open_transactions = admin.execute(
            "SELECT COUNT(*) FROM sys.dm_exec_sessions"
            " WHERE database_id = DB_ID() AND session_id <> ? AND open_transaction_count > 0",
            own,
        ).fetchval()
    assert open_transactions == 0
    assert pool_of(driver).lent == 0
    # Both or neither of each pair; whatever was acknowledged is there.
    assert {name[2:] for name in names if name[0] == "a"} == {name[2:] for name in names if name[0] == "b"}
    assert {f"a-{name}" for name in kept} <= names
    async with driver.read() as tx:
        assert await find_account(tx, account_id="nobody") is None


async def test_migrations_run_once_also_when_two_run_at_once(live: TestDatabase) -> None:
    settings = Settings(_env_file=None, pma_signing_keys=SIGNING_KEY, **dict(live.settings))
    targets = [MssqlMigrationTarget(mssql_options(settings)) for _ in range(2)]
    migrations = load_migrations("mssql")
    done = await asyncio.gather(*(asyncio.to_thread(upgrade, each, migrations) for each in targets))
    assert [*map(list, done)] == [[], []]
    assert [each.name for each in targets[0].applied()] == [each.name for each in migrations]


def test_the_printed_script_is_what_up_does(live: TestDatabase) -> None:
    name = f"{live.settings['db_name']}_by_hand"
    with mssql_connection("master") as connection:
        connection.execute(f"CREATE DATABASE [{name}]")
    try:
        with mssql_connection(name) as connection:
            for batch in batches(migration_script("mssql", load_migrations("mssql"))):
                connection.execute(batch)
        values = dict(live.settings) | {"db_name": name}
        settings = Settings(_env_file=None, pma_signing_keys=SIGNING_KEY, **values)
        require_current(MssqlMigrationTarget(mssql_options(settings)), load_migrations("mssql"))
    finally:
        with mssql_connection("master") as connection:
            connection.execute(f"DROP DATABASE [{name}]")
