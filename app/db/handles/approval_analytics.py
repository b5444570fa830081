"""Handles of sql/queries/approval_analytics.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction
from app.db.queries import Row, query


class ApprovalFiguresRow(Row):
    """``figure``: ``ended``, ``submitted``, or ``pending``, which is of no bucket."""

    figure: str
    place: int
    requests: int
    approved: int
    rejected: int
    changes_requested: int
    withdrawn: int
    voided: int
    overdue: int
    decided: int
    latency_sum: int
    latency_p50: int
    latency_p85: int
    latency_p95: int


class StageFiguresRow(Row):
    """``stage``: from 0."""

    object_type: str
    stage: int
    number: int
    seconds_sum: int
    p50: int
    p85: int
    p95: int


@query
async def read_approval_figures(
    tx: ReadTransaction, *, workspace_id: str, buckets: str, object_type: str | None, now: datetime
) -> list[ApprovalFiguresRow]: ...


@query
async def read_stage_figures(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    starts_at: datetime,
    ends_at: datetime,
    object_type: str | None,
) -> list[StageFiguresRow]: ...
