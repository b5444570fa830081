"""Handles of sql/queries/objective_activity.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction
from app.db.paging import Page
from app.db.queries import LongText, Row, Uuid, query


class MeasuredByRow(Row):
    id: Uuid


class ObjectiveActivityRow(Row):
    seq: int
    action: str
    actor_id: str
    at: datetime
    target_type: str
    target_id: str
    details: LongText | None


@query
async def list_key_results_ever(
    tx: ReadTransaction, *, workspace_id: str, objective_id: str
) -> list[MeasuredByRow]: ...


@query
async def list_objective_activity(
    tx: ReadTransaction, *, workspace_id: str, targets: str, before_seq: int, page_size: int
) -> Page[ObjectiveActivityRow]: ...
