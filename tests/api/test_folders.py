"""A workspace's folder: made by the outbox whatever happens to the store, the process, or the workspace."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import BlobStoreUnavailable
from app.db.handles.jobs import DueJobRow
from app.integrations.blob_store import BlobNotFound, BlobStore
from app.kernel.job_worker import JobWorker
from app.kernel.jobs import JobKind, enqueue
from tests.azurite import Azurite
from tests.databases import TestDatabase
from tests.harness import Person, Service, code, make_outbox, make_settings, running


async def marker(store: BlobStore, workspace_id: str) -> dict[str, Any] | None:
    try:
        chunks = await store.get(f"workspaces/{workspace_id}/workspace.json")
    except BlobNotFound:
        return None
    found: dict[str, Any] = json.loads(b"".join([chunk async for chunk in chunks]))
    return found


class Away:
    """A store that answers nothing, for as long as this is entered."""

    def __init__(self, store: BlobStore) -> None:
        self._store = store
        self.asked = 0

    def __enter__(self) -> Away:
        async def put(path: str, chunks: AsyncIterator[bytes], **named: Any) -> None:
            self.asked += 1
            raise BlobStoreUnavailable

        self._put, self._store.put = self._store.put, put  # type: ignore[method-assign]
        return self

    def __exit__(self, *error: object) -> None:
        self._store.put = self._put  # type: ignore[method-assign]


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


async def test_the_folder_is_made_after_the_workspace(service: Service, ada: Person) -> None:
    workspace = await ada.create_workspace()
    path = f"/workspaces/{workspace['id']}"
    assert (workspace["blob_path"], workspace["blob_state"]) == (None, "PENDING")
    assert await marker(service.edge.parts.blobs, workspace["id"]) is None
    assert await make_outbox(service.edge).run_due() == 1
    seen = (await ada.get(path)).json()
    assert (seen["blob_path"], seen["blob_state"]) == (f"workspaces/{workspace['id']}", "READY")
    assert seen["version"] == workspace["version"]
    (listed,) = (await ada.get("/workspaces")).json()["items"]
    assert listed == seen
    found = await marker(service.edge.parts.blobs, workspace["id"])
    assert found is not None
    assert (found["workspace_id"], found["deleted_at"]) == (workspace["id"], None)
    assert service.rows("SELECT id FROM Job") == []
    assert await make_outbox(service.edge).run_due() == 0
    (entry,) = (await ada.get(f"{path}/audit", action="workspace.folder_ready")).json()["items"]
    assert entry["actor_id"] == "service:outbox"
    assert (await ada.get(f"{path}/audit/verify")).json()["valid"]


async def test_a_store_that_is_away_delays_nothing_and_is_tried_again(service: Service, ada: Person) -> None:
    worker = make_outbox(service.edge)
    with Away(service.edge.parts.blobs) as away:
        workspace = await ada.create_workspace()
        for attempt in range(1, 6):
            assert await worker.run_due() == 1
            service.clock.advance(seconds=2**attempt / 2 - 0.1)
            assert await worker.run_due() == 0
            service.clock.advance(seconds=2**attempt / 2 + 0.1)
        assert away.asked == 5
        seen = (await ada.get(f"/workspaces/{workspace['id']}")).json()
        assert (seen["blob_path"], seen["blob_state"]) == (None, "PENDING")
        (job,) = service.rows("SELECT attempts, last_error FROM Job")
        assert job == (5, "BlobStoreUnavailable")
    assert await worker.run_due() == 1
    assert (await marker(service.edge.parts.blobs, workspace["id"])) is not None


async def test_the_wait_between_attempts_has_an_end(service: Service, ada: Person) -> None:
    worker = make_outbox(service.edge)
    await ada.create_workspace()
    with Away(service.edge.parts.blobs):
        for _ in range(15):
            service.clock.advance(minutes=5)
            assert await worker.run_due() == 1


async def test_a_workspace_that_was_rolled_back_leaves_no_job(service: Service, ada: Person) -> None:
    assert code(await ada.post("/workspaces", {"name": ""}))[0] == 422
    service.tamper(
        "CREATE TRIGGER refuse BEFORE INSERT ON WorkspaceHead BEGIN SELECT RAISE(ABORT, 'no'); END"
    ) if (service.settings.db_type == "sqlite") else pytest.skip("a trigger of SQLite")
    assert code(await ada.post("/workspaces", {"name": "n"}))[0] == 500
    assert service.rows("SELECT id FROM Job") == []
    assert service.rows("SELECT id FROM Workspace") == []


async def test_deleting_and_restoring_go_the_same_way(service: Service, ada: Person) -> None:
    worker, store = make_outbox(service.edge), service.edge.parts.blobs
    workspace = await ada.create_workspace()
    path = f"/workspaces/{workspace['id']}"
    await worker.run_due()
    file = await ada.request("POST", f"{path}/files", files={"file": ("a.txt", b"x", "text/plain")})
    with Away(store):
        assert (await ada.delete(path)).status_code == 204
        await worker.run_due()
    (deleted,) = (await ada.get("/workspaces", deleted=True)).json()["items"]
    assert deleted["blob_state"] == "PENDING"
    service.clock.advance(minutes=5)
    await worker.run_due()
    found = await marker(store, workspace["id"])
    assert found is not None
    assert found["deleted_at"] is not None
    (deleted,) = (await ada.get("/workspaces", deleted=True)).json()["items"]
    assert deleted["blob_state"] == "READY"
    restored = (await ada.post(f"{path}/restore")).json()
    assert restored["blob_state"] == "PENDING"
    await worker.run_due()
    found = await marker(store, workspace["id"])
    assert found is not None
    assert found["deleted_at"] is None
    assert (await ada.get(f"{path}/files/{file.json()['id']}/download")).content == b"x"


async def test_a_job_that_was_overtaken_is_done_again(service: Service, ada: Person) -> None:
    """The first job reads the live workspace; while it writes the marker, the workspace is deleted and the
    second job runs. The first one's marker is late and wrong, and is put right."""
    worker, store = make_outbox(service.edge), service.edge.parts.blobs
    workspace = await ada.create_workspace()
    put = store.put

    async def slow(path: str, chunks: AsyncIterator[bytes], **named: Any) -> None:
        store.put = put  # type: ignore[method-assign]
        await ada.delete(f"/workspaces/{workspace['id']}")
        assert await make_outbox(service.edge).run_due() == 1
        await put(path, chunks, **named)

    store.put = slow  # type: ignore[method-assign]
    await worker.run_due()
    service.clock.advance(minutes=1)
    await worker.run_due()
    found = await marker(store, workspace["id"])
    assert found is not None
    assert found["deleted_at"] is not None
    assert service.rows("SELECT id FROM Job") == []


async def test_two_workers_do_each_job_once(service: Service, ada: Person) -> None:
    for number in range(30):
        await ada.create_workspace(f"W{number}")
    done = await asyncio.gather(*(make_outbox(service.edge).run_due() for _ in range(3)))
    assert sum(done) == 30
    assert service.rows("SELECT id FROM Workspace WHERE blob_ready = 0") == []


async def test_a_worker_that_died_loses_its_jobs_to_the_next(database: TestDatabase, key_file: Path) -> None:
    root = database.directory / "blobs"
    settings = make_settings(database, key_file, blob_store="local", blob_local_root=root)
    async with running(settings) as first:
        ada = await first.person("ada")
        workspace = await ada.create_workspace()

        begun = asyncio.Event()

        async def hangs(path: str, chunks: AsyncIterator[bytes], **named: Any) -> None:
            begun.set()
            await asyncio.Event().wait()

        first.edge.parts.blobs.put = hangs  # type: ignore[method-assign]
        work = asyncio.create_task(make_outbox(first.edge).run_due())
        await begun.wait()
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
    async with running(settings, first.clock) as second:
        worker = make_outbox(second.edge)
        assert await worker.run_due() == 0  # it may still be at it
        second.clock.jump(days=1)
        assert await worker.run_due() == 0  # whatever a clock says
        second.clock.advance(seconds=30)
        assert await worker.run_due() == 1
        assert (await marker(second.edge.parts.blobs, workspace["id"])) is not None


async def test_the_service_looks_by_itself(database: TestDatabase, key_file: Path) -> None:
    async with running(make_settings(database, key_file, outbox_poll_seconds=0.02)) as service:
        ada = await service.person("ada")
        workspace = await ada.create_workspace()
        await until(lambda: not service.rows("SELECT id FROM Workspace WHERE blob_ready = 0"))
        assert (await ada.get(f"/workspaces/{workspace['id']}")).json()["blob_state"] == "READY"


async def until(is_so: Callable[[], bool], step: Callable[[], None] = lambda: None) -> None:
    for _ in range(800):
        if is_so():
            return
        step()
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come to be so in 40 seconds")


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_azurite_killed_in_the_middle_loses_no_workspace(
    database: TestDatabase, key_file: Path, tmp_path: Path, how: signal.Signals
) -> None:
    server = Azurite(tmp_path / "azurite")
    server.start()
    settings = make_settings(
        database,
        key_file,
        blob_store="azure",
        blob_connection_string=server.connection_string,
        outbox_poll_seconds=0.05,
    )
    try:
        async with running(settings) as service:
            ada = await service.person("ada")

            async def create(number: int) -> str:
                await asyncio.sleep(number * 0.01)
                created: str = (await ada.create_workspace(f"W{number}"))["id"]
                return created

            creating = asyncio.gather(*(create(number) for number in range(60)))
            await until(lambda: len(service.rows("SELECT id FROM Workspace WHERE blob_ready = 1")) > 3)
            await asyncio.to_thread(server.kill, how)
            ids = await creating
            assert len(set(ids)) == 60
            await asyncio.sleep(1)  # what was acknowledged before is noted by now
            waiting = {row[0] for row in service.rows("SELECT id FROM Workspace WHERE blob_ready = 0")}
            assert 0 < len(waiting) < 60  # it was in the middle
            server.start()
            await until(
                lambda: not service.rows("SELECT id FROM Workspace WHERE blob_ready = 0"),
                lambda: service.clock.jump(seconds=30),
            )
            # Azurite writes its index every few seconds: what it acknowledged just before SIGKILL it has lost,
            # unlike Azure. What counts then is that nothing that waited was forgotten.
            for workspace_id in ids if how is signal.SIGTERM else waiting:
                found = await marker(service.edge.parts.blobs, workspace_id)
                assert found is not None
                assert found["workspace_id"] == workspace_id
    finally:
        server.kill()


async def test_a_job_of_an_unknown_kind_stops_no_other(service: Service, ada: Person) -> None:
    """As after going back to an older version of this service."""
    await ada.create_workspace()
    service.tamper("UPDATE Job SET kind = 'file'")
    await ada.create_workspace("Second")
    assert await make_outbox(service.edge).run_due() == 2
    assert len(service.rows("SELECT id FROM Workspace WHERE blob_ready = 1")) == 1


async def test_a_turn_that_comes_after_the_lease_is_somebody_else_s(service: Service, ada: Person) -> None:
    """Three jobs of one workspace go on at once; the fourth waits until it was taken up again."""
    workspace = (await ada.create_workspace())["id"]
    edge = service.edge
    await make_outbox(edge).run_due()
    async with edge.parts.database.write() as tx:
        for number in range(4):
            target = f"00000000-0000-4000-8000-{number:012}"
            await enqueue(tx, edge.tools, JobKind.FILE, workspace_id=workspace, target_id=target)
    done = list[str]()

    async def slow(job: DueJobRow) -> None:
        done.append(job.target_id)
        if len(done) == 3:
            service.clock.advance(minutes=2)

    worker = JobWorker(edge.parts.database, edge.tools, {JobKind.FILE: slow}, edge.parts.metrics.job)
    assert await worker.run_due() == 4
    assert len(done) == 3
    assert await worker.run_due() == 1
    assert len(set(done)) == 4
    assert service.rows("SELECT id FROM Job") == []
