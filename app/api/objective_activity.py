"""What happened to an objective."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import okr_errors
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep
from app.http.openapi import documented
from app.schemas import objective_activity as wire
from app.schemas.common import Id
from app.services import activity, objective_activity

router = APIRouter(tags=["okrs"], route_class=DirectRoute)


@router.get(
    "/workspaces/{workspace_id}/okr/objectives/{objective_id}/activity",
    operation_id="listObjectiveActivity",
    summary="What happened to an objective and what it is measured by, the newest first",
    responses={200: {"model": wire.ObjectiveActivityPage}, **documented(okr_errors.ObjectiveNotFound)},
)
async def list_all(call: CallDep, workspace_id: Id, objective_id: Id, page: PageDep) -> Response:
    return await call.paged(
        objective_activity.list_activity,
        page,
        activity.NEWEST,
        workspace_id=workspace_id,
        objective_id=objective_id,
    )
