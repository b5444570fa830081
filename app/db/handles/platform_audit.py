"""Handles of sql/queries/platform_audit.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, query, queued


class PlatformHeadRow(Row):
    audit_seq: int
    audit_hash: str


@queued
def insert_platform_head(
    tx: WriteTransaction, *, scope_type: str, scope_id: str, audit_hash: str
) -> None: ...


@queued
def take_platform_seq(tx: WriteTransaction, *, scope_type: str, scope_id: str) -> None: ...


@query
async def read_platform_head(
    tx: ReadTransaction, *, scope_type: str, scope_id: str
) -> PlatformHeadRow | None: ...


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
