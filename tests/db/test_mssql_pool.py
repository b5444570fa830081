"""The pool's mechanics, for real, through an ODBC driver that is at hand: SQLite's, of Debian's libsqliteodbc,
which scripts/test.py fetches. What that cannot show is SQL Server's own behaviour: locks, deadlocks, attention
signals over TDS; test_mssql_live.py is for those.
"""

from __future__ import annotations

import asyncio
import ctypes
import random
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests import odbc

if not odbc.IS_HERE:
    pytest.skip(odbc.WHY, allow_module_level=True)

import pyodbc

from app.db.drivers import mssql_connection, mssql_pool
from app.db.drivers.mssql_connection import PooledConnection
from app.db.drivers.mssql_pool import Pool
from app.db.errors import DatabaseUnavailable
from scripts import _debian

SLOW = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000000) SELECT MAX(i) FROM n"
)
MakePool = Callable[..., Pool]


def find_driver() -> str | None:
    """The installed driver, or the one that scripts/test.py fetched."""
    if "SQLite3" in pyodbc.drivers():
        return "SQLite3"
    fetched = _debian.unpacked(_debian.SQLITE_ODBC)
    for library in fetched.rglob("libsqlite3.so.0"):
        ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
    return next((str(library) for library in fetched.rglob("libsqlite3odbc.so")), None)


DRIVER = find_driver()
pytestmark = pytest.mark.skipif(
    DRIVER is None, reason="SQLite's ODBC driver is not here and not for apt to fetch"
)


@pytest.fixture(autouse=True)
def safe_cancel(monkeypatch: pytest.MonkeyPatch) -> None:
    """This driver's SQLCancel frees the cursor's results under the thread that is reading them, and crashes
    every other run. What it does besides is to interrupt the whole connection, so another cursor will do."""
    opened, cancel = PooledConnection.open, PooledConnection.cancel

    async def open_with_spare(self: PooledConnection, *arguments: Any) -> None:
        await opened(self, *arguments)
        self.spare = await self.run(lambda raw: raw.cursor())  # type: ignore[attr-defined]

    def cancel_spare(self: PooledConnection) -> None:
        with self._cursor_lock:
            own, self._cursor = self._cursor, getattr(self, "spare", None)
        cancel(self)
        with self._cursor_lock:
            self._cursor = own

    monkeypatch.setattr(PooledConnection, "open", open_with_spare)
    monkeypatch.setattr(PooledConnection, "cancel", cancel_spare)


@pytest.fixture
async def make_pool(tmp_path: Path) -> AsyncIterator[MakePool]:
    path = tmp_path / "pool.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE t (x INTEGER)")
    connection.commit()
    connection.close()
    pools: list[Pool] = []

    def make(dsn: str = f"DRIVER={DRIVER};Database={path};Timeout=5000", **options: Any) -> Pool:
        settings = {
            "minimum": 0,
            "maximum": 3,
            "acquire_timeout": 5.0,
            "statement_timeout": 30.0,
            "drain_timeout": 2.0,
            "maximum_age": 3600.0,
        }
        pool = Pool(lambda: {"dsn": dsn}, **(settings | options))
        pools.append(pool)
        return pool

    yield make
    for pool in pools:
        await pool.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("mssql")]


def drop(connection: PooledConnection) -> None:
    """What a lost connection looks like from here: every call on it fails."""
    dead = pyodbc.connect(f"DRIVER={DRIVER};Database=:memory:")
    dead.close()
    connection._raw = dead


async def sql(connection: PooledConnection, text: str, *, transaction: bool = False) -> list[Any]:
    def work(raw: pyodbc.Connection) -> list[Any]:
        if transaction:
            connection.begin(raw)
        return connection.execute(raw, text)[0]

    return await connection.run(work)


async def test_it_grows_to_the_maximum_and_reuses(make_pool: MakePool) -> None:
    pool = make_pool(minimum=1)
    await pool.open()
    assert (pool.idle, pool.lent) == (1, 0)
    async with pool.connection() as a, pool.connection() as b, pool.connection() as c:
        assert len({a, b, c}) == 3
        assert (pool.idle, pool.lent) == (0, 3)
    assert (pool.idle, pool.lent) == (3, 0)
    async with pool.connection() as again:
        assert again in {a, b, c}


async def test_who_waits_too_long_is_told(make_pool: MakePool) -> None:
    pool = make_pool(maximum=1, acquire_timeout=0.1)
    async with pool.connection():
        with pytest.raises(DatabaseUnavailable):
            async with pool.connection():
                raise AssertionError
    async with pool.connection() as connection:
        assert await sql(connection, "SELECT 1") == [(1,)]


async def test_waiters_are_served_in_order(make_pool: MakePool) -> None:
    pool, served = make_pool(maximum=1), list[int]()

    async def wait(number: int) -> None:
        async with pool.connection():
            served.append(number)

    async with pool.connection():
        waiters = [asyncio.create_task(wait(number)) for number in range(10)]
        await asyncio.sleep(0.05)
        waiters[3].cancel()
    await asyncio.gather(*waiters, return_exceptions=True)
    assert served == [0, 1, 2, 4, 5, 6, 7, 8, 9]


async def test_a_connection_that_cannot_be_made_loses_no_waiter(make_pool: MakePool) -> None:
    pool = make_pool("DRIVER=No such driver at all", maximum=1)

    async def attempt() -> None:
        async with pool.connection():
            raise AssertionError

    answers = await asyncio.gather(*(attempt() for _ in range(20)), return_exceptions=True)
    assert {type(answer) for answer in answers} == {DatabaseUnavailable}
    assert "No such driver" not in str(answers[0])


async def test_a_pool_that_cannot_open_leaves_no_connection(make_pool: MakePool) -> None:
    pool = make_pool(minimum=2)
    good = pool._connect_arguments
    answers = iter((good(), {"dsn": "DRIVER=No such driver at all"}))
    pool._connect_arguments = lambda: next(answers)
    with pytest.raises(DatabaseUnavailable):
        await pool.open()
    assert pool.idle == 0
    with pytest.raises(DatabaseUnavailable, match="is closed"):
        async with pool.connection():
            raise AssertionError


async def test_nothing_uncommitted_reaches_the_next_borrower(make_pool: MakePool) -> None:
    pool = make_pool(maximum=1)
    with pytest.raises(RuntimeError):
        async with pool.connection() as connection:
            await sql(connection, "INSERT INTO t VALUES (1)", transaction=True)
            raise RuntimeError
    async with pool.connection() as connection:
        assert await sql(connection, "SELECT COUNT(*) FROM t") == [(0,)]


async def test_a_commit_is_kept(make_pool: MakePool) -> None:
    pool = make_pool(maximum=1)
    async with pool.connection() as connection:
        await connection.run(connection.commit)  # nothing was begun
        await sql(connection, "INSERT INTO t VALUES (1)", transaction=True)
        await sql(connection, "INSERT INTO t VALUES (2)", transaction=True)
        await connection.run(connection.commit)
        with pytest.raises(pyodbc.Error):
            await sql(connection, "INSERT INTO nowhere VALUES (3)", transaction=True)
    async with pool.connection() as again:
        assert await sql(again, "SELECT COUNT(*) FROM t") == [(2,)]


async def test_a_commit_that_fails_gives_the_connection_up(make_pool: MakePool) -> None:
    pool = make_pool(maximum=1)
    async with pool.connection() as connection:
        await sql(connection, "INSERT INTO t VALUES (1)", transaction=True)
        drop(connection)
        with pytest.raises(pyodbc.Error):
            await connection.run(connection.commit)
    assert pool.idle == 0
    async with pool.connection() as connection:
        assert await sql(connection, "SELECT COUNT(*) FROM t") == [(0,)]


async def test_an_old_connection_is_replaced(make_pool: MakePool) -> None:
    pool = make_pool(maximum=1, maximum_age=0.0)
    async with pool.connection() as first:
        await sql(first, "SELECT 1")
    async with pool.connection() as second:
        assert second is not first


async def test_arguments_are_asked_for_anew_with_each_connection(make_pool: MakePool, tmp_path: Path) -> None:
    calls: list[str] = []

    def connect() -> dict[str, Any]:
        calls.append(threading.current_thread().name)
        if len(calls) == 2:
            raise DatabaseUnavailable("no Entra ID token: invalid_client")
        return {"dsn": f"DRIVER={DRIVER};Database={tmp_path / 'pool.db'}"}

    pool = make_pool(maximum=1, maximum_age=0.0, pause_after_failure=0.0)
    pool._connect_arguments = connect
    async with pool.connection():
        pass
    with pytest.raises(DatabaseUnavailable, match="invalid_client"):
        async with pool.connection():
            raise AssertionError
    async with pool.connection():
        pass
    assert len(calls) == 3
    assert all(name.startswith("mssql") for name in calls)


async def test_a_connection_broken_while_idle_is_replaced(make_pool: MakePool) -> None:
    pool = make_pool(maximum=1, check_after_idle=0.0)
    async with pool.connection() as first:
        pass
    drop(first)
    async with pool.connection() as second:
        assert second is not first
        assert await sql(second, "SELECT 1") == [(1,)]


@pytest.mark.parametrize(
    ("state", "message", "is_lent_again"),
    [
        ("IMC06", "[Microsoft]The connection is broken and recovery is not possible (0) (SQLExecDirectW)", False),
        ("XX999", "[Somebody]A state that nobody has heard of (0) (SQLExecDirectW)", False),
        ("42000", "[Microsoft][SQL Server]Failed to update database: it is read-only (3906) (SQLExecDirectW)", False),
        ("42000", "[Microsoft][SQL Server]Lock request time out period exceeded (1222) (SQLExecDirectW)", True),
        ("42S02", "[Microsoft][SQL Server]Invalid object name (208) (SQLExecDirectW)", True),
        ("40001", "[Microsoft][SQL Server]Transaction was deadlocked (1205) (SQLExecDirectW)", True),
    ],
)  # fmt: skip
async def test_a_connection_is_lent_again_only_after_what_leaves_it_sound(
    make_pool: MakePool, state: str, message: str, is_lent_again: bool
) -> None:
    def fail(raw: pyodbc.Connection) -> None:
        raise pyodbc.Error(state, f"[{state}] {message}")

    pool = make_pool(maximum=1)
    for _ in range(20):
        async with pool.connection() as first:
            with pytest.raises(pyodbc.Error):
                await first.run(fail)
        async with pool.connection() as second:
            assert (second is first) is is_lent_again


async def test_one_that_is_found_lost_has_the_other_idle_ones_checked(make_pool: MakePool) -> None:
    pool = make_pool(maximum=3)
    async with pool.connection() as a, pool.connection() as b, pool.connection() as c:
        pass
    for each in (a, b, c):
        drop(each)
    async with pool.connection() as found:
        with pytest.raises(pyodbc.Error):
            await found.run(lambda raw: raw.execute("SELECT 1"))
        found.is_lost = True  # the driver at hand says no more than that it is closed
    for _ in range(3):
        async with pool.connection() as connection:
            assert connection not in (a, b, c)
            assert await sql(connection, "SELECT 1") == [(1,)]


async def test_while_none_can_be_made_one_tries_and_the_others_are_told_at_once(
    make_pool: MakePool, tmp_path: Path
) -> None:
    pool = make_pool(maximum=3, pause_after_failure=0.05)
    attempts: list[float] = []
    goes_on = threading.Event()
    is_away = True

    def connect() -> dict[str, Any]:
        attempts.append(time.monotonic())
        if len(attempts) > 1:
            assert goes_on.wait(5)
        if is_away:
            raise DatabaseUnavailable("nobody listens at db")
        return {"dsn": f"DRIVER={DRIVER};Database={tmp_path / 'pool.db'}"}

    pool._connect_arguments = connect

    async def use() -> None:
        async with pool.connection() as connection:
            await sql(connection, "SELECT 1")

    async def is_refused() -> bool:
        answers = await asyncio.gather(*(use() for _ in range(20)), return_exceptions=True)
        return [str(answer) for answer in answers] == ["nobody listens at db"] * 20

    with pytest.raises(DatabaseUnavailable):
        await use()
    assert await is_refused()
    assert len(attempts) == 1
    await asyncio.sleep(0.06)
    prober = asyncio.create_task(use())
    while len(attempts) < 2:  # noqa: ASYNC110 - a thread has no event for it
        await asyncio.sleep(0.001)
    assert await is_refused()  # while one is still at it
    is_away = False
    goes_on.set()
    await prober
    await asyncio.gather(*(use() for _ in range(20)))


async def come_back(pool: Pool) -> None:
    """Waits until those that were left to themselves have ended."""
    while any(each.is_stuck for each in pool._stuck):  # noqa: ASYNC110 - a thread has no event for it
        await asyncio.sleep(0.005)
    await asyncio.gather(*mssql_connection.closing)


async def test_a_call_that_does_not_come_back_is_left_to_itself(make_pool: MakePool) -> None:
    pool = make_pool(maximum=2, statement_timeout=0.0, drain_timeout=0.1)
    thaw = threading.Event()

    async def freeze() -> None:
        async with pool.connection() as connection:
            connection._deadline = 0.05
            await connection.run(lambda raw: thaw.wait(30))

    with pytest.raises(DatabaseUnavailable, match="does not answer"):
        await freeze()
    assert (pool.idle, pool.lent) == (0, 0)
    async with pool.connection() as other:
        assert await sql(other, "SELECT 1") == [(1,)]
    with pytest.raises(DatabaseUnavailable, match="does not answer"):
        await freeze()
    with pytest.raises(DatabaseUnavailable, match="asked before"):  # each keeps a thread: so many and no more
        await freeze()
    thaw.set()
    await come_back(pool)
    async with pool.connection() as connection:
        assert await sql(connection, "SELECT 1") == [(1,)]


async def test_an_idle_one_that_does_not_answer_is_a_server_that_is_away(
    make_pool: MakePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = make_pool(maximum=1, check_after_idle=0.0, pause_after_failure=60.0)
    async with pool.connection() as idle:
        pass
    thaw = threading.Event()
    monkeypatch.setattr(mssql_pool, "_CHECK_DEADLINE_SECONDS", 0.05)
    monkeypatch.setattr(idle, "check", lambda raw: thaw.wait(30))
    for _ in range(3):
        with pytest.raises(DatabaseUnavailable):
            async with pool.connection():
                raise AssertionError
    thaw.set()
    await come_back(pool)


async def test_a_cancelled_statement_is_stopped_and_its_connection_given_up(make_pool: MakePool) -> None:
    pool = make_pool(maximum=1)
    await pool.open()
    seen: list[PooledConnection] = []

    async def slow() -> None:
        async with pool.connection() as connection:
            seen.append(connection)
            await sql(connection, SLOW)

    task = asyncio.create_task(slow())
    await asyncio.sleep(0.2)
    started = asyncio.get_running_loop().time()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.get_running_loop().time() - started < 1.0
    assert pool.idle == 0
    async with pool.connection() as connection:
        assert connection not in seen
        assert await sql(connection, "SELECT 1") == [(1,)]


@pytest.mark.slow
async def test_a_thousand_random_cancellations_leave_the_pool_whole(make_pool: MakePool) -> None:
    pool = make_pool(maximum=4)
    chance = random.Random(7)

    async def work(number: int) -> None:
        async with pool.connection() as connection:
            if number % 3 == 0:
                await sql(connection, "INSERT INTO t VALUES (1)", transaction=True)
                await sql(connection, "SELECT COUNT(*) FROM t", transaction=True)
            else:
                await sql(connection, SLOW.replace("30000000", str(chance.randrange(10, 60_000))))

    for _ in range(50):
        tasks = [asyncio.create_task(work(number)) for number in range(20)]
        await asyncio.sleep(chance.random() * 0.02)
        for task in tasks:
            if chance.random() < 0.9:
                task.cancel()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        odd = [each for each in answers if each is not None and not isinstance(each, asyncio.CancelledError)]
        assert [each for each in odd if not isinstance(each, pyodbc.Error)] == []
    assert pool.lent == 0
    async with pool.connection() as a, pool.connection() as b, pool.connection() as c, pool.connection() as d:
        for connection in (a, b, c, d):
            assert await sql(connection, "SELECT COUNT(*) FROM t") == [(0,)]


@pytest.mark.slow
async def test_two_hundred_dropped_connections_are_replaced(make_pool: MakePool) -> None:
    pool = make_pool(maximum=4)
    for number in range(200):
        async with pool.connection() as connection:
            assert await sql(connection, "SELECT 1") == [(1,)]
            if number % 2:
                drop(connection)
                with pytest.raises(pyodbc.Error):
                    await sql(connection, "SELECT 1", transaction=number % 4 == 1)
    assert pool.lent == 0
    async with pool.connection() as connection:
        assert await sql(connection, "SELECT 1") == [(1,)]


async def test_closing_waits_for_all_that_is_lent(make_pool: MakePool) -> None:
    pool, order = make_pool(), list[str]()

    async def work(seconds: float) -> None:
        async with pool.connection() as connection:
            order.append("begun")
            await asyncio.sleep(seconds)
            await sql(connection, "SELECT 1")
            order.append("done")

    tasks = [asyncio.create_task(work(seconds)) for seconds in (0.1, 0.3)]
    await asyncio.sleep(0.05)
    await pool.close()
    order.append("closed")
    await asyncio.gather(*tasks)
    assert order == ["begun", "begun", "done", "done", "closed"]
    with pytest.raises(DatabaseUnavailable):
        async with pool.connection():
            raise AssertionError
    await pool.close()


async def test_closing_cancels_what_does_not_end(make_pool: MakePool) -> None:
    pool = make_pool(drain_timeout=0.2)

    async def work() -> None:
        async with pool.connection() as connection:
            await sql(connection, SLOW)

    task = asyncio.create_task(work())
    await asyncio.sleep(0.1)
    started = asyncio.get_running_loop().time()
    await pool.close()
    assert asyncio.get_running_loop().time() - started < 2.0
    assert isinstance((await asyncio.gather(task, return_exceptions=True))[0], pyodbc.Error)
