"""Jobs by way of a real broker and a real Celery. Redis is killed and comes back empty, and nothing is lost;
scripts/bench/job_kills.py kills RabbitMQ too, which takes its time to come back."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.databases import TestDatabase
from tests.harness import SIGNING_KEY, make_settings, running
from tests.local_server import LocalServer, with_parent

ROOT = Path(__file__).resolve().parents[2]


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not is_so():  # noqa: ASYNC110 - nothing else tells of it
            await asyncio.sleep(0.05)


def begin_worker(given: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "celery", "-A", "app.worker", "worker", "-P", "threads", "-c", "4"]
    return subprocess.Popen(
        [*command, "--without-gossip", "--without-mingle"],
        cwd=ROOT,
        env=os.environ | given,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=with_parent(),  # noqa: PLW1509 - it makes one system call
    )


@pytest.mark.slow
@pytest.mark.parametrize("broker", ["redis_server", "rabbit_server"])
async def test_jobs_are_done_by_workers_behind_a_broker(
    request: pytest.FixtureRequest, database: TestDatabase, key_file: Path, broker: str
) -> None:
    server: LocalServer = request.getfixturevalue(broker)
    url: str = server.url  # type: ignore[attr-defined]
    engine = {"blob_store": "local", "blob_local_root": database.directory / "blobs"}
    engine |= {"jobs_engine": "celery", "jobs_broker_url": url, "outbox_poll_seconds": 0.2}
    given = {name.upper(): str(value) for name, value in (dict(database.settings) | engine).items()}
    given |= {"PMA_SIGNING_KEYS": SIGNING_KEY, "LOCAL_ISSUER_KEY_FILE": str(key_file)}
    given |= {"AUDIT_KEY_FILE": str(key_file), "LINK_CHECK_INTERVAL_MINUTES": "0"}
    worker = begin_worker(given)
    try:
        async with running(make_settings(database, key_file, **engine)) as service:
            ada = await service.person("ada")

            def is_done() -> bool:
                return not service.rows("SELECT id FROM Workspace WHERE blob_ready = 0")

            for number in range(5):
                await ada.create_workspace(f"W{number}")
            await until(is_done)
            if broker == "redis_server":
                server.kill()
            for number in range(5):
                await ada.create_workspace(f"Later {number}")
            if broker == "redis_server":
                await asyncio.to_thread(server.start)
            await until(is_done)
            made = service.rows("SELECT id FROM AuditLog WHERE action = 'workspace.folder_ready'")
            assert len(made) == 10
    finally:
        worker.terminate()
        assert await asyncio.to_thread(worker.wait, 30) == 0
