"""Handles of sql/queries/projects.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.paging import Page
from app.db.queries import LongText, Row, Uuid, query, queued


class ProjectRow(Row):
    id: Uuid
    workspace_id: Uuid
    kind: str
    key: str
    name: str
    description: LongText | None
    visibility: str
    status: str
    created_by: str
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    version: int


@queued
def insert_project(
    tx: WriteTransaction,
    *,
    project_id: str,
    workspace_id: str,
    kind: str,
    project_key: str,
    name: str,
    list_key: str,
    description: str | None,
    visibility: str,
    created_by: str,
    now: datetime,
) -> None: ...


@queued
def insert_project_key(
    tx: WriteTransaction, *, workspace_id: str, project_key: str, project_id: str
) -> None: ...


@query
async def has_project_key(
    tx: ReadTransaction, *, workspace_id: str, project_id: str, project_key: str
) -> bool: ...


@queued
def lock_project(tx: WriteTransaction, *, workspace_id: str, project_id: str) -> None: ...


@query
async def get_project(
    tx: ReadTransaction, *, workspace_id: str, user_id: str, project_id: str
) -> ProjectRow | None: ...


@query
async def get_project_by_key(
    tx: ReadTransaction, *, workspace_id: str, user_id: str, project_key: str
) -> ProjectRow | None: ...


@query
async def list_projects(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    kind: str,
    status: str,
    after_key: str,
    before_key: str | None,
    page_size: int,
) -> Page[ProjectRow]: ...


@query
async def list_joined_projects(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    kind: str,
    status: str,
    after_key: str,
    before_key: str | None,
    page_size: int,
) -> Page[ProjectRow]: ...


@queued
def update_project(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    user_id: str,
    project_id: str,
    project_key: str,
    name: str,
    list_key: str,
    description: str | None,
    visibility: str,
    now: datetime,
) -> None: ...


@queued
def set_project_status(
    tx: WriteTransaction, *, workspace_id: str, user_id: str, project_id: str, status: str, now: datetime
) -> None: ...


@queued
def delete_project(
    tx: WriteTransaction, *, workspace_id: str, user_id: str, project_id: str, now: datetime
) -> None: ...


@queued
def restore_project(tx: WriteTransaction, *, workspace_id: str, project_id: str, now: datetime) -> None: ...


@query
async def get_deleted_project(
    tx: ReadTransaction, *, workspace_id: str, project_id: str
) -> ProjectRow | None: ...


@query
async def list_deleted_projects(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    kind: str,
    after_key: str,
    before_key: str | None,
    page_size: int,
) -> Page[ProjectRow]: ...
