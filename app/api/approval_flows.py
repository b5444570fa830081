"""How objects of a type are approved."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import approval_errors, errors
from app.http.conditions import IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallDep
from app.http.openapi import documented
from app.schemas import approval_flows as wire
from app.schemas.common import Id
from app.services import approval_flows

router = APIRouter(tags=["approvals"], route_class=DirectRoute)
_PLACE = "/workspaces/{workspace_id}/approval-flows/{object_type}"


@router.get(
    _PLACE,
    operation_id="getApprovalFlow",
    summary="The stages by which objects of a type are approved",
    responses={200: {"model": wire.ApprovalFlow}},
)
async def get(
    call: CallDep, workspace_id: Id, object_type: wire.Approved, if_none_match: IfNoneMatch
) -> Response:
    flow = await call.read(approval_flows.get_flow, workspace_id=workspace_id, object_type=object_type)
    return versioned(flow, if_none_match=if_none_match)


@router.put(
    _PLACE,
    operation_id="setApprovalFlow",
    summary="Have objects of a type approved by other stages (ADMIN)",
    description="What was submitted before is decided by the stages that it was submitted under.",
    responses={
        200: {"model": wire.ApprovalFlow},
        **documented(approval_errors.InvalidFlow, errors.VersionMismatch),
    },
)
async def put(
    call: CallDep, workspace_id: Id, object_type: wire.Approved, body: wire.ApprovalFlowIn, if_match: IfMatch
) -> Response:
    flow = await call.write(
        approval_flows.set_flow,
        workspace_id=workspace_id,
        object_type=object_type,
        stages=body.rule(),
        expected=if_match,
    )
    return versioned(flow)
