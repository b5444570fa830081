"""Handles of sql/queries/task_analytics.sql."""

from app.db.connection import ReadTransaction
from app.db.queries import Row, query


class TaskFlowRow(Row):
    """``figure``: ``finished``, ``created``, or ``open``, which is of no bucket."""

    figure: str
    place: int
    tasks: int
    lead_sum: int
    lead_p50: int
    lead_p85: int
    lead_p95: int
    cycles: int
    cycle_sum: int
    cycle_p50: int
    cycle_p85: int
    cycle_p95: int


@query
async def read_task_flow(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    buckets: str,
    project_id: str | None,
    task_type_id: str | None,
    assignee_id: str | None,
) -> list[TaskFlowRow]: ...
