"""Figures of approvals equal what plain Python works out of random histories of requests and decisions."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from app.core.text import moment_key
from app.db.handles import approvals as db
from tests.analytics import flat, lines_of, moment, seconds, summary
from tests.harness import Person, Service

END = datetime(2026, 4, 16, 13, 5, 7, 250_000, tzinfo=UTC)
DECIDED = ("APPROVED", "REJECTED", "CHANGES_REQUESTED")
OUTCOMES = (*DECIDED, "WITHDRAWN", "VOIDED")
ACTS = {"APPROVED": "APPROVE", "REJECTED": "REJECT", "CHANGES_REQUESTED": "REQUEST_CHANGES"}


@dataclass
class Kept:
    """A request as it is remembered here. ``left``: when each stage was."""

    object_type: str
    submitted_at: datetime
    due_at: datetime | None = None
    state: str = "PENDING"
    ended_at: datetime | None = None
    left: list[datetime] = field(default_factory=list)


async def happens(service: Service, ada: Person, space: str, rng: random.Random) -> Kept:
    """One request from its submission on, by the statements that approvals are made of, as far as it comes."""
    database, tools, request_id = service.edge.parts.database, service.edge.tools, service.edge.tools.new_id()
    now = END - timedelta(hours=rng.uniform(0, 24 * 80))
    kept = Kept(rng.choice(("objective", "objective", "workflow_template")), now)
    place = {"workspace_id": space, "request_id": request_id}
    steps = rng.randrange(4)
    async with database.write() as tx:
        db.insert_request(
            tx,
            **place,
            object_type=kept.object_type,
            object_id=tools.new_id(),
            object_version=1,
            content_hash="0" * 64,
            title="=1+1",
            flow_version=0,
            due_at=None,
            author_id=ada.user_id,
            submitted_by=ada.user_id,
            now=now,
            list_key=moment_key(now, request_id),
        )

        async def decide(stage: int, act: str) -> None:
            db.insert_decision(
                tx,
                decision_id=tools.new_id(),
                **place,
                stage=stage,
                actor_id=(who := tools.new_id()),
                on_behalf_of=None,
                counts_for=who,
                decision=act,
                override_role=None,
                reason=None,
                now=now,
            )

        for stage in range(3):
            now += timedelta(hours=rng.choice((0, rng.uniform(0, 300))))
            is_last, outcome = stage == steps or stage == 2, rng.choice((*OUTCOMES, "PENDING"))
            if now >= END or (is_last and outcome == "PENDING"):
                break
            if is_last and outcome not in DECIDED:
                kept.state, kept.ended_at = outcome, now
                await db.end_request(tx, **place, state=outcome, now=now)
                break
            if rng.random() < 0.3:
                await decide(stage, "APPROVE")  # not enough of them yet
                now += timedelta(hours=rng.uniform(0, 50))
                if now >= END or rng.random() < 0.3:
                    break
            await decide(stage, ACTS[outcome] if is_last else "APPROVE")
            kept.left.append(now)
            if is_last:
                kept.state, kept.ended_at = outcome, now
                await db.end_request(tx, **place, state=outcome, now=now)
                break
            kept.due_at = now + timedelta(hours=rng.uniform(1, 400))
            await db.move_request(
                tx, **place, stage=stage + 1, stage_since=now, due_at=kept.due_at, escalated_at=None
            )
    return kept


def expected(some: list[Kept], start: datetime, end: datetime) -> dict[str, Any]:
    ended = [each for each in some if each.ended_at and start <= each.ended_at < end]
    counts = Counter(each.state for each in ended)
    return {
        "submitted": sum(start <= each.submitted_at < end for each in some),
        "outcomes": {state: counts[state] for state in OUTCOMES},
        "latency": summary(
            seconds(each.submitted_at, each.ended_at)
            for each in ended
            if each.state in DECIDED and each.ended_at
        ),
    }


def stages_of(some: list[Kept], start: datetime, end: datetime) -> list[dict[str, Any]]:
    stood: dict[tuple[str, int], list[int]] = {}
    for each in some:
        for number, left in enumerate(each.left):
            if start <= left < end:
                reached = each.left[number - 1] if number else each.submitted_at
                stood.setdefault((each.object_type, number + 1), []).append(seconds(reached, left))
    return [
        {"object_type": kind, "stage_number": number, "time": summary(spans)}
        for (kind, number), spans in sorted(stood.items())
    ]


async def test_figures_are_those_of_the_requests(service: Service) -> None:
    rng = random.Random(1)
    service.clock.now = END
    ada = await service.person("ada")
    space = (await ada.create_workspace())["id"]
    every = [await happens(service, ada, space, rng) for _ in range(150)]
    path = f"/workspaces/{space}/analytics/approvals"
    for span in (
        {},
        {"bucket": "day", "from": "2026-03-20", "to": "2026-04-05", "time_zone": "Europe/Berlin"},
    ):
        for kind in (None, "objective", "workflow_template"):
            some = [each for each in every if kind in (None, each.object_type)]
            asked = span if kind is None else {**span, "object_type": kind}
            answer = (await ada.get(path, **asked)).json()
            lines = iter(lines_of(await ada.get(path, **asked, format="csv")))
            pending = [each for each in some if each.state == "PENDING"]
            overdue = sum(each.due_at is not None and each.due_at <= END for each in pending)
            assert answer["waiting"] == {"open": len(pending), "overdue": overdue}
            for bucket in answer["buckets"]:
                start, end = moment(bucket["starts_at"]), moment(bucket["ends_at"])
                figures = {name: bucket[name] for name in ("submitted", "outcomes", "latency")}
                assert figures == expected(some, start, end), (asked, bucket)
                assert bucket["open"] == sum(
                    each.submitted_at < end and not (each.ended_at and each.ended_at < end) for each in some
                )
                line = next(lines)
                assert line == flat(_as_cells(bucket), list(line))
            whole = answer["range"]
            ends = {name: whole[name] for name in ("starts_at", "ends_at")}
            start, end = moment(ends["starts_at"]), moment(ends["ends_at"])
            assert answer["overall"] == expected(some, start, end)
            line = next(lines)
            assert line == flat(_as_cells({"bucket": "overall"} | ends | answer["overall"]), list(line))
            assert answer["stages"] == stages_of(some, start, end)
            for stage in answer["stages"]:
                name = f"{stage['object_type']}, stage {stage['stage_number']}"
                line = next(lines)
                assert line == flat({"bucket": name, **ends, "latency": stage["time"]}, list(line))
            assert next(lines, None) is None
    assert {each.state for each in every} == {"PENDING", *OUTCOMES}
    assert any(len(each.left) == 3 for each in every)
    picture = await ada.get(path, format="svg")
    assert f"{len([each for each in every if each.state == 'PENDING'])} wait now" in picture.text


def _as_cells(item: dict[str, Any]) -> dict[str, Any]:
    outcomes = item.pop("outcomes")
    return item | {state.lower(): number for state, number in outcomes.items()}
