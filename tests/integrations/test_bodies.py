"""Bodies that are larger than they look, or not what they say: whoever reads somebody else's answer."""

from __future__ import annotations

import gzip
import json
import random
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from app.core.clock import system_clock
from app.core.errors import IntegrationFailure
from app.core.jwks import KeySetUnavailable
from app.integrations.bodies import BodyTooLarge, BodyUnreadable, BoundedBody
from app.integrations.jira import Jira
from app.integrations.jwks_http import HttpJwksSource
from app.integrations.key_sources import KeysUnavailable, KeyVaultKeys
from app.integrations.provider import Credential
from app.integrations.upstream import UpstreamClients, UpstreamLimits
from tests.harness import SECRET_KEY
from tests.integrations.upstreams import EMAIL, TOKEN, FakeUpstream, Reply, jira_items

MEGABYTES = 100


def bomb() -> bytes:
    """A hundred megabytes in a tenth of one."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([packer.compress(b" " * 1_000_000) for _ in range(MEGABYTES)] + [packer.flush()])


def coded(coding: str, body: bytes) -> Reply:
    return Reply(200, body, {"Content-Encoding": coding})


def wrapped(body: bytes, size: int) -> bytes:
    """A gzip stream whose header names a file in ``size`` letters (RFC 1952 section 2.3)."""
    plain = gzip.compress(body)
    return plain[:3] + b"\x08" + plain[4:10] + b"n" * size + b"\0" + plain[10:]


GOOD = json.dumps({"values": jira_items(2), "isLast": True, "keys": [], "value": SECRET_KEY}).encode()
BAD: dict[str, tuple[Callable[[], Reply], str]] = {
    "a bomb": (lambda: coded("gzip", bomb()), "too_large"),
    "a bomb by its old name": (lambda: coded("X-GZip", bomb()), "too_large"),
    "as much as it is": (lambda: Reply(200, b" " * 5_000_000), "too_large"),
    "much wrapping": (lambda: coded("gzip", wrapped(GOOD, 5_000_000)), "too_large"),
    "stacked": (lambda: coded("gzip, gzip", gzip.compress(gzip.compress(GOOD))), "bad_answer"),
    "deflate": (lambda: coded("deflate", zlib.compress(GOOD)), "bad_answer"),
    "brotli": (lambda: coded("br", GOOD), "bad_answer"),
    "zstd": (lambda: coded("zstd", GOOD), "bad_answer"),
    "not gzip": (lambda: coded("gzip", GOOD), "bad_answer"),
    "cut gzip": (lambda: coded("gzip", gzip.compress(GOOD)[:-20]), "bad_answer"),
    "two after each other": (lambda: coded("gzip", gzip.compress(GOOD) * 2), "bad_answer"),
    "no UTF-8": (lambda: Reply(200, b'{"values": ["\xff\xfe"], "keys": ["\xff"]}'), "bad_answer"),
}


@pytest.fixture
def upstream() -> Any:
    with FakeUpstream() as server:
        yield server


async def ask_jira(server: FakeUpstream) -> int:
    clients = UpstreamClients(system_clock, UpstreamLimits(deadline=30, max_bytes=200_000))
    jira = Jira(clients, Credential("jira", server.url, EMAIL, TOKEN))
    try:
        return len((await jira.page(search=None, place="", limit=5))[0])
    finally:
        await clients.aclose()


async def ask_keys(server: FakeUpstream) -> int:
    source = HttpJwksSource()
    try:
        return len(await source.fetch(f"{server.url}/keys"))
    finally:
        await source.aclose()


@pytest.mark.parametrize("coding", ["identity", "gzip"])
async def test_a_body_as_large_as_it_may_be(coding: str) -> None:
    for size in (1000, 1001):
        text = random.Random(size).randbytes(size)
        content = gzip.compress(text) if coding == "gzip" else text
        most = len(content) - (size - 1000)
        body = BoundedBody({"content-encoding": coding}, most)
        if size == 1000:
            body.take(content)
            assert body.whole() == text
            continue
        with pytest.raises(BodyTooLarge):
            body.take(content)


def test_a_gzip_stream_is_there_whole_or_not_at_all() -> None:
    def body(content: bytes) -> bytes:
        bounded = BoundedBody({"content-encoding": "gzip"}, 1000)
        for number in range(len(content)):
            bounded.take(content[number : number + 1])
        return bounded.whole()

    assert body(b"") == b""
    assert body(gzip.compress(b"{}")) == b"{}"
    with pytest.raises(BodyUnreadable):
        body(gzip.compress(b"{}")[:-1])


@pytest.mark.parametrize("case", BAD)
async def test_it_is_refused_before_it_is_there(upstream: FakeUpstream, case: str) -> None:
    make, reason = BAD[case]
    reply = make()
    upstream.fault = lambda asked: reply
    tracemalloc.start()
    with pytest.raises(IntegrationFailure) as failure:
        await ask_jira(upstream)
    assert failure.value.reason == reason
    with pytest.raises(KeySetUnavailable):
        await ask_keys(upstream)
    with pytest.raises(KeysUnavailable):
        KeyVaultKeys(upstream.url, "the-keys", lambda: "token", takes_weak=False).load()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    if "bomb" in case:
        assert peak < 20_000_000


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, GOOD),
        coded("gzip", gzip.compress(GOOD)),
        coded("gzip", wrapped(GOOD, 100)),
        coded("identity", GOOD),
    ],
)
async def test_what_was_asked_for_is_read(upstream: FakeUpstream, reply: Reply) -> None:
    upstream.fault = lambda asked: reply
    assert await ask_jira(upstream) == 2
    assert await ask_keys(upstream) == 4
    assert (
        KeyVaultKeys(upstream.url, "the-keys", lambda: "token", takes_weak=False).load().keys[0].kid == "s1"
    )
    assert {asked.accept_encoding for asked in upstream.asked} == {"gzip"}
