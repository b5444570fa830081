"""POSTs that take effect once: the header Idempotency-Key.

A retry with the same key and the same request is answered what the first one was, with
``Idempotency-Replayed: true``. Errors are not kept: what failed may be tried again under its key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated

import msgspec
from fastapi import Depends, Header, Request
from starlette.responses import Response

from app.core import errors
from app.core.caller import Caller
from app.db.connection import WriteTransaction
from app.http.conditions import tagged
from app.http.edge import CallerDep, Edge, EdgeDep
from app.kernel.idempotency import find_answer, store_answer

Work = Callable[[WriteTransaction], Awaitable[object]]
KEY_PATTERN = r"^[!-~]{1,200}$"
ONCE_ERRORS = (errors.IdempotencyKeyInUse, errors.IdempotencyKeyReused)
"""The errors of a route that takes the header."""


class _Known(msgspec.Struct):
    version: int | None = None


class Done(msgspec.Struct, frozen=True):
    """What the work came to, as JSON; ``is_replay`` when it was done before."""

    body: bytes
    is_replay: bool

    def response(self, status: int) -> Response:
        """With an ETag where the answer has a version."""
        version = msgspec.json.decode(self.body, type=_Known).version
        response = (
            tagged(self.body, version, status)
            if version is not None
            else Response(self.body, status, media_type="application/json")
        )
        return self.marked(response)

    def marked(self, response: Response) -> Response:
        if self.is_replay:
            response.headers["Idempotency-Replayed"] = "true"
        return response


class Once:
    """One request's work. Without the header it is simply done."""

    def __init__(self, edge: Edge, caller: Caller, request: Request, key: str | None) -> None:
        self._edge = edge
        self._caller = caller
        self._request = request
        self.key = key

    async def perform(
        self,
        work: Work,
        *,
        before: Callable[[], Awaitable[None]] | None = None,
        content: bytes | None = None,
    ) -> Done:
        """Runs ``before``, which waits for others and so must not be in the transaction, and then ``work``.
        Neither runs for a retry. ``content`` stands for the body where it is no JSON document.

        Raises ``IdempotencyKeyReused`` for a key of another request, and ``IdempotencyKeyInUse`` while the
        first request is still at it, here or in another process."""
        if self.key is None:
            if before is not None:
                await before()
            return Done(msgspec.json.encode(await self._edge.write(self._caller, work)), False)
        place = (self._caller.user_id, self.key)
        if place in self._edge.in_flight:
            raise errors.IdempotencyKeyInUse(retry_after=1)
        self._edge.in_flight.add(place)
        try:
            return await self._perform(self.key, await self._hash(content), work, before)
        finally:
            self._edge.in_flight.discard(place)

    async def _perform(
        self, key: str, request_hash: str, work: Work, before: Callable[[], Awaitable[None]] | None
    ) -> Done:
        edge, caller = self._edge, self._caller

        async def find_or_work(tx: WriteTransaction) -> Done:
            known = await find_answer(tx, caller, key=key, request_hash=request_hash)
            if known is not None:
                return Done(known.encode(), True)
            body = msgspec.json.encode(await work(tx))
            await store_answer(tx, caller, edge.tools, key=key, request_hash=request_hash, body=body.decode())
            return Done(body, False)

        if before is not None:
            known = await edge.read(
                caller, lambda tx: find_answer(tx, caller, key=key, request_hash=request_hash)
            )
            if known is not None:
                return Done(known.encode(), True)
            await before()
        return await edge.write(caller, find_or_work)

    async def _hash(self, content: bytes | None) -> str:
        url = self._request.url
        body = await self._request.body() if content is None else content
        parts = (self._request.method, url.path, url.query)
        return hashlib.sha256("\n".join(parts).encode() + b"\n" + body).hexdigest()


async def _once(
    edge: EdgeDep,
    caller: CallerDep,
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(
            pattern=KEY_PATTERN,
            description="A key of your own making, new for each thing you want done: a retry with it is "
            "answered what the first request was, for 24 hours at least.",
            examples=["8e03978e-40d5-43e8-bc93-6894a57f9324"],
        ),
    ] = None,
) -> Once:
    return Once(edge, caller, request, idempotency_key)


OnceDep = Annotated[Once, Depends(_once)]
