"""Whose address a request has, against real servers: only a proxy that was declared may say."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.core.client_address import PEER, TrustedProxies, parse_address, parse_networks, subscriber
from tests.databases import TestDatabase
from tests.harness import make_settings, serving
from tests.http_client import httpx
from tests.local_server import free_port, with_parent

pytestmark = pytest.mark.passwords("cheapest")
GUESS = {"username": "nobody@example.com", "password": "wrong-password-1"}


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (" 192.0.2.1:8080 ", "192.0.2.1"),
        ("[2001:DB8::1]:443", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:db8:0:0::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("unknown", None),
        ("<script>", None),
        ("192.0.2.1, 192.0.2.2", None),
        ("192.0.2.256", None),
        ("fe80::1%" + "x" * 5000, None),
        ("9" * 5000, None),
        ("", None),
    ],
)
def test_only_an_address_is_an_address(text: str, address: str | None) -> None:
    found = parse_address(text)
    assert (str(found) if found else None) == address


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("198.51.100.7", ["192.0.2.1"], "198.51.100.7"),
        ("10.0.0.4", [], "10.0.0.4"),
        ("10.0.0.4", ["192.0.2.1"], "192.0.2.1"),
        ("::ffff:10.0.0.4", ["192.0.2.1"], "192.0.2.1"),
        ("10.0.0.4", ["1.1.1.1, 192.0.2.1"], "192.0.2.1"),
        ("10.0.0.4", ["1.1.1.1", "192.0.2.1, 10.0.0.5"], "192.0.2.1"),
        ("10.0.0.4", ["<script>, 10.0.0.5"], "10.0.0.5"),
        ("10.0.0.4", ["x" * 5000], "10.0.0.4"),
        ("10.0.0.4", ["10.0.0.6, 10.0.0.5"], "10.0.0.6"),
    ],
)
def test_the_client_is_the_last_address_that_no_proxy_of_ours_has(
    peer: str, forwarded: list[str], client: str
) -> None:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    proxies = TrustedProxies(parse_networks("10.0.0.0/8, ::1"))
    scope = {"client": (peer, 1), "scheme": "http", "headers": headers}
    assert proxies.resolve(scope) == client
    assert scope == {"client": (peer, 1), "scheme": "http", "headers": headers}


@pytest.mark.parametrize(
    ("peer", "forwarded", "schemes", "client", "scheme"),
    [
        ("10.0.0.4", "192.0.2.1", ["https"], ("192.0.2.1", 0), "https"),
        ("10.0.0.4", "192.0.2.1", ["http", "https"], ("192.0.2.1", 0), "https"),
        ("10.0.0.4", "192.0.2.1", ["https", "http"], ("192.0.2.1", 0), "http"),
        ("10.0.0.4", "192.0.2.1", ["javascript"], ("192.0.2.1", 0), "http"),
        ("10.0.0.4", "unknown", [], ("10.0.0.4", 1), "http"),
        ("198.51.100.7", "192.0.2.1", ["https"], ("198.51.100.7", 1), "http"),
    ],
)
def test_what_the_server_made_of_it_before_does_not_count(
    peer: str, forwarded: str, schemes: list[str], client: tuple[str, int], scheme: str
) -> None:
    headers = [(b"x-forwarded-proto", value.encode()) for value in schemes]
    headers.append((b"x-forwarded-for", forwarded.encode()))
    scope = {PEER: ((peer, 1), "http"), "client": ("9.9.9.9", 9), "scheme": "x", "headers": headers}
    assert TrustedProxies(parse_networks("10.0.0.0/8")).resolve(scope) == client[0]
    assert (scope["client"], scope["scheme"]) == (client, scheme)


def test_one_subscriber_is_one_address_or_one_64() -> None:
    assert subscriber("2001:db8::1") == subscriber("2001:db8::ffff:1") != subscriber("2001:db8:0:1::1")
    assert subscriber("::ffff:192.0.2.1") == subscriber("192.0.2.1") != subscriber("192.0.2.2")
    assert subscriber("<script>") == subscriber(None)


@pytest.mark.parametrize(("proxies", "last"), [("", 429), ("127.0.0.1", 401)])
async def test_rotating_the_header_defeats_no_lock(
    database: TestDatabase, key_file: Path, proxies: str, last: int
) -> None:
    settings = make_settings(database, key_file, sign_in_max_failures_address=3, trusted_proxies=proxies)
    async with serving(settings) as service:
        for number in range(4):
            answer = await service.client.post(
                "/auth/token",
                data=GUESS | {"username": f"{number}@example.com"},
                headers={"X-Forwarded-For": f"192.0.2.{number}"},
            )
        assert answer.status_code == last


@pytest.mark.slow
def test_uvicorn_started_by_itself_believes_nobody_on_this_machine(
    database: TestDatabase, key_file: Path
) -> None:
    settings = make_settings(database, key_file)
    port = free_port()
    environment = {
        **os.environ,
        **{name.upper(): str(value) for name, value in dict(database.settings).items()},
        "PMA_SIGNING_KEYS": settings.pma_signing_keys.get_secret_value(),
        "LOCAL_ISSUER_KEY_FILE": str(key_file),
        "AUDIT_KEY_FILE": str(key_file),
        "BLOB_STORE": "memory",
        "SIGN_IN_MAX_FAILURES_ADDRESS": "3",
        "FORWARDED_ALLOW_IPS": "*",
    }
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "app.main:app",
        "--http",
        "app.main:protocol",
        "--port",
        str(port),
    ]
    process = subprocess.Popen(command, env=environment, preexec_fn=with_parent())  # noqa: PLW1509
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(400):
            try:
                httpx.get(f"{url}/livez")
                break
            except httpx.ConnectError:
                time.sleep(0.05)
        answers = [
            httpx.post(
                f"{url}/auth/token",
                data=GUESS | {"username": f"{number}@example.com"},
                headers={"X-Forwarded-For": f"192.0.2.{number}"},
            ).status_code
            for number in range(4)
        ]
        assert answers == [401, 401, 401, 429]
    finally:
        process.terminate()
        process.wait(20)
