"""Consumers of the event log: each event once and in order, whatever dies, fails or goes on at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from app.db.connection import WriteTransaction
from app.db.errors import DatabaseUnavailable
from app.db.handles.consumers import LogRow, NewsRow, get_event
from app.db.handles.jobs import insert_job
from app.kernel import consumers as kernel
from app.kernel.consumers import Consumer, Consumers, measure_lag
from app.kernel.hearing import may_hear
from tests.databases import TestDatabase
from tests.harness import Clock, Person, Service, make_settings, running
from tests.work import Place, make_place


class Recorder:
    """Writes a row for each event, so that what it did is undone with its transaction."""

    def __init__(self, service: Service, name: str = "webhooks") -> None:
        self.name = name
        self.service = service
        self.fails = 0
        self.calls = 0
        self.error: type[Exception] = DatabaseUnavailable

    async def take(self, tx: WriteTransaction, workspace_id: str, events: Sequence[LogRow]) -> None:
        self.calls += 1
        tools = self.service.edge.tools
        for event in events:
            insert_job(
                tx,
                job_id=tools.new_id(),
                workspace_id=workspace_id,
                kind=f"{self.name}:{event.seq:03}:{event.type.rpartition('.')[2]}",
                queue="default",
                target_id=workspace_id,
                run_at=tools.clock(),
                now=tools.clock(),
            )
        await asyncio.sleep(0)
        if self.fails:
            self.fails -= 1
            raise self.error("away")

    def told(self, workspace_id: str) -> list[str]:
        return [
            kind
            for (kind,) in self.service.rows(
                "SELECT kind FROM Job WHERE workspace_id = ? AND kind LIKE ? ORDER BY kind",
                workspace_id,
                f"{self.name}:%",
            )
        ]


def reading(service: Service, *consumers: Recorder) -> Consumers:
    return Consumers(service.edge.parts.database, service.edge.tools, consumers)


async def workspace(person: Person, events: int = 1) -> str:
    """One with so many events."""
    workspace_id = str((await person.post("/workspaces", {"name": "Engines"})).json()["id"])
    for number in range(1, events):
        path = f"/workspaces/{workspace_id}"
        changed = await person.patch(path, {"description": f"The {number}th."})
        assert changed.status_code == 200, changed.text
    return workspace_id


def expected(name: str, events: int) -> list[str]:
    return [f"{name}:{seq:03}:{'created' if seq == 1 else 'updated'}" for seq in range(1, events + 1)]


async def test_each_event_once_and_in_order(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "PAGE", 2)
    ada = await service.person("ada")
    workspace_id = await workspace(ada, 5)
    recorder = Recorder(service)
    consumers = reading(service, recorder)
    assert await consumers.run_due() == 1
    assert recorder.told(workspace_id) == expected("webhooks", 5)
    assert recorder.calls == 3, "a page at a time"
    assert await consumers.run_due() == 0, "a workspace where nothing happened is not looked at"
    await ada.patch(f"/workspaces/{workspace_id}", {"description": "Another."})
    await consumers.run_due()
    assert recorder.told(workspace_id) == expected("webhooks", 6)


async def test_a_busy_workspace_leaves_the_others_their_turn(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, "PAGE", 1)
    monkeypatch.setattr(kernel, "_WORKSPACES", 1)
    ada = await service.person("ada")
    busy, other = await workspace(ada, 8), await workspace(ada)
    recorder = Recorder(service)
    consumers = reading(service, recorder)
    assert await consumers.run_due() == 2
    assert recorder.told(other) == expected("webhooks", 1)
    assert recorder.told(busy) == expected("webhooks", 5)
    assert await consumers.run_due() == 1
    assert recorder.told(busy) == expected("webhooks", 8)


@pytest.mark.parametrize("error", [DatabaseUnavailable, RuntimeError])
async def test_what_fails_is_undone_let_be_and_done_again_and_keeps_nobody_waiting(
    service: Service, caplog: pytest.LogCaptureFixture, error: type[Exception]
) -> None:
    ada = await service.person("ada")
    workspace_id = await workspace(ada, 2)
    failing, other = Recorder(service), Recorder(service, "notifications")
    failing.fails, failing.error = 2, error
    consumers = reading(service, failing, other)
    await consumers.run_due()
    assert (failing.told(workspace_id), other.told(workspace_id)) == ([], expected("notifications", 2))
    assert await consumers.run_due() == 1
    assert failing.calls == 1, "it is let be for a while"
    for seconds, calls in ((1, 2), (1, 2), (1, 3)):
        service.clock.advance(seconds=seconds)
        await consumers.run_due()
        assert failing.calls == calls, "twice as long each time"
    assert failing.told(workspace_id) == expected("webhooks", 2)
    assert await consumers.run_due() == 0
    assert "consumer failed" in caplog.text


async def test_what_comes_while_it_is_read_keeps_the_mark(service: Service) -> None:
    ada = await service.person("ada")
    workspace_id = await workspace(ada)
    recorder = Recorder(service)

    class Between(Consumers):
        """A change is committed after the last page was read and before the mark is taken away."""

        async def _catch_up(self, consumer: Consumer, news: NewsRow) -> bool:
            is_done = await super()._catch_up(consumer, news)
            if recorder.calls == 1:
                await ada.patch(f"/workspaces/{workspace_id}", {"description": "Late"})
            return is_done

    consumers = Between(service.edge.parts.database, service.edge.tools, [recorder])
    assert await consumers.run_due() == 1
    assert recorder.told(workspace_id) == expected("webhooks", 1)
    assert await consumers.run_due() == 1
    assert recorder.told(workspace_id) == expected("webhooks", 2)


@pytest.fixture
async def twins(database: TestDatabase, key_file: Path) -> AsyncIterator[tuple[Service, Service]]:
    settings, clock = make_settings(database, key_file), Clock()
    async with running(settings, clock) as first, running(settings, clock) as second:
        yield first, second


async def test_two_processes_at_once(twins: tuple[Service, Service], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "PAGE", 1)
    ada = await twins[0].person("ada")
    workspaces = [await workspace(ada, 4) for _ in range(3)]
    both = [reading(service, Recorder(service)) for service in twins]
    for _ in range(3):
        await asyncio.gather(*(consumers.run_due() for consumers in both))
    for workspace_id in workspaces:
        assert Recorder(twins[0]).told(workspace_id) == expected("webhooks", 4)
    assert await both[0].run_due() == 0


async def test_how_far_they_are_behind(service: Service) -> None:
    ada = await service.person("ada")
    workspace_id = await workspace(ada)
    parts = service.edge.parts
    consumers = reading(service, Recorder(service))
    await consumers.run_due()
    for text in ("one", "two"):
        await ada.patch(f"/workspaces/{workspace_id}", {"description": text})
        service.clock.advance(seconds=30)
    await measure_lag(parts.database, service.edge.tools, parts.metrics.consumers)
    text = parts.metrics.text().decode()
    assert 'pma_consumer_lag_events{consumer="webhooks"} 2.0' in text
    assert 'pma_consumer_lag_seconds{consumer="webhooks"} 60.0' in text
    await consumers.run_due()
    await measure_lag(parts.database, service.edge.tools, parts.metrics.consumers)
    assert "pma_consumer_lag_events{" not in parts.metrics.text().decode()


async def heard(place: Place, person: Person) -> list[int]:
    """The numbers of all events that this person may be told of now."""
    found = []
    async with place.service.edge.parts.database.read() as tx:
        (last,) = place.service.rows("SELECT MAX(seq) FROM Event WHERE workspace_id = ?", place.workspace_id)[
            0
        ]
        for seq in range(1, last + 1):
            event = await get_event(tx, workspace_id=place.workspace_id, seq=seq)
            assert event is not None
            if await may_hear(tx, workspace_id=place.workspace_id, user_id=person.user_id, event=event):
                found.append(seq)
    return found


async def shown(place: Place, person: Person) -> list[int]:
    """The numbers of those that GET /changes shows them."""
    answer = await person.get(f"{place.path}/changes", limit=500)
    return [event["seq"] for event in answer.json()["items"]] if answer.status_code == 200 else []


async def test_who_may_hear_is_who_is_shown(service: Service) -> None:
    place = await make_place(service)
    roles = {"eve": "ADMIN", "bob": "MEMBER", "dan": "VIEWER", "gus": "MEMBER", "pia": "MEMBER"}
    people = [place.owner] + [await place.member(name, role) for name, role in roles.items()]
    await place.owner.post(f"{place.path}/invitations", {"email": "new@example.com", "role": "VIEWER"})
    _, _, bob, _, gus, pia = people
    place.user_type(1, bob, hidden=["TODO"])
    service.tamper(f"UPDATE WorkspaceMember SET is_guest = 1 WHERE user_id = '{gus.user_id}'")
    task = await place.task()
    for step, body in (("pick", None), ("transition", {"to": "IN_PROGRESS", "reason": "begun"})):
        answer = await place.owner.post(f"{place.tasks}/{task['id']}/{step}", body)
        assert answer.status_code == 200, answer.text
    await place.owner.patch(f"{place.tasks}/{task['id']}", {"title": "Other"})
    told = {person.name: await heard(place, person) for person in people}
    assert told == {person.name: await shown(place, person) for person in people}
    assert len({tuple(seqs) for seqs in told.values()}) == 4, (
        "owner and admin, member and viewer, type, guest"
    )
    assert told["gus"] == []

    members = (await place.owner.get(f"{place.path}/members")).json()["items"]
    (member,) = (each["id"] for each in members if each["user_id"] == pia.user_id)
    await place.owner.delete(f"{place.path}/members/{member}")
    assert (await heard(place, pia), await shown(place, pia)) == ([], [])
    service.tamper(f"UPDATE UserAccount SET status = 'SUSPENDED' WHERE id = '{bob.user_id}'")
    assert (await heard(place, bob), await shown(place, bob)) == ([], [])
    await place.owner.delete(place.path)
    assert await heard(place, place.owner) == []
