"""POSTs that take effect once: the header Idempotency-Key.

A retry with the same key and the same request is answered what the first one was, with
``Idempotency-Replayed: true``. Errors are not kept: what failed may be tried again under its key.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Concatenate, ParamSpec

import msgspec
from fastapi import Depends, Header, Request
from starlette.responses import Response

from app.core import errors
from app.core.caller import Caller, Tools
from app.db.connection import WriteTransaction
from app.http.conditions import tagged
from app.http.edge import Call, CallDep
from app.kernel.idempotency import find_answer, store_answer

P = ParamSpec("P")
Work = Callable[[WriteTransaction], Awaitable[object]]
KEY_PATTERN = r"^[!-~]{1,200}$"


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

    def __init__(self, call: Call, request: Request, key: str | None) -> None:
        self._call = call
        self._request = request
        self.key = key

    async def perform(
        self,
        service: Callable[Concatenate[WriteTransaction, Caller, Tools, P], Awaitable[object]],
        *args: P.args,
        **values: P.kwargs,
    ) -> Done:
        """As ``Call.write``; a retry is answered what the first request was.

        Raises ``IdempotencyKeyReused`` for a key of another request, and ``IdempotencyKeyInUse`` while the
        first request is still at it, here or in another process."""
        caller, tools = self._call.caller, self._call.tools
        return await self.run(lambda tx: service(tx, caller, tools, *args, **values))

    async def run(
        self,
        work: Work,
        *,
        before: Callable[[], Awaitable[None]] | None = None,
        content: bytes | None = None,
    ) -> Done:
        """As ``perform``, with ``before``, which waits for others and so must not be in the transaction.
        Neither runs for a retry. ``content`` stands for the body where it is no JSON document."""
        if self.key is None:
            if before is not None:
                await before()
            return Done(msgspec.json.encode(await self._call.transact(work)), False)
        place = (self._call.caller.user_id, self.key)
        in_flight = self._call.edge.in_flight
        if place in in_flight:
            raise errors.IdempotencyKeyInUse(retry_after=1)
        in_flight.add(place)
        try:
            return await self._run(self.key, await self._parts(self.key, content), work, before)
        finally:
            in_flight.discard(place)

    async def _run(
        self, key: str, parts: Sequence[bytes], work: Work, before: Callable[[], Awaitable[None]] | None
    ) -> Done:
        call, marks = self._call, self._call.edge.request_marks

        def is_same(mark: str) -> bool:
            return marks.recognises(mark, parts)

        async def find_or_work(tx: WriteTransaction) -> Done:
            known = await find_answer(tx, call.caller, key=key, is_same=is_same)
            if known is not None:
                return Done(known.encode(), True)
            body = msgspec.json.encode(await work(tx))
            await store_answer(
                tx, call.caller, call.tools, key=key, request_hash=marks.mark(parts), body=body.decode()
            )
            return Done(body, False)

        if before is not None:
            known = await call.read(find_answer, key=key, is_same=is_same)
            if known is not None:
                return Done(known.encode(), True)
            await before()
        return await call.transact(find_or_work)

    async def _parts(self, key: str, content: bytes | None) -> Sequence[bytes]:
        """What makes a request the same, and whose it is: two alike have no mark in common."""
        url = self._request.url
        body = await self._request.body() if content is None else content
        named = (self._call.caller.user_id, key, self._request.method, url.path, url.query)
        return [*(each.encode() for each in named), body]


async def _once(
    call: CallDep,
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
    if idempotency_key is not None and len(request.headers.getlist("idempotency-key")) > 1:
        # Of two, which one counts? A retry by way of another proxy might take the other.
        raise errors.InvalidInput("Send one Idempotency-Key.")
    return Once(call, request, idempotency_key)


OnceDep = Annotated[Once, Depends(_once)]
