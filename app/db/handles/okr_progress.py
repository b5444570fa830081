"""Handles of sql/queries/okr_progress.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction
from app.db.queries import Row, Uuid, query


class CountedRow(Row):
    parent_id: Uuid
    id: Uuid
    title: str
    weight: int


class MeasureRow(Row):
    objective_id: Uuid
    id: Uuid
    title: str
    weight: int
    score: int | None
    measured_at: datetime | None
    stale_at: datetime | None
    source: str
    feed_status: str | None


class CycleObjectiveRow(Row):
    id: Uuid
    title: str
    state: str
    is_below: bool


@query
async def list_counted_below(tx: ReadTransaction, *, workspace_id: str, ids: str) -> list[CountedRow]: ...


@query
async def list_measures(tx: ReadTransaction, *, workspace_id: str, ids: str) -> list[MeasureRow]: ...


@query
async def list_counted_of_cycle(
    tx: ReadTransaction, *, workspace_id: str, cycle_id: str, most: int
) -> list[CycleObjectiveRow]: ...
