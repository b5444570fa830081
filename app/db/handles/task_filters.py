"""Handles of sql/queries/task_filters.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.paging import Page
from app.db.queries import Json, Row, Uuid, query, queued


class FilterRow(Row):
    id: Uuid
    workspace_id: Uuid
    owner_id: str
    name: str
    filter: Json
    is_shared: bool
    created_at: datetime
    updated_at: datetime
    version: int


@queued
def insert_filter(
    tx: WriteTransaction,
    *,
    filter_id: str,
    workspace_id: str,
    owner_id: str,
    name: str,
    list_key: str,
    definition: str,
    is_shared: bool,
    now: datetime,
) -> None: ...


@query
async def get_filter(
    tx: ReadTransaction, *, workspace_id: str, user_id: str, sees_shared: bool, filter_id: str
) -> FilterRow | None: ...


@query
async def list_filters(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    sees_shared: bool,
    after_key: str,
    page_size: int,
) -> Page[FilterRow]: ...


@queued
def lock_filter(tx: WriteTransaction, *, workspace_id: str, filter_id: str) -> None: ...


@queued
def update_filter(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    filter_id: str,
    name: str,
    list_key: str,
    definition: str,
    is_shared: bool,
    now: datetime,
) -> None: ...


@queued
def delete_filter(tx: WriteTransaction, *, workspace_id: str, filter_id: str) -> None: ...


@queued
def delete_own_filters(tx: WriteTransaction, *, workspace_id: str, account_id: str) -> None: ...
