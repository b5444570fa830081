"""Connections of directories that provision by SCIM."""

from datetime import timedelta

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from app.core import errors
from app.core.opaque_tokens import token_digest
from app.core.scim_secrets import new_secret
from app.http.conditions import IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, answer, no_content
from app.http.idempotency import Done, OnceDep
from app.http.openapi import documented
from app.schemas import scim_connections as wire
from app.schemas.common import Id
from app.services import scim_connections

router = APIRouter(tags=["directories"], route_class=DirectRoute)
_PLACE = "/organizations/{org_id}/scim-connections"
_NOT_FOUND = documented(errors.ScimConnectionNotFound)


@router.post(
    _PLACE,
    operation_id="createScimConnection",
    summary="Connect your directory (OWNER)",
    description="Answers its secret once. It provisions the people of your own tenant.",
    status_code=201,
    responses={
        201: {"model": wire.ScimConnectionWithSecret},
        **documented(errors.ScimConnectionExists, errors.BusinessRule),
    },
)
async def create(call: CallDep, once: OnceDep, org_id: Id, body: wire.ScimConnectionCreate) -> Response:
    connection_id = call.tools.new_id()
    secret = new_secret(connection_id, call.tools.random_bytes)
    done = await once.perform(
        scim_connections.create_scim_connection,
        org_id=org_id,
        connection_id=connection_id,
        name=body.name,
        digest=token_digest(secret),
    )
    return _with_secret(done, secret, 201)


@router.get(
    _PLACE,
    operation_id="listScimConnections",
    summary="The connected directories, by name (ADMIN)",
    responses={200: {"model": wire.ScimConnectionPage}},
)
async def list_all(call: CallDep, org_id: Id, page: PageDep) -> Response:
    return await call.paged(scim_connections.list_scim_connections, page, "", org_id=org_id)


@router.get(
    f"{_PLACE}/{{connection_id}}",
    operation_id="getScimConnection",
    summary="One connection (ADMIN)",
    responses={200: {"model": wire.ScimConnection}, **_NOT_FOUND},
)
async def get(call: CallDep, org_id: Id, connection_id: Id, if_none_match: IfNoneMatch) -> Response:
    found = await call.read(scim_connections.get_scim_connection, org_id=org_id, connection_id=connection_id)
    return versioned(found, if_none_match=if_none_match)


@router.patch(
    f"{_PLACE}/{{connection_id}}",
    operation_id="changeScimConnection",
    summary="Rename, disable or enable a connection (OWNER)",
    description="A disabled one is let in no more, from its next request on; whatever it has made stays.",
    responses={200: {"model": wire.ScimConnection}, **_NOT_FOUND},
)
async def change(
    call: CallDep, org_id: Id, connection_id: Id, body: wire.ScimConnectionChange, if_match: IfMatch
) -> Response:
    changed = await call.write(
        scim_connections.change_scim_connection,
        org_id=org_id,
        connection_id=connection_id,
        name=body.name,
        is_enabled=body.is_enabled,
        expected=if_match,
    )
    return versioned(changed)


@router.delete(
    f"{_PLACE}/{{connection_id}}",
    operation_id="removeScimConnection",
    summary="Cut a connection (OWNER)",
    description="What the directory told goes with it. What people have stays theirs, and whom it has "
    "stopped stays stopped, until a directory puts them back.",
    status_code=204,
    response_class=Response,
    responses=_NOT_FOUND,
)
async def remove(call: CallDep, org_id: Id, connection_id: Id, if_match: IfMatch) -> Response:
    await call.write(
        scim_connections.remove_scim_connection,
        org_id=org_id,
        connection_id=connection_id,
        expected=if_match,
    )
    return no_content()


@router.post(
    f"{_PLACE}/{{connection_id}}/rotate",
    operation_id="rotateScimSecret",
    summary="Another secret (OWNER)",
    description="Answers it once. The one before is good for as long as you say: nothing stops meanwhile.",
    responses={200: {"model": wire.ScimConnectionWithSecret}, **_NOT_FOUND},
)
async def rotate(
    call: CallDep, once: OnceDep, org_id: Id, connection_id: Id, body: wire.ScimSecretRotate
) -> Response:
    secret = new_secret(connection_id, call.tools.random_bytes)
    done = await once.perform(
        scim_connections.rotate_scim_secret,
        org_id=org_id,
        connection_id=connection_id,
        digest=token_digest(secret),
        overlap=timedelta(hours=body.overlap_hours),
    )
    return _with_secret(done, secret, 200)


def _with_secret(done: Done, secret: str, status: int) -> Response:
    connection = msgspec.json.decode(done.body)
    response = done.marked(answer(connection | {"secret": None if done.is_replay else secret}, status))
    response.headers["Cache-Control"] = "no-store"
    return response
