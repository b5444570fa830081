"""The edge of a transaction: one call, one transaction, committed before the answer is sent.

A route names the service function to run and what to run it with, not a transaction that a dependency
yields, for two reasons: the commit lies before the answer by construction, and a deadlock's victim can be run
again as a whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Concatenate, NamedTuple, ParamSpec, TypeVar

import msgspec
from fastapi import Depends, Query, Request
from starlette.responses import Response

from app.core.caller import Caller, Origin, Tools
from app.core.cursors import CursorSigner
from app.core.middleware import ACCESS_TOKEN, CALLER, ORIGIN
from app.core.request_counts import Uncounted
from app.core.request_marks import RequestMarks
from app.core.slots import Slots
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.errors import DatabaseUnavailable
from app.db.paging import Asked, Found
from app.http.rate_limits import RateLimits
from app.kernel.access import AccessDenied
from app.kernel.scim_access import ScimRoom
from app.parts import Parts

_SCANS = 2
"""So many directories at once have people matched one by one."""
_FOLLOWING = 2
"""However many sockets have news, so many of them read it at once: requests do not wait for a crowd."""
P = ParamSpec("P")
T = TypeVar("T")
Place = TypeVar("Place", str, int)


class Edge:
    """What routes work with, one an application, kept in its state."""

    def __init__(self, parts: Parts, rate_limits: RateLimits) -> None:
        self.parts = parts
        self.rate_limits = rate_limits
        self.tools = parts.tools
        secrets = tuple(key.secret for key in parts.settings.key_ring.keys)
        self.cursors = CursorSigner(secrets)
        self.request_marks = RequestMarks(secrets)
        self.streams = Slots("streams", parts.settings.max_streams_per_caller)
        """Open ones, of each caller."""
        self.sockets = Slots(
            "sockets", parts.settings.max_sockets_per_caller, in_all=parts.settings.max_sockets
        )
        self.scim = ScimRoom(
            parts.settings.scim_max_users,
            parts.settings.scim_max_groups,
            Slots("searches of a directory", 1, in_all=_SCANS),
        )
        self.following = asyncio.Semaphore(_FOLLOWING)
        """Has those who follow a workspace take turns at the database."""
        self.in_flight: set[tuple[str, str]] = set()
        """Idempotency keys, with whose they are, of requests that this process is working on."""


class PageQuery(NamedTuple):
    """The page of a list that a client asks for."""

    limit: int = 50
    cursor: str | None = None


class Call:
    """One request of somebody who is signed in."""

    __slots__ = ("caller", "edge", "parts", "tools")

    def __init__(self, edge: Edge, caller: Caller) -> None:
        self.edge = edge
        self.caller = caller
        self.parts = edge.parts
        self.tools = edge.tools

    async def read(
        self,
        service: Callable[Concatenate[ReadTransaction, Caller, P], Awaitable[T]],
        *args: P.args,
        **values: P.kwargs,
    ) -> T:
        """Runs ``service`` in a read transaction. A refusal that belongs in an audit log is written there, in
        a transaction of its own; that it could not be never hides it."""

        async def attempt() -> T:
            async with self.parts.database.read() as tx:
                return await service(tx, self.caller, *args, **values)

        return await self._counted(attempt)

    async def write(
        self,
        service: Callable[Concatenate[WriteTransaction, Caller, Tools, P], Awaitable[T]],
        *args: P.args,
        **values: P.kwargs,
    ) -> T:
        """As ``read``, in a write transaction; as ``Database.transact``, perhaps more than once."""
        return await self.transact(lambda tx: service(tx, self.caller, self.tools, *args, **values))

    async def transact(self, work: Callable[[WriteTransaction], Awaitable[T]]) -> T:
        """As ``write``, for what is no service function."""
        try:
            return await self._counted(lambda: self.parts.database.transact(work))
        except DatabaseUnavailable:
            self.parts.write_probe.doubt()
            raise

    async def _counted(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Again where it had to be counted first: once for each organisation that it has to do with."""
        try:
            while True:
                try:
                    return await attempt()
                except Uncounted as uncounted:
                    await self._count(uncounted.org_id)
        except AccessDenied as denied:
            await self.record(denied)
            raise

    async def _count(self, org_id: str) -> None:
        counts = self.caller.counts
        if counts is None or org_id in counts.by_org:
            raise RuntimeError("what has no counts, or has this one, is not uncounted")
        counts.by_org[org_id] = await self.edge.rate_limits.count_for(org_id)

    async def paged(
        self,
        service: Callable[Concatenate[ReadTransaction, Caller, Asked[Place], P], Awaitable[Found[Place]]],
        page: PageQuery,
        start: Place,
        /,
        *args: P.args,
        **filters: P.kwargs,
    ) -> Response:
        """A page of a list. Without a cursor it begins after ``start``. A cursor is signed for this list, its
        filters and this caller. Raises ``InvalidCursor``."""
        listing = Listing(self, service.__qualname__, filters)
        asked = Asked(listing.place(page.cursor, start), page.limit)
        return listing.answer(*await self.read(service, asked, *args, **filters))

    async def record(self, denied: AccessDenied) -> None:
        await self.parts.audit.denials.tell(self.caller, denied.denial)


class Listing:
    """One list as one caller asks for it: cursors are signed for exactly that."""

    def __init__(self, call: Call, name: str, filters: Mapping[str, Any]) -> None:
        self._cursors = call.edge.cursors
        self._binding = (name, call.caller.user_id, filters)

    def place(self, cursor: str | None, start: Place) -> Place:
        """Where to go on from; ``start`` without a cursor. Raises ``InvalidCursor``."""
        return start if cursor is None else self._cursors.place(cursor, *self._binding, type(start))

    def answer(self, items: object, place: str | int | None) -> Response:
        """A page; ``place`` is where the next one goes on from, None when this is the last."""
        cursor = None if place is None else self._cursors.sign(*self._binding, place)
        return answer({"items": items, "next_cursor": cursor})


# Coroutines, though they wait for nothing: FastAPI runs a plain function in a thread, which costs more than
# all the rest of a request.


async def _edge(request: Request) -> Edge:
    edge: Edge = request.app.state.edge
    return edge


async def _call(request: Request) -> Call:
    return Call(request.app.state.edge, request.scope[CALLER])


async def _assertion(request: Request) -> str:
    # Verified before any route runs; it is for nobody but the identity provider that gave it.
    token: str = request.scope[ACCESS_TOKEN]
    return token


async def _origin(request: Request) -> Origin:
    origin: Origin = request.scope[ORIGIN]
    return origin


async def _page(
    limit: Annotated[int, Query(ge=1, le=200, description="How many items a page holds at most.")] = 50,
    cursor: Annotated[
        str | None, Query(max_length=4096, description="`next_cursor` of the page before.")
    ] = None,
) -> PageQuery:
    return PageQuery(limit, cursor)


EdgeDep = Annotated[Edge, Depends(_edge)]
CallDep = Annotated[Call, Depends(_call)]
AssertionDep = Annotated[str, Depends(_assertion)]
OriginDep = Annotated[Origin, Depends(_origin)]
PageDep = Annotated[PageQuery, Depends(_page)]


def answer(value: object, status: int = 200) -> Response:
    """JSON, encoded in one go. The Pydantic model of the route documents it, and a test holds the two
    together."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def no_content() -> Response:
    return Response(status_code=204)
