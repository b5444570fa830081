"""Handles of sql/queries/object_roles.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class ObjectRoleRow(Row):
    id: Uuid
    object_type: str
    object_id: Uuid
    user_id: str
    role: str
    granted_by: str
    granted_at: datetime
    expires_at: datetime | None


class PolicyFactsRow(Row):
    role: str
    is_guest: bool
    user_type_id: Uuid | None
    is_read_only: bool


class TaskPermissionRow(Row):
    permission: str


@queued
def insert_object_role(
    tx: WriteTransaction,
    *,
    role_id: str,
    workspace_id: str,
    object_type: str,
    object_id: str,
    account_id: str,
    role: str,
    granted_by: str,
    now: datetime,
    expires_at: datetime | None,
) -> None: ...


@query
async def get_object_role(
    tx: ReadTransaction, *, workspace_id: str, role_id: str
) -> ObjectRoleRow | None: ...


@query
async def list_object_roles(
    tx: ReadTransaction, *, workspace_id: str, after_id: str, page_size: int
) -> list[ObjectRoleRow]: ...


@query
async def list_object_roles_of_object(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    object_type: str,
    object_id: str,
    after_id: str,
    page_size: int,
) -> list[ObjectRoleRow]: ...


@query
async def list_object_roles_of_person(
    tx: ReadTransaction, *, workspace_id: str, account_id: str, page_size: int
) -> list[ObjectRoleRow]: ...


@queued
def delete_object_role(tx: WriteTransaction, *, workspace_id: str, role_id: str) -> None: ...


@queued
def delete_object_roles_of_person(tx: WriteTransaction, *, workspace_id: str, account_id: str) -> None: ...


@queued
def delete_object_roles_of_object(
    tx: WriteTransaction, *, workspace_id: str, object_type: str, object_id: str
) -> None: ...


@query
async def read_policy_facts(
    tx: ReadTransaction, *, workspace_id: str, account_id: str
) -> PolicyFactsRow | None: ...


@query
async def list_task_permissions(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    project_id: str,
    task_type_id: str,
    state: str,
) -> list[TaskPermissionRow]: ...
