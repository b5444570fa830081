"""The question who may do what."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import errors
from app.http.direct import DirectRoute
from app.http.edge import CallDep, answer
from app.http.openapi import documented
from app.schemas import access_check as wire
from app.schemas.common import Id
from app.services import access_check

router = APIRouter(tags=["access"], route_class=DirectRoute)


@router.post(
    "/workspaces/{workspace_id}/access/check",
    operation_id="checkAccess",
    summary="May I do this, and by which rule? (of others: ADMIN)",
    description=(
        "Asks what the routes ask, and does nothing. It speaks of access alone: that a task is done or a "
        "column full is told by the route. What somebody may not see is answered as what is not there."
    ),
    responses={
        200: {"model": wire.AccessDecision},
        **documented(errors.BusinessRule, errors.MemberNotFound),
    },
)
async def check(call: CallDep, workspace_id: Id, body: wire.AccessCheck) -> Response:
    return answer(
        await call.read(
            access_check.check_access,
            call.tools,
            workspace_id=workspace_id,
            operation=body.operation,
            object_type=body.object_type,
            object_id=body.object_id,
            user_id=body.user_id,
            override_reason=body.override_reason,
        )
    )
