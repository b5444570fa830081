"""How far objectives and cycles are."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import okr_errors
from app.http.direct import DirectRoute
from app.http.edge import CallDep, answer
from app.http.openapi import documented
from app.schemas import okr_progress as wire
from app.schemas.common import Id
from app.services import okr_progress

router = APIRouter(tags=["okrs"], route_class=DirectRoute)


@router.get(
    "/workspaces/{workspace_id}/okr/objectives/{objective_id}/progress",
    operation_id="getObjectiveProgress",
    summary="How far an objective is, and from what that is worked out",
    description="From its key results, and from the objectives aligned to it that are ACTIVE or ended as "
    "successful or not, each by its weight.",
    responses={200: {"model": wire.Progress}, **documented(okr_errors.ObjectiveNotFound)},
)
async def of_objective(call: CallDep, workspace_id: Id, objective_id: Id) -> Response:
    found = await call.read(
        okr_progress.get_progress,
        call.tools.clock,
        workspace_id=workspace_id,
        objective_id=objective_id,
    )
    return answer(found)


@router.get(
    "/workspaces/{workspace_id}/okr/cycles/{cycle_id}/progress",
    operation_id="getCycleProgress",
    summary="How far a cycle is, and from what that is worked out",
    responses={200: {"model": wire.CycleProgress}, **documented(okr_errors.OkrCycleNotFound)},
)
async def of_cycle(call: CallDep, workspace_id: Id, cycle_id: Id) -> Response:
    found = await call.read(
        okr_progress.get_cycle_progress, call.tools.clock, workspace_id=workspace_id, cycle_id=cycle_id
    )
    return answer(found)
