"""Calls to addresses that somebody else chose: what may not be reached gets no connection, and nobody who
answers badly is waited for."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import itertools
import ssl
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.core.client_address import parse_networks
from app.core.outbound import OutboundRules
from app.integrations.guarded_client import (
    AddressRefused,
    Beginning,
    GuardedClient,
    LookUp,
    NoAnswer,
    look_up,
)
from tests.receivers import Receiver, answers, endless, hangs_up, late, receiving

LOOPBACK = OutboundRules(parse_networks("127.0.0.0/8,::1"), http=True)
PUBLIC = OutboundRules(http=True)


@asynccontextmanager
async def client(
    rules: OutboundRules = LOOPBACK, look_up: LookUp = look_up, authorities: ssl.SSLContext | None = None
) -> AsyncIterator[GuardedClient]:
    guarded = GuardedClient(rules, look_up=look_up, authorities=authorities)
    try:
        yield guarded
    finally:
        await guarded.aclose()


async def ask(guarded: GuardedClient, url: str, *, seconds: float = 5.0, most: int = 100) -> Beginning:
    return await guarded.ask(
        "POST", url, whose="w", headers={"X-Test": "1"}, content=b"{}", seconds=seconds, most=most
    )


def stands_for(*addresses: str) -> LookUp:
    return lambda _: list(addresses)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "0x7f000001",
        "0x7f.1",
        "127.0.0.1.",
        "localhost.",
        "0",
        "[64:ff9b::7f00:1]",
    ],
)
async def test_this_machine_is_not_reached_however_it_is_written(host: str) -> None:
    async with receiving() as receiver, client(PUBLIC) as guarded:
        with pytest.raises((AddressRefused, NoAnswer)) as refused:
            await ask(guarded, f"http://{host}:{receiver.port}/")
        assert str(refused.value) in ("address", "host", "name")
        assert receiver.connections == 0


@pytest.mark.parametrize(
    "found",
    [
        ["127.0.0.1"],
        ["::ffff:127.0.0.1"],
        ["::1"],
        ["8.8.8.8", "127.0.0.1"],
        ["fe80::1%lo"],
        ["169.254.169.254"],
        ["168.63.129.16"],
    ],
)
async def test_every_address_of_a_name_is_judged(found: Sequence[str]) -> None:
    async with receiving() as receiver, client(PUBLIC, stands_for(*found)) as guarded:
        with pytest.raises(AddressRefused, match="address"):
            await ask(guarded, f"http://hooks.example.com:{receiver.port}/")
        assert receiver.connections == 0


async def test_a_name_that_stands_for_another_address_the_second_time() -> None:
    """What was judged is what is connected to; the next call asks and judges anew."""
    turns = itertools.cycle([["127.0.0.1"], ["127.0.0.2"]])
    asked: list[str] = []

    def flips(host: str) -> Sequence[str]:
        asked.append(host)
        return next(turns)

    rules = OutboundRules(parse_networks("127.0.0.1/32"), http=True)
    async with receiving() as receiver, client(rules, flips) as guarded:
        url = f"http://hooks.example.com:{receiver.port}/"
        assert (await ask(guarded, url)).status == 200
        with pytest.raises(AddressRefused):
            await ask(guarded, url)
        assert (await ask(guarded, url)).status == 200
        assert (receiver.connections, asked) == (2, ["hooks.example.com"] * 3)
        assert receiver.received[0].headers["host"] == f"hooks.example.com:{receiver.port}"


async def test_the_environment_names_no_proxy_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving() as receiver, receiving() as proxy, client() as guarded:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url(""))
        assert (await ask(guarded, receiver.url())).status == 200
        assert (receiver.connections, proxy.connections) == (1, 0)


async def test_a_redirect_is_an_answer_and_each_call_a_connection() -> None:
    async with receiving() as other, receiving() as receiver, client() as guarded:
        receiver.usual = answers(302, Location=other.url())
        for _ in range(2):
            assert (await ask(guarded, receiver.url())).status == 302
        assert (receiver.connections, other.connections) == (2, 0)
        sent = receiver.received[0]
        assert (sent.method, sent.target, sent.body) == ("POST", "/hook", b"{}")
        assert (sent.headers["connection"], sent.headers["x-test"]) == ("close", "1")


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"


async def test_an_answer_is_read_as_far_as_it_may_be() -> None:
    async with receiving() as receiver, client() as guarded:
        receiver.behaviours = [
            answers(200, b"x" * 100),
            answers(500, b"x" * 101),
            endless(HEAD, b"x" * 65536),
            endless(HEAD, b"x", pause=0.01),
        ]
        assert await ask(guarded, receiver.url()) == (200, {"content-length": "100"}, b"x" * 100, True)
        for status in (500, 200):
            answer = await ask(guarded, receiver.url())
            assert (answer.status, answer.body, answer.is_whole) == (status, b"x" * 100, False)
        dripped = await ask(guarded, receiver.url(), seconds=0.1)
        assert (dripped.status, dripped.is_whole) == (200, False)
        assert 0 < len(dripped.body) < 100


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (late(30, answers(200)), "timeout"),
        (endless(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x", pause=0.01), "timeout"),
        (endless(b"HTTP/1.1 ", b"100 Continue\r\n\r\nHTTP/1.1 ", pause=0.01), "timeout"),
        (endless(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x" * 65536), "broken"),
        (hangs_up, "broken"),
        (endless(b"SSH-2.0-OpenSSH_9.9\r\n", b"\r\n", pause=0.01), "broken"),
    ],
)
async def test_whoever_does_not_answer(behaviour: object, reason: str) -> None:
    async with receiving() as receiver, client() as guarded:
        receiver.usual = behaviour  # type: ignore[assignment]
        with pytest.raises(NoAnswer, match=reason):
            await ask(guarded, receiver.url(), seconds=0.2)


async def test_of_several_addresses_the_next_where_one_refuses() -> None:
    async with receiving() as receiver, client(LOOPBACK, stands_for("::1", "127.0.0.1")) as guarded:
        url = f"http://hooks.example.com:{receiver.port}/"
        assert (await ask(guarded, url)).status == 200
    async with client(LOOPBACK, stands_for("::1", "127.0.0.1")) as guarded:
        with pytest.raises(NoAnswer, match="unreachable"):
            await ask(guarded, url)


async def test_a_name_server_that_hangs_holds_up_nobody_else() -> None:
    released = threading.Event()

    def hangs(host: str) -> Sequence[str]:
        if host == "slow.example.com":
            released.wait(20)
        if host == "nobody.example.com":
            raise OSError
        return ["127.0.0.1"]

    async with receiving() as receiver, client(look_up=hangs) as guarded:
        slow = f"http://slow.example.com:{receiver.port}/"
        waiting = [asyncio.create_task(ask(guarded, slow, seconds=0.3)) for _ in range(40)]
        await asyncio.sleep(0)
        other = await guarded.ask(
            "GET",
            f"http://hooks.example.com:{receiver.port}/",
            whose="another",
            headers={},
            seconds=5,
            most=10,
        )
        assert other.status == 200
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert {str(result) for result in results} == {"timeout"}
        released.set()
        with pytest.raises(NoAnswer, match="name"):
            await ask(guarded, f"http://nobody.example.com:{receiver.port}/")


def certificate(directory: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's side that is ``name`` and nobody else, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "receiver")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = directory / "receiver.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cafile=path)


async def test_a_certificate_is_of_the_name_and_not_of_the_address(tmp_path: Path) -> None:
    server, trusting = certificate(tmp_path, "hooks.example.com")
    named: list[str] = []
    server.sni_callback = lambda _, name, __: named.append(name)
    loopback = stands_for("127.0.0.1")

    async def status(guarded: GuardedClient, host: str, receiver: Receiver) -> int:
        return (await ask(guarded, f"https://{host}:{receiver.port}/")).status

    async with receiving(tls=server) as receiver:
        async with client(look_up=loopback, authorities=trusting) as guarded:
            assert await status(guarded, "hooks.example.com", receiver) == 200
            assert named == ["hooks.example.com"]
            for host in ("other.example.com", "127.0.0.1"):
                with pytest.raises(NoAnswer, match="tls"):
                    await status(guarded, host, receiver)
        async with client(look_up=loopback) as guarded:
            with pytest.raises(NoAnswer, match="tls"):
                await status(guarded, "hooks.example.com", receiver)
        assert len(receiver.received) == 1


def test_the_machine_looks_up_addresses() -> None:
    assert all(ipaddress.ip_address(address).is_loopback for address in look_up("localhost"))
