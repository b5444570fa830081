"""Who follows a workspace: somebody with both tokens, or with a ticket that stands in their place."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query
from starlette.requests import HTTPConnection

from app.core.middleware import CALLER, ORIGIN, TICKET
from app.http.edge import Call, Edge
from app.schemas.common import Id
from app.services.ws_tickets import use_ticket

TicketQuery = Annotated[
    str | None,
    Query(description="From `POST …/ws-tickets`, in place of both tokens, which are not looked at then."),
]


async def listener(connection: HTTPConnection, workspace_id: str) -> Call:
    """Uses the ticket up. Raises ``InvalidTicket``."""
    edge: Edge = connection.app.state.edge
    scope = connection.scope
    if CALLER not in scope:
        scope[CALLER] = await use_ticket(
            edge.parts.database,
            edge.tools,
            scope[ORIGIN],
            workspace_id=workspace_id,
            ticket=scope[TICKET],
        )
    return Call(edge, scope[CALLER])


async def _listener(connection: HTTPConnection, workspace_id: Id) -> Call:
    return await listener(connection, workspace_id)


ListenerDep = Annotated[Call, Depends(_listener)]
