"""Figures of OKRs equal what plain Python works out of random histories of check-ins."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from app.core.okrs import Outcome, Source
from app.db.handles.objectives import set_objective_state
from app.services import check_ins, key_results, objectives, okr_cycles
from tests.analytics import does, lines_of, moment, seconds
from tests.harness import Person, Service, code
from tests.resource import UNKNOWN

END = datetime(2026, 4, 16, 13, 5, 7, 250_000, tzinfo=UTC)
BEGIN = END - timedelta(weeks=10)
LEVELS = ("COMPANY", "DEPARTMENT", "TEAM")
DAY = 86400


@dataclass
class Measure:
    """A key result as it is remembered here. ``said``: when, the score from 0 to 1, and how sure."""

    id: str
    weight: int
    baseline: int
    target: int
    stale_after: int | None
    said: list[tuple[datetime, Fraction, int | None]] = field(default_factory=list)


@dataclass
class Kept:
    id: str
    cycle: str
    level: str
    measures: list[Measure] = field(default_factory=list)
    activated_at: datetime | None = None
    ended_at: datetime | None = None
    counts: bool = False


async def _activate(service: Service, space: str, kept: Kept) -> None:
    """As its approval would."""
    now = service.clock()
    async with service.edge.parts.database.write() as tx:
        set_objective_state(
            tx,
            workspace_id=space,
            objective_id=kept.id,
            state="ACTIVE",
            activated_at=now,
            ended_at=None,
            now=now,
        )
    kept.activated_at, kept.counts = now, True


async def _made(
    service: Service, ada: Person, space: str, cycle: str, level: str, rng: random.Random
) -> Kept:
    where = {"workspace_id": space}
    made = await does(
        ada,
        objectives.create_objective,
        **where,
        cycle_id=cycle,
        title="O",
        description=None,
        level=level,
        owner_id=None,
    )
    kept = Kept(made.id, cycle, level)
    for _ in range(rng.randint(1, 3)):
        baseline, target = rng.sample(range(-50, 50), 2)
        way = "INCREASE" if baseline < target else "DECREASE"
        new: dict[str, Any] = {
            "title": "K",
            "description": None,
            "weight": rng.choice((1, 1, 3, 7)),
            "stale_after": rng.choice((None, 5 * DAY, 9 * DAY)),
            "metric": {"direction": way, "baseline": str(baseline), "target": str(target)},
        }
        measure = await does(ada, key_results.create_key_result, **where, objective_id=made.id, new=new)
        kept.measures.append(Measure(measure.id, new["weight"], baseline, target, new["stale_after"]))
    gone = await does(ada, key_results.create_key_result, **where, objective_id=made.id, new=new)
    await does(ada, key_results.delete_key_result, **where, key_result_id=gone.id)
    return kept


async def _says(ada: Person, space: str, measure: Measure, rng: random.Random) -> None:
    """By hand and how sure, or by another system, which is not."""
    value, now = rng.randint(-60, 60), ada.service.clock()
    sure = rng.choice((None, rng.randint(1, 10)))
    if sure is not None:
        await does(
            ada,
            check_ins.check_in,
            workspace_id=space,
            key_result_id=measure.id,
            value=str(value),
            zone=None,
            confidence=sure,
            note="=note",
        )
    else:
        async with ada.service.edge.parts.database.write() as tx:
            check_ins.write_check_in(
                tx,
                ada.service.edge.tools,
                space,
                await key_results.find_key_result(tx, space, measure.id),
                value=value * 1_000_000,
                zone=None,
                created_by="service:test",
                source=Source.CONNECTOR,
            )
    share = Fraction(value - measure.baseline, measure.target - measure.baseline)
    measure.said.append((now, min(max(share, Fraction(0)), Fraction(1)), sure))


async def happened(service: Service, rng: random.Random) -> tuple[str, list[Kept]]:
    """Ten weeks of two cycles, of which one is ACTIVE; objectives begin, end, are called off and taken away."""
    service.clock.now = END
    ada = await service.person("ada")
    space = (await ada.create_workspace())["id"]
    where = {"workspace_id": space}
    service.clock.now = BEGIN
    cycles = [
        (
            await does(
                ada, okr_cycles.create_cycle, **where, name=name, starts_on="2026-02-01", ends_on="2026-04-30"
            )
        ).id
        for name in ("One", "Two")
    ]
    await does(ada, okr_cycles.activate_cycle, **where, cycle_id=cycles[0])
    every = [
        await _made(service, ada, space, cycles[number % 4 == 3], LEVELS[number % 3], rng)
        for number in range(14)
    ]
    service.clock.now, more = BEGIN + timedelta(hours=1), random.Random(4)
    while service.clock.now < END - timedelta(hours=12):
        service.clock.now += timedelta(hours=rng.uniform(0, 12))
        kept = rng.choice(every)
        measure, chance = rng.choice(kept.measures), rng.random()
        if kept.activated_at is None:
            if chance < 0.3 and kept is not every[0]:
                await _activate(service, space, kept)
        elif kept.ended_at is not None or not kept.counts:
            continue
        elif chance < 0.03:
            outcome = rng.choice(tuple(Outcome))
            await does(ada, objectives.finish_objective, **where, objective_id=kept.id, outcome=outcome)
            kept.ended_at, kept.counts = service.clock.now, outcome != "CANCELLED"
        elif chance < 0.04:
            await does(ada, objectives.reopen_objective, **where, objective_id=kept.id)
            kept.activated_at, kept.counts = None, False
        elif chance < 0.05:
            await does(ada, objectives.delete_objective, **where, objective_id=kept.id)
            kept.counts = False
        else:
            await _says(ada, space, measure, rng)
            if kept.level == "TEAM":  # fed, so that more is said in a bucket than once
                for _ in range(more.choice((0, 0, 12))):
                    service.clock.now += timedelta(minutes=7)
                    await _says(ada, space, kept.measures[0], more)
    service.clock.now = END
    return space, every


def _mean(parts: list[tuple[Fraction, int]]) -> Fraction | None:
    weight = sum(each for _, each in parts)
    return sum((value * each for value, each in parts), Fraction(0)) / weight if weight else None


def _millionths(value: Fraction) -> Fraction:
    return Fraction(round(value * 1_000_000), 1_000_000)


def begun(some: list[Kept], until: datetime) -> list[Kept]:
    return [
        kept
        for kept in some
        if (kept.activated_at is not None and kept.activated_at < until)
        or any(at < until for each in kept.measures for at, _, _ in each.said)
    ]


def expected(some: list[Kept], start: datetime, until: datetime) -> dict[str, Any]:
    """Of what was said before ``until``."""
    scores, sure, measured, made, late = [], [], 0, 0, 0
    some = begun(some, until)
    for kept in some:
        parts = []
        for each in kept.measures:
            said = [one for one in each.said if one[0] < until]
            made += sum(at >= start for at, _, _ in said)
            measured += bool(said)
            parts.append((_millionths(said[-1][1]) if said else Fraction(0), each.weight))
            sure += [one[2] for one in said if one[2] is not None][-1:]
            is_on = kept.activated_at is not None and kept.activated_at < until
            if each.stale_after and is_on and not (kept.ended_at and kept.ended_at < until):
                last = max([at for at, _, _ in said] + [kept.activated_at or until])
                late += seconds(last, until) >= each.stale_after
        if (mean := _mean(parts)) is not None:
            scores.append((_millionths(mean), 1))
    score = _mean(scores)
    return {
        "objectives": len(scores),
        "score": None if score is None else _millionths(score),
        "confidence": round(sum(sure) / len(sure), 2) if sure else None,
        "key_results": sum(len(kept.measures) for kept in some),
        "measured": measured,
        "check_ins": made,
        "overdue": late,
    }


def _exact(progress: dict[str, Any]) -> dict[str, Any]:
    score = progress["score"]
    return progress | {"score": None if score is None else Fraction(score)}


async def test_figures_are_those_of_the_check_ins(service: Service) -> None:
    space, every = await happened(service, random.Random(3))
    ada = await service.person("ada")
    path = f"/workspaces/{space}/analytics/okr"
    active, other = every[0].cycle, every[3].cycle
    one = next(each for each in every if each.cycle == other and each.counts)
    spans: tuple[dict[str, Any], ...] = (
        {},
        {"bucket": "day", "from": "2026-03-20", "to": "2026-04-05", "time_zone": "Europe/Berlin"},
    )
    of_active, of_other = ([each for each in every if each.cycle == cycle] for cycle in (active, other))
    asked: list[tuple[dict[str, Any], list[Kept]]] = [
        *((span, of_active) for span in spans),
        ({"cycle_id": other, "bucket": "month"}, of_other),
        ({"objective_id": one.id}, [one]),
        ({"level": "TEAM"}, [each for each in of_active if each.level == "TEAM"]),
    ]
    overdue = 0
    for query, these in asked:
        some = [each for each in these if each.counts]
        answer = (await ada.get(path, **query)).json()
        lines = iter(lines_of(await ada.get(path, **query, format="csv")))
        for bucket in answer["buckets"]:
            start, end = moment(bucket["starts_at"]), moment(bucket["ends_at"])
            until = min(end, END + timedelta(microseconds=1))
            assert _exact(bucket["total"]) == expected(some, start, until), (query, bucket)
            levels = [level for level in LEVELS if any(each.level == level for each in begun(some, until))]
            assert list(bucket["levels"]) == levels
            for level, progress in [("ALL", bucket["total"]), *bucket["levels"].items()]:
                of_level = [each for each in some if level in ("ALL", each.level)]
                assert _exact(progress) == expected(of_level, start, until)
                line = next(lines)
                cells = {name: "" if value is None else str(value) for name, value in progress.items()}
                assert (line["bucket"], line["level"]) == (bucket["bucket"], level)
                assert {name: line[name] for name in cells} == cells
            overdue += bucket["total"]["overdue"]
        assert next(lines, None) is None
    assert overdue > 5
    picture = await ada.get(path, format="svg")
    assert "At its end" in picture.text and "company" in picture.text


async def test_what_happens_as_a_bucket_ends_is_of_the_next_and_late_is_by_whole_seconds(
    service: Service,
) -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    service.clock.now = END
    ada = await service.person("ada")
    space = (await ada.create_workspace())["id"]
    where = {"workspace_id": space}
    service.clock.now = start - timedelta(days=1)
    cycle = await does(
        ada, okr_cycles.create_cycle, **where, name="One", starts_on="2026-03-01", ends_on="2026-04-30"
    )
    objective = await does(
        ada,
        objectives.create_objective,
        **where,
        cycle_id=cycle.id,
        title="O",
        description=None,
        level="TEAM",
        owner_id=None,
    )
    kept = Kept(objective.id, cycle.id, "TEAM")

    new: dict[str, Any] = {
        "title": "K",
        "description": None,
        "weight": 1,
        "stale_after": 5 * DAY,
        "metric": {"direction": "INCREASE", "baseline": "0", "target": "50"},
    }
    made = await does(ada, key_results.create_key_result, **where, objective_id=kept.id, new=new)
    measure = Measure(made.id, 1, 0, 50, new["stale_after"])
    kept.measures = [measure]
    service.clock.now = start + timedelta(milliseconds=250)
    await _activate(service, space, kept)
    service.clock.now = start + timedelta(days=6)
    await _says(ada, space, measure, random.Random(1))
    service.clock.now = start + timedelta(days=13, hours=12)
    await does(ada, objectives.finish_objective, **where, objective_id=kept.id, outcome="SUCCESSFUL")
    kept.ended_at = service.clock.now
    service.clock.now = END
    span = {"bucket": "day", "from": "2026-02-25", "to": "2026-03-17"}
    answer = (await ada.get(f"/workspaces/{space}/analytics/okr", cycle_id=cycle.id, **span)).json()
    overdue = []
    for bucket in answer["buckets"]:
        since, until = moment(bucket["starts_at"]), moment(bucket["ends_at"])
        assert _exact(bucket["total"]) == expected([kept], since, until), bucket
        overdue.append(bucket["total"]["overdue"])
    assert overdue == [0] * 8 + [1, 1] + [0] * 4 + [1, 1, 1] + [0] * 4


async def test_what_was_said_just_now_counts_and_what_is_not_there_is_told(service: Service) -> None:
    service.clock.now = END
    ada = await service.person("ada")
    space = (await ada.create_workspace())["id"]
    path = f"/workspaces/{space}/analytics/okr"
    for wrong, told in (("cycle_id", "OKR_CYCLE_NOT_FOUND"), ("objective_id", "OBJECTIVE_NOT_FOUND")):
        assert code(await ada.get(path, **{wrong: UNKNOWN})) == (404, told)
    where = {"workspace_id": space}
    cycle = await does(
        ada, okr_cycles.create_cycle, **where, name="One", starts_on="2026-04-01", ends_on="2026-06-30"
    )
    kept = await _made(service, ada, space, cycle.id, "TEAM", random.Random(1))
    await _activate(service, space, kept)
    await _says(ada, space, kept.measures[0], random.Random(1))
    assert code(await ada.get(path, cycle_id=UNKNOWN, objective_id=kept.id)) == (404, "OBJECTIVE_NOT_FOUND")
    last = (await ada.get(path, objective_id=kept.id)).json()["buckets"][-1]["total"]
    assert (last["measured"], last["check_ins"], last["key_results"]) == (1, 1, len(kept.measures))
    assert (await ada.get(path)).json()["buckets"][-1]["total"]["measured"] == 0, "its cycle is not ACTIVE"
