"""What an organisation has and may have."""

from fastapi import APIRouter
from starlette.responses import Response

from app.http.conditions import IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallDep
from app.schemas import usage as wire
from app.schemas.common import Id
from app.services import usage

router = APIRouter(tags=["organizations"], route_class=DirectRoute)


@router.get(
    "/organizations/{org_id}/usage",
    operation_id="getUsage",
    summary="What the organisation has, and what its plan allows",
    responses={200: {"model": wire.Usage}},
)
async def get(call: CallDep, org_id: Id, if_none_match: IfNoneMatch) -> Response:
    return versioned(await call.read(usage.get_usage, org_id=org_id), if_none_match=if_none_match)
