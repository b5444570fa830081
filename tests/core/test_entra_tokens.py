"""What a token endpoint does to those who wait for it: the real msal against one that hangs, drips or refuses."""

from __future__ import annotations

import asyncio
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from app.core.bounded_session import BoundedSession
from app.core.entra_tokens import (
    ClaimsChallenge,
    EntraTokenUnavailable,
    client_secret,
    managed_identity,
    on_behalf_of,
)
from app.integrations.shared_tokens import SharedTokens
from tests.entra_endpoint import TENANT, TokenEndpoint

REGISTRATION: dict[str, Any] = {"tenant": TENANT, "client_id": "app", "secret": "s", "scope": "api/.default"}


@contextmanager
def raw_server(talk: Callable[[Any], None]) -> Iterator[str]:
    """Reads a request's head and then does as told, for every connection."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            try:
                talk(self.wfile)
            except OSError:
                return  # the client has gone

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def hang(gate: threading.Event, out: Any) -> None:
    gate.wait(30)


def stall(gate: threading.Event, out: Any) -> None:
    out.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")
    gate.wait(30)


def drip(out: Any) -> None:
    out.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        out.write(b" ")
        time.sleep(0.02)


def pour(out: Any) -> None:
    out.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        out.write(b" " * 65_536)


def redirect(out: Any) -> None:
    out.write(b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 310\r\n\r\n")
    for _ in range(300):
        out.write(b" ")
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("talk", "reason"),
    [
        ("hang", "timeout"),
        ("stall", "timeout"),
        (drip, "timeout"),
        (pour, "unavailable"),
        (redirect, "unavailable"),
    ],
)
def test_an_endpoint_that_does_not_end_ends_for_us(
    talk: Any, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    stopped = {"hang": partial(hang, gate), "stall": partial(stall, gate)}
    with raw_server(stopped.get(talk, talk)) as url:
        monkeypatch.setenv("IDENTITY_ENDPOINT", url)
        monkeypatch.setenv("IDENTITY_HEADER", "header")
        with BoundedSession(connect=0.2, read=0.2, total=0.3) as session:
            token = managed_identity(None, "https://api", session)
            started = time.monotonic()
            with pytest.raises(EntraTokenUnavailable) as unavailable:
                token()
            assert unavailable.value.reason == reason
            assert time.monotonic() - started < 3
        gate.set()


def test_an_answer_has_a_size() -> None:
    def answer(out: Any) -> None:
        out.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b" " * size)

    with raw_server(answer) as url, BoundedSession() as session:
        session.trust_env = False
        size = 1024 * 1024
        assert len(session.get(url).content) == size
        size += 1
        with pytest.raises(requests.ConnectionError):
            session.get(url)


def fail(out: Any) -> None:
    out.write(b'HTTP/1.1 500 x\r\nContent-Length: 31\r\n\r\n{"error": {"code": "whatever"}}')


def test_a_machine_s_identity_endpoint_that_fails_is_away_and_refuses_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with raw_server(fail) as url, BoundedSession() as session:
        monkeypatch.setenv("IDENTITY_ENDPOINT", url)
        monkeypatch.setenv("IDENTITY_HEADER", "header")
        with pytest.raises(EntraTokenUnavailable) as unavailable:
            managed_identity(None, "https://api", session)()
    assert unavailable.value.reason == "unavailable"


@pytest.mark.parametrize(
    ("status", "body", "reason", "wait"),
    [
        (429, {"error": "x"}, "rate_limited", 7.0),
        (503, {"error": "x"}, "unavailable", None),
        (500, {"error": "x"}, "unavailable", None),
        (400, {"error": "temporarily_unavailable"}, "unavailable", None),
        (401, {"error": "invalid_client"}, "unauthorized", None),
        (400, {"error": "unauthorized_client"}, "unauthorized", None),
    ],
)
@pytest.mark.parametrize("endpoint", ["https"], indirect=True)
def test_an_endpoint_that_is_away_is_not_one_that_refuses(
    endpoint: TokenEndpoint, certificate: Path, status: int, body: Any, reason: str, wait: float | None
) -> None:
    endpoint.status, endpoint.error, endpoint.headers = status, body, {"Retry-After": "7"}
    with BoundedSession() as session:
        session.verify, session.trust_env = str(certificate), False
        token = client_secret(authority=endpoint.url, http_client=session, **REGISTRATION)
        with pytest.raises(EntraTokenUnavailable) as unavailable:
            token()
    assert (unavailable.value.reason, unavailable.value.retry_after) == (reason, wait)


REFUSALS: list[tuple[dict[str, Any], type[Exception], str | None]] = [
    # As Entra ID answers where nobody has consented for this person.
    ({"error": "invalid_grant", "error_codes": [65001], "suberror": "consent_required"}, EntraTokenUnavailable, "consent_required"),
    ({"error": "invalid_grant", "error_codes": [65001]}, EntraTokenUnavailable, "consent_required"),
    ({"error": "interaction_required", "error_codes": [65001], "suberror": "consent_required"}, EntraTokenUnavailable, "consent_required"),
    ({"error": "invalid_grant", "error_codes": [90094]}, EntraTokenUnavailable, "consent_required"),
    ({"error": "invalid_grant", "error_codes": [50013]}, EntraTokenUnavailable, "unauthorized"),
    ({"error": "invalid_grant", "error_codes": "nonsense"}, EntraTokenUnavailable, "unauthorized"),
    ({"error": "interaction_required", "error_codes": [50079], "claims": "{}"}, ClaimsChallenge, "{}"),
    ({"error": "invalid_grant", "error_codes": [50076], "claims": "{}"}, ClaimsChallenge, "{}"),
    ({"error": "invalid_grant", "error_codes": [50158]}, ClaimsChallenge, None),
    ({"error": "invalid_grant", "error_codes": [500133]}, ClaimsChallenge, None),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "kind", "expected"), REFUSALS)
@pytest.mark.parametrize("endpoint", ["https"], indirect=True)
def test_only_what_a_new_sign_in_mends_asks_for_one(
    endpoint: TokenEndpoint, certificate: Path, answer: Any, kind: type[Exception], expected: str | None
) -> None:
    endpoint.status, endpoint.error = 400, answer
    with BoundedSession() as session:
        session.verify, session.trust_env = str(certificate), False
        ask = on_behalf_of(authority=endpoint.url, http_client=session, **REGISTRATION)
        with pytest.raises(kind) as refused:
            ask("an assertion")
    assert getattr(refused.value, "reason", getattr(refused.value, "claims", None)) == expected


@pytest.mark.parametrize("endpoint", ["https"], indirect=True)
def test_threads_that_want_a_token_at_once_ask_once(endpoint: TokenEndpoint, certificate: Path) -> None:
    with BoundedSession() as session, ThreadPoolExecutor(8) as threads:
        session.verify, session.trust_env = str(certificate), False
        token = client_secret(authority=endpoint.url, http_client=session, **REGISTRATION)
        assert set(threads.map(lambda _: token(), range(40))) == {"token-1"}
    (asked,) = endpoint.asked
    assert asked["accept_encoding"] == "identity"


@pytest.mark.parametrize("endpoint", ["https"], indirect=True)
def test_a_token_that_was_fetched_in_another_year_is_not_given_out_in_this_one(
    endpoint: TokenEndpoint, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = time.time
    with BoundedSession() as session:
        session.verify, session.trust_env = str(certificate), False
        token = client_secret(authority=endpoint.url, http_client=session, **REGISTRATION)
        here = token()
        monkeypatch.setattr(time, "time", lambda: clock() + 27_000 * 86_400)
        there = token()
        assert there == token() != here
        monkeypatch.setattr(time, "time", clock)
        back = token()
        assert back == token() != there
    assert len(endpoint.asked) == 3


async def test_all_who_wait_for_a_token_that_hangs_are_told_in_time() -> None:
    asked, gate = list[str](), threading.Event()

    def ask(person: str) -> str:
        asked.append(person)
        gate.wait(30)
        return "token"

    tokens = SharedTokens(ask, workers=2, deadline=0.1)
    answers = await asyncio.gather(
        *(tokens.get(f"person-{number % 60}") for number in range(600)), return_exceptions=True
    )
    reasons = [each.reason for each in answers if isinstance(each, EntraTokenUnavailable)]
    assert len(reasons) == 600
    # Two hang, fifty wait, eight find no place: each for all ten who ask for the same person.
    assert (reasons.count("timeout"), reasons.count("busy")) == (520, 80)
    assert len(asked) == 2
    assert {each.retry_after for each in answers if getattr(each, "reason", "") == "busy"} == {1}  # type: ignore[union-attr]
    gate.set()
    await tokens.aclose()


async def test_closing_ends_who_waits_for_a_token_and_begins_none() -> None:
    gate = threading.Event()
    tokens = SharedTokens(lambda person: person if gate.wait(30) else "", workers=1, deadline=60)
    waiting = [asyncio.create_task(tokens.get(person)) for person in ("ada", "bob")]
    await asyncio.sleep(0.01)
    closing = asyncio.create_task(tokens.aclose())
    await asyncio.wait(waiting, timeout=10)
    gate.set()
    await closing
    assert all(each.cancelled() for each in waiting)
    with pytest.raises(EntraTokenUnavailable) as refused:
        await tokens.get("cyd")
    assert refused.value.reason == "busy"


async def test_whose_token_it_is_is_remembered_as_a_digest() -> None:
    tokens = SharedTokens(lambda *of: "/".join(of))
    assert [await tokens.get("ada", "x"), await tokens.get("bob", "x")] == ["ada/x", "bob/x"]
    keys: Any = list(tokens._known._known)
    assert {len(part) for key in keys for part in key} == {32}
    await tokens.aclose()
