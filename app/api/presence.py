"""Who is there now."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import errors
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, answer
from app.http.openapi import documented
from app.schemas import presence as wire
from app.schemas.common import Id, UserId
from app.services import presence

router = APIRouter(route_class=DirectRoute)


@router.get(
    "/workspaces/{workspace_id}/presence",
    operation_id="listPresence",
    summary="Who has a socket of the workspace open now, at whichever process",
    description="Without those who hide it, and not for guests, whom others see.",
    responses={200: {"model": wire.PresencePage}},
    tags=["changes"],
)
async def list_all(call: CallDep, workspace_id: Id, page: PageDep) -> Response:
    return await call.paged(presence.list_presence, page, "", call.tools, workspace_id=workspace_id)


@router.get(
    "/users/{user_id}/presence",
    operation_id="getPresenceSetting",
    summary="Whether others are told that you are there",
    responses={200: {"model": wire.PresenceSetting}, **documented(errors.UserNotFound)},
    tags=["users"],
)
async def get(call: CallDep, user_id: UserId) -> Response:
    return answer(await call.read(presence.get_visibility, user_id=user_id))


@router.put(
    "/users/{user_id}/presence",
    operation_id="setPresenceSetting",
    summary="Have others told that you are there, or not",
    responses={200: {"model": wire.PresenceSetting}, **documented(errors.UserNotFound)},
    tags=["users"],
)
async def put(call: CallDep, user_id: UserId, body: wire.PresenceSetting) -> Response:
    return answer(await call.write(presence.set_visibility, user_id=user_id, is_hidden=body.is_hidden))
