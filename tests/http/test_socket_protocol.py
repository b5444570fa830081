"""WebSockets as no client library would speak them, and clients that neither take nor answer."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.http.guard import Guard
from tests.databases import TestDatabase
from tests.harness import Person, Service, make_settings, serving
from tests.http.raw import PATIENCE, Raw, ask, connected
from tests.sockets import ticket_of

HEAD = (
    "GET {path}/ws?ticket={ticket}&since=0 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: {version}\r\nSec-WebSocket-Key: {key}\r\n{more}\r\n"
)
KEY = "AAAAAAAAAAAAAAAAAAAAAA=="
GET = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"


def head(
    path: str = "/workspaces/x", ticket: str = "x", version: str = "13", key: str = KEY, more: str = ""
) -> bytes:
    return HEAD.format(path=path, ticket=ticket, version=version, key=key, more=more).encode()


def frame(opcode: int, data: bytes = b"", fin: bool = True) -> bytes:
    """Of a client: masked, by nothing. For less than 126 bytes."""
    return bytes([opcode | (0x80 if fin else 0), 0x80 | len(data)]) + bytes(4) + data


def guard(service: Service) -> Guard:
    found: Guard = service.app.state.protocol.guard
    return found


@pytest.fixture
async def server(database: TestDatabase, key_file: Path) -> AsyncIterator[Service]:
    settings = make_settings(
        database, key_file, stream_poll_seconds=0.02, socket_ping_seconds=0.3, transfer_grace_seconds=0.3
    )
    async with serving(settings) as service:
        guard(service).limits = replace(guard(service).limits, linger_seconds=0.2)
        yield service


async def begun(person: Person, raw: Raw, path: str) -> None:
    await raw.send(head(path, await ticket_of(person, path)))
    assert (await raw.answer()).status == 101


async def until_gone(service: Service) -> None:
    """Nothing is left of any socket."""
    async with asyncio.timeout(PATIENCE):
        while service.edge.sockets.total or guard(service)._settled:  # noqa: ASYNC110 - nothing else tells of it
            await asyncio.sleep(0.01)
    assert not service.edge.parts.feed._watches


async def test_what_is_no_handshake(server: Service) -> None:
    for data in (
        head(version="8"),
        head(key="short"),
        head(key="é"),
        head(more="Content-Length: 1\r\n") + b"x",
        head() + frame(1, b"early"),
        head().replace(b"Sec-WebSocket-Key", b"X"),
    ):
        assert (await ask(server, data)).code == (400, "MALFORMED_REQUEST"), data
    long = head(more=f"X-Long: {'x' * 9000}\r\n")
    assert (await ask(server, long)).code == (431, "REQUEST_HEADER_TOO_LARGE")
    absolute = head().replace(b"GET /", b"GET http://a/")
    assert (await ask(server, absolute)).code == (422, "VALIDATION_FAILED")
    # Who asks for a socket otherwise than with GET is answered as if they had not.
    post = head("/livez").replace(b"GET", b"POST").replace(b"/ws?ticket=x&since=0", b"")
    assert (await ask(server, post)).code == (405, "METHOD_NOT_ALLOWED")


async def test_a_handshake_behind_another_request_is_not_begun(server: Service) -> None:
    async with connected(server) as raw:
        await raw.send(GET.encode() + head())
        assert (await raw.answer()).status == 200
        assert await raw.is_closed()


async def test_who_does_not_answer_is_gone(server: Service) -> None:
    ada = await server.person("ada")
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    async with connected(server) as raw:
        await begun(ada, raw, path)
        assert server.edge.sockets.total == 1
        assert await raw.is_closed()
    await until_gone(server)


async def test_garbage_ends_its_own_socket_and_no_other(server: Service) -> None:
    ada = await server.person("ada")
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    for data in (
        os.urandom(4096),
        b"\x81\x05hello",  # not masked
        frame(3),
        frame(8, b"\x00"),
        frame(1, b"\xff"),
        b"\x81\xff" + struct.pack("!Q", 2**63),
        frame(1, b"a", fin=False) + frame(0, b"", fin=False) * 10_000,
        frame(1, b'{"type":"ping"}') * 5_000,
    ):
        async with connected(server) as raw:
            await begun(ada, raw, path)
            await raw.send(data)
            assert await raw.is_closed(), data[:20]
    await until_gone(server)


async def test_who_takes_nothing_is_told_so_and_cut_off(server: Service) -> None:
    """A client whose window is small stops reading; the server's buffer is small too, so that little is enough."""
    ada = await server.person("ada")
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    listening = guard(server)
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        slow.setblocking(False)
        url = server.client.base_url
        await asyncio.get_running_loop().sock_connect(slow, (url.host, url.port))
        ticket = await ticket_of(ada, path)
        await asyncio.get_running_loop().sock_sendall(slow, head(path, ticket))
        async with asyncio.timeout(PATIENCE):
            while not listening._settled:  # noqa: ASYNC110 - nothing else tells of it
                await asyncio.sleep(0.01)
        [protocol] = listening._settled
        transport = protocol.transport  # type: ignore[attr-defined]
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2048)
        transport.set_write_buffer_limits(high=512)
        protocol.ping_interval = protocol.ping_timeout = 60  # type: ignore[attr-defined]
        protocol.stop_keepalive()  # type: ignore[attr-defined]
        for number in range(40):
            await ada.patch(path, {"name": f"N{number}"})
        await until_gone(server)
    assert 'pma_sockets_closed_total{code="1013"} 1.0' in server.edge.parts.metrics.text().decode()
