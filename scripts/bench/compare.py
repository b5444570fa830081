"""Compares the service with a bare ASGI answer, a bare FastAPI route and a twin written the usual way, side by side:
python scripts/bench/compare.py [--seconds N] [--rounds N] [--connections N] [--workers N] [--output DIRECTORY]

Every round asks every server for everything in turn, so that what else the machine does hits all of them. Figures are
ratios within a round; their spread over the rounds is shown. Load comes from wrk, on a core of its own where there are
two. Writes compare.json, compare.svg and compare.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from scripts import _debian, _environment

WRK = ("wrk", "libluajit-5.1-2", "libluajit-5.1-common")
SERVERS = ("asgi", "fastapi", "service", "twin")
KINDS = ("get", "list", "post")
WORKSPACES = 200
_KEY = "bench:" + "QmVuY2htYXJrcy1vbmx5LW5vLXNlY3JldC1oZXJlISE"
_LUA = """
local n = 0
request = function()
  n = n + 1
  if os.getenv("BENCH_POST") == "1" then
    return wrk.format("POST", nil, nil, '{"name":"Bench ' .. n .. '"}')
  end
  return wrk.format("GET")
end
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
"""


@dataclass(frozen=True)
class Load:
    """Of one server for one kind of request in one round. Times are microseconds."""

    server: str
    kind: str
    round: int
    requests_a_second: float
    cpu_a_request: float
    p50: float
    p99: float


class Server:
    """One of the four, in a process of its own, with a copy of the database."""

    def __init__(self, name: str, directory: Path, workers: int, connections: int) -> None:
        self.name = name
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        place = directory / name
        place.mkdir()
        shutil.copy(directory / "bench.db", place / "bench.db")
        self._directory = place
        self._workers = workers
        self._environment = os.environ | settings(place / "bench.db", directory / "key.pem")
        self._environment |= {
            "BENCH_APP": name,
            "BENCH_CONNECTIONS": str(connections),
            "PYTHONPATH": str(ROOT),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Seconds until it answers."""
        command = [sys.executable, "-m", "uvicorn", "scripts.bench.apps:make", "--factory"]
        command += ["--port", str(self.port), "--log-level", "warning", "--no-access-log"]
        command += ["--workers", str(self._workers)] if self._workers > 1 else []
        command += ["--http", "scripts.bench.apps:protocol"] if self.name == "service" else []
        started = time.perf_counter()
        self._process = subprocess.Popen(command, cwd=self._directory, env=self._environment)
        while time.perf_counter() - started < 60:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return time.perf_counter() - started
            time.sleep(0.002)
        raise RuntimeError(f"{self.name} did not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(timeout=30)
            self._process = None

    @property
    def pids(self) -> list[int]:
        """Its own, or those of its workers."""
        assert self._process is not None  # noqa: S101 - started
        own = self._process.pid
        if self._workers == 1:
            return [own]
        children = Path(f"/proc/{own}/task/{own}/children").read_text().split()
        return [pid for pid in map(int, children) if "spawn_main" in _command(pid)]

    def cpu(self) -> float:
        """Seconds of CPU so far."""
        return sum(_cpu(pid) for pid in self.pids)

    def memory(self) -> float:
        """MiB that are resident, of the largest of its workers."""
        return max(_resident(pid) for pid in self.pids)


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def settings(database: Path, key_file: Path) -> dict[str, str]:
    """The service as it runs, its limits in force but out of reach."""
    return {
        "DB_NAME": str(database),
        "PMA_SIGNING_KEYS": _KEY,
        "LOCAL_ISSUER_KEY_FILE": str(key_file),
        "PUBLIC_URL": "http://bench",
        "PMA_TOKEN_EXPIRE_MINUTES": "1440",
        "RATE_LIMIT_READ": "100000000/minute",
        "RATE_LIMIT_WRITE": "100000000/minute",
        "BLOB_LOCAL_ROOT": str(database.parent / "blobs"),
        # The job is written; the twin has nobody who would do it either.
        "OUTBOX_POLL_SECONDS": "0",
        "LOG_LEVEL": "WARNING",
    }


async def prepare(directory: Path) -> tuple[dict[str, str], str]:
    """A database with somebody's workspaces in it; the headers of that somebody, and one workspace."""
    from app.core.caller import Tools
    from app.core.clock import new_uuid7, system_clock
    from app.core.config import Settings
    from app.core.local_issuer import LocalUser
    from app.db.backends import make_migration_target
    from app.db.migrations import load_migrations, upgrade
    from app.main import create_app
    from app.parts import make_local_issuer
    from scripts.bench.client import client_of

    values = settings(directory / "bench.db", directory / "key.pem")
    made = Settings(_env_file=None, **{name.lower(): value for name, value in values.items()})  # type: ignore[arg-type]
    upgrade(make_migration_target(made), load_migrations("sqlite"))
    longer = made.model_copy(update={"access_token_expire_minutes": 20 * 60})
    issuer = make_local_issuer(longer, Tools(system_clock, new_uuid7, os.urandom))
    app = create_app(made)
    access = issuer.mint(LocalUser(new_uuid7(), "Ada", "ada@example.com", 1))
    headers = {"Authorization": f"Bearer {access}"}
    async with app.router.lifespan_context(app), client_of(app) as client:
        session = (await client.post("/auth/validate", headers=headers)).json()
        headers["X-PMA-Token"] = session["pma_token"]
        for number in range(WORKSPACES):
            created = await client.post("/workspaces", headers=headers, json={"name": f"W{number}"})
    return headers, created.json()["id"]


class Wrk:
    def __init__(self, directory: Path, seconds: int, connections: int) -> None:
        fetched = _debian.ensure(WRK)
        program = shutil.which("wrk") or (str(fetched / "usr/bin/wrk") if fetched else None)
        if program is None:
            sys.exit("This needs wrk: apt install wrk, or brew install wrk.")
        self._script = directory / "bench.lua"
        self._script.write_text(_LUA)
        self._command = [
            program,
            "-t1",
            f"-c{connections}",
            f"-d{seconds}s",
            "-s",
            str(self._script),
            "--timeout",
            "30s",
        ]
        libraries = ":".join(str(path) for path in fetched.glob("usr/lib/*")) if fetched else ""
        self._environment = os.environ | {"LD_LIBRARY_PATH": libraries}

    def run(self, server: Server, kind: str, number: int, path: str, headers: Mapping[str, str]) -> Load:
        command = list(self._command)
        for name, value in {**headers, "Content-Type": "application/json"}.items():
            command += ["-H", f"{name}: {value}"]
        before = server.cpu()
        done = subprocess.run(
            [*command, f"http://127.0.0.1:{server.port}{path}"],
            env=self._environment | {"BENCH_POST": str(int(kind == "post"))},
            capture_output=True, text=True, check=True, preexec_fn=_last_core,
        )  # fmt: skip
        cpu = server.cpu() - before
        found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+)", done.stdout)
        if found is None:
            raise RuntimeError(done.stdout + done.stderr)
        requests, microseconds, p50, p99, errors = map(int, found.groups())
        if errors:
            raise RuntimeError(f"{server.name} answered {errors} of {requests} with an error")
        return Load(
            server.name,
            kind,
            number,
            requests / (microseconds / 1e6),
            cpu / max(1, requests) * 1e6,
            p50,
            p99,
        )


def _last_core() -> None:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        os.sched_setaffinity(0, cores[-1:])


@contextmanager
def on_the_other_cores(workers: int) -> Iterator[None]:
    """Servers are started here, so that the load's core stays the load's; with several workers all share."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1 and workers == 1:
        os.sched_setaffinity(0, cores[:-1])
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--output", type=Path, default=ROOT / ".data" / "bench")
    options = parser.parse_args(arguments)
    if not _environment.is_in_venv():
        _environment.ensure("scripts/bench/requirements.txt")
        return _environment.continue_in_venv("bench/compare.py", list(arguments))
    if sys.platform != "linux":
        sys.exit("This reads /proc: Linux only.")
    options.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        report = measure(Path(directory), options)
    (options.output / "compare.json").write_text(json.dumps(report, indent=1) + "\n")
    text = table(report)
    (options.output / "compare.md").write_text(text)
    (options.output / "compare.svg").write_text(chart(report))
    print(text)
    return 0


def measure(directory: Path, options: argparse.Namespace) -> dict[str, Any]:
    headers, workspace = asyncio.run(prepare(directory))
    wrk = Wrk(directory, options.seconds, options.connections)
    with on_the_other_cores(options.workers):
        servers = [Server(name, directory, options.workers, options.connections) for name in SERVERS]
        starts = start_ups(servers, options.rounds)
        for server in servers:
            server.start()
    memory: dict[str, float] = {}
    loads = []
    try:
        time.sleep(1)
        for number in range(options.rounds):
            for kind in KINDS:
                for server in servers:
                    if kind != "get" and server.name in ("asgi", "fastapi"):
                        continue
                    path = f"/workspaces/{workspace}" if kind == "get" else "/workspaces"
                    loads.append(wrk.run(server, kind, number, path, headers))
                    print(f"{kind:5} {server.name:8} {loads[-1].requests_a_second:9.0f}/s", flush=True)
        memory = {server.name: server.memory() for server in servers}
    finally:
        for server in servers:
            server.stop()
    return {
        "options": {name: str(value) for name, value in vars(options).items() if name != "output"},
        "loads": [asdict(load) for load in loads],
        "start_up_seconds": starts,
        "memory_mib": memory,
    }


def start_ups(servers: Sequence[Server], rounds: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {server.name: [] for server in servers}
    for _ in range(rounds):
        for server in servers:
            found[server.name].append(server.start())
            server.stop()
    return found


def ratios(report: Mapping[str, Any], kind: str, of: str, to: str, figure: str) -> list[float]:
    """One a round: each round is compared with itself."""
    values = {
        (load["server"], load["round"]): load[figure] for load in report["loads"] if load["kind"] == kind
    }
    rounds = sorted({number for _, number in values})
    return [values[of, number] / values[to, number] for number in rounds]


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


GOALS = (
    ("GET one, requests, to a bare FastAPI route", "get", "service", "fastapi", "requests_a_second", "at least 0.6"),
    ("GET one, requests, to the twin", "get", "service", "twin", "requests_a_second", "at least 10"),
    ("list of 50, requests, to the twin", "list", "service", "twin", "requests_a_second", "at least 7"),
    ("POST, requests, to the twin (which waits for no disk)", "post", "service", "twin", "requests_a_second", "at least 7"),
    ("POST, p99, to the twin", "post", "service", "twin", "p99", "at most 0.1"),
    ("GET one, CPU a request, to the twin", "get", "service", "twin", "cpu_a_request", ""),
)  # fmt: skip


def table(report: Mapping[str, Any]) -> str:
    lines = ["| Ratio | median (spread over rounds) | goal |", "|---|---|---|"]
    for name, kind, of, to, figure, goal in GOALS:
        lines.append(f"| {name} | {_spread(ratios(report, kind, of, to, figure))} | {goal} |")
    starts = report["start_up_seconds"]
    start = [own / bare for own, bare in zip(starts["service"], starts["fastapi"], strict=True)]
    lines.append(f"| start-up, to a bare FastAPI | {_spread(start)} | at most 2.5 |")
    lines.append(f"| MiB a worker, after load | {report['memory_mib']['service']:.0f} | at most 110 |")
    lines += ["", "| | requests/s | CPU µs a request | p50 ms | p99 ms |", "|---|---|---|---|---|"]
    for kind in KINDS:
        for server in SERVERS:
            loads = [each for each in report["loads"] if (each["server"], each["kind"]) == (server, kind)]
            if loads:
                cells = [
                    statistics.median(each[figure] for each in loads) / scale
                    for figure, scale in (
                        ("requests_a_second", 1),
                        ("cpu_a_request", 1),
                        ("p50", 1000),
                        ("p99", 1000),
                    )
                ]
                lines.append(
                    f"| {kind} {server} | {cells[0]:.0f} | {cells[1]:.0f} | {cells[2]:.2f} | {cells[3]:.2f} |"
                )
    return "\n".join(lines) + "\n"


def chart(report: Mapping[str, Any]) -> str:
    """Requests a second, as bars, the largest of each kind at full width."""
    rows: list[tuple[str, float, float]] = []
    for kind in KINDS:
        medians = {
            server: statistics.median(values)
            for server in SERVERS
            if (
                values := [
                    each["requests_a_second"]
                    for each in report["loads"]
                    if (each["server"], each["kind"]) == (server, kind)
                ]
            )
        }
        top = max(medians.values())
        rows += [(f"{kind} {server}", value, value / top) for server, value in medians.items()]
    bars = "".join(
        f'<text x="0" y="{y + 14}">{name}</text><rect x="110" y="{y}" width="{share * 400:.0f}" height="18" '
        f'fill="{"#2a6f97" if name.endswith("service") else "#a9bcd0"}"/>'
        f'<text x="{118 + share * 400:.0f}" y="{y + 14}">{value:.0f}/s</text>'
        for y, (name, value, share) in zip(range(0, 24 * len(rows), 24), rows, strict=True)
    )
    height = 24 * len(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="600" height="{height}" font-family="sans-serif" '
        f'font-size="13"><title>Requests a second</title>{bars}</svg>\n'
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
