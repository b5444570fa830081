"""Handles of sql/queries/task_types.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.paging import Page
from app.db.queries import LongText, Row, Uuid, query, queued


class TaskTypeRow(Row):
    id: Uuid
    workspace_id: Uuid
    name: str
    description: LongText | None
    is_restricted: bool
    created_at: datetime
    updated_at: datetime
    version: int


@queued
def insert_task_type(
    tx: WriteTransaction,
    *,
    task_type_id: str,
    workspace_id: str,
    name: str,
    name_key: str,
    list_key: str,
    description: str | None,
    is_restricted: bool,
    now: datetime,
) -> None: ...


@query
async def get_task_type(
    tx: ReadTransaction, *, workspace_id: str, task_type_id: str
) -> TaskTypeRow | None: ...


@query
async def list_task_types(
    tx: ReadTransaction, *, workspace_id: str, after_key: str, page_size: int
) -> Page[TaskTypeRow]: ...


@queued
def update_task_type(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    task_type_id: str,
    name: str,
    name_key: str,
    list_key: str,
    description: str | None,
    is_restricted: bool,
    now: datetime,
) -> None: ...


@query
async def delete_task_type(tx: WriteTransaction, *, workspace_id: str, task_type_id: str) -> int: ...
