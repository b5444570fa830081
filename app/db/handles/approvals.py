"""Handles of sql/queries/approvals.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class RequestRow(Row):
    id: Uuid
    workspace_id: Uuid
    object_type: str
    object_id: Uuid
    object_version: int
    content_hash: str
    title: str
    flow_version: int
    stage: int
    stage_since: datetime
    due_at: datetime | None
    escalated_at: datetime | None
    state: str
    author_id: str
    submitted_by: str
    created_at: datetime
    ended_at: datetime | None
    version: int


class OverdueRow(Row):
    workspace_id: Uuid
    id: Uuid
    stage: int


class PersonRow(Row):
    user_id: str
    display_name: str | None
    role: str
    user_type_id: Uuid | None


class TypedRow(Row):
    user_id: str
    user_type_id: Uuid


class RoleOnObjectRow(Row):
    object_type: str
    object_id: Uuid
    user_id: str
    role: str
    granted_by: str


class DecisionRow(Row):
    id: Uuid
    request_id: Uuid
    stage: int
    actor_id: str
    on_behalf_of: str | None
    counts_for: str
    decision: str
    override_role: str | None
    reason: str | None
    at: datetime


@queued
def insert_request(
    tx: WriteTransaction,
    *,
    request_id: str,
    workspace_id: str,
    object_type: str,
    object_id: str,
    object_version: int,
    content_hash: str,
    title: str,
    flow_version: int,
    due_at: datetime | None,
    author_id: str,
    submitted_by: str,
    now: datetime,
    list_key: str,
) -> None: ...


@queued
def lock_request(tx: WriteTransaction, *, workspace_id: str, request_id: str) -> None: ...


@query
async def get_request(tx: ReadTransaction, *, workspace_id: str, request_id: str) -> RequestRow | None: ...


@query
async def find_pending(
    tx: ReadTransaction, *, workspace_id: str, object_type: str, object_id: str
) -> RequestRow | None: ...


@query
async def move_request(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    request_id: str,
    stage: int,
    stage_since: datetime,
    due_at: datetime | None,
    escalated_at: datetime | None,
) -> int: ...


@query
async def end_request(
    tx: WriteTransaction, *, workspace_id: str, request_id: str, state: str, now: datetime
) -> int: ...


@query
async def escalate_request(
    tx: WriteTransaction, *, workspace_id: str, request_id: str, stage: int, now: datetime
) -> int: ...


@query
async def list_overdue(tx: ReadTransaction, *, now: datetime, page_size: int) -> list[OverdueRow]: ...


@query
async def list_requests(
    tx: ReadTransaction, *, workspace_id: str, before_key: str, page_size: int
) -> list[RequestRow]: ...


@query
async def list_requests_in_state(
    tx: ReadTransaction, *, workspace_id: str, state: str, before_key: str, page_size: int
) -> list[RequestRow]: ...


@query
async def list_requests_of_object(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    object_type: str,
    object_id: str,
    state: str | None,
    before_key: str,
    page_size: int,
) -> list[RequestRow]: ...


@query
async def list_submitted(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    account_id: str,
    state: str | None,
    before_key: str,
    page_size: int,
) -> list[RequestRow]: ...


@query
async def list_inbox(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    account_id: str,
    people: str,
    now: datetime,
    before_key: str,
    page_size: int,
) -> list[RequestRow]: ...


@queued
def delete_deciders(tx: WriteTransaction, *, workspace_id: str, request_id: str) -> None: ...


@queued
def insert_deciders(tx: WriteTransaction, *, workspace_id: str, request_id: str, deciders: str) -> None: ...


@query
async def list_asked(
    tx: ReadTransaction, *, workspace_id: str, request_id: str, now: datetime, page_size: int
) -> list[PersonRow]: ...


@query
async def list_people(tx: ReadTransaction, *, workspace_id: str, people: str) -> list[PersonRow]: ...


@query
async def list_types_of_people(tx: ReadTransaction, *, workspace_id: str, people: str) -> list[TypedRow]: ...


@query
async def list_roles_on_objects(
    tx: ReadTransaction, *, workspace_id: str, objects: str, now: datetime
) -> list[RoleOnObjectRow]: ...


@queued
def insert_decision(
    tx: WriteTransaction,
    *,
    decision_id: str,
    workspace_id: str,
    request_id: str,
    stage: int,
    actor_id: str,
    on_behalf_of: str | None,
    counts_for: str,
    decision: str,
    override_role: str | None,
    reason: str | None,
    now: datetime,
) -> None: ...


@query
async def list_decisions(tx: ReadTransaction, *, workspace_id: str, requests: str) -> list[DecisionRow]: ...
