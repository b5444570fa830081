"""When the write-ahead log is moved, cut, and left alone."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from app.db.drivers import sqlite_wal
from app.db.drivers.sqlite_connection import SqliteConnection, SqliteOptions, connect
from app.db.drivers.sqlite_wal import WalKeeper, cut


@pytest.fixture
async def connection(directory: Path) -> AsyncIterator[SqliteConnection]:
    made = await connect(SqliteOptions(directory / "test.db"), read_only=False)
    yield made
    await made.close()


def other(directory: Path) -> sqlite3.Connection:
    return sqlite3.connect(directory / "test.db", isolation_level=None)


def grow(raw: sqlite3.Connection, by: int) -> None:
    raw.execute("CREATE TABLE IF NOT EXISTS Filling (text TEXT)")
    raw.execute("INSERT INTO Filling VALUES (?)", ("x" * by,))


async def test_it_is_cut_when_nobody_reads_or_writes_what_it_holds(
    directory: Path, connection: SqliteConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_wal, "LIMIT_BYTES", 100_000)
    monkeypatch.setattr(sqlite_wal, "_FEW_FRAMES", 10)
    asked = list[str]()
    keeper = WalKeeper(connection, directory / "test.db", lambda: asked.append("cut"))
    log = directory / "test.db-wal"
    with closing(other(directory)) as writer, closing(other(directory)) as reader:
        grow(writer, 50_000)
        hops = connection.hops
        await keeper.checkpoint()
        assert connection.hops == hops, "a small log is left alone"
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM Filling").fetchone()
        grow(writer, 100_000)
        await keeper.checkpoint()
        assert (connection.hops, asked) == (hops + 1, []), "behind a reader there is nothing to cut"
        reader.execute("COMMIT")
        writer.execute("BEGIN IMMEDIATE")
        await keeper.checkpoint()
        assert asked == ["cut"], "who writes is asked to do it"
        writer.execute("COMMIT")
        await keeper.checkpoint()
        assert log.stat().st_size == 0
    assert asked == ["cut"]


def test_cutting_waits_for_nobody_and_leaves_the_patience_as_it_was(directory: Path) -> None:
    with closing(other(directory)) as raw, closing(other(directory)) as writer:
        raw.execute("PRAGMA busy_timeout = 60000")
        grow(writer, 100_000)
        writer.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        assert cut(raw).was_blocked
        assert time.monotonic() - started < 30
        writer.execute("COMMIT")
        assert not cut(raw).was_blocked
        assert raw.execute("PRAGMA busy_timeout").fetchone() == (60000,)


async def test_what_goes_wrong_is_told_once_until_it_has_gone_right(
    directory: Path,
    connection: SqliteConnection,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(sqlite_wal, "_PAUSE_SECONDS", 0.001)
    rounds: asyncio.Queue[None] = asyncio.Queue()

    class Counted(WalKeeper):
        async def checkpoint(self) -> None:
            rounds.put_nowait(None)
            await super().checkpoint()

    async def pass_rounds() -> None:
        async with asyncio.timeout(10):
            for _ in range(rounds.qsize() + 3):
                await rounds.get()

    path = directory / "nothing.db"
    with caplog.at_level(logging.WARNING, logger=sqlite_wal.__name__):
        task = asyncio.create_task(Counted(connection, path, lambda: None).run())
        for _ in range(2):
            await pass_rounds()
            (directory / "nothing.db-wal").touch()
            await pass_rounds()
            (directory / "nothing.db-wal").unlink()
            await pass_rounds()
        assert not task.done()
        task.cancel()
        await asyncio.wait([task])
    assert [record.getMessage() for record in caplog.records] == ["write-ahead log not moved"] * 3
