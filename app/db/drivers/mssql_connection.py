"""One connection of the pool: pyodbc's, through aioodbc, with what a loop and a slow server ask for."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import aioodbc
import pyodbc

from app.db.drivers.mssql_errors import is_connection_doubtful, translate
from app.db.drivers.own_thread import OwnThread
from app.db.errors import DatabaseOverloaded, DatabaseUnavailable
from app.db.paging import up_to_a_page

T = TypeVar("T")
Connect = Callable[[], Mapping[str, Any]]
"""The arguments of ``pyodbc.connect``; called in a thread for each new connection, because a token ages."""
_CHECK_TIMEOUT_SECONDS = 3
_CANCELLATION_SECONDS = 3.0
_LAST_CALL_SECONDS = 1.0
closing: set[asyncio.Future[None]] = set()
"""Connections that were left to themselves, came back, and are being closed."""
# Of msodbcsql.h.
_SQL_COPT_SS_RESET_CONNECTION, _SQL_RESET_YES = 1246, 1


class PooledConnection:
    """One physical connection. ``run`` hands a function the raw connection in its thread; the
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
            if not await _settled(opening, _CANCELLATION_SECONDS):
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
            closing.add(task := asyncio.ensure_future(self.close()))
            task.add_done_callback(closing.discard)

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
