"""Handles of sql/queries/org_members.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class OrgMemberRow(Row):
    id: Uuid
    org_id: Uuid
    user_id: str
    display_name: str | None
    role: str
    source: str
    added_at: datetime
    added_by: str
    updated_at: datetime
    version: int


@queued
def insert_org_member(
    tx: WriteTransaction,
    *,
    member_id: str,
    org_id: str,
    user_id: str,
    display_name: str | None,
    role: str,
    source: str,
    added_by: str,
    now: datetime,
    list_key: str,
    member_key: str,
) -> None: ...


@query
async def get_org_member(tx: ReadTransaction, *, org_id: str, member_user_id: str) -> OrgMemberRow | None: ...


@query
async def get_org_owner(tx: ReadTransaction, *, org_id: str) -> OrgMemberRow | None: ...


@query
async def list_org_members(
    tx: ReadTransaction, *, org_id: str, after_key: str, before_key: str | None, page_size: int
) -> list[OrgMemberRow]: ...


@query
async def list_org_members_by_role(
    tx: ReadTransaction, *, org_id: str, role: str, after_key: str, before_key: str | None, page_size: int
) -> list[OrgMemberRow]: ...


@query
async def read_org_list_key(tx: ReadTransaction, *, org_id: str) -> str: ...


@queued
def set_org_role(
    tx: WriteTransaction, *, org_id: str, member_user_id: str, role: str, now: datetime
) -> None: ...


@queued
def delete_org_member(tx: WriteTransaction, *, org_id: str, member_user_id: str) -> None: ...
