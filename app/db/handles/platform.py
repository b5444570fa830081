"""Handles of sql/queries/platform.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction
from app.db.queries import Row, Uuid, query


class PlatformOrganizationRow(Row):
    id: Uuid
    name: str
    slug: str | None
    status: str
    held_by: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


class PlatformWorkspaceRow(Row):
    id: Uuid
    name: str
    org_id: Uuid | None
    status: str
    held_by: str | None
    archived_by: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    version: int


@query
async def list_every_organization(
    tx: ReadTransaction, *, after_key: str, before_key: str | None, page_size: int
) -> list[PlatformOrganizationRow]: ...


@query
async def list_organizations_by_status(
    tx: ReadTransaction, *, status: str, after_key: str, before_key: str | None, page_size: int
) -> list[PlatformOrganizationRow]: ...


@query
async def list_organizations_by_id(
    tx: ReadTransaction,
    *,
    org_id: str,
    slug: str | None,
    status: str | None,
    after_key: str,
    before_key: str | None,
    page_size: int,
) -> list[PlatformOrganizationRow]: ...


@query
async def list_organizations_by_slug(
    tx: ReadTransaction,
    *,
    slug: str,
    status: str | None,
    after_key: str,
    before_key: str | None,
    page_size: int,
) -> list[PlatformOrganizationRow]: ...


@query
async def get_any_organization(tx: ReadTransaction, *, org_id: str) -> PlatformOrganizationRow | None: ...


@query
async def get_any_workspace(tx: ReadTransaction, *, workspace_id: str) -> PlatformWorkspaceRow | None: ...


@query
async def list_every_workspace(
    tx: ReadTransaction, *, is_active: bool, after_key: str, before_key: str | None, page_size: int
) -> list[PlatformWorkspaceRow]: ...


@query
async def list_workspaces_by_status(
    tx: ReadTransaction,
    *,
    is_active: bool,
    status: str,
    after_key: str,
    before_key: str | None,
    page_size: int,
) -> list[PlatformWorkspaceRow]: ...


@query
async def list_workspaces_of_organization(
    tx: ReadTransaction,
    *,
    is_active: bool,
    org_id: str,
    status: str | None,
    after_key: str,
    before_key: str | None,
    page_size: int,
) -> list[PlatformWorkspaceRow]: ...


@query
async def list_workspaces_by_id(
    tx: ReadTransaction,
    *,
    is_active: bool,
    listed_id: str,
    org_id: str | None,
    status: str | None,
    after_key: str,
    before_key: str | None,
    page_size: int,
) -> list[PlatformWorkspaceRow]: ...


class PlatformUserRow(Row):
    id: str
    tid: str
    display_name: str | None
    email: str | None
    status: str
    held_by: str | None
    is_platform_admin: bool
    is_expected: bool
    last_seen_at: datetime | None
    created_at: datetime
    version: int
    list_key: str
    """Its place as it is stored: of accounts that are older, SQL has folded the names as far as it can."""


@query
async def list_every_user(
    tx: ReadTransaction, *, after_key: str, before_key: str | None, page_size: int
) -> list[PlatformUserRow]: ...


@query
async def list_users_by_status(
    tx: ReadTransaction, *, status: str, after_key: str, before_key: str | None, page_size: int
) -> list[PlatformUserRow]: ...


@query
async def list_users_by_id(
    tx: ReadTransaction,
    *,
    account_id: str,
    status: str | None,
    email_key: str | None,
    after_key: str,
    before_key: str | None,
    page_size: int,
) -> list[PlatformUserRow]: ...


@query
async def list_users_by_email(
    tx: ReadTransaction,
    *,
    email_key: str,
    status: str | None,
    after_key: str,
    before_key: str | None,
    page_size: int,
) -> list[PlatformUserRow]: ...
