"""Handles of sql/queries/scim_users.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.paging import Page
from app.db.queries import Row, Uuid, query, queued
from app.db.statements import LongText


class ScimUserRow(Row):
    id: Uuid
    account_id: str | None
    external_id: str | None
    user_name: str
    is_active: bool
    attributes: LongText
    created_at: datetime
    updated_at: datetime
    version: int


class ScimUserGroupRow(Row):
    scim_user_id: Uuid
    id: Uuid
    display_name: str


class ScimUserPlaceRow(Row):
    id: Uuid | None


@queued
def insert_scim_user(
    tx: WriteTransaction,
    *,
    scim_user_id: str,
    org_id: str,
    connection_id: str,
    account_id: str | None,
    external_id: str | None,
    user_name: str,
    user_name_key: str,
    is_active: bool,
    attributes: str,
    now: datetime,
) -> None: ...


@queued
def update_scim_user(
    tx: WriteTransaction,
    *,
    scim_user_id: str,
    org_id: str,
    connection_id: str,
    account_id: str | None,
    external_id: str | None,
    user_name: str,
    user_name_key: str,
    is_active: bool,
    attributes: str,
    now: datetime,
) -> None: ...


@queued
def delete_scim_user_members(tx: WriteTransaction, *, org_id: str, scim_user_id: str) -> None: ...


@queued
def delete_scim_user_emails(tx: WriteTransaction, *, org_id: str, scim_user_id: str) -> None: ...


@queued
def insert_scim_user_emails(
    tx: WriteTransaction, *, org_id: str, connection_id: str, scim_user_id: str, email_keys: str
) -> None: ...


@queued
def delete_scim_user(tx: WriteTransaction, *, org_id: str, scim_user_id: str) -> None: ...


@query
async def find_scim_user(
    tx: ReadTransaction, *, org_id: str, connection_id: str, scim_user_id: str
) -> ScimUserRow | None: ...


@query
async def find_scim_user_by_name(
    tx: ReadTransaction, *, org_id: str, connection_id: str, user_name_key: str
) -> ScimUserRow | None: ...


@query
async def find_scim_user_by_external_id(
    tx: ReadTransaction, *, org_id: str, connection_id: str, external_id: str
) -> ScimUserRow | None: ...


@query
async def find_scim_user_of_account(
    tx: ReadTransaction, *, org_id: str, connection_id: str, account_id: str
) -> ScimUserRow | None: ...


@query
async def list_scim_users_by_email(
    tx: ReadTransaction, *, org_id: str, connection_id: str, email_key: str, page_size: int
) -> Page[ScimUserRow]: ...


@query
async def count_scim_users(tx: ReadTransaction, *, org_id: str, connection_id: str) -> int: ...


@query
async def count_scim_users_by_active(
    tx: ReadTransaction, *, org_id: str, connection_id: str, is_active: bool
) -> int: ...


@query
async def list_scim_users(
    tx: ReadTransaction, *, org_id: str, connection_id: str, after_id: str, page_size: int
) -> Page[ScimUserRow]: ...


@query
async def list_scim_users_by_active(
    tx: ReadTransaction, *, org_id: str, connection_id: str, is_active: bool, after_id: str, page_size: int
) -> Page[ScimUserRow]: ...


@query
async def list_scim_groups_of_users(
    tx: ReadTransaction, *, org_id: str, ids: str, page_size: int
) -> list[ScimUserGroupRow]: ...


@query
async def find_scim_user_place(
    tx: ReadTransaction, *, org_id: str, connection_id: str, skip: int
) -> ScimUserPlaceRow: ...


@query
async def find_scim_user_place_by_active(
    tx: ReadTransaction, *, org_id: str, connection_id: str, is_active: bool, skip: int
) -> ScimUserPlaceRow: ...
