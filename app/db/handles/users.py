"""Handles of sql/queries/users.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, query, queued


class UserRow(Row):
    id: str
    display_name: str | None
    name: str | None
    bio: str | None
    has_avatar: bool
    email: str | None
    status: str
    held_by: str | None
    is_expected: bool
    created_at: datetime
    updated_at: datetime
    version: int


@query
async def find_user(
    tx: ReadTransaction, *, user_id: str, account_id: str, sees_all: bool
) -> UserRow | None: ...


@query
async def list_users_of_workspace(
    tx: ReadTransaction,
    *,
    user_id: str,
    workspace_id: str,
    after_key: str,
    before_key: str | None,
    page_size: int,
) -> list[UserRow]: ...


@query
async def list_users_of_organization(
    tx: ReadTransaction,
    *,
    user_id: str,
    org_id: str,
    after_key: str,
    before_key: str | None,
    page_size: int,
) -> list[UserRow]: ...


@query
async def set_profile(
    tx: WriteTransaction, *, user_id: str, name: str | None, bio: str | None, now: datetime
) -> int: ...


@queued
def insert_profile(
    tx: WriteTransaction, *, user_id: str, name: str | None, bio: str | None, now: datetime
) -> None: ...


@queued
def show_name(tx: WriteTransaction, *, user_id: str, name: str | None, now: datetime) -> None: ...
