"""Whom directories have stopped in an organisation."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import errors
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, no_content
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import org_stops as wire
from app.schemas.common import Id, UserId
from app.services import org_stops

router = APIRouter(tags=["directories"], route_class=DirectRoute)
_PLACE = "/organizations/{org_id}/stops"


@router.get(
    _PLACE,
    operation_id="listOrganizationStops",
    summary="Whom directories have stopped here (ADMIN)",
    responses={200: {"model": wire.OrgStopPage}},
)
async def list_all(call: CallDep, org_id: Id, page: PageDep) -> Response:
    return await call.paged(org_stops.list_org_stops, page, "", org_id=org_id)


@router.post(
    f"{_PLACE}/{{user_id}}/lift",
    operation_id="liftOrganizationStop",
    summary="Put somebody back whom a directory has stopped (ADMIN; of an ADMIN: OWNER)",
    description="They may use what they still have here. The directory stops them when it says so anew.",
    status_code=204,
    response_class=Response,
    responses=documented(errors.StopNotFound),
)
async def lift(call: CallDep, once: OnceDep, org_id: Id, user_id: UserId, body: wire.OrgStopLift) -> Response:
    done = await once.perform(org_stops.lift_org_stop, org_id=org_id, user_id=user_id, reason=body.reason)
    return done.marked(no_content())
