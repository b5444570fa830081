"""How the demo is told: what people do, each thing in a transaction of its own, at its own time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Concatenate, ParamSpec, TypeVar

from app.core.caller import Caller, Tools
from app.db.connection import Database, ReadTransaction, WriteTransaction

P = ParamSpec("P")
T = TypeVar("T")


class StoryClock:
    """A clock that begins some weeks before ``present``, and goes on as it is told, but never past that."""

    def __init__(self, present: datetime, *, weeks: int) -> None:
        self.present = present
        self._moment = present - timedelta(weeks=weeks)

    def __call__(self) -> datetime:
        return self._moment

    def pass_by(self, span: timedelta) -> None:
        self._moment = min(self._moment + span, self.present)

    def go_to(self, days_ago: float) -> None:
        """It does not go back."""
        self._moment = max(self._moment, self.present - timedelta(days=days_ago))


class Story:
    """``pace``: how long each thing takes."""

    def __init__(self, database: Database, tools: Tools, clock: StoryClock) -> None:
        self._database = database
        self.tools = tools
        self.clock = clock
        self.pace = timedelta()

    async def tell(
        self,
        person: Caller,
        service: Callable[Concatenate[WriteTransaction, Caller, Tools, P], Awaitable[T]],
        *args: P.args,
        **values: P.kwargs,
    ) -> T:
        async with self._database.write() as tx:
            done = await service(tx, person, self.tools, *args, **values)
        self.clock.pass_by(self.pace)
        return done

    async def ask(
        self,
        person: Caller,
        service: Callable[Concatenate[ReadTransaction, Caller, P], Awaitable[T]],
        *args: P.args,
        **values: P.kwargs,
    ) -> T:
        async with self._database.read() as tx:
            return await service(tx, person, *args, **values)
