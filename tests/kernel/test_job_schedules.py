"""Schedules: each time is due once, however many look; what was missed is done once."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from app.kernel.job_schedules import Cron, Every, Times, end_schedule, make_jobs, next_time, set_schedule
from app.kernel.jobs import NO_WORKSPACE, JobKind
from app.kernel.routines import Routines
from tests.harness import Service

TARGET = "00000000-0000-4000-8000-0000000000aa"
Twins = tuple[Service, Service]


async def plan(service: Service, times: Times) -> None:
    async with service.edge.parts.database.write() as tx:
        await set_schedule(
            tx, service.edge.tools, JobKind.FILE, times, workspace_id=NO_WORKSPACE, target_id=TARGET
        )


async def look(service: Service) -> int:
    return await make_jobs(service.edge.parts.database, service.edge.tools)


def jobs(service: Service) -> int:
    return len(service.rows("SELECT id FROM Job"))


async def test_each_time_is_due_once_for_all_processes(twins: Twins) -> None:
    await plan(twins[0], Every(timedelta(hours=1)))
    assert await look(twins[0]) == 0
    for _ in range(5):
        twins[0].clock.advance(hours=1)
        found = await asyncio.gather(*(look(service) for service in twins * 4))
        assert sum(found) == 1
        assert jobs(twins[0]) == 1
        twins[0].tamper("DELETE FROM Job")


async def test_what_was_missed_is_done_once_and_in_step(service: Service) -> None:
    begun = service.clock()
    await plan(service, Every(timedelta(hours=1)))
    service.clock.advance(hours=7, minutes=20)
    assert [await look(service), await look(service), jobs(service)] == [1, 0, 1]
    service.clock.now = begun + timedelta(hours=8)
    assert await look(service) == 1


async def test_a_clock_that_was_ahead_puts_nothing_off(service: Service) -> None:
    service.clock.jump(days=400)
    await plan(service, Every(timedelta(hours=1)))
    service.clock.jump(days=-400)
    assert [await look(service), await look(service)] == [1, 0]
    service.clock.advance(hours=1)
    assert await look(service) == 1


async def test_other_times_and_none(service: Service) -> None:
    await plan(service, Every(timedelta(hours=5)))
    service.clock.advance(hours=1)
    await plan(service, Every(timedelta(hours=5)))  # it is set so
    service.clock.advance(hours=4)
    assert await look(service) == 1
    await plan(service, Every(timedelta(minutes=1)))
    service.clock.advance(minutes=1)
    assert await look(service) == 1
    async with service.edge.parts.database.write() as tx:
        end_schedule(tx, JobKind.FILE, workspace_id=NO_WORKSPACE, target_id=TARGET)
    service.clock.advance(hours=1)
    assert await look(service) == 0


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        ("0 9 * * 1", "2026-11-26T10:00", "2026-11-30T08:00"),
        ("30 2 * * *", "2026-03-28T12:00", "2026-03-29T01:00"),  # the hour that is left out
        ("30 2 * * *", "2026-10-24T12:00", "2026-10-25T00:30"),  # the first of two
        ("0 0 29 2 *", "2026-11-26T10:00", "2028-02-28T23:00"),
    ],
)
def test_cron_goes_by_the_clock_on_the_wall(expression: str, after: str, expected: str) -> None:
    found = next_time(Cron(expression, "Europe/Berlin"), datetime.fromisoformat(after).replace(tzinfo=UTC))
    assert found.isoformat(timespec="minutes") == f"{expected}+00:00"


@pytest.mark.parametrize(
    "times",
    [
        Cron("0 0 31 2 *", "Europe/Berlin"),
        Cron("61 * * * *", "Europe/Berlin"),
        Cron("* * * * *", "Europe/Nowhere"),
        Cron("* * * * *", "../etc/passwd"),
        Every(timedelta(0)),
    ],
)
def test_what_is_no_time_is_refused(times: Times) -> None:
    with pytest.raises(ValueError, match=r"time|schedule"):
        next_time(times, datetime.now(UTC))


async def test_routines_are_done_once_for_all_processes(twins: Twins) -> None:
    done = Counter[str]()

    async def sweep() -> None:
        done["sweep"] += 1

    hourly = {"sweep": (timedelta(hours=1), sweep)}
    both = [Routines(each.edge.parts.database, each.edge.tools, hourly) for each in twins]
    workers = [each.edge.parts.job_worker() for each in twins]
    for each, routines in zip(workers, both, strict=True):
        each.handlers[JobKind.ROUTINE] = routines.do
    for expected in (1, 2, 3):
        await asyncio.gather(*(routines.make_jobs() for routines in both))
        await asyncio.gather(*(each.run_due() for each in workers))
        assert done["sweep"] == expected
        twins[0].clock.advance(hours=1)
