"""Jobs by way of a broker: it may lose, repeat and refuse what it is told, and each job is done once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest

from app.db.handles.jobs import DueJobRow
from app.kernel import jobs
from app.kernel.job_relay import GRACE, JobRelay, Told
from app.kernel.job_worker import JobWorker
from app.kernel.jobs import JobKind, Queue, Rules, enqueue
from tests.harness import Service

WORKSPACE = "00000000-0000-4000-8000-00000000000a"


class Broker:
    """Remembers what it is told, and does not bring it."""

    def __init__(self) -> None:
        self.told = list[Told]()
        self.is_away = False

    async def publish(self, queue: Queue, told: Sequence[Told]) -> None:
        if self.is_away:
            raise ConnectionError
        self.told += told


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def relay(service: Service, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> JobRelay:
    monkeypatch.setitem(jobs.KINDS, JobKind.FILE, Rules(Queue.DELIVERY, max_attempts=3))
    return JobRelay(service.edge.parts.database, service.edge.tools, broker.publish)


async def ask(service: Service, number: int, workspace_id: str = WORKSPACE) -> None:
    async with service.edge.parts.database.write() as tx:
        for _ in range(number):
            target_id = service.edge.tools.new_id()
            await enqueue(
                tx, service.edge.tools, JobKind.FILE, workspace_id=workspace_id, target_id=target_id
            )


def counting(service: Service) -> tuple[JobWorker, Counter[str]]:
    done = Counter[str]()

    async def work(job: DueJobRow) -> None:
        done[job.target_id] += 1

    parts = service.edge.parts
    return JobWorker(parts.database, service.edge.tools, {JobKind.FILE: work}), done


async def test_what_is_told_twice_is_done_once(service: Service, broker: Broker, relay: JobRelay) -> None:
    await ask(service, 5)
    handed_out = {queue: await relay.hand_out(queue) for queue in Queue}
    assert {queue: count for queue, count in handed_out.items() if count} == {Queue.DELIVERY: 5}
    first, done = counting(service)
    second, done_too = counting(service)
    for job_id, fence in broker.told * 2:
        await first.work_at(job_id, fence)
        await second.work_at(job_id, fence)
    assert sorted((done + done_too).values()) == [1] * 5
    assert service.rows("SELECT id FROM Job") == []


async def test_what_the_broker_lost_is_told_again(service: Service, broker: Broker, relay: JobRelay) -> None:
    await ask(service, 3)
    assert await relay.hand_out(Queue.DELIVERY) == 3
    lost, broker.told = broker.told, []
    assert await relay.hand_out(Queue.DELIVERY) == 0
    service.clock.advance(seconds=GRACE.total_seconds())
    assert await relay.hand_out(Queue.DELIVERY) == 3
    worker, done = counting(service)
    for job_id, fence in broker.told + lost:
        await worker.work_at(job_id, fence)
    assert sorted(done.values()) == [1] * 3


async def test_a_broker_that_is_away_is_tried_again_soon(
    service: Service, broker: Broker, relay: JobRelay
) -> None:
    await ask(service, 2)
    broker.is_away = True
    assert await relay.hand_out(Queue.DELIVERY) == 0
    broker.is_away = False
    service.clock.advance(seconds=2)
    assert await relay.hand_out(Queue.DELIVERY) == 2


async def test_a_workspace_with_many_jobs_leaves_room_for_others(
    service: Service, broker: Broker, relay: JobRelay
) -> None:
    await ask(service, 300)
    service.clock.advance(seconds=1)
    other = "00000000-0000-4000-8000-00000000000b"
    await ask(service, 1, other)
    await relay.hand_out(Queue.DELIVERY)
    ((job_id,),) = service.rows("SELECT id FROM Job WHERE workspace_id = ?", other)
    assert str(job_id).lower() in {each for each, _ in broker.told}
    assert len(broker.told) < 100


async def test_what_fails_goes_the_same_way(service: Service, broker: Broker, relay: JobRelay) -> None:
    async def fails(job: object) -> None:
        raise ZeroDivisionError

    parts = service.edge.parts
    worker = JobWorker(parts.database, service.edge.tools, {JobKind.FILE: fails})
    await ask(service, 1)
    for _ in range(3):
        assert await relay.hand_out(Queue.DELIVERY) == 1
        await worker.work_at(*broker.told[-1])
        service.clock.advance(minutes=6)
    assert service.rows("SELECT state, attempts FROM Job") == [("DEAD", 3)]
    assert await relay.hand_out(Queue.DELIVERY) == 0
