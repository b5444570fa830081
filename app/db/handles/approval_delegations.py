"""Handles of sql/queries/approval_delegations.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class DelegationRow(Row):
    id: Uuid
    from_user: str
    to_user: str
    request_id: Uuid | None
    starts_at: datetime
    ends_at: datetime | None
    created_at: datetime


@queued
def insert_delegation(
    tx: WriteTransaction,
    *,
    delegation_id: str,
    workspace_id: str,
    from_user: str,
    to_user: str,
    request_id: str | None,
    starts_at: datetime,
    ends_at: datetime | None,
    now: datetime,
) -> None: ...


@query
async def get_delegation(
    tx: ReadTransaction, *, workspace_id: str, delegation_id: str
) -> DelegationRow | None: ...


@query
async def list_delegations_in_force(
    tx: ReadTransaction, *, workspace_id: str, requests: str | None, now: datetime, most: int
) -> list[DelegationRow]: ...


@query
async def list_delegations_from(
    tx: ReadTransaction, *, workspace_id: str, account_id: str, after_id: str, page_size: int
) -> list[DelegationRow]: ...


@query
async def list_delegations_to(
    tx: ReadTransaction, *, workspace_id: str, account_id: str, after_id: str, page_size: int
) -> list[DelegationRow]: ...


@queued
def delete_delegation(tx: WriteTransaction, *, workspace_id: str, delegation_id: str) -> None: ...


@queued
def delete_delegations_of_person(tx: WriteTransaction, *, workspace_id: str, account_id: str) -> None: ...


@queued
def delete_delegations_of_request(tx: WriteTransaction, *, workspace_id: str, request_id: str) -> None: ...


@query
async def count_standing_delegations(
    tx: ReadTransaction, *, workspace_id: str, now: datetime, most: int
) -> int: ...


@queued
def delete_ended_delegations(
    tx: WriteTransaction, *, workspace_id: str, account_id: str, now: datetime
) -> None: ...
