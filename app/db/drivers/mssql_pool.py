"""A small pool over aioodbc connections, because aioodbc's own is not safe to share (measured with 0.5.0:
it resets nothing on release, checks nothing before lending, loses waiters, and crashes on cancellation).

- Threads of its own, as many as connections: a slow database cannot use up the process's executor.
- A slot is taken before a connection is looked for, and given back on every path; whoever waits for a slot
  is woken in order, also when a connection could not be made.
- A connection that has been idle is asked before it is lent. One whose call was cancelled, or that was
  lost, is closed and never lent again.
- What comes back is rolled back first, so no transaction reaches the next borrower.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import aioodbc
import pyodbc

from app.db.drivers.cancellation import run_to_end
from app.db.drivers.mssql_errors import is_connection_lost, translate
from app.db.errors import DatabaseUnavailable

T = TypeVar("T")
Setup = Callable[[pyodbc.Connection], None]
CHECK_AFTER_IDLE_SECONDS = 30.0


class PooledConnection:
    """One physical connection. ``run`` hands a function the raw connection in a thread of the pool."""

    def __init__(self, executor: ThreadPoolExecutor) -> None:
        self._executor = executor
        self._connection: aioodbc.Connection | None = None
        self._raw: pyodbc.Connection | None = None
        self._cursor: pyodbc.Cursor | None = None
        self._cursor_lock = threading.Lock()
        self.is_broken = False
        self.returned_at = time.monotonic()

    async def open(self, connection_string: str, login_timeout: float, setup: Setup) -> None:
        async def keep(raw: pyodbc.Connection) -> None:
            self._raw = raw

        connecting = aioodbc.connect(
            dsn=connection_string,
            autocommit=True,
            timeout=max(1, round(login_timeout)),
            executor=self._executor,
            after_created=keep,
        )

        async def connect() -> None:
            # Kept in here, so that a connection made for a caller who has gone is still closed.
            self._connection = await connecting

        await run_to_end(connect())
        await self.run(setup)

    async def run(self, work: Callable[[pyodbc.Connection], T]) -> T:
        """Runs ``work`` in a thread, one hop. A cancelled call's statement is cancelled at the server and
        waited for, and the connection is given up: nobody knows what state it is in."""
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._executor, work, self._raw)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            self.is_broken = True
            self.cancel()
            await _settled(future)
            raise
        except pyodbc.Error as error:
            self.is_broken = self.is_broken or is_connection_lost(error)
            raise

    def execute(
        self, raw: pyodbc.Connection, sql: str, *values: Any, sizes: Any = None
    ) -> tuple[list[Any], int]:
        """In the thread: runs one statement, answers its rows and its row count."""
        cursor = raw.cursor()
        with self._cursor_lock:
            self._cursor = cursor
        try:
            if sizes:
                cursor.setinputsizes(sizes)
            cursor.execute(sql, *values)
            rows = [tuple(row) for row in cursor.fetchall()] if cursor.description else []
            return rows, cursor.rowcount
        finally:
            # Cleared under the lock before it is closed: cancelling a closed cursor is what crashes.
            with self._cursor_lock:
                self._cursor = None
            cursor.close()

    def cancel(self) -> None:
        """Asks the server to stop the running statement (SQLCancel, which any thread may call)."""
        with self._cursor_lock:
            if self._cursor is not None:
                with contextlib.suppress(pyodbc.Error):
                    self._cursor.cancel()

    def reset(self, raw: pyodbc.Connection) -> None:
        """In the thread: rolls back and returns to autocommit. That is the whole session state that this
        service changes: its statements are fixed, and none of them sets an option or a context."""
        if not raw.autocommit:
            raw.rollback()
            raw.autocommit = True

    async def close(self) -> None:
        connection, self._connection, self._raw = self._connection, None, None
        if connection is not None:
            with contextlib.suppress(pyodbc.Error):
                await connection.close()


class Pool:
    """Lends connections. Belongs to one event loop. Time-outs are seconds."""

    def __init__(
        self,
        connection_string: str,
        setup: Setup,
        *,
        minimum: int,
        maximum: int,
        acquire_timeout: float,
        login_timeout: float,
        drain_timeout: float,
        check_after_idle: float = CHECK_AFTER_IDLE_SECONDS,
    ) -> None:
        self._connection_string = connection_string
        self._setup = setup
        self._minimum = minimum
        self._maximum = maximum
        self._acquire_timeout = acquire_timeout
        self._login_timeout = login_timeout
        self._drain_timeout = drain_timeout
        self._check_after_idle = check_after_idle
        self._executor = ThreadPoolExecutor(maximum, thread_name_prefix="mssql")
        self._slots = asyncio.Semaphore(maximum)
        self._idle: list[PooledConnection] = []
        self._lent: set[PooledConnection] = set()
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
        if not await self._drained():
            for connection in self._lent:
                connection.is_broken = True
                connection.cancel()
            await self._drained()
        while self._idle:
            await run_to_end(self._idle.pop().close())
        await run_to_end(asyncio.to_thread(self._executor.shutdown))

    async def _drained(self) -> bool:
        try:
            async with asyncio.timeout(self._drain_timeout):
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
        try:
            connection = await self._find()
            self._lent.add(connection)
            self._all_back.clear()
            try:
                yield connection
            finally:
                await run_to_end(self._take_back(connection))
        finally:
            self._slots.release()

    async def _find(self) -> PooledConnection:
        while not self._is_closed:
            if not self._idle:
                return await self._connect()
            connection = self._idle.pop()
            if time.monotonic() - connection.returned_at < self._check_after_idle:
                return connection
            try:
                await connection.run(lambda raw, each=connection: each.execute(raw, "SELECT 1"))  # type: ignore[misc]
            except pyodbc.Error:
                await run_to_end(connection.close())
            except BaseException:
                await run_to_end(connection.close())
                raise
            else:
                return connection
        raise DatabaseUnavailable("the database is closed")

    async def _connect(self) -> PooledConnection:
        connection = PooledConnection(self._executor)
        try:
            await connection.open(self._connection_string, self._login_timeout, self._setup)
        except pyodbc.Error as error:
            await run_to_end(connection.close())
            known = translate(error, "connect")
            raise DatabaseUnavailable(str(known)) from None
        except BaseException:
            await run_to_end(connection.close())
            raise
        return connection

    async def _take_back(self, connection: PooledConnection) -> None:
        try:
            if not connection.is_broken:
                await connection.run(connection.reset)
        except pyodbc.Error:
            connection.is_broken = True
        finally:
            self._lent.discard(connection)
            if not self._lent:
                self._all_back.set()
            if connection.is_broken or self._is_closed:
                await connection.close()
            else:
                connection.returned_at = time.monotonic()
                self._idle.append(connection)


async def _settled(future: asyncio.Future[Any]) -> None:
    """Waits until a call in a thread has ended, however often the waiter is cancelled."""
    while not future.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait([future])
    if not future.cancelled():
        future.exception()
