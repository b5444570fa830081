"""Following a workspace over a WebSocket: the same events as /changes and /stream, as they happen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, WebSocket

from app.core import errors
from app.db.errors import DatabaseError
from app.http.closing import Close, close_for
from app.http.edge import Call
from app.http.errors import status_of
from app.http.sockets import Socket, require_origin
from app.http.tickets import ListenerDep
from app.kernel.feed import Session, Watch
from app.schemas.common import Id
from app.services.changes import Changes, read_changes

router = APIRouter(tags=["changes"])

_PAGE = 200
_MOST = 2**62


@router.websocket("/workspaces/{workspace_id}/ws")
async def follow(
    websocket: WebSocket,
    call: ListenerDep,
    workspace_id: Id,
    since: Annotated[int | None, Query(ge=0, le=_MOST)] = None,
) -> None:
    """Goes on after ``since``, else from now. README describes the frames, and the codes that it closes
    with."""
    settings, feed = call.parts.settings, call.parts.feed
    require_origin(websocket, settings)
    with (
        call.edge.sockets.take(call.caller.user_id),
        feed.watch(workspace_id, Session.of(call.caller)) as watch,
    ):
        follower = _Follower(call, workspace_id, watch)
        # Read before it is accepted, so that a refusal is an answer of its own.
        first = await follower.read(since)
        socket = Socket(websocket, settings.transfer_grace_seconds, call.parts.metrics.socket_closed)
        with call.parts.presence.enter(workspace_id, call.caller.user_id, watch):
            await socket.run(partial(follower.tell, socket.tell, first, since))


class _Follower:
    def __init__(self, call: Call, workspace_id: str, watch: Watch) -> None:
        self._call = call
        self._workspace_id = workspace_id
        self._watch = watch
        self._present: frozenset[str] | None = None

    async def read(self, after: int | None) -> Changes:
        async with self._call.edge.following:
            page = await self._call.read(
                read_changes, workspace_id=self._workspace_id, after_seq=after, limit=_PAGE
            )
        self._watch.know(page.last_seq)
        return page

    async def tell(self, say: Callable[[Any], Any], page: Changes, since: int | None) -> Close:
        """Until it is over; answers why. What a client has not taken is not read: the log is the queue."""
        after = page.last_seq if since is None else since
        await say({"type": "ready", "workspace_id": self._workspace_id, "seq": after})
        while True:
            for event in page.items:
                await say(event)
            if page.last_seq > (page.items[-1].seq if page.items else after):
                # Moves the place to go on from, past what this caller is not told.
                await say({"type": "position", "seq": page.last_seq})
            after = page.last_seq
            while not self._is_over() and not page.has_more and not self._watch.take_news():
                await self._watch.wait()
                for frame in self._presence():
                    await say(frame)
            if self._watch.is_closing:
                return Close.RESTART
            if self._watch.has_ended:
                return Close.SIGNED_OUT
            try:
                page = await self.read(after)
            except errors.AppError as error:
                return close_for(status_of(error))
            except DatabaseError:
                return Close.LATER

    def _is_over(self) -> bool:
        return self._watch.is_closing or self._watch.has_ended

    def _presence(self) -> Iterator[dict[str, Any]]:
        """Who came and who went since it was told last; at first, and where it was not told meanwhile, who is
        there."""
        known, self._present = self._present, self._watch.present
        if self._present is None or self._present == known:
            return
        if known is None:
            yield {"type": "presence", "user_ids": sorted(self._present)}
            return
        for kind, people in (("joined", self._present - known), ("left", known - self._present)):
            for user_id in sorted(people):
                yield {"type": f"presence.{kind}", "user_id": user_id}
