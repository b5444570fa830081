"""Handles of sql/queries/tasks.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import LongText, Row, Uuid, query, queued


class ListedTaskRow(Row):
    id: Uuid
    project_id: Uuid
    project_key: str
    number: int
    column_id: Uuid | None
    title: str
    task_type_id: Uuid
    state: str
    blocked_by: str | None
    assignee_id: str | None
    priority: int
    due_at: datetime | None
    external_source: str | None
    external_id: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int
    updated_key: str


class WalkedTaskRow(ListedTaskRow):
    looked_at: int


class TaskRow(ListedTaskRow):
    doc_no: int
    description: LongText | None


class TaskToChangeRow(Row):
    id: Uuid
    project_id: Uuid
    column_id: Uuid | None
    title: str
    description: LongText | None
    task_type_id: Uuid
    state: str
    blocked_by: str | None
    assignee_id: str | None
    priority: int
    due_at: datetime | None
    created_by: str
    number: int
    project_key: str
    project_status: str
    version: int
    doc_no: int
    is_deleted: bool
    may: bool


class TaskRoomRow(Row):
    status: str
    may_see: bool
    may_take: bool


class ExternalTaskRow(Row):
    id: Uuid
    project_id: Uuid


class FloorRow(Row):
    floor_key: str | None
    looked_at: int


@query
async def get_task(
    tx: ReadTransaction, *, workspace_id: str, user_id: str, task_id: str
) -> TaskRow | None: ...


@query
async def get_task_by_key(
    tx: ReadTransaction, *, workspace_id: str, user_id: str, project_key: str, number: int
) -> TaskRow | None: ...


@queued
def lock_task(tx: WriteTransaction, *, workspace_id: str, task_id: str) -> None: ...


@query
async def get_task_to_change(
    tx: ReadTransaction, *, workspace_id: str, user_id: str, task_id: str, permission: str
) -> TaskToChangeRow | None: ...


@queued
def take_task_numbers(tx: WriteTransaction, *, workspace_id: str, project_id: str, taken: int) -> None: ...


@query
async def read_task_room(
    tx: ReadTransaction, *, workspace_id: str, user_id: str, project_id: str, task_type_id: str, state: str
) -> TaskRoomRow | None: ...


@queued
def insert_task(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    task_id: str,
    project_id: str,
    before_next: int,
    column_id: str | None,
    position: int | None,
    title: str,
    description: str | None,
    task_type_id: str,
    priority: int,
    due_at: datetime | None,
    due_key: str | None,
    external_source: str | None,
    external_id: str | None,
    created_by: str,
    now: datetime,
    updated_key: str,
) -> None: ...


@queued
def update_task(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    task_id: str,
    title: str,
    description: str | None,
    task_type_id: str,
    priority: int,
    due_at: datetime | None,
    due_key: str | None,
    now: datetime,
    updated_key: str,
) -> None: ...


@queued
def set_task_deleted(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    task_id: str,
    deleted_at: datetime | None,
    now: datetime,
    updated_key: str,
) -> None: ...


@query
async def find_external_task(
    tx: ReadTransaction, *, workspace_id: str, user_id: str, external_source: str, external_id: str
) -> ExternalTaskRow | None: ...


@query
async def list_recent_tasks(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    before_key: str,
    state: str | None,
    task_type_id: str | None,
    budget: int,
    page_size: int,
) -> list[WalkedTaskRow]: ...


@query
async def list_deleted_tasks(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    before_key: str,
    state: str | None,
    task_type_id: str | None,
    budget: int,
    page_size: int,
) -> list[WalkedTaskRow]: ...


@query
async def read_assigned_floor(
    tx: ReadTransaction, *, workspace_id: str, assignee_id: str, before_key: str, budget: int
) -> FloorRow: ...


@query
async def list_assigned_tasks(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    assignee_id: str,
    project_id: str | None,
    state: str | None,
    task_type_id: str | None,
    before_key: str,
    floor_key: str,
    page_size: int,
) -> list[ListedTaskRow]: ...


@query
async def merge_recent_tasks(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    state: str | None,
    task_type_id: str | None,
    before_key: str,
    page_size: int,
) -> list[ListedTaskRow]: ...


@query
async def merge_project_tasks(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    project_id: str,
    state: str | None,
    task_type_id: str | None,
    before_key: str,
    page_size: int,
) -> list[ListedTaskRow]: ...
