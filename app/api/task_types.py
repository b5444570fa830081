"""Types of tasks, and whether they are restricted to some types of people."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import work_errors
from app.http.conditions import IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, no_content
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import task_types as wire
from app.schemas.common import Id
from app.services import task_types

router = APIRouter(tags=["types"], route_class=DirectRoute)


@router.post(
    "/workspaces/{workspace_id}/task-types",
    operation_id="addTaskType",
    summary="Add a type of tasks (ADMIN)",
    status_code=201,
    responses={201: {"model": wire.TaskType}, **documented(work_errors.TaskTypeExists)},
)
async def add(once: OnceDep, workspace_id: Id, body: wire.TaskTypeAdd) -> Response:
    done = await once.perform(task_types.add_task_type, workspace_id=workspace_id, **body.model_dump())
    return done.response(201)


@router.get(
    "/workspaces/{workspace_id}/task-types",
    operation_id="listTaskTypes",
    summary="The types of tasks, by name",
    responses={200: {"model": wire.TaskTypePage}},
)
async def list_all(call: CallDep, workspace_id: Id, page: PageDep) -> Response:
    return await call.paged(
        task_types.list_task_types, page, "", call.parts.reference, workspace_id=workspace_id
    )


@router.get(
    "/workspaces/{workspace_id}/task-types/{task_type_id}",
    operation_id="getTaskType",
    summary="One type of tasks",
    responses={200: {"model": wire.TaskType}, **documented(work_errors.TaskTypeNotFound)},
)
async def get(call: CallDep, workspace_id: Id, task_type_id: Id, if_none_match: IfNoneMatch) -> Response:
    found = await call.read(
        task_types.get_task_type, call.parts.reference, workspace_id=workspace_id, task_type_id=task_type_id
    )
    return versioned(found, if_none_match=if_none_match)


@router.patch(
    "/workspaces/{workspace_id}/task-types/{task_type_id}",
    operation_id="updateTaskType",
    summary="Change a type of tasks (ADMIN)",
    responses={
        200: {"model": wire.TaskType},
        **documented(work_errors.TaskTypeNotFound, work_errors.TaskTypeExists),
    },
)
async def update(
    call: CallDep, workspace_id: Id, task_type_id: Id, body: wire.TaskTypePatch, if_match: IfMatch
) -> Response:
    changed = await call.write(
        task_types.update_task_type,
        workspace_id=workspace_id,
        task_type_id=task_type_id,
        changes=body.model_dump(exclude_unset=True),
        expected=if_match,
    )
    return versioned(changed)


@router.delete(
    "/workspaces/{workspace_id}/task-types/{task_type_id}",
    operation_id="deleteTaskType",
    summary="Remove a type of tasks that no task has (ADMIN)",
    status_code=204,
    response_class=Response,
    responses=documented(work_errors.TaskTypeNotFound, work_errors.TaskTypeInUse),
)
async def delete(call: CallDep, workspace_id: Id, task_type_id: Id, if_match: IfMatch) -> Response:
    await call.write(
        task_types.delete_task_type, workspace_id=workspace_id, task_type_id=task_type_id, expected=if_match
    )
    return no_content()
