"""Handles of sql/queries/project_members.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class ProjectMemberRow(Row):
    project_id: Uuid
    user_id: str
    member_id: Uuid
    display_name: str | None
    role: str
    is_guest: bool
    added_by: str
    added_at: datetime


@query
async def insert_project_member(
    tx: WriteTransaction, *, workspace_id: str, project_id: str, account_id: str, added_by: str, now: datetime
) -> int: ...


@query
async def is_project_member(
    tx: ReadTransaction, *, workspace_id: str, project_id: str, account_id: str
) -> bool: ...


@query
async def list_project_members(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    project_id: str,
    after_key: str,
    before_key: str | None,
    page_size: int,
) -> list[ProjectMemberRow]: ...


@query
async def get_project_member(
    tx: ReadTransaction, *, workspace_id: str, project_id: str, account_id: str
) -> ProjectMemberRow | None: ...


@queued
def delete_project_member(
    tx: WriteTransaction, *, workspace_id: str, project_id: str, account_id: str
) -> None: ...
