"""Requests for approval as they are read: what somebody is asked to decide, what they submitted, and of one
request who may decide now, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from app.core.approval_errors import ApprovalNotFound
from app.core.approvals import Case, Ground, Refusal, Seat, Stages, State
from app.core.caller import Caller
from app.core.errors import BusinessRule
from app.core.json_text import as_json
from app.core.policies import ObjectRole
from app.core.text import moment_key
from app.db.connection import ReadTransaction
from app.db.handles import approvals as db
from app.db.handles.approval_delegations import list_delegations_in_force
from app.db.handles.approvals import DecisionRow, PersonRow, RequestRow
from app.db.paging import Asked, Found
from app.kernel.access import enter
from app.kernel.approval_cases import MOST_DELEGATIONS, Docket, docket, flows_of, upstream
from app.kernel.approvals import Approvables

NEWEST = "\x7f"
"""Sorts after every place of the list."""
MOST_SHOWN = 100
"""Of those who may decide at a stage."""
Whose = Literal["to_decide", "submitted", "all"]


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """A request. ``stage`` is the key of the one that it stands at, or ended at: the ``stage_number`` th of
    ``stages``."""

    id: str
    workspace_id: str
    object_type: str
    object_id: str
    object_version: int
    content_hash: str
    title: str
    flow_version: int
    stage: str
    stage_number: int
    stages: int
    stage_since: datetime
    due_at: datetime | None
    escalated_at: datetime | None
    state: str
    author_id: str
    submitted_by: str
    created_at: datetime
    ended_at: datetime | None
    version: int


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    stage: str
    actor_id: str
    on_behalf_of: str | None
    decision: str
    override_role: str | None
    reason: str | None
    at: datetime


class Decider(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom the stage asks, and why; ``delegates`` may do it for them."""

    user_id: str
    display_name: str | None
    grounds: Sequence[Ground]
    delegates: Sequence[str]


class OpenStage(msgspec.Struct, frozen=True, kw_only=True):
    """Where a request waits. ``can_pass``: enough people are left who may approve; else it waits for its
    deadline, for somebody to be made one of those who are asked, or for OVERRIDE. ``has_more``: there are
    more deciders than are shown."""

    key: str
    name: str
    required: int
    approvals: int
    can_pass: bool
    deciders: Sequence[Decider]
    has_more: bool


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller may do about a request. ``refusal``: why they may not decide."""

    may_decide: bool
    refusal: Refusal | None
    grounds: Sequence[Ground]
    on_behalf_of: str | None
    may_withdraw: bool
    may_override: bool


class ApprovalDetail(Approval, frozen=True, kw_only=True):
    """``is_current``: the object says what it said when it was submitted."""

    is_current: bool
    decisions: Sequence[Decision]
    open_stage: OpenStage | None
    you: Own | None


def shown(row: RequestRow, stages: Stages) -> Approval:
    return Approval(**_facts(row, stages))


def _facts(row: RequestRow, stages: Stages) -> dict[str, Any]:
    facts = msgspec.structs.asdict(row)
    return facts | {"stage": stages[row.stage].key, "stage_number": row.stage + 1, "stages": len(stages)}


async def find_request(tx: ReadTransaction, workspace_id: str, approval_id: str) -> RequestRow:
    """Raises ``ApprovalNotFound``."""
    row = await db.get_request(tx, workspace_id=workspace_id, request_id=approval_id)
    if row is None:
        raise ApprovalNotFound
    return row


async def list_approvals(
    tx: ReadTransaction,
    caller: Caller,
    asked: Asked[str],
    now: datetime,
    *,
    workspace_id: str,
    whose: Whose,
    state: State | None,
    object_type: str | None,
    object_id: str | None,
) -> Found[str]:
    """The newest first. Of what one may decide, a page may hold fewer than it could: who may is judged row by
    row. Raises ``BusinessRule`` for half an object, and for filters that do not go together."""
    await enter(tx, caller, workspace_id=workspace_id, operation="approval.list")
    if (object_type is None) != (object_id is None):
        raise BusinessRule("An object is named by its type and its id.")
    if whose != "all" and object_type is not None:
        raise BusinessRule("What is about one object is listed with whose=all.")
    if whose == "to_decide":
        if state not in (None, State.PENDING):
            raise BusinessRule("Only what is PENDING is to be decided.")
        return await _list_inbox(tx, caller, asked, now, workspace_id)
    place: dict[str, Any] = {
        "workspace_id": workspace_id,
        "before_key": asked.place,
        "page_size": asked.page_size,
    }
    if object_type is not None and object_id is not None:
        rows = await db.list_requests_of_object(
            tx, object_type=object_type, object_id=object_id, state=state, **place
        )
    elif whose == "submitted":
        rows = await db.list_submitted(tx, account_id=caller.user_id, state=state, **place)
    elif state is not None:
        rows = await db.list_requests_in_state(tx, state=state, **place)
    else:
        rows = await db.list_requests(tx, **place)
    found = asked.found(rows, _place)
    flows = await flows_of(tx, rows)
    return Found([shown(row, flows[row.id]) for row in rows[: asked.limit]], found.place)


async def _list_inbox(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], now: datetime, workspace_id: str
) -> Found[str]:
    delegations = await list_delegations_in_force(
        tx, workspace_id=workspace_id, requests=None, now=now, most=MOST_DELEGATIONS
    )
    pairs = [(each.from_user, each.to_user) for each in delegations]
    people = as_json([caller.user_id, *sorted(upstream(pairs, [caller.user_id]))])
    rows = await db.list_inbox(
        tx,
        workspace_id=workspace_id,
        account_id=caller.user_id,
        people=people,
        now=now,
        before_key=asked.place,
        page_size=asked.page_size,
    )
    flows = await flows_of(tx, rows)
    known = await docket(tx, now, workspace_id, rows, flows, [caller.user_id])
    mine = [
        shown(row, flows[row.id])
        for row in rows[: asked.limit]
        if isinstance(known.cases[row.id].seat(caller.user_id), Seat)
    ]
    return Found(mine, asked.found(rows, _place).place)


def _place(row: RequestRow) -> str:
    return moment_key(row.created_at, row.id)


async def get_approval(
    tx: ReadTransaction,
    caller: Caller,
    now: datetime,
    approvables: Approvables,
    *,
    workspace_id: str,
    approval_id: str,
) -> ApprovalDetail:
    """With its decisions, and who may decide now. Raises ``ApprovalNotFound``, and what the object raises
    where it is not for the caller to see."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="approval.read")
    row = await find_request(tx, workspace_id, approval_id)
    subject = await approvables[row.object_type].find(tx, caller, access, row.object_id)
    flows = await flows_of(tx, [row])
    stages = flows[row.id]
    asked: list[PersonRow] = []
    if row.state == State.PENDING:
        asked = await db.list_asked(
            tx, workspace_id=workspace_id, request_id=row.id, now=now, page_size=MOST_SHOWN + 1
        )
    about = {caller.user_id, *(each.user_id for each in asked)}
    known = await docket(tx, now, workspace_id, [row], flows, about, authors_now=subject.authors)
    open_stage = own = None
    if row.state == State.PENDING:
        case = known.cases[row.id]
        open_stage = _open_stage(row, known, asked)
        own = _own(case, caller.user_id)
    return ApprovalDetail(
        **_facts(row, stages),
        is_current=subject.content_hash == row.content_hash,
        decisions=[_decision(each, stages) for each in known.decisions.get(row.id, ())],
        open_stage=open_stage,
        you=own,
    )


def may_override(case: Case, user_id: str) -> bool:
    """By the object role alone, given by somebody whose own it is not: a role in the workspace is not enough,
    and nobody overrides for their own."""
    person = case.people.get(user_id)
    return person is not None and user_id not in case.excluded and ObjectRole.OVERRIDE in person.object_roles


def may_withdraw(case: Case, user_id: str) -> bool:
    return user_id in case.excluded


def _own(case: Case, user_id: str) -> Own:
    seat = case.seat(user_id)
    has_seat = isinstance(seat, Seat)
    return Own(
        may_decide=has_seat,
        refusal=None if isinstance(seat, Seat) else seat,
        grounds=seat.grounds if isinstance(seat, Seat) else (),
        on_behalf_of=seat.on_behalf_of if isinstance(seat, Seat) else None,
        may_withdraw=may_withdraw(case, user_id),
        may_override=may_override(case, user_id),
    )


def _open_stage(row: RequestRow, known: Docket, asked: Sequence[PersonRow]) -> OpenStage:
    case = known.cases[row.id]
    left = set(case.left([each.user_id for each in asked]))
    approvals = known.approvals(row)
    has_more = len(asked) > MOST_SHOWN
    deciders = [
        Decider(
            user_id=each.user_id,
            display_name=each.display_name,
            grounds=case.grounds(case.people[each.user_id]),
            delegates=sorted(
                to_user
                for from_user, to_user in case.delegations
                if from_user == each.user_id and to_user not in case.excluded
            ),
        )
        for each in asked[:MOST_SHOWN]
        if each.user_id in left
    ]
    return OpenStage(
        key=case.stage.key,
        name=case.stage.name,
        required=case.stage.required,
        approvals=approvals,
        can_pass=has_more or approvals + len(left) >= case.stage.required,
        deciders=deciders,
        has_more=has_more,
    )


def _decision(row: DecisionRow, stages: Stages) -> Decision:
    return Decision(
        id=row.id,
        stage=stages[row.stage].key,
        actor_id=row.actor_id,
        on_behalf_of=row.on_behalf_of,
        decision=row.decision,
        override_role=row.override_role,
        reason=row.reason,
        at=row.at,
    )
