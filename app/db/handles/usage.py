"""Handles of sql/queries/usage.sql."""

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class UsageRow(Row):
    org_id: Uuid
    plan_name: str | None
    seats: int
    max_seats: int | None
    workspaces: int
    max_workspaces: int | None
    file_bytes: int
    max_file_bytes: int | None
    max_requests_per_minute: int | None
    version: int


@queued
def insert_usage(tx: WriteTransaction, *, org_id: str) -> None: ...


@query
async def find_usage(tx: ReadTransaction, *, org_id: str) -> UsageRow | None: ...


@queued
def lock_usage(tx: WriteTransaction, *, org_id: str) -> None: ...


@queued
def set_limits(
    tx: WriteTransaction,
    *,
    org_id: str,
    plan_name: str | None,
    max_seats: int | None,
    max_workspaces: int | None,
    max_file_bytes: int | None,
    max_requests_per_minute: int | None,
) -> None: ...


@query
async def take_seats(tx: WriteTransaction, *, org_id: str, more: int) -> int: ...


@queued
def free_seats(tx: WriteTransaction, *, org_id: str, fewer: int) -> None: ...


@query
async def take_workspace(tx: WriteTransaction, *, org_id: str) -> int: ...


@queued
def free_workspace(tx: WriteTransaction, *, org_id: str) -> None: ...


@query
async def take_bytes(tx: WriteTransaction, *, org_id: str, more: int) -> int: ...


@queued
def free_bytes(tx: WriteTransaction, *, org_id: str, fewer: int) -> None: ...


@query
async def sum_workspace_bytes(tx: ReadTransaction, *, workspace_id: str) -> int: ...


@query
async def add_membership(tx: WriteTransaction, *, org_id: str, member_user_id: str) -> int: ...


@queued
def insert_seat(tx: WriteTransaction, *, org_id: str, member_user_id: str) -> None: ...


@queued
def end_membership(tx: WriteTransaction, *, org_id: str, member_user_id: str) -> None: ...


@query
async def delete_seat(tx: WriteTransaction, *, org_id: str, member_user_id: str) -> int: ...


@queued
def add_memberships_of(tx: WriteTransaction, *, org_id: str, workspace_id: str) -> None: ...


@query
async def insert_seats_of(tx: WriteTransaction, *, org_id: str, workspace_id: str) -> int: ...


@queued
def end_memberships_of(tx: WriteTransaction, *, org_id: str, workspace_id: str) -> None: ...


@query
async def delete_seats_of(tx: WriteTransaction, *, org_id: str, workspace_id: str) -> int: ...
