"""What an organisation has and may have."""

from fastapi import APIRouter
from starlette.responses import Response

from app.http.conditions import IfMatch, IfNoneMatch, versioned
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


@router.get(
    "/platform/organizations/{org_id}/limits",
    operation_id="getAnyLimits",
    summary="What an organisation has and may have (platform administrators)",
    responses={200: {"model": wire.Usage}},
)
async def get_limits(call: CallDep, org_id: Id, if_none_match: IfNoneMatch) -> Response:
    return versioned(await call.read(usage.get_any_usage, org_id=org_id), if_none_match=if_none_match)


@router.put(
    "/platform/organizations/{org_id}/limits",
    operation_id="setLimits",
    summary="What an organisation may have from now on (platform administrators)",
    description=(
        "Lowering a limit takes nothing away that is there. Requests a minute are those of everybody in the "
        "organisation and its workspaces together; over them is 429 with `Retry-After`."
    ),
    responses={200: {"model": wire.Usage}},
)
async def put_limits(call: CallDep, org_id: Id, body: wire.LimitsSet, if_match: IfMatch) -> Response:
    return versioned(
        await call.write(usage.set_limits, org_id=org_id, expected=if_match, **body.model_dump())
    )
