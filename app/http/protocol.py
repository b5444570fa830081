"""HTTP/1.1 on httptools, with an end to everything a client sends and to the time it takes to read.

httptools parses what comes, however much and however slowly, and uvicorn reads what its client sends until
the client is done. This class counts: a head has a size, a number of fields and a time; a body has a rate,
a time and a measure of frames (its size is the application's to judge); an answer is taken or the connection
ends. Whatever was answered before its body was read closes the connection.

Where the grammar of RFC 9112 leaves a choice, what two readers could understand in two ways is refused: that
is what requests are smuggled in.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import socket
from collections.abc import Callable
from typing import Any, ClassVar
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from app.core import errors
from app.core.client_address import PEER
from app.http.guard import Guard, Respond
from app.http.limits import Limits
from app.http.socket_protocol import SocketProtocol

_HEAD, _BODY, _DEAF = range(3)
"""What is read next; deaf is who only waits for the client to notice."""

_FRAMING = frozenset({b"host", b"expect", b"transfer-encoding", b"content-length"})
_HOP_BY_HOP = frozenset({b"connection", b"upgrade", b"http2-settings"})


class _Outlet:
    """What a request's cycle takes for the transport: closing goes by way of the protocol."""

    __slots__ = ("close", "is_closing", "write")

    def __init__(self, transport: asyncio.Transport, close: Callable[[], None]) -> None:
        self.write = transport.write
        self.is_closing = transport.is_closing
        self.close = close


class HttpProtocol(HttpToolsProtocol):
    """Made for use by ``configured``."""

    guard: ClassVar[Guard]
    sockets: ClassVar[type[SocketProtocol]]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.ws_protocol_class = self.sockets  # whatever the server was started with
        self.waited = 0.0
        self.url = b""
        self._phase = _HEAD
        self._fed = 0
        self._head_size = 0
        self._head_received = 0
        self._hosts = 0
        self._framings = 0
        self._body_size = 0
        self._body_received = 0
        self._is_kept = False
        self._is_upgrade = False
        self._is_first = True
        self._has_begun = False
        self._is_last = False
        self._unsent = 0
        self._unsent_seconds = 0.0
        self._refused: errors.AppError | None = None
        self._active: RequestResponseCycle | None = None
        self._outlet: Any = None

    # --- the connection ---------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        _send_at_once(transport)
        self._outlet = _Outlet(transport, self._finish)
        if not self.guard.admit(self):
            # Not lingered for: there is no room to do it in.
            self._answer(errors.ServiceUnavailable("Too many connections. Try again.", retry_after=1))
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.guard.release(self)
        self.pipeline.clear()
        if self._active is not None:
            self._active.disconnected = True
            self._active.message_event.set()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Asked by the server that ends: at once if idle, else after the answer that is under way. Whoever
        still sends or takes goes on, and whoever has stopped is not waited for."""
        self._is_kept, self._is_last = False, True
        self.pipeline.clear()
        for cycle in (self._active, self.cycle):
            if cycle is not None:
                cycle.keep_alive = False
        if self.is_idle:
            self.transport.close()
        limits = self.guard.limits
        spent = limits.transfer_grace_seconds - limits.last_grace_seconds
        if self._phase == _BODY:
            self.waited = max(self.waited, spent)
        self._unsent = self._unsent or self.transport.get_write_buffer_size()
        self._unsent_seconds = max(self._unsent_seconds, spent)

    @property
    def is_idle(self) -> bool:
        return self._active is None and self._phase == _HEAD

    @property
    def may_go(self) -> bool:
        """Where there is no room, nobody has more grace than when the server ends: bodies that stopped, and
        answers that nobody takes, would keep everybody else out for as long as theirs."""
        if self._active is None and self._phase != _BODY:
            return self.waited > 0
        limits = self.guard.limits
        spent = limits.transfer_grace_seconds - limits.last_grace_seconds
        if self._phase == _BODY and limits.is_too_slow(self._body_size, self.waited + spent):
            return True
        size = self.transport.get_write_buffer_size()
        has_stopped = limits.is_too_slow(self._unsent - size, self._unsent_seconds + spent)
        return bool(self._unsent and size) and has_stopped

    def drop(self) -> None:
        self.transport.abort()

    def pause_writing(self) -> None:
        self._unsent = 0
        super().pause_writing()

    def resume_writing(self) -> None:
        self._unsent = 0
        super().resume_writing()

    # --- time -------------------------------------------------------------------------

    def look(self, seconds: float) -> None:
        if self._is_not_taken(seconds):
            self.guard.complain("answers that nobody takes")
            self.transport.abort()
            return
        if self.transport.is_closing() or self.flow.read_paused:
            return
        self.waited += seconds
        limits = self.guard.limits
        if self._phase == _DEAF:
            if self._active is None and self.waited > limits.linger_seconds:
                self.transport.close()
        elif self._phase == _BODY:
            if limits.is_too_slow(self._body_size, self.waited):
                self.guard.complain("slow bodies")
                self._refuse(errors.RequestTimeout())
        elif self._active is not None:
            self.waited = 0.0
        elif self._has_begun or self._is_first:
            if self.waited > limits.head_seconds:
                self.guard.complain("slow heads")
                self._refuse(errors.RequestTimeout())
        elif self.waited > limits.keep_alive_seconds:
            self.transport.close()

    def _is_not_taken(self, seconds: float) -> bool:
        """Whether the client takes its answer too slowly. While writing is paused, nothing is added; below
        that mark, what stays is what nobody reads."""
        size = self.transport.get_write_buffer_size()
        if not self._unsent or not size:
            self._unsent, self._unsent_seconds = size, 0.0
            return False
        self._unsent_seconds += seconds
        return self.guard.limits.is_too_slow(self._unsent - size, self._unsent_seconds)

    # --- what comes in ----------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if self._phase == _DEAF:
            return
        self._fed = len(data)
        self._is_first = False
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._upgrade(data[upgrade.args[0] :])
            return
        except httptools.HttpParserError:
            if self._phase != _DEAF:
                self._refuse(self._refused or errors.MalformedRequest())
            return
        limits = self.guard.limits
        if self._phase == _HEAD:
            self._head_received += len(data)
            if self._head_received > limits.head_bytes:
                self._refuse(self._head_error())
        elif self._phase == _BODY:
            self._body_received += len(data)
            if self._body_received > 2 * self._body_size + limits.framing_bytes:
                self._refuse(errors.MalformedRequest("The body's frames are larger than the body."))

    def _upgrade(self, rest: bytes) -> None:
        """Hands a websocket over. Anybody else's offer to speak another protocol is passed over (RFC 9110
        section 7.8): its request is read again without the offer, because the parser would take the body
        for the other protocol."""
        if self._should_upgrade() and self.parser.get_method() == b"GET":
            self._begin_socket(rest)
            return
        kept = [header for header in self.headers if header[0] not in _HOP_BY_HOP]
        lines = b"".join(b"%b: %b\r\n" % header for header in kept)
        version = self.parser.get_http_version().encode()
        head = b"%b %b HTTP/%b\r\n%b\r\n" % (self.parser.get_method(), self.url, version, lines)
        self._is_upgrade = False
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(head + rest)

    def _begin_socket(self, rest: bytes) -> None:
        """RFC 6455 section 4.2.1. Nothing comes before its answer, and nothing is under way before it."""
        given = dict(self.headers)
        try:
            key = base64.b64decode(given.get(b"sec-websocket-key", b""), validate=True)
            path, query = _target(self.url)
            path.decode("ascii"), query.decode("ascii")
        except (binascii.Error, ValueError, httptools.HttpParserInvalidURLError):
            key = b""
        is_sound = given.get(b"sec-websocket-version") == b"13" and len(key) == 16
        if not is_sound or rest or self._framings or self._active is not None or self.pipeline:
            self._refuse(errors.MalformedRequest("This is not how a WebSocket (RFC 6455) is begun."))
            return
        self.url = path + b"?" + query if query else path
        self.guard.release(self)
        self.handle_websocket_upgrade()

    def on_message_begin(self) -> None:
        if self._is_last:
            # Not read: its client sends it again, elsewhere (RFC 9112 section 9.3.2).
            self._phase = _DEAF
            self._stop(errors.MalformedRequest())
        super().on_message_begin()
        self._head_size = self._hosts = self._framings = 0
        self._has_begun, self.waited = True, 0.0

    def on_url(self, url: bytes) -> None:
        self.url += url
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._phase != _HEAD:
            return  # A trailer: nothing here reads one, and a head that was judged does not change.
        name = name.lower()
        if name in _FRAMING:
            self._on_framing(name, value)
        self._count(len(name) + len(value) + 4)
        self.headers.append((name, value))

    def _on_framing(self, name: bytes, value: bytes) -> None:
        if name == b"host":
            self._hosts += 1
        elif name == b"expect":
            self.expect_100_continue = value.lower() == b"100-continue"
        else:
            # One of the two, once (RFC 9112 section 6.3), and no coding but the one that everybody knows.
            self._framings += 1
            if name == b"transfer-encoding" and value.lower() != b"chunked":
                self._stop(errors.MalformedRequest("The only Transfer-Encoding here is chunked."))

    def _count(self, size: int) -> None:
        self._head_size += size
        if self._head_size > self.guard.limits.head_bytes:
            self._stop(self._head_error())

    def _head_error(self) -> errors.AppError:
        if len(self.url) > self.guard.limits.head_bytes // 2:
            return errors.RequestTargetTooLong()
        return errors.RequestHeaderTooLarge()

    def _stop(self, error: errors.AppError) -> None:
        """Stops the parser from within; ``data_received`` then answers."""
        self._refused = error
        raise error

    def on_headers_complete(self) -> None:
        version = self.parser.get_http_version()
        is_current = version == "1.1"
        method = self.parser.get_method()
        if len(self.headers) > self.guard.limits.head_fields:
            self._stop(errors.RequestHeaderTooLarge())
        if not is_current and version != "1.0":
            self._stop(errors.MalformedRequest("This service speaks HTTP/1.1."))
        # RFC 9112 section 3.2. Framing that two servers may read in two ways is an attack on one of them.
        if self._hosts > 1 or (is_current and not self._hosts) or self._framings > 1:
            self._stop(errors.MalformedRequest())
        if not is_current and any(name == b"transfer-encoding" for name, _ in self.headers):
            self._stop(errors.MalformedRequest())
        self.scope["method"] = method.decode("ascii")
        if self.parser.should_upgrade():
            if method == b"CONNECT":
                self._stop(errors.MalformedRequest("This service is no proxy."))
            self._is_upgrade = True
            return
        self._begin(version, is_current)

    def _begin(self, version: str, is_current: bool) -> None:
        path, query = _target(self.url)
        scope = self.scope
        scope["http_version"] = version
        scope[PEER] = self.client, self.scheme  # type: ignore[literal-required]
        text = path.decode("ascii")
        scope["path"] = self.root_path + (unquote(text) if "%" in text else text)
        scope["raw_path"] = self.root_path.encode("ascii") + path
        scope["query_string"] = query
        self._phase = _BODY
        self._is_kept = is_current and self.parser.should_keep_alive()
        self._body_size, self._body_received = 0, -self._fed
        self.cycle = RequestResponseCycle(
            scope=scope,
            transport=self._outlet,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue and is_current,
            # Until the body has come whole: who is answered before that is not listened to any longer.
            keep_alive=False,
            on_response=self.on_response_complete,
        )
        if self._active is None:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def on_body(self, body: bytes) -> None:
        self._body_size += len(body)
        cycle = self.cycle
        if cycle.response_complete:
            return
        cycle.body += body
        if len(cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        cycle.message_event.set()

    def on_message_complete(self) -> None:
        if self._is_upgrade:
            return
        cycle = self.cycle
        cycle.more_body = False
        cycle.message_event.set()
        self._phase, self._head_received, self.waited = _HEAD, -self._fed, 0.0
        self._has_begun = False
        if not cycle.response_started:
            cycle.keep_alive = self._is_kept and len(self.pipeline) < self.guard.limits.pipelined
        self._is_last = not cycle.keep_alive

    # --- what goes out ----------------------------------------------------------------

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._active = cycle
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        self._active = None
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        self.waited = 0.0
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._phase == _HEAD and self.cycle.scope is self.scope:
            # Nothing new has begun, and who waits for it needs none of this.
            self.cycle = self.scope = self.headers = None  # type: ignore[assignment]

    def _refuse(self, error: errors.AppError) -> None:
        """Answers in the application's stead, and listens no longer. An answer that is under way is not
        written into: then the connection ends after it."""
        current = self.cycle if self._phase == _BODY else None
        self._phase = _DEAF
        self.pipeline.clear()
        active = self._active
        if active is None or (active is current and not active.response_started):
            if active is not None:
                self._active = None
                active.disconnected = True
                active.message_event.set()
            self._answer(error)
            self._finish()
        elif active is current:
            self.transport.abort()  # it has an answer, but not one that waits for the rest of its body
        else:
            active.keep_alive = False

    def _answer(self, error: errors.AppError) -> None:
        status, headers, body = self.guard.respond(error)
        lines = b"".join(b"%b: %b\r\n" % header for header in (*self.server_state.default_headers, *headers))
        self.transport.write(b"%b%bconnection: close\r\n\r\n%b" % (STATUS_LINE[status], lines, body))

    def _finish(self) -> None:
        """Ends a connection whose answers are all written. Closing while the client still sends would reset
        it, and the answer with it: so it is told that this is all, and given a moment to read it."""
        self._active = None
        self.pipeline.clear()
        if self._phase == _HEAD or self.transport.is_closing() or not self.transport.can_write_eof():
            self.transport.close()
            return
        self._phase, self.waited = _DEAF, 0.0
        self.transport.write_eof()
        self.flow.resume_reading()


def _send_at_once(transport: asyncio.Transport) -> None:
    """Without TCP_NODELAY, the body of an answer waits 40 ms until the client has its head. asyncio sets
    it only where the listening socket knows that it is TCP's, which one that is inherited does not."""
    peer = transport.get_extra_info("socket")
    if peer is not None and peer.family in (socket.AF_INET, socket.AF_INET6):
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _target(url: bytes) -> tuple[bytes, bytes]:
    """Path and query of a request target (RFC 9112 section 3.2). Raises ``HttpParserInvalidURLError``."""
    if url == b"*":
        return b"*", b""
    parsed = httptools.parse_url(url)
    return parsed.path or b"/", parsed.query or b""


def configured(limits: Limits, respond: Respond) -> type[HttpProtocol]:
    """The class for ``uvicorn.Config(http=…)``, for one process."""
    guard = Guard(limits, respond)
    sockets = type("ConfiguredSocketProtocol", (SocketProtocol,), {"guard": guard})
    return type("ConfiguredHttpProtocol", (HttpProtocol,), {"guard": guard, "sockets": sockets})
