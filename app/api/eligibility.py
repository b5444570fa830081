"""Which types of people are mapped to which types of tasks."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import work_errors
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, answer, no_content
from app.http.openapi import documented
from app.schemas import eligibility as wire
from app.schemas.common import Id
from app.services import eligibility

router = APIRouter(tags=["types"], route_class=DirectRoute)


@router.get(
    "/workspaces/{workspace_id}/eligibility-mappings",
    operation_id="listEligibilityMappings",
    summary="Which types of people see which restricted types of tasks",
    responses={200: {"model": wire.EligibilityMappingPage}},
)
async def list_all(
    call: CallDep,
    workspace_id: Id,
    page: PageDep,
    user_type_id: Id | None = None,
    task_type_id: Id | None = None,
) -> Response:
    return await call.paged(
        eligibility.list_mappings,
        page,
        "",
        call.parts.reference,
        workspace_id=workspace_id,
        user_type_id=user_type_id,
        task_type_id=task_type_id,
    )


@router.put(
    "/workspaces/{workspace_id}/eligibility-mappings/{user_type_id}/{task_type_id}",
    operation_id="setEligibilityMapping",
    summary="Map a type of people to a type of tasks (ADMIN)",
    responses={
        200: {"model": wire.EligibilityMapping},
        **documented(work_errors.UserTypeNotFound, work_errors.TaskTypeNotFound),
    },
)
async def put(call: CallDep, workspace_id: Id, user_type_id: Id, task_type_id: Id) -> Response:
    return answer(
        await call.write(
            eligibility.set_mapping,
            workspace_id=workspace_id,
            user_type_id=user_type_id,
            task_type_id=task_type_id,
        )
    )


@router.delete(
    "/workspaces/{workspace_id}/eligibility-mappings/{user_type_id}/{task_type_id}",
    operation_id="deleteEligibilityMapping",
    summary="Take a mapping back (ADMIN)",
    status_code=204,
    response_class=Response,
    responses=documented(work_errors.MappingNotFound),
)
async def delete(call: CallDep, workspace_id: Id, user_type_id: Id, task_type_id: Id) -> Response:
    await call.write(
        eligibility.delete_mapping,
        workspace_id=workspace_id,
        user_type_id=user_type_id,
        task_type_id=task_type_id,
    )
    return no_content()
