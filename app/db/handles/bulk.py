"""Handles of sql/queries/bulk.sql."""

from app.db.connection import ReadTransaction
from app.db.queries import Row, Uuid, query


class ColumnOfRow(Row):
    column_id: Uuid


@query
async def list_columns_of(tx: ReadTransaction, *, workspace_id: str, ids: str) -> list[ColumnOfRow]: ...
