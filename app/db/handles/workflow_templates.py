"""Handles of sql/queries/workflow_templates.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.paging import Page
from app.db.queries import LongText, Row, Uuid, query, queued


class TemplateRow(Row):
    id: Uuid
    workspace_id: Uuid
    name: str
    description: LongText | None
    latest_version: int | None
    draft_version: int | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


class VersionRow(Row):
    template_id: Uuid
    template_version: int
    status: str
    graph_hash: str
    created_by: str
    created_at: datetime
    published_by: str | None
    published_at: datetime | None


class VersionGraphRow(VersionRow):
    graph: LongText


class NewestVersionRow(Row):
    template_version: int


class SupplyRow(Row):
    place: int
    has_task_type: bool
    is_open: bool
    has_user: bool
    has_user_type: bool
    is_able: bool


@queued
def insert_template(
    tx: WriteTransaction,
    *,
    template_id: str,
    workspace_id: str,
    name: str,
    name_key: str,
    list_key: str,
    description: str | None,
    created_by: str,
    now: datetime,
) -> None: ...


@query
async def get_template(tx: ReadTransaction, *, workspace_id: str, template_id: str) -> TemplateRow | None: ...


@query
async def list_templates(
    tx: ReadTransaction, *, workspace_id: str, after_key: str, page_size: int
) -> Page[TemplateRow]: ...


@queued
def update_template(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    template_id: str,
    name: str,
    name_key: str,
    list_key: str,
    description: str | None,
    now: datetime,
) -> None: ...


@queued
def touch_template(tx: WriteTransaction, *, workspace_id: str, template_id: str, now: datetime) -> None: ...


@queued
def delete_draft(tx: WriteTransaction, *, workspace_id: str, template_id: str) -> None: ...


@query
async def delete_template(tx: WriteTransaction, *, workspace_id: str, template_id: str) -> int: ...


@queued
def insert_draft(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    template_id: str,
    template_version: int,
    graph: str,
    graph_hash: str,
    created_by: str,
    now: datetime,
) -> None: ...


@queued
def update_draft(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    template_id: str,
    graph: str,
    graph_hash: str,
    created_by: str,
    now: datetime,
) -> None: ...


@query
async def get_version(
    tx: ReadTransaction, *, workspace_id: str, template_id: str, template_version: int
) -> VersionGraphRow | None: ...


@query
async def read_newest_version(
    tx: ReadTransaction, *, workspace_id: str, template_id: str
) -> NewestVersionRow | None: ...


@query
async def list_versions(
    tx: ReadTransaction, *, workspace_id: str, template_id: str, before_version: int, page_size: int
) -> list[VersionRow]: ...


@queued
def publish_draft(
    tx: WriteTransaction, *, workspace_id: str, template_id: str, published_by: str, now: datetime
) -> None: ...


@queued
def retire_version(
    tx: WriteTransaction, *, workspace_id: str, template_id: str, template_version: int
) -> None: ...


@queued
def insert_nodes(
    tx: WriteTransaction, *, workspace_id: str, template_id: str, template_version: int, nodes: str
) -> None: ...


@queued
def insert_edges(
    tx: WriteTransaction, *, workspace_id: str, template_id: str, template_version: int, edges: str
) -> None: ...


@query
async def list_supplies(tx: ReadTransaction, *, workspace_id: str, asked: str) -> list[SupplyRow]: ...
