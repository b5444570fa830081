"""Group commit: transactions that wait for each other share a commit, and nothing else."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.db.drivers.sqlite import SqliteDriver
from app.db.drivers.sqlite_connection import Command, SqliteOptions
from app.db.drivers.sqlite_writer import SqliteWriter, Turn
from app.db.errors import DatabaseError, DatabaseUnavailable, ForeignKeyViolation, UniqueViolation
from tests.databases import queries


@pytest.fixture
async def driver(directory: Path) -> AsyncIterator[SqliteDriver]:
    driver = SqliteDriver(
        SqliteOptions(directory / "test.db", readers=1, acquire_timeout=5), queries("sqlite")
    )
    await driver.open()
    with closing(sqlite3.connect(directory / "test.db")) as connection:
        connection.execute("CREATE TABLE Note (id INTEGER PRIMARY KEY, text TEXT)")
        connection.execute("CREATE TABLE Part (note INTEGER REFERENCES Note (id))")
    yield driver
    await driver.close()


def writer_of(driver: SqliteDriver) -> SqliteWriter:
    writer = driver._writer
    assert writer is not None
    return writer


def notes(directory: Path) -> list[int]:
    """As another process sees them: what is committed."""
    with closing(sqlite3.connect(directory / "test.db")) as connection:
        return [row[0] for row in connection.execute("SELECT id FROM Note ORDER BY id")]


async def run(turn: Turn, sql: str, *values: Any) -> list[Any]:
    return await turn.run(Command("some query", sql, values), lambda cursor: cursor.fetchall())


async def note(driver: SqliteDriver, number: int, fault: BaseException | None = None, **hooks: Any) -> None:
    async with writer_of(driver).transaction() as turn:
        await run(turn, "INSERT INTO Note VALUES (?, 'x')", number)
        if "pause" in hooks:
            await hooks["pause"](turn)
        if fault is not None:
            raise fault


async def test_those_that_wait_share_a_commit(driver: SqliteDriver, directory: Path) -> None:
    await asyncio.gather(*(note(driver, number) for number in range(50)))
    assert notes(directory) == list(range(50))
    assert writer_of(driver).commits <= 5


async def test_one_alone_commits_at_once(driver: SqliteDriver, directory: Path) -> None:
    for number in range(3):
        await note(driver, number)
        assert notes(directory) == list(range(number + 1))
    assert writer_of(driver).commits == 3


async def test_nobody_is_answered_before_the_commit(driver: SqliteDriver, directory: Path) -> None:
    seen: dict[int, list[int]] = {}

    async def write(number: int) -> None:
        await note(driver, number)
        seen[number] = notes(directory)

    await asyncio.gather(*(write(number) for number in range(20)))
    assert all(number in found for number, found in seen.items())


async def test_an_error_in_one_touches_no_neighbour(driver: SqliteDriver, directory: Path) -> None:
    faults = {3: ValueError("mine"), 7: ValueError("mine too"), 0: ValueError("the first")}
    answers = await asyncio.gather(
        *(note(driver, number, faults.get(number)) for number in range(12)), return_exceptions=True
    )
    assert {number for number, answer in enumerate(answers) if answer is not None} == {0, 3, 7}
    assert notes(directory) == [number for number in range(12) if number not in faults]


async def test_a_constraint_in_one_touches_no_neighbour(driver: SqliteDriver, directory: Path) -> None:
    answers = await asyncio.gather(
        *(note(driver, number % 6) for number in range(12)), return_exceptions=True
    )
    assert sum(isinstance(answer, UniqueViolation) for answer in answers) == 6
    assert notes(directory) == list(range(6))


async def test_who_failed_because_of_a_neighbour_is_told_after_the_commit(
    driver: SqliteDriver, directory: Path
) -> None:
    """The second fails on a row that the first has not committed yet; its answer waits for that commit."""

    async def second() -> list[int]:
        with pytest.raises(UniqueViolation):
            await note(driver, 1)
        return notes(directory)

    results = await asyncio.gather(note(driver, 1), second(), note(driver, 2))
    assert 1 in results[1]


async def test_a_failed_commit_fails_all_that_waited(driver: SqliteDriver, directory: Path) -> None:
    async def break_the_commit(turn: Turn) -> None:
        # A foreign key that is looked at when the transaction ends.
        await run(turn, "PRAGMA defer_foreign_keys = ON")
        await run(turn, "INSERT INTO Part VALUES (999)")

    answers = await asyncio.gather(
        note(driver, 1), note(driver, 2, pause=break_the_commit), note(driver, 3), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [ForeignKeyViolation] * 3
    assert len({id(answer) for answer in answers}) == 3
    assert notes(directory) == []
    await note(driver, 4)
    assert notes(directory) == [4]


async def test_what_sqlite_rolls_back_whole_fails_all_that_waited(
    driver: SqliteDriver, directory: Path
) -> None:
    async def fill_the_disk(turn: Turn) -> None:
        ((pages,),) = await run(turn, "PRAGMA page_count")
        await run(turn, f"PRAGMA max_page_count = {pages}")
        await run(turn, "INSERT INTO Note VALUES (100, zeroblob(1000000))")

    answers = await asyncio.gather(
        note(driver, 1), note(driver, 2, pause=fill_the_disk), note(driver, 3), return_exceptions=True
    )
    first, second, third = answers
    assert isinstance(first, DatabaseUnavailable)
    assert isinstance(second, DatabaseError)
    assert third is None
    await driver._connections[0].execute("PRAGMA max_page_count = 1000000")
    assert notes(directory) == [3]


async def test_what_cannot_be_rolled_back_alone_is_not_committed_with_the_others(
    driver: SqliteDriver, directory: Path
) -> None:
    async def lose_the_savepoint(turn: Turn) -> None:
        await run(turn, "RELEASE one")

    first, second, third = await asyncio.gather(
        note(driver, 1),
        note(driver, 2, ValueError("mine"), pause=lose_the_savepoint),
        note(driver, 3),
        return_exceptions=True,
    )
    assert isinstance(first, DatabaseError)
    assert isinstance(second, DatabaseError)
    assert third is None
    assert notes(directory) == [3]


async def test_one_that_is_cancelled_is_rolled_back_alone(driver: SqliteDriver, directory: Path) -> None:
    begun = asyncio.Event()

    async def hang(turn: Turn) -> None:
        begun.set()
        await asyncio.Event().wait()

    first = asyncio.create_task(note(driver, 1))
    hanging = asyncio.create_task(note(driver, 2, pause=hang))
    third = asyncio.create_task(note(driver, 3))
    await begun.wait()
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging
    await asyncio.gather(first, third)
    assert notes(directory) == [1, 3]


async def test_a_statement_is_cancelled_in_the_middle_and_neighbours_stay(
    driver: SqliteDriver, directory: Path
) -> None:
    begun = asyncio.Event()

    async def slow(turn: Turn) -> None:
        begun.set()
        await run(
            turn,
            "INSERT INTO Note SELECT 1000 + value, 'y' FROM (WITH RECURSIVE n(value) AS"
            " (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 200000) SELECT value FROM n)",
        )

    first = asyncio.create_task(note(driver, 1))
    second = asyncio.create_task(note(driver, 2, pause=slow))
    await begun.wait()
    await asyncio.sleep(0.01)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    await first
    assert notes(directory) == [1]


async def test_a_statement_that_is_alone_ends_with_whoever_asked_for_it(
    driver: SqliteDriver, directory: Path
) -> None:
    begun = asyncio.Event()

    async def endless(turn: Turn) -> None:
        begun.set()
        await run(
            turn,
            "WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 300000000)"
            " SELECT COUNT(*) FROM n",
        )

    task = asyncio.create_task(note(driver, 1, pause=endless))
    await begun.wait()
    await asyncio.sleep(0.01)
    task.cancel()
    async with asyncio.timeout(10):
        await asyncio.wait([task])
    assert task.cancelled()
    await note(driver, 2)
    assert notes(directory) == [2]


async def test_who_is_cancelled_again_and_again_leaves_nothing_half_done(
    driver: SqliteDriver, directory: Path
) -> None:
    """At whatever step it is: what began is undone or committed, and the next one finds the way free."""
    for steps in range(60):
        tasks = [asyncio.create_task(note(driver, 10 * steps + number)) for number in range(2)]
        for _ in range(steps):
            await asyncio.sleep(0)
        for _ in range(3):
            tasks[0].cancel()
            await asyncio.sleep(0)
        async with asyncio.timeout(10):
            await asyncio.wait(tasks)
            await note(driver, 10 * steps + 5)
        there = set(notes(directory)) - set(range(10 * steps))
        assert {10 * steps + 1, 10 * steps + 5} <= there
        if not tasks[0].cancelled():
            assert 10 * steps in there


async def test_who_is_cancelled_while_it_waits_for_the_commit_is_committed(
    driver: SqliteDriver, directory: Path
) -> None:
    done, go_on = asyncio.Event(), asyncio.Event()

    async def hold(turn: Turn) -> None:
        done.set()
        await go_on.wait()

    first = asyncio.create_task(note(driver, 1))
    second = asyncio.create_task(note(driver, 2, pause=hold))
    await done.wait()
    first.cancel()
    await asyncio.sleep(0.01)
    assert not first.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await first
    await second
    assert notes(directory) == [1, 2]


async def test_a_batch_whose_next_gave_up_is_still_committed(driver: SqliteDriver, directory: Path) -> None:
    """The first leaves its commit to one that waits, which is cancelled in that moment."""
    for _ in range(30):
        first = asyncio.create_task(note(driver, len(notes(directory))))
        waiting = asyncio.create_task(note(driver, 1000))
        while not first.done():
            batch = writer_of(driver)._batch
            if batch is not None and batch.size:
                break
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        async with asyncio.timeout(3):
            await first
        with closing(sqlite3.connect(directory / "test.db")) as connection:
            connection.execute("DELETE FROM Note WHERE id = 1000")
            connection.commit()


async def test_a_batch_has_an_end_though_others_keep_coming(
    driver: SqliteDriver, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.db.drivers.sqlite_writer._MOST_IN_A_BATCH", 5)
    await asyncio.gather(*(note(driver, number) for number in range(50)))
    assert notes(directory) == list(range(50))
    assert 10 <= writer_of(driver).commits <= 15


async def test_a_process_that_writes_without_a_pause_lets_others_in(
    driver: SqliteDriver, directory: Path
) -> None:
    """Two drivers on one file stand for two processes: the lock between them is the file's."""
    options = SqliteOptions(directory / "test.db", readers=1, busy_timeout=0.5, acquire_timeout=5)
    other = SqliteDriver(options, queries("sqlite"))
    await other.open()
    numbers = iter(range(1_000_000))
    done = False

    async def write_on() -> None:
        while not done:
            await note(driver, next(numbers))

    busy = [asyncio.create_task(write_on()) for _ in range(16)]
    try:
        for number in range(200):
            await note(other, 2_000_000 + number)
    finally:
        done = True
        await asyncio.gather(*busy)
        await other.close()
    assert set(range(2_000_000, 2_000_200)) < set(notes(directory))


async def test_random_faults_and_cancellations_leave_what_was_acknowledged(
    driver: SqliteDriver, directory: Path
) -> None:
    import random

    chance = random.Random(7)

    async def write(number: int) -> int:
        await asyncio.sleep(chance.random() * 0.05)
        fault = ValueError("mine") if chance.random() < 0.2 else None
        await note(driver, number, fault)
        return number

    tasks = [asyncio.create_task(write(number)) for number in range(300)]
    for task in tasks:
        if chance.random() < 0.2:
            asyncio.get_running_loop().call_later(chance.random() * 0.08, task.cancel)
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    acknowledged = {answer for answer in answers if isinstance(answer, int)}
    failed = {number for number, answer in enumerate(answers) if isinstance(answer, ValueError)}
    stored = set(notes(directory))
    assert acknowledged <= stored
    assert not failed & stored
    assert {type(answer) for answer in answers} <= {int, ValueError, asyncio.CancelledError}
    await note(driver, 999)
    assert 999 in notes(directory)
