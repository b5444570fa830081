"""Scores of objectives from what they are measured by and from what adds to them. Pure.

An objective's score is the mean of its parts by their weights: its key results, and the objectives aligned to
it that count. Every objective's score is rounded to a millionth, so what is shown of the parts is what the
whole is worked out from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from app.core.okr_scores import weighted_mean


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """``score``: in millionths; None of an objective of which nothing can be measured, which then does not
    count. A key result that was never measured is at 0: leaving one out would show more than was reached.
    ``measured_at``: of an objective, the oldest of what it is worked out from; None where something was never
    measured."""

    kind: Literal["key_result", "objective"]
    id: str
    title: str
    weight: int
    score: int | None
    measured_at: datetime | None
    is_stale: bool
    source: str | None = None
    feed_status: str | None = None
    """Of a key result: who says how far it is, and how what feeds it went last."""


class RollUp(msgspec.Struct, frozen=True, kw_only=True):
    score: int | None
    measured_at: datetime | None
    is_stale: bool
    """Something that it is worked out from is."""
    parts: Sequence[Part]


class Aligned(msgspec.Struct, frozen=True):
    """An objective that adds to another, and what it weighs there."""

    id: str
    title: str
    weight: int


def whole(parts: Sequence[Part]) -> RollUp:
    counted = [part for part in parts if part.score is not None]
    moments = [part.measured_at for part in counted]
    known = [moment for moment in moments if moment is not None]
    return RollUp(
        score=weighted_mean((part.score, part.weight) for part in counted if part.score is not None),
        measured_at=min(known) if known and len(known) == len(moments) else None,
        is_stale=any(part.is_stale for part in counted),
        parts=parts,
    )


def roll_up(
    wanted: Iterable[str],
    measures: Mapping[str, Sequence[Part]],
    aligned: Mapping[str, Sequence[Aligned]],
) -> dict[str, RollUp]:
    """Of all objectives that ``wanted`` reach. ``measures``: the key results of each; ``aligned``: what adds
    to it. Nothing is worked out twice, whatever number of ways lead to it.

    No alignment has a cycle; what was read of it level by level, while others changed it, may have one: what
    leads back to where it came from does not count.
    """
    done: dict[str, RollUp] = {}
    begun: set[str] = set()
    waiting = list(wanted)
    while waiting:
        objective = waiting[-1]
        begun.add(objective)
        below = aligned.get(objective, ())
        missing = [each.id for each in below if each.id not in begun]
        if missing:
            waiting += missing
            continue
        waiting.pop()
        if objective not in done:
            parts = (_part(each, done) for each in below if each.id in done)
            done[objective] = whole([*measures.get(objective, ()), *parts])
    return done


def _part(each: Aligned, done: Mapping[str, RollUp]) -> Part:
    total = done[each.id]
    return Part(
        kind="objective",
        id=each.id,
        title=each.title,
        weight=each.weight,
        score=total.score,
        measured_at=total.measured_at,
        is_stale=total.is_stale,
    )
