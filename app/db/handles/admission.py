"""Handles of sql/queries/admission.sql."""

from app.db.connection import ReadTransaction
from app.db.queries import Row, Uuid, query


class JoinableRow(Row):
    name: str
    org_id: Uuid | None
    status: str
    org_status: str | None
    is_active: bool
    list_key: str
    sponsor_status: str | None
    sponsor_role: str | None
    sponsor_name: str | None
    role: str | None


@query
async def read_workspace_to_join(
    tx: ReadTransaction, *, workspace_id: str, user_id: str, sponsor_id: str
) -> JoinableRow | None: ...


@query
async def read_organization_to_join(
    tx: ReadTransaction, *, org_id: str, user_id: str, sponsor_id: str
) -> JoinableRow | None: ...
