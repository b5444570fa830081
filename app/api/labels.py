"""Labels of a workspace, and those of a task."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.core import work_errors
from app.http.conditions import IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, no_content
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import labels as wire
from app.schemas.common import Id
from app.services import labels

router = APIRouter(tags=["labels"], route_class=DirectRoute)


@router.post(
    "/workspaces/{workspace_id}/labels",
    operation_id="createLabel",
    summary="Create a label (MEMBER, no guest)",
    status_code=201,
    responses={201: {"model": wire.Label}, **documented(work_errors.LabelExists)},
)
async def create(once: OnceDep, workspace_id: Id, body: wire.LabelAdd) -> Response:
    done = await once.perform(
        labels.create_label, workspace_id=workspace_id, name=body.name, color=body.color
    )
    return done.response(201)


@router.get(
    "/workspaces/{workspace_id}/labels",
    operation_id="listLabels",
    summary="The labels, by name",
    responses={200: {"model": wire.LabelPage}},
)
async def list_all(
    call: CallDep,
    workspace_id: Id,
    page: PageDep,
    name: Annotated[wire.LabelName | None, Query(description="The name begins with this.")] = None,
) -> Response:
    return await call.paged(labels.list_labels, page, "", workspace_id=workspace_id, name_prefix=name)


@router.get(
    "/workspaces/{workspace_id}/labels/{label_id}",
    operation_id="getLabel",
    summary="One label",
    responses={200: {"model": wire.Label}, **documented(work_errors.LabelNotFound)},
)
async def get(call: CallDep, workspace_id: Id, label_id: Id, if_none_match: IfNoneMatch) -> Response:
    label = await call.read(labels.get_label, workspace_id=workspace_id, label_id=label_id)
    return versioned(label, if_none_match=if_none_match)


@router.patch(
    "/workspaces/{workspace_id}/labels/{label_id}",
    operation_id="updateLabel",
    summary="Change the name or colour of a label (MEMBER, no guest)",
    responses={
        200: {"model": wire.Label},
        **documented(work_errors.LabelNotFound, work_errors.LabelExists),
    },
)
async def update(
    call: CallDep, workspace_id: Id, label_id: Id, body: wire.LabelPatch, if_match: IfMatch
) -> Response:
    label = await call.write(
        labels.update_label,
        workspace_id=workspace_id,
        label_id=label_id,
        changes=body.model_dump(exclude_unset=True),
        expected=if_match,
    )
    return versioned(label)


@router.delete(
    "/workspaces/{workspace_id}/labels/{label_id}",
    operation_id="deleteLabel",
    summary="Remove a label, also from every task (ADMIN)",
    status_code=204,
    response_class=Response,
    responses=documented(work_errors.LabelNotFound),
)
async def delete(call: CallDep, workspace_id: Id, label_id: Id, if_match: IfMatch) -> Response:
    await call.write(labels.delete_label, workspace_id=workspace_id, label_id=label_id, expected=if_match)
    return no_content()


@router.get(
    "/workspaces/{workspace_id}/tasks/{task_id}/labels",
    operation_id="listTaskLabels",
    summary="The labels of a task, by name",
    responses={200: {"model": wire.LabelPage}, **documented(work_errors.TaskNotFound)},
)
async def list_of_task(call: CallDep, workspace_id: Id, task_id: Id, page: PageDep) -> Response:
    return await call.paged(labels.list_task_labels, page, "", workspace_id=workspace_id, task_id=task_id)


@router.put(
    "/workspaces/{workspace_id}/tasks/{task_id}/labels/{label_id}",
    operation_id="labelTask",
    summary="Put a label on a task (MEMBER, `move_state`)",
    description=f"Nothing happens if it has it. A task has {labels.MOST_LABELS} labels at most.",
    status_code=204,
    response_class=Response,
    responses=documented(
        work_errors.TaskNotFound,
        work_errors.LabelNotFound,
        work_errors.ProjectArchived,
        work_errors.TooManyLabels,
    ),
)
async def put_on_task(call: CallDep, workspace_id: Id, task_id: Id, label_id: Id) -> Response:
    await call.write(
        labels.label_task, workspace_id=workspace_id, task_id=task_id, label_id=label_id, is_on=True
    )
    return no_content()


@router.delete(
    "/workspaces/{workspace_id}/tasks/{task_id}/labels/{label_id}",
    operation_id="unlabelTask",
    summary="Take a label off a task (MEMBER, `move_state`)",
    description="Nothing happens if it has it not.",
    status_code=204,
    response_class=Response,
    responses=documented(work_errors.TaskNotFound, work_errors.LabelNotFound, work_errors.ProjectArchived),
)
async def take_off_task(call: CallDep, workspace_id: Id, task_id: Id, label_id: Id) -> Response:
    await call.write(
        labels.label_task, workspace_id=workspace_id, task_id=task_id, label_id=label_id, is_on=False
    )
    return no_content()
