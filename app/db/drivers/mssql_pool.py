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
import contextlib
import copy
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import aioodbc
import pyodbc

from app.db.drivers.cancellation import run_to_end
from app.db.drivers.mssql_errors import is_connection_doubtful, translate, unreachable
from app.db.drivers.own_thread import OwnThread
from app.db.errors import DatabaseOverloaded, DatabaseUnavailable
from app.db.paging import up_to_a_page

T = TypeVar("T")
Connect = Callable[[], Mapping[str, Any]]
"""The arguments of ``pyodbc.connect``; called in a thread for each new connection, because a token ages."""
CHECK_AFTER_IDLE_SECONDS = 30.0
_CHECK_TIMEOUT_SECONDS = 3
_CHECK_DEADLINE_SECONDS = 5.0
_DEADLINE_MARGIN_SECONDS = 5.0
_CANCELLATION_SECONDS = 5.0
_LAST_CALL_SECONDS = 1.0
_LAST_DRAIN_SECONDS = 2.0
_PAUSE_AFTER_FAILURE_SECONDS = 1.0
_closing: set[asyncio.Future[None]] = set()
# Of msodbcsql.h.
_SQL_COPT_SS_RESET_CONNECTION, _SQL_RESET_YES = 1246, 1


class PooledConnection:
    """One physical connection. ``run`` hands a function the raw connection in a thread of the pool; the
    methods that take the raw connection are such functions.

    With Microsoft's driver one cursor serves all its statements: the driver then drops the last prepared
    statement in the round trip of the next, where closing the cursor would cost a round trip of its own.
    Others get a cursor a statement: SQLite's driver crashes when SQLCancel meets a cursor that has a past.
    """

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._thread = OwnThread("mssql")
        self._connection: aioodbc.Connection | None = None
        self._raw: pyodbc.Connection | None = None
        self._cursor: pyodbc.Cursor | None = None
        self._keeps_cursor = False
        self._is_running = False
        self._cursor_lock = threading.Lock()
        self.is_broken = False
        self.is_lost = False
        """The server, or the way to it, ended it: others may have ended with it."""
        self.is_stuck = False
        """A call did not come back in time: nobody waits for it, and nothing more can be asked."""
        self.needs_reset = False
        self.opened_at = self.returned_at = time.monotonic()

    async def open(self, connect: Connect, statement_timeout: float) -> None:
        async def keep(raw: pyodbc.Connection) -> None:
            raw.timeout = max(1, round(statement_timeout))
            self._keeps_cursor = "msodbcsql" in str(raw.getinfo(pyodbc.SQL_DRIVER_NAME)).lower()
            self._raw = raw

        arguments = await asyncio.get_running_loop().run_in_executor(self._thread, connect)
        connecting = aioodbc.connect(**arguments, autocommit=True, executor=self._thread, after_created=keep)

        async def open_() -> None:
            self._connection = await connecting

        opening = asyncio.ensure_future(open_())
        try:
            await asyncio.shield(opening)
        except asyncio.CancelledError:
            # The driver cannot be called off; what it makes for a caller who has gone is closed.
            self._leave_alone(opening)
            raise

    async def run(self, work: Callable[[pyodbc.Connection], T], deadline: float | None = None) -> T:
        """Runs ``work`` in the connection's thread, one hop. A cancelled call's statement is cancelled at the
        server and waited for, and the connection is given up: nobody knows what state it is in. Raises
        ``DatabaseUnavailable`` where the driver itself does not come back: its own time-out ends with the
        server's word that it has heard, and a server that is frozen says none."""
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._thread, work, self._raw)
        try:
            async with asyncio.timeout(self._deadline if deadline is None else deadline):
                return await asyncio.shield(future)
        except TimeoutError:
            self._leave_alone(future)
            raise DatabaseUnavailable("the server does not answer") from None
        except asyncio.CancelledError:
            self.is_broken = True
            self.cancel()
            if not await _settled(future, _CANCELLATION_SECONDS):
                self._leave_alone(future)
            raise
        except pyodbc.Error as error:
            if is_connection_doubtful(error):
                self.is_broken = True
                kind = type(translate(error, None))
                self.is_lost = issubclass(kind, DatabaseUnavailable) and kind is not DatabaseOverloaded
            raise

    def _leave_alone(self, future: asyncio.Future[Any]) -> None:
        self.is_broken = self.is_lost = self.is_stuck = True

        def close(done: asyncio.Future[Any]) -> None:
            if not done.cancelled():
                done.exception()
            self.is_stuck = False
            _closing.add(task := asyncio.ensure_future(self.close()))
            task.add_done_callback(_closing.discard)

        future.add_done_callback(close)

    def begin(self, raw: pyodbc.Connection) -> None:
        """Begins a transaction, unless one is under way."""
        if raw.autocommit:
            self.needs_reset = True
            raw.autocommit = False

    def commit(self, raw: pyodbc.Connection) -> None:
        """Commits, unless nothing was begun. Where that fails the connection is given up."""
        try:
            raw.autocommit = True
        except pyodbc.Error:
            self.is_broken = True
            raise

    def execute(
        self, raw: pyodbc.Connection, sql: str, *values: Any, sizes: Any = None, long: Sequence[int] = ()
    ) -> tuple[list[Any], int]:
        """Sends one request; answers its rows and its row count. Where columns are ``long``, a page of rows
        is enough."""
        with self._cursor_lock:
            if self._cursor is None:
                self._cursor = raw.cursor()
            cursor, self._is_running = self._cursor, True
        try:
            cursor.setinputsizes(sizes)
            cursor.execute(sql, *values)
            # A call before the statement (sp_set_session_context) may answer with neither rows nor a count.
            while cursor.description is None and cursor.rowcount < 0 and cursor.nextset():
                pass
            if long:
                rows = list(map(tuple, up_to_a_page(cursor, long)))
                # Ends the request: what was not read of it is not sent.
                self._close_cursor()
                return rows, len(rows)
            rows = [tuple(row) for row in cursor.fetchall()] if cursor.description else []
            count = cursor.rowcount
            # An error of a later part (a trigger, after OUTPUT) is told only when that part is asked for.
            while cursor.nextset():
                pass
            return rows, count
        except pyodbc.Error:
            self._close_cursor()
            raise
        finally:
            with self._cursor_lock:
                self._is_running = False
            if not self._keeps_cursor:
                self._close_cursor()

    def check(self, raw: pyodbc.Connection) -> None:
        """Asks the server for a sign of life, for which it has little time. Raises ``pyodbc.Error``."""
        patience, raw.timeout = raw.timeout, _CHECK_TIMEOUT_SECONDS
        try:
            with contextlib.closing(raw.cursor()) as cursor:
                cursor.execute("SELECT 1").fetchall()
        finally:
            raw.timeout = patience

    def cancel(self) -> None:
        """Asks the server to stop the running statement (SQLCancel, which any thread may call)."""
        with self._cursor_lock:
            # Cancelling a closed cursor is what crashes.
            if self._cursor is not None and self._is_running:
                with contextlib.suppress(pyodbc.Error):
                    self._cursor.cancel()

    def reset(self, raw: pyodbc.Connection) -> None:
        """Makes the connection as good as new: rolls back, and has the server reset the session with the next
        request (locks, temporary tables, SET options, session context), which costs no round trip.

        https://learn.microsoft.com/openspecs/windows_protocols/ms-tds, RESETCONNECTION
        """
        self._close_cursor()
        if not raw.autocommit:
            raw.rollback()
            raw.autocommit = True
        # Other drivers have no such attribute; for them the rollback is the reset.
        with contextlib.suppress(pyodbc.Error):
            raw.set_attr(_SQL_COPT_SS_RESET_CONNECTION, _SQL_RESET_YES)
        self.needs_reset = False

    def _close_cursor(self) -> None:
        with self._cursor_lock:
            cursor, self._cursor = self._cursor, None
        if cursor is not None:
            with contextlib.suppress(pyodbc.Error):
                cursor.close()

    async def close(self) -> None:
        """One that is stuck is closed when it comes back."""
        if self.is_stuck:
            return
        connection, self._connection, self._raw = self._connection, None, None
        if connection is not None:
            with contextlib.suppress(pyodbc.Error):
                await connection.close()
        # Only now: the end of an open connection's cursor is a round trip, in whichever thread drops it.
        with self._cursor_lock:
            self._cursor = None
        last = asyncio.get_running_loop().run_in_executor(self._thread, _nothing)
        ended, _ = await asyncio.wait((last,), timeout=_LAST_CALL_SECONDS)
        self._thread.shutdown(wait=bool(ended))


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


async def _settled(future: asyncio.Future[Any], patience: float) -> bool:
    """Waits until a call in a thread has ended, however often the waiter is cancelled; so many seconds."""
    ends = time.monotonic() + patience
    while not future.done() and (left := ends - time.monotonic()) > 0:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait([future], timeout=left)
    if not future.done():
        return False
    if not future.cancelled():
        future.exception()
    return True


def _nothing() -> None:
    """The last call of a thread: when it has come back, nothing of the connection runs any more."""
