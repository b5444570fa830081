"""Check-ins of key results."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import okr_errors
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import check_ins as wire
from app.schemas.common import Id
from app.services import check_ins

router = APIRouter(tags=["okrs"], route_class=DirectRoute)
_PLACE = "/workspaces/{workspace_id}/okr/key-results/{key_result_id}/check-ins"


@router.post(
    _PLACE,
    operation_id="checkIn",
    summary="Say how far a key result of an ACTIVE objective is (its owner, a MANAGER of it, ADMIN)",
    status_code=201,
    responses={
        201: {"model": wire.CheckIn},
        **documented(
            okr_errors.KeyResultNotFound,
            okr_errors.OkrCycleClosed,
            okr_errors.ObjectiveInState,
            okr_errors.CheckInUnfit,
        ),
    },
)
async def add(once: OnceDep, workspace_id: Id, key_result_id: Id, body: wire.CheckInAdd) -> Response:
    done = await once.perform(
        check_ins.check_in, workspace_id=workspace_id, key_result_id=key_result_id, **body.model_dump()
    )
    return done.response(201)


@router.get(
    _PLACE,
    operation_id="listCheckIns",
    summary="What was said of a key result, the newest first",
    responses={200: {"model": wire.CheckInPage}, **documented(okr_errors.KeyResultNotFound)},
)
async def list_all(call: CallDep, workspace_id: Id, key_result_id: Id, page: PageDep) -> Response:
    return await call.paged(
        check_ins.list_check_ins,
        page,
        check_ins.NEWEST,
        workspace_id=workspace_id,
        key_result_id=key_result_id,
    )
