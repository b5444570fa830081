"""The audit log of a workspace: written in the transaction of what it tells, and read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from app.core.caller import Caller, Origin, Tools
from app.core.errors import BusinessRule
from app.core.permissions import Role
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import audit as log
from app.db.handles.changes import insert_event
from app.db.paging import Page
from app.services.access import Denial, enter
from app.services.audit_chain import genesis, seal
from app.services.changes import minimum_rank

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


def scope_of(workspace_id: str) -> str:
    return f"workspace:{workspace_id}"


async def begin_chain(tx: WriteTransaction, workspace_id: str) -> None:
    """A new workspace's head, in the transaction that makes the workspace."""
    log.insert_head(tx, workspace_id=workspace_id, audit_hash=genesis(scope_of(workspace_id)))


async def record(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    action: str,
    target_type: str,
    target_id: str,
    details: Mapping[str, Any] | None = None,
    outcome: str = "SUCCESS",
    is_change: bool = True,
) -> None:
    """Appends an entry, and the event that tells of a change to those who follow the workspace. It takes the
    workspace's head, the last lock in the order, so call it last."""
    await _append(
        tx,
        tools,
        caller.origin,
        workspace_id,
        is_change=is_change,
        action=action,
        actor_id=caller.user_id,
        target_type=target_type,
        target_id=target_id,
        outcome=outcome,
        details=details,
        auth_method=caller.identity.issuer_name,
        credential_id=caller.jti,
    )


async def record_by_service(
    tx: WriteTransaction,
    tools: Tools,
    *,
    service: str,
    workspace_id: str,
    action: str,
    target_type: str,
    target_id: str,
    details: Mapping[str, Any] | None = None,
) -> None:
    """As ``record``, for what the service does by itself: no person, no request."""
    await _append(
        tx,
        tools,
        Origin(tools.new_id(), None),
        workspace_id,
        is_change=True,
        action=action,
        actor_id=f"service:{service}",
        target_type=target_type,
        target_id=target_id,
        outcome="SUCCESS",
        details=details,
        auth_method="service",
        credential_id=None,
    )


async def _append(
    tx: WriteTransaction, tools: Tools, origin: Origin, workspace_id: str, *, is_change: bool, **told: Any
) -> None:
    log.take_seqs(tx, workspace_id=workspace_id, events=int(is_change))
    head = await log.read_taken_seqs(tx, workspace_id=workspace_id)
    entry = seal(scope_of(workspace_id), origin, tools, seq=head.audit_seq, prev_hash=head.audit_hash, **told)
    log.insert_audit(tx, workspace_id=workspace_id, **entry)
    log.set_audit_head(tx, workspace_id=workspace_id, entry_hash=entry["entry_hash"])
    if is_change:
        insert_event(
            tx,
            workspace_id=workspace_id,
            seq=head.event_seq,
            type=entry["action"],
            actor_id=entry["actor_id"],
            object_type=entry["target_type"],
            object_id=entry["target_id"],
            minimum_rank=minimum_rank(entry["action"]),
            now=entry["timestamp"],
        )


async def record_denial(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    denial: Denial,
    repeats: Mapping[str, Any] | None = None,
) -> None:
    """``repeats`` tells of several (``audit_denials``); without it, it was one."""
    await record(
        tx,
        caller,
        tools,
        workspace_id=denial.workspace_id,
        action="access.denied",
        target_type="workspace",
        target_id=denial.workspace_id,
        details={
            "operation": denial.operation,
            "required": denial.required,
            "role": denial.role,
            **(repeats or {}),
        },
        outcome="DENIED",
        is_change=False,
    )


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
