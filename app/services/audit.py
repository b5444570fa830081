"""The audit log of a workspace, as its ADMINs read it."""

from datetime import datetime
from typing import Any

import msgspec

from app.core.caller import Caller
from app.core.errors import BusinessRule
from app.db.connection import ReadTransaction
from app.db.handles import audit as log
from app.db.paging import Asked, Found, Page
from app.kernel.access import enter

_LAST = 2**62


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
    asked: Asked[int],
    *,
    workspace_id: str,
    filters: AuditFilter,
) -> Found[int]:
    """The newest first; a place of 0 is before them all."""
    await enter(tx, caller, workspace_id=workspace_id, operation="audit.read")
    if filters.target_id is not None and filters.target_type is None:
        raise BusinessRule("target_id goes with target_type.")
    rows = await _query(tx, workspace_id, filters, asked.place or _LAST, asked.page_size)
    return asked.found(rows, lambda row: row.seq)


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
