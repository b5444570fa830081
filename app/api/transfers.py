"""Handing a workspace over to another member."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import errors
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, no_content
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import transfers as wire
from app.schemas.common import Id
from app.services import transfers
from app.services.join_links import LAST

router = APIRouter(tags=["members"], route_class=DirectRoute)
_TRANSFERS = "/workspaces/{workspace_id}/transfers"
_ENDED = (errors.TransferNotFound, errors.TransferEnded)


@router.post(
    _TRANSFERS,
    operation_id="createTransfer",
    summary="Ask a member to become OWNER in your place (OWNER)",
    description="Nothing changes until they accept, within `INVITATION_DAYS`.",
    status_code=201,
    responses={
        201: {"model": wire.Transfer},
        **documented(errors.MemberNotFound, errors.TransferExists, errors.BusinessRule),
    },
)
async def create(call: CallDep, once: OnceDep, workspace_id: Id, body: wire.TransferCreate) -> Response:
    done = await once.perform(
        transfers.ask,
        workspace_id=workspace_id,
        user_id=body.user_id,
        lifetime=call.parts.settings.invitation_lifetime,
    )
    return done.response(201)


@router.get(
    _TRANSFERS,
    operation_id="listTransfers",
    summary="The transfers, the newest first",
    responses={200: {"model": wire.TransferPage}},
)
async def list_all(call: CallDep, workspace_id: Id, page: PageDep) -> Response:
    return await call.paged(
        transfers.list_transfers, page, LAST, call.tools.clock(), workspace_id=workspace_id
    )


@router.post(
    f"{_TRANSFERS}/{{transfer_id}}/accept",
    operation_id="acceptTransfer",
    summary="Become OWNER, if it is you who was asked; whoever asked becomes ADMIN",
    responses={200: {"model": wire.Transfer}, **documented(*_ENDED, errors.InviterMayNot)},
)
async def accept(once: OnceDep, workspace_id: Id, transfer_id: Id) -> Response:
    done = await once.perform(transfers.accept, workspace_id=workspace_id, transfer_id=transfer_id)
    return done.response(200)


@router.post(
    f"{_TRANSFERS}/{{transfer_id}}/decline",
    operation_id="declineTransfer",
    summary="Decline, if it is you who was asked",
    responses={200: {"model": wire.Transfer}, **documented(*_ENDED)},
)
async def decline(once: OnceDep, workspace_id: Id, transfer_id: Id) -> Response:
    done = await once.perform(transfers.decline, workspace_id=workspace_id, transfer_id=transfer_id)
    return done.response(200)


@router.delete(
    f"{_TRANSFERS}/{{transfer_id}}",
    operation_id="cancelTransfer",
    summary="Cancel one that waits (OWNER)",
    status_code=204,
    response_class=Response,
    responses=documented(*_ENDED),
)
async def cancel(call: CallDep, workspace_id: Id, transfer_id: Id) -> Response:
    await call.write(transfers.cancel, workspace_id=workspace_id, transfer_id=transfer_id)
    return no_content()
