"""Handles of sql/queries/health.sql."""

from app.db.connection import ReadTransaction
from app.db.queries import query


@query
async def read_schema_version(tx: ReadTransaction) -> int | None: ...
