"""How long approvals take, by how they ended and stage by stage, and what waits for one.

The latency is from the submission to the decision that ended a request, of those that were decided about:
approved, rejected, or sent back for changes. Every member who is no guest may see that there is a request.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from app.core.approvals import State
from app.core.buckets import Range
from app.core.caller import Caller
from app.core.charts import Chart, Panel, Series, in_units_of_time
from app.core.clock import utc_text
from app.core.time_series import LATER, OVERALL, SLOT, Durations, Slot, Span, durations, placed
from app.db.connection import ReadTransaction
from app.db.handles import approval_analytics as db
from app.db.handles.approval_analytics import ApprovalFiguresRow
from app.kernel.access import enter

OUTCOMES = tuple(state for state in State if state is not State.PENDING)
_COLUMNS: Mapping[State, str] = {state: state.lower() for state in OUTCOMES}


class Flow(msgspec.Struct, frozen=True):
    """``outcomes``: how many ended how."""

    submitted: int
    outcomes: dict[str, int]
    latency: Durations


class ApprovalBucket(Slot, frozen=True):
    """``open``: how many were waiting at its end, or are now where that is to come."""

    submitted: int
    open: int
    outcomes: dict[str, int]
    latency: Durations


class StageTime(msgspec.Struct, frozen=True):
    """``stage_number``: from 1."""

    object_type: str
    stage_number: int
    time: Durations


class Waiting(msgspec.Struct, frozen=True):
    """Now. ``overdue``: past the deadline of their stage."""

    open: int
    overdue: int


class ApprovalFigures(msgspec.Struct, frozen=True):
    range: Span
    waiting: Waiting
    overall: Flow
    stages: list[StageTime]
    buckets: list[ApprovalBucket]


async def read_approval_figures(
    tx: ReadTransaction,
    caller: Caller,
    *,
    workspace_id: str,
    asked: Range,
    now: datetime,
    object_type: str | None,
) -> ApprovalFigures:
    """Of all types of objects, or of one."""
    await enter(tx, caller, workspace_id=workspace_id, operation="analytics.read")
    rows = await db.read_approval_figures(
        tx, workspace_id=workspace_id, buckets=placed(asked), object_type=object_type, now=now
    )
    stages = await db.read_stage_figures(
        tx,
        workspace_id=workspace_id,
        starts_at=asked.starts_at,
        ends_at=asked.ends_at,
        object_type=object_type,
    )
    ended = {row.place: row for row in rows if row.figure == "ended"}
    submitted = {row.place: row.requests for row in rows if row.figure == "submitted"}
    pending = next(row for row in rows if row.figure == "pending")
    # What waits now, and back from there, as the tasks that are open are counted.
    still_open = pending.requests + (ended[LATER].requests if LATER in ended else 0) - submitted.get(LATER, 0)
    buckets: list[ApprovalBucket] = []
    for place in reversed(range(len(asked.buckets))):
        flow = _flow(submitted.get(place, 0), ended.get(place))
        buckets.append(
            ApprovalBucket.of(
                asked.buckets[place],
                submitted=flow.submitted,
                open=still_open,
                outcomes=flow.outcomes,
                latency=flow.latency,
            )
        )
        still_open += sum(flow.outcomes.values()) - flow.submitted
    return ApprovalFigures(
        range=Span.of(asked),
        waiting=Waiting(pending.requests, pending.overdue),
        overall=_flow(submitted.get(OVERALL, 0), ended.get(OVERALL)),
        stages=[
            StageTime(
                each.object_type,
                each.stage + 1,
                durations(each.number, each.seconds_sum, each.p50, each.p85, each.p95),
            )
            for each in stages
        ],
        buckets=buckets[::-1],
    )


def _flow(submitted: int, row: ApprovalFiguresRow | None) -> Flow:
    if row is None:
        return Flow(submitted, {str(state): 0 for state in OUTCOMES}, durations(0))
    return Flow(
        submitted=submitted,
        outcomes={str(state): getattr(row, column) for state, column in _COLUMNS.items()},
        latency=durations(row.decided, row.latency_sum, row.latency_p50, row.latency_p85, row.latency_p95),
    )


def table(figures: ApprovalFigures) -> Iterator[list[object]]:
    """The buckets; after them all of the range, and each of the stages."""
    yield [*SLOT, "submitted", "open", *_COLUMNS.values(), *Durations.names("latency")]
    for each in figures.buckets:
        yield [*each.cells(), each.submitted, each.open, *each.outcomes.values(), *each.latency.values()]
    span, total = figures.range, figures.overall
    ends = (utc_text(span.starts_at), utc_text(span.ends_at), None)
    yield ["overall", *ends, total.submitted, None, *total.outcomes.values(), *total.latency.values()]
    for stage in figures.stages:
        name = f"{stage.object_type}, stage {stage.stage_number}"
        yield [name, *ends, *[None] * (2 + len(OUTCOMES)), *stage.time.values()]


def chart(figures: ApprovalFigures) -> Chart:
    buckets = figures.buckets
    unit, (half, most) = in_units_of_time(
        [[each.latency.p50_seconds for each in buckets], [each.latency.p85_seconds for each in buckets]]
    )
    waiting = figures.waiting
    return Chart(
        title="Approvals: what ended how, and how long it took",
        description=f"{figures.range.told()}: {figures.overall.submitted} requests were submitted and"
        f" {sum(figures.overall.outcomes.values())} ended; {waiting.open} wait now,"
        f" {waiting.overdue} of them overdue.",
        labels=[each.bucket for each in buckets],
        panels=[
            Panel(
                "Submitted and ended",
                "requests",
                [
                    Series("submitted", [each.submitted for each in buckets]),
                    Series("approved", [each.outcomes[State.APPROVED] for each in buckets]),
                    Series(
                        "ended otherwise",
                        [sum(each.outcomes.values()) - each.outcomes[State.APPROVED] for each in buckets],
                    ),
                ],
            ),
            Panel(
                "Waiting at the end",
                "requests",
                [Series("open", [each.open for each in buckets], is_line=True)],
            ),
            Panel(
                "From submission to decision",
                unit,
                [Series("p50", half, is_line=True), Series("p85", most, is_line=True)],
            ),
        ],
    )
