"""How many tasks are made and finished, and how long they take, as far as the caller sees tasks.

A task counts by its project and type as they are, and not once it is deleted. The lead time is from when it
was made to when it was done, the cycle time from when it was first in progress; in the clock's whole seconds.
Percentiles are nearest ranks: the smallest duration that so many of a hundred do not exceed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from app.core.buckets import Range
from app.core.caller import Caller
from app.core.charts import Chart, Panel, Series, in_units_of_time
from app.core.clock import utc_text
from app.core.time_series import LATER, OVERALL, SLOT, Durations, Slot, Span, durations, placed
from app.db.connection import ReadTransaction
from app.db.handles import task_analytics as db
from app.db.handles.task_analytics import TaskFlowRow
from app.kernel.access import enter


class Flow(msgspec.Struct, frozen=True):
    created: int
    finished: int
    lead_time: Durations
    cycle_time: Durations


class FlowBucket(Slot, frozen=True):
    """``open``: how many were made and not finished at its end, or now where that is to come."""

    created: int
    finished: int
    open: int
    lead_time: Durations
    cycle_time: Durations


class TaskFlow(msgspec.Struct, frozen=True):
    range: Span
    overall: Flow
    buckets: list[FlowBucket]


async def read_task_flow(
    tx: ReadTransaction,
    caller: Caller,
    *,
    workspace_id: str,
    asked: Range,
    project_id: str | None,
    task_type_id: str | None,
    assignee_id: str | None,
) -> TaskFlow:
    """Of all tasks that the caller may see, or of those of a project, a type, somebody who is assigned."""
    await enter(tx, caller, workspace_id=workspace_id, operation="analytics.read")
    rows = await db.read_task_flow(
        tx,
        workspace_id=workspace_id,
        user_id=caller.user_id,
        buckets=placed(asked, overall=False),
        project_id=project_id,
        task_type_id=task_type_id,
        assignee_id=assignee_id,
    )
    finished = {row.place: row for row in rows if row.figure == "finished"}
    created = {row.place: row.tasks for row in rows if row.figure == "created"}
    created[OVERALL] = sum(created.get(place, 0) for place in range(len(asked.buckets)))
    still_open = next(row.tasks for row in rows if row.figure == "open")
    # What is open now, and back from there: what was made since was not there, what was finished was open.
    still_open += _count(finished, LATER) - created.get(LATER, 0)
    buckets: list[FlowBucket] = []
    for place in reversed(range(len(asked.buckets))):
        flow = _flow(place, created, finished)
        buckets.append(
            FlowBucket.of(
                asked.buckets[place],
                created=flow.created,
                finished=flow.finished,
                open=still_open,
                lead_time=flow.lead_time,
                cycle_time=flow.cycle_time,
            )
        )
        still_open += flow.finished - flow.created
    return TaskFlow(Span.of(asked), _flow(OVERALL, created, finished), buckets[::-1])


def _count(finished: Mapping[int, TaskFlowRow], place: int) -> int:
    return row.tasks if (row := finished.get(place)) else 0


def _flow(place: int, created: Mapping[int, int], finished: Mapping[int, TaskFlowRow]) -> Flow:
    made = created.get(place, 0)
    row = finished.get(place)
    if row is None:
        return Flow(made, 0, durations(0), durations(0))
    return Flow(
        created=made,
        finished=row.tasks,
        lead_time=durations(row.tasks, row.lead_sum, row.lead_p50, row.lead_p85, row.lead_p95),
        cycle_time=durations(row.cycles, row.cycle_sum, row.cycle_p50, row.cycle_p85, row.cycle_p95),
    )


def table(flow: TaskFlow) -> Iterator[list[object]]:
    """The buckets, and all of the range after them."""
    yield [
        *(*SLOT, "created", "finished", "open"),
        *Durations.names("lead_time"),
        *Durations.names("cycle_time"),
    ]
    for each in flow.buckets:
        yield [
            *each.cells(),
            *(each.created, each.finished, each.open, *each.lead_time.values(), *each.cycle_time.values()),
        ]
    span, total = flow.range, flow.overall
    yield [
        *("overall", utc_text(span.starts_at), utc_text(span.ends_at), None, total.created, total.finished),
        *(None, *total.lead_time.values(), *total.cycle_time.values()),
    ]


def chart(flow: TaskFlow) -> Chart:
    buckets = flow.buckets
    unit, (cycle_half, cycle_most, lead_half, lead_most) = in_units_of_time(
        [
            [each.cycle_time.p50_seconds for each in buckets],
            [each.cycle_time.p85_seconds for each in buckets],
            [each.lead_time.p50_seconds for each in buckets],
            [each.lead_time.p85_seconds for each in buckets],
        ]
    )
    return Chart(
        title="Tasks: throughput, cycle time and lead time",
        description=f"{flow.range.told()}: {flow.overall.created} tasks were created and"
        f" {flow.overall.finished} finished; {buckets[-1].open} are open at its end.",
        labels=[each.bucket for each in buckets],
        panels=[
            Panel(
                "Created and finished",
                "tasks",
                [
                    Series("created", [each.created for each in buckets]),
                    Series("finished", [each.finished for each in buckets]),
                ],
            ),
            Panel(
                "Open at the end", "tasks", [Series("open", [each.open for each in buckets], is_line=True)]
            ),
            Panel(
                "How long it took",
                unit,
                [
                    Series("cycle time p50", cycle_half, is_line=True),
                    Series("cycle time p85", cycle_most, is_line=True),
                    Series("lead time p50", lead_half, is_line=True),
                    Series("lead time p85", lead_most, is_line=True),
                ],
            ),
        ],
    )
