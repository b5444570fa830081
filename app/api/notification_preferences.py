"""How I want to be told of what happens."""

from fastapi import APIRouter
from starlette.responses import Response

from app.http.conditions import IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import Call, CallDep, no_content
from app.schemas import notification_preferences as wire
from app.schemas.common import Id
from app.services import notification_preferences

router = APIRouter(tags=["notifications"], route_class=DirectRoute)


@router.get(
    "/users/me/notification-preferences",
    operation_id="getNotificationPreferences",
    summary="How I want to be told",
    responses={200: {"model": wire.Preferences}},
)
async def get_mine(call: CallDep, if_none_match: IfNoneMatch) -> Response:
    found = await call.read(notification_preferences.get_mine, offered=_offered(call))
    return versioned(found, if_none_match=if_none_match)


@router.put(
    "/users/me/notification-preferences",
    operation_id="setNotificationPreferences",
    summary="I want to be told otherwise",
    responses={200: {"model": wire.Preferences}},
)
async def set_mine(call: CallDep, body: wire.PreferencesSet, if_match: IfMatch) -> Response:
    changed = await call.write(
        notification_preferences.set_mine, offered=_offered(call), expected=if_match, **body.model_dump()
    )
    return versioned(changed)


@router.put(
    "/workspaces/{workspace_id}/mute",
    operation_id="muteWorkspace",
    summary="Hear nothing of a workspace",
    description="By no channel, until it is taken back. It ends with your membership.",
    status_code=204,
    response_class=Response,
)
async def mute(call: CallDep, workspace_id: Id) -> Response:
    await call.write(notification_preferences.mute, workspace_id=workspace_id, is_on=True)
    return no_content()


@router.delete(
    "/workspaces/{workspace_id}/mute",
    operation_id="unmuteWorkspace",
    summary="Hear of a workspace again",
    status_code=204,
    response_class=Response,
)
async def unmute(call: CallDep, workspace_id: Id) -> Response:
    await call.write(notification_preferences.mute, workspace_id=workspace_id, is_on=False)
    return no_content()


def _offered(call: Call) -> notification_preferences.Offered:
    vapid = call.parts.pusher.vapid
    return notification_preferences.Offered(
        call.parts.mailer is not None, vapid.public_key if vapid else None
    )
