"""What a webhook was sent and is to be sent."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.core import webhook_errors
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, answer
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import webhooks as wire
from app.schemas.common import Id
from app.services import webhook_deliveries as deliveries
from app.services.webhooks import LAST

router = APIRouter(tags=["webhooks"], route_class=DirectRoute)
_OF_ONE = documented(webhook_errors.WebhookNotFound, webhook_errors.DeliveryNotFound)
_SENDING = documented(webhook_errors.WebhookNotFound, webhook_errors.WebhookDisabled)


@router.post(
    "/workspaces/{workspace_id}/webhooks/{webhook_id}/test",
    operation_id="testWebhook",
    summary="Send a message of the type `webhook.test`, once (ADMIN)",
    status_code=202,
    responses={202: {"model": wire.Delivery}, **_SENDING},
)
async def test(once: OnceDep, workspace_id: Id, webhook_id: Id) -> Response:
    done = await once.perform(deliveries.send_test, workspace_id=workspace_id, webhook_id=webhook_id)
    return done.response(202)


@router.post(
    "/workspaces/{workspace_id}/webhooks/{webhook_id}/replay",
    operation_id="replayWebhook",
    summary="Send events of a range again, or for the first time (ADMIN)",
    description="What was sent keeps its `webhook-id`. Events that the webhook chooses now, and had none "
    "then, get one.",
    status_code=202,
    responses={202: {"model": wire.Replayed}, **_SENDING},
)
async def replay(once: OnceDep, workspace_id: Id, webhook_id: Id, body: wire.Replay) -> Response:
    done = await once.perform(
        deliveries.replay,
        workspace_id=workspace_id,
        webhook_id=webhook_id,
        from_seq=body.from_seq,
        to_seq=body.to_seq,
    )
    return done.response(202)


@router.get(
    "/workspaces/{workspace_id}/webhooks/{webhook_id}/deliveries",
    operation_id="listWebhookDeliveries",
    summary="What was sent and is to be sent, the newest first (ADMIN)",
    description="Kept for 30 days.",
    responses={200: {"model": wire.DeliveryPage}, **documented(webhook_errors.WebhookNotFound)},
)
async def list_all(
    call: CallDep,
    workspace_id: Id,
    webhook_id: Id,
    page: PageDep,
    state: Annotated[wire.State | None, Query(description="Those in this state.")] = None,
) -> Response:
    return await call.paged(
        deliveries.list_deliveries,
        page,
        LAST,
        workspace_id=workspace_id,
        webhook_id=webhook_id,
        state=state,
    )


@router.get(
    "/workspaces/{workspace_id}/webhooks/{webhook_id}/deliveries/{delivery_id}",
    operation_id="getWebhookDelivery",
    summary="One delivery with its tries (ADMIN)",
    responses={200: {"model": wire.DeliveryWithAttempts}, **_OF_ONE},
)
async def get(call: CallDep, workspace_id: Id, webhook_id: Id, delivery_id: Id) -> Response:
    found = await call.read(
        deliveries.get_delivery,
        workspace_id=workspace_id,
        webhook_id=webhook_id,
        delivery_id=delivery_id,
    )
    return answer(found)


@router.post(
    "/workspaces/{workspace_id}/webhooks/{webhook_id}/deliveries/{delivery_id}/resend",
    operation_id="resendWebhookDelivery",
    summary="Send it again, under its id (ADMIN)",
    status_code=202,
    responses={
        202: {"model": wire.Delivery},
        **documented(
            webhook_errors.WebhookNotFound, webhook_errors.DeliveryNotFound, webhook_errors.WebhookDisabled
        ),
    },
)
async def resend(once: OnceDep, workspace_id: Id, webhook_id: Id, delivery_id: Id) -> Response:
    done = await once.perform(
        deliveries.resend_delivery,
        workspace_id=workspace_id,
        webhook_id=webhook_id,
        delivery_id=delivery_id,
    )
    return done.response(202)
