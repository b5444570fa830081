"""What happened to a task."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import work_errors
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep
from app.http.openapi import documented
from app.schemas import activity as wire
from app.schemas.common import Id
from app.services import activity

router = APIRouter(tags=["tasks"], route_class=DirectRoute)


@router.get(
    "/workspaces/{workspace_id}/tasks/{task_id}/activity",
    operation_id="listActivity",
    summary="What happened to a task, the newest first",
    responses={200: {"model": wire.ActivityPage}, **documented(work_errors.TaskNotFound)},
)
async def list_all(call: CallDep, workspace_id: Id, task_id: Id, page: PageDep) -> Response:
    return await call.paged(
        activity.list_activity, page, activity.NEWEST, workspace_id=workspace_id, task_id=task_id
    )
