"""Handles of sql/queries/access_review.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction
from app.db.queries import Row, query


class ReviewRow(Row):
    user_id: str
    display_name: str | None
    role: str
    source: str
    added_at: datetime
    added_by: str
    added_by_name: str | None
    account_status: str
    is_expected: bool
    last_seen_at: datetime | None


@query
async def review_workspace(
    tx: ReadTransaction, *, workspace_id: str, after_key: str, page_size: int
) -> list[ReviewRow]: ...


@query
async def review_organization(
    tx: ReadTransaction, *, org_id: str, after_key: str, page_size: int
) -> list[ReviewRow]: ...
