"""Handles of sql/queries/workflow_instances.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.paging import Page
from app.db.queries import LongText, Row, Uuid, query, queued


class InstanceRow(Row):
    id: Uuid
    template_id: Uuid
    template_version: int
    project_id: Uuid
    name: str
    state: str
    correlation_key: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    list_key: str


class InstanceToChangeRow(InstanceRow):
    project_status: str
    may_assign: bool


class VersionRow(Row):
    template_version: int
    status: str
    nodes: int


class InstanceRoomRow(Row):
    project_key: str
    first_number: int
    may_assign: bool


class NodeRow(Row):
    ordinal: int
    node_id: str
    title: str
    description: LongText | None
    task_type_id: Uuid
    assignee_id: str | None
    assignee_user_type_id: Uuid | None
    due_offset_seconds: int | None
    trigger_rule: str
    indegree: int


class WaitingTaskRow(Row):
    id: Uuid


class InstanceTaskRow(Row):
    id: Uuid
    node_id: str
    number: int
    task_type_id: Uuid
    state: str
    blocked_by: str | None
    is_deleted: bool


class DependencyRow(Row):
    parent_id: Uuid
    child_id: Uuid


class InstanceNodeRow(Row):
    ordinal: int
    node_id: str | None
    task_id: Uuid | None
    project_key: str
    number: int | None
    title: str | None
    task_type_id: Uuid | None
    state: str | None
    blocked_by: str | None
    assignee_id: str | None
    assignee_user_type_id: Uuid | None
    trigger_rule: str | None
    due_at: datetime | None
    is_deleted: bool


class EdgeRow(Row):
    from_ordinal: int
    to_ordinal: int


@query
async def get_instance(
    tx: ReadTransaction, *, workspace_id: str, user_id: str, instance_id: str
) -> InstanceRow | None: ...


@query
async def find_correlated_instance(
    tx: ReadTransaction, *, workspace_id: str, correlation_key: str
) -> InstanceRow | None: ...


@query
async def list_instances(
    tx: ReadTransaction, *, workspace_id: str, user_id: str, before_key: str, page_size: int
) -> list[InstanceRow]: ...


@query
async def list_instances_in_state(
    tx: ReadTransaction, *, workspace_id: str, user_id: str, state: str, before_key: str, page_size: int
) -> list[InstanceRow]: ...


@query
async def list_template_instances(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    template_id: str,
    state: str | None,
    before_key: str,
    page_size: int,
) -> list[InstanceRow]: ...


@query
async def list_project_instances(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    project_id: str,
    template_id: str | None,
    state: str | None,
    before_key: str,
    page_size: int,
) -> list[InstanceRow]: ...


@query
async def read_version(
    tx: ReadTransaction, *, workspace_id: str, template_id: str, template_version: int | None
) -> VersionRow | None: ...


@query
async def has_template(tx: ReadTransaction, *, workspace_id: str, template_id: str) -> bool: ...


@query
async def read_instance_room(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    project_id: str,
    template_id: str,
    template_version: int,
    taken: int,
) -> InstanceRoomRow: ...


@query
async def list_nodes(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    project_id: str,
    template_id: str,
    template_version: int,
    after_ordinal: int,
    page_size: int,
) -> Page[NodeRow]: ...


@queued
def insert_instance(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    instance_id: str,
    template_id: str,
    template_version: int,
    project_id: str,
    name: str,
    correlation_key: str | None,
    list_key: str,
    created_by: str,
    now: datetime,
) -> None: ...


@queued
def insert_tasks(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    instance_id: str,
    project_id: str,
    template_id: str,
    template_version: int,
    tasks: str,
    created_by: str,
    now: datetime,
) -> None: ...


@queued
def insert_dependencies(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    project_id: str,
    template_id: str,
    template_version: int,
    ids: str,
    created_by: str,
    now: datetime,
) -> None: ...


@queued
def lock_instance(tx: WriteTransaction, *, workspace_id: str, instance_id: str) -> None: ...


@query
async def get_instance_to_change(
    tx: ReadTransaction, *, workspace_id: str, user_id: str, instance_id: str
) -> InstanceToChangeRow | None: ...


@queued
def set_instance_state(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    instance_id: str,
    state: str,
    ended_at: datetime | None,
    now: datetime,
) -> None: ...


@queued
def lock_waiting_tasks(tx: WriteTransaction, *, workspace_id: str, instance_id: str) -> None: ...


@query
async def list_waiting_tasks(
    tx: ReadTransaction, *, workspace_id: str, instance_id: str
) -> list[WaitingTaskRow]: ...


@query
async def has_open_task(tx: ReadTransaction, *, workspace_id: str, instance_id: str) -> bool: ...


@query
async def list_instance_nodes(
    tx: ReadTransaction, *, workspace_id: str, user_id: str, instance_id: str
) -> list[InstanceNodeRow]: ...


@query
async def list_edges(
    tx: ReadTransaction, *, workspace_id: str, template_id: str, template_version: int
) -> list[EdgeRow]: ...


@queued
def lock_instance_tasks(tx: WriteTransaction, *, workspace_id: str, instance_id: str) -> None: ...


@query
async def list_instance_tasks(
    tx: ReadTransaction, *, workspace_id: str, instance_id: str
) -> list[InstanceTaskRow]: ...


@queued
def delete_dependencies(tx: WriteTransaction, *, workspace_id: str, ids: str) -> None: ...


@queued
def set_trigger_rules(
    tx: WriteTransaction, *, workspace_id: str, instance_id: str, template_id: str, template_version: int
) -> None: ...


@queued
def set_instance_version(
    tx: WriteTransaction, *, workspace_id: str, instance_id: str, template_version: int, now: datetime
) -> None: ...


@queued
def remove_tasks(
    tx: WriteTransaction, *, workspace_id: str, ids: str, now: datetime, updated_at: str
) -> None: ...


@query
async def list_held(tx: ReadTransaction, *, workspace_id: str, instance_id: str) -> list[WaitingTaskRow]: ...


@queued
def block_tasks(
    tx: WriteTransaction, *, workspace_id: str, ids: str, now: datetime, updated_at: str
) -> None: ...


@queued
def insert_blocks(tx: WriteTransaction, *, workspace_id: str, ids: str, now: datetime) -> None: ...


@query
async def list_project_dependencies(
    tx: ReadTransaction, *, workspace_id: str, project_id: str
) -> list[DependencyRow]: ...
