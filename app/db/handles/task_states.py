"""Handles of sql/queries/task_states.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class TransitionRow(Row):
    task_id: Uuid
    version: int
    transition_id: Uuid | None
    from_state: str
    to_state: str
    reason: str
    actor_id: str
    at: datetime


class FactsRow(Row):
    permission: str
    role: str
    is_guest: bool
    user_type_id: Uuid | None
    state: str
    task_type_id: Uuid
    is_in_scope: bool
    is_within_role: bool
    may_view: bool
    is_granted: bool
    is_read_only: bool
    is_hidden: bool
    is_restricted: bool
    reaches_every_type: bool
    is_mapped: bool
    is_allowed: bool


@query
async def pick_task(
    tx: WriteTransaction, *, workspace_id: str, user_id: str, task_id: str, now: datetime, updated_key: str
) -> int: ...


@query
async def assign_task(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    user_id: str,
    task_id: str,
    assignee_id: str,
    now: datetime,
    updated_key: str,
) -> int: ...


@query
async def unassign_task(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    user_id: str,
    task_id: str,
    assignee_id: str,
    now: datetime,
    updated_key: str,
) -> int: ...


@query
async def move_task_state(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    user_id: str,
    task_id: str,
    from_state: str,
    to_state: str,
    blocked_by: str | None,
    version: int,
    now: datetime,
    updated_key: str,
) -> int: ...


@queued
def insert_transition(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    task_id: str,
    version: int,
    transition_id: str | None,
    from_state: str,
    to_state: str,
    reason: str,
    actor_id: str,
    now: datetime,
) -> None: ...


@query
async def find_transition(
    tx: ReadTransaction, *, workspace_id: str, task_id: str, transition_id: str
) -> TransitionRow | None: ...


@query
async def list_transitions(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    task_id: str,
    before_version: int,
    page_size: int,
) -> list[TransitionRow]: ...


@query
async def explain_task(
    tx: ReadTransaction, *, workspace_id: str, user_id: str, task_id: str, account_id: str
) -> list[FactsRow]: ...


@query
async def is_member(tx: ReadTransaction, *, workspace_id: str, account_id: str) -> bool: ...
