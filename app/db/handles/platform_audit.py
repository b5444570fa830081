"""Handles of sql/queries/platform_audit.sql."""

from datetime import datetime

from app.db.connection import WriteTransaction
from app.db.queries import Row, query


class PlatformHeadRow(Row):
    audit_seq: int
    audit_hash: str


@query
async def insert_platform_head(
    tx: WriteTransaction, *, scope_type: str, scope_id: str, audit_hash: str
) -> int: ...


@query
async def take_platform_seq(
    tx: WriteTransaction, *, scope_type: str, scope_id: str
) -> PlatformHeadRow | None: ...


@query
async def set_platform_head(
    tx: WriteTransaction, *, scope_type: str, scope_id: str, entry_hash: str
) -> int: ...


@query
async def insert_platform_audit(
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
) -> int: ...
