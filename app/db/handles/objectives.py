"""Handles of sql/queries/objectives.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import LongText, Row, Uuid, query, queued


class ListedObjectiveRow(Row):
    id: Uuid
    cycle_id: Uuid
    title: str
    level: str
    state: str
    owner_id: str
    created_by: str
    created_at: datetime
    updated_at: datetime
    activated_at: datetime | None
    ended_at: datetime | None
    version: int


class ObjectiveRow(ListedObjectiveRow):
    description: LongText | None


class ObjectiveToChangeRow(ObjectiveRow):
    is_frozen: bool
    deleted_at: datetime | None


@queued
def insert_objective(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    objective_id: str,
    cycle_id: str,
    title: str,
    description: str | None,
    level: str,
    owner_id: str,
    list_key: str,
    created_by: str,
    now: datetime,
) -> None: ...


@query
async def get_objective(
    tx: ReadTransaction, *, workspace_id: str, objective_id: str
) -> ObjectiveRow | None: ...


@queued
def lock_objective(tx: WriteTransaction, *, workspace_id: str, objective_id: str) -> None: ...


@query
async def get_objective_to_change(
    tx: ReadTransaction, *, workspace_id: str, objective_id: str
) -> ObjectiveToChangeRow | None: ...


@query
async def list_objectives(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    level: str | None,
    state: str | None,
    after_key: str,
    page_size: int,
) -> list[ListedObjectiveRow]: ...


@query
async def list_objectives_of_cycle(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    cycle_id: str,
    owner_id: str | None,
    level: str | None,
    state: str | None,
    after_key: str,
    page_size: int,
) -> list[ListedObjectiveRow]: ...


@query
async def list_objectives_of_owner(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    owner_id: str,
    level: str | None,
    state: str | None,
    after_key: str,
    page_size: int,
) -> list[ListedObjectiveRow]: ...


@query
async def list_objectives_of_parent(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    parent_id: str,
    cycle_id: str | None,
    owner_id: str | None,
    level: str | None,
    state: str | None,
    after_key: str,
    page_size: int,
) -> list[ListedObjectiveRow]: ...


@query
async def list_deleted_objectives(
    tx: ReadTransaction, *, workspace_id: str, after_key: str, page_size: int
) -> list[ListedObjectiveRow]: ...


@queued
def update_objective(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    objective_id: str,
    title: str,
    description: str | None,
    level: str,
    owner_id: str,
    state: str,
    now: datetime,
) -> None: ...


@queued
def set_objective_state(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    objective_id: str,
    state: str,
    activated_at: datetime | None,
    ended_at: datetime | None,
    now: datetime,
) -> None: ...


@queued
def touch_objective(
    tx: WriteTransaction, *, workspace_id: str, objective_id: str, state: str, now: datetime
) -> None: ...


@queued
def set_objective_deleted(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    objective_id: str,
    deleted_at: datetime | None,
    now: datetime,
) -> None: ...


@query
async def may_own_objective(tx: ReadTransaction, *, workspace_id: str, account_id: str) -> bool: ...
