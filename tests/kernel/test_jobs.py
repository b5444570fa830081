"""Jobs: tried as often as their kind may be, by one process at a time, however long one takes."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

import pytest

from app.core.caller import Tools
from app.core.clock import new_uuid7, system_clock
from app.db.handles.jobs import DueJobRow
from app.kernel import jobs
from app.kernel.housekeeping import Housekeeping
from app.kernel.job_worker import JobWorker
from app.kernel.jobs import Again, GiveUp, Handler, JobKind, Queue, Rules, enqueue, enqueue_once
from app.kernel.schedule import running
from tests.harness import Service

WORKSPACE = "00000000-0000-4000-8000-00000000000a"
TARGET = "00000000-0000-4000-8000-0000000000aa"
LEASE = timedelta(seconds=0.4)
POLL = timedelta(seconds=0.02)
Twins = tuple[Service, Service]


@pytest.fixture(autouse=True)
def _kind_of_three_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = Rules(Queue.DELIVERY, max_attempts=3, deadline=timedelta(seconds=5))
    monkeypatch.setitem(jobs.KINDS, JobKind.FILE, rules)


def worker(service: Service, handler: Handler) -> JobWorker:
    parts = service.edge.parts
    return JobWorker(parts.database, service.edge.tools, {JobKind.FILE: handler}, parts.metrics.job)


def living_worker(service: Service, handler: Handler) -> JobWorker:
    """One whose leases pass as time does."""
    tools = Tools(system_clock, new_uuid7, os.urandom)
    parts = service.edge.parts
    return JobWorker(parts.database, tools, {JobKind.FILE: handler}, parts.metrics.job, LEASE)


async def ask(service: Service, how: Callable[..., Awaitable[None]] = enqueue, **more: timedelta) -> None:
    place = {"workspace_id": WORKSPACE, "target_id": TARGET}
    async with service.edge.parts.database.write() as tx:
        await how(tx, service.edge.tools, JobKind.FILE, **place, **more)


def states(service: Service) -> list[tuple[object, ...]]:
    return service.rows("SELECT state, attempts, last_error FROM Job")


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 - nothing else tells of it
            await asyncio.sleep(0.01)


async def test_what_fails_as_often_as_it_may_is_a_dead_letter(service: Service) -> None:
    async def fails(job: object) -> None:
        raise ZeroDivisionError("ada@example.com")

    outbox = worker(service, fails)
    await ask(service)
    for attempt in range(1, 4):
        assert await outbox.run_due() == 1
        service.clock.advance(seconds=2**attempt)
    assert states(service) == [("DEAD", 3, "ZeroDivisionError")]
    assert await outbox.run_due() == 0


async def test_what_is_of_no_use_is_given_up_at_once(service: Service) -> None:
    async def gone(job: object) -> None:
        raise GiveUp("410")

    await ask(service)
    assert await worker(service, gone).run_due() == 1
    assert states(service) == [("DEAD", 1, "410")]
    with pytest.raises(ValueError, match="a code"):
        GiveUp("Ada <ada@example.com> said no")


async def test_what_ends_its_process_is_not_tried_for_ever(service: Service) -> None:
    """Nothing is written of such an end: it is counted when the job is taken up."""

    async def hangs(job: object) -> None:
        started.set()
        await asyncio.Event().wait()

    await ask(service)
    after = worker(service, hangs)
    for _ in range(3):
        started = asyncio.Event()
        dying = asyncio.create_task(worker(service, hangs).run_due())
        await started.wait()
        dying.cancel()
        await asyncio.wait([dying])
        await after.leases.let_go_of_the_dead()
        service.clock.advance(minutes=1)
        await after.leases.let_go_of_the_dead()
    assert await after.run_due() == 0
    assert states(service) == [("DEAD", 3, "Abandoned")]


async def test_an_attempt_has_a_deadline(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(jobs.KINDS, JobKind.FILE, Rules(max_attempts=1, deadline=timedelta(seconds=0.02)))

    async def hangs(job: object) -> None:
        await asyncio.Event().wait()

    await ask(service)
    assert await worker(service, hangs).run_due() == 1
    assert states(service) == [("DEAD", 1, "TimeoutError")]


async def test_once_more_is_no_failure(service: Service) -> None:
    done = 0

    async def step(job: object) -> Again | None:
        nonlocal done
        done += 1
        return Again(service.clock() + timedelta(hours=2)) if done < 5 else None

    await ask(service)
    for run in range(1, 5):
        assert await worker(service, step).run_due() == 1
        assert states(service) == [("READY", 0, None)]
        service.clock.advance(minutes=119)
        assert await worker(service, step).run_due() == 0, run
        service.clock.advance(minutes=1)
    assert await worker(service, step).run_due() == 1
    assert (done, states(service)) == (5, [])


async def test_one_for_a_target_however_often_it_is_asked_for(service: Service) -> None:
    done = 0

    async def step(job: object) -> None:
        nonlocal done
        done += 1
        if done == 1:
            for _ in range(3):
                await ask(service, enqueue_once)

    await ask(service, enqueue_once, delay=timedelta(hours=5))
    assert await worker(service, step).run_due() == 0
    for delay in (3, 1, 4):
        await ask(service, enqueue_once, delay=timedelta(hours=delay))
    service.clock.advance(hours=1)
    # What was asked for while it ran is done once afterwards.
    assert await worker(service, step).run_due() == 2
    assert (done, states(service)) == (2, [])


async def test_asked_for_again_what_fails_waits_and_what_is_dead_lives(service: Service) -> None:
    async def fails(job: object) -> None:
        raise ZeroDivisionError

    outbox = worker(service, fails)
    await ask(service, enqueue_once)
    await outbox.run_due()
    await ask(service, enqueue_once)
    assert await outbox.run_due() == 0
    for _ in range(2):
        service.clock.advance(minutes=1)
        await outbox.run_due()
    assert states(service) == [("DEAD", 3, "ZeroDivisionError")]
    await ask(service, enqueue_once)
    assert await outbox.run_due() == 1
    assert states(service) == [("READY", 1, "ZeroDivisionError")]


async def test_a_job_that_outlives_its_first_leases_is_worked_at_by_one(twins: Twins) -> None:
    """The other process looks all the while."""
    running_now, most, done = 0, 0, Counter[str]()

    async def slow(job: object) -> None:
        nonlocal running_now, most
        running_now += 1
        most = max(most, running_now)
        await asyncio.sleep(LEASE.total_seconds() * 3)
        running_now -= 1
        done["slow"] += 1

    first, second = (living_worker(service, slow) for service in twins)
    await ask(twins[0])
    async with running(first.run(POLL)), running(second.run(POLL)):
        await until(lambda: states(twins[0]) == [])
    assert (most, done["slow"]) == (1, 1)
    assert twins[0].rows("SELECT id FROM JobHolder") == []


async def test_who_lost_a_lease_stops(service: Service) -> None:
    """Its process stood still for so long that another took it for dead, and took its job up."""
    stopped = 0

    async def work(job: object) -> None:
        nonlocal stopped
        try:
            await asyncio.sleep(60)
        finally:
            stopped += 1

    await ask(service)
    async with running(living_worker(service, work).run(POLL)):
        await until(lambda: states(service) == [("RUNNING", 1, None)])
        service.tamper(f"UPDATE Job SET fence = 2, holder = '{TARGET}'", "DELETE FROM JobHolder")
        await until(lambda: stopped == 1)
    assert states(service) == [("RUNNING", 1, None)]


async def test_what_was_lost_stops_before_it_begins_anew(service: Service) -> None:
    """Somebody has let it go, and the same process is the first to take it up."""
    running_now, most, begun = 0, 0, 0

    async def work(job: object) -> None:
        nonlocal running_now, most, begun
        begun += 1
        running_now += 1
        most = max(most, running_now)
        try:
            await asyncio.sleep(60 if begun == 1 else 0)
        finally:
            with suppress(asyncio.CancelledError):  # it is asked more than once
                await asyncio.sleep(0.1)
            running_now -= 1

    await ask(service)
    async with running(living_worker(service, work).run(POLL)):
        await until(lambda: states(service) == [("RUNNING", 1, None)])
        service.tamper("DELETE FROM JobHolder", "UPDATE Job SET state = 'READY', holder = NULL")
        await until(lambda: states(service) == [])
    assert (most, begun) == (1, 2)


async def test_a_process_that_cannot_say_it_lives_stops_by_itself(service: Service) -> None:
    stopped = asyncio.Event()

    async def work(job: object) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()

    outbox = living_worker(service, work)
    await ask(service)
    async with running(outbox.run(POLL)):
        await until(lambda: states(service) == [("RUNNING", 1, None)])
        async with outbox.leases.lock, asyncio.timeout(5):  # no beat gets through
            await stopped.wait()


async def test_what_is_under_way_when_a_process_ends_is_not_counted(service: Service) -> None:
    async def hangs(job: object) -> None:
        await asyncio.Event().wait()

    await ask(service)
    async with running(living_worker(service, hangs).run(POLL)):
        await until(lambda: states(service) == [("RUNNING", 1, None)])
    assert states(service) == [("READY", 0, None)]
    assert service.rows("SELECT id FROM JobHolder") == []


async def test_a_job_that_was_taken_up_unknown_to_its_process_is_let_go(service: Service) -> None:
    """As when the answer to a commit gets lost."""
    done = asyncio.Event()

    async def work(job: object) -> None:
        done.set()

    outbox = living_worker(service, work)
    async with running(outbox.run(POLL)):
        await ask(service)
        await done.wait()
        await until(lambda: states(service) == [])
        done.clear()
        ((holder,),) = service.rows("SELECT id FROM JobHolder")
        async with outbox.leases.lock:
            await ask(service)
            service.tamper(f"UPDATE Job SET state = 'RUNNING', attempts = 1, holder = '{holder}'")
            outbox.leases.unsure()
        async with asyncio.timeout(5):
            await done.wait()


async def test_a_workspace_with_many_jobs_keeps_no_other_waiting(service: Service) -> None:
    """More of one than are claimed at once, all slow; the other's came last."""
    gate, done = asyncio.Event(), Counter[str]()

    async def work(job: DueJobRow) -> None:
        if job.workspace_id == WORKSPACE:
            await gate.wait()
        else:
            gate.set()
        done[job.workspace_id] += 1

    async with service.edge.parts.database.write() as tx:
        for number in range(201):
            workspace = WORKSPACE if number < 200 else TARGET
            await enqueue(tx, service.edge.tools, JobKind.FILE, workspace_id=workspace, target_id=TARGET)
            service.clock.advance(seconds=0.001)
    async with asyncio.timeout(10):
        assert await worker(service, work).run_due() == 201
    assert done == {WORKSPACE: 200, TARGET: 1}


async def test_old_dead_letters_go(service: Service) -> None:
    async def gone(job: object) -> None:
        raise GiveUp("gone")

    await ask(service)
    await worker(service, gone).run_due()
    housekeeping = Housekeeping(service.edge.parts.database, service.edge.tools, timedelta(minutes=5))
    for _ in range(100):
        await housekeeping.run()
        assert states(service) == [("DEAD", 1, "gone")] or _ > 90
        service.clock.advance(days=1)
    assert states(service) == []
