"""Handles of sql/queries/account_closing.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import LongText, Row, Uuid, query, queued


class ClosingRow(Row):
    user_id: str
    step: str
    place: str
    traces: LongText | None
    addresses: LongText | None
    status: str


class OwnedRow(Row):
    place_id: Uuid
    member_id: Uuid
    list_key: str


@queued
def insert_closing(
    tx: WriteTransaction,
    *,
    closing_id: str,
    account_id: str,
    step: str,
    place: str,
    traces: str | None,
    addresses: str | None,
    now: datetime,
) -> None: ...


@queued
def lock_closing(tx: WriteTransaction, *, closing_id: str) -> None: ...


@query
async def read_closing(tx: ReadTransaction, *, closing_id: str) -> ClosingRow | None: ...


@queued
def move_closing(tx: WriteTransaction, *, closing_id: str, step: str, place: str) -> None: ...


@queued
def delete_closing(tx: WriteTransaction, *, closing_id: str) -> None: ...


@query
async def list_owned_workspaces(
    tx: ReadTransaction, *, account_id: str, after_key: str, page_size: int
) -> list[OwnedRow]: ...


@query
async def list_owned_organizations(
    tx: ReadTransaction, *, account_id: str, after_key: str, page_size: int
) -> list[OwnedRow]: ...


@query
async def is_without_owner(tx: ReadTransaction, *, workspace_id: str) -> bool: ...
