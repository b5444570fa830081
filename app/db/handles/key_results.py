"""Handles of sql/queries/key_results.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.paging import Page
from app.db.queries import LongText, Row, Uuid, query, queued


class KeyResultRow(Row):
    """Figures and scores are in millionths, ``stale_after`` in seconds. How it is fed is None of what is
    checked in by hand; ``fetched_at``: how old what was taken is."""

    id: Uuid
    objective_id: Uuid
    kind: str
    title: str
    description: LongText | None
    weight: int
    unit: str | None
    direction: str | None
    baseline_value: int | None
    commit_value: int | None
    target_value: int | None
    stretch_value: int | None
    fail_text: str | None
    commit_text: str | None
    target_text: str | None
    stretch_text: str | None
    current_value: int | None
    current_zone: str | None
    score: int | None
    confidence: int | None
    measured_at: datetime | None
    source: str
    source_ref: LongText | None
    binding_id: Uuid | None
    stale_after: int | None
    stale_at: datetime | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int
    feed_status: str | None
    feed_error: str | None
    feed_fallback: str | None
    fetched_at: datetime | None


class KeyResultTermRow(Row):
    id: Uuid
    stale_after: int | None


@queued
def insert_key_result(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    key_result_id: str,
    objective_id: str,
    kind: str,
    list_key: str,
    title: str,
    description: str | None,
    weight: int,
    unit: str | None,
    direction: str | None,
    baseline_value: int | None,
    commit_value: int | None,
    target_value: int | None,
    stretch_value: int | None,
    fail_text: str | None,
    commit_text: str | None,
    target_text: str | None,
    stretch_text: str | None,
    source: str,
    source_ref: str | None,
    binding_id: str | None,
    stale_after: int | None,
    stale_at: datetime | None,
    remind_at: datetime | None,
    created_by: str,
    now: datetime,
) -> None: ...


@query
async def get_key_result(
    tx: ReadTransaction, *, workspace_id: str, key_result_id: str
) -> KeyResultRow | None: ...


@query
async def list_key_results(
    tx: ReadTransaction, *, workspace_id: str, objective_id: str, after_key: str, page_size: int
) -> Page[KeyResultRow]: ...


@query
async def count_key_results(tx: ReadTransaction, *, workspace_id: str, objective_id: str) -> int: ...


@queued
def update_key_result(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    key_result_id: str,
    title: str,
    description: str | None,
    weight: int,
    unit: str | None,
    direction: str | None,
    baseline_value: int | None,
    commit_value: int | None,
    target_value: int | None,
    stretch_value: int | None,
    fail_text: str | None,
    commit_text: str | None,
    target_text: str | None,
    stretch_text: str | None,
    source: str,
    source_ref: str | None,
    binding_id: str | None,
    stale_after: int | None,
    current_zone: str | None,
    score: int | None,
    stale_at: datetime | None,
    remind_at: datetime | None,
    now: datetime,
) -> None: ...


@queued
def delete_key_result(
    tx: WriteTransaction, *, workspace_id: str, key_result_id: str, now: datetime
) -> None: ...


@query
async def list_key_result_terms(
    tx: ReadTransaction, *, workspace_id: str, objective_id: str
) -> list[KeyResultTermRow]: ...


@queued
def set_key_result_term(
    tx: WriteTransaction, *, workspace_id: str, key_result_id: str, stale_at: datetime | None
) -> None: ...


@queued
def set_key_result_terms(
    tx: WriteTransaction, *, workspace_id: str, objective_id: str, terms: str
) -> None: ...


@queued
def pause_reminders_of_objective(tx: WriteTransaction, *, workspace_id: str, objective_id: str) -> None: ...


@queued
def resume_reminders_of_objective(tx: WriteTransaction, *, workspace_id: str, objective_id: str) -> None: ...


@queued
def stop_reminders_of_objective(tx: WriteTransaction, *, workspace_id: str, objective_id: str) -> None: ...
