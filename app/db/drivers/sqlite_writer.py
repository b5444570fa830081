"""SQLite's one writer, with group commit: transactions that wait for each other share a commit, which is the
part that waits for the disk.

The first transaction begins; each that follows while others wait is a savepoint in the same SQLite
transaction; when nobody waits any more, or enough have gathered, all are committed at once. Nobody is
answered before that: not who is in the batch, and not who failed in it either, because an error may come of
what a neighbour wrote and has not committed.

- An error in one rolls its savepoint back and touches no other.
- A commit that fails, or an error that makes SQLite roll everything back, fails all of the batch.
- A transaction that was cancelled is rolled back; one whose commit was already asked for is committed, and
  its cancellation goes on afterwards.
"""

from __future__ import annotations

import asyncio
import copy
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiosqlite

from app.db.drivers.cancellation import run_to_end
from app.db.errors import DatabaseError, DatabaseUnavailable

_MOST_IN_A_BATCH = 100
"""Bounds how long the first of a batch waits for its answer, and other processes for the lock."""

Translate = Callable[[sqlite3.Error, str], DatabaseError]


class _Batch:
    """Transactions that will be committed together, and how that ended."""

    def __init__(self) -> None:
        self.size = 0
        self.ended: asyncio.Future[DatabaseError | None] = asyncio.get_running_loop().create_future()


class SqliteWriter:
    """Owns the turn of writing. Times are seconds. Belongs to one event loop."""

    def __init__(
        self, connection: aiosqlite.Connection, translate: Translate, acquire_timeout: float
    ) -> None:
        self._connection = connection
        self._translate = translate
        self._acquire_timeout = acquire_timeout
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._batch: _Batch | None = None
        self._is_closed = False
        self.commits = 0
        """How many commits there were, for so many more transactions."""

    @property
    def is_busy(self) -> bool:
        return self._turn.locked()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        """Commits when its block ends, rolls back on any exception. Raises ``DatabaseError``."""
        await self._take_turn()
        batch: _Batch | None = None
        try:
            batch, is_first = await self._begin()
            try:
                yield self._connection
            except BaseException as error:
                if isinstance(error, asyncio.CancelledError) and not batch.size:
                    # Among neighbours a statement is waited for: one that is interrupted takes the whole
                    # transaction with it (https://www.sqlite.org/c3ref/interrupt.html).
                    await self._connection.interrupt()
                await run_to_end(self._undo(batch))
                raise
            if not is_first:
                await run_to_end(self._release(batch))
            else:
                batch.size += 1
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
            async with asyncio.timeout(self._acquire_timeout):
                await self._turn.acquire()
        except TimeoutError:
            raise DatabaseUnavailable("the write connection did not become free in time") from None
        finally:
            self._waiting -= 1
            if not self._waiting and self._batch is not None and not self._turn.locked():
                # Whoever was to go on with this batch has given up; nobody else would end it.
                await run_to_end(self._commit_alone(self._batch))
        if self._is_closed:
            await self._leave(None)
            raise DatabaseUnavailable("the database is closed")

    async def _begin(self) -> tuple[_Batch, bool]:
        batch, is_first = self._batch, self._batch is None
        try:
            await run_to_end(self._run("BEGIN IMMEDIATE" if batch is None else "SAVEPOINT one"))
        except asyncio.CancelledError:
            await run_to_end(self._undo(batch or _Batch()))
            raise
        if batch is None:
            batch = self._batch = _Batch()
        return batch, is_first

    async def _release(self, batch: _Batch) -> None:
        try:
            await self._run("RELEASE one")
        except DatabaseError:
            await self._undo(batch)
            raise
        batch.size += 1

    async def _undo(self, batch: _Batch) -> None:
        # Asked in the connection's thread, behind whatever still runs there.
        await self._connection.execute_fetchall("SELECT 1")
        if not self._connection.in_transaction:
            # Some errors (disk full, for one) roll everything back by themselves.
            self._end(batch, DatabaseUnavailable("a neighbour's error rolled the transaction back"))
            return
        error: DatabaseError | None = None
        if batch.size:
            try:
                await self._run("ROLLBACK TO one")
                await self._run("RELEASE one")
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
            error = await run_to_end(_result(batch.ended))
            if error is not None:
                raise copy.copy(error)

    def _is_due(self, batch: _Batch) -> bool:
        return batch.size > 0 and (not self._waiting or batch.size >= _MOST_IN_A_BATCH)

    async def _commit_alone(self, batch: _Batch) -> None:
        async with self._turn:
            if self._batch is batch:
                await self._commit(batch)

    async def _commit(self, batch: _Batch) -> None:
        error: DatabaseError | None = None
        try:
            await self._run("COMMIT")
            self.commits += 1
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

    async def _run(self, sql: str) -> None:
        try:
            await self._connection.execute(sql)
        except sqlite3.Error as error:
            raise self._translate(error, sql) from None


async def _result(ended: asyncio.Future[DatabaseError | None]) -> DatabaseError | None:
    return await ended
