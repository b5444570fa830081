"""What is done about requests for approval: submitted, decided, taken back, passed on.

The object's row is locked before the request's, then everything that counts is read: what the object says
now, and who may decide. What was changed since it was submitted is void, whoever decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from app.core.approval_errors import (
    AlreadyDecided,
    ApprovalEnded,
    NothingToApprove,
    TooManyDelegations,
)
from app.core.approvals import Act, Case, Refusal, Seat, Stage, Stages, State, after
from app.core.caller import Caller, Tools
from app.core.errors import BusinessRule
from app.core.json_text import as_json
from app.core.policies import ObjectRole
from app.core.text import moment_key
from app.db.connection import WriteTransaction
from app.db.errors import UnexpectedResult
from app.db.handles import approval_delegations as delegations
from app.db.handles import approvals as db
from app.db.handles.approval_authors import insert_authors
from app.db.handles.approval_delegations import DelegationRow
from app.db.handles.approvals import RequestRow
from app.kernel.access import Access, enter
from app.kernel.approval_cases import Docket, docket, flows_of
from app.kernel.approvals import (
    Approvable,
    Approvables,
    Subject,
    end_request,
    facts,
    flow_in_force,
    record,
    told,
)
from app.kernel.events import Event
from app.services.approvals import Approval, find_request, may_override, may_withdraw, shown

MOST_DELEGATES = 20
"""Whom one person has decide for them, of one request, or for a while."""
_WHY: dict[Refusal, str] = {
    Refusal.AUTHOR: "Nobody decides about what they made.",
    Refusal.SUBMITTER: "Nobody decides about what they submitted.",
    Refusal.NO_MEMBER: "Who looks on decides nothing.",
    Refusal.AUTHORS_GROUP: "This stage asks you only as one of a type of people that the author is of.",
    Refusal.AUTHORS_GRANT: "This stage asks you only by a role on the object that the author gave you, or "
    "whoever submitted this.",
    Refusal.AUTHORS_DELEGATE: "You could decide only for the author, or for whoever submitted this.",
    Refusal.NOT_ASKED: "This stage does not ask you.",
}
_ENDS: dict[State, str] = {
    State.APPROVED: "approval.approved",
    State.REJECTED: "approval.rejected",
    State.CHANGES_REQUESTED: "approval.changes_requested",
}


class _Held(msgspec.Struct, frozen=True):
    """An object and a pending request about it, both locked."""

    access: Access
    approvable: Approvable
    subject: Subject
    request: RequestRow
    stages: Stages
    known: Docket

    @property
    def case(self) -> Case:
        return self.known.cases[self.request.id]

    @property
    def is_void(self) -> bool:
        return self.subject.content_hash != self.request.content_hash


async def submit(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    approvables: Approvables,
    *,
    workspace_id: str,
    object_type: str,
    object_id: str,
) -> Approval:
    """By the flow that is in force now. Raises what the object raises, ``NothingToApprove``, and
    ``ApprovalPending`` through UQ_ApprovalRequest_pending."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="approval.submit")
    approvable = approvables[object_type]
    subject = await approvable.hold(tx, caller, access, object_id)
    flow = await flow_in_force(tx, workspace_id, object_type)
    if not flow.stages:
        raise NothingToApprove
    first, now = flow.stages[0], tools.clock()
    request = RequestRow(
        id=tools.new_id(),
        workspace_id=workspace_id,
        object_type=object_type,
        object_id=object_id,
        object_version=subject.version,
        content_hash=subject.content_hash,
        title=subject.title,
        flow_version=0 if flow.is_default else flow.version,
        stage=0,
        stage_since=now,
        due_at=first.due_at(now),
        escalated_at=None,
        state=State.PENDING,
        author_id=subject.author_id,
        submitted_by=caller.user_id,
        created_at=now,
        ended_at=None,
        version=1,
    )
    db.insert_request(
        tx,
        request_id=request.id,
        workspace_id=workspace_id,
        object_type=object_type,
        object_id=object_id,
        object_version=request.object_version,
        content_hash=request.content_hash,
        title=request.title,
        flow_version=request.flow_version,
        due_at=request.due_at,
        author_id=request.author_id,
        submitted_by=request.submitted_by,
        now=now,
        list_key=moment_key(now, request.id),
    )
    insert_authors(
        tx, workspace_id=workspace_id, request_id=request.id, people=as_json(sorted(subject.authors))
    )
    ask(tx, request, first)
    await approvable.submitted(tx, caller, tools, subject)
    await _tell(tx, caller, tools, request, "approval.submitted", {"flow_version": request.flow_version})
    return shown(request, flow.stages)


def ask(tx: WriteTransaction, request: RequestRow, stage: Stage, *, is_escalated: bool = False) -> None:
    """From now on these are asked, and nobody else."""
    place = {"workspace_id": request.workspace_id, "request_id": request.id}
    db.delete_deciders(tx, **place)
    asked: dict[tuple[str, str], None] = {}
    for each in stage.asks(is_escalated=is_escalated):
        asked |= dict.fromkeys(("role", role) for role in each.roles)
        asked |= dict.fromkeys(("user_id", user_id) for user_id in each.user_ids)
        asked |= dict.fromkeys(("user_type_id", type_id) for type_id in each.user_type_ids)
        asked |= dict.fromkeys(("object_role", role) for role in each.object_roles)
    rows = [{"ordinal": ordinal, kind: value} for ordinal, (kind, value) in enumerate(asked)]
    db.insert_deciders(tx, deciders=as_json(rows), **place)


async def decide(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    approvables: Approvables,
    *,
    workspace_id: str,
    approval_id: str,
    act: Act,
    reason: str | None,
) -> Approval:
    """Approves, rejects, or asks for changes, by one's own right or that of whoever delegated theirs. What is
    void is answered as such: nothing was decided. Raises ``ApprovalNotFound``, ``ApprovalEnded``,
    ``AlreadyDecided``, ``AccessDenied``, and what the object raises."""
    held = await _hold(tx, caller, tools, approvables, workspace_id, approval_id, "approval.decide")
    if held.is_void:
        return await _void(tx, caller, tools, held)
    seat = _seat(held, caller)
    _insert_decision(tx, caller, tools, held.request, act, reason, on_behalf_of=seat.on_behalf_of)
    approvals = held.known.approvals(held.request) + (act is Act.APPROVE)
    details = {"reason": reason, "on_behalf_of": seat.on_behalf_of}
    moved = await _move(tx, tools, held, act, approvals)
    outcome = State(moved.state)
    if outcome is State.PENDING:
        action = "approval.endorsed" if moved.stage == held.request.stage else "approval.advanced"
    else:
        await held.approvable.decided(tx, caller, tools, held.subject, outcome)
        action = _ENDS[outcome]
    await _tell(tx, caller, tools, held.request, action, _only(details), data=_new_stage(moved, held))
    return shown(moved, held.stages)


async def override(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    approvables: Approvables,
    *,
    workspace_id: str,
    approval_id: str,
    reason: str | None,
) -> Approval:
    """The stage is passed, in place of all who would still have to approve there. Only with the object role
    OVERRIDE on the object, and a reason, which the audit log keeps. Raises as ``decide`` does, and
    ``BusinessRule`` without a reason."""
    held = await _hold(tx, caller, tools, approvables, workspace_id, approval_id, "approval.override")
    if reason is None:
        raise BusinessRule("Say in X-Override-Reason why you decide in place of those who are asked.")
    if not may_override(held.case, caller.user_id):
        raise held.access.deny(
            ObjectRole.OVERRIDE,
            "Somebody may who was given OVERRIDE on the object by one whose own it is not, and not for what "
            "is their own.",
        )
    if caller.user_id in held.case.done:
        raise AlreadyDecided
    if held.is_void:
        return await _void(tx, caller, tools, held)
    _insert_decision(tx, caller, tools, held.request, Act.OVERRIDE, reason, override_role=ObjectRole.OVERRIDE)
    moved = await _move(tx, tools, held, Act.OVERRIDE, held.known.approvals(held.request))
    also: list[Event] = []
    if moved.state == State.APPROVED:
        await held.approvable.decided(tx, caller, tools, held.subject, State.APPROVED)
        also = [
            Event(
                type="approval.approved",
                object_type="approval",
                object_id=moved.id,
                data=told(held.request),
            )
        ]
    details = {"override_reason": reason, "override_role": ObjectRole.OVERRIDE, "state": moved.state}
    await _tell(
        tx,
        caller,
        tools,
        held.request,
        "approval.overridden",
        details,
        data=_new_stage(moved, held),
        also=also,
    )
    return shown(moved, held.stages)


async def withdraw(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    approvables: Approvables,
    *,
    workspace_id: str,
    approval_id: str,
    reason: str | None,
) -> Approval:
    """By the author, or whoever submitted it. Raises ``ApprovalNotFound``, ``ApprovalEnded``,
    ``AccessDenied``, and what the object raises."""
    held = await _hold(tx, caller, tools, approvables, workspace_id, approval_id, "approval.withdraw")
    if not may_withdraw(held.case, caller.user_id):
        raise held.access.deny("author", "The author takes this back, or whoever submitted it.")
    ended = await end_request(tx, tools, held.request, State.WITHDRAWN)
    await held.approvable.decided(tx, caller, tools, held.subject, State.WITHDRAWN)
    await _tell(tx, caller, tools, held.request, "approval.withdrawn", _only({"reason": reason}))
    return shown(ended, held.stages)


async def delegate(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    approvables: Approvables,
    *,
    workspace_id: str,
    approval_id: str,
    user_id: str,
) -> DelegationRow:
    """Of this request: what the caller might decide, another may decide for them. It takes nothing from the
    caller, and counts once. Raises as ``decide`` does, ``TooManyDelegations``, and ``BusinessRule`` for
    somebody who may not decide about it."""
    held = await _hold(tx, caller, tools, approvables, workspace_id, approval_id, "approval.delegate")
    _seat(held, caller)
    await require_delegate(tx, caller, workspace_id, user_id)
    if user_id in held.case.excluded:
        raise BusinessRule("They made this, or submitted it, and do not decide about it.")
    own = [pair for pair in held.case.delegations if pair[0] == caller.user_id]
    if len(own) >= MOST_DELEGATES:
        raise TooManyDelegations(details={"max": MOST_DELEGATES})
    row = insert_delegation(tx, caller, tools, workspace_id, user_id, request_id=approval_id)
    details = {"to_user": user_id, "delegation_id": row.id}
    await _tell(tx, caller, tools, held.request, "approval.delegated", details, data={"to_user": user_id})
    return row


async def require_delegate(tx: WriteTransaction, caller: Caller, workspace_id: str, user_id: str) -> None:
    """Raises ``BusinessRule`` for oneself, and for who decides nothing."""
    if user_id == caller.user_id:
        raise BusinessRule("You decide for yourself already.")
    if not await db.list_people(tx, workspace_id=workspace_id, people=as_json([user_id])):
        raise BusinessRule("They are no member who decides: nobody here, a guest, or one who looks on.")


def insert_delegation(
    tx: WriteTransaction, caller: Caller, tools: Tools, workspace_id: str, user_id: str, *, request_id: str
) -> DelegationRow:
    now = tools.clock()
    row = DelegationRow(
        id=tools.new_id(),
        from_user=caller.user_id,
        to_user=user_id,
        request_id=request_id,
        starts_at=now,
        ends_at=None,
        created_at=now,
    )
    delegations.insert_delegation(
        tx,
        delegation_id=row.id,
        workspace_id=workspace_id,
        from_user=row.from_user,
        to_user=row.to_user,
        request_id=row.request_id,
        starts_at=now,
        ends_at=None,
        now=now,
    )
    return row


async def _hold(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    approvables: Approvables,
    workspace_id: str,
    approval_id: str,
    operation: str,
) -> _Held:
    """Who may decide is read after both rows are locked."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation=operation)
    seen = await find_request(tx, workspace_id, approval_id)
    approvable = approvables[seen.object_type]
    subject = await approvable.hold(tx, caller, access, seen.object_id)
    db.lock_request(tx, workspace_id=workspace_id, request_id=approval_id)
    request = await find_request(tx, workspace_id, approval_id)
    if request.state != State.PENDING:
        raise ApprovalEnded(details={"state": request.state})
    flows = await flows_of(tx, [request])
    known = await docket(
        tx,
        tools.clock(),
        workspace_id,
        [request],
        flows,
        [caller.user_id],
        authors_now=subject.authors,
    )
    return _Held(access, approvable, subject, request, flows[request.id], known)


def _seat(held: _Held, caller: Caller) -> Seat:
    """Raises ``AlreadyDecided`` and ``AccessDenied``."""
    seat = held.case.seat(caller.user_id)
    if isinstance(seat, Seat):
        return seat
    if seat is Refusal.DECIDED:
        raise AlreadyDecided
    raise held.access.deny(f"decider of {held.case.stage.key}", _WHY[seat])


def _insert_decision(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    request: RequestRow,
    act: Act,
    reason: str | None,
    *,
    on_behalf_of: str | None = None,
    override_role: str | None = None,
) -> None:
    db.insert_decision(
        tx,
        decision_id=tools.new_id(),
        workspace_id=request.workspace_id,
        request_id=request.id,
        stage=request.stage,
        actor_id=caller.user_id,
        on_behalf_of=on_behalf_of,
        counts_for=on_behalf_of or caller.user_id,
        decision=act,
        override_role=override_role,
        reason=reason,
        now=tools.clock(),
    )


async def _move(tx: WriteTransaction, tools: Tools, held: _Held, act: Act, approvals: int) -> RequestRow:
    """To where the decision takes it."""
    request, now = held.request, tools.clock()
    state, stage = after(held.stages, request.stage, act, approvals)
    if state is not State.PENDING:
        return await end_request(tx, tools, request, state)
    moved = msgspec.structs.replace(request, version=request.version + 1)
    if stage != request.stage:
        next_ = held.stages[stage]
        moved = msgspec.structs.replace(
            moved, stage=stage, stage_since=now, due_at=next_.due_at(now), escalated_at=None
        )
        ask(tx, moved, next_)
    if not await db.move_request(
        tx,
        workspace_id=request.workspace_id,
        request_id=request.id,
        stage=moved.stage,
        stage_since=moved.stage_since,
        due_at=moved.due_at,
        escalated_at=moved.escalated_at,
    ):
        raise UnexpectedResult("a request that is held has ended", query="move_request")
    return moved


async def _void(tx: WriteTransaction, caller: Caller, tools: Tools, held: _Held) -> Approval:
    ended = await end_request(tx, tools, held.request, State.VOIDED)
    await held.approvable.decided(tx, caller, tools, held.subject, State.VOIDED)
    await _tell(tx, caller, tools, held.request, "approval.voided", {"found": held.subject.content_hash})
    return shown(ended, held.stages)


async def _tell(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    request: RequestRow,
    action: str,
    details: Mapping[str, Any],
    *,
    data: Mapping[str, Any] | None = None,
    also: Sequence[Event] = (),
) -> None:
    await record(
        tx,
        caller,
        tools,
        workspace_id=request.workspace_id,
        action=action,
        target_id=request.id,
        details={**facts(request), **details},
        data={**told(request), **(data or {})},
        also=also,
    )


def _new_stage(moved: RequestRow, held: _Held) -> Mapping[str, Any]:
    return {"stage": held.stages[moved.stage].key, "state": moved.state}


def _only(details: Mapping[str, Any]) -> Mapping[str, Any]:
    """Those that say something."""
    return {name: value for name, value in details.items() if value is not None}
