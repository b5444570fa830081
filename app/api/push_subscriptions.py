"""Browsers that I am told in."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import errors
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, no_content
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import push_subscriptions as wire
from app.schemas.common import Id
from app.services import push_subscriptions

router = APIRouter(tags=["notifications"], route_class=DirectRoute)


@router.post(
    "/users/me/push-subscriptions",
    operation_id="addPushSubscription",
    summary="Tell me in this browser",
    description="Web Push (RFC 8030), with what `pushManager.subscribe` gave for the `push_key` of my "
    "notification preferences. A browser that was somebody's before is mine now; of 20 the oldest goes. "
    "It ends with the browser session that asks, and with all of them (`POST /auth/revoke-all`).",
    status_code=201,
    responses={201: {"model": wire.PushSubscription}, **documented(errors.PushNotAvailable)},
)
async def add(call: CallDep, once: OnceDep, body: wire.PushSubscriptionAdd) -> Response:
    done = await once.perform(
        push_subscriptions.subscribe,
        pusher=call.parts.pusher,
        endpoint=body.endpoint,
        p256dh=body.keys.p256dh,
        auth=body.keys.auth.get_secret_value(),
    )
    return done.response(201)


@router.get(
    "/users/me/push-subscriptions",
    operation_id="listPushSubscriptions",
    summary="The browsers that I am told in",
    responses={200: {"model": wire.PushSubscriptionPage}},
)
async def list_mine(call: CallDep, page: PageDep) -> Response:
    return await call.paged(push_subscriptions.list_mine, page, push_subscriptions.NEWEST)


@router.delete(
    "/users/me/push-subscriptions/{subscription_id}",
    operation_id="removePushSubscription",
    summary="Tell me there no more",
    status_code=204,
    response_class=Response,
    responses=documented(errors.PushSubscriptionNotFound),
)
async def remove(call: CallDep, subscription_id: Id) -> Response:
    await call.write(push_subscriptions.end_mine, subscription_id=subscription_id)
    return no_content()
