"""What is taken for a request, against a real socket: heads of any size and shape, and bodies framed in two ways."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.databases import TestDatabase
from tests.harness import Service, make_settings, serving
from tests.http.raw import ask, connected

LIVE = b"GET /livez HTTP/1.1\r\nHost: a\r\n"


@pytest.fixture
async def service(database: TestDatabase, key_file: Path) -> AsyncIterator[Service]:
    settings = make_settings(database, key_file, max_head_bytes=8192, max_head_fields=50)
    async with serving(settings) as service:
        yield service


HEADS = {
    "one that never ends": b"X: " + b"x" * 100_000,
    "a name that never ends": b"x" * 100_000,
    "15,000 of 4 bytes": b"a:b\r\n" * 15_000,
    "one field too many": b"a:b\r\n" * 51 + b"\r\n",
    "whole": b"X: " + b"x" * 8192 + b"\r\n\r\n",
}


async def test_heads_have_a_size_and_a_number_of_fields(service: Service) -> None:
    for what, head in HEADS.items():
        async with connected(service) as raw:
            await raw.send(LIVE + head)
            # Not ended: it is refused for what has come so far.
            answer = await raw.answer()
            assert answer.code == (431, "REQUEST_HEADER_TOO_LARGE"), what
            assert answer.headers["connection"] == "close"
            assert await raw.is_closed()
    assert (await service.client.get("/livez")).status_code == 200


async def test_a_head_that_comes_in_pieces_is_counted_whole(service: Service) -> None:
    async with connected(service) as raw:
        await raw.send(LIVE)
        for _ in range(20):
            await raw.send(b"X: " + b"x" * 500 + b"\r\n")
        assert (await raw.answer()).code == (431, "REQUEST_HEADER_TOO_LARGE")
    async with connected(service) as raw:
        await raw.send(b"\r\n" * 5000)
        assert (await raw.answer()).status == 431


async def test_a_head_within_the_limits_is_served_again_and_again(service: Service) -> None:
    head = LIVE + b"X: " + b"x" * 8000 + b"\r\n\r\n"
    async with connected(service) as raw:
        for _ in range(5):
            await raw.send(head)
            assert (await raw.answer()).status == 200
        await raw.send(head * 5)
        assert [(await raw.answer()).status for _ in range(5)] == [200] * 5


async def test_a_refusal_is_logged_under_the_id_that_it_answers(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        answer = await ask(service, b"no HTTP at all\r\n\r\n")
    told = [record.__dict__ for record in caplog.records if record.message == "refused"]
    assert [(each["code"], each["request_id"]) for each in told] == [
        ("MALFORMED_REQUEST", answer.headers["x-request-id"])
    ]
    assert "pma_http_connections 1.0" in (await service.client.get("/metrics")).text


async def test_a_giant_target_is_414(service: Service) -> None:
    for size in (8200, 200_000):
        answer = await ask(service, b"GET /" + b"a" * size + b" HTTP/1.1\r\nHost: a\r\n\r\n")
        assert answer.code == (414, "REQUEST_TARGET_TOO_LONG")
    assert (await ask(service, b"GET /livez?" + b"a" * 4000 + b" HTTP/1.1\r\nHost: a\r\n\r\n")).status == 200


BODY = b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


REFUSED = {
    "HTTP/0.9": b"GET /livez\r\n\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/2 by name": b"GET /livez HTTP/2.0\r\nHost: a\r\n\r\n",
    "HTTP/1.9": b"GET /livez HTTP/1.9\r\nHost: a\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00",
    "no method": b"FROBNICATE /livez HTTP/1.1\r\nHost: a\r\n\r\n",
    "small letters": b"get /livez HTTP/1.1\r\nHost: a\r\n\r\n",
    "no Host": b"GET /livez HTTP/1.1\r\n\r\n",
    "two Hosts": b"GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "obs-fold": LIVE + b"X: a\r\n b\r\n\r\n",
    "blank before the colon": LIVE + b"X : a\r\n\r\n",
    "NUL in a value": LIVE + b"X: a\x00b\r\n\r\n",
    "NUL in a name": LIVE + b"X\x00: a\r\n\r\n",
    "bare CR": LIVE + b"X: a\rb\r\n\r\n",
    "bare LF": b"GET /livez HTTP/1.1\nHost: a\n\n",
    "bare LF after a field": LIVE + b"X: a\n\r\n",
    "NUL in the target": b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
    "CONNECT": b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
    "CL and TE": LIVE + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + BODY,
    "TE and CL": LIVE + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + BODY,
    "two lengths": LIVE + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "the same length twice": LIVE + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "lengths in a list": LIVE + b"Content-Length: 5, 5\r\n\r\nhello",
    "a signed length": LIVE + b"Content-Length: +5\r\n\r\nhello",
    "a negative length": LIVE + b"Content-Length: -5\r\n\r\nhello",
    "a length in hexadecimal": LIVE + b"Content-Length: 0x5\r\n\r\nhello",
    "a length that overflows": LIVE + b"Content-Length: 99999999999999999999999\r\n\r\n",
    "another coding": LIVE + b"Transfer-Encoding: xchunked\r\n\r\n" + BODY,
    "two codings": LIVE + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + BODY,
    "chunked not last": LIVE + b"Transfer-Encoding: chunked, identity\r\n\r\n" + BODY,
    "two TEs": LIVE + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + BODY,
    "1.0 and TE": b"POST /livez HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + BODY,
    "no chunk size": LIVE + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "a huge chunk": LIVE + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff1\r\n",
    "LF after a size": LIVE + b"Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n",
}


async def test_what_is_no_request_or_could_be_two_is_refused(service: Service) -> None:
    for what, request in REFUSED.items():
        async with connected(service) as raw:
            await raw.send(request)
            answer = await raw.answer()
            assert answer.code == (400, "MALFORMED_REQUEST"), what
            assert await raw.is_closed(), f"{what}: whatever follows is not read as a request"
    assert (await service.client.get("/livez")).status_code == 200


FINE = {
    "absolute form": (b"GET http://elsewhere/livez?x=1 HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    "absolute, no path": (b"GET http://elsewhere HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    "blanks": (b"GET  /livez HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    "asterisk form": (b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 401),
    "two slashes": (b"GET //livez HTTP/1.1\r\nHost: a\r\n\r\n", 401),
    "HTTP/1.0": (b"GET /livez HTTP/1.0\r\n\r\n", 200),
    "blank lines before": (b"\r\n\r\nGET /livez HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    "bytes of nobody's alphabet": (LIVE + b"X: \xe9\xff\r\n\r\n", 200),
    "an expectation that nobody knows": (LIVE + b"Expect: magic\r\n\r\n", 200),
}


async def test_what_is_odd_and_fine(service: Service) -> None:
    for what, (request, status) in FINE.items():
        assert (await ask(service, request)).status == status, what


async def test_a_trailer_changes_no_head(service: Service) -> None:
    """A trailer that were taken for a field of the head would pass whoever checked the head."""
    body = b"0\r\nAuthorization: Bearer a.b.c\r\n\r\n"
    async with connected(service) as raw:
        await raw.send(
            b"GET /workspaces HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            + body
            + LIVE
            + b"\r\n"
        )
        assert (await raw.answer()).code == (401, "MISSING_AZURE_TOKEN")
        assert (await raw.answer()).status == 200


async def test_pipelined_requests_are_answered_in_order_and_not_without_end(service: Service) -> None:
    async with connected(service) as raw:
        await raw.send(LIVE + b"\r\n" + b"GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n" + LIVE + b"\r\n")
        bodies = [(await raw.answer()).body for _ in range(3)]
        assert bodies[0] == bodies[2] != bodies[1]
    async with connected(service) as raw:
        await raw.send((LIVE + b"\r\n") * 3000)
        answers = 0
        while (answer := await raw.answer()).headers.get("connection") != "close":
            answers += answer.status == 200
        assert answers < 50
        assert await raw.is_closed()


async def test_garbage_behind_a_request_is_not_written_into_its_answer(service: Service) -> None:
    async with connected(service) as raw:
        await raw.send(b"GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n" + b"\x00garbage\r\n\r\n")
        answer = await raw.answer()
        assert (answer.status, b"schema_version" in answer.body) == (200, True)
        assert await raw.reader.read() == b""


async def test_an_offer_to_upgrade_is_passed_over_and_its_body_read_as_one(service: Service) -> None:
    """Java's client makes one with its first request. To httptools the body is the other protocol's."""
    offer = (
        b"POST /auth/register HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        b"HTTP2-Settings: AAMAAABkAAQ\r\nContent-Type: application/json\r\nContent-Length: "
    )
    async with connected(service) as raw:
        for body, missing in ((b"", b'"body"'), (b'{"email":"a@example.com"}', b'"body.password"')):
            await raw.send(offer + b"%d\r\n\r\n%b" % (len(body), body))
            answer = await raw.answer()
            assert answer.code == (422, "VALIDATION_FAILED")
            assert b'"field":' + missing in answer.body
        await raw.send((offer + b"2\r\n\r\n{}") * 1000)
        while (answer := await raw.answer()).headers.get("connection") != "close":
            assert answer.status == 422
        assert await raw.is_closed()


async def test_a_client_that_waits_for_100_continue_is_not_asked_for_what_nobody_wants(
    service: Service,
) -> None:
    head = b"Host: a\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n"
    async with connected(service) as raw:
        await raw.send(b"POST /workspaces HTTP/1.1\r\n" + head)
        answer = await raw.answer()
        assert answer.code == (401, "MISSING_AZURE_TOKEN")
        assert answer.headers["connection"] == "close"
    async with connected(service) as raw:
        await raw.send(b"POST /auth/register HTTP/1.1\r\n" + head)
        assert (await raw.answer()).status == 100
        await raw.send(b"{}")
        assert (await raw.answer()).status == 422
        await raw.send(LIVE + b"\r\n")
        assert (await raw.answer()).status == 200


async def test_two_at_once_on_two_connections(service: Service) -> None:
    async with connected(service) as one, connected(service) as other:
        await one.send(LIVE)
        await other.send(LIVE + b"\r\n")
        assert (await other.answer()).status == 200
        await one.send(b"\r\n")
        assert (await one.answer()).status == 200
