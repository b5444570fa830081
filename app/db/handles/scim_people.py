"""Handles of sql/queries/scim_people.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.paging import Page
from app.db.queries import Row, Uuid, query, queued
from app.db.statements import LongText


class ScimLinkRow(Row):
    id: Uuid
    org_id: Uuid
    connection_id: Uuid
    tid: str
    is_active: bool
    user_name: str
    attributes: LongText


class OwnedInRow(Row):
    place_id: Uuid
    member_id: Uuid
    list_key: str


@queued
def expect_scim_account(
    tx: WriteTransaction,
    *,
    account_id: str,
    tid: str,
    display_name: str | None,
    expected_by: str,
    now: datetime,
) -> None: ...


@query
async def is_stopped(tx: ReadTransaction, *, org_id: str, account_id: str) -> bool: ...


@query
async def is_in_work(tx: ReadTransaction, *, org_id: str) -> bool: ...


@query
async def insert_stop(
    tx: WriteTransaction, *, org_id: str, account_id: str, tid: str, now: datetime
) -> int: ...


@query
async def delete_stop(tx: WriteTransaction, *, org_id: str, account_id: str, tid: str) -> int: ...


@query
async def delete_directory_member(tx: WriteTransaction, *, org_id: str, account_id: str) -> int: ...


@query
async def revoke_invitations_by(
    tx: WriteTransaction, *, org_id: str, account_id: str, ended_by: str, now: datetime
) -> int: ...


@query
async def revoke_invitations_to(
    tx: WriteTransaction, *, org_id: str, email_keys: str, ended_by: str, now: datetime
) -> int: ...


@query
async def list_links_of_account(
    tx: ReadTransaction, *, account_id: str, page_size: int
) -> Page[ScimLinkRow]: ...


@queued
def unlink_scim_user(tx: WriteTransaction, *, org_id: str, scim_user_id: str, now: datetime) -> None: ...


@query
async def list_owned_in_organization(
    tx: ReadTransaction, *, org_id: str, account_id: str, after_key: str, page_size: int
) -> list[OwnedInRow]: ...
