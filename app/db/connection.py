"""Database and transactions, as the rest of the service sees them.

A driver (``app/db/drivers``) supplies two kinds of transaction. The type says which one a
function needs: a query that writes takes a ``WriteTransaction``, so handing it a
``ReadTransaction`` is a type error.

A read transaction promises one connection, and each statement its own committed snapshot.
It does not promise that two statements see the same snapshot: SQL Server under
READ_COMMITTED_SNAPSHOT does not, so SQLite's does not pretend to either.

A write transaction commits when its block ends and rolls back on any exception,
cancellation included. Code inside never commits.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

import stamina

from app.db.constraints import is_lost_race
from app.db.errors import DatabaseError
from app.db.statements import Dialect, QueryRegistry, RawRow, Statement

T = TypeVar("T")
log = logging.getLogger(__name__)
_RETRIES = 3


class ReadTransaction(ABC):
    """One connection for the length of a block. Not safe for concurrent use by several tasks."""

    @property
    @abstractmethod
    def registry(self) -> QueryRegistry: ...

    @abstractmethod
    async def rows(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[RawRow]:
        """Runs a statement and answers all its rows, values converted to what the row class
        declares (see ``Statement.columns``). Raises ``app.db.errors`` only."""


class WriteTransaction(ReadTransaction):
    """A transaction that may change data."""

    news: tuple[str, ...] = ()
    """Workspaces in which it made events, to be told when it has been committed."""

    @abstractmethod
    async def execute(self, statement: Statement, values: Mapping[str, Any]) -> int:
        """Runs a statement and answers how many rows it changed."""

    @abstractmethod
    def queue(self, statement: Statement, values: Mapping[str, Any]) -> None:
        """Has a statement run before the next one, in the same trip to the database, or before the commit.
        That is where its errors are raised."""

    @abstractmethod
    def savepoint(self) -> AbstractAsyncContextManager[None]:
        """Takes back what its block did, what it queued included, when it ends with an exception, which goes
        on; the transaction does too. Not after a ``DatabaseError``, which on SQL Server has ended all of it.
        Not nested, and not before the transaction's first statement. It costs no hop of its own."""


class Driver(ABC):
    """One engine. ``open`` before use; ``close`` ends every connection and thread."""

    dialect: Dialect

    @abstractmethod
    async def open(self) -> None: ...

    @abstractmethod
    async def close(self) -> None:
        """Waits for running transactions up to the drain time-out, then closes. Idempotent."""

    @abstractmethod
    def read(self) -> AbstractAsyncContextManager[ReadTransaction]: ...

    @abstractmethod
    def write(self) -> AbstractAsyncContextManager[WriteTransaction]: ...

    @abstractmethod
    def connections(self) -> Mapping[str, int]:
        """How many are ``open``, and how many of these are ``busy``."""

    @abstractmethod
    async def prove(self, statements: Iterable[Statement]) -> int:
        """Compiles statements against the live schema without running them; answers how many the server
        could. Raises ``SchemaMismatch`` naming file and line of the first that does not fit."""


class Database:
    """The open database: a driver and the registry of all queries."""

    def __init__(self, driver: Driver, registry: QueryRegistry) -> None:
        self.driver = driver
        self.registry = registry
        self.tell_news: Callable[[Sequence[str]], None] | None = None
        """Told after a commit in which workspaces there are new events. It neither waits nor raises."""
        self.proven = 0
        """How many of the queries were compiled against the schema when this was opened."""

    async def open(self) -> None:
        """Connects and compiles every query against the schema. Raises ``SchemaMismatch``."""
        await self.driver.open()
        try:
            self.proven = await self.driver.prove(self.registry)
        except BaseException:
            await self.driver.close()
            raise

    async def close(self) -> None:
        await self.driver.close()

    def read(self) -> AbstractAsyncContextManager[ReadTransaction]:
        return self.driver.read()

    def write(self) -> AbstractAsyncContextManager[WriteTransaction]:
        return self.driver.write()

    async def transact(self, work: Callable[[WriteTransaction], Awaitable[T]]) -> T:
        """Runs ``work`` in a write transaction; again as a whole, a few times, when it lost a race. Nothing
        of ``work`` may lie outside its transaction. Raises ``DatabaseError``, and what ``work`` raises."""
        try:
            return await self._attempt(work)
        except DatabaseError as error:
            if not is_lost_race(error):
                raise
            place = {"query": error.query, "constraint": error.constraint}
            log.warning("transaction run again", extra={"reason": str(error), **place})
        async for attempt in stamina.retry_context(
            on=is_lost_race, attempts=_RETRIES, timeout=None, wait_initial=0.02, wait_max=0.5
        ):
            with attempt:
                result = await self._attempt(work)
        return result

    async def _attempt(self, work: Callable[[WriteTransaction], Awaitable[T]]) -> T:
        async with self.write() as tx:
            result = await work(tx)
        if tx.news and self.tell_news is not None:
            self.tell_news(tx.news)
        return result
