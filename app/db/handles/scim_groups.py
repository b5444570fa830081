"""Handles of sql/queries/scim_groups.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.paging import Page
from app.db.queries import Row, Uuid, query, queued
from app.db.statements import LongText


class ScimGroupRow(Row):
    id: Uuid
    external_id: str | None
    display_name: str
    attributes: LongText
    created_at: datetime
    updated_at: datetime
    version: int


class ScimMemberRow(Row):
    group_id: Uuid
    scim_user_id: Uuid


class MappedWorkspaceRow(Row):
    workspace_id: Uuid


class ScimAccountRow(Row):
    account_id: str


class ScimGroupPlaceRow(Row):
    id: Uuid | None


@queued
def insert_scim_group(
    tx: WriteTransaction,
    *,
    group_id: str,
    org_id: str,
    connection_id: str,
    external_id: str | None,
    display_name: str,
    name_key: str,
    attributes: str,
    now: datetime,
) -> None: ...


@queued
def update_scim_group(
    tx: WriteTransaction,
    *,
    group_id: str,
    org_id: str,
    connection_id: str,
    external_id: str | None,
    display_name: str,
    name_key: str,
    attributes: str,
    now: datetime,
) -> None: ...


@queued
def delete_scim_group_mappings(tx: WriteTransaction, *, org_id: str, group_id: str) -> None: ...


@query
async def delete_scim_group_members(
    tx: WriteTransaction, *, org_id: str, group_id: str, kept: str
) -> int: ...


@queued
def delete_scim_group(tx: WriteTransaction, *, org_id: str, group_id: str) -> None: ...


@query
async def insert_scim_members(
    tx: WriteTransaction, *, org_id: str, connection_id: str, group_id: str, ids: str
) -> int: ...


@query
async def delete_scim_members(tx: WriteTransaction, *, org_id: str, group_id: str, ids: str) -> int: ...


@query
async def count_scim_known(tx: ReadTransaction, *, org_id: str, connection_id: str, ids: str) -> int: ...


@query
async def find_scim_group(
    tx: ReadTransaction, *, org_id: str, connection_id: str, group_id: str
) -> ScimGroupRow | None: ...


@query
async def find_scim_group_by_external_id(
    tx: ReadTransaction, *, org_id: str, connection_id: str, external_id: str
) -> ScimGroupRow | None: ...


@query
async def list_scim_groups_by_name(
    tx: ReadTransaction, *, org_id: str, connection_id: str, name_key: str, page_size: int
) -> Page[ScimGroupRow]: ...


@query
async def list_scim_groups_of_member(
    tx: ReadTransaction, *, org_id: str, connection_id: str, scim_user_id: str, page_size: int
) -> Page[ScimGroupRow]: ...


@query
async def count_scim_groups(tx: ReadTransaction, *, org_id: str, connection_id: str) -> int: ...


@query
async def list_scim_groups(
    tx: ReadTransaction, *, org_id: str, connection_id: str, after_id: str, page_size: int
) -> Page[ScimGroupRow]: ...


@query
async def list_scim_members(
    tx: ReadTransaction, *, org_id: str, groups: str, page_size: int
) -> list[ScimMemberRow]: ...


@query
async def list_mapped_workspaces(
    tx: ReadTransaction, *, org_id: str, group_id: str
) -> list[MappedWorkspaceRow]: ...


@query
async def list_accounts_of_scim_users(
    tx: ReadTransaction, *, org_id: str, connection_id: str, ids: str
) -> list[ScimAccountRow]: ...


@query
async def find_scim_group_place(
    tx: ReadTransaction, *, org_id: str, connection_id: str, skip: int
) -> ScimGroupPlaceRow: ...
