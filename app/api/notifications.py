"""What I was told, in all my workspaces."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.core import errors
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, answer
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import notifications as wire
from app.schemas.common import Id
from app.services import notifications

router = APIRouter(tags=["notifications"], route_class=DirectRoute)
_OF_WORKSPACE = Annotated[Id | None, Query(description="Those of this workspace of mine.")]


@router.get(
    "/users/me/notifications",
    operation_id="listNotifications",
    summary="What I was told, the newest first",
    description="Of what I may see now, in all my workspaces; what is archived where `state` asks for it.",
    responses={200: {"model": wire.NotificationPage}},
)
async def list_mine(
    call: CallDep,
    page: PageDep,
    workspace_id: _OF_WORKSPACE = None,
    state: Annotated[wire.State | None, Query(description="Those that are so.")] = None,
) -> Response:
    return await call.paged(
        notifications.list_mine,
        page,
        notifications.NEWEST,
        call.tools.clock(),
        call.parts.welcomed,
        workspace_id=workspace_id,
        state=state,
    )


@router.get(
    "/users/me/notifications/unread-count",
    operation_id="countUnreadNotifications",
    summary="How many I have not read",
    responses={200: {"model": wire.Unread}},
)
async def count_mine(call: CallDep, workspace_id: _OF_WORKSPACE = None) -> Response:
    found = await call.read(
        notifications.count_mine,
        now=call.tools.clock(),
        welcomed=call.parts.welcomed,
        workspace_id=workspace_id,
    )
    return answer(found)


@router.patch(
    "/users/me/notifications/{notification_id}",
    operation_id="updateNotification",
    summary="I have read one, or not, or put it away",
    responses={200: {"model": wire.Notification}, **documented(errors.NotificationNotFound)},
)
async def update(call: CallDep, notification_id: Id, body: wire.NotificationPatch) -> Response:
    changed = await call.write(
        notifications.set_state,
        welcomed=call.parts.welcomed,
        notification_id=notification_id,
        state=body.state,
    )
    return answer(changed)


@router.post(
    "/users/me/notifications/read",
    operation_id="readNotifications",
    summary="I have read all of them, up to one",
    responses={200: {"model": wire.NotificationsMarked}, **documented(errors.NotificationNotFound)},
)
async def read_all(once: OnceDep, call: CallDep, body: wire.NotificationsRead) -> Response:
    done = await once.perform(
        notifications.read_all,
        welcomed=call.parts.welcomed,
        up_to=body.up_to,
        workspace_id=body.workspace_id,
    )
    return done.response(200)
