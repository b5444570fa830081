"""SQLite's one writer, with group commit: transactions that wait for each other share a commit, which is the
part that waits for the disk.

The first transaction begins; each that follows while others wait is a savepoint in the same SQLite
transaction; when nobody waits any more, or enough have gathered, all are committed at once. Nobody is
answered before that: not who is in the batch, and not who failed in it either, because an error may come of
what a neighbour wrote and has not committed.

- An error in one rolls its savepoint back and touches no other.
- A commit that fails, or an error that makes SQLite roll everything back, fails all of the batch.
- A commit into files that were removed or replaced meanwhile is none: it is told as a failure.
- A transaction that was cancelled is rolled back; one whose commit was already asked for is committed, and
  its cancellation goes on afterwards.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

from app.db.drivers.cancellation import run_to_end
from app.db.drivers.sqlite_connection import Command, SqliteConnection, begin_immediate
from app.db.drivers.sqlite_files import OpenFiles
from app.db.drivers.sqlite_wal import cut
from app.db.errors import DatabaseError, DatabaseUnavailable
from app.db.statements import Observer

T = TypeVar("T")
_MOST_IN_A_BATCH = 50
"""Bounds how long the first of a batch waits for its answer, and other processes for the lock."""
_RELEASE = "RELEASE one"
_SAVEPOINT, _ROLLBACK_TO, _RELEASED = (
    Command(f"{verb} part", f"{verb} part") for verb in ("SAVEPOINT", "ROLLBACK TO", "RELEASE")
)
LOST = "the database's files were removed or replaced; nothing is read or written until a restart"
log = logging.getLogger(__name__)

Translate = Callable[[sqlite3.Error, str], DatabaseError]


class _Batch:
    """Transactions that will be committed together, and how that ended."""

    def __init__(self) -> None:
        self.size = 0
        self.ended: asyncio.Future[DatabaseError | None] = asyncio.get_running_loop().create_future()


class Turn:
    """One transaction's turn of writing. It begins with its first statement, in the same hop."""

    def __init__(
        self,
        connection: SqliteConnection,
        translate: Translate,
        begin: Callable[[sqlite3.Connection], object],
        observe: Observer | None,
    ) -> None:
        self._connection = connection
        self._translate = translate
        self._begin = begin
        self._observe = observe
        self._queue: list[Command] = []
        self.has_begun = False
        """Not known while a hop is under way."""

    def queue(self, command: Command) -> None:
        """Has it run before the next one, in the same hop, or at the end of the turn."""
        self._queue.append(command)

    async def run(self, command: Command, answer: Callable[[sqlite3.Cursor], T]) -> T:
        """Runs what is queued and then ``command``, and makes an answer of its cursor. Raises
        ``DatabaseError``; what comes after the one that failed is not run."""
        return await self._hop(command.name, lambda raw: answer(raw.execute(command.sql, command.values)))

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """As ``WriteTransaction.savepoint``."""
        waiting, before = self._queue, len(self._queue)
        waiting.append(_SAVEPOINT)
        try:
            yield
        except DatabaseError:
            raise
        except Exception:
            if self._queue is waiting:
                del waiting[before:]  # nothing of it was run
            else:
                self._queue = [_ROLLBACK_TO, _RELEASED]
            raise
        self._queue.append(_RELEASED)

    async def end(self, last: str | None) -> None:
        """Runs what is queued, and ``last`` if anything was run at all."""
        if self._queue or (last and self.has_begun):
            await self._hop(last, lambda raw: raw.execute(last).close() if last else None)

    async def _hop(self, name: str | None, last: Callable[[sqlite3.Connection], T]) -> T:
        queue, self._queue = self._queue, []
        started = time.perf_counter()

        def work(raw: sqlite3.Connection) -> T:
            running = "BEGIN"
            try:
                if not self.has_begun:
                    self._begin(raw)
                    self.has_begun = True
                for each in queue:
                    running = each.name
                    raw.execute(each.sql, each.values)
                running = name or running
                return last(raw)
            except sqlite3.Error as error:
                raise self._translate(error, running) from None

        try:
            return await self._connection.run(work)
        finally:
            if self._observe is not None:
                for each in queue:
                    self._observe(each.name, time.perf_counter() - started)


class SqliteWriter:
    """Owns the turn of writing. Times are seconds. Belongs to one event loop."""

    def __init__(
        self,
        connection: SqliteConnection,
        translate: Translate,
        acquire_timeout: float,
        busy_timeout: float,
        observe: Observer | None = None,
    ) -> None:
        self._begin = partial(begin_immediate, patience=busy_timeout)
        self._connection = connection
        self._translate = translate
        self._observe = observe
        self._acquire_timeout = acquire_timeout
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._batch: _Batch | None = None
        """Its last member has ended its turn, and nobody has committed it yet."""
        self._is_closed = False
        self.commits = 0
        """How many commits there were, for so many more transactions."""
        self.files: OpenFiles | None = None
        self.is_lost = False
        """The files are no longer those that are open. This does not end."""
        self._cuts_log = False

    @property
    def is_busy(self) -> bool:
        return self._turn.locked()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Turn]:
        """Commits when its block ends, rolls back on any exception. Raises ``DatabaseError``."""
        await self._take_turn()
        batch = self._batch or _Batch()
        begin = _savepoint if batch.size else self._begin
        turn = Turn(self._connection, self._translate, begin, self._observe)
        try:
            try:
                yield turn
            except BaseException as error:
                if isinstance(error, asyncio.CancelledError) and not batch.size:
                    # Among neighbours a statement is waited for: one that is interrupted takes the whole
                    # transaction with it (https://www.sqlite.org/c3ref/interrupt.html).
                    await self._connection.interrupt()
                await run_to_end(self._undo(batch, turn))
                raise
            await run_to_end(self._end_turn(batch, turn))
        finally:
            await self._leave(batch)

    async def close(self) -> None:
        """Waits for the running transaction, up to the time-out."""
        self._is_closed = True
        try:
            async with asyncio.timeout(self._acquire_timeout):
                await self._turn.acquire()
        except TimeoutError:
            return
        self._turn.release()

    async def _take_turn(self) -> None:
        self._waiting += 1
        try:
            if self._waiting == 1 and not self._turn.locked():
                await self._turn.acquire()  # at once: nobody is before this one
            else:
                async with asyncio.timeout(self._acquire_timeout):
                    await self._turn.acquire()
        except TimeoutError:
            raise DatabaseUnavailable("the write connection did not become free in time") from None
        finally:
            self._waiting -= 1
            if not self._waiting and self._batch is not None and not self._turn.locked():
                # Whoever was to go on with this batch has given up; nobody else would end it.
                await run_to_end(self._commit_alone(self._batch))
        if self._is_closed or self.is_lost:
            await self._leave(None)
            raise DatabaseUnavailable(LOST if self.is_lost else "the database is closed")

    async def _end_turn(self, batch: _Batch, turn: Turn) -> None:
        try:
            await turn.end(_RELEASE if batch.size else None)
        except DatabaseError:
            await self._undo(batch, turn)
            raise
        if turn.has_begun:
            batch.size += 1
            self._batch = batch

    async def _undo(self, batch: _Batch, turn: Turn) -> None:
        # Behind whatever still runs there; only then is it known whether the turn has begun.
        await self._connection.run(_nothing)
        if not turn.has_begun:
            return
        if not self._connection.in_transaction:
            # Some errors (disk full, for one) roll everything back by themselves.
            self._end(batch, DatabaseUnavailable("a neighbour's error rolled the transaction back"))
            return
        error: DatabaseError | None = None
        if batch.size:
            try:
                await self._run("ROLLBACK TO one")
                await self._run(_RELEASE)
                return
            except DatabaseError as failed:
                # Nobody knows any more what is whose: the neighbours go with it rather than it with them.
                error = failed
        await self._run("ROLLBACK")
        self._end(batch, error)

    async def _leave(self, batch: _Batch | None) -> None:
        """Ends the turn, and the batch if nobody goes on with it; then waits for how the batch ended. Raises
        its error."""
        try:
            # Not only one's own: who could not even begin has held up those before.
            if self._batch is not None and self._is_due(self._batch):
                await run_to_end(self._commit(self._batch))
        finally:
            self._turn.release()
        if batch is not None and batch.size:
            error = await run_to_end(batch.ended)
            if error is not None:
                raise copy.copy(error)

    def _is_due(self, batch: _Batch) -> bool:
        return not self._waiting or batch.size >= _MOST_IN_A_BATCH

    async def _commit_alone(self, batch: _Batch) -> None:
        async with self._turn:
            if self._batch is batch:
                await self._commit(batch)

    async def _commit(self, batch: _Batch) -> None:
        error: DatabaseError | None = None
        try:
            await self._run("COMMIT")
            self.commits += 1
            if self.is_lost:
                error = DatabaseUnavailable(LOST)
        except DatabaseError as failed:
            error = failed
            if self._connection.in_transaction:
                await self._connection.execute("ROLLBACK")
        self._end(batch, error)

    def _end(self, batch: _Batch, error: DatabaseError | None = None) -> None:
        if self._batch is batch:
            self._batch = None
        if not batch.ended.done():
            batch.ended.set_result(error)

    def cut_log_soon(self) -> None:
        """Has the write-ahead log cut after the next commit."""
        self._cuts_log = True

    def _after_commit(self, raw: sqlite3.Connection) -> None:
        if self.files is not None and not self.files.are_in_place():
            self.is_lost = True
            log.critical(LOST)
        elif self._cuts_log:
            self._cuts_log = False
            with contextlib.suppress(sqlite3.Error):  # the keeper meets it too, and tells
                cut(raw)

    async def _run(self, sql: str) -> None:
        def work(raw: sqlite3.Connection) -> None:
            raw.execute(sql)
            if sql == "COMMIT":
                self._after_commit(raw)

        try:
            await self._connection.run(work)
        except sqlite3.Error as error:
            raise self._translate(error, sql) from None


def _savepoint(raw: sqlite3.Connection) -> None:
    raw.execute("SAVEPOINT one")


def _nothing(_: object) -> None:
    return None
