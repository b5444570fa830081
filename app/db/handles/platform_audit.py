"""Handles of sql/queries/platform_audit.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles.audit import AuditRow, ChainHeadRow, ChainRow
from app.db.paging import Page
from app.db.queries import query, queued


@queued
def insert_platform_head(
    tx: WriteTransaction, *, scope_type: str, scope_id: str, audit_hash: str
) -> None: ...


@queued
def take_platform_seq(tx: WriteTransaction, *, scope_type: str, scope_id: str) -> None: ...


@query
async def read_platform_head(
    tx: ReadTransaction, *, scope_type: str, scope_id: str
) -> ChainHeadRow | None: ...


@queued
def set_platform_head(tx: WriteTransaction, *, scope_type: str, scope_id: str, entry_hash: str) -> None: ...


@queued
def insert_platform_audit(
    tx: WriteTransaction,
    *,
    entry_id: str,
    scope_type: str,
    scope_id: str,
    action: str,
    actor_id: str,
    details: str | None,
    timestamp: datetime,
    seq: int,
    prev_hash: str,
    entry_hash: str,
    details_salt: str,
    details_hash: str,
    target_type: str,
    target_id: str,
    outcome: str,
    request_id: str,
    ip: str | None,
    auth_method: str,
    credential_id: str | None,
) -> None: ...


@query
async def read_platform_chain(
    tx: ReadTransaction, *, scope_type: str, scope_id: str, after_seq: int, page_size: int
) -> Page[ChainRow]: ...


@query
async def list_platform_audit(
    tx: ReadTransaction,
    *,
    scope_type: str,
    scope_id: str,
    since: datetime | None,
    until: datetime | None,
    before_seq: int,
    page_size: int,
) -> Page[AuditRow]: ...


@query
async def list_platform_audit_by_actor(
    tx: ReadTransaction,
    *,
    scope_type: str,
    scope_id: str,
    actor_id: str,
    action: str | None,
    since: datetime | None,
    until: datetime | None,
    before_seq: int,
    page_size: int,
) -> Page[AuditRow]: ...


@query
async def list_platform_audit_by_action(
    tx: ReadTransaction,
    *,
    scope_type: str,
    scope_id: str,
    action: str,
    since: datetime | None,
    until: datetime | None,
    before_seq: int,
    page_size: int,
) -> Page[AuditRow]: ...
