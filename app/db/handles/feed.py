"""Handles of sql/queries/feed.sql."""

from app.db.connection import ReadTransaction
from app.db.queries import Row, Uuid, query


class HeadSeqRow(Row):
    workspace_id: Uuid
    event_seq: int


class EndedSessionRow(Row):
    place: int


@query
async def list_event_seqs(tx: ReadTransaction, *, ids: str) -> list[HeadSeqRow]: ...


@query
async def list_ended_sessions(tx: ReadTransaction, *, sessions: str) -> list[EndedSessionRow]: ...
