"""A workspace's own credentials for other systems."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import errors
from app.http.conditions import IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallDep, answer, no_content
from app.http.openapi import documented
from app.integrations.hosts import refusal
from app.integrations.registry import ProviderName
from app.schemas import connections as wire
from app.schemas.common import Id
from app.services import connections

router = APIRouter(tags=["integrations"], route_class=DirectRoute)


@router.get(
    "/workspaces/{workspace_id}/integration-connections",
    operation_id="listConnections",
    summary="The workspace's own credentials, without their secrets (ADMIN)",
    responses={200: {"model": wire.Connections}},
)
async def list_all(call: CallDep, workspace_id: Id) -> Response:
    return answer({"items": await call.read(connections.list_connections, workspace_id=workspace_id)})


@router.get(
    "/workspaces/{workspace_id}/integration-connections/{provider}",
    operation_id="getConnection",
    summary="The workspace's own credential, without its secret (ADMIN)",
    responses={200: {"model": wire.Connection}, **documented(errors.ConnectionNotFound)},
)
async def get(
    call: CallDep,
    workspace_id: Id,
    provider: ProviderName,
    if_none_match: IfNoneMatch,
) -> Response:
    connection = await call.read(connections.get_connection, workspace_id=workspace_id, provider=provider)
    return versioned(connection, if_none_match=if_none_match)


@router.put(
    "/workspaces/{workspace_id}/integration-connections/{provider}",
    operation_id="setConnection",
    summary="Use a credential of the workspace's own (ADMIN)",
    responses={
        200: {"model": wire.Connection},
        **documented(errors.HostNotAllowed, errors.ServiceUnavailable),
    },
)
async def put(
    call: CallDep,
    workspace_id: Id,
    provider: ProviderName,
    body: wire.ConnectionSet,
    if_match: IfMatch,
) -> Response:
    if (reason := refusal(body.base_url, call.parts.settings)) is not None:
        raise errors.HostNotAllowed(details={"reason": reason})
    box = call.parts.credentials.box
    if box is None:
        raise errors.ServiceUnavailable("This installation keeps no secrets: SECRET_KEYS is not set.")
    made = await call.write(
        connections.set_connection,
        box,
        workspace_id=workspace_id,
        provider=provider,
        base_url=body.base_url.rstrip("/"),
        account=body.account,
        secret=body.secret.get_secret_value(),
        expected=if_match,
    )
    return versioned(made)


@router.delete(
    "/workspaces/{workspace_id}/integration-connections/{provider}",
    operation_id="removeConnection",
    summary="Go back to the installation's credential (ADMIN)",
    status_code=204,
    response_class=Response,
    responses=documented(errors.ConnectionNotFound),
)
async def remove(call: CallDep, workspace_id: Id, provider: ProviderName, if_match: IfMatch) -> Response:
    await call.write(
        connections.remove_connection, workspace_id=workspace_id, provider=provider, expected=if_match
    )
    return no_content()
