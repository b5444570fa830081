"""A small pool over aioodbc connections, because aioodbc's own is not safe to share (measured with 0.5.0:
it resets nothing on release, checks nothing before lending, loses waiters, and crashes on cancellation).

- A thread of its own for each connection: a slow database cannot use up the process's executor, and a call
  that does not come back is left to itself with its connection.
- A slot is taken before a connection is looked for, and given back on every path; whoever waits for a slot
  is woken in order, also when a connection could not be made.
- A connection that has been idle is asked before it is lent, and so is each that lay idle when another was
  found lost: what ended that one mostly ended all. One whose call was cancelled, or that an error may have
  left unsound, is closed and never lent again.
- Where a connection could not be made, nobody waits for the same failure in the next moment: one tries
  again, the others are told at once.
- What comes back after a transaction is rolled back and reset, so that neither a transaction nor a session's
  state reaches the next borrower. After statements that only read there is nothing to reset: each runs in
  ``sp_executesql``, and what it SETs ends with it.
- A connection of a certain age is replaced, so that a fail-over or a new certificate is noticed.
"""

from __future__ import annotations

import asyncio
import copy
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pyodbc

from app.db.drivers.cancellation import run_to_end
from app.db.drivers.mssql_connection import Connect, PooledConnection
from app.db.drivers.mssql_errors import unreachable
from app.db.errors import DatabaseUnavailable

CHECK_AFTER_IDLE_SECONDS = 30.0
_CHECK_DEADLINE_SECONDS = 5.0
_DEADLINE_MARGIN_SECONDS = 5.0
_LAST_DRAIN_SECONDS = 2.0
_PAUSE_AFTER_FAILURE_SECONDS = 1.0


class Pool:
    """Lends connections. Belongs to one event loop. Time-outs are seconds."""

    def __init__(
        self,
        connect: Connect,
        *,
        minimum: int,
        maximum: int,
        acquire_timeout: float,
        statement_timeout: float,
        drain_timeout: float,
        maximum_age: float,
        resets_always: bool = False,
        check_after_idle: float = CHECK_AFTER_IDLE_SECONDS,
        pause_after_failure: float = _PAUSE_AFTER_FAILURE_SECONDS,
    ) -> None:
        self._connect_arguments = connect
        self._minimum = minimum
        self._maximum = maximum
        self._acquire_timeout = acquire_timeout
        self._statement_timeout = statement_timeout
        self._maximum_age = maximum_age
        self._resets_always = resets_always
        self._drain_timeout = drain_timeout
        self._check_after_idle = check_after_idle
        self._pause_after_failure = pause_after_failure
        self._lost_at = 0.0
        """When a connection was last found lost, by the monotonic clock."""
        self._failure: DatabaseUnavailable | None = None
        """Why the last connection could not be made; None once one could."""
        self._try_again_at = 0.0
        self._stuck: set[PooledConnection] = set()
        self._slots = asyncio.Semaphore(maximum)
        self._idle: list[PooledConnection] = []
        self._lent: set[PooledConnection] = set()
        self._borrowers = 0
        """Who has a slot, whether its connection is there yet or not."""
        self._all_back = asyncio.Event()
        self._all_back.set()
        self._is_closed = False

    @property
    def idle(self) -> int:
        return len(self._idle)

    @property
    def lent(self) -> int:
        return len(self._lent)

    async def open(self) -> None:
        """Connects the minimum. Raises ``DatabaseUnavailable`` when that cannot be done."""
        try:
            for _ in range(self._minimum):
                self._idle.append(await self._connect())
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Lends no more, waits for what is lent up to the drain time-out, cancels what still runs, and ends
        every connection and thread. Idempotent."""
        if self._is_closed:
            return
        self._is_closed = True
        if not await self._drained(self._drain_timeout):
            for connection in self._lent:
                connection.is_broken = True
                connection.cancel()
            await self._drained(_LAST_DRAIN_SECONDS)
        while self._idle:
            await run_to_end(self._idle.pop().close())

    async def _drained(self, patience: float) -> bool:
        try:
            async with asyncio.timeout(patience):
                await self._all_back.wait()
        except TimeoutError:
            return False
        return True

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[PooledConnection]:
        """Lends a connection in autocommit mode. Raises ``DatabaseUnavailable`` when none is to be had."""
        try:
            async with asyncio.timeout(self._acquire_timeout):
                await self._slots.acquire()
        except TimeoutError:
            raise DatabaseUnavailable("no connection became free in time") from None
        self._borrowers += 1
        self._all_back.clear()
        try:
            connection = await self._find()
            self._lent.add(connection)
            try:
                yield connection
            finally:
                await run_to_end(self._take_back(connection))
        finally:
            self._slots.release()
            self._borrowers -= 1
            if not self._borrowers:
                self._all_back.set()

    async def _find(self) -> PooledConnection:
        while not self._is_closed:
            if not self._idle:
                return await self._connect()
            connection = self._idle.pop()
            idle_since = connection.returned_at
            if idle_since > self._lost_at and time.monotonic() - idle_since < self._check_after_idle:
                return connection
            try:
                await connection.run(connection.check, _CHECK_DEADLINE_SECONDS)
            except pyodbc.Error:
                self._lost_at = time.monotonic()
                await run_to_end(connection.close())
            except DatabaseUnavailable as error:
                self._give_up(connection)
                self._failure, self._try_again_at = error, time.monotonic() + self._pause_after_failure
                raise
            except BaseException:
                await run_to_end(connection.close())
                raise
            else:
                return connection
        raise DatabaseUnavailable("the database is closed")

    async def _connect(self) -> PooledConnection:
        now = time.monotonic()
        self._stuck = {each for each in self._stuck if each.is_stuck}
        if len(self._stuck) >= self._maximum:
            raise DatabaseUnavailable("the server does not answer what it was asked before")
        if self._failure is not None:
            if now < self._try_again_at:
                raise copy.copy(self._failure)
            # This one tries; whoever comes meanwhile is told what the last one was.
            self._try_again_at = float("inf")
        try:
            connection = await self._new_connection()
        except DatabaseUnavailable as error:
            self._failure = error
            raise
        else:
            self._failure = None
            return connection
        finally:
            self._try_again_at = time.monotonic() + self._pause_after_failure

    async def _new_connection(self) -> PooledConnection:
        connection = PooledConnection(self._statement_timeout + _DEADLINE_MARGIN_SECONDS)
        try:
            await connection.open(self._connect_arguments, self._statement_timeout)
        except pyodbc.Error as error:
            await run_to_end(connection.close())
            raise unreachable(error) from None
        except BaseException:
            if connection.is_stuck:
                self._stuck.add(connection)
            await run_to_end(connection.close())
            raise
        return connection

    def _give_up(self, connection: PooledConnection) -> None:
        """So many are left to themselves, and no more: each keeps a thread and the server's session."""
        self._lost_at = time.monotonic()
        self._stuck.add(connection)

    async def _take_back(self, connection: PooledConnection) -> None:
        try:
            if not connection.is_broken and (connection.needs_reset or self._resets_always):
                await connection.run(connection.reset)
        except pyodbc.Error:
            connection.is_broken = True
        finally:
            self._lent.discard(connection)
            now = time.monotonic()
            if connection.is_lost:
                self._lost_at = now
            if connection.is_stuck:
                self._give_up(connection)
            if connection.is_broken or self._is_closed or now - connection.opened_at > self._maximum_age:
                await connection.close()
            else:
                connection.returned_at = now
                self._idle.append(connection)
