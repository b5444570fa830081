"""The audit log of a workspace, as its ADMINs read it."""

from datetime import datetime
from typing import Any

import msgspec

from app.core.caller import Caller
from app.core.errors import BusinessRule
from app.core.permissions import Role
from app.db.connection import ReadTransaction
from app.db.handles import audit as log
from app.db.paging import Page
from app.kernel.access import enter

_LAST = 2**62


class AuditEntry(msgspec.Struct, frozen=True):
    id: str
    seq: int
    timestamp: datetime
    action: str
    actor_id: str
    target_type: str
    target_id: str
    outcome: str
    details: msgspec.Raw | None
    request_id: str
    ip: str | None
    auth_method: str
    redacted: bool
    prev_hash: str
    entry_hash: str


class AuditFilter(msgspec.Struct, frozen=True):
    actor_id: str | None = None
    action: str | None = None
    target_type: str | None = None
    target_id: str | None = None
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def list_entries(
    tx: ReadTransaction,
    caller: Caller,
    *,
    workspace_id: str,
    filters: AuditFilter,
    before_seq: int,
    limit: int,
) -> tuple[list[AuditEntry], int | None]:
    """Newest first, before ``before_seq`` unless it is 0. Answers the entries and, when there are more,
    the place to go on from."""
    await enter(tx, caller, workspace_id=workspace_id, operation="audit.read", minimum=Role.ADMIN)
    if filters.target_id is not None and filters.target_type is None:
        raise BusinessRule("target_id goes with target_type.")
    found = await _query(tx, workspace_id, filters, before_seq or _LAST, limit + 1)
    rows, has_more = found.first(limit)
    return [_entry(row) for row in rows], rows[-1].seq if has_more else None


async def _query(
    tx: ReadTransaction, workspace_id: str, filters: AuditFilter, before_seq: int, page_size: int
) -> Page[log.AuditRow]:
    common: dict[str, Any] = {
        "workspace_id": workspace_id,
        "since": filters.since,
        "until": filters.until,
        "outcome": filters.outcome,
        "before_seq": before_seq,
        "page_size": page_size,
    }
    if filters.actor_id is not None:
        return await log.list_audit_by_actor(
            tx,
            actor_id=filters.actor_id,
            action=filters.action,
            target_type=filters.target_type,
            target_id=filters.target_id,
            **common,
        )
    if filters.target_type is not None and filters.target_id is not None:
        return await log.list_audit_by_target(
            tx, target_type=filters.target_type, target_id=filters.target_id, action=filters.action, **common
        )
    if filters.action is not None:
        return await log.list_audit_by_action(
            tx, action=filters.action, target_type=filters.target_type, **common
        )
    if filters.target_type is not None:
        raise BusinessRule("target_type goes with target_id, action or actor_id.")
    return await log.list_audit(tx, **common)


def _entry(row: log.AuditRow) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        seq=row.seq,
        timestamp=row.timestamp,
        action=row.action,
        actor_id=row.actor_id,
        target_type=row.target_type,
        target_id=row.target_id,
        outcome=row.outcome,
        details=msgspec.Raw(row.details.encode()) if row.details is not None else None,
        request_id=row.request_id,
        ip=row.ip,
        auth_method=row.auth_method,
        redacted=row.redacted,
        prev_hash=row.prev_hash,
        entry_hash=row.entry_hash,
    )
