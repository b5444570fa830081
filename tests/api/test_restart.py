"""kill -9 in a stream of writes: what was acknowledged is there, whole; what was not is there whole or not
at all."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.core.config import Settings
from tests import odbc
from tests.api.test_workflow_races import Oracle
from tests.databases import TestDatabase, rows
from tests.harness import SIGNING_KEY, make_settings
from tests.http_client import httpx
from tests.local_server import free_port, with_parent
from tests.workflows import publish

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "correct horse battery staple"


class Server:
    """The service in a process of its own, started as an operator would."""

    def __init__(self, database: TestDatabase, key_file: Path, **more: str) -> None:
        """``more``: what its environment has beside that."""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {
            "PATH": os.environ.get("PATH", ""),
            "SYSTEMROOT": os.environ.get("SYSTEMROOT", ""),
            "PYTHONPATH": str(ROOT),
            "PORT": str(self.port),
            "PMA_SIGNING_KEYS": SIGNING_KEY,
            "LOCAL_ISSUER_KEY_FILE": str(key_file),
            "ENABLE_REGISTRATION": "true",
            "PUBLIC_URL": "http://testserver",
        }
        self._environment |= odbc.environment()
        self._environment |= {name.upper(): str(value) for name, value in database.settings.items()} | more
        self._directory = database.directory
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, command: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
        """In its directory and environment, to the end."""
        return subprocess.run(
            command,
            cwd=self._directory,
            env=self._environment,
            capture_output=True,
            timeout=30,
            check=False,
        )

    def start(self, command: Sequence[str] = (sys.executable, "-m", "app.main")) -> None:
        with (self._directory / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self._directory,
                env=self._environment,
                stdout=subprocess.DEVNULL,
                stderr=log,
                preexec_fn=with_parent(),  # noqa: PLW1509 - it makes one system call
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200:
                    return
            time.sleep(0.05)
        raise AssertionError((self._directory / "server.log").read_text())

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
        self._process.wait(timeout=10)

    def stop(self) -> int:
        """Asks it to end, as a service manager does, and answers its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(timeout=20)


@pytest.fixture
def server(database: TestDatabase, key_file: Path) -> Iterator[Server]:
    server = Server(database, key_file)
    server.start()
    yield server
    with contextlib.suppress(Exception):
        server.kill()


def signed_in(server: Server) -> dict[str, str]:
    with httpx.Client(base_url=server.url, timeout=10) as client:
        client.post(
            "/auth/register", json={"email": "ada@example.com", "password": PASSWORD, "display_name": "Ada"}
        )
        token = client.post("/auth/token", data={"username": "ada@example.com", "password": PASSWORD}).json()
        headers = {"Authorization": f"Bearer {token['access_token']}"}
        session = client.post("/auth/validate", headers=headers).json()
        return headers | {"X-PMA-Token": session["pma_token"]}


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.5, 1.1])
def test_kill_in_a_stream_of_writes_loses_nothing_acknowledged(
    server: Server, database: TestDatabase, key_file: Path, seconds: float
) -> None:
    headers = signed_in(server)
    acknowledged: list[tuple[str, str | None]] = []

    def write(worker: int) -> None:
        with httpx.Client(base_url=server.url, timeout=10, headers=headers) as client:
            for number in range(10_000):
                try:
                    made = client.post("/workspaces", json={"name": f"{worker}-{number}"})
                    if made.status_code != 201:
                        return
                    workspace = made.json()["id"]
                    acknowledged.append((workspace, None))
                    user = f"user-{worker}-{number}"
                    added = client.post(
                        f"/workspaces/{workspace}/members", json={"user_id": user, "role": "MEMBER"}
                    )
                    if added.status_code == 201:
                        acknowledged.append((workspace, user))
                except httpx.TransportError:
                    return

    with ThreadPoolExecutor(4) as crowd:
        workers = [crowd.submit(write, worker) for worker in range(4)]
        deadline = time.monotonic() + 20
        while len(acknowledged) < 11 and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(seconds)
        server.kill()
        for worker in workers:
            worker.result()
    assert len(acknowledged) > 10

    server.start()
    with httpx.Client(base_url=server.url, timeout=10, headers=headers) as client:
        workspaces = {workspace for workspace, _ in acknowledged}
        for workspace in workspaces:
            assert client.get(f"/workspaces/{workspace}").status_code == 200
        for workspace in list(workspaces)[:20]:
            assert client.get(f"/workspaces/{workspace}/audit/verify").json()["valid"] is True
        assert client.post("/workspaces", json={"name": "after"}).status_code == 201
    assert_whole(make_settings(database, key_file), acknowledged)


def assert_whole(settings: Settings, acknowledged: list[tuple[str, str | None]]) -> None:
    if settings.db_type == "sqlite":
        assert rows(settings, "PRAGMA integrity_check") == [("ok",)]
        assert rows(settings, "PRAGMA foreign_key_check") == []
    members = set(rows(settings, "SELECT workspace_id, user_id FROM WorkspaceMember"))
    assert {pair for pair in acknowledged if pair[1] is not None} <= members
    # Each workspace has its head, its owner, an audit entry for every change, and its folder or a job for it.
    assert (
        rows(
            settings,
            "SELECT w.id FROM Workspace w LEFT JOIN WorkspaceHead h ON h.workspace_id = w.id"
            " WHERE h.audit_seq IS NULL OR h.audit_seq <> w.blob_ready +"
            " (SELECT COUNT(*) FROM WorkspaceMember m WHERE m.workspace_id = w.id)"
            " OR h.audit_seq <> (SELECT COUNT(*) FROM AuditLog a WHERE a.workspace_id = w.id)"
            " OR NOT EXISTS (SELECT 1 FROM WorkspaceMember m WHERE m.workspace_id = w.id AND m.role = 'OWNER')"
            " OR (w.blob_ready = 0 AND NOT EXISTS (SELECT 1 FROM Job j WHERE j.workspace_id = w.id))",
        )
        == []
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
def test_a_workflow_is_done_whatever_kills_the_service(
    server: Server, database: TestDatabase, key_file: Path, seed: int
) -> None:
    """Random graphs in random order: whoever finishes a task tries again until it is told, under one id."""
    chance, settings = random.Random(seed), make_settings(database, key_file)
    oracle, headers = Oracle(chance, 40), signed_in(server)
    client = httpx.Client(base_url=server.url, timeout=10, headers=headers)
    workspace = client.post("/workspaces", json={"name": "Kills"}).json()
    path = f"/workspaces/{workspace['id']}"
    project = client.post(f"{path}/projects", json={"key": "ABC", "name": "x"}).json()["id"]
    any_done = {name: {"trigger_rule": "ANY_DONE"} for name in oracle.any_done}
    by = workspace["created_by"]
    template = publish(settings, workspace["id"], by, oracle.names, oracle.edges(), more=any_done)
    body = {"template_id": template, "project_id": project, "name": "Kills"}
    made = client.post(f"{path}/workflows/instantiate", json=body).json()
    ids = {name: str(id_).lower() for name, id_ in rows(settings, "SELECT node_id, id FROM Task")}

    def finish(name: str) -> None:
        for to in ("IN_PROGRESS", "DONE"):
            sent = {
                "to": to,
                "reason": "done",
                "transition_id": str(uuid.uuid5(uuid.NAMESPACE_OID, name + to)),
            }
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                with contextlib.suppress(httpx.TransportError):
                    answer = client.post(f"{path}/tasks/{ids[name]}/transition", json=sent)
                    assert answer.status_code == 200, answer.text
                    assert answer.json()["to_state"] == to
                    break
                time.sleep(0.02)

    def work() -> None:
        while ready := oracle.ready():
            going = chance.sample(ready, min(2, len(ready)))
            for done in [crowd.submit(finish, name) for name in going]:
                done.result()
            oracle.finish(set(going))

    # The process ends with the thread that started it, so that is this one.
    with ThreadPoolExecutor(3) as crowd:
        working = crowd.submit(work)
        for number in range(3):
            time.sleep(random.Random(f"{seed} {number}").random() / 2)
            server.kill()
            server.start()
        working.result()
    client.close()
    # One that has no connection to what was killed.
    with httpx.Client(base_url=server.url, timeout=10, headers=headers) as client:
        assert client.get(f"{path}/workflow-instances/{made['id']}").json()["state"] == "COMPLETED"
        assert client.get(f"{path}/audit/verify").json()["valid"] is True
    assert {state for (state,) in rows(settings, "SELECT state FROM Task")} == {"DONE"}
    twice = "SELECT task_id FROM TaskTransition GROUP BY task_id, from_state, to_state HAVING COUNT(*) > 1"
    assert rows(settings, twice) == []


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGTERM to handle")
def test_a_polite_end_exits_clean_and_leaves_no_thread_behind(server: Server) -> None:
    headers = signed_in(server)
    assert httpx.get(f"{server.url}/workspaces", headers=headers).status_code == 200
    started = time.monotonic()
    assert server.stop() in (0, -signal.SIGTERM)
    assert time.monotonic() - started < 10


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="on Windows a child goes on")
def test_what_a_script_goes_on_as_ends_with_the_process_that_was_started(
    database: TestDatabase, key_file: Path, tmp_path: Path
) -> None:
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    shutil.copy(ROOT / "scripts" / "_environment.py", scripts)
    (scripts / "serve.py").write_text("from app.main import main\nmain()\n")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    starter = tmp_path / "starter.py"
    starter.write_text(
        "import sys; from scripts import _environment as e; sys.exit(e.continue_in_venv('serve.py', []))"
    )
    server = Server(database, key_file)
    server.start((sys.executable, str(starter)))
    assert server.stop() in (0, -signal.SIGTERM)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", server.port))


@pytest.mark.slow
def test_no_token_and_no_address_in_the_log(server: Server, database: TestDatabase) -> None:
    headers = signed_in(server)
    httpx.get(f"{server.url}/workspaces", headers=headers | {"X-PMA-Token": "x.y.z"})
    httpx.get(f"{server.url}/workspaces", headers={"Authorization": "Bearer secret-secret"})
    server.stop()
    log = (database.directory / "server.log").read_text()
    for secret in (
        headers["Authorization"][7:40],
        headers["X-PMA-Token"][:30],
        PASSWORD,
        "ada@",
        "secret-secret",
    ):
        assert secret not in log
    assert "INVALID_AZURE_TOKEN" in log


@pytest.mark.slow
def test_uvicorn_by_itself_is_told_to_take_the_protocol(database: TestDatabase, key_file: Path) -> None:
    server = Server(database, key_file)
    command = [sys.executable, "-m", "uvicorn", "app.main:app", "--port", str(server.port)]
    refused = server.run(command)
    assert refused.returncode != 0
    assert b"--http app.main:protocol" in refused.stderr
    assert b"Traceback" not in refused.stderr
    server.start([*command, "--http", "app.main:protocol"])
    try:
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
            raw.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000)
            assert raw.recv(12) == b"HTTP/1.1 431"
    finally:
        server.kill()
