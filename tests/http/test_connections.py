"""How long a connection may take and how many there may be, against a real socket."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from starlette.responses import Response, StreamingResponse

from app.core.middleware import ANONYMOUS
from app.http.guard import Guard
from app.http.protocol import HttpProtocol
from tests.databases import TestDatabase
from tests.harness import Service, make_settings, serving
from tests.http.raw import PATIENCE, ask, connected

LIVE = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"


@asynccontextmanager
async def limited(database: TestDatabase, key_file: Path, **limits: Any) -> AsyncIterator[Service]:
    async with serving(make_settings(database, key_file, **limits)) as service:
        yield service


def guard(service: Service) -> Guard:
    found: Guard = service.app.state.protocol.guard
    return found


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - nothing else tells of it
            await asyncio.sleep(0.01)


async def test_an_anonymous_body_without_end_is_not_read(database: TestDatabase, key_file: Path) -> None:
    """A chunk for each byte kept a worker busy for as long as somebody sent them."""
    async with limited(database, key_file) as service:
        guard(service).limits = replace(guard(service).limits, linger_seconds=0.2)
        for path in (b"/workspaces", b"/nothing/here", b"/livez", b"/auth/token"):
            async with connected(service) as raw:
                await raw.send(
                    b"POST %b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                    b"Content-Type: application/x-www-form-urlencoded\r\n\r\n" % path
                )
                sent = 0

                async def flood(raw: Any = raw) -> None:
                    nonlocal sent
                    while True:
                        await raw.send(b"1\r\na\r\n" * 5_000)
                        sent += 30_000

                flooding = asyncio.create_task(flood())
                answer = await raw.answer()
                assert answer.status in (400, 401, 405, 413), path
                assert answer.headers["connection"] == "close"
                with pytest.raises(ConnectionError):
                    async with asyncio.timeout(PATIENCE):
                        await flooding
            # Whoever else asks meanwhile is answered: the flood is thrown away, not parsed.
            assert (await service.client.get("/livez")).status_code == 200


async def test_who_is_refused_while_sending_still_gets_the_answer(
    database: TestDatabase, key_file: Path
) -> None:
    async with limited(database, key_file) as service, connected(service) as raw:
        await raw.send(b"POST /workspaces HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n")
        await raw.send(b"x" * 3_000_000)
        assert (await raw.answer()).code == (401, "MISSING_AZURE_TOKEN")
        assert await raw.is_closed()


@pytest.mark.parametrize(
    ("padding", "why"),
    [(b"1;" + b"x" * 4000 + b"\r\na\r\n", "extensions"), (b"0\r\n" + b"X: y\r\n" * 50_000, "trailers")],
)
async def test_frames_of_a_body_are_not_larger_than_the_body(
    database: TestDatabase, key_file: Path, padding: bytes, why: str
) -> None:
    async with limited(database, key_file) as service, connected(service) as raw:
        await raw.send(
            b"POST /auth/register HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        await asyncio.sleep(0.05)
        for _ in range(100):
            raw.writer.write(padding)
            await asyncio.sleep(0)
        assert (await raw.answer()).code == (400, "MALFORMED_REQUEST"), why


@pytest.mark.parametrize("stalls", [True, False])
async def test_a_server_that_ends_does_not_wait_for_a_body_that_stopped(
    database: TestDatabase, key_file: Path, stalls: bool
) -> None:
    """Anybody's half a form held it up for the whole of SHUTDOWN_GRACE_SECONDS; who goes on is waited for."""
    # The head's time is for the sake of the clock's tick.
    async with limited(database, key_file, head_seconds=0.2) as service, connected(service) as raw:
        guard(service).limits = replace(guard(service).limits, last_grace_seconds=0.1)
        form = b"username=ada&password=" + b"x" * 3000
        head = b"POST /auth/token HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        await raw.send(head + b"Content-Length: %d\r\n\r\n" % len(form))
        found: list[Any] = []
        while all(each.is_idle for each in found):
            await asyncio.sleep(0.01)
            found = list(guard(service)._open)
        for connection in found:
            connection.shutdown()
        if not stalls:
            for start in range(0, len(form), 100):
                await raw.send(form[start : start + 100])
                await asyncio.sleep(0.02)
        answer = await raw.answer()
        assert answer.status == (408 if stalls else 422)
        assert answer.headers["connection"] == "close"


async def test_slow_heads_and_silent_connections_end(
    database: TestDatabase, key_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        async with limited(database, key_file, head_seconds=0.3) as service:
            async with connected(service) as silent, connected(service) as slow, connected(service) as again:
                await slow.send(b"GET /livez HTTP/1.1\r\n")
                await again.send(LIVE + b"GET /live")
                assert (await again.answer()).status == 200
                started = time.monotonic()
                for number in range(40):
                    await asyncio.sleep(0.02)
                    slow.writer.write(b"X%d: y\r\n" % number)
                for raw in (silent, slow, again):
                    assert (await raw.answer()).code == (408, "REQUEST_TIMEOUT")
                    assert await raw.is_closed()
                assert time.monotonic() - started < PATIENCE
            await until(lambda: len(guard(service)) == 0)
    lines = [record for record in caplog.records if getattr(record, "limit", None) == "slow heads"]
    assert len(lines) == 1, "said once, not for each"


async def test_an_idle_connection_is_kept_as_long_as_the_setting_says(
    database: TestDatabase, key_file: Path
) -> None:
    async with (
        limited(database, key_file, head_seconds=0.1, keep_alive_seconds=0.6) as service,
        connected(service) as raw,
    ):
        for _ in range(3):
            await raw.send(LIVE)
            assert (await raw.answer()).status == 200
            await asyncio.sleep(0.2)
        assert await raw.reader.read() == b"", "closed without an answer to nothing"


async def test_a_body_has_a_rate_and_a_time(database: TestDatabase, key_file: Path) -> None:
    head = (
        b"POST /auth/register HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        b"Content-Length: 60000\r\n\r\n"
    )
    rate = {"transfer_grace_seconds": 0.2, "transfer_min_bytes_per_second": 10_000}
    async with limited(database, key_file, **rate) as service:
        async with connected(service) as raw:
            await raw.send(head)
            for _ in range(30):
                raw.writer.write(b" ")
                await asyncio.sleep(0.02)
            assert (await raw.answer()).code == (408, "REQUEST_TIMEOUT")
            assert await raw.is_closed()
        async with connected(service) as raw:
            await raw.send(head)
            for _ in range(10):
                await raw.send(b" " * 6_000)
                await asyncio.sleep(0.05)
            assert (await raw.answer()).status == 422, "at that rate it may go on"
    async with limited(database, key_file, transfer_seconds=0.3) as service, connected(service) as raw:
        await raw.send(head)
        for _ in range(30):
            raw.writer.write(b" " * 1000)
            await asyncio.sleep(0.02)
        assert (await raw.answer()).code == (408, "REQUEST_TIMEOUT")


async def test_an_upload_may_take_its_time_and_not_stand_still(
    database: TestDatabase, key_file: Path
) -> None:
    limits = {"transfer_grace_seconds": 0.2, "transfer_min_bytes_per_second": 5000}
    async with limited(database, key_file, **limits) as service:
        ada = await service.person("ada")
        workspace = (await ada.create_workspace())["id"]
        form = (
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n'
            b"Content-Type: text/plain\r\n\r\n%b\r\n--b--\r\n" % (b"x" * 20_000)
        )
        fields = "".join(f"{name}: {value}\r\n" for name, value in ada.headers().items())
        head = (
            f"POST /workspaces/{workspace}/files HTTP/1.1\r\nHost: a\r\n{fields}"
            f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {len(form)}\r\n\r\n"
        ).encode()
        async with connected(service) as raw:
            await raw.send(head)
            for start in range(0, len(form), 2000):
                await raw.send(form[start : start + 2000])
                await asyncio.sleep(0.06)
            assert (await raw.answer()).status == 201
        async with connected(service) as raw:
            await raw.send(head + form[:3000])
            assert (await raw.answer()).code == (408, "REQUEST_TIMEOUT")
        assert [
            file["size"] for file in (await ada.get(f"/workspaces/{workspace}/files")).json()["items"]
        ] == [20_000]


async def test_an_answer_that_nobody_takes_ends_with_its_connection(
    database: TestDatabase, key_file: Path
) -> None:
    limits = {"transfer_grace_seconds": 0.2, "transfer_min_bytes_per_second": 100_000}
    async with limited(database, key_file, **limits) as service:
        ended = asyncio.Event()

        async def chunks() -> AsyncIterator[bytes]:
            try:
                for _ in range(10_000):
                    yield b"x" * 65_536
            finally:
                ended.set()

        async def endless() -> Response:
            return StreamingResponse(chunks())

        async def whole() -> Response:
            return Response(b"x" * 50_000_000)

        service.app.add_api_route("/endless", endless)
        service.app.add_api_route("/whole", whole)
        ada = await service.person("ada")
        fields = "".join(f"{name}: {value}\r\n" for name, value in ada.headers().items())
        async with connected(service) as raw, connected(service) as other:
            for client, path in ((raw, "endless"), (other, "whole")):
                client.writer.transport.pause_reading()  # type: ignore[attr-defined]
                await client.send(f"GET /{path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n".encode())
            await until(lambda: ended.is_set() and len(guard(service)) <= 1)


async def test_a_server_that_ends_does_not_wait_for_who_takes_nothing(
    database: TestDatabase, key_file: Path
) -> None:
    async with limited(database, key_file, head_seconds=0.2) as service, connected(service) as raw:
        guard(service).limits = replace(guard(service).limits, last_grace_seconds=0.1)

        async def whole() -> Response:
            return Response(b"x" * 50_000_000)

        service.app.add_api_route("/whole", whole)
        fields = "".join(
            f"{name}: {value}\r\n" for name, value in (await service.person("ada")).headers().items()
        )
        raw.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await raw.send(f"GET /whole HTTP/1.1\r\nHost: a\r\n{fields}\r\n".encode())
        full: list[Any] = []
        while not full:
            await asyncio.sleep(0.01)
            full = [
                each
                for each in guard(service)._open
                if each.transport.get_write_buffer_size() > 1_000_000  # type: ignore[attr-defined]
            ]
        full[0].shutdown()
        await until(lambda: full[0] not in guard(service)._open)


STALLED = {
    "heads": b"GET /livez HTTP/1.1\r\nHos",
    "bodies": b"POST /auth/token HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\nusername=",
    "refused": b"POST /workspaces HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\n",
    "answers": b"GET /livez/endless HTTP/1.1\r\nHost: a\r\n\r\n",
}


@pytest.mark.parametrize("what", STALLED)
async def test_clients_that_stopped_make_room(
    database: TestDatabase, key_file: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With so many of them one stranger kept everybody out for as long as bodies have grace."""
    monkeypatch.setattr("app.core.middleware.ANONYMOUS", ANONYMOUS | {"/livez/endless"})
    async with limited(database, key_file, max_connections=3, head_seconds=0.2) as service:
        guard(service).limits = replace(guard(service).limits, last_grace_seconds=0.1, head_seconds=20)

        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(10_000):
                yield b"x" * 65_536

        async def endless() -> Response:
            return StreamingResponse(chunks())

        service.app.add_api_route("/livez/endless", endless)
        async with connected(service) as one, connected(service) as two, connected(service) as three:
            for raw in (one, two, three):
                raw.writer.transport.pause_reading()  # type: ignore[attr-defined]
                await raw.send(STALLED[what])
            async with asyncio.timeout(4):  # less than anybody lingers
                while (await ask(service, LIVE)).status != 200:  # noqa: ASYNC110 - nothing else tells of it
                    await asyncio.sleep(0.05)


async def test_connections_are_limited_and_the_idle_make_room(
    database: TestDatabase, key_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        async with limited(database, key_file, max_connections=3, head_seconds=1.0) as service:
            async with connected(service) as first, connected(service) as second, connected(service) as third:
                for raw in (second, third, first):
                    await raw.send(LIVE)
                    assert (await raw.answer()).status == 200
                await asyncio.sleep(0.6)
                for raw in (second, third):
                    await raw.send(LIVE)
                    assert (await raw.answer()).status == 200
                assert (await ask(service, LIVE)).status == 200, "in the place of the first"
                assert await first.is_closed()
                assert len(guard(service)) <= 3
            await until(lambda: len(guard(service)) == 0)
            busy = [await _held(service) for _ in range(3)]
            assert (await ask(service, LIVE)).code == (503, "SERVICE_UNAVAILABLE"), "nobody idle to make room"
            for writer in busy:
                writer.transport.abort()
    lines = [record for record in caplog.records if getattr(record, "limit", None) == "connections"]
    assert len(lines) == 1


async def _held(service: Service) -> asyncio.StreamWriter:
    """A connection with a request under way."""
    url = service.client.base_url
    _, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(
        b"POST /auth/register HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        b"Content-Length: 100\r\n\r\n"
    )
    await asyncio.sleep(0.1)
    return writer


async def test_a_stream_whose_client_pipelines_ends_with_its_connection(
    database: TestDatabase, key_file: Path
) -> None:
    """Only the newest request of a connection was told that its client had gone."""
    async with limited(database, key_file) as service:
        ada = await service.person("ada")
        workspace = (await ada.create_workspace())["id"]
        fields = "".join(f"{name}: {value}\r\n" for name, value in ada.headers().items())
        async with connected(service) as raw:
            await raw.send(
                f"GET /workspaces/{workspace}/stream HTTP/1.1\r\nHost: a\r\n{fields}\r\n".encode() + LIVE
            )
            assert (await raw.answer()).status == 200
            assert len(service.edge.parts.feed._watches) == 1
        await until(lambda: not service.edge.parts.feed._watches)


async def test_no_answer_waits_until_its_head_is_acknowledged(database: TestDatabase, key_file: Path) -> None:
    """The socket that tests listen at does not say that it is TCP's, as one that is inherited does not; of such
    asyncio leaves the connections as they are."""
    async with limited(database, key_file) as service, connected(service):
        await until(lambda: len(guard(service)) == 1)
        (connection,) = guard(service)._open
        peer = cast("HttpProtocol", connection).transport.get_extra_info("socket")
        assert peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
