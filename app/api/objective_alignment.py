"""What objectives add to."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import okr_errors
from app.http.conditions import IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallDep
from app.http.openapi import documented
from app.schemas import objective_alignment as wire
from app.schemas.common import Id
from app.services import objective_alignment

router = APIRouter(tags=["okrs"], route_class=DirectRoute)
_PLACE = "/workspaces/{workspace_id}/okr/objectives/{objective_id}/parents"


@router.get(
    _PLACE,
    operation_id="getAlignment",
    summary="What an objective adds to",
    responses={200: {"model": wire.Alignment}, **documented(okr_errors.ObjectiveNotFound)},
)
async def get(call: CallDep, workspace_id: Id, objective_id: Id, if_none_match: IfNoneMatch) -> Response:
    found = await call.read(
        objective_alignment.get_alignment, workspace_id=workspace_id, objective_id=objective_id
    )
    return versioned(found, if_none_match=if_none_match)


@router.put(
    _PLACE,
    operation_id="setAlignment",
    summary="Say what a draft of an objective adds to (its owner, a MANAGER of it, ADMIN)",
    description="In approval, the request is void, and the objective is a draft again. What would add to "
    "itself is refused, with the way it would.",
    responses={
        200: {"model": wire.Alignment},
        **documented(
            okr_errors.ObjectiveNotFound,
            okr_errors.OkrCycleClosed,
            okr_errors.ObjectiveInState,
            okr_errors.AlignmentCycle,
            okr_errors.AlignmentTooDeep,
        ),
    },
)
async def put(
    call: CallDep, workspace_id: Id, objective_id: Id, body: wire.AlignmentSet, if_match: IfMatch
) -> Response:
    changed = await call.write(
        objective_alignment.set_alignment,
        workspace_id=workspace_id,
        objective_id=objective_id,
        parents={each.objective_id: each.weight for each in body.parents},
        expected=if_match,
    )
    return versioned(changed)
