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
