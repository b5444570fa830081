"""Handles of sql/queries/okr_cycles.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class CycleRow(Row):
    id: Uuid
    name: str
    state: str
    starts_on: str
    ends_on: str
    created_by: str
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    version: int


class CopiedAlignmentRow(Row):
    child_id: Uuid
    parent_id: Uuid
    weight: int
    parent_cycle_id: Uuid


class CopiedRow(Row):
    objective_id: Uuid
    key_result_id: Uuid | None


@queued
def insert_cycle(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    cycle_id: str,
    name: str,
    name_key: str,
    list_key: str,
    starts_on: str,
    ends_on: str,
    created_by: str,
    now: datetime,
) -> None: ...


@query
async def get_cycle(tx: ReadTransaction, *, workspace_id: str, cycle_id: str) -> CycleRow | None: ...


@query
async def list_cycles(
    tx: ReadTransaction, *, workspace_id: str, state: str | None, after_key: str, page_size: int
) -> list[CycleRow]: ...


@queued
def lock_cycle(tx: WriteTransaction, *, workspace_id: str, cycle_id: str) -> None: ...


@queued
def update_cycle(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    cycle_id: str,
    name: str,
    name_key: str,
    list_key: str,
    starts_on: str,
    ends_on: str,
    now: datetime,
) -> None: ...


@queued
def set_cycle_state(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    cycle_id: str,
    state: str,
    closed_at: datetime | None,
    now: datetime,
) -> None: ...


@query
async def delete_cycle(tx: WriteTransaction, *, workspace_id: str, cycle_id: str) -> int: ...


@query
async def freeze_objectives(tx: WriteTransaction, *, workspace_id: str, cycle_id: str, batch: int) -> int: ...


@query
async def stop_reminders(tx: WriteTransaction, *, workspace_id: str, cycle_id: str, batch: int) -> int: ...


@query
async def count_in_approval(tx: ReadTransaction, *, workspace_id: str, cycle_id: str) -> int: ...


@query
async def count_objectives(tx: ReadTransaction, *, workspace_id: str, cycle_id: str, most: int) -> int: ...


@query
async def list_copied(tx: ReadTransaction, *, workspace_id: str, cycle_id: str) -> list[CopiedRow]: ...


@queued
def copy_objectives(
    tx: WriteTransaction, *, workspace_id: str, cycle_id: str, copies: str, created_by: str, now: datetime
) -> None: ...


@queued
def copy_key_results(
    tx: WriteTransaction, *, workspace_id: str, copies: str, created_by: str, now: datetime
) -> None: ...


@query
async def list_copied_alignment(
    tx: ReadTransaction, *, workspace_id: str, cycle_id: str
) -> list[CopiedAlignmentRow]: ...


@queued
def insert_copied_alignment(tx: WriteTransaction, *, workspace_id: str, edges: str) -> None: ...
