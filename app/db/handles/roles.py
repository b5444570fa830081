"""Handles of sql/queries/roles.sql."""

from app.db.connection import ReadTransaction
from app.db.queries import Row, query


class RolePermissionRow(Row):
    role: str
    permission: str


@query
async def list_role_permissions(tx: ReadTransaction) -> list[RolePermissionRow]: ...
