"""A workspace's own credentials for other systems."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from app.core import errors
from app.http.conditions import NOT_MODIFIED, IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallerDep, EdgeDep, no_content
from app.http.openapi import WORKSPACE_ERRORS, documented
from app.integrations.hosts import refusal
from app.integrations.registry import ProviderName
from app.schemas import connections as wire
from app.services import connections

router = APIRouter(tags=["integrations"], route_class=DirectRoute)

_ERRORS = (*WORKSPACE_ERRORS, errors.ConnectionNotFound)


@router.get(
    "/workspaces/{workspace_id}/integration-connections/{provider}",
    operation_id="getConnection",
    summary="The workspace's own credential, without its secret (ADMIN)",
    responses={200: {"model": wire.Connection}, **NOT_MODIFIED, **documented(*_ERRORS)},
)
async def get(
    edge: EdgeDep,
    caller: CallerDep,
    workspace_id: UUID,
    provider: ProviderName,
    if_none_match: IfNoneMatch,
) -> Response:
    place = {"workspace_id": str(workspace_id), "provider": provider}
    connection = await edge.read(caller, lambda tx: connections.get_connection(tx, caller, **place))
    return versioned(connection, if_none_match=if_none_match)


@router.put(
    "/workspaces/{workspace_id}/integration-connections/{provider}",
    operation_id="setConnection",
    summary="Use a credential of the workspace's own (ADMIN)",
    responses={
        200: {"model": wire.Connection},
        **documented(
            *WORKSPACE_ERRORS, errors.HostNotAllowed, errors.VersionMismatch, errors.ServiceUnavailable
        ),
    },
)
async def put(
    edge: EdgeDep,
    caller: CallerDep,
    workspace_id: UUID,
    provider: ProviderName,
    body: wire.ConnectionSet,
    if_match: IfMatch,
) -> Response:
    if (reason := refusal(body.base_url, edge.parts.settings)) is not None:
        raise errors.HostNotAllowed(details={"reason": reason})
    box = edge.parts.credentials.box
    if box is None:
        raise errors.ServiceUnavailable("This installation keeps no secrets: SECRET_KEYS is not set.")
    made = await edge.write(
        caller,
        lambda tx: connections.set_connection(
            tx,
            caller,
            edge.tools,
            box,
            workspace_id=str(workspace_id),
            provider=provider,
            base_url=body.base_url.rstrip("/"),
            account=body.account,
            secret=body.secret.get_secret_value(),
            expected=if_match,
        ),
    )
    return versioned(made)


@router.delete(
    "/workspaces/{workspace_id}/integration-connections/{provider}",
    operation_id="removeConnection",
    summary="Go back to the installation's credential (ADMIN)",
    status_code=204,
    response_class=Response,
    responses=documented(*_ERRORS, errors.VersionMismatch),
)
async def remove(
    edge: EdgeDep, caller: CallerDep, workspace_id: UUID, provider: ProviderName, if_match: IfMatch
) -> Response:
    place = {"workspace_id": str(workspace_id), "provider": provider}
    await edge.write(
        caller,
        lambda tx: connections.remove_connection(tx, caller, edge.tools, expected=if_match, **place),
    )
    return no_content()
