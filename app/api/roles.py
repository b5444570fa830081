"""The roles of a workspace and what they may."""

from fastapi import APIRouter
from starlette.responses import Response

from app.http.direct import DirectRoute
from app.http.edge import CallDep, answer
from app.schemas import roles as wire
from app.schemas.common import Id
from app.services import roles

router = APIRouter(tags=["types"], route_class=DirectRoute)


@router.get(
    "/workspaces/{workspace_id}/roles",
    operation_id="listRoles",
    summary="The roles: whom they grant and manage, and what they may do to tasks",
    description="What a route needs stands in its summary: a role in brackets, or none where it is VIEWER.",
    responses={200: {"model": wire.Roles}},
)
async def get(call: CallDep, workspace_id: Id) -> Response:
    return answer(await call.read(roles.get_roles, workspace_id=workspace_id))
