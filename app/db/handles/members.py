"""Handles of sql/queries/members.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class MemberRow(Row):
    id: Uuid
    workspace_id: Uuid
    user_id: str
    display_name: str | None
    role: str
    is_guest: bool
    user_type_id: Uuid | None
    added_at: datetime
    added_by: str
    updated_at: datetime
    version: int


@queued
def insert_member(
    tx: WriteTransaction,
    *,
    member_id: str,
    workspace_id: str,
    user_id: str,
    display_name: str | None,
    role: str,
    is_guest: bool,
    source: str,
    added_by: str,
    now: datetime,
    list_key: str,
    member_key: str,
) -> None: ...


@query
async def get_member(tx: ReadTransaction, *, workspace_id: str, member_id: str) -> MemberRow | None: ...


@query
async def find_member(tx: ReadTransaction, *, workspace_id: str, account_id: str) -> MemberRow | None: ...


@query
async def list_members(
    tx: ReadTransaction, *, workspace_id: str, after_key: str, before_key: str | None, page_size: int
) -> list[MemberRow]: ...


@query
async def list_members_by_role(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    role: str,
    after_key: str,
    before_key: str | None,
    page_size: int,
) -> list[MemberRow]: ...


@query
async def list_members_by_type(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_type_id: str,
    role: str | None,
    after_key: str,
    before_key: str | None,
    page_size: int,
) -> list[MemberRow]: ...


@query
async def read_list_key(tx: ReadTransaction, *, workspace_id: str) -> str: ...


@query
async def has_another_owner(tx: ReadTransaction, *, workspace_id: str, member_id: str) -> bool: ...


@queued
def update_member(
    tx: WriteTransaction, *, workspace_id: str, member_id: str, role: str, is_guest: bool, now: datetime
) -> None: ...


@queued
def set_member_type(
    tx: WriteTransaction, *, workspace_id: str, member_id: str, user_type_id: str | None, now: datetime
) -> None: ...


@queued
def delete_member(tx: WriteTransaction, *, workspace_id: str, member_id: str) -> None: ...


@query
async def has_role_anywhere(tx: ReadTransaction, *, user_id: str, minimum_rank: int) -> bool: ...
