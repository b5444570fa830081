"""Tasks of a workspace's projects."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.core import work_errors
from app.core.errors import InvalidInput
from app.core.task_filter import ME, TaskFilter
from app.http.conditions import IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, no_content
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.http.override import OverrideReason
from app.kernel.task_access import NO_TYPE
from app.kernel.task_walks import BEYOND_EVERY_NUMBER
from app.schemas import task_filters as filters
from app.schemas import tasks as wire
from app.schemas.common import Id
from app.services import task_filters, tasks
from app.services.tasks import NewTask

router = APIRouter(tags=["tasks"], route_class=DirectRoute)

_UUID_LENGTH = 36
_CHANGED = (
    work_errors.TaskNotFound,
    work_errors.TaskTypeNotFound,
    work_errors.ProjectArchived,
)


@router.post(
    "/workspaces/{workspace_id}/tasks",
    operation_id="createTask",
    summary="Create a task (MEMBER, `take` on its type)",
    status_code=201,
    responses={
        201: {"model": wire.Task},
        **documented(work_errors.ProjectNotFound, work_errors.ProjectArchived, work_errors.TaskTypeNotFound),
    },
)
async def create(call: CallDep, once: OnceDep, workspace_id: Id, body: wire.TaskAdd) -> Response:
    new = NewTask(**body.model_dump(exclude={"project_id"}))
    done = await once.perform(
        tasks.create_task, workspace_id=workspace_id, project_id=body.project_id, new=new
    )
    return done.response(201)


@router.get(
    "/workspaces/{workspace_id}/tasks",
    operation_id="listTasks",
    summary="The tasks that you may see, by any filter",
    description="All that is asked must hold; of a parameter that is given several times, one of its "
    "values. With no more than a project, and one state, type and person assigned, the last changed comes "
    "first; with any other filter, or with `filter_id`, the newest. A page looks at 500 tasks at most: it "
    "may be short, or empty, and go on.",
    responses={
        200: {"model": wire.TaskPage},
        **documented(work_errors.FilterNotFound, work_errors.FilterOutdated),
    },
)
async def list_all(
    call: CallDep,
    workspace_id: Id,
    page: PageDep,
    project_id: Id | None = None,
    state: Annotated[filters.States | None, Query()] = None,
    task_type_id: Annotated[filters.TypeIds | None, Query()] = None,
    label_id: Annotated[filters.LabelIds | None, Query()] = None,
    priority: Annotated[filters.Priorities | None, Query()] = None,
    assignee_id: Annotated[filters.Assignees | None, Query()] = None,
    created_by: Annotated[filters.Creators | None, Query()] = None,
    due_after: filters.DueAfter | None = None,
    due_before: filters.DueBefore | None = None,
    no_due: filters.NoDue = False,
    watched: filters.Watched = False,
    filter_id: Annotated[Id | None, Query(description="One that was kept; by itself.")] = None,
) -> Response:
    wanted = TaskFilter(
        project_id=project_id,
        state=tuple(state or ()),
        task_type_id=tuple(task_type_id or ()),
        label_id=tuple(label_id or ()),
        priority=tuple(priority or ()),
        assignee_id=tuple(assignee_id or ()),
        created_by=tuple(created_by or ()),
        due_after=due_after,
        due_before=due_before,
        no_due=no_due,
        watched=watched,
    )
    if filter_id is not None:
        if wanted != TaskFilter():
            raise InvalidInput("Send filter_id by itself, or what is asked.")
        return await call.paged(
            task_filters.list_tasks_by_filter,
            page,
            BEYOND_EVERY_NUMBER,
            workspace_id=workspace_id,
            filter_id=filter_id,
        )
    if not wanted.is_plain:
        return await call.paged(
            task_filters.list_tasks_filtered,
            page,
            BEYOND_EVERY_NUMBER,
            workspace_id=workspace_id,
            wanted=wanted,
        )
    of_type = next(iter(wanted.task_type_id), None)
    assigned = next(iter(wanted.assignee_id), None)
    return await call.paged(
        tasks.list_tasks,
        page,
        tasks.NEWEST,
        workspace_id=workspace_id,
        project_id=project_id,
        assignee_id=call.caller.user_id if assigned == ME else assigned,
        state=next(iter(wanted.state), None),
        task_type_id=NO_TYPE if of_type == "none" else of_type,
    )


@router.get(
    "/workspaces/{workspace_id}/trash",
    operation_id="listDeletedTasks",
    summary="The tasks that were deleted, the last one first (ADMIN)",
    responses={200: {"model": wire.TaskPage}},
)
async def trash(call: CallDep, workspace_id: Id, page: PageDep) -> Response:
    return await call.paged(tasks.list_deleted, page, tasks.NEWEST, workspace_id=workspace_id)


@router.get(
    "/workspaces/{workspace_id}/tasks/{task_id}",
    operation_id="getTask",
    summary="One task, by its id or its key",
    responses={200: {"model": wire.Task}, **documented(work_errors.TaskNotFound)},
)
async def get(
    call: CallDep, workspace_id: Id, task_id: wire.ProjectKeyed, if_none_match: IfNoneMatch
) -> Response:
    if len(task_id) == _UUID_LENGTH:
        task = await call.read(tasks.get_task, workspace_id=workspace_id, task_id=task_id.lower())
    else:
        key, _, number = task_id.upper().partition("-")
        task = await call.read(
            tasks.get_task_by_key, workspace_id=workspace_id, project_key=key, number=int(number)
        )
    return versioned(task, if_none_match=if_none_match)


@router.patch(
    "/workspaces/{workspace_id}/tasks/{task_id}",
    operation_id="updateTask",
    summary="Change what is written of a task (MEMBER, `move_state`)",
    description="Another type needs `assign` too, and that you may see tasks of it.",
    responses={200: {"model": wire.Task}, **documented(*_CHANGED)},
)
async def update(
    call: CallDep, workspace_id: Id, task_id: Id, body: wire.TaskPatch, if_match: IfMatch
) -> Response:
    task = await call.write(
        tasks.update_task,
        workspace_id=workspace_id,
        task_id=task_id,
        changes=body.model_dump(exclude_unset=True),
        expected=if_match,
    )
    return versioned(task)


@router.delete(
    "/workspaces/{workspace_id}/tasks/{task_id}",
    operation_id="deleteTask",
    summary="Remove a task (ADMIN, who made it, or an object role)",
    status_code=204,
    response_class=Response,
    responses=documented(*_CHANGED),
)
async def delete(
    call: CallDep, workspace_id: Id, task_id: Id, if_match: IfMatch, override_reason: OverrideReason = None
) -> Response:
    await call.write(
        tasks.delete_task,
        workspace_id=workspace_id,
        task_id=task_id,
        expected=if_match,
        override_reason=override_reason,
    )
    return no_content()


@router.post(
    "/workspaces/{workspace_id}/tasks/{task_id}/restore",
    operation_id="restoreTask",
    summary="Restore a deleted task with all that hung on it (ADMIN, who made it, or an object role)",
    responses={
        200: {"model": wire.Task},
        **documented(
            work_errors.TaskNotFound,
            work_errors.TaskNotDeleted,
            work_errors.ProjectArchived,
            work_errors.ExternalTaskExists,
        ),
    },
)
async def restore(
    call: CallDep, once: OnceDep, workspace_id: Id, task_id: Id, override_reason: OverrideReason = None
) -> Response:
    done = await once.perform(
        tasks.restore_task,
        workspace_id=workspace_id,
        task_id=task_id,
        override_reason=override_reason,
    )
    return done.response(200)


@router.put(
    "/workspaces/{workspace_id}/tasks/by-external/{source}/{external_id}",
    operation_id="putExternalTask",
    summary="Make the task of an item of another system what is sent (ADMIN)",
    description="It is made where there is none, and stays in the project that it was made in.",
    responses={
        200: {"model": wire.Task},
        201: {"model": wire.Task, "description": "It was made."},
        **documented(
            work_errors.ProjectNotFound,
            work_errors.ProjectArchived,
            work_errors.TaskTypeNotFound,
            work_errors.ExternalTaskExists,
        ),
    },
)
async def put_external(
    call: CallDep,
    workspace_id: Id,
    source: wire.ExternalSource,
    external_id: wire.ExternalKey,
    body: wire.ExternalTaskPut,
) -> Response:
    new = NewTask(**body.model_dump(exclude={"project_id"}), external_source=source, external_id=external_id)
    task, is_new = await call.write(
        tasks.put_external_task, workspace_id=workspace_id, project_id=body.project_id, new=new
    )
    return versioned(task, 201 if is_new else 200)
