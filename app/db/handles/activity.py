"""Handles of sql/queries/activity.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction
from app.db.paging import Page
from app.db.queries import LongText, Row, query


class ActivityRow(Row):
    seq: int
    action: str
    actor_id: str
    at: datetime
    details: LongText | None


@query
async def list_activity(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    task_id: str,
    target_id: str,
    before_seq: int,
    page_size: int,
) -> Page[ActivityRow]: ...
