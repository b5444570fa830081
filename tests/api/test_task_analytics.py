"""Figures of tasks equal what plain Python works out of random histories, for everybody by what they see.

``ANALYTICS_HISTORIES`` is how many of them.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.core.task_states import TaskState, allowed
from app.services import task_states, tasks
from app.services.tasks import NewTask
from tests.analytics import does, flat, lines_of, moment, seconds, summary
from tests.harness import Person, Service, code
from tests.resource import UNKNOWN
from tests.work import Place, make_place
from tests.worlds import NONE

END = datetime(2026, 4, 16, 13, 5, 7, 250_000, tzinfo=UTC)
HISTORIES = int(os.environ.get("ANALYTICS_HISTORIES", "2"))
RANGES: tuple[dict[str, Any], ...] = (
    {},
    {"bucket": "day", "from": "2026-03-20", "to": "2026-04-05", "time_zone": "Europe/Berlin"},
    {"bucket": "month", "from": "2026-01-15", "time_zone": "America/New_York"},
    {"bucket": "week", "from": "2026-03-04", "to": "2026-03-24"},
)


@dataclass
class Kept:
    """What happened to a task, as it is remembered here."""

    id: str
    project: str
    type: str
    created_at: datetime
    state: str = "TODO"
    assignee: str | None = None
    is_deleted: bool = False
    went: list[tuple[str, datetime]] = field(default_factory=list)

    def first(self, state: str) -> datetime | None:
        return next((at for to, at in self.went if to == state), None)


@dataclass
class Eyes:
    """What somebody sees, as their user type and projects have it."""

    person: Person
    projects: frozenset[str]
    types: frozenset[str]
    hidden: frozenset[str] = frozenset()

    def see(self, task: Kept) -> bool:
        return (
            not task.is_deleted
            and task.project in self.projects
            and task.type in self.types
            and task.state not in self.hidden
        )


@dataclass
class History:
    place: Place
    eyes: list[Eyes]
    kept: list[Kept]


async def happened(service: Service, rng: random.Random) -> History:
    """Eleven weeks of two projects, one of them hidden, and two types, one of them restricted."""
    service.clock.now = END
    place = await make_place(service)
    ada = place.owner
    hidden = (
        await ada.post(f"{place.path}/projects", {"name": "Secret", "key": "SEC", "visibility": "members"})
    ).json()["id"]
    bob, cleo = await place.member("bob"), await place.member("cleo", "VIEWER")
    dan, eve = await place.member("dan"), await place.member("eve")
    await ada.post(f"{place.path}/projects/{hidden}/members", {"user_id": eve.user_id})
    blind = place.user_type(0, cleo, granted=("view",), hidden=("DONE",))
    busy = place.user_type(1, dan, hidden=("IN_PROGRESS", "TODO"))
    restricted = place.task_type(0, blind, busy)
    every, both = frozenset({place.project_id, hidden}), frozenset({NONE, restricted})
    public, plain = frozenset({place.project_id}), frozenset({NONE})
    eyes = [
        Eyes(ada, every, both),
        Eyes(bob, public, plain),
        Eyes(cleo, public, both, frozenset({"DONE"})),
        Eyes(dan, public, both, frozenset({"IN_PROGRESS", "TODO"})),
        Eyes(eve, every, plain),
    ]
    kept: list[Kept] = []
    here = {"workspace_id": place.workspace_id}
    service.clock.now = END - timedelta(weeks=11, days=2)
    while True:
        # Some things happen at once, most within hours, and now and then nothing does for days.
        hours = rng.choice((0, 0.0001, rng.uniform(0, 6), rng.uniform(0, 6), rng.uniform(6, 30)))
        service.clock.now += timedelta(hours=hours)
        if service.clock.now >= END:
            break
        now, task = service.clock.now, rng.choice(kept) if kept else None
        if task is None or rng.random() < 0.25:
            new = NewTask("A", task_type_id=rng.choice((None, restricted)))
            project = rng.choice(tuple(sorted(every)))
            made = await does(ada, tasks.create_task, **here, project_id=project, new=new)
            kept.append(Kept(made.id, project, new.task_type_id or NONE, now))
        elif task.is_deleted:
            if rng.random() < 0.3:
                await does(ada, tasks.restore_task, **here, task_id=task.id)
                task.is_deleted = False
        elif rng.random() < 0.05:
            await does(ada, tasks.delete_task, **here, task_id=task.id)
            task.is_deleted = True
        elif rng.random() < 0.1:
            changes = {"task_type_id": rng.choice((None, restricted))}
            await does(ada, tasks.update_task, **here, task_id=task.id, changes=changes)
            task.type = changes["task_type_id"] or NONE
        elif task.assignee is None and task.state != "DONE" and rng.random() < 0.4:
            await does(ada, task_states.assign_task, **here, task_id=task.id, user_id=ada.user_id)
            task.assignee = ada.user_id
        elif following := allowed(task.state, "MANUAL" if task.state == "BLOCKED" else None):
            to = rng.choice(following)
            await does(
                ada,
                task_states.transition_task,
                **here,
                task_id=task.id,
                to=TaskState(to),
                reason="r",
                transition_id=None,
            )
            task.state = to
            task.went.append((to, now))
    service.clock.now = END
    return History(place, eyes, kept)


def expected(seen: list[Kept], eyes: Eyes, start: datetime, end: datetime) -> dict[str, Any]:
    """Of one span of time, as its definition in the README says."""
    done = [(each, at) for each in seen if (at := each.first("DONE")) and start <= at < end]
    begun = [] if "IN_PROGRESS" in eyes.hidden else done
    return {
        "created": sum(start <= each.created_at < end for each in seen),
        "finished": len(done),
        "lead_time": summary(seconds(each.created_at, at) for each, at in done),
        "cycle_time": summary(seconds(each.first("IN_PROGRESS") or at, at) for each, at in begun),
    }


def still_open(seen: list[Kept], end: datetime) -> int:
    return sum(each.created_at < end and not ((at := each.first("DONE")) and at < end) for each in seen)


@pytest.mark.parametrize("seed", range(HISTORIES))
async def test_figures_are_those_of_the_tasks_that_one_sees(service: Service, seed: int) -> None:
    history = await happened(service, random.Random(seed))
    place, kept = history.place, history.kept
    path = f"{place.path}/analytics/tasks"
    restricted = next(each.type for each in kept if each.type != NONE)
    filters: list[dict[str, Any]] = [
        {},
        {"project_id": place.project_id},
        {"task_type_id": restricted},
        {"assignee_id": place.owner.user_id},
    ]
    finished = set()
    for eyes in history.eyes:
        for span, chosen in [*((span, {}) for span in RANGES), *((RANGES[0], some) for some in filters[1:])]:
            seen = [
                each
                for each in kept
                if eyes.see(each)
                and chosen.get("project_id", each.project) == each.project
                and chosen.get("task_type_id", each.type) == each.type
                and chosen.get("assignee_id", each.assignee) == each.assignee
            ]
            answer = (await eyes.person.get(path, **span, **chosen)).json()
            lines = lines_of(await eyes.person.get(path, **span, **chosen, format="csv"))
            for bucket, line in zip(answer["buckets"], lines[:-1], strict=True):
                start, end = moment(bucket["starts_at"]), moment(bucket["ends_at"])
                figures = {name: bucket[name] for name in ("created", "finished", "lead_time", "cycle_time")}
                assert figures == expected(seen, eyes, start, end), (eyes.person.name, span, chosen, bucket)
                assert bucket["open"] == still_open(seen, end)
                assert line == flat(bucket, list(line))
            whole = answer["range"]
            start, end = moment(whole["starts_at"]), moment(whole["ends_at"])
            assert answer["overall"] == expected(seen, eyes, start, end)
            overall = {"bucket": "overall", "starts_at": whole["starts_at"], "ends_at": whole["ends_at"]}
            assert lines[-1] == flat(overall | answer["overall"], list(lines[-1]))
            finished.add((eyes.person.name, answer["overall"]["finished"]))
    by_name = {name: max(count for who, count in finished if who == name) for name, _ in finished}
    assert by_name["ada"] > by_name["eve"] > by_name["bob"] > by_name["cleo"] == 0, by_name
    assert by_name["dan"] > 3


async def test_a_percentile_is_the_nearest_rank(service: Service) -> None:
    """Of twenty it is the 10th, the 17th and the 19th, and of none of them the one behind."""
    service.clock.now = END - timedelta(days=2)
    place = await make_place(service)
    ids = [(await place.task(f"{number}"))["id"] for number in range(20)]
    for task_id in ids:
        path = f"{place.tasks}/{task_id}/transition"
        await place.owner.post(path, {"to": "IN_PROGRESS", "reason": "r"})
        service.clock.advance(minutes=1)
        await place.owner.post(path, {"to": "DONE", "reason": "r"})
    overall = (await place.owner.get(f"{place.path}/analytics/tasks")).json()["overall"]
    minutes = {name: seconds / 60 for name, seconds in overall["lead_time"].items() if name != "count"}
    assert minutes == {"mean_seconds": 10.5, "p50_seconds": 10, "p85_seconds": 17, "p95_seconds": 19}
    assert set(overall["cycle_time"].values()) == {20, 60}


async def test_a_picture_says_what_it_shows(service: Service) -> None:
    place = await make_place(service)
    await place.task("<b>")
    path = f"{place.path}/analytics/tasks"
    for theme in ("light", "dark"):
        answer = await place.owner.get(path, format="svg", theme=theme)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/svg+xml"
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert "1 tasks were created and 0 finished; 1 are open at its end." in answer.text
        assert ('fill="#ffffff"' in answer.text) == (theme == "light")


async def test_what_is_asked_wrongly_is_told(service: Service) -> None:
    place = await make_place(service)
    path = f"{place.path}/analytics/tasks"
    for wrong in (
        {"from": "2026-02-02", "to": "2026-02-01"},
        {"from": "2020-01-01"},
        {"from": "0001-01-01", "to": "0001-01-01"},
        {"from": "2026-02-30"},
        {"bucket": "hour"},
        {"time_zone": "CET"},
        {"format": "xml"},
        {"theme": "pink"},
        {"project_id": "1"},
    ):
        assert code(await place.owner.get(path, **wrong)) == (422, "VALIDATION_FAILED"), wrong
    nothing = (await place.owner.get(path, project_id=UNKNOWN)).json()
    assert (nothing["overall"]["created"], nothing["buckets"][-1]["open"]) == (0, 0)
