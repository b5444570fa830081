"""What tasks wait for."""

from typing import Literal

from fastapi import APIRouter
from starlette.responses import Response

from app.core import work_errors
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, no_content
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import task_dependencies as wire
from app.schemas.common import Id
from app.schemas.tasks import Task, TaskPage
from app.services import task_dependencies

router = APIRouter(tags=["tasks"], route_class=DirectRoute)


@router.get(
    "/workspaces/{workspace_id}/tasks/{task_id}/dependencies",
    operation_id="listDependencies",
    summary="What a task waits for, or what waits for it, by number",
    description="Only what you may see is listed.",
    responses={200: {"model": TaskPage}, **documented(work_errors.TaskNotFound)},
)
async def list_all(
    call: CallDep,
    workspace_id: Id,
    task_id: Id,
    page: PageDep,
    of: Literal["parents", "children"] = "parents",
) -> Response:
    return await call.paged(
        task_dependencies.list_dependencies, page, 0, workspace_id=workspace_id, task_id=task_id, of=of
    )


@router.post(
    "/workspaces/{workspace_id}/tasks/{task_id}/dependencies",
    operation_id="addDependency",
    summary="Let a task wait until another is done (MEMBER, `move_state`)",
    description="A task in TODO is BLOCKED until all that it waits for is DONE or deleted. One that has been "
    "begun waits for nothing.",
    status_code=201,
    responses={
        201: {"model": Task},
        **documented(
            work_errors.TaskNotFound,
            work_errors.TaskStarted,
            work_errors.DependencyExists,
            work_errors.DependencyCycle,
            work_errors.DependencyOutsideProject,
            work_errors.ProjectArchived,
        ),
    },
)
async def add(
    call: CallDep, once: OnceDep, workspace_id: Id, task_id: Id, body: wire.DependencyAdd
) -> Response:
    done = await once.perform(
        task_dependencies.add_dependency,
        workspace_id=workspace_id,
        task_id=task_id,
        parent_id=body.parent_id,
    )
    return done.response(201)


@router.delete(
    "/workspaces/{workspace_id}/tasks/{task_id}/dependencies/{parent_id}",
    operation_id="removeDependency",
    summary="Let a task wait for another no more (MEMBER, `move_state`)",
    description="What a workflow made wait goes on waiting.",
    status_code=204,
    response_class=Response,
    responses=documented(
        work_errors.TaskNotFound, work_errors.DependencyNotFound, work_errors.ProjectArchived
    ),
)
async def remove(call: CallDep, workspace_id: Id, task_id: Id, parent_id: Id) -> Response:
    await call.write(
        task_dependencies.remove_dependency,
        workspace_id=workspace_id,
        task_id=task_id,
        parent_id=parent_id,
    )
    return no_content()
