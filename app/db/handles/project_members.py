"""Handles of sql/queries/project_members.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import query


@query
async def insert_project_member(
    tx: WriteTransaction, *, workspace_id: str, project_id: str, account_id: str, added_by: str, now: datetime
) -> int: ...


@query
async def is_project_member(
    tx: ReadTransaction, *, workspace_id: str, project_id: str, account_id: str
) -> bool: ...
