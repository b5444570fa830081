"""Handles of sql/queries/accounts.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class SessionRow(Row):
    account_status: str
    session_version: int
    is_revoked: bool
    is_platform_admin: bool
    display_name: str | None


class AccountRow(Row):
    id: str
    tid: str
    email: str | None
    display_name: str | None
    directory_name: str | None
    status: str
    session_version: int
    created_at: datetime
    verified_at: datetime | None
    expected_by: str | None
    last_seen_at: datetime | None


class ActiveOrganizationRow(Row):
    id: Uuid
    name: str
    role: str


class RoleRow(Row):
    id: Uuid
    name: str
    role: str


@query
async def list_roles(
    tx: ReadTransaction, *, user_id: str, org_id: str | None, page_size: int
) -> list[RoleRow]: ...


@queued
def set_default_org(tx: WriteTransaction, *, user_id: str, org_id: str | None, now: datetime) -> None: ...


@query
async def read_active_organization(tx: ReadTransaction, *, user_id: str) -> ActiveOrganizationRow | None: ...


@query
async def read_session(tx: ReadTransaction, *, user_id: str, jti: str | None) -> SessionRow | None: ...


@query
async def get_account(tx: ReadTransaction, *, user_id: str) -> AccountRow | None: ...


@query
async def find_account(tx: ReadTransaction, *, account_id: str) -> AccountRow | None: ...


@queued
def lock_account(tx: WriteTransaction, *, account_id: str) -> None: ...


@queued
def insert_account(
    tx: WriteTransaction,
    *,
    account_id: str,
    tid: str,
    email: str | None,
    display_name: str | None,
    now: datetime,
) -> None: ...


@queued
def expect_account(
    tx: WriteTransaction,
    *,
    account_id: str,
    tid: str,
    display_name: str | None,
    expected_by: str,
    now: datetime,
) -> None: ...


@query
async def claim_account(
    tx: WriteTransaction,
    *,
    user_id: str,
    tid: str,
    email: str | None,
    display_name: str | None,
    now: datetime,
) -> int: ...


@queued
def rename_memberships(
    tx: WriteTransaction, *, user_id: str, display_name: str | None, member_key: str, now: datetime
) -> None: ...


@queued
def rename_org_memberships(
    tx: WriteTransaction, *, user_id: str, display_name: str | None, member_key: str, now: datetime
) -> None: ...


@queued
def update_account(
    tx: WriteTransaction, *, user_id: str, email: str | None, directory_name: str | None, now: datetime
) -> None: ...


@queued
def index_account(tx: WriteTransaction, *, account_id: str, list_key: str, email_key: str | None) -> None: ...


@queued
def mark_seen(
    tx: WriteTransaction, *, user_id: str, before: datetime, after: datetime, now: datetime
) -> None: ...


@queued
def bump_session_version(tx: WriteTransaction, *, user_id: str, now: datetime) -> None: ...


@queued
def insert_revocation(
    tx: WriteTransaction, *, jti: str, user_id: str, expires_at: datetime, now: datetime
) -> None: ...
