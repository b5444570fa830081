"""Webhooks of a workspace."""

from collections.abc import Callable

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from app.core import errors, webhook_errors
from app.core.secret_box import Sealed
from app.core.webhook_signatures import new_secret
from app.http.conditions import IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import Call, CallDep, PageDep, answer, no_content
from app.http.idempotency import Done, OnceDep
from app.http.openapi import documented
from app.schemas import webhooks as wire
from app.schemas.common import Id
from app.services import webhooks

router = APIRouter(tags=["webhooks"], route_class=DirectRoute)
_NOT_FOUND = documented(webhook_errors.WebhookNotFound)


@router.post(
    "/workspaces/{workspace_id}/webhooks",
    operation_id="createWebhook",
    summary="Have events sent to an address (ADMIN)",
    description="It acts for you: what you may not hear is not sent, and it is disabled when you are no "
    "ADMIN any more. Answers the secret that its signatures are verified with, once.",
    status_code=201,
    responses={
        201: {"model": wire.WebhookWithSecret},
        **documented(
            webhook_errors.AddressNotAllowed,
            webhook_errors.UnknownEventType,
            webhook_errors.TooManyWebhooks,
            errors.ServiceUnavailable,
        ),
    },
)
async def create(call: CallDep, once: OnceDep, workspace_id: Id, body: wire.WebhookCreate) -> Response:
    _require_allowed(call, body.url)
    secret, sealed = _new_secret(call, workspace_id)
    done = await once.perform(
        webhooks.create_webhook,
        workspace_id=workspace_id,
        url=body.url,
        description=body.description,
        event_types=body.event_types,
        is_ordered=body.is_ordered,
        sealed=sealed,
    )
    return _told_once(done, secret, 201)


@router.get(
    "/workspaces/{workspace_id}/webhooks",
    operation_id="listWebhooks",
    summary="The webhooks, the newest first (ADMIN)",
    responses={200: {"model": wire.WebhookPage}},
)
async def list_all(call: CallDep, workspace_id: Id, page: PageDep) -> Response:
    return await call.paged(webhooks.list_webhooks, page, webhooks.LAST, workspace_id=workspace_id)


@router.get(
    "/workspaces/{workspace_id}/webhooks/{webhook_id}",
    operation_id="getWebhook",
    summary="One webhook, without its secret (ADMIN)",
    responses={200: {"model": wire.Webhook}, **_NOT_FOUND},
)
async def get(call: CallDep, workspace_id: Id, webhook_id: Id, if_none_match: IfNoneMatch) -> Response:
    webhook = await call.read(webhooks.get_webhook, workspace_id=workspace_id, webhook_id=webhook_id)
    return versioned(webhook, if_none_match=if_none_match)


@router.patch(
    "/workspaces/{workspace_id}/webhooks/{webhook_id}",
    operation_id="updateWebhook",
    summary="Change the address, description, events or order of a webhook (ADMIN)",
    responses={
        200: {"model": wire.Webhook},
        **documented(
            webhook_errors.WebhookNotFound,
            webhook_errors.AddressNotAllowed,
            webhook_errors.UnknownEventType,
        ),
    },
)
async def update(
    call: CallDep, workspace_id: Id, webhook_id: Id, body: wire.WebhookPatch, if_match: IfMatch
) -> Response:
    changes = body.model_dump(exclude_unset=True)
    if "url" in changes:
        _require_allowed(call, body.url)
    webhook = await call.write(
        webhooks.update_webhook,
        workspace_id=workspace_id,
        webhook_id=webhook_id,
        changes=changes,
        expected=if_match,
    )
    return versioned(webhook)


@router.delete(
    "/workspaces/{workspace_id}/webhooks/{webhook_id}",
    operation_id="deleteWebhook",
    summary="Send nothing more, and forget the webhook (ADMIN)",
    status_code=204,
    response_class=Response,
    responses=_NOT_FOUND,
)
async def delete(call: CallDep, workspace_id: Id, webhook_id: Id, if_match: IfMatch) -> Response:
    await call.write(
        webhooks.delete_webhook, workspace_id=workspace_id, webhook_id=webhook_id, expected=if_match
    )
    return no_content()


@router.post(
    "/workspaces/{workspace_id}/webhooks/{webhook_id}/rotate-secret",
    operation_id="rotateWebhookSecret",
    summary="Sign with another secret (ADMIN)",
    description="For 24 hours the one before signs too: `webhook-signature` holds both signatures.",
    responses={
        200: {"model": wire.WebhookWithSecret},
        **documented(webhook_errors.WebhookNotFound, errors.ServiceUnavailable),
    },
)
async def rotate_secret(call: CallDep, once: OnceDep, workspace_id: Id, webhook_id: Id) -> Response:
    secret, sealed = _new_secret(call, workspace_id)
    done = await once.perform(
        webhooks.rotate_secret, workspace_id=workspace_id, webhook_id=webhook_id, sealed=sealed
    )
    return _told_once(done, secret, 200)


@router.post(
    "/workspaces/{workspace_id}/webhooks/{webhook_id}/enable",
    operation_id="enableWebhook",
    summary="Send again, on your behalf, what waits and what comes (ADMIN)",
    description="Events of the time between are not sent by themselves; `replay` sends them.",
    responses={200: {"model": wire.Webhook}, **_NOT_FOUND},
)
async def enable(once: OnceDep, workspace_id: Id, webhook_id: Id) -> Response:
    done = await once.perform(webhooks.enable_webhook, workspace_id=workspace_id, webhook_id=webhook_id)
    return done.response(200)


@router.post(
    "/workspaces/{workspace_id}/webhooks/{webhook_id}/disable",
    operation_id="disableWebhook",
    summary="Send nothing until it is enabled (ADMIN)",
    responses={200: {"model": wire.Webhook}, **_NOT_FOUND},
)
async def disable(once: OnceDep, workspace_id: Id, webhook_id: Id) -> Response:
    done = await once.perform(webhooks.disable_webhook, workspace_id=workspace_id, webhook_id=webhook_id)
    return done.response(200)


def _require_allowed(call: Call, url: str) -> None:
    if (reason := call.parts.outbound.rules.problem_with(url)) is not None:
        raise webhook_errors.AddressNotAllowed(details={"reason": reason})


def _new_secret(call: Call, workspace_id: str) -> tuple[str, Callable[[str], Sealed]]:
    """One for whoever verifies, and what seals it for the webhook that it is of."""
    box = call.parts.credentials.box
    if box is None:
        raise errors.ServiceUnavailable("This installation keeps no secrets: SECRET_KEYS is not set.")
    secret = new_secret(call.tools.random_bytes)
    return secret, lambda webhook_id: box.seal(secret, place=webhooks.place_of(workspace_id, webhook_id))


def _told_once(done: Done, secret: str, status: int) -> Response:
    webhook = msgspec.json.decode(done.body)
    response = done.marked(answer(webhook | {"secret": None if done.is_replay else secret}, status))
    response.headers["ETag"] = f'"{webhook["version"]}"'
    response.headers["Cache-Control"] = "no-store"
    return response
