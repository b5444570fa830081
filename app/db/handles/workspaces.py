"""Handles of sql/queries/workspaces.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.paging import Page
from app.db.queries import LongText, Row, Uuid, query, queued


class AccessRow(Row):
    account_status: str
    session_version: int
    is_revoked: bool
    id: Uuid | None
    name: str | None
    description: LongText | None
    created_by: str | None
    created_at: datetime | None
    updated_at: datetime | None
    org_id: Uuid | None
    status: str | None
    held_by: str | None
    org_status: str | None
    max_requests_per_minute: int | None
    blob_path: str | None
    blob_state: str | None
    is_active: bool | None
    deleted_at: datetime | None
    version: int | None
    reference_generation: int | None
    member_id: Uuid | None
    role: str | None
    is_guest: bool | None


class WorkspaceRow(Row):
    id: Uuid
    name: str
    description: LongText | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    org_id: Uuid | None
    status: str
    deleted_at: datetime | None
    blob_path: str | None
    blob_state: str
    version: int
    role: str


@query
async def read_access(
    tx: ReadTransaction, *, user_id: str, jti: str | None, workspace_id: str
) -> AccessRow | None: ...


@queued
def lock_workspace(tx: WriteTransaction, *, workspace_id: str) -> None: ...


@query
async def list_workspaces(
    tx: ReadTransaction, *, user_id: str, org_id: str | None, archived: bool, after_key: str, page_size: int
) -> Page[WorkspaceRow]: ...


@query
async def list_deleted_workspaces(
    tx: ReadTransaction, *, user_id: str, org_id: str | None, after_key: str, page_size: int
) -> Page[WorkspaceRow]: ...


@queued
def insert_workspace(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    org_id: str | None,
    name: str,
    description: str | None,
    created_by: str,
    now: datetime,
    list_key: str,
) -> None: ...


@queued
def insert_untyped(tx: WriteTransaction, *, workspace_id: str, now: datetime) -> None: ...


@queued
def raise_generation(tx: WriteTransaction, *, workspace_id: str) -> None: ...


@queued
def update_workspace(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    name: str,
    description: str | None,
    list_key: str,
    now: datetime,
) -> None: ...


@queued
def update_list_keys(tx: WriteTransaction, *, workspace_id: str, list_key: str) -> None: ...


@queued
def set_workspace_status(
    tx: WriteTransaction, *, workspace_id: str, status: str, held_by: str | None, now: datetime
) -> None: ...


@queued
def delete_workspace(tx: WriteTransaction, *, workspace_id: str, now: datetime) -> None: ...


@queued
def restore_workspace(tx: WriteTransaction, *, workspace_id: str, now: datetime) -> None: ...


@query
async def move_workspace(
    tx: WriteTransaction, *, workspace_id: str, org_id: str | None, now: datetime
) -> int: ...
