"""Handles of sql/queries/task_dependencies.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles.tasks import ListedTaskRow
from app.db.queries import Row, Uuid, query, queued


class ParentRow(Row):
    parent_id: Uuid


class LetGoRow(Row):
    object_type: str
    id: Uuid
    project_id: Uuid
    project_key: str
    number: int
    task_type_id: Uuid | None
    assignee_id: str | None


@queued
def insert_dependency(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    parent_id: str,
    child_id: str,
    project_id: str,
    created_by: str,
    now: datetime,
) -> None: ...


@query
async def delete_dependency(
    tx: WriteTransaction, *, workspace_id: str, parent_id: str, child_id: str
) -> int: ...


@query
async def list_parents(
    tx: ReadTransaction, *, workspace_id: str, user_id: str, task_id: str, after_number: int, page_size: int
) -> list[ListedTaskRow]: ...


@query
async def list_children(
    tx: ReadTransaction, *, workspace_id: str, user_id: str, task_id: str, after_number: int, page_size: int
) -> list[ListedTaskRow]: ...


@query
async def list_parents_of(tx: ReadTransaction, *, workspace_id: str, ids: str) -> list[ParentRow]: ...


@queued
def lock_waiting(tx: WriteTransaction, *, workspace_id: str, parents: str, ids: str) -> None: ...


@queued
def lock_instances(tx: WriteTransaction, *, workspace_id: str, parents: str, ids: str) -> None: ...


@query
async def list_let_go(
    tx: ReadTransaction, *, workspace_id: str, parents: str, ids: str
) -> list[LetGoRow]: ...


@queued
def unlock_tasks(
    tx: WriteTransaction, *, workspace_id: str, ids: str, now: datetime, updated_at: str
) -> None: ...


@queued
def assign_unlocked(tx: WriteTransaction, *, workspace_id: str, ids: str) -> None: ...


@queued
def insert_unlocks(tx: WriteTransaction, *, workspace_id: str, ids: str, now: datetime) -> None: ...


@queued
def block_task(
    tx: WriteTransaction, *, workspace_id: str, task_id: str, now: datetime, updated_key: str
) -> None: ...


@queued
def insert_block(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    task_id: str,
    seq: int,
    reason: str,
    actor_id: str,
    now: datetime,
) -> None: ...
