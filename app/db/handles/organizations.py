"""Handles of sql/queries/organizations.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class OrgAccessRow(Row):
    account_status: str
    session_version: int
    is_revoked: bool
    name: str | None
    slug: str | None
    status: str | None
    held_by: str | None
    created_by: str | None
    created_at: datetime | None
    updated_at: datetime | None
    version: int | None
    max_requests_per_minute: int | None
    role: str | None


class OrganizationRow(Row):
    id: Uuid
    name: str
    slug: str | None
    status: str
    held_by: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int
    role: str


class StatusEventRow(Row):
    seq: int
    from_status: str
    to_status: str
    reason: str | None
    actor_id: str
    at: datetime


@query
async def read_org_access(
    tx: ReadTransaction, *, user_id: str, jti: str | None, org_id: str
) -> OrgAccessRow | None: ...


@queued
def lock_organization(tx: WriteTransaction, *, org_id: str) -> None: ...


@queued
def insert_organization(
    tx: WriteTransaction,
    *,
    org_id: str,
    name: str,
    slug: str | None,
    created_by: str,
    now: datetime,
    list_key: str,
) -> None: ...


@query
async def list_organizations(
    tx: ReadTransaction, *, user_id: str, archived: bool, after_key: str, page_size: int
) -> list[OrganizationRow]: ...


@queued
def update_organization(
    tx: WriteTransaction, *, org_id: str, name: str, slug: str | None, list_key: str, now: datetime
) -> None: ...


@queued
def update_org_list_keys(tx: WriteTransaction, *, org_id: str, list_key: str) -> None: ...


@queued
def set_org_status(
    tx: WriteTransaction, *, org_id: str, status: str, held_by: str | None, now: datetime
) -> None: ...


@queued
def insert_org_status_event(
    tx: WriteTransaction,
    *,
    org_id: str,
    seq: int,
    from_status: str,
    to_status: str,
    reason: str | None,
    actor_id: str,
    now: datetime,
) -> None: ...


@query
async def list_org_status_events(
    tx: ReadTransaction, *, org_id: str, before_seq: int, page_size: int
) -> list[StatusEventRow]: ...
