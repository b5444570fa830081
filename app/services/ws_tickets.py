"""Tickets by which a socket or a stream is opened where no header can be sent, as in a browser. The ticket is
made by whoever calls, and only its digest comes here."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.core.caller import Caller, Origin, Tools
from app.core.errors import InvalidPmaToken, InvalidTicket
from app.core.identity import Identity
from app.core.opaque_tokens import token_digest
from app.core.request_counts import RequestCounts
from app.core.token_service import PmaClaims
from app.db.connection import Database, WriteTransaction
from app.db.handles import ws_tickets as db
from app.db.handles.ws_tickets import TicketRow
from app.kernel.access import enter

_LIFETIME = timedelta(seconds=30)


async def issue_ticket(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, ticket_hash: str
) -> datetime:
    """For whoever may follow the workspace. Answers until when it is good. It changes nothing of the
    workspace, so that one that is held has tickets too, and no log tells of it: that of what it opens is
    that nothing was done."""
    await enter(tx, caller, workspace_id=workspace_id, operation="changes.read", even_held=True)
    identity, claims = caller.identity, caller.claims
    if claims is None:
        raise InvalidPmaToken
    now = tools.clock()
    db.insert_ticket(
        tx,
        ticket_hash=ticket_hash,
        workspace_id=workspace_id,
        user_id=caller.user_id,
        tid=identity.tid,
        issuer_name=identity.issuer_name,
        jti=claims.jti,
        org_id=claims.org_id,
        session_version=claims.session_version,
        token_session_version=identity.session_version,
        ends_at=min(identity.expires_at, claims.expires_at),
        now=now,
        expires_at=now + _LIFETIME,
    )
    return now + _LIFETIME


async def use_ticket(
    database: Database, tools: Tools, origin: Origin, *, workspace_id: str, ticket: str
) -> Caller:
    """Whoever it was given to, as they were then: what they may is asked as for any other call. Raises
    ``InvalidTicket`` for one that is not of this workspace, has expired, or was used; with this it is."""
    ticket_hash = token_digest(ticket)
    async with database.read() as tx:  # which spares the writer those that nobody was given
        if await db.find_ticket(tx, workspace_id=workspace_id, ticket_hash=ticket_hash) is None:
            raise InvalidTicket

    async def take(tx: WriteTransaction) -> TicketRow:
        row = await db.find_ticket(tx, workspace_id=workspace_id, ticket_hash=ticket_hash)
        if row is None or not await db.delete_ticket(tx, workspace_id=workspace_id, ticket_hash=ticket_hash):
            raise InvalidTicket
        return row

    row = await database.transact(take)
    now = tools.clock()
    if now >= min(row.expires_at, row.ends_at) or row.created_at > now + _LIFETIME:
        raise InvalidTicket
    return _caller(row, origin, workspace_id)


def _caller(row: TicketRow, origin: Origin, workspace_id: str) -> Caller:
    identity = Identity(
        row.user_id,
        row.tid,
        row.issuer_name,
        display_name=None,
        email=None,
        issued_at=row.created_at,
        expires_at=row.ends_at,
        session_version=row.token_session_version,
    )
    claims = PmaClaims(
        row.user_id,
        row.tid,
        row.jti,
        issued_at=row.created_at,
        expires_at=row.ends_at,
        session_version=row.session_version,
        roles={},
        workspace_id=workspace_id,
        truncated=False,
        org_id=row.org_id,
    )
    return Caller(identity, claims, origin, counts=RequestCounts(row.user_id))
