"""Who watches a task."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import work_errors
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, no_content
from app.http.openapi import documented
from app.schemas import watchers as wire
from app.schemas.common import Id
from app.services import watchers

router = APIRouter(tags=["tasks"], route_class=DirectRoute)


@router.get(
    "/workspaces/{workspace_id}/tasks/{task_id}/watchers",
    operation_id="listWatchers",
    summary="Who watches a task, by their ids",
    responses={200: {"model": wire.WatcherPage}, **documented(work_errors.TaskNotFound)},
)
async def list_all(call: CallDep, workspace_id: Id, task_id: Id, page: PageDep) -> Response:
    return await call.paged(watchers.list_watchers, page, "", workspace_id=workspace_id, task_id=task_id)


@router.put(
    "/workspaces/{workspace_id}/tasks/{task_id}/watchers/me",
    operation_id="watchTask",
    summary="Watch a task",
    description="Nothing happens if you do already. It ends with your membership of the workspace.",
    status_code=204,
    response_class=Response,
    responses=documented(work_errors.TaskNotFound),
)
async def watch(call: CallDep, workspace_id: Id, task_id: Id) -> Response:
    await call.write(watchers.watch, workspace_id=workspace_id, task_id=task_id, is_on=True)
    return no_content()


@router.delete(
    "/workspaces/{workspace_id}/tasks/{task_id}/watchers/me",
    operation_id="unwatchTask",
    summary="Watch a task no more",
    status_code=204,
    response_class=Response,
    responses=documented(work_errors.TaskNotFound),
)
async def unwatch(call: CallDep, workspace_id: Id, task_id: Id) -> Response:
    await call.write(watchers.watch, workspace_id=workspace_id, task_id=task_id, is_on=False)
    return no_content()
