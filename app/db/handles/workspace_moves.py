"""Handles of sql/queries/workspace_moves.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class WorkspaceMoveRow(Row):
    id: Uuid
    workspace_id: Uuid
    org_id: Uuid
    workspace_name: str
    org_name: str
    direction: str
    asked_side: str
    asked_by: str
    state: str
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    ended_by: str | None


class MovableRow(Row):
    org_id: Uuid | None
    status: str
    org_status: str
    asker_status: str
    asker_role: str | None
    asker_org_role: str | None


@queued
def insert_move(
    tx: WriteTransaction,
    *,
    move_id: str,
    workspace_id: str,
    org_id: str,
    workspace_name: str,
    org_name: str,
    direction: str,
    asked_side: str,
    asked_by: str,
    now: datetime,
    expires_at: datetime,
    list_key: str,
) -> None: ...


@queued
def expire_moves(tx: WriteTransaction, *, workspace_id: str, now: datetime) -> None: ...


@query
async def end_move(
    tx: WriteTransaction, *, workspace_id: str, move_id: str, state: str, ended_by: str, now: datetime
) -> int: ...


@query
async def read_org_name(tx: ReadTransaction, *, org_id: str) -> str: ...


@query
async def find_workspace_to_move(
    tx: ReadTransaction, *, workspace_id: str, org_id: str, asked_by: str
) -> MovableRow | None: ...


@query
async def list_workspace_moves(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    pending: bool,
    now: datetime,
    before_key: str,
    page_size: int,
) -> list[WorkspaceMoveRow]: ...


@query
async def get_workspace_move(
    tx: ReadTransaction, *, workspace_id: str, move_id: str, now: datetime
) -> WorkspaceMoveRow | None: ...


@query
async def list_org_moves(
    tx: ReadTransaction, *, org_id: str, pending: bool, now: datetime, before_key: str, page_size: int
) -> list[WorkspaceMoveRow]: ...


@query
async def get_org_move(
    tx: ReadTransaction, *, org_id: str, move_id: str, now: datetime
) -> WorkspaceMoveRow | None: ...
