"""Handles of sql/queries/labels.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class LabelRow(Row):
    id: Uuid
    name: str
    color: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


@queued
def insert_label(
    tx: WriteTransaction,
    *,
    label_id: str,
    workspace_id: str,
    name: str,
    name_key: str,
    list_key: str,
    color: str | None,
    created_by: str,
    now: datetime,
) -> None: ...


@query
async def get_label(tx: ReadTransaction, *, workspace_id: str, label_id: str) -> LabelRow | None: ...


@query
async def list_labels(
    tx: ReadTransaction, *, workspace_id: str, after_key: str, before_key: str | None, page_size: int
) -> list[LabelRow]: ...


@queued
def lock_label(tx: WriteTransaction, *, workspace_id: str, label_id: str) -> None: ...


@queued
def update_label(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    label_id: str,
    name: str,
    name_key: str,
    list_key: str,
    color: str | None,
    now: datetime,
) -> None: ...


@queued
def take_label_off_tasks(tx: WriteTransaction, *, workspace_id: str, label_id: str) -> None: ...


@queued
def delete_label(tx: WriteTransaction, *, workspace_id: str, label_id: str) -> None: ...


@query
async def list_task_labels(
    tx: ReadTransaction, *, workspace_id: str, user_id: str, task_id: str, after_key: str, page_size: int
) -> list[LabelRow]: ...


@query
async def count_task_labels(tx: ReadTransaction, *, workspace_id: str, doc_no: int) -> int: ...


@query
async def put_label_on_task(
    tx: WriteTransaction, *, workspace_id: str, label_id: str, doc_no: int
) -> int: ...


@query
async def take_label_off_task(
    tx: WriteTransaction, *, workspace_id: str, label_id: str, doc_no: int
) -> int: ...
