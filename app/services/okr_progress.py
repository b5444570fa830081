"""How far an objective is, or a cycle, and from what that is worked out. However many objectives there are,
it takes a statement for each step down, and one for all key results."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from app.core.caller import Caller
from app.core.clock import Clock
from app.core.figures import figure_text
from app.core.json_text import as_json
from app.core.okr_roll_up import Aligned, Part, RollUp, roll_up, whole
from app.core.okrs import COUNTED, ObjectiveState
from app.db.connection import ReadTransaction
from app.db.handles import okr_progress as db
from app.kernel.access import enter
from app.kernel.okr_access import find_cycle, find_objective
from app.services.key_results import is_stale
from app.services.objectives import MOST_OBJECTIVES


class PartShown(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    id: str
    title: str
    weight: int
    score: str | None
    measured_at: datetime | None
    is_stale: bool
    source: str | None
    feed_status: str | None


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """``score`` and ``parts``: as ``RollUp``, in decimal text."""

    objective_id: str
    score: str | None
    measured_at: datetime | None
    is_stale: bool
    parts: Sequence[PartShown]


class CycleProgress(msgspec.Struct, frozen=True, kw_only=True):
    """``parts``: the objectives that count and add to no other of the cycle that does; each weighs the same.
    ``states``: how many objectives are in each."""

    cycle_id: str
    score: str | None
    measured_at: datetime | None
    is_stale: bool
    objectives: int
    states: Mapping[str, int]
    parts: Sequence[PartShown]


async def get_progress(
    tx: ReadTransaction, caller: Caller, clock: Clock, *, workspace_id: str, objective_id: str
) -> Progress:
    """Raises ``ObjectiveNotFound``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="objective.read")
    await find_objective(tx, workspace_id, objective_id)
    total = (await rolled_up(tx, clock(), workspace_id, [objective_id]))[objective_id]
    return Progress(
        objective_id=objective_id,
        score=_text(total.score),
        measured_at=total.measured_at,
        is_stale=total.is_stale,
        parts=[_shown(part) for part in total.parts],
    )


async def get_cycle_progress(
    tx: ReadTransaction, caller: Caller, clock: Clock, *, workspace_id: str, cycle_id: str
) -> CycleProgress:
    """Raises ``OkrCycleNotFound``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="okr_cycle.read")
    await find_cycle(tx, workspace_id, cycle_id)
    rows = await db.list_counted_of_cycle(
        tx, workspace_id=workspace_id, cycle_id=cycle_id, most=MOST_OBJECTIVES
    )
    tops = [row for row in rows if not row.is_below and row.state in COUNTED]
    done = await rolled_up(tx, clock(), workspace_id, [row.id for row in tops])
    parts = [
        Part(
            kind="objective",
            id=row.id,
            title=row.title,
            weight=1,
            score=done[row.id].score,
            measured_at=done[row.id].measured_at,
            is_stale=done[row.id].is_stale,
        )
        for row in tops
    ]
    total, states = whole(parts), Counter(row.state for row in rows)
    return CycleProgress(
        cycle_id=cycle_id,
        score=_text(total.score),
        measured_at=total.measured_at,
        is_stale=total.is_stale,
        objectives=len(rows),
        states={state: states[state] for state in ObjectiveState},
        parts=[_shown(part) for part in parts],
    )


async def rolled_up(
    tx: ReadTransaction, now: datetime, workspace_id: str, wanted: Sequence[str]
) -> dict[str, RollUp]:
    """Of the objectives ``wanted``, and of all that adds to them."""
    aligned: dict[str, list[Aligned]] = defaultdict(list)
    seen, level = set(wanted), list(wanted)
    while level:
        found = await db.list_counted_below(tx, workspace_id=workspace_id, ids=as_json(level))
        for row in sorted(found, key=lambda row: row.id):
            aligned[row.parent_id].append(Aligned(row.id, row.title, row.weight))
        level = sorted({row.id for row in found} - seen)
        seen.update(level)
    measures: dict[str, list[Part]] = defaultdict(list)
    rows = await db.list_measures(tx, workspace_id=workspace_id, ids=as_json(sorted(seen))) if seen else []
    for measure in sorted(rows, key=lambda row: row.id):
        measures[measure.objective_id].append(
            Part(
                kind="key_result",
                id=measure.id,
                title=measure.title,
                weight=measure.weight,
                score=measure.score or 0,
                measured_at=measure.measured_at,
                is_stale=is_stale(measure.stale_at, measure.feed_status, now),
                source=measure.source,
                feed_status=measure.feed_status,
            )
        )
    return roll_up(wanted, measures, aligned)


def _shown(part: Part) -> PartShown:
    return PartShown(
        kind=part.kind,
        id=part.id,
        title=part.title,
        weight=part.weight,
        score=_text(part.score),
        measured_at=part.measured_at,
        is_stale=part.is_stale,
        source=part.source,
        feed_status=part.feed_status,
    )


def _text(millionths: int | None) -> str | None:
    return None if millionths is None else figure_text(millionths)
