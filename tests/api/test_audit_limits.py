"""Exports that nobody reads, and verifications of long logs: what they hold while they wait, and how many may."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.databases import TestDatabase
from tests.harness import Person, Service, code, make_settings, running

pytestmark = pytest.mark.usefixtures("small_pages")


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.services.audit_export._PAGE", 3)
    monkeypatch.setattr("app.services.audit_verification._PAGE", 3)


@pytest.fixture
async def service(database: TestDatabase, key_file: Path) -> AsyncIterator[Service]:
    """With one connection to read with: who keeps it keeps everybody out."""
    settings = make_settings(
        database, key_file, sqlite_readers=1, db_pool_max=1, db_pool_min=1, db_acquire_timeout_seconds=2
    )
    async with running(settings) as service:
        yield service


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


@pytest.fixture
async def path(ada: Person) -> str:
    workspace = await ada.create_workspace()
    for number in range(8):
        await ada.patch(f"/workspaces/{workspace['id']}", {"description": f"{number}" * 9000})
    return f"/workspaces/{workspace['id']}"


@asynccontextmanager
async def unread(person: Person, path: str) -> AsyncIterator[list[dict[str, Any]]]:
    """An export whose client takes the head and the first piece, and then nothing more. Answers what was
    sent."""
    sent: list[dict[str, Any]] = []
    has_begun = asyncio.Event()

    async def send(message: Any) -> None:
        sent.append(message)
        if message["type"] == "http.response.body":
            has_begun.set()
            await asyncio.Event().wait()

    async def receive() -> Any:
        return await asyncio.Event().wait()

    headers = [(name.lower().encode(), value.encode()) for name, value in person.headers().items()]
    scope: dict[str, Any] = {
        "type": "http", "method": "GET", "path": f"{path}/audit/export", "query_string": b"", "headers": headers,
        "client": ("127.0.0.1", 1), "server": ("testserver", 80), "scheme": "http", "http_version": "1.1",
        "raw_path": f"{path}/audit/export".encode(), "root_path": "", "asgi": {"version": "3.0", "spec_version": "2.4"},
    }  # fmt: skip
    task = asyncio.ensure_future(person.service.app(scope, receive, send))
    await asyncio.wait([task, asyncio.ensure_future(has_begun.wait())], return_when="FIRST_COMPLETED")
    assert not task.done(), sent
    try:
        yield sent
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_an_export_that_nobody_reads_holds_no_connection_and_one_piece(
    service: Service, ada: Person, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.audit_export._PIECE", 10_000)
    async with unread(ada, path) as sent:
        assert service.edge.parts.database.driver.connections()["busy"] == 0
        assert (await ada.get(path)).status_code == 200
        bodies = [message["body"] for message in sent if message["type"] == "http.response.body"]
        assert len(bodies) == 1
        assert len(bodies[0]) == 10_000


async def test_a_caller_has_two_exports_at_once(service: Service, ada: Person, path: str) -> None:
    bob = await service.person("bob")
    await ada.add(path.rpartition("/")[2], bob, "ADMIN")
    entries = (await ada.get(f"{path}/audit")).json()["items"][0]["seq"]
    async with unread(ada, path), unread(ada, path):
        refused = await ada.get(f"{path}/audit/export")
        assert code(refused) == (429, "RATE_LIMITED")
        assert int(refused.headers["retry-after"]) > 0
        assert (await bob.get(f"{path}/audit/export")).status_code == 200
    # What was refused did not begin, so the log does not say it did; and their ends gave the places back.
    assert (await ada.get(f"{path}/audit")).json()["items"][0]["seq"] == entries + 3
    assert (await ada.get(f"{path}/audit/export")).status_code == 200


async def test_all_together_have_so_many_exports(
    database: TestDatabase, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.audit_work._EXPORTS_IN_ALL", 1)
    async with running(make_settings(database, key_file)) as service:
        ada, bob = await service.person("ada"), await service.person("bob")
        first, second = [f"/workspaces/{(await who.create_workspace())['id']}" for who in (ada, bob)]
        async with unread(ada, first):
            refused = await bob.get(f"{second}/audit/export")
            assert code(refused) == (503, "SERVICE_UNAVAILABLE")
            assert int(refused.headers["retry-after"]) > 0


async def test_exporting_leaves_no_checkpoint(ada: Person, path: str) -> None:
    """Or each GET would make every later verification longer. The one it answers is good all the same."""
    answer = await ada.get(f"{path}/audit/export")
    assert (await ada.get(f"{path}/audit/checkpoints")).json()["items"] == []
    found = await ada.get(f"{path}/audit/verify", checkpoint=answer.headers["x-audit-checkpoint"])
    assert found.json()["valid"] is True
    ada.service.tamper(f"UPDATE AuditLog SET entry_hash = '{'f' * 64}' WHERE seq = 10")
    found = await ada.get(f"{path}/audit/verify", checkpoint=answer.headers["x-audit-checkpoint"])
    assert "is not the entry that was signed" in found.text


@contextmanager
def held(service: Service) -> Iterator[None]:
    """The thread that computes is kept busy."""
    threads: Any = service.edge.parts.audit
    end = threading.Event()
    waiting = asyncio.ensure_future(threads._threads.run(end.wait, 20))
    try:
        yield
    finally:
        end.set()
        waiting.add_done_callback(lambda done: done.exception())


def reads(service: Service) -> int:
    text = service.edge.parts.metrics.text().decode()
    found = re.search(r'pma_db_query_duration_seconds_count\{query="read_chain"\} ([\d.]+)', text)
    return int(float(found[1])) if found else 0


async def started(*requests: Any) -> list[asyncio.Task[Any]]:
    tasks = [asyncio.ensure_future(request) for request in requests]
    for _ in range(50):
        await asyncio.sleep(0.005)
    return tasks


async def test_a_verification_gives_its_connection_back_while_it_computes(
    service: Service, ada: Person, path: str
) -> None:
    await service.edge.parts.audit.keys()
    with held(service):
        tasks = await started(ada.get(f"{path}/audit/verify"))
        assert reads(service) == 1
        assert (await ada.get(path)).status_code == 200
        assert not tasks[0].done()
    report = (await tasks[0]).json()
    assert (report["valid"], report["entries"]) == (True, 9)


async def test_who_asks_the_same_gets_the_same_answer(service: Service, ada: Person, path: str) -> None:
    with held(service):
        tasks = await started(*(ada.get(f"{path}/audit/verify") for _ in range(6)))
    answers = {(await task).text for task in tasks}
    assert len(answers) == 1
    assert reads(service) == 3, "nine entries, three a page, once"
    assert (await ada.get(f"{path}/audit/verify")).json()["valid"]
    assert reads(service) == 6, "and later it is recomputed"


async def test_a_caller_has_two_verifications_at_once(service: Service, ada: Person, path: str) -> None:
    with held(service):
        tasks = await started(*(ada.get(f"{path}/audit/verify", checkpoint=each) for each in "xy"))
        refused = asyncio.ensure_future(ada.get(f"{path}/audit/verify", checkpoint="z"))
        await asyncio.sleep(0.05)
    assert code(await refused) == (429, "RATE_LIMITED")
    assert {(await task).status_code for task in tasks} == {200}


async def test_findings_are_bounded_and_one_is_enough(
    ada: Person, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.audit_verification._MAX_FINDINGS", 4)
    ada.service.tamper("UPDATE AuditLog SET action = 'x'")
    report = (await ada.get(f"{path}/audit/verify")).json()
    assert (report["valid"], report["entries"], len(report["findings"])) == (False, 9, 4)


async def test_more_checkpoints_than_a_page_of_a_log_that_was_cut(ada: Person, path: str) -> None:
    for number in range(8):
        await ada.post(f"{path}/audit/checkpoints")
        await ada.patch(path, {"name": f"n{number}"})
    assert (await ada.get(f"{path}/audit/verify")).json()["valid"]
    ada.service.tamper(
        "DELETE FROM AuditLog WHERE seq > 2",
        "UPDATE WorkspaceHead SET audit_seq = 2, audit_hash = (SELECT entry_hash FROM AuditLog WHERE seq = 2)",
    )
    findings = (await ada.get(f"{path}/audit/verify")).json()["findings"]
    assert [each["seq"] for each in findings] == list(range(9, 17))
    ada.service.tamper("DELETE FROM AuditLog", "UPDATE WorkspaceHead SET audit_seq = 0")
    findings = (await ada.get(f"{path}/audit/verify")).json()["findings"]
    assert [each["seq"] for each in findings][:8] == list(range(9, 17))


async def test_a_checkpoint_kept_under_another_number_is_found(ada: Person, path: str) -> None:
    await ada.post(f"{path}/audit/checkpoints")
    ada.service.tamper("UPDATE AuditCheckpoint SET seq = 3")
    report = (await ada.get(f"{path}/audit/verify")).json()
    assert (report["valid"], report["findings"][0]["kind"]) == (False, "tampering")
