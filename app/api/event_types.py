"""The types of event that a workspace's changes have."""

from fastapi import APIRouter
from starlette.responses import Response

from app.http.direct import DirectRoute
from app.http.edge import CallDep, answer
from app.schemas import event_types as wire
from app.services import event_types

router = APIRouter(tags=["changes"], route_class=DirectRoute)


@router.get(
    "/event-types",
    operation_id="listEventTypes",
    summary="Every type of event there is, by name",
    responses={200: {"model": wire.EventTypes}},
)
async def list_all(call: CallDep) -> Response:
    return answer({"items": await call.read(event_types.list_event_types)})
