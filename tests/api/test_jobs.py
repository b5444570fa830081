"""What ADMINs see and do of their workspace's jobs."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from app.kernel import jobs
from app.kernel.job_worker import JobWorker
from app.kernel.jobs import GiveUp, Handler, JobKind, Rules, enqueue
from app.kernel.schedule import running
from tests.harness import Person, Service, code

TARGET = "00000000-0000-4000-8000-0000000000aa"


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


@pytest.fixture
async def workspace(service: Service, ada: Person, monkeypatch: pytest.MonkeyPatch) -> str:
    """Without jobs; those of files may fail."""
    monkeypatch.setitem(jobs.KINDS, JobKind.FILE, Rules(max_attempts=3))
    workspace: str = (await ada.create_workspace())["id"]
    await service.edge.parts.job_worker().run_due()
    return workspace


async def ask(service: Service, workspace: str, number: int = 1) -> None:
    async with service.edge.parts.database.write() as tx:
        for _ in range(number):
            await enqueue(tx, service.edge.tools, JobKind.FILE, workspace_id=workspace, target_id=TARGET)


def worker(service: Service, handler: Handler) -> JobWorker:
    parts = service.edge.parts
    return JobWorker(parts.database, service.edge.tools, {JobKind.FILE: handler}, parts.metrics.job)


async def gone(job: object) -> None:
    raise GiveUp("gone")


async def test_dead_letters_are_seen_and_retried(service: Service, ada: Person, workspace: str) -> None:
    path = f"/workspaces/{workspace}/jobs"
    await ask(service, workspace)
    await worker(service, gone).run_due()
    (dead,) = (await ada.get(path, state="DEAD")).json()["items"]
    assert (await ada.get(path, state="READY")).json()["items"] == []
    assert (await ada.get(f"{path}/{dead['id']}")).json() == dead
    known = {"kind": "file", "queue": "default", "state": "DEAD", "target_id": TARGET, "attempts": 1}
    assert dead.items() >= (known | {"max_attempts": 3, "last_error": "gone"}).items()
    retried = (await ada.post(f"{path}/{dead['id']}/retry")).json()
    assert (retried["state"], retried["attempts"], retried["state_at"]) == ("READY", 0, None)
    done = list[object]()

    async def works(job: object) -> None:
        done.append(job)

    assert await worker(service, works).run_due() == 1
    assert code(await ada.get(f"{path}/{dead['id']}")) == (404, "JOB_NOT_FOUND")
    assert code(await ada.post(f"{path}/{dead['id']}/retry")) == (404, "JOB_NOT_FOUND")
    (entry,) = (await ada.get(f"/workspaces/{workspace}/audit", action="job.retried")).json()["items"]
    assert (entry["target_id"], entry["details"]["state"]) == (dead["id"], "DEAD")


async def test_pages_go_on_where_the_last_one_ended(service: Service, ada: Person, workspace: str) -> None:
    """Of the same moment too, and with a filter."""
    await ask(service, workspace, 3)
    service.clock.advance(seconds=1)
    await ask(service, workspace, 2)
    for filters in ({}, {"state": "READY"}):
        seen, cursor = list[str](), dict[str, str]()
        for _ in range(3):
            page = (await ada.get(f"/workspaces/{workspace}/jobs", limit=2, **filters, **cursor)).json()
            seen += [job["created_at"] + job["id"] for job in page["items"]]
            cursor = {"cursor": page["next_cursor"]}
        assert (len(set(seen)), page["next_cursor"]) == (5, None)
        assert [each[:27] for each in seen] == sorted((each[:27] for each in seen), reverse=True)


async def test_a_job_that_is_worked_at_is_stopped(service: Service, ada: Person, workspace: str) -> None:
    stopped = asyncio.Event()

    async def hangs(job: object) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    path, parts = f"/workspaces/{workspace}/jobs", service.edge.parts
    outbox = JobWorker(
        parts.database,
        service.edge.tools,
        {JobKind.FILE: hangs},
        parts.metrics.job,
        timedelta(seconds=0.2),
    )
    await ask(service, workspace)
    async with running(outbox.run(timedelta(seconds=0.02))), asyncio.timeout(10):
        while not (found := (await ada.get(path, state="RUNNING")).json()["items"]):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert code(await ada.post(f"{path}/{found[0]['id']}/retry")) == (409, "JOB_RUNNING")
        assert (await ada.post(f"{path}/{found[0]['id']}/cancel")).status_code == 204
        await stopped.wait()
    assert service.rows("SELECT id FROM Job") == []
    assert code(await ada.post(f"{path}/{found[0]['id']}/cancel")) == (404, "JOB_NOT_FOUND")


async def test_what_was_promised_is_not_cancelled(service: Service, ada: Person) -> None:
    workspace = (await ada.create_workspace())["id"]
    path = f"/workspaces/{workspace}/jobs"
    (folder,) = (await ada.get(path)).json()["items"]
    assert folder["max_attempts"] is None
    assert code(await ada.post(f"{path}/{folder['id']}/cancel")) == (409, "JOB_PROMISED")
    other = (await ada.create_workspace("Other"))["id"]
    assert code(await ada.get(f"/workspaces/{other}/jobs/{folder['id']}")) == (404, "JOB_NOT_FOUND")
