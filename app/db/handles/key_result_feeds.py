"""Handles of sql/queries/key_result_feeds.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles.key_results import KeyResultRow
from app.db.paging import Page
from app.db.queries import LongText, Row, Uuid, query, queued


class FedObjectiveRow(Row):
    id: Uuid


class FedIdRow(Row):
    id: Uuid


class FedKeyResultRow(KeyResultRow):
    """With who set how it is fed."""

    set_by: str


class FeedRow(Row):
    key_result_id: Uuid
    set_by: str
    status: str
    error: str | None
    fallback: str | None
    selection_id: Uuid | None
    fetched_at: datetime | None
    fed_at: datetime | None
    source: str
    source_ref: LongText | None


class FeedingRow(Row):
    others: int


class FedTasksRow(Row):
    sees_project: int
    total: int
    done: int


@queued
def insert_feed(
    tx: WriteTransaction, *, workspace_id: str, key_result_id: str, project_id: str | None, set_by: str
) -> None: ...


@queued
def delete_feed(tx: WriteTransaction, *, workspace_id: str, key_result_id: str) -> None: ...


@queued
def copy_feeds(tx: WriteTransaction, *, workspace_id: str, copies: str) -> None: ...


@queued
def set_feed(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    key_result_id: str,
    status: str,
    error: str | None,
    fallback: str | None,
    selection_id: str | None,
    fetched_at: datetime | None,
    now: datetime,
) -> None: ...


@query
async def list_fed_objectives(
    tx: ReadTransaction, *, workspace_id: str, binding_id: str, after_id: str, page_size: int
) -> list[FedObjectiveRow]: ...


@query
async def list_fed_by_connector(
    tx: ReadTransaction, *, workspace_id: str, binding_id: str, after_id: str, page_size: int
) -> Page[FedKeyResultRow]: ...


@query
async def get_fed_key_result(
    tx: ReadTransaction, *, workspace_id: str, key_result_id: str
) -> FedKeyResultRow | None: ...


@queued
def set_source(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    key_result_id: str,
    source: str,
    source_ref: str | None,
    binding_id: str | None,
    now: datetime,
) -> None: ...


@query
async def get_feed(tx: ReadTransaction, *, workspace_id: str, key_result_id: str) -> FeedRow | None: ...


@query
async def get_feeding(
    tx: ReadTransaction, *, workspace_id: str, binding_id: str, unless_id: str
) -> FeedingRow | None: ...


@query
async def list_fed_ids_by_connector(
    tx: ReadTransaction, *, workspace_id: str, binding_id: str
) -> list[FedIdRow]: ...


@query
async def list_fed_of_objective(
    tx: ReadTransaction, *, workspace_id: str, objective_id: str
) -> list[FedIdRow]: ...


@query
async def list_fed_by_projects(
    tx: ReadTransaction, *, workspace_id: str, project_ids: str
) -> list[FedIdRow]: ...


@query
async def list_feeding_in_cycle(
    tx: ReadTransaction, *, workspace_id: str, cycle_id: str
) -> list[FedIdRow]: ...


@query
async def list_full_connectors(
    tx: ReadTransaction, *, workspace_id: str, cycle_id: str, most: int
) -> list[FedIdRow]: ...


@query
async def list_fed_by_tasks(tx: ReadTransaction, *, workspace_id: str) -> list[FedIdRow]: ...


@query
async def count_fed_tasks(
    tx: ReadTransaction, *, workspace_id: str, user_id: str, project_id: str, task_type_id: str | None
) -> FedTasksRow: ...
