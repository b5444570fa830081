"""How far objectives were over time, and how sure people were of them.

What counts is what was agreed on and not called off, as it is now, and had begun. Its progress is read from
its check-ins, which are kept: at the end of each bucket, what had last been said of each key result by then,
and 0 where nothing had. What is aligned to it has no part in that: what was when is not kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import msgspec

from app.core.buckets import Range
from app.core.caller import Caller
from app.core.charts import Chart, Panel, Series
from app.core.clock import utc_text
from app.core.figures import figure_text
from app.core.okr_errors import ObjectiveNotFound
from app.core.okrs import Level
from app.core.time_series import SLOT, Slot, Span
from app.db.connection import ReadTransaction
from app.db.handles import okr_analytics as db
from app.db.handles.okr_analytics import OkrFiguresRow
from app.kernel.access import enter
from app.kernel.okr_access import find_cycle, find_objective

_TOTAL = "ALL"
_INSTANT = timedelta(microseconds=1)
_FIGURES = OkrFiguresRow.__struct_fields__[2:]
"""Those of a level, behind the place and the level."""


class Progress(msgspec.Struct, frozen=True):
    """``objectives``: those that had begun; ``score`` is the mean of theirs, ``confidence`` that of the key
    results of which somebody said it. ``check_ins``: made in the bucket."""

    objectives: int
    score: str | None
    confidence: float | None
    key_results: int
    measured: int
    check_ins: int
    overdue: int


class OkrBucket(Slot, frozen=True):
    """``levels``: by level, those that there are; ``total``: all together."""

    total: Progress
    levels: dict[str, Progress]


class OkrFigures(msgspec.Struct, frozen=True):
    range: Span
    buckets: list[OkrBucket]


async def read_okr_figures(
    tx: ReadTransaction,
    caller: Caller,
    *,
    workspace_id: str,
    asked: Range,
    now: datetime,
    cycle_id: str | None,
    objective_id: str | None,
    level: str | None,
) -> OkrFigures:
    """Of a cycle, or of all that are ACTIVE; of one objective, or of those of a level. Raises
    ``OkrCycleNotFound``, ``ObjectiveNotFound``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="analytics.read")
    if objective_id is not None:
        objective = await find_objective(tx, workspace_id, objective_id)
        if cycle_id not in (None, objective.cycle_id):
            raise ObjectiveNotFound
        cycle_id = objective.cycle_id
    elif cycle_id is not None:
        await find_cycle(tx, workspace_id, cycle_id)
    rows = await db.read_okr_figures(
        tx,
        workspace_id=workspace_id,
        **_times(asked, now),
        cycle_id=cycle_id,
        objective_id=objective_id,
        level=level,
    )
    return OkrFigures(
        range=Span.of(asked),
        buckets=[
            OkrBucket.of(
                bucket,
                total=_progress(levels.values()),
                levels={str(level): _progress([row]) for level, row in levels.items()},
            )
            for bucket, levels in zip(asked.buckets, _reached(rows, len(asked.buckets)), strict=True)
        ],
    )


def _times(asked: Range, now: datetime) -> dict[str, Any]:
    """What was said at this moment was said, and nothing is late because of what is to come."""
    last = now + _INSTANT
    spans = [
        {"from": utc_text(min(each.starts_at, last)), "until": utc_text(min(each.ends_at, last))}
        for each in asked.buckets
    ]
    return {
        "buckets": msgspec.json.encode(spans).decode(),
        "most": len(spans),
        "starts": spans[0]["from"],
        "ends": spans[-1]["until"],
    }


def _reached(changes: Iterable[OkrFiguresRow], buckets: int) -> Iterator[dict[Level, OkrFiguresRow]]:
    """The figures at the end of each of the buckets, of the levels that have objectives then."""
    by_place: list[list[OkrFiguresRow]] = [[] for _ in range(buckets)]
    for change in changes:
        by_place[change.place].append(change)
    reached: dict[str, OkrFiguresRow] = {}
    for changed in by_place:
        reached = {level: msgspec.structs.replace(row, check_ins=0) for level, row in reached.items()}
        for change in changed:
            before = reached.get(change.level)
            reached[change.level] = _added(before, change) if before else change
        yield {level: reached[level] for level in Level if level in reached}


def _added(before: OkrFiguresRow, change: OkrFiguresRow) -> OkrFiguresRow:
    return OkrFiguresRow(
        change.place,
        change.level,
        *(getattr(before, figure) + getattr(change, figure) for figure in _FIGURES),
    )


def _progress(rows: Iterable[OkrFiguresRow]) -> Progress:
    rows = list(rows)
    objectives = sum(row.objectives for row in rows)
    confident = sum(row.confident for row in rows)
    score = Fraction(sum(row.score_sum for row in rows), objectives) if objectives else None
    return Progress(
        objectives=objectives,
        score=None if score is None else figure_text(round(score)),
        confidence=round(sum(row.confidence_sum for row in rows) / confident, 2) if confident else None,
        key_results=sum(row.key_results for row in rows),
        measured=sum(row.measured for row in rows),
        check_ins=sum(row.check_ins for row in rows),
        overdue=sum(row.late for row in rows),
    )


def table(figures: OkrFigures) -> Iterator[list[object]]:
    """Of each bucket all together, and each level."""
    yield [*SLOT, "level", *Progress.__struct_fields__]
    for bucket in figures.buckets:
        for level, progress in ((_TOTAL, bucket.total), *bucket.levels.items()):
            yield [*bucket.cells(), level, *msgspec.structs.astuple(progress)]


def chart(figures: OkrFigures) -> Chart:
    buckets = figures.buckets
    last = buckets[-1].total
    levels = [level for level in Level if any(level in each.levels for each in buckets)]
    shown = levels if len(levels) > 1 else []
    return Chart(
        title="OKRs: progress and confidence",
        description=f"{figures.range.told()}. At its end {last.objectives} objectives count, with a"
        f" score of {last.score or 'none'} and a confidence of {last.confidence or 'none'};"
        f" {last.overdue} key results were overdue.",
        labels=[each.bucket for each in buckets],
        panels=[
            Panel(
                "Score",
                "of 100",
                [
                    Series("all", [_of_hundred(each.total) for each in buckets], is_line=True),
                    *(
                        Series(
                            level.lower(),
                            [_of_hundred(each.levels.get(level)) for each in buckets],
                            is_line=True,
                        )
                        for level in shown
                    ),
                ],
                top=100,
            ),
            Panel(
                "Confidence",
                "1 to 10",
                [Series("mean", [each.total.confidence for each in buckets], is_line=True)],
                top=10,
            ),
            Panel(
                "Check-ins made, and key results overdue",
                "number",
                [
                    Series("check-ins", [each.total.check_ins for each in buckets]),
                    Series("overdue", [each.total.overdue for each in buckets]),
                ],
            ),
        ],
    )


def _of_hundred(progress: Progress | None) -> float | None:
    return None if progress is None or progress.score is None else float(progress.score) * 100
