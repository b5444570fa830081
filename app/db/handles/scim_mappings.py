"""Handles of sql/queries/scim_mappings.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles.members import MemberRow
from app.db.queries import Row, Uuid, query, queued


class DirectoryGroupRow(Row):
    id: Uuid
    connection_id: Uuid
    external_id: str | None
    display_name: str
    members: int


class FoundGroupRow(Row):
    id: Uuid
    connection_id: Uuid
    display_name: str
    tid: str


class MappingRow(Row):
    id: Uuid
    connection_id: Uuid
    group_id: Uuid
    workspace_id: Uuid
    role: str
    user_type_id: Uuid | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


class PersonOfGroupRow(Row):
    account_id: str
    display_name: str | None


@query
async def list_directory_groups(
    tx: ReadTransaction, *, org_id: str, after_id: str, page_size: int
) -> list[DirectoryGroupRow]: ...


@query
async def find_directory_group(
    tx: ReadTransaction, *, org_id: str, group_id: str
) -> FoundGroupRow | None: ...


@queued
def insert_mapping_of_group(
    tx: WriteTransaction,
    *,
    mapping_id: str,
    org_id: str,
    connection_id: str,
    group_id: str,
    workspace_id: str,
    role: str,
    user_type_id: str | None,
    created_by: str,
    now: datetime,
) -> None: ...


@queued
def update_mapping_of_group(
    tx: WriteTransaction,
    *,
    org_id: str,
    mapping_id: str,
    role: str,
    user_type_id: str | None,
    now: datetime,
) -> None: ...


@queued
def delete_mapping_of_group(tx: WriteTransaction, *, org_id: str, mapping_id: str) -> None: ...


@query
async def find_mapping(tx: ReadTransaction, *, org_id: str, mapping_id: str) -> MappingRow | None: ...


@query
async def find_mapping_of_group(
    tx: ReadTransaction, *, org_id: str, group_id: str, workspace_id: str
) -> MappingRow | None: ...


@query
async def list_mappings_of_groups(
    tx: ReadTransaction, *, org_id: str, after_id: str, page_size: int
) -> list[MappingRow]: ...


@query
async def list_people_of_group(
    tx: ReadTransaction, *, org_id: str, group_id: str, after_id: str, page_size: int
) -> list[PersonOfGroupRow]: ...


@query
async def list_members_of_accounts(
    tx: ReadTransaction, *, workspace_id: str, accounts: str
) -> list[MemberRow]: ...
