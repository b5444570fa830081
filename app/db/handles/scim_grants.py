"""Handles of sql/queries/scim_grants.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class WantedGrantRow(Row):
    account_id: str
    workspace_id: Uuid
    role: str
    user_type_id: Uuid | None
    id: Uuid


class GrantRow(Row):
    user_id: str
    workspace_id: Uuid
    role: str
    user_type_id: Uuid | None
    base_role: str | None
    base_is_guest: bool
    base_type_id: Uuid | None


class GranteeRow(Row):
    user_id: str


class GrantedWorkspaceRow(Row):
    list_key: str
    is_active: bool
    is_in_work: bool


class ConnectionOfWorkRow(Row):
    org_id: Uuid
    tid: str


@query
async def list_wanted_grants(
    tx: ReadTransaction, *, org_id: str, connection_id: str, accounts: str
) -> list[WantedGrantRow]: ...


@query
async def list_grants(
    tx: ReadTransaction, *, org_id: str, connection_id: str, accounts: str
) -> list[GrantRow]: ...


@queued
def insert_grant(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    account_id: str,
    org_id: str,
    connection_id: str,
    role: str,
    user_type_id: str | None,
    base_role: str | None,
    base_is_guest: bool,
    base_type_id: str | None,
    now: datetime,
) -> None: ...


@queued
def delete_grant(tx: WriteTransaction, *, org_id: str, workspace_id: str, account_id: str) -> None: ...


@query
async def list_grantees(
    tx: ReadTransaction,
    *,
    org_id: str,
    connection_id: str,
    workspace_id: str,
    after_id: str,
    page_size: int,
) -> list[GranteeRow]: ...


@query
async def find_connection_of_work(
    tx: ReadTransaction, *, connection_id: str
) -> ConnectionOfWorkRow | None: ...


@query
async def find_granted_workspace(
    tx: ReadTransaction, *, org_id: str, workspace_id: str
) -> GrantedWorkspaceRow | None: ...
