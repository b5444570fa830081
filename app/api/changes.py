"""Following a workspace: a page of events at a time, or a stream of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Query
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.responses import Response, StreamingResponse

from app.core import errors
from app.core.middleware import Receive, Scope, Send
from app.core.slots import Slots
from app.db.errors import DatabaseError
from app.http.direct import DirectRoute
from app.http.edge import Call, CallDep, answer
from app.http.openapi import documented
from app.http.tickets import ListenerDep, TicketQuery
from app.kernel.feed import Session
from app.schemas import changes as wire
from app.schemas.common import Id
from app.services.changes import Changes, read_changes

router = APIRouter(tags=["changes"], route_class=DirectRoute)

_PAGE = 500
_HEARTBEAT_SECONDS = 15.0
"""How long a stream is silent at most, and how long a session that was ended keeps one."""
_RETRY_MILLISECONDS = 2000
_MOST = 2**62
AfterSeq = Annotated[
    int | None, Query(ge=0, le=_MOST, description="The `seq` of the last event that you have.")
]
_STREAM: dict[str, Any] = {
    "text/event-stream": {"schema": {"type": "string", "description": "`data` is an `Event` as JSON."}}
}


@router.get(
    "/workspaces/{workspace_id}/changes",
    operation_id="listChanges",
    summary="What changed, in order, after a number",
    responses={200: {"model": wire.Changes}, **documented(errors.InvalidCursor)},
)
async def list_changes(
    call: CallDep,
    workspace_id: Id,
    after_seq: Annotated[int, Query(ge=0, le=_MOST, description="The `seq` of the last one you have.")] = 0,
    limit: Annotated[int, Query(ge=1, le=_PAGE)] = 100,
) -> Response:
    return answer(await call.read(read_changes, workspace_id=workspace_id, after_seq=after_seq, limit=limit))


@router.get(
    "/workspaces/{workspace_id}/stream",
    operation_id="streamChanges",
    summary="What changes, as it does (server-sent events)",
    description=(
        "Each message has the `seq` as its id, the type as its event, and an `Event` as its data. It goes on "
        "after `Last-Event-ID`, else after `after_seq`, else from now. It ends when a token expires, when "
        "session or membership end (after an event `closed` with the error code), and when the server is "
        "stopped: connect again with `Last-Event-ID`, and nothing is lost or repeated."
    ),
    response_class=StreamingResponse,
    responses={
        200: {"content": _STREAM, "description": "Events, until it ends."},
        **documented(errors.InvalidCursor, errors.InvalidTicket),
    },
)
async def stream(
    call: ListenerDep,
    workspace_id: Id,
    after_seq: AfterSeq = None,
    ticket: TicketQuery = None,
    last_event_id: Annotated[str | None, Header(pattern=r"^\d{0,18}$")] = None,
) -> Response:
    after = int(last_event_id) if last_event_id else after_seq
    # Read before the answer begins, so that a refusal is an answer of its own.
    first = await call.read(read_changes, workspace_id=workspace_id, after_seq=after, limit=_PAGE)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    messages = _messages(call, workspace_id, first)
    return _Stream(messages, headers, call.edge.streams, call.caller.user_id)


class _Stream(StreamingResponse):
    """Takes one of its caller's places for as long as it is sent."""

    media_type = "text/event-stream"

    def __init__(
        self, messages: AsyncIterator[bytes], headers: dict[str, str], places: Slots, who: str
    ) -> None:
        super().__init__(messages, headers=headers)
        self._places, self._who = places, who

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._places.take(self._who):
            await super().__call__(scope, receive, send)


async def _messages(call: Call, workspace_id: str, page: Changes) -> AsyncIterator[bytes]:
    yield format_sse_event(retry=_RETRY_MILLISECONDS)
    after = -1
    with call.parts.feed.watch(workspace_id, Session.of(call.caller)) as watch:
        while True:
            for event in page.items:
                data = msgspec.json.encode(event).decode()
                yield format_sse_event(data_str=data, event=event.type, id=str(event.seq))
            if page.last_seq > (page.items[-1].seq if page.items else after):
                # An id without data moves Last-Event-ID on, past what this caller is not told.
                yield format_sse_event(id=str(page.last_seq))
            after = page.last_seq
            if not page.has_more and not await watch.wait(_HEARTBEAT_SECONDS):
                yield KEEPALIVE_COMMENT
            if watch.is_closing or _has_expired(call):
                return  # what else ended the session is said by the next look
            try:
                page = await call.read(read_changes, workspace_id=workspace_id, after_seq=after, limit=_PAGE)
            except errors.AppError as error:
                yield format_sse_event(event="closed", data_str=f'{{"error_code":"{error.code}"}}')
                return
            except DatabaseError:
                return  # the client connects again, with the id of what it has


def _has_expired(call: Call) -> bool:
    now = call.tools.clock()
    ends = [call.caller.identity.expires_at]
    if call.caller.claims:
        ends.append(call.caller.claims.expires_at)
    return now >= min(ends)
