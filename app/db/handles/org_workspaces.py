"""Handles of sql/queries/org_workspaces.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction
from app.db.handles.members import MemberRow
from app.db.queries import Row, Uuid, query


class OrgWorkspaceRow(Row):
    id: Uuid
    org_id: Uuid
    name: str
    status: str
    held_by: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int
    role: str | None


@query
async def list_org_workspaces(
    tx: ReadTransaction, *, org_id: str, user_id: str, archived: bool, after_key: str, page_size: int
) -> list[OrgWorkspaceRow]: ...


@query
async def list_own_org_workspaces(
    tx: ReadTransaction, *, org_id: str, user_id: str, archived: bool, after_key: str, page_size: int
) -> list[OrgWorkspaceRow]: ...


@query
async def find_org_workspace(
    tx: ReadTransaction, *, org_id: str, workspace_id: str, user_id: str
) -> OrgWorkspaceRow | None: ...


@query
async def find_member_of(
    tx: ReadTransaction, *, workspace_id: str, member_user_id: str
) -> MemberRow | None: ...
