"""Handles of sql/queries/links.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.paging import Page
from app.db.queries import Json, Row, Uuid, query, queued


class LinkRow(Row):
    id: Uuid
    workspace_id: Uuid
    provider: str
    external_id: str
    display_name: str | None
    config: Json | None
    url: str | None
    status: str
    failures: int
    last_checked_at: datetime | None
    last_ok_at: datetime | None
    last_reason: str | None
    linked_at: datetime
    linked_by: str
    updated_at: datetime
    version: int


class LinkHealthRow(Row):
    status: str
    checks: int
    failures: int


class DueLinkRow(Row):
    workspace_id: Uuid
    link_id: Uuid
    provider: str
    external_id: str
    linked_tid: str | None
    linked_as_guest: bool
    linked_role: str
    is_held: bool


class LinkCheckRow(Row):
    seq: int
    checked_at: datetime
    status: str
    reason: str | None


@queued
def insert_link(
    tx: WriteTransaction,
    *,
    link_id: str,
    workspace_id: str,
    provider: str,
    external_id: str,
    display_name: str | None,
    config: str | None,
    linked_by: str,
    linked_tid: str,
    linked_as_guest: bool,
    linked_role: str,
    external_url: str | None,
    list_key: str,
    status: str,
    ok_at: datetime | None,
    now: datetime,
) -> None: ...


@query
async def get_link(tx: ReadTransaction, *, workspace_id: str, link_id: str) -> LinkRow | None: ...


@query
async def list_links(
    tx: ReadTransaction, *, workspace_id: str, provider: str | None, after_key: str, page_size: int
) -> Page[LinkRow]: ...


@queued
def update_link(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    link_id: str,
    display_name: str | None,
    config: str | None,
    list_key: str,
    now: datetime,
) -> None: ...


@queued
def delete_link(tx: WriteTransaction, *, workspace_id: str, link_id: str, now: datetime) -> None: ...


@queued
def lock_link(tx: WriteTransaction, *, workspace_id: str, link_id: str) -> None: ...


@query
async def read_link_health(
    tx: ReadTransaction, *, workspace_id: str, link_id: str
) -> LinkHealthRow | None: ...


@queued
def hasten_links(tx: WriteTransaction, *, now: datetime, latest: datetime, page_size: int) -> None: ...


@query
async def claim_due_links(tx: WriteTransaction, *, now: datetime, page_size: int) -> list[DueLinkRow]: ...


@query
async def take_due_link(
    tx: WriteTransaction, *, workspace_id: str, link_id: str, now: datetime, check_after: datetime
) -> int: ...


@queued
def set_link_health(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    link_id: str,
    status: str,
    checks: int,
    failures: int,
    reason: str | None,
    ok_at: datetime | None,
    now: datetime,
) -> None: ...


@queued
def insert_link_check(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    link_id: str,
    seq: int,
    status: str,
    reason: str | None,
    now: datetime,
) -> None: ...


@queued
def delete_old_link_checks(
    tx: WriteTransaction, *, workspace_id: str, link_id: str, last_seq: int
) -> None: ...


@query
async def list_link_checks(
    tx: ReadTransaction, *, workspace_id: str, link_id: str, before_seq: int, page_size: int
) -> list[LinkCheckRow]: ...
