"""Requests for approval."""

from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from app.core import approval_errors, errors, work_errors
from app.core.approvals import Act, State
from app.http.conditions import IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep
from app.http.idempotency import Done, OnceDep
from app.http.openapi import documented
from app.http.override import OverrideReason
from app.schemas import approvals as wire
from app.schemas.approval_delegations import ApprovalDelegation
from app.schemas.approval_flows import Approved
from app.schemas.common import Id
from app.services import approval_decisions, approvals

router = APIRouter(tags=["approvals"], route_class=DirectRoute)
_PLACE = "/workspaces/{workspace_id}/approvals"
_ONE = f"{_PLACE}/{{approval_id}}"
_OF_OBJECTS = (work_errors.WorkflowTemplateNotFound, work_errors.WorkflowVersionNotFound)
"""Where the object is not there, or not for the caller to see."""
_OF_DECISIONS: dict[int | str, dict[str, Any]] = {
    200: {"model": wire.ApprovalItem},
    **documented(
        errors.BusinessRule,
        approval_errors.ApprovalNotFound,
        approval_errors.ApprovalEnded,
        approval_errors.ApprovalVoided,
        approval_errors.AlreadyDecided,
        work_errors.WorkflowInvalid,
        *_OF_OBJECTS,
    ),
}


class _Outcome(msgspec.Struct):
    state: State


def _told(done: Done) -> Response:
    """What turned out to be void is so from now on, and is told as what it is: nothing was decided."""
    if msgspec.json.decode(done.body, type=_Outcome).state is State.VOIDED:
        raise approval_errors.ApprovalVoided
    return done.response(200)


@router.post(
    _PLACE,
    operation_id="submitForApproval",
    summary="Submit something for approval",
    description="By the stages that are in force for objects of its type. Whoever made it, and whoever "
    "submits it, do not decide about it. What is changed while it waits has to be submitted again.",
    status_code=201,
    responses={
        201: {"model": wire.ApprovalItem},
        **documented(
            approval_errors.ApprovalPending,
            approval_errors.NothingToApprove,
            work_errors.NoWorkflowDraft,
            work_errors.WorkflowInvalid,
            *_OF_OBJECTS,
        ),
    },
)
async def submit(call: CallDep, once: OnceDep, workspace_id: Id, body: wire.ApprovalSubmission) -> Response:
    done = await once.perform(
        approval_decisions.submit,
        call.parts.approvables,
        workspace_id=workspace_id,
        object_type=body.object_type,
        object_id=body.object_id,
    )
    return done.response(201)


@router.get(
    _PLACE,
    operation_id="listApprovals",
    summary="Requests for approval, the newest first",
    description="`whose=to_decide`: those that wait for the caller, by their own right or another's; a page "
    "of these may hold fewer than `limit`. `submitted`: those of the caller's making.",
    responses={200: {"model": wire.ApprovalPage}, **documented(errors.BusinessRule)},
)
async def list_all(
    call: CallDep,
    workspace_id: Id,
    page: PageDep,
    whose: approvals.Whose = "all",
    state: State | None = None,
    object_type: Approved | None = None,
    object_id: Id | None = None,
) -> Response:
    return await call.paged(
        approvals.list_approvals,
        page,
        approvals.NEWEST,
        call.tools.clock(),
        workspace_id=workspace_id,
        whose=whose,
        state=state,
        object_type=object_type,
        object_id=object_id,
    )


@router.get(
    _ONE,
    operation_id="getApproval",
    summary="One request for approval: what was decided, and who may decide now",
    responses={
        200: {"model": wire.ApprovalDetail},
        **documented(approval_errors.ApprovalNotFound, *_OF_OBJECTS),
    },
)
async def get(call: CallDep, workspace_id: Id, approval_id: Id, if_none_match: IfNoneMatch) -> Response:
    found = await call.read(
        approvals.get_approval,
        call.tools.clock(),
        call.parts.approvables,
        workspace_id=workspace_id,
        approval_id=approval_id,
    )
    return versioned(found, if_none_match=if_none_match)


async def _decide(
    call: CallDep, once: OnceDep, workspace_id: str, approval_id: str, act: Act, reason: str | None
) -> Response:
    done = await once.perform(
        approval_decisions.decide,
        call.parts.approvables,
        workspace_id=workspace_id,
        approval_id=approval_id,
        act=act,
        reason=reason,
    )
    return _told(done)


@router.post(
    f"{_ONE}/approve",
    operation_id="approve",
    summary="Approve, for oneself or for somebody who delegated it",
    responses=_OF_DECISIONS,
)
async def approve(
    call: CallDep, once: OnceDep, workspace_id: Id, approval_id: Id, body: wire.ApprovalNote | None = None
) -> Response:
    return await _decide(call, once, workspace_id, approval_id, Act.APPROVE, body.reason if body else None)


@router.post(
    f"{_ONE}/reject",
    operation_id="reject",
    summary="Refuse it, which ends the request",
    responses=_OF_DECISIONS,
)
async def reject(
    call: CallDep, once: OnceDep, workspace_id: Id, approval_id: Id, body: wire.ApprovalReason
) -> Response:
    return await _decide(call, once, workspace_id, approval_id, Act.REJECT, body.reason)


@router.post(
    f"{_ONE}/request-changes",
    operation_id="requestChanges",
    summary="Have it changed and submitted again, which ends the request",
    responses=_OF_DECISIONS,
)
async def request_changes(
    call: CallDep, once: OnceDep, workspace_id: Id, approval_id: Id, body: wire.ApprovalReason
) -> Response:
    return await _decide(call, once, workspace_id, approval_id, Act.REQUEST_CHANGES, body.reason)


@router.post(
    f"{_ONE}/override",
    operation_id="overrideApproval",
    summary="Decide a stage in place of all who are asked (OVERRIDE on the object)",
    description="No role in the workspace is enough, and nobody does so for their own. The reason, in "
    "`X-Override-Reason`, is kept in the audit log.",
    responses=_OF_DECISIONS,
)
async def override(
    call: CallDep, once: OnceDep, workspace_id: Id, approval_id: Id, override_reason: OverrideReason = None
) -> Response:
    done = await once.perform(
        approval_decisions.override,
        call.parts.approvables,
        workspace_id=workspace_id,
        approval_id=approval_id,
        reason=override_reason,
    )
    return _told(done)


@router.post(
    f"{_ONE}/withdraw",
    operation_id="withdrawApproval",
    summary="Take a request back (its author, or whoever submitted it)",
    responses=_OF_DECISIONS,
)
async def withdraw(
    call: CallDep, once: OnceDep, workspace_id: Id, approval_id: Id, body: wire.ApprovalNote | None = None
) -> Response:
    done = await once.perform(
        approval_decisions.withdraw,
        call.parts.approvables,
        workspace_id=workspace_id,
        approval_id=approval_id,
        reason=body.reason if body else None,
    )
    return done.response(200)


@router.post(
    f"{_ONE}/delegate",
    operation_id="delegateApproval",
    summary="Have somebody decide about this request for the caller",
    description="The caller may decide too; of both, the first counts, once. "
    "`DELETE …/approval-delegations/{delegation_id}` takes it back.",
    status_code=201,
    responses={
        201: {"model": ApprovalDelegation},
        **documented(
            errors.BusinessRule,
            approval_errors.ApprovalNotFound,
            approval_errors.ApprovalEnded,
            approval_errors.AlreadyDecided,
            approval_errors.TooManyDelegations,
            *_OF_OBJECTS,
        ),
    },
)
async def delegate(
    call: CallDep, once: OnceDep, workspace_id: Id, approval_id: Id, body: wire.ApprovalDelegate
) -> Response:
    done = await once.perform(
        approval_decisions.delegate,
        call.parts.approvables,
        workspace_id=workspace_id,
        approval_id=approval_id,
        user_id=body.user_id,
    )
    return done.response(201)
