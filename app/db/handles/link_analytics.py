"""Handles of sql/queries/link_analytics.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction
from app.db.queries import Row, query


class LinkFigureRow(Row):
    """``place``: of a bucket; None for the links themselves, as they are now."""

    place: int | None
    status: str
    number: int


@query
async def read_link_figures(
    tx: ReadTransaction, *, workspace_id: str, buckets: str, provider: str | None
) -> list[LinkFigureRow]: ...


@query
async def read_links_complete_since(
    tx: ReadTransaction, *, workspace_id: str, provider: str | None, kept: int
) -> datetime | None: ...
