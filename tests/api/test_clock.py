"""A wall clock that visits another year and comes back: what ended stays ended, what was done stays done."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.core.metrics import Backlog
from app.kernel.housekeeping import Housekeeping
from app.kernel.jobs import JobKind, Queue, enqueue, measure_backlog
from tests.databases import TestDatabase
from tests.harness import Clock, Person, Service, code, make_outbox, make_settings, running
from tests.http_client import httpx

pytestmark = pytest.mark.passwords("cheapest")
FAR = 27_000
"""Days to a year that is not this one."""
PASSWORD = "correct horse battery staple"


def housekeeping(service: Service) -> Housekeeping:
    assert service.edge.parts.sign_in is not None
    return Housekeeping(
        service.edge.parts.database, service.edge.tools, service.edge.parts.sign_in.limits.lock
    )


async def tidy(service: Service, *, hours: int = 1) -> None:
    """As time passes: once an hour."""
    for _ in range(hours):
        service.clock.advance(hours=1)
        await housekeeping(service).run()


async def again(person: Person) -> Person:
    """The same one with tokens of now."""
    person.service.people.clear()
    return await person.service.person(person.name)


async def create(person: Person, key: str) -> httpx.Response:
    headers = person.headers() | {"Idempotency-Key": key}
    return await person.service.client.post("/workspaces", headers=headers, json={"name": "Once"})


def _moment(found: Any) -> datetime:
    return datetime.fromisoformat(found) if isinstance(found, str) else found.replace(tzinfo=UTC)


def count(service: Service, table: str) -> int:
    return int(service.rows(f"SELECT COUNT(*) FROM {table}")[0][0])


@pytest.mark.parametrize("days", [FAR, 3, -10_000])
async def test_a_visit_brings_nothing_back(database: TestDatabase, key_file: Path, days: int) -> None:
    """Tokens that were ended, and requests that were made, before the visit and during it."""
    settings, clock = make_settings(database, key_file), Clock()
    async with running(settings, clock) as service:
        await tidy(service, hours=2)
        ada = await service.person("ada")
        made = await create(ada, "before")
        assert (await ada.post("/auth/logout")).status_code == 204
        clock.jump(days=days)
        visitor = await again(ada)
        for _ in range(3):
            await housekeeping(service).run()
            assert (await visitor.post("/auth/logout")).status_code == 204
            visitor = await again(ada)
    async with running(settings, clock) as service:
        for _ in range(20):  # as after so many restarts
            clock.advance(minutes=1)
            await housekeeping(service).run()
        visitor = await service.person("ada")
        assert (await create(visitor, "before")).json()["id"] == made.json()["id"]
        there = await create(visitor, "there")
        clock.jump(days=-days)
        await housekeeping(service).run()
        ada.service = service
        assert code(await ada.get("/auth/me")) == (401, "INVALID_PMA_TOKEN")
        ada = await again(ada)
        for key, first in (("before", made), ("there", there)):
            replayed = await create(ada, key)
            assert replayed.headers["idempotency-replayed"] == "true"
            assert replayed.json()["id"] == first.json()["id"]
        assert count(service, "Workspace") == 2


async def test_in_the_normal_run_of_time_what_has_expired_goes(service: Service) -> None:
    await service.client.post(
        "/auth/register", json={"email": "ada@example.com", "password": PASSWORD, "display_name": "Ada"}
    )
    await service.client.post("/auth/token", data={"username": "ada@example.com", "password": PASSWORD})
    ada = await service.person("ada")
    await create(ada, "key")
    await ada.post("/auth/logout")
    tables = ("TokenRevocation", "IdempotencyRecord", "RefreshToken")
    assert [count(service, table) for table in tables] == [1, 1, 1]
    await tidy(service, hours=3 * 24 + 2)
    assert [count(service, table) for table in tables] == [0, 1, 1]
    await tidy(service, hours=1 * 24 + 2)
    assert [count(service, table) for table in tables] == [0, 0, 1]
    await tidy(service, hours=6 * 24)
    assert [count(service, table) for table in tables] == [0, 0, 0]


async def test_a_service_that_runs_by_day_alone_keeps_up(service: Service) -> None:
    await housekeeping(service).run()
    for _ in range(30):
        await tidy(service, hours=8)
        service.clock.advance(hours=16)
    ada = await service.person("ada")
    await create(ada, "key")
    for _ in range(6):
        await tidy(service, hours=8)
        service.clock.advance(hours=16)
    assert count(service, "IdempotencyRecord") == 0


async def test_after_a_long_pause_deletions_catch_up(service: Service) -> None:
    await housekeeping(service).run()
    await create(await service.person("ada"), "key")
    service.clock.advance(days=10)
    await housekeeping(service).run()
    assert count(service, "IdempotencyRecord") == 1, "for all that is known, the clock may be wrong"
    await tidy(service, hours=4 * 24)
    assert count(service, "IdempotencyRecord") == 0


async def test_processes_that_run_at_once_move_the_time_once(database: TestDatabase, key_file: Path) -> None:
    settings, clock = make_settings(database, key_file), Clock()
    async with running(settings, clock) as first, running(settings, clock) as second:

        async def both() -> list[tuple[Any, ...]]:
            runs = (housekeeping(each).run() for each in (first, second) for _ in range(3))
            await asyncio.gather(*runs)
            return first.rows("SELECT believed_at, ran_at FROM Housekeeping")

        ((start, _),) = await both()
        clock.advance(days=FAR)
        ((moved, ran),) = await both()
        assert ran > moved > start
        assert _moment(moved) - _moment(start) == timedelta(days=1)


async def test_one_of_two_machines_whose_clock_is_wrong_deletes_nothing(
    database: TestDatabase, key_file: Path
) -> None:
    settings, right, wrong = make_settings(database, key_file), Clock(), Clock()
    wrong.jump(days=FAR)
    async with running(settings, right) as first, running(settings, wrong) as second:
        await housekeeping(first).run()
        ada = await first.person("ada")
        made = await create(ada, "key")
        for _ in range(10):
            right.advance(hours=1)
            wrong.advance(hours=1)
            await housekeeping(second).run()
            await housekeeping(first).run()
        assert (await create(await again(ada), "key")).json()["id"] == made.json()["id"]


async def test_what_the_visit_wrote_does_not_stay_for_decades(service: Service) -> None:
    await housekeeping(service).run()
    service.clock.jump(days=FAR)
    ada = await service.person("ada")
    await create(ada, "there")
    sign_in = {"username": "ada@example.com", "password": "not the right one"}
    await service.client.post("/auth/token", data=sign_in)
    service.clock.jump(days=-FAR)
    await tidy(service, hours=2)
    assert count(service, "SignInThrottle") == 0
    assert count(service, "IdempotencyRecord") == 1
    await tidy(service, hours=5 * 24)
    assert count(service, "IdempotencyRecord") == 0


async def test_a_refresh_token_of_another_year_is_none(service: Service) -> None:
    email = {"email": "ada@example.com", "password": PASSWORD, "display_name": "Ada"}
    await service.client.post("/auth/register", json=email)

    async def sign_in() -> dict[str, str]:
        form = {"username": "ada@example.com", "password": PASSWORD}
        token = (await service.client.post("/auth/token", data=form)).json()["refresh_token"]
        return {"refresh_token": token}

    before = await sign_in()
    service.clock.jump(days=FAR)
    there = await sign_in()
    assert (await service.client.post("/auth/refresh", json=there)).status_code == 200
    last = await sign_in()
    service.clock.jump(days=-FAR)
    assert code(await service.client.post("/auth/refresh", json=last)) == (401, "INVALID_REFRESH_TOKEN")
    assert (await service.client.post("/auth/refresh", json=before)).status_code == 200


async def test_jobs_that_were_written_in_another_year_are_done_in_this_one(service: Service) -> None:
    await service.person("ada")
    service.clock.jump(days=FAR)
    ada = await again(service.people["ada"])
    for number in range(60):
        await create(ada, f"key-{number}")
    service.clock.jump(days=-FAR)
    told = list[Backlog | None]()
    worker = make_outbox(service.edge)
    assert await worker.run_due() == 60
    await measure_backlog(service.edge.parts.database, service.edge.tools, told.append)
    assert told == [Backlog(dict.fromkeys(Queue, (0, 0.0)), 0)]
    assert count(service, "Job") == 0


async def test_a_job_that_is_put_off_is_not_brought_forward(service: Service) -> None:
    """A clock that is behind or ahead by minutes, as those of several machines are, hastens nothing."""
    workspace = (await (await service.person("ada")).create_workspace())["id"]
    await make_outbox(service.edge).run_due()
    async with service.edge.parts.database.write() as tx:
        place = {"workspace_id": workspace, "target_id": workspace}
        await enqueue(tx, service.edge.tools, JobKind.FOLDER, delay=timedelta(hours=1), **place)
    for minutes in (-4, 4, 59):
        service.clock.jump(minutes=minutes)
        assert await make_outbox(service.edge).run_due() == 0
    service.clock.jump(minutes=1)
    assert await make_outbox(service.edge).run_due() == 1
