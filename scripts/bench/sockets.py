"""What an idle socket takes, and how long an event takes to reach one, beside Starlette's bare echo:
python scripts/bench/sockets.py [--sockets N] [--events N]

Both servers run side by side on uvicorn with the same WebSocket library, each in a process of its own, with as many
idle sockets open. The echo is asked and answers; the service is asked to change a workspace, and one socket waits for
the event, which was committed by then and read back with its follower's rights. Figures are of one run: what counts is
their ratio. Writes sockets.json. Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from scripts import _environment

_KEY = "bench:" + "QmVuY2htYXJrcy1vbmx5LW5vLXNlY3JldC1oZXJlISE"
_OF_ONE = 50
"""Sockets of one person, each person having a workspace."""
_AT_ONCE = 50


class Server:
    """One of the two, in a process of its own."""

    def __init__(self, command: list[str], directory: Path, environment: Mapping[str, str]) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        given: dict[str, Any] = {name: value.format(port=self.port) for name, value in environment.items()}
        with (directory / f"{self.port}.log").open("wb") as log:
            self._process = subprocess.Popen(
                [each.format(port=self.port) for each in command],
                cwd=directory,
                env=os.environ | given,
                stdout=log,
                stderr=log,
            )

    def wait(self) -> None:
        for _ in range(600):
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.05)
        raise SystemExit("a server did not begin to listen")

    @property
    def kibibytes(self) -> float:
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize() / 1024

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


class Socket:
    """As little of a client as there can be: what is measured is the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int, path: str, headers: Mapping[str, str]) -> Socket:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        key = base64.b64encode(os.urandom(16)).decode()
        sent = {"Host": "bench", "Connection": "Upgrade", "Upgrade": "websocket", **headers}
        sent = {**sent, "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key}
        lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        writer.write(f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in head.partition(b"\r\n")[0]:
            raise SystemExit(head.decode())
        return cls(reader, writer)

    def send(self, text: bytes) -> None:
        self._writer.write(bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text)

    async def receive(self) -> bytes:
        """Of less than 64 KiB, as all is here."""
        size = (await self._reader.readexactly(2))[1]
        if size == 126:
            size = int.from_bytes(await self._reader.readexactly(2))
        return await self._reader.readexactly(size)

    async def event(self) -> dict[str, Any]:
        while "object_id" not in (frame := json.loads(await self.receive())):
            pass
        found: dict[str, Any] = frame
        return found


class Client:
    """Requests on one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> Client:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def request(
        self, method: str, path: str, headers: Mapping[str, str], body: object
    ) -> dict[str, Any]:
        content = json.dumps(body).encode()
        sent = {"Host": "bench", "Content-Type": "application/json", "Content-Length": str(len(content))}
        lines = "".join(f"{name}: {value}\r\n" for name, value in {**sent, **headers}.items())
        self._writer.write(f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + content)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        size = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        answer: dict[str, Any] = json.loads(await self._reader.readexactly(size))
        if head.split()[1] not in ("200", "201"):
            raise SystemExit(str(answer))
        return answer


def echo() -> Any:
    """For uvicorn: scripts.bench.sockets:echo"""
    from starlette.applications import Starlette
    from starlette.routing import WebSocketRoute
    from starlette.websockets import WebSocket, WebSocketDisconnect

    async def answer(websocket: WebSocket) -> None:
        await websocket.accept()
        with suppress(WebSocketDisconnect):
            while True:
                await websocket.send_text(await websocket.receive_text())

    return Starlette(routes=[WebSocketRoute("/", answer)])


@contextmanager
def servers(count: int) -> Iterator[tuple[Server, Server, Callable[[str], str]]]:
    """The echo, the service, and what gives somebody an access token."""
    from app.core.caller import Tools
    from app.core.clock import new_uuid7, system_clock
    from app.core.config import Settings
    from app.core.local_issuer import LocalUser
    from app.db.drivers.sqlite_migrations import SqliteMigrationTarget
    from app.db.migrations import load_migrations, upgrade
    from app.parts import make_local_issuer

    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        upgrade(SqliteMigrationTarget(directory / "bench.db"), load_migrations("sqlite"))
        environment = {
            "PYTHONPATH": str(ROOT),
            "PMA_SIGNING_KEYS": _KEY,
            "PUBLIC_URL": "http://bench",
            "DB_NAME": str(directory / "bench.db"),
            "LOCAL_ISSUER_KEY_FILE": str(directory / "issuer.pem"),
            "PORT": "{port}",
            "LOG_LEVEL": "WARNING",
            "RATE_LIMIT_READ": "",
            "RATE_LIMIT_WRITE": "",
            "RATE_LIMIT_SIGN_IN": "",
            "MAX_SOCKETS": str(count + 100),
            "MAX_SOCKETS_PER_CALLER": "1000",
            "SOCKET_PING_SECONDS": "3600",
        }
        given: dict[str, Any] = {
            name.lower(): value for name, value in environment.items() if name not in ("PYTHONPATH", "PORT")
        }
        issuer = make_local_issuer(
            Settings(_env_file=None, **given), Tools(system_clock, new_uuid7, os.urandom)
        )
        python = sys.executable
        bare = [python, "-m", "uvicorn", "--factory", "scripts.bench.sockets:echo", "--port", "{port}"]
        bare += [
            "--ws",
            "websockets-sansio",
            "--ws-per-message-deflate",
            "false",
            "--ws-ping-interval",
            "3600",
        ]
        both = [
            Server([*bare, "--log-level", "error"], directory, {"PYTHONPATH": str(ROOT)}),
            Server([python, "-m", "app.main"], directory, environment),
        ]
        try:
            for server in both:
                server.wait()
            yield (
                both[0],
                both[1],
                lambda name: issuer.mint(LocalUser(new_uuid7(), name, f"{name}@example.com", 1)),
            )
        finally:
            for server in both:
                server.stop()
            shutil.rmtree(directory / "blobs", ignore_errors=True)


async def opened(count: int, open_one: Callable[[int], Awaitable[Socket]]) -> list[Socket]:
    found: list[Socket] = []
    for start in range(0, count, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, count))
        found += await asyncio.gather(*(open_one(number) for number in numbers))
    return found


async def timed(times: int, once: Callable[[int], Awaitable[float]]) -> dict[str, float]:
    """Milliseconds."""
    found = sorted([1000 * await once(number) for number in range(times)])
    return {"p50": statistics.median(found), "p99": found[int(len(found) * 0.99)]}


async def measure_echo(server: Server, count: int, events: int) -> dict[str, Any]:
    before = server.kibibytes
    sockets = await opened(count, lambda _: Socket.open(server.port, "/", {}))
    await asyncio.sleep(1)
    taken = (server.kibibytes - before) / count

    async def once(number: int) -> float:
        begun = time.perf_counter()
        sockets[0].send(b"x" * 100)
        await sockets[0].receive()
        return time.perf_counter() - begun

    return {"kib_a_socket": taken, "round_trip_ms": await timed(events, once)}


async def measure_service(
    server: Server, token_of: Callable[[str], str], count: int, events: int
) -> dict[str, Any]:
    client = await Client.open(server.port)
    people: list[tuple[dict[str, str], str]] = []
    for number in range(count // _OF_ONE + 1):
        headers = {"Authorization": f"Bearer {token_of(f'person{number}')}"}
        headers["X-PMA-Token"] = (await client.request("POST", "/auth/validate", headers, None))["pma_token"]
        made = await client.request("POST", "/workspaces", headers, {"name": "Bench"})
        people.append((headers, made["id"]))

    async def open_one(number: int) -> Socket:
        headers, workspace_id = people[number // _OF_ONE]
        found = await Socket.open(server.port, f"/workspaces/{workspace_id}/ws", headers)
        await found.receive()
        return found

    headers, alone = people[-1]
    path = f"/workspaces/{alone}"
    waiting = await Socket.open(server.port, f"{path}/ws", headers)
    for number in range(10):
        await client.request("PATCH", path, headers, {"name": f"Warm {number}"})
        await waiting.event()
    before = server.kibibytes
    sockets = await opened(count, open_one)
    await asyncio.sleep(3)
    taken = (server.kibibytes - before) / count
    answered: list[float] = []
    after: list[float] = []

    async def once(number: int) -> float:
        begun = time.perf_counter()
        event = asyncio.create_task(waiting.event())
        await client.request("PATCH", path, headers, {"name": f"N{number}"})
        answer = time.perf_counter()
        await event
        told = time.perf_counter()
        answered.append(1000 * (answer - begun))
        after.append(1000 * (told - answer))
        return told - begun

    async def crowd(number: int) -> float:
        owner, workspace_id = people[0]
        begun = time.perf_counter()
        everybody = [asyncio.create_task(each.event()) for each in sockets[:_OF_ONE]]
        await client.request("PATCH", f"/workspaces/{workspace_id}", owner, {"name": f"N{number}"})
        await asyncio.gather(*everybody)
        return time.perf_counter() - begun

    found = {"kib_a_socket": taken, "request_to_event_ms": await timed(events, once)}
    for name, times in (("request_to_answer_ms", answered), ("answer_to_event_ms", after)):
        found[name] = {"p50": statistics.median(times), "p99": sorted(times)[int(len(times) * 0.99)]}
    found[f"request_to_the_last_of_{_OF_ONE}_ms"] = await timed(max(1, events // 10), crowd)
    return found


def main() -> int:
    if not _environment.is_in_venv():
        _environment.ensure("scripts/bench/requirements.txt")
        return _environment.continue_in_venv("bench/sockets.py", sys.argv[1:])
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=2000)
    parser.add_argument("--events", type=int, default=500)
    parser.add_argument("--output", type=Path, default=Path())
    given = parser.parse_args()
    from app.http.server import raise_file_limit

    raise_file_limit(2 * given.sockets + 500)
    with servers(given.sockets) as (bare, service, token_of):
        found = {
            "echo": asyncio.run(measure_echo(bare, given.sockets, given.events)),
            "service": asyncio.run(measure_service(service, token_of, given.sockets, given.events)),
        }
    echoed, told = found["echo"], found["service"]
    found["ratio"] = {
        "kib_a_socket": told["kib_a_socket"] / echoed["kib_a_socket"],
        **{
            name: {each: told[name][each] / echoed["round_trip_ms"][each] for each in ("p50", "p99")}
            for name in ("request_to_event_ms", "answer_to_event_ms")
        },
    }
    text = json.dumps({"sockets": given.sockets, "events": given.events, **found}, indent=1)
    (given.output / "sockets.json").write_text(text + "\n")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
