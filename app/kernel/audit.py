"""The audit log of a workspace: written in the transaction of what it tells, as is the event that tells those
who follow the workspace of a change."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import json

from app.core.caller import Caller, Origin, Tools
from app.db.connection import WriteTransaction
from app.db.handles import audit as log
from app.db.handles.changes import insert_event, insert_events
from app.kernel.access import Denial
from app.kernel.audit_chain import genesis, seal
from app.kernel.events import Event, Work, minimum_rank
from app.kernel.platform_audit import (
    PLATFORM_ID,
    record_for_account,
    record_for_organization,
    record_for_platform,
)


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
    work: Work | None = None,
    data: Mapping[str, Any] | None = None,
    also: Sequence[Event] = (),
) -> None:
    """Appends an entry, and the event that tells of a change to those who follow the workspace, or of
    ``work`` to those who may see it; after it those of ``also``. ``data``: what the event carries, where it
    is of no work. It takes the workspace's head, the last lock in the order, so call it last."""
    await _append(
        tx,
        tools,
        caller.origin,
        workspace_id,
        is_change=is_change,
        work=work,
        data=data,
        also=also,
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
    data: Mapping[str, Any] | None = None,
) -> None:
    """As ``record``, for what the service does by itself: no person, no request."""
    await _append(
        tx,
        tools,
        Origin(tools.new_id(), None),
        workspace_id,
        is_change=True,
        data=data,
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
    tx: WriteTransaction,
    tools: Tools,
    origin: Origin,
    workspace_id: str,
    *,
    is_change: bool,
    work: Work | None = None,
    data: Mapping[str, Any] | None = None,
    also: Sequence[Event] = (),
    **told: Any,
) -> None:
    log.take_seqs(tx, workspace_id=workspace_id, events=int(is_change) + len(also))
    head = await log.read_taken_seqs(tx, workspace_id=workspace_id)
    if is_change or also:
        tx.news = (*tx.news, workspace_id)
    entry = seal(scope_of(workspace_id), origin, tools, seq=head.audit_seq, prev_hash=head.audit_hash, **told)
    log.insert_audit(tx, workspace_id=workspace_id, **entry)
    log.set_audit_head(tx, workspace_id=workspace_id, entry_hash=entry["entry_hash"])
    told_by: dict[str, Any] = {
        "workspace_id": workspace_id,
        "actor_id": entry["actor_id"],
        "now": entry["timestamp"],
    }
    first = head.event_seq - len(also)
    if is_change:
        own = {"type": entry["action"], "object_type": entry["target_type"], "object_id": entry["target_id"]}
        insert_event(tx, seq=first, **_facts(Event(**own, work=work, data=data)), **told_by)
    if also:
        rows = [{"seq": seq, **_facts(event)} for seq, event in enumerate(also, first + 1)]
        insert_events(tx, events=json.encode(rows).decode(), **told_by)


def _facts(event: Event) -> dict[str, Any]:
    work = event.work
    data = event.data if work is None else work.data
    return {
        "type": event.type,
        "object_type": event.object_type,
        "object_id": event.object_id,
        "minimum_rank": minimum_rank(event.type),
        "project_id": work.project_id if work else None,
        "task_type_id": work.task_type_id if work else None,
        "state": work.state if work else None,
        "state_before": work.state_before if work else None,
        "data": json.encode(data).decode() if data else None,
    }


async def record_denial(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    denial: Denial,
    repeats: Mapping[str, Any] | None = None,
) -> None:
    """``repeats`` tells of several (``audit_denials``); without it, it was one."""
    details = {
        "operation": denial.operation,
        "required": denial.required,
        "role": denial.role,
        **(repeats or {}),
    }
    if denial.scope == "org":
        await record_for_organization(
            tx,
            caller,
            tools,
            org_id=denial.scope_id,
            action="access.denied",
            details=details,
            outcome="DENIED",
        )
        return
    if denial.scope == "user":
        await record_for_account(
            tx,
            caller,
            tools,
            user_id=denial.scope_id,
            action="access.denied",
            details=details,
            outcome="DENIED",
        )
        return
    if denial.scope == "platform":
        await record_for_platform(
            tx,
            caller,
            tools,
            action="access.denied",
            target_type="platform",
            target_id=PLATFORM_ID,
            details=details,
            outcome="DENIED",
        )
        return
    await record(
        tx,
        caller,
        tools,
        workspace_id=denial.scope_id,
        action="access.denied",
        target_type="workspace",
        target_id=denial.scope_id,
        details=details,
        outcome="DENIED",
        is_change=False,
    )
