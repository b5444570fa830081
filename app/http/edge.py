"""The edge of a transaction: one call, one transaction, committed before the answer is sent.

A route hands its work over as a function, not as a dependency that yields, for two reasons: the commit
lies before the answer by construction, and a deadlock's victim can be run again as a whole.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import Depends, Request
from starlette.responses import Response

from app.core.caller import Caller, Origin
from app.core.cursors import CursorSigner
from app.core.middleware import CALLER, ORIGIN
from app.core.slots import Slots
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.errors import DatabaseUnavailable
from app.kernel.access import AccessDenied
from app.parts import Parts

T = TypeVar("T")
Place = TypeVar("Place", str, int)
log = logging.getLogger(__name__)


class Edge:
    """What routes work with, one an application, kept in its state."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.tools = parts.tools
        self.cursors = CursorSigner(tuple(key.secret for key in parts.settings.key_ring.keys))
        self.streams = Slots("streams", parts.settings.max_streams_per_caller)
        """Open ones, of each caller."""
        self.in_flight: set[tuple[str, str]] = set()
        """Idempotency keys, with whose they are, of requests that this process is working on."""

    async def read(self, caller: Caller, work: Callable[[ReadTransaction], Awaitable[T]]) -> T:
        try:
            async with self.parts.database.read() as tx:
                return await work(tx)
        except AccessDenied as denied:
            await self.record(caller, denied)
            raise

    async def write(self, caller: Caller, work: Callable[[WriteTransaction], Awaitable[T]]) -> T:
        """As ``Database.transact``; a refusal that belongs in an audit log is written there."""
        try:
            return await self.parts.database.transact(work)
        except AccessDenied as denied:
            await self.record(caller, denied)
            raise
        except DatabaseUnavailable:
            self.parts.write_probe.doubt()
            raise

    async def record(self, caller: Caller, denied: AccessDenied) -> None:
        """A refusal is audited in a transaction of its own; that it could not be never hides it."""
        await self.parts.audit.denials.tell(caller, denied.denial)


# Coroutines, though they wait for nothing: FastAPI runs a plain function in a thread, which costs more than
# all the rest of a request.


async def _edge(request: Request) -> Edge:
    edge: Edge = request.app.state.edge
    return edge


async def _caller(request: Request) -> Caller:
    caller: Caller = request.scope[CALLER]
    return caller


async def _assertion(request: Request) -> str:
    # Verified before any route runs; it is for nobody but the identity provider that gave it.
    return request.headers["authorization"].partition(" ")[2].strip()


async def _origin(request: Request) -> Origin:
    origin: Origin = request.scope[ORIGIN]
    return origin


EdgeDep = Annotated[Edge, Depends(_edge)]
CallerDep = Annotated[Caller, Depends(_caller)]
AssertionDep = Annotated[str, Depends(_assertion)]
OriginDep = Annotated[Origin, Depends(_origin)]


def answer(value: object, status: int = 200) -> Response:
    """JSON, encoded in one go. The Pydantic model of the route documents it, and a test holds the two
    together."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


class Listing:
    """One list as one caller asks for it: cursors are signed for exactly that."""

    def __init__(self, edge: Edge, caller: Caller, name: str, filters: Mapping[str, Any]) -> None:
        self._cursors = edge.cursors
        self._binding = (name, caller.user_id, filters)

    def place(self, cursor: str | None, start: Place) -> Place:
        """Where to go on from; ``start`` without a cursor. Raises ``InvalidCursor``."""
        return start if cursor is None else self._cursors.place(cursor, *self._binding, type(start))

    def answer(self, items: object, place: str | int | None) -> Response:
        """A page; ``place`` is where the next one goes on from, None when this is the last."""
        cursor = None if place is None else self._cursors.sign(*self._binding, place)
        return answer({"items": items, "next_cursor": cursor})


def no_content() -> Response:
    return Response(status_code=204)
