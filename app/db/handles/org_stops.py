"""Handles of sql/queries/org_stops.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, query


class OrgStopRow(Row):
    user_id: str
    display_name: str | None
    role: str | None
    stopped_at: datetime
    directories: int


@query
async def list_org_stops(
    tx: ReadTransaction, *, org_id: str, after_id: str, page_size: int
) -> list[OrgStopRow]: ...


@query
async def delete_org_stops(tx: WriteTransaction, *, org_id: str, account_id: str) -> int: ...
