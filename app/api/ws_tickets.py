"""Tickets for sockets and streams."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core.opaque_tokens import new_token, token_digest
from app.http.direct import DirectRoute
from app.http.edge import CallDep, answer
from app.schemas import ws_tickets as wire
from app.schemas.common import Id
from app.services import ws_tickets

router = APIRouter(tags=["changes"], route_class=DirectRoute)


@router.post(
    "/workspaces/{workspace_id}/ws-tickets",
    operation_id="createTicket",
    summary="A ticket to open a socket or a stream with, once, within 30 seconds",
    description=(
        "It stands in place of both tokens where no header can be sent: in the `?ticket=` of a WebSocket to "
        "`/workspaces/{workspace_id}/ws`, which README describes, and of `GET …/stream` for an "
        "`EventSource`. What it opens ends when one of the tokens ends that it was asked for with. It is "
        "kept nowhere, so each call makes another."
    ),
    status_code=201,
    responses={201: {"model": wire.Ticket}},
)
async def create(call: CallDep, workspace_id: Id) -> Response:
    ticket = new_token(call.tools.random_bytes)
    expires_at = await call.write(
        ws_tickets.issue_ticket, workspace_id=workspace_id, ticket_hash=token_digest(ticket)
    )
    response = answer({"ticket": ticket, "expires_at": expires_at}, 201)
    response.headers["Cache-Control"] = "no-store"
    return response
