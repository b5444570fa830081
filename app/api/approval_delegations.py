"""Who decides for whom for a while."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import approval_errors, errors
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, no_content
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import approval_delegations as wire
from app.schemas.common import Id
from app.services import approval_delegations

router = APIRouter(tags=["approvals"], route_class=DirectRoute)
_PLACE = "/workspaces/{workspace_id}/approval-delegations"


@router.post(
    _PLACE,
    operation_id="createApprovalDelegation",
    summary="Have somebody decide for the caller for a while",
    description="Whatever is to be decided about. The caller may decide too; the first of both counts.",
    status_code=201,
    responses={
        201: {"model": wire.ApprovalDelegation},
        **documented(errors.BusinessRule, approval_errors.TooManyDelegations),
    },
)
async def create(once: OnceDep, workspace_id: Id, body: wire.DelegationToMake) -> Response:
    done = await once.perform(
        approval_delegations.create,
        workspace_id=workspace_id,
        user_id=body.user_id,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
    )
    return done.response(201)


@router.get(
    _PLACE,
    operation_id="listApprovalDelegations",
    summary="Who decides for the caller, or for whom the caller does",
    description="In no order that means anything; those that are over are among them.",
    responses={200: {"model": wire.ApprovalDelegationPage}},
)
async def list_all(
    call: CallDep,
    workspace_id: Id,
    page: PageDep,
    direction: approval_delegations.Direction = "from_me",
) -> Response:
    return await call.paged(
        approval_delegations.list_delegations, page, "", workspace_id=workspace_id, direction=direction
    )


@router.delete(
    f"{_PLACE}/{{delegation_id}}",
    operation_id="removeApprovalDelegation",
    summary="Have somebody decide for another no more",
    description="By either of the two, or an ADMIN.",
    status_code=204,
    response_class=Response,
    responses=documented(approval_errors.DelegationNotFound),
)
async def remove(call: CallDep, workspace_id: Id, delegation_id: Id) -> Response:
    await call.write(approval_delegations.remove, workspace_id=workspace_id, delegation_id=delegation_id)
    return no_content()
