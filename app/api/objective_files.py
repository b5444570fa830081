"""Files that are attached to objectives."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import errors, okr_errors
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, no_content
from app.http.openapi import documented
from app.schemas import objective_files as wire
from app.schemas.common import Id
from app.services import objective_files

router = APIRouter(tags=["okrs"], route_class=DirectRoute)
_PLACE = "/workspaces/{workspace_id}/okr/objectives/{objective_id}/files"


@router.get(
    _PLACE,
    operation_id="listObjectiveFiles",
    summary="The files that are attached to an objective, by name",
    responses={200: {"model": wire.ObjectiveFilePage}, **documented(okr_errors.ObjectiveNotFound)},
)
async def list_all(call: CallDep, workspace_id: Id, objective_id: Id, page: PageDep) -> Response:
    return await call.paged(
        objective_files.list_files, page, "", workspace_id=workspace_id, objective_id=objective_id
    )


@router.put(
    f"{_PLACE}/{{file_id}}",
    operation_id="attachFile",
    summary="Attach a file of the workspace to an objective (its owner, a MANAGER of it, ADMIN)",
    status_code=204,
    response_class=Response,
    responses=documented(
        okr_errors.ObjectiveNotFound,
        okr_errors.OkrCycleClosed,
        okr_errors.ObjectiveFull,
        errors.FileNotFound,
    ),
)
async def attach(call: CallDep, workspace_id: Id, objective_id: Id, file_id: Id) -> Response:
    await call.write(
        objective_files.attach_file,
        workspace_id=workspace_id,
        objective_id=objective_id,
        file_id=file_id,
    )
    return no_content()


@router.delete(
    f"{_PLACE}/{{file_id}}",
    operation_id="detachFile",
    summary="Take a file off an objective; it stays in the workspace (its owner, a MANAGER of it, ADMIN)",
    status_code=204,
    response_class=Response,
    responses=documented(okr_errors.ObjectiveNotFound, okr_errors.OkrCycleClosed, okr_errors.FileNotAttached),
)
async def detach(call: CallDep, workspace_id: Id, objective_id: Id, file_id: Id) -> Response:
    await call.write(
        objective_files.detach_file,
        workspace_id=workspace_id,
        objective_id=objective_id,
        file_id=file_id,
    )
    return no_content()
