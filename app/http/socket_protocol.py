"""WebSockets on websockets' own protocol, as uvicorn drives it, with an end to what a client may send and to
what it may leave unread.

uvicorn logs the address of every socket, with the ticket in it, and closes a connection only when its client
has taken what was written. Here nothing of an address is logged, frames are few and small, and who neither
takes nor answers is cut off.
"""

from __future__ import annotations

import logging
from typing import Any, ClassVar, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.server import ServerProtocol

from app.core import errors
from app.core.client_address import PEER
from app.http.guard import Guard

_FRAME_BYTES = 4096
"""A client has next to nothing to say."""
_FRAGMENTS, _WAITING = 16, 32
"""Pieces of one message, and messages that have not been read."""
_UNREAD_BYTES = 256 * 1024
"""Of answers to pings: so much is left to a client that takes none of them."""
_POLICY_VIOLATION = 1008

_silent = logging.getLogger(f"{__name__}.silent")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False
_silent.setLevel(logging.CRITICAL)
"""What uvicorn and websockets would log: addresses, and at DEBUG every frame. Errors of the application are
logged by the application."""


class SocketProtocol(WebSocketsSansIOProtocol):
    """Made for use by ``protocol.configured``."""

    guard: ClassVar[Guard]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.logger = _silent
        self.conn = ServerProtocol(max_size=_FRAME_BYTES, logger=_silent)
        self.ping_interval = self.ping_timeout = self.guard.limits.ping_seconds
        self.waited = 0.0

    # --- the connection ---------------------------------------------------------------

    @property
    def may_go(self) -> bool:
        return False

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.guard.take_over(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.guard.release(self)
        super().connection_lost(exc)

    def look(self, seconds: float) -> None:
        """Who was told that it is over has a moment to take that."""
        if not self.close_sent and not self.transport.is_closing():
            return
        self.waited += seconds
        if self.waited > self.guard.limits.linger_seconds:
            self.transport.abort()

    def drop(self) -> None:
        self.transport.abort()

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.transport.abort()  # nobody is there to take what has not been sent

    # --- what comes in ----------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self.handshake_initiated and not self.transport.is_closing():
            # Longer lines than websockets reads; whatever else is wrong with a head was refused before.
            self._answer(errors.RequestHeaderTooLarge())

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            # Before the application begins, which it does with the loop's next turn.
            cast("dict[str, Any]", self.scope)[PEER] = self.client, self.scheme

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) >= _FRAGMENTS:
            self._fail()
            return
        super().handle_cont(event)

    def handle_ping(self) -> None:
        super().handle_ping()
        if self.transport.get_write_buffer_size() > _UNREAD_BYTES:
            self.guard.complain("pings whose answers nobody takes")
            self.transport.abort()

    def send_receive_event_to_app(self) -> None:
        if self.queue.qsize() >= _WAITING and not self.close_sent:
            self._fail()
            return
        super().send_receive_event_to_app()

    def _fail(self) -> None:
        if not self.close_sent:
            self.conn.fail(_POLICY_VIOLATION, "too much at once")
            self.handle_parser_exception()

    # --- what goes out ----------------------------------------------------------------

    async def send(self, message: Any) -> None:
        if message["type"] == "websocket.close":
            # It waits for no room: whoever is too slow is told so behind what they have not read yet.
            self.writable.set()
        elif message["type"] == "websocket.accept":
            self.guard.settle(self)
        await super().send(message)

    def _answer(self, error: errors.AppError) -> None:
        status, headers, body = self.guard.respond(error)
        lines = b"".join(b"%b: %b\r\n" % header for header in headers)
        self.transport.write(b"HTTP/1.1 %d \r\n%bconnection: close\r\n\r\n%b" % (status, lines, body))
        self.transport.close()
