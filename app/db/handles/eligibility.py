"""Handles of sql/queries/eligibility.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class MappingRow(Row):
    user_type_id: Uuid
    task_type_id: Uuid
    created_at: datetime
    created_by: str


@query
async def get_mapping(
    tx: ReadTransaction, *, workspace_id: str, user_type_id: str, task_type_id: str
) -> MappingRow | None: ...


@query
async def list_mappings(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    after_user_type_id: str,
    after_task_type_id: str,
    page_size: int,
) -> list[MappingRow]: ...


@query
async def list_mappings_of_user_type(
    tx: ReadTransaction, *, workspace_id: str, user_type_id: str, after_task_type_id: str, page_size: int
) -> list[MappingRow]: ...


@query
async def list_mappings_of_task_type(
    tx: ReadTransaction, *, workspace_id: str, task_type_id: str, after_user_type_id: str, page_size: int
) -> list[MappingRow]: ...


@queued
def insert_mapping(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    user_type_id: str,
    task_type_id: str,
    created_by: str,
    now: datetime,
) -> None: ...


@queued
def delete_mapping(
    tx: WriteTransaction, *, workspace_id: str, user_type_id: str, task_type_id: str
) -> None: ...


@queued
def delete_mappings_of_user_type(tx: WriteTransaction, *, workspace_id: str, user_type_id: str) -> None: ...


@queued
def delete_mappings_of_task_type(tx: WriteTransaction, *, workspace_id: str, task_type_id: str) -> None: ...
