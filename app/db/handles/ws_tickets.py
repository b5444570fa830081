"""Handles of sql/queries/ws_tickets.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class TicketRow(Row):
    user_id: str
    tid: str
    issuer_name: str
    jti: Uuid
    org_id: Uuid | None
    session_version: int
    token_session_version: int | None
    ends_at: datetime
    created_at: datetime
    expires_at: datetime


@queued
def insert_ticket(
    tx: WriteTransaction,
    *,
    ticket_hash: str,
    workspace_id: str,
    user_id: str,
    tid: str,
    issuer_name: str,
    jti: str,
    org_id: str | None,
    session_version: int,
    token_session_version: int | None,
    ends_at: datetime,
    now: datetime,
    expires_at: datetime,
) -> None: ...


@query
async def find_ticket(tx: ReadTransaction, *, workspace_id: str, ticket_hash: str) -> TicketRow | None: ...


@query
async def delete_ticket(tx: WriteTransaction, *, workspace_id: str, ticket_hash: str) -> int: ...
